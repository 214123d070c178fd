// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks the MMU: by AT, by faults, and by loads right after a change. */
#include "translation.h"

#include "access.h"
#include "mmu.h"
#include "physical.h"
#include "report.h"
#include "sysreg.h"
#include "units.h"

#define PAR_FAULT      UINT64_C(1)
#define PAR_ATTR(par)  ((uint8_t)((par) >> 56))
#define PAR_PA	       LM_BITS(51, 12)
#define ATTR_WRITEBACK 0xff

extern char image_start[], image_rw[];

static uint64_t translate_read(uint64_t va)
{
	__asm__ volatile("at s1e1r, %0" ::"r"(va));
	isb();
	return read_sysreg(par_el1);
}

static uint64_t translate_write(uint64_t va)
{
	__asm__ volatile("at s1e1w, %0" ::"r"(va));
	isb();
	return read_sysreg(par_el1);
}

static bool is_read_only(uint64_t va)
{
	return va - alias.range.start.v < alias.range.size;
}

static bool is_right(uint64_t pa)
{
	uint64_t va = physical_linear(pa).v;
	uint64_t par = translate_read(va);
	bool refused = translate_write(va) & PAR_FAULT;

	return !(par & PAR_FAULT) && (par & PAR_PA) == pa &&
	       PAR_ATTR(par) == ATTR_WRITEBACK && refused == is_read_only(va);
}

uint8_t memory_type(lm_va_t va)
{
	uint64_t par = translate_read(va.v);

	if (par & PAR_FAULT)
		panic("AT S1E1R of 0x%lx says 0x%lx", va.v, par);
	return PAR_ATTR(par);
}

void expect_every_page(const struct devtree *tree, const char *when)
{
	uint64_t page_size = lm_granule_size(&kernel_map.fmt);
	uint64_t pages = 0, wrong = 0;

	for (unsigned int i = 0; i < tree->memory_count; i++) {
		uint64_t pa = tree->memory[i].start, end = pa + tree->memory[i].size;

		for (; pa < end; pa += page_size, pages++) {
			if (is_right(pa) || wrong++)
				continue;
			note("page 0x%lx: AT S1E1R of 0x%lx says 0x%lx", pa,
			     physical_linear(pa).v,
			     translate_read(physical_linear(pa).v));
		}
	}
	expect(!wrong && pages,
	       "%s, AT translates every page of RAM to itself: %'lu pages", when, pages);
	if (wrong)
		note("%'lu are wrong, the first is above", wrong);
}

/* A function that only returns, to call where calls may be forbidden. */
void nothing(void);
__asm__(".text\n"
	"nothing:\n"
	"	ret\n");

/* The same as data. */
static uint32_t return_instruction = 0xd65f03c0;

void expect_permissions(void)
{
	lm_va_t code = { (uint64_t)nothing };
	lm_va_t code_alias = physical_linear(physical_of_image(nothing));
	lm_va_t data = { (uint64_t)&return_instruction };
	lm_va_t data_alias = physical_linear(physical_of_image(&return_instruction));

	expect(!can_store(code) && !can_store(code_alias),
	       "a store to the kernel's code faults, and so it does through the alias");
	expect(can_store(data) && can_store(data_alias),
	       "a store to its data does not fault");
	expect(can_call(code) && !can_call(code_alias),
	       "its code is executed where it is linked, and not in the linear map");
	expect(!can_call(data) && !can_call(data_alias), "its data cannot be executed");
}

/* -------------------------------------------------------------------- tables */

static int hash_item(void *ctx, struct lm_walk_item *item)
{
	uint64_t *hash = ctx;

	for (uint32_t i = 0; i < item->entries; i++)
		*hash = (*hash ^ item->slot[i].v ^ item->va.v) * UINT64_C(0x100000001b3);
	return lm_desc_is_table(item->desc, item->level) ? LM_WALK_DESCEND : LM_WALK_NEXT;
}

uint64_t linear_fingerprint(void)
{
	uint64_t hash = 0;
	int err = lm_walk(&kernel_map, linear.range, hash_item, &hash);

	if (err)
		panic("walk: %s", lm_strerror(err));
	return hash;
}

struct found {
	lm_desc_t *slot;
	int level;
};

static int find_leaf(void *ctx, struct lm_walk_item *item)
{
	struct found *found = ctx;

	if (lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	/* Of a run the walk returns the first entry, and this one is wanted. */
	if (item->entries > 1)
		return LM_WALK_MEMBERS;
	*found = (struct found){ item->slot, item->level };
	return LM_WALK_NEXT;
}

lm_desc_t *leaf_slot(lm_va_t va, int *level)
{
	struct lm_range page = { va, lm_granule_size(&kernel_map.fmt) };
	struct found found = { 0 };
	int err = lm_walk(&kernel_map, page, find_leaf, &found);

	if (err || !found.slot)
		panic("0x%lx is mapped by no entry: %s", va.v, lm_strerror(err));
	*level = found.level;
	return found.slot;
}

static void note_leaves_of(const struct lm_region *region)
{
	const struct lm_format *fmt = &kernel_map.fmt;
	char size[UNITS_SIZE];

	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++) {
		for (int kind = LM_RUN; kind >= LM_SINGLE; kind--) {
			uint64_t leaves =
				region->census.leaves[level - LM_FIRST_LEVEL][kind];
			uint64_t entries = kind == LM_RUN ? lm_level(fmt, level)->run : 1;

			if (!leaves)
				continue;
			note("%-8s %8s x %'lu%s", region->name,
			     units(size, entries * lm_entry_size(fmt, level)), leaves,
			     kind == LM_RUN ? " (contiguous)" : "");
		}
	}
}

void note_leaves(void)
{
	note_leaves_of(&linear);
	note_leaves_of(&alias);
}
