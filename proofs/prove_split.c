// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The split of one leaf: GRANULE_SHIFT, LPA2, OA_BITS and LEVEL say which; everything
 * else is arbitrary: the descriptor, where it is, whether the edit wants all of it. Every
 * entry of the new table maps its part of what the leaf mapped, in the same way, with or
 * without a hint as it should be.
 */
#include "proofs/prove.h"
#include "src/format.c"
#include "src/leaf.c"
#include "src/region.c"
#include "src/reserve.c"
#include "src/walk.c"
#include "src/split.c"

/*
 * A 64K table is filled in any one of 16 pieces: the fill remembers only the next entry
 * and its value, so its pieces are fills themselves.
 */
#define ENTRIES (1 << (GRANULE_SHIFT - 3))
#define PIECE	(GRANULE_SHIFT == 16 ? 512 : ENTRIES)

static lm_desc_t table[PIECE];
static lm_pa_t table_pa;

/* goal.c decides what an edit wants; here it may want anything of the leaf. */
static struct lm_goal goal;
static enum lm_coverage coverage;

enum lm_coverage lm_goal_covers_item(const struct lm_edit *edit,
				     const struct lm_walk_item *item)
{
	(void)edit, (void)item;
	return coverage;
}

static void *find_table(void *ctx, lm_pa_t pa)
{
	(void)ctx;
	expect("table", pa.v == table_pa.v);
	return table;
}

/* The sizes are fixed so that CBMC knows how often loops run. */
static void make_map(struct lm_map *map)
{
	struct lm_format_config config = {
		.granule_shift = GRANULE_SHIFT,
		.ia_bits = LPA2 || GRANULE_SHIFT == 16 ? 52 : 48,
		.oa_bits = OA_BITS,
		.lpa2 = LPA2,
	};

	*map = (struct lm_map){ .env.table = find_table };
	lm_format_init(&map->fmt, &config);
	expect("entries", lm_level(&map->fmt, LEVEL + 1)->entries == ENTRIES);
	map->fmt.levels[LEVEL + 1 - LM_FIRST_LEVEL].entries = PIECE;
	map->fmt.config.table_attrs = nondet_u64();
	assume(!(map->fmt.config.table_attrs &
		 (LM_DESC_ADDRESS | LM_DESC_TYPE | map->fmt.oa.moved)));
}

static void make_edit(struct lm_edit *edit, struct lm_map *map, struct lm_region *region)
{
	region->flags = nondet_u32();
	region->longest_contiguous = nondet_u64();
	edit->map = map;
	edit->region = region;
	goal.flattens = nondet_bool();
	goal.unmaps = nondet_bool();
	edit->goal = &goal;
	edit->change.set = nondet_u64();
	edit->change.clear = nondet_u64();
	coverage = nondet_bool() ? LM_COVERS_ALL : LM_COVERS_PART;

	table_pa.v = nondet_u64();
	assume(!(table_pa.v & (lm_granule_size(&map->fmt) - 1)));
	assume(!(table_pa.v >> arm_oa_bits(GRANULE_SHIFT, LPA2)));
	edit->reserve.map = map;
	edit->reserve.pools[lm_pool_index(LEVEL + 1)] =
		(struct lm_pool){ .open = { table_pa, 1 }, .tables = 1 };
}

/* A block, or an invalid descriptor that may be a present-invalid leaf. */
static struct lm_walk_item any_leaf(const struct lm_map *map)
{
	struct lm_walk_item leaf = { .level = LEVEL, .entries = 1 };

	leaf.desc.v = nondet_u64();
	assume(!lm_desc_is_table(leaf.desc, LEVEL));
	leaf.va.v = nondet_u64();
	assume(leaf.va.v < lm_half_size(map));
	assume(!(leaf.va.v & (lm_entry_size(&map->fmt, LEVEL) - 1)));
	return leaf;
}

/* Bytes that an entry maps (Arm ARM D8.2): a page, and for each level a table of them. */
static unsigned int arm_shift(int level)
{
	return GRANULE_SHIFT + (3 - level) * (GRANULE_SHIFT - 3);
}

/* Entries of a contiguous run (Arm ARM D8.7.1), or 1. */
static uint64_t arm_run(int level)
{
	if (GRANULE_SHIFT == 12)
		return level >= 1 ? 16 : 1;
	if (GRANULE_SHIFT == 14)
		return level == 3 ? 128 : level == 2 ? 32 : 1;
	return level >= 2 ? 32 : 1;
}

static bool may_have_runs(const struct lm_region *region, int level)
{
	uint64_t run = arm_run(level), limit = region->longest_contiguous;

	return run > 1 && !(region->flags & LM_NO_RUNS) &&
	       (!limit || run << arm_shift(level) <= limit);
}

/*
 * Bit @n of the output address of entry @i: the leaf's own above its size, then the
 * bits of @i, as the input address would have them; a leaf is aligned to its size.
 */
static bool arm_oa_bit(lm_desc_t leaf, unsigned int i, unsigned int n)
{
	if (n >= arm_shift(LEVEL))
		return bit(leaf.v, arm_place_of_oa_bit(n, GRANULE_SHIFT, LPA2));
	if (n >= arm_shift(LEVEL + 1))
		return bit(i, n - arm_shift(LEVEL + 1));
	return false;
}

/* The entries from @from on were filled. */
static void prove_entries(lm_desc_t leaf, unsigned int from, bool has_hints)
{
	unsigned int i = any_bit(0, PIECE), n = any_bit(0, 64);
	unsigned int oa_bit = any_bit(GRANULE_SHIFT, arm_oa_bits(GRANULE_SHIFT, LPA2));
	unsigned int place = arm_place_of_oa_bit(oa_bit, GRANULE_SHIFT, LPA2);
	lm_desc_t entry = table[i];

	expect("address", bit(entry.v, place) == arm_oa_bit(leaf, from + i, oa_bit));
	expect("attributes", n == 1 || n == 52 || arm_is_oa_bit(n, GRANULE_SHIFT, LPA2) ||
				     bit(entry.v, n) == bit(leaf.v, n));
	expect("type", bit(entry.v, 0) == bit(leaf.v, 0));
	expect("type", bit(entry.v, 1) == (LEVEL + 1 == 3));
	expect("hints", bit(entry.v, 52) == has_hints);
	expect_possible("the last entry", from + i == ENTRIES - 1);
	expect_possible("an invalid leaf", !lm_desc_is_valid(leaf) && leaf.v);
}

/*
 * The new table's descriptor takes nothing away from its leaves, neither as they are nor
 * as they become: PXNTable 59, UXNTable 60, APTable 61 and 62, NSTable 63; PXN 53, UXN 54.
 */
static void prove_link(const struct lm_edit *edit, lm_desc_t link, lm_desc_t leaf)
{
	uint64_t clear = edit->change.clear;

	expect("table", lm_desc_is_table(link, LEVEL));
	expect("table", lm_desc_oa(&edit->map->fmt.oa, link).v == table_pa.v);
	expect("harmless", !(link.v >> 61));
	expect("harmless", implies(bit(link.v, 59), bit(leaf.v, 53) && !bit(clear, 53)));
	expect("harmless", implies(bit(link.v, 60), bit(leaf.v, 54) && !bit(clear, 54)));
	expect_possible("a table with attributes", bit(link.v, 59) && bit(link.v, 60));
}

int main(void)
{
	struct lm_map map;
	struct lm_region region;
	struct lm_edit edit = { 0 };
	struct lm_walk_item leaf, before;
	bool to_pages, has_hints, changes;
	lm_desc_t link;
	unsigned int from = any_bit(0, ENTRIES / PIECE) * PIECE;
	int next;

	make_map(&map);
	make_edit(&edit, &map, &region);
	leaf = before = any_leaf(&map);

	leaf.child = first_child(&edit, &leaf);
	leaf.child.v += (uint64_t)from << arm_shift(LEVEL + 1);
	next = lm_split_new_table(&edit, &leaf, &link);

	to_pages = goal.flattens && coverage == LM_COVERS_ALL;
	has_hints = may_have_runs(&region, LEVEL + 1) && !to_pages;
	changes = goal.unmaps || edit.change.set || edit.change.clear;
	prove_entries(before.desc, from, has_hints);
	prove_link(&edit, link, before.desc);
	expect("leaf", leaf.desc.v == before.desc.v);
	expect("way",
	       next == (LEVEL + 1 == 3 && !has_hints && !changes ? LM_WALK_NEXT :
								   LM_WALK_DESCEND));
	expect("reserve", !lm_reserve_tables_left(&edit.reserve));
	return 0;
}
