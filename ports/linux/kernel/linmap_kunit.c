// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The core inside a kernel: splits a map that nobody walks, with tables from the page
 * allocator, in each way to commit. Two cases change pages of the live map.
 */
#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include <asm/pgtable.h>

#include "call_sites.h"
#include "port.h"

/* A block of 1 GiB if there is one, a smaller one, and pages. */
#define MAPPED_SIZE (SZ_1G + PMD_SIZE + 3 * PAGE_SIZE)
#define MAPPED_OA   (1ULL << 32)
#define ATTRS	    (LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE | LM_ATTR_PXN | LM_ATTR_UXN)

struct scratch {
	struct lm_map map;
	struct lm_region region;
	struct lm_edit edit;
	struct lm_cpu cpu;
	struct lm_cpus cpus;
	struct lm_window window;
	lm_pa_t root;
	long tables;   /* allocated and not yet freed */
	long may_fail; /* the allocator fails after this many; -1: never */
	int moves;
};

/* ----------------------------------------------------------- the scratch machine */

static size_t scratch_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct scratch *s = ctx;
	struct page *page;

	if (s->may_fail >= 0 && s->tables >= s->may_fail)
		return 0;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return 0;
	s->tables++;
	first->v = page_to_phys(page);
	return 1;
}

static void scratch_free(void *ctx, int level, lm_pa_t first, size_t tables,
			 enum lm_origin origin)
{
	struct scratch *s = ctx;

	s->tables -= tables;
	for (size_t i = 0; i < tables; i++)
		__free_page(phys_to_page(first.v) + i);
}

static void *scratch_table(void *ctx, lm_pa_t pa)
{
	return __va(pa.v);
}

static void scratch_move(void *ctx, lm_pa_t root)
{
	struct scratch *s = ctx;

	s->moves++;
}

static int scratch_init(struct kunit *test)
{
	struct scratch *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct lm_env env = {
		.ctx = s,
		.alloc = scratch_alloc,
		.free = scratch_free,
		.table = scratch_table,
		.move = scratch_move,
	};
	struct lm_format fmt;

	KUNIT_ASSERT_NOT_NULL(test, s);
	test->priv = s;
	if (linmap_describe(&s->map))
		kunit_skip(test, "linmap does not know this geometry");
	fmt = s->map.fmt;
	s->may_fail = -1;
	s->cpu.bbm_level = LM_BBM_LIVE;
	s->cpus = (struct lm_cpus){ &s->cpu, 1 };
	KUNIT_ASSERT_EQ(test, scratch_alloc(s, fmt.start_level, 1, &s->root), 1);
	memset(__va(s->root.v), 0, PAGE_SIZE);
	lm_map_init(&s->map, &fmt, &env, s->root);

	s->region.name = "scratch";
	s->region.range = linmap_linear_range();
	s->region.range.size = MAPPED_SIZE;
	KUNIT_ASSERT_EQ(test, lm_map_add_region(&s->map, &s->region), 0);
	KUNIT_ASSERT_EQ(test,
			lm_map_range(&s->map, s->region.range, (lm_pa_t){ MAPPED_OA },
				     (lm_attrs_t){ ATTRS }),
			0);
	return 0;
}

/* All tables of a level above the last, deepest first. */
static void free_below(struct scratch *s, lm_pa_t table, int level)
{
	lm_desc_t *entries = __va(table.v);

	for (u32 i = 0;
	     level < LM_LAST_LEVEL && i < lm_level(&s->map.fmt, level)->entries; i++) {
		if (lm_desc_is_table(entries[i], level))
			free_below(s, (lm_pa_t){ __pte_to_phys(__pte(entries[i].v)) },
				   level + 1);
	}
	scratch_free(s, level, table, 1, LM_RETIRED);
}

static void scratch_exit(struct kunit *test)
{
	struct scratch *s = test->priv;

	if (!s || !s->root.v)
		return;
	if (s->edit.map)
		lm_edit_release(&s->edit);
	free_below(s, s->root, s->map.fmt.start_level);
	KUNIT_EXPECT_EQ(test, s->tables, 0);
}

/* --------------------------------------------------------------------- helpers */

static int prepare(struct scratch *s, enum lm_way way)
{
	lm_edit_to_pages(&s->edit, &s->map, s->region.range);
	return lm_edit_prepare(&s->edit, way);
}

static int commit(struct scratch *s)
{
	int err = lm_window_open(&s->window, &s->map, &s->cpus, 0, LM_OTHERS_HELD);

	if (err)
		return err;
	err = lm_edit_commit(&s->window, &s->edit);
	lm_window_close(&s->window);
	return err;
}

static lm_desc_t *first_leaf;

static int find_leaf(void *ctx, struct lm_walk_item *item)
{
	if (lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	if (!first_leaf)
		first_leaf = item->slot;
	return LM_WALK_NEXT;
}

static lm_desc_t *slot_of_first_leaf(struct scratch *s)
{
	first_leaf = NULL;
	lm_walk(&s->map, s->region.range, find_leaf, NULL);
	return first_leaf;
}

struct expected {
	u64 oa;
	u64 type;
	u64 attrs;
	u64 wrong;
};

static int compare_page(void *ctx, struct lm_walk_item *item)
{
	struct expected *expected = ctx;
	u64 attrs = item->desc.v & ~PTE_ADDR_LOW & ~LM_DESC_TYPE;

	if (lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	if (item->entries > 1)
		return LM_WALK_MEMBERS;
	expected->wrong += item->level != LM_LAST_LEVEL || attrs != expected->attrs ||
			   (item->desc.v & LM_DESC_TYPE) != expected->type ||
			   (item->desc.v & PTE_ADDR_LOW) != expected->oa;
	expected->oa += PAGE_SIZE;
	return LM_WALK_NEXT;
}

/* How many pages from @from on are not as expected. */
static u64 wrong_pages(struct scratch *s, u64 from, u64 size, u64 type, u64 attrs)
{
	struct expected expected = { MAPPED_OA + from, type, attrs };
	struct lm_range range = { { s->region.range.start.v + from }, size };

	lm_walk(&s->map, range, compare_page, &expected);
	return expected.wrong + (expected.oa != MAPPED_OA + from + size);
}

/* ----------------------------------------------------------------------- cases */

static const enum lm_way ways[] = { LM_IN_PLACE, LM_LIVE, LM_SWITCH };

static void way_name(const enum lm_way *way, char *text)
{
	strscpy(text, linmap_way_name(*way), KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(way, ways, way_name);

static void every_way_makes_the_same_pages(struct kunit *test)
{
	struct scratch *s = test->priv;
	enum lm_way way = *(const enum lm_way *)test->param_value;

	KUNIT_ASSERT_EQ(test, prepare(s, way), 0);
	KUNIT_ASSERT_GT(test, s->edit.plan.leaves, 0);
	KUNIT_ASSERT_EQ(test, commit(s), 0);
	KUNIT_EXPECT_EQ(test, s->moves, way == LM_SWITCH ? 2 : 0);
	KUNIT_EXPECT_EQ(test, wrong_pages(s, 0, MAPPED_SIZE, LM_DESC_TYPE, ATTRS), 0);
}

static void the_plan_is_exact(struct kunit *test)
{
	struct scratch *s = test->priv;
	enum lm_way way = *(const enum lm_way *)test->param_value;
	long before = s->tables;

	KUNIT_ASSERT_EQ(test, prepare(s, way), 0);
	KUNIT_EXPECT_EQ(test, s->tables - before, s->edit.plan.bytes / PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, commit(s), 0);
	KUNIT_EXPECT_EQ(test, lm_edit_tables_left(&s->edit), 0);
}

static void a_change_after_staging_is_not_lost(struct kunit *test)
{
	struct scratch *s = test->priv;
	enum lm_way way = *(const enum lm_way *)test->param_value;
	u64 invalid = LM_DESC_TABLE_OR_PAGE;
	lm_desc_t *leaf;

	KUNIT_ASSERT_EQ(test, prepare(s, way), 0);
	leaf = slot_of_first_leaf(s);
	KUNIT_ASSERT_NOT_NULL(test, leaf);
	/* As set_memory_valid() does: it becomes a present-invalid leaf. */
	WRITE_ONCE(leaf->v, (leaf->v & ~LM_DESC_VALID) | PTE_PRESENT_INVALID);
	if (way != LM_IN_PLACE) {
		KUNIT_ASSERT_EQ(test, commit(s), -LM_ESTALE);
		KUNIT_EXPECT_EQ(test, s->edit.where.v, s->region.range.start.v);
		lm_edit_release(&s->edit);
		KUNIT_ASSERT_EQ(test, prepare(s, way), 0);
	}
	KUNIT_ASSERT_EQ(test, commit(s), 0);
	KUNIT_EXPECT_EQ(test,
			wrong_pages(s, 0, PMD_SIZE, invalid, ATTRS | PTE_PRESENT_INVALID),
			0);
}

static void nothing_is_allocated_in_a_window(struct kunit *test)
{
	struct scratch *s = test->priv;
	long before = s->tables;

	lm_edit_to_pages(&s->edit, &s->map, s->region.range);
	KUNIT_ASSERT_EQ(test, lm_edit_plan(&s->edit, LM_SWITCH), 0);
	KUNIT_ASSERT_EQ(test,
			lm_window_open(&s->window, &s->map, &s->cpus, 0, LM_OTHERS_HELD),
			0);
	KUNIT_EXPECT_EQ(test, lm_edit_reserve(&s->edit), -LM_EWINDOW);
	lm_window_close(&s->window);
	KUNIT_EXPECT_EQ(test, s->tables, before);
}

/* NR_PAGETABLE of the only node, with what each CPU has not added to it yet. */
static long counted_tables(void)
{
	struct pglist_data *node = NODE_DATA(first_online_node);
	long tables = global_node_page_state(NR_PAGETABLE);

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (cpu_online(cpu))
			tables += per_cpu_ptr(node->per_cpu_nodestats, cpu)
					  ->vm_node_stat_diff[NR_PAGETABLE];
	}
	return tables;
}

/* The allocator of the live map, not the suite's. */
static void each_table_is_counted_once(struct kunit *test)
{
	static struct lm_map live;
	long before, tables;
	lm_pa_t first;

	KUNIT_ASSERT_EQ(test, linmap_describe(&live), 0);
	for (int level = live.fmt.start_level; level <= LM_LAST_LEVEL; level++) {
		before = counted_tables();
		tables = live.env.alloc(live.env.ctx, level, 16, &first);
		KUNIT_EXPECT_GT(test, tables, 0);
		KUNIT_EXPECT_EQ(test, counted_tables() - before, tables);
		live.env.free(live.env.ctx, level, first, tables, LM_UNUSED);
		KUNIT_EXPECT_EQ(test, counted_tables(), before);
	}
}

static void without_memory_everything_is_given_back(struct kunit *test)
{
	struct scratch *s = test->priv;
	long before = s->tables;

	s->may_fail = before + 100;
	KUNIT_EXPECT_EQ(test, prepare(s, LM_SWITCH), -LM_ENOMEM);
	KUNIT_EXPECT_GT(test, s->edit.plan.bytes, 100 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, s->tables, before);
}

static void an_intolerant_leader_may_switch_only(struct kunit *test)
{
	struct scratch *s = test->priv;

	s->cpu.bbm_level = 2;
	KUNIT_ASSERT_EQ(test, prepare(s, LM_LIVE), 0);
	KUNIT_EXPECT_EQ(test, commit(s), -LM_EUNSAFE);
	lm_edit_release(&s->edit);
	KUNIT_ASSERT_EQ(test, prepare(s, LM_SWITCH), 0);
	KUNIT_EXPECT_EQ(test, commit(s), 0);
}

/* In the live map: what the split is for. A vmalloc page has its alias changed, too. */
static void one_page_of_the_live_map_changes_alone(struct kunit *test)
{
	struct page *pages = alloc_pages(GFP_KERNEL, 2);
	unsigned long *memory = vmalloc(PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_EXPECT_EQ(test, set_direct_map_invalid_noflush(pages + 1), 0);
	KUNIT_EXPECT_TRUE(test, kernel_page_present(pages));
	KUNIT_EXPECT_FALSE(test, kernel_page_present(pages + 1));
	KUNIT_EXPECT_TRUE(test, kernel_page_present(pages + 2));
	KUNIT_EXPECT_EQ(test, set_direct_map_default_noflush(pages + 1), 0);
	KUNIT_EXPECT_TRUE(test, kernel_page_present(pages + 1));
	__free_pages(pages, 2);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_EXPECT_EQ(test, set_memory_ro((unsigned long)memory, 1), 0);
	KUNIT_EXPECT_EQ(test, set_memory_rw((unsigned long)memory, 1), 0);
	WRITE_ONCE(*memory, 1);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*memory), 1);
	vfree(memory);
}

#ifdef CONFIG_ARM64_LINMAP_LARGE

/*
 * 16 MiB do not fit in one leaf of 2 MiB. The map has just been made large, so that more
 * than one of them has to go: page by page that would be as many edits.
 */
static void an_area_takes_one_edit(struct kunit *test)
{
	void *area;
	u64 edits;
	u64 leaves;

	if (!linmap_is_large() || PAGE_SIZE != SZ_4K)
		kunit_skip(test, "no large leaves of 2 MiB");
	KUNIT_ASSERT_EQ(test, linmap_collapse_all(), 0);
	area = vmalloc(SZ_16M);
	KUNIT_ASSERT_NOT_NULL(test, area);
	edits = linmap_edits.edits;
	leaves = linmap_edits.leaves;
	KUNIT_EXPECT_EQ(test, set_memory_ro((unsigned long)area, SZ_16M / PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, linmap_edits.edits - edits, 1);
	KUNIT_EXPECT_GE(test, linmap_edits.leaves - leaves, 2);
	KUNIT_EXPECT_EQ(test, set_memory_rw((unsigned long)area, SZ_16M / PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, linmap_edits.edits - edits, 1);
	vfree(area);
}

#endif

static struct kunit_case linmap_cases[] = {
	KUNIT_CASE_PARAM(every_way_makes_the_same_pages, way_gen_params),
	KUNIT_CASE_PARAM(the_plan_is_exact, way_gen_params),
	KUNIT_CASE_PARAM(a_change_after_staging_is_not_lost, way_gen_params),
	KUNIT_CASE(each_table_is_counted_once),
	KUNIT_CASE(nothing_is_allocated_in_a_window),
	KUNIT_CASE(without_memory_everything_is_given_back),
	KUNIT_CASE(an_intolerant_leader_may_switch_only),
	KUNIT_CASE(one_page_of_the_live_map_changes_alone),
#ifdef CONFIG_ARM64_LINMAP_LARGE
	KUNIT_CASE(an_area_takes_one_edit),
#endif
	{}
};

static struct kunit_suite linmap_suite = {
	.name = "linmap",
	.init = scratch_init,
	.exit = scratch_exit,
	.test_cases = linmap_cases,
};
kunit_test_suite(linmap_suite);
