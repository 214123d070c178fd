// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verifier: finds errors in a set of tables, no matter who made them. Knows what the
 * architecture demands of a descriptor; knows nothing of how it came to be there.
 */
#include <linmap/check.h>

#include "core.h"

static const char sentences[LM_FINDINGS][48] = {
	[LM_FOUND_TYPE] = "Its level has no such type.",
	[LM_FOUND_RUN] = "Its contiguous hint is on no whole run.",
	[LM_FOUND_ADDRESS] = "Its address is unaligned or too large.",
	[LM_FOUND_RESERVED] = "Its reserved bits are not as reserved.",
	[LM_FOUND_NO_TABLE] = "Its table would be where no memory is.",
	[LM_FOUND_TWICE] = "Its table was reached before.",
	[LM_FOUND_PERMISSIONS] = "Tables above it take away what it gives.",
	[LM_FOUND_CENSUS] = "The region does not hold its census.",
};

const char *lm_finding_text(enum lm_finding_kind kind)
{
	return sentences[kind];
}

#define SET_OF(kind) (1U << (kind))

struct check {
	const struct lm_map *map;
	struct lm_look look;
	lm_pa_t *seen;
	size_t seen_count;
	size_t tables;
	lm_finding_fn *found;
	void *ctx;
	int64_t findings;
	unsigned int kinds;    /* kinds found so far */
	struct lm_span strays; /* the range of a run where a stray hint was reported */
	struct lm_finding finding;
};

/* Report c->finding once for each of @kinds. Return: 0, or what ends the check. */
static int report(struct check *c, unsigned int kinds)
{
	int err = 0;

	c->kinds |= kinds;
	for (c->finding.kind = 0; kinds && err >= 0; c->finding.kind++, kinds >>= 1) {
		if (kinds & 1) {
			c->findings++;
			err = c->found(c->ctx, &c->finding);
		}
	}
	return err < 0 ? err : 0;
}

/*
 * Open addressing. No key is 0, not even that of a table at 0: tables are aligned, so bit
 * 0 is free. One slot stays empty, where every search ends. Return: whether @table was in
 * the set; -LM_ENOMEM.
 */
static int see_table(struct check *c, uint64_t table)
{
	uint64_t key = table | 1;
	size_t at;

	if (!c->seen)
		return false;
	if (!c->seen_count)
		return -LM_ENOMEM;
	for (at = (table >> 12) * 0x9e3779b1 % c->seen_count; c->seen[at].v;
	     at = (at + 1) % c->seen_count) {
		if (c->seen[at].v == key)
			return true;
	}
	if (++c->tables == c->seen_count)
		return -LM_ENOMEM;
	c->seen[at].v = key;
	return false;
}

/* Why the walk must not enter a table: a kind of finding, 0 if it may, or an error. */
static int enter_table(struct check *c, const struct lm_walk_item *item)
{
	const struct lm_map *map = c->map;
	int seen;

	if (c->look.oa >> map->fmt.config.oa_bits)
		return SET_OF(LM_FOUND_ADDRESS);
	if (!lm_table(map, (lm_pa_t){ c->look.oa }))
		return SET_OF(LM_FOUND_NO_TABLE);
	seen = see_table(c, c->look.oa);
	if (seen < 0)
		return seen;
	return seen || !lm_look_enter(&c->look, item) ? SET_OF(LM_FOUND_TWICE) : 0;
}

static int check_table(struct check *c, const struct lm_walk_item *item)
{
	const struct lm_format *fmt = &c->map->fmt;
	bool two_ranges = lm_regime_has_two_ranges(fmt->config.regime);
	int kept_out = enter_table(c, item);
	unsigned int kinds = (unsigned int)kept_out;
	int err;

	if (kept_out < 0)
		return kept_out;
	if (item->desc.v & lm_desc_table_reserved(&fmt->oa, two_ranges))
		kinds |= SET_OF(LM_FOUND_RESERVED);
	err = report(c, kinds);
	if (err)
		return err;
	return kept_out ? LM_WALK_NEXT : LM_WALK_DESCEND;
}

/* Unaligned, or some of what it maps is beyond the end of physical addresses. */
static bool is_wrong_address(const struct lm_look *look)
{
	uint64_t offsets = look->span.end - look->span.start - 1;

	/* A run is aligned, or it is broken. Bit 16 can only be a block's nT. */
	return (look->oa & offsets & ~LM_BLOCK_NT) ||
	       (look->oa | offsets) >> look->map->fmt.config.oa_bits;
}

/*
 * Reported once for a table and everything below it: the restriction is above all of it.
 */
static bool is_restricted(struct check *c, const struct lm_walk_item *leaf)
{
	uint64_t *above = &c->look.tables[leaf->level - LM_FIRST_LEVEL].above;

	if (!lm_attrs_lost(&c->map->fmt, leaf->desc, *above))
		return false;
	*above = 0;
	return true;
}

/* Reported once for all stray hints in the place of one run. */
static bool is_stray(struct check *c, const struct lm_walk_item *leaf)
{
	struct lm_span run;

	if (!lm_item_has_stray_hint(leaf))
		return false;
	run = lm_item_reach(c->map, leaf);
	if (lm_span_contains(c->strays, run))
		return false;
	c->strays = run;
	return true;
}

static unsigned int leaf_kinds(struct check *c, const struct lm_walk_item *leaf)
{
	unsigned int kinds = 0;

	if (is_wrong_address(&c->look))
		kinds |= SET_OF(LM_FOUND_ADDRESS);
	if (lm_attrs_wrong(&c->map->fmt, leaf->desc))
		kinds |= SET_OF(LM_FOUND_RESERVED);
	if (is_stray(c, leaf))
		kinds |= SET_OF(LM_FOUND_RUN);
	if (is_restricted(c, leaf))
		kinds |= SET_OF(LM_FOUND_PERMISSIONS);
	return kinds;
}

/*
 * Leaves after one that is right which are right as well: they differ from it in
 * attributes that nobody asks about, and in bits of an address that any can have.
 */
static uint32_t count_right(const struct check *c, const struct lm_walk_item *leaf)
{
	const struct lm_format *fmt = &c->map->fmt;
	uint64_t above = c->look.tables[leaf->level - LM_FIRST_LEVEL].above;
	uint64_t any_address = fmt->oa.in_place & -lm_entry_size(fmt, leaf->level) &
			       ((UINT64_C(1) << fmt->config.oa_bits) - 1);
	uint64_t bits = lm_attrs_asked(fmt, above) | LM_DESC_TYPE | LM_DESC_CONTIGUOUS |
			fmt->config.present_invalid;

	return lm_walk_alike(c->map, leaf, bits & ~any_address, 0, lm_half_size(c->map));
}

/* A valid descriptor that maps nothing, or a present-invalid mark on no leaf. */
static unsigned int hole_kinds(const struct check *c, const struct lm_walk_item *hole)
{
	uint64_t meant = LM_DESC_VALID | c->map->fmt.config.present_invalid;

	return hole->desc.v & meant ? SET_OF(LM_FOUND_TYPE) : 0;
}

static int check_visit(void *ctx, struct lm_walk_item *item)
{
	struct check *c = ctx;
	unsigned int kinds = 0;
	int next = LM_WALK_NEXT;
	int err;

	c->finding.va = item->va;
	c->finding.level = item->level;
	c->finding.desc = item->desc;
	switch (lm_look_at(&c->look, item)) {
	case LM_LOOK_TABLE:
		return check_table(c, item);
	case LM_LOOK_BROKEN_RUN:
		kinds = SET_OF(LM_FOUND_RUN);
		next = LM_WALK_MEMBERS;
		break;
	case LM_LOOK_LEAF:
		kinds = leaf_kinds(c, item);
		if (!kinds)
			item->entries *= count_right(c, item);
		break;
	case LM_LOOK_HOLE:
		kinds = hole_kinds(c, item);
		break;
	}
	err = report(c, kinds);
	return err ? err : next;
}

/* Whether the census @kept equals the count @now. */
static bool census_agrees(const struct lm_census *kept, const struct lm_census *now)
{
	if (kept->stray_hints != now->stray_hints)
		return false;
	for (int level = 0; level < LM_LEVELS; level++) {
		if (kept->leaves[level][LM_SINGLE] != now->leaves[level][LM_SINGLE] ||
		    kept->leaves[level][LM_RUN] != now->leaves[level][LM_RUN])
			return false;
		if (!kept->tables_unknown &&
		    kept->large_tables[level] != now->large_tables[level])
			return false;
	}
	return true;
}

static int check_census(struct check *c, const struct lm_region *region)
{
	struct lm_census now;

	c->finding = (struct lm_finding){ .va = region->range.start, .region = region };
	if (!lm_region_count(c->map, region, &now, &c->finding.va) &&
	    census_agrees(&region->census, &now))
		return 0;
	return report(c, SET_OF(LM_FOUND_CENSUS));
}

static int check_tables(struct check *c)
{
	const struct lm_map *map = c->map;
	struct lm_range half = { lm_va_of(map, 0), lm_half_size(map) };
	int err = see_table(c, map->root.v);

	lm_look_init(&c->look, map);
	if (err)
		return err;
	if (lm_table(map, map->root))
		return lm_walk(map, half, check_visit, c);
	c->finding.va = half.start;
	c->finding.level = map->fmt.start_level;
	return report(c, SET_OF(LM_FOUND_NO_TABLE));
}

int64_t lm_check(const struct lm_map *map, lm_pa_t *seen, size_t seen_count,
		 lm_finding_fn *found, void *ctx)
{
	struct check c = {
		.map = map,
		.seen = seen,
		.seen_count = seen_count,
		.found = found,
		.ctx = ctx,
	};
	const struct lm_region *region = map->regions;
	int err;

	if (seen)
		memset(seen, 0, seen_count * sizeof(*seen));
	err = check_tables(&c);
	/* Tables that are broken cannot be counted. */
	if (c.kinds & ~(SET_OF(LM_FOUND_RESERVED) | SET_OF(LM_FOUND_PERMISSIONS)))
		region = NULL;
	for (; region && !err; region = region->next)
		err = check_census(&c, region);
	return err ? err : c.findings;
}
