// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is mapped where, with which permissions, and the TCR_EL1 that goes with it. */
#include "mmu.h"

#include "features.h"
#include "pages.h"
#include "physical.h"
#include "report.h"
#include "sysreg.h"

/* TCR_EL1 */
#define TCR_T0SZ(bits) (64 - (uint64_t)(bits))
#define TCR_T1SZ(bits) ((64 - (uint64_t)(bits)) << 16)
#define TCR_WALKS      (UINT64_C(0x3500) | UINT64_C(0x3500) << 16) /* WB, inner shareable */
#define TCR_TG0(tg)    ((uint64_t)(tg) << 14)
#define TCR_TG1(tg)    ((uint64_t)(tg) << 30)
#define TCR_IPS(ips)   ((uint64_t)(ips) << 32)
#define TCR_DS	       LM_BIT(59)

#define NORMAL	(LM_ATTR_AF | LM_ATTR_INDEX(MAIR_NORMAL))
#define DEVICE	(LM_ATTR_AF | LM_ATTR_INDEX(MAIR_DEVICE))
#define NO_EXEC (LM_ATTR_PXN | LM_ATTR_UXN)

#define DEVICES_SIZE 0x40000000

extern char image_start[], image_rw[], image_end[];
extern char idmap_text[], idmap_data[], idmap_end[];
extern char held_vectors[];
void mmu_replace(uint64_t ttbr0, uint64_t ttbr1, uint64_t tcr, uint64_t mair,
		 uint64_t offset);

struct lm_map kernel_map;
struct lm_region linear = { .name = "linear" };
struct lm_region alias = { .name = "alias" };
struct lm_idmap idmap;
struct mmu_registers mmu_registers;

static struct lm_region image = { .name = "image" };
static struct lm_region devices = { .name = "devices" };
static struct lm_map identity_map;
static struct lm_region identity = { .name = "identity" };

static void *env_table(void *ctx, lm_pa_t pa)
{
	(void)ctx;
	return physical_pointer(pa.v);
}

static void env_move(void *ctx, lm_pa_t root)
{
	(void)ctx;
	lm_idmap_move(&idmap, root.v);
}

static const struct lm_env env = {
	.alloc = pages_alloc,
	.free = pages_free,
	.table = env_table,
	.move = env_move,
};

/* ------------------------------------------------------------------ building */

static struct lm_range range(uint64_t start, uint64_t end)
{
	return (struct lm_range){ { start }, end - start };
}

static void add_region(struct lm_map *map, struct lm_region *region, struct lm_range at)
{
	int err;

	region->range = at;
	err = lm_map_add_region(map, region);
	if (err)
		panic("region %s at 0x%lx: %s", region->name, at.start.v,
		      lm_strerror(err));
}

static void map_part(struct lm_map *map, struct lm_range at, uint64_t pa, uint64_t attrs)
{
	int err = 0;

	/*
	 * With LPA2 these bits are part of the address, and TCR_EL1 has shareability for
	 * all.
	 */
	if (!map->fmt.config.lpa2)
		attrs |= LM_ATTR_INNER_SHAREABLE;
	if (at.size)
		err = lm_map_range(map, at, (lm_pa_t){ pa }, (lm_attrs_t){ attrs });
	if (err)
		panic("mapping 0x%lx to 0x%lx: %s", at.start.v, pa, lm_strerror(err));
}

/* Map RAM from @start to @end, if there is any. */
static void map_ram(uint64_t start, uint64_t end)
{
	if (start < end)
		map_part(&kernel_map,
			 range(physical_linear(start).v, physical_linear(end).v), start,
			 NORMAL | NO_EXEC);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * All RAM, with the largest leaves that fit. What is read-only in the image is read-only
 * here, too, or it could be written through this mapping.
 */
static void map_linear(const struct devtree *tree)
{
	uint64_t start = UINT64_MAX, end = 0;
	uint64_t alias_start = physical_of_image(image_start);
	uint64_t alias_end = physical_of_image(image_rw);

	for (unsigned int i = 0; i < tree->memory_count; i++) {
		start = smaller(start, tree->memory[i].start);
		end = larger(end, tree->memory[i].start + tree->memory[i].size);
	}
	if (kernel_map.fmt.base + end > DEVICES_VA || kernel_map.fmt.base + end < end)
		refuse("memory: RAM ends at 0x%lx, too far for bits=%u", end,
		       kernel_map.fmt.config.ia_bits);
	add_region(&kernel_map, &linear,
		   range(physical_linear(start).v, physical_linear(end).v));
	add_region(&kernel_map, &alias,
		   range(physical_linear(alias_start).v, physical_linear(alias_end).v));
	map_part(&kernel_map, alias.range, alias_start,
		 NORMAL | LM_ATTR_READ_ONLY | NO_EXEC);
	for (unsigned int i = 0; i < tree->memory_count; i++) {
		start = tree->memory[i].start;
		end = start + tree->memory[i].size;
		map_ram(start, smaller(end, alias_start));
		map_ram(larger(start, alias_end), end);
	}
}

void mmu_map_again(struct lm_range at)
{
	uint64_t pa = physical_of_linear(at.start);

	map_ram(pa, pa + at.size);
}

static void map_image(void)
{
	struct lm_range text = range((uint64_t)image_start, (uint64_t)image_rw);
	struct lm_range data = range((uint64_t)image_rw, (uint64_t)image_end);

	add_region(&kernel_map, &image,
		   range((uint64_t)image_start, (uint64_t)image_end));
	map_part(&kernel_map, text, physical_of_image(image_start),
		 NORMAL | LM_ATTR_READ_ONLY | LM_ATTR_UXN);
	map_part(&kernel_map, data, physical_of_image(image_rw), NORMAL | NO_EXEC);
}

static void map_devices(void)
{
	add_region(&kernel_map, &devices, range(DEVICES_VA, DEVICES_VA + DEVICES_SIZE));
	map_part(&kernel_map, devices.range, 0, DEVICE | NO_EXEC);
}

static void map_identity(const struct lm_format_config *config, uint64_t guard)
{
	struct lm_format_config lower = *config;
	uint64_t text = physical_of_image(idmap_text);
	uint64_t data = physical_of_image(idmap_data);
	uint64_t end = physical_of_image(idmap_end);
	struct lm_format fmt;
	int err;

	lower.half = LM_LOWER;
	err = lm_format_init(&fmt, &lower);
	if (err)
		panic("identity map: %s", lm_strerror(err));
	lm_map_init(&identity_map, &fmt, &env, (lm_pa_t){ pages_zeroed() });
	add_region(&identity_map, &identity, range(text, end));
	map_part(&identity_map, range(text, data), text,
		 NORMAL | LM_ATTR_READ_ONLY | LM_ATTR_UXN | guard);
	map_part(&identity_map, range(data, end), data, NORMAL | NO_EXEC);
}

/* ----------------------------------------------------------------- registers */

static uint64_t tcr_for(const struct lm_format_config *config)
{
	/* TG0 and TG1 are encoded differently; index is (granule_shift - 12) / 2. */
	static const uint8_t tg0[] = { 0, 2, 1 }, tg1[] = { 2, 1, 3 };
	static const uint8_t ips_bits[] = { 32, 36, 40, 42, 44, 48, 52 };
	unsigned int granule = (config->granule_shift - 12u) / 2;
	unsigned int ips = 0;

	while (ips_bits[ips] < config->oa_bits)
		ips++;
	return TCR_T0SZ(config->ia_bits) | TCR_T1SZ(config->ia_bits) | TCR_WALKS |
	       TCR_TG0(tg0[granule]) | TCR_TG1(tg1[granule]) | TCR_IPS(ips) |
	       (config->lpa2 ? TCR_DS : 0);
}

void mmu_build(const struct devtree *tree, const struct lm_format_config *config,
	       uint64_t image_pa, uint64_t guard)
{
	struct lm_format fmt;
	int err = lm_format_init(&fmt, config);

	if (err)
		refuse("granule=%uk bits=%u: %s", 1u << (config->granule_shift - 10),
		       config->ia_bits, lm_format_refusal(config));
	physical_image_at(image_pa);
	physical_linear_at(fmt.base);
	lm_map_init(&kernel_map, &fmt, &env, (lm_pa_t){ pages_zeroed() });
	map_linear(tree);
	map_image();
	map_devices();
	map_identity(config, guard);

	mmu_registers = (struct mmu_registers){
		.ttbr0 = identity_map.root.v,
		.ttbr1 = kernel_map.root.v | (features_has_cnp() ? LM_TTBR_CNP : 0),
		.tcr = tcr_for(config),
		.mair = MAIR,
	};
	idmap = (struct lm_idmap){
		.ttbr0 = mmu_registers.ttbr0,
		.tcr = mmu_registers.tcr,
		.empty = pages_zeroed(),
		.vectors = physical_of_image(held_vectors),
		.offset = IMAGE_VA - image_pa,
	};
}

void mmu_enter(void)
{
	uint64_t daif = mask_exceptions();

	dsb(ish);
	mmu_replace(mmu_registers.ttbr0, mmu_registers.ttbr1, mmu_registers.tcr,
		    mmu_registers.mair, idmap.offset);
	physical_is_linear();
	restore_exceptions(daif);
}

void mmu_share_tlb(void)
{
	if (!features_has_cnp())
		return;
	write_sysreg(ttbr1_el1, read_sysreg(ttbr1_el1) | LM_TTBR_CNP);
	isb();
}

void mmu_leave_identity_map(void)
{
	struct lm_idmap_saved empty = { idmap.empty, mmu_registers.tcr };

	lm_idmap_uninstall(&idmap, &empty);
}
