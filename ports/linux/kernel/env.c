// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's linear map as linmap sees it: its geometry on this CPU, where its tables
 * are, where new ones come from. Does not know what is changed, or when.
 */
#define pr_fmt(fmt) "linmap: " fmt

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/printk.h>

#include <asm/memory.h>
#include <asm/mmu_context.h>
#include <asm/pgalloc.h>
#include <asm/pgtable.h>
#include <asm/sections.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>

#include "call_sites.h"
#include "port.h"

size_t linmap_tables_kept;

/* ------------------------------------------- what shim/linmap_arch.h has instructions of */

void linmap_flush_tlb_all(void);
void linmap_flush_tlb_va(uint64_t va);
void linmap_store_root(lm_desc_t *slot, lm_desc_t desc);

void linmap_flush_tlb_all(void)
{
	flush_tlb_all();
}

/* Walk caches included, unlike flush_tlb_kernel_range(). */
void linmap_flush_tlb_va(uint64_t va)
{
	__flush_tlb_kernel_pgtable(va);
}

/* After boot the root is mapped read-only. */
void linmap_store_root(lm_desc_t *slot, lm_desc_t desc)
{
	set_swapper_pgd((pgd_t *)slot, __pgd(desc.v));
}

/* ---------------------------------------------------------- tables, and memory */

/*
 * Do not try hard for several pages, as long as one is available. For one, do not wait for
 * processes that are killed: they may wait for the map's lock, to give secretmem back.
 */
static struct page *alloc_run(unsigned int *order)
{
	gfp_t gfp = GFP_PGTABLE_KERNEL & ~__GFP_ZERO;
	struct page *page;

	for (; *order; (*order)--) {
		page = alloc_pages(gfp | __GFP_NORETRY | __GFP_NOWARN, *order);
		if (page)
			return page;
	}
	return alloc_pages(gfp | __GFP_RETRY_MAYFAIL | __GFP_NOWARN, 0);
}

/* Linux's names of the levels; the last case is what remains when others are folded. */
static void construct(struct ptdesc *ptdesc, int level)
{
	switch (level) {
	case 3:
		pagetable_pte_ctor(&init_mm, ptdesc);
		break;
	case 2:
		pagetable_pmd_ctor(&init_mm, ptdesc);
		break;
	case 1:
		pagetable_pud_ctor(ptdesc);
		break;
	default:
		pagetable_p4d_ctor(ptdesc);
	}
}

static size_t alloc_tables(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	unsigned int order;
	struct page *page;

	wanted = linmap_fault_tables(wanted);
	if (!wanted)
		return 0;
	order = min_t(unsigned int, ilog2(wanted), MAX_PAGE_ORDER);
	page = alloc_run(&order);
	if (!page)
		return 0;
	split_page(page, order);
	for (size_t i = 0; level != LM_LEVEL_NONE && i < 1UL << order; i++)
		construct(page_ptdesc(page + i), level);
	first->v = page_to_phys(page);
	return 1UL << order;
}

static void free_tables(void *ctx, int level, lm_pa_t first, size_t tables,
			enum lm_origin origin)
{
	struct page *page = phys_to_page(first.v);

	if (origin == LM_RETIRED && linmap_is_large()) {
		linmap_retire(page, tables);
		return;
	}
	if (origin == LM_RETIRED) {
		linmap_tables_kept += tables;
		return;
	}
	for (size_t i = 0; i < tables; i++) {
		if (level == LM_LEVEL_NONE)
			__free_page(page + i);
		else
			pagetable_dtor_free(page_ptdesc(page + i));
	}
}

/* The linear map has the kernel's image read-only, or not at all: use the alias. */
void *linmap_table_at(void *ctx, lm_pa_t pa)
{
	if (pa.v >= __pa_symbol(_text) && pa.v < __pa_symbol(_end))
		return (void *)__phys_to_kimg(pa.v);
	return __va(pa.v);
}

/*
 * Roots differ while the leader is on another one, so nobody may share its TLB then; nor
 * on the way back, before the commit has invalidated what others shared.
 */
static void move_to(void *ctx, lm_pa_t root)
{
	__cpu_replace_ttbr1(__va(root.v), false);
}

void linmap_share_tlb(void)
{
	if (!system_supports_cnp())
		return;
	write_sysreg(read_sysreg(ttbr1_el1) | TTBRx_EL1_CnP, ttbr1_el1);
	isb();
}

/* ------------------------------------------------------------------- geometry */

/* TCR_EL1.IPS */
static const u8 oa_sizes[] = { 32, 36, 40, 42, 44, 48, 52 };

static u8 oa_bits(u64 tcr)
{
	unsigned int ips = (tcr & TCR_IPS_MASK) >> TCR_IPS_SHIFT;

	return oa_sizes[min_t(unsigned int, ips, ARRAY_SIZE(oa_sizes) - 1)];
}

static const struct lm_env env = {
	.alloc = alloc_tables,
	.free = free_tables,
	.table = linmap_table_at,
	.move = move_to,
};

/*
 * A kernel built for 52 bits that runs with 48 uses one level less with LPA2. With 64 KiB
 * pages the levels are the same, and the CPU's root is the end of the kernel's: the code
 * that writes TTBR1_EL1 adds the offset, so linmap uses the whole root.
 */
static u8 ia_bits(void)
{
	return IS_ENABLED(CONFIG_ARM64_64K_PAGES) ? VA_BITS : vabits_actual;
}

int linmap_describe(struct lm_map *map)
{
	u64 tcr = read_sysreg(tcr_el1);
	struct lm_format_config config = {
		.granule_shift = PAGE_SHIFT,
		.ia_bits = ia_bits(),
		.oa_bits = oa_bits(tcr),
		.lpa2 = lpa2_is_enabled(),
		.half = LM_UPPER,
		.hw_updates = tcr & (TCR_HA | TCR_HD),
		.present_invalid = PTE_PRESENT_INVALID,
		.table_attrs = PMD_TABLE_PXN | PMD_TABLE_UXN | PMD_TABLE_AF,
	};
	struct lm_format fmt;
	int err = lm_format_init(&fmt, &config);

	if (err)
		pr_warn("the linear map: %s\n", lm_format_refusal(&config));
	else
		lm_map_init(map, &fmt, &env, (lm_pa_t){ __pa_symbol(swapper_pg_dir) });
	return err;
}

struct lm_range linmap_linear_range(void)
{
	unsigned long start = _PAGE_OFFSET(vabits_actual);

	return (struct lm_range){ { start }, PAGE_END - start };
}
