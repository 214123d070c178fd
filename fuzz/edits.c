// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sequences of edits: bytes choose a geometry, what is mapped, and then edits of all
 * goals, of a range or of parts of it, committed in all ways, given up, refused, out of
 * memory, interfered with, with CPUs that do not roll, below tables that take permissions
 * away. After each one the tables map what a plain list expects, leaves are as large as the
 * goal leaves them, other leaves are unchanged, no table is lost, the verifier finds
 * nothing, and every refusal had a reason.
 */
#include <linmap/check.h>
#include <string.h>

#include "input.h"
#include "view.h"

#define CPUS	3
#define REGIONS 4
#define STEPS	8

enum goal { PAGES, BOUNDARIES, PROTECT, NON_GLOBAL, COLLAPSE, UNMAP, GOALS };

struct world {
	struct memory memory; /* first: the context of callbacks */
	struct input in;
	struct lm_map map;
	struct lm_region regions[REGIONS];
	unsigned int region_count;
	struct lm_cpu cpu[CPUS];
	struct lm_roller roller;
	lm_pa_t clone;
	int rolled; /* what the last one returned */
	struct lm_reserve deposit;
	bool uses_deposit;
	bool has_broken_runs;
	uint64_t sizes[ARM_LEAF_SIZES];
	unsigned int size_count;
	struct view tables;   /* as they are now */
	struct view expected; /* translations only */
};

/* -------------------------------------------------------------------- what tables map */

static const struct lm_format_config *config_of(const struct world *w)
{
	return &w->map.fmt.config;
}

static uint64_t half(const struct world *w)
{
	return UINT64_C(1) << config_of(w)->ia_bits;
}

static uint64_t base(const struct world *w)
{
	return config_of(w)->half == LM_UPPER ? -half(w) : 0;
}

static void expect_alike(const struct view *seen, const struct view *expected,
			 const char *when)
{
	const struct stretch *s = view_difference(seen, expected);

	if (s && !seen->overflow && !expected->overflow)
		wrong("%s: at offset 0x%" PRIx64 " to 0x%" PRIx64
		      ": expected other than 0x%" PRIx64 ", attributes 0x%" PRIx64,
		      when, s->start, s->end, s->pa, s->attrs);
}

struct found {
	const struct world *world;
	bool is_restricted;
};

static int found(void *ctx, const struct lm_finding *finding)
{
	struct found *f = ctx;

	if (finding->kind == LM_FOUND_PERMISSIONS) {
		f->is_restricted = true;
		return 0;
	}
	if (finding->kind == LM_FOUND_RUN && f->world->has_broken_runs)
		return 0;
	wrong("the verifier: %s va 0x%" PRIx64 ", level %d, 0x%" PRIx64,
	      lm_finding_text(finding->kind), finding->va.v, finding->level,
	      finding->desc.v);
}

static void expect_alike_as(const struct world *w, stretch_fn *as,
			    const struct view *seen, const char *when)
{
	static struct view a, b;

	view_as(&a, seen, as, config_of(w));
	view_as(&b, &w->expected, as, config_of(w));
	expect_alike(&a, &b, when);
}

/* @root maps what it must. Return: how many tables that takes. */
static size_t expect_translations(struct world *w, lm_pa_t root, const char *when)
{
	static struct view seen;
	size_t tables = view_take(&seen, config_of(w), &w->memory, root);

	expect_alike_as(w, stretch_given, &seen, when);
	expect_alike_as(w, stretch_effective, &seen, when);
	return tables;
}

static void expect_all(struct world *w, const char *when)
{
	static lm_pa_t seen[2 * MEMORY_TABLES];
	size_t tables = expect_translations(w, w->map.root, when);
	struct found f = { .world = w };
	int64_t findings =
		lm_check(&w->map, seen, sizeof(seen) / sizeof(seen[0]), found, &f);

	if (findings < 0)
		wrong("%s: the verifier returned %" PRId64, when, findings);
	if (!w->expected.overflow &&
	    f.is_restricted != view_is_restricted(&w->expected, config_of(w)))
		wrong("%s: the verifier says that %s is taken away", when,
		      f.is_restricted ? "something" : "nothing");
	if (!w->uses_deposit && tables != w->memory.used)
		wrong("%s: the map has %zu tables, and %zu are in use", when, tables,
		      w->memory.used);
}

static void look(struct world *w, struct view *view)
{
	view_take(view, config_of(w), &w->memory, w->map.root);
}

/* --------------------------------------------------------------------- the machine */

/* A switch goes to tables that map the same, and back to those that it has changed. */
static void move(void *ctx, lm_pa_t root)
{
	struct world *w = ctx;

	if (root.v != w->map.root.v)
		expect_translations(w, root, "the clone of the root");
}

/* The fuzzed map maps nothing of this program. */
static lm_va_t address(void *ctx, const void *pointer)
{
	(void)ctx;
	(void)pointer;
	return (lm_va_t){ UINT64_C(1) << 62 };
}

static const struct lm_format_config geometries[] = {
	{ .granule_shift = 12, .ia_bits = 48, .oa_bits = 48, .half = LM_UPPER },
	{ .granule_shift = 12, .ia_bits = 39, .oa_bits = 40, .half = LM_UPPER },
	{ .granule_shift = 12, .ia_bits = 32, .oa_bits = 36, .regime = LM_EL2 },
	{ .granule_shift = 12,
	  .ia_bits = 52,
	  .oa_bits = 52,
	  .half = LM_UPPER,
	  .lpa2 = true },
	{ .granule_shift = 12, .ia_bits = 40, .oa_bits = 48, .regime = LM_EL3 },
	{ .granule_shift = 14, .ia_bits = 47, .oa_bits = 48, .half = LM_UPPER },
	{ .granule_shift = 14, .ia_bits = 36, .oa_bits = 44, .regime = LM_EL2_0 },
	{ .granule_shift = 14,
	  .ia_bits = 52,
	  .oa_bits = 52,
	  .half = LM_UPPER,
	  .lpa2 = true },
	{ .granule_shift = 14, .ia_bits = 25, .oa_bits = 32 },
	{ .granule_shift = 12, .ia_bits = 25, .oa_bits = 32 },
	{ .granule_shift = 12, .ia_bits = 30, .oa_bits = 32, .half = LM_UPPER },
	{ .granule_shift = 16, .ia_bits = 25, .oa_bits = 32, .half = LM_UPPER },
	{ .granule_shift = 12,
	  .ia_bits = 31,
	  .oa_bits = 52,
	  .half = LM_UPPER,
	  .lpa2 = true },
	{ .granule_shift = 16, .ia_bits = 48, .oa_bits = 48, .half = LM_UPPER },
	{ .granule_shift = 16, .ia_bits = 52, .oa_bits = 52, .half = LM_UPPER },
	{ .granule_shift = 16, .ia_bits = 42, .oa_bits = 52, .regime = LM_EL2_0 },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------ rolling */

/* Who comes, the input says. */
static int roll_out(void *ctx, lm_pa_t home, lm_pa_t clone, unsigned int *culprit)
{
	static const int errors[] = { 0, 0, -LM_ETIMEOUT, -LM_EAWAY };
	struct world *w = ctx;

	if (home.v != w->map.root.v || home.v == clone.v)
		wrong("rolled from 0x%" PRIx64 " to 0x%" PRIx64, home.v, clone.v);
	*culprit = 0;
	w->clone = clone;
	w->rolled = errors[take(&w->in, 4)];
	return w->rolled;
}

static int roll_back(void *ctx, unsigned int *culprit)
{
	struct world *w = ctx;

	if (w->rolled != -LM_EAWAY)
		wrong("nobody was away");
	*culprit = 0;
	if (take_flag(&w->in))
		return -LM_EAWAY;
	w->rolled = 0;
	return 0;
}

static void roll_home(void *ctx)
{
	const struct world *w = ctx;

	if (memcmp(memory_table(ctx, w->clone), memory_table(ctx, w->map.root),
		   lm_level(&w->map.fmt, w->map.fmt.start_level)->entries *
			   sizeof(lm_desc_t)))
		wrong("home is not the clone");
}

static void start_map(struct world *w)
{
	static const uint64_t marks[] = { 0, LM_BIT(58), LM_ATTR_NOT_GLOBAL };
	static const uint64_t tables[] = { 0, LM_BIT(58) | LM_BIT(51),
					   LM_TABLE_PXN | LM_TABLE_UXN };
	struct lm_format_config config = geometries[take(&w->in, COUNT_OF(geometries))];
	struct lm_env env = { .ctx = w,
			      .alloc = memory_alloc,
			      .free = memory_free,
			      .table = memory_table,
			      .move = move,
			      .roller = &w->roller,
			      .address = address };
	struct lm_format fmt;
	lm_pa_t root;

	config.hw_updates = take(&w->in, 4) == 1;
	config.present_invalid = marks[take(&w->in, COUNT_OF(marks))];
	config.table_attrs = tables[take(&w->in, COUNT_OF(tables))];
	if (lm_format_init(&fmt, &config)) {
		config.present_invalid = config.table_attrs = 0; /* no nG, no PXN */
		if (lm_format_init(&fmt, &config))
			wrong("no such format: %s", lm_format_refusal(&config));
	}
	w->rolled = 0;
	w->roller = (struct lm_roller){ .ctx = w,
					.out = roll_out,
					.back = roll_back,
					.go_home = roll_home };
	memory_start(&w->memory, lm_granule_size(&fmt), config.oa_bits);
	memory_alloc(&w->memory, fmt.start_level, 1, &root);
	memset(memory_table(&w->memory, root), 0, w->memory.granule);
	lm_map_init(&w->map, &fmt, &env, root);
	lm_deposit_init(&w->deposit, &w->map);
	w->memory.map = &w->map;
	w->memory.longest = 1 + take(&w->in, 64);
	w->size_count = arm_leaf_sizes(&config, w->sizes);
}

/* ------------------------------------------------------------------------- choices */

/* Some leaves of one size, and some pages. */
static uint64_t take_size(struct world *w)
{
	uint64_t size = w->sizes[take(&w->in, w->size_count)] * take(&w->in, 41);

	return size + w->memory.granule * take_byte(&w->in);
}

static struct lm_range range_at(const struct world *w, uint64_t start, uint64_t size)
{
	start %= half(w);
	if (!size)
		size = w->memory.granule;
	if (size > half(w) - start)
		size = half(w) - start;
	return (struct lm_range){ { base(w) + start }, size };
}

/* A whole region, all or part of what is mapped, or anything. */
static struct lm_range take_range(struct world *w)
{
	unsigned int choice = take(&w->in, 8);
	uint64_t offset, granule = w->memory.granule;
	struct stretch s;

	if (choice < 2)
		return w->regions[take(&w->in, w->region_count)].range;
	if (choice == 2 || !w->expected.count) {
		offset = take_size(w);
		return range_at(w, offset, take_size(w));
	}
	s = w->expected.stretch[take_byte(&w->in) % w->expected.count];
	if (choice == 3)
		return range_at(w, s.start, s.end - s.start);
	offset = take_size(w) % (s.end - s.start + granule);
	return range_at(w, s.start + offset,
			take_size(w) % (s.end - s.start - offset + 2 * granule));
}

static uint64_t offset_of(const struct world *w, lm_va_t va)
{
	return va.v - base(w);
}

/* Attributes that every leaf must have to be right. */
static uint64_t fixed_attrs(const struct world *w)
{
	const struct lm_format *fmt = &w->map.fmt;
	uint64_t attrs = 0;

	if (!lm_regime_has_two_ranges(fmt->config.regime))
		attrs |= LM_ATTR_EL0;
	if (fmt->config.table_attrs & LM_TABLE_PXN)
		attrs |= LM_ATTR_PXN | LM_ATTR_UXN;
	return attrs & ~fmt->not_attrs;
}

static uint64_t take_attrs(struct world *w)
{
	static const uint64_t attrs[] = {
		0,
		LM_ATTR_READ_ONLY,
		LM_ATTR_UXN,
		LM_ATTR_PXN,
		LM_BIT(55),
		LM_ATTR_GP,
		LM_ATTR_NOT_GLOBAL,
		LM_ATTR_INDEX(1),
		LM_ATTR_INDEX(4),
		LM_ATTR_DBM,
		LM_ATTR_AF,
		LM_BIT(58),
	};
	const struct lm_format *fmt = &w->map.fmt;
	uint64_t taken = attrs[take(&w->in, COUNT_OF(attrs))];

	if (!lm_regime_has_two_ranges(fmt->config.regime))
		taken &= ~LM_ATTR_NOT_GLOBAL;
	return taken & ~(fmt->not_attrs | fixed_attrs(w));
}

static struct lm_leaf_change take_change(struct world *w)
{
	const struct lm_format *fmt = &w->map.fmt;
	unsigned int choice = take(&w->in, 8);
	struct lm_leaf_change change;

	if (choice == 0 && fmt->config.present_invalid)
		return lm_change_to_invalid(fmt);
	if (choice == 1 && fmt->config.present_invalid)
		return lm_change_to_valid(fmt,
					  (lm_attrs_t){ fmt->config.present_invalid });
	change.set = take_attrs(w);
	change.clear = take_attrs(w) & ~change.set;
	return change;
}

/* ---------------------------------------------------------------- what is expected */

/* Offsets; a border if @end == @start. */
struct piece {
	uint64_t start, end;
};

#define PARTS  6
#define PIECES 16

/**
 * struct wish - an edit as requested
 * @part_count: of lm_edit_only(); 0 if all of the range is to change
 * @wrong_part: the index of the first one that is wrong; @part_count if none is
 * @wanted: the range, or its parts, less the exceptions
 * @touched: leaves that overlap these may change, and no others
 */
struct wish {
	enum goal goal;
	enum lm_way way;
	struct lm_range range;
	struct lm_range parts[PARTS];
	unsigned int part_count, wrong_part;
	struct lm_range needs;
	struct lm_leaf_change change;
	struct piece wanted[PIECES], touched[2 * PIECES];
	unsigned int wanted_count, touched_count;
	bool has_needs, has_deposit, is_locked, is_interfered, is_disturbed, fails_alloc;
};

static void cut_out(struct wish *wish, struct piece hole)
{
	struct piece old[PIECES];
	unsigned int count = wish->wanted_count;

	memcpy(old, wish->wanted, sizeof(old));
	wish->wanted_count = 0;
	for (unsigned int i = 0; i < count; i++) {
		struct piece left = { old[i].start, old[i].end };
		struct piece right = left;

		if (hole.start < left.end)
			left.end = hole.start;
		if (hole.end > right.start)
			right.start = hole.end;
		if (hole.end <= old[i].start || hole.start >= old[i].end)
			left = old[i], right.start = right.end;
		if (left.start < left.end)
			wish->wanted[wish->wanted_count++] = left;
		if (right.start < right.end)
			wish->wanted[wish->wanted_count++] = right;
	}
}

static void find_touched(struct wish *wish)
{
	for (unsigned int i = 0; i < wish->wanted_count; i++) {
		struct piece p = wish->wanted[i];

		if (wish->goal != BOUNDARIES) {
			wish->touched[wish->touched_count++] = p;
			continue;
		}
		wish->touched[wish->touched_count++] = (struct piece){ p.start, p.start };
		wish->touched[wish->touched_count++] = (struct piece){ p.end, p.end };
	}
}

static void expect_there(const struct view *after, struct stretch leaves)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct stretch *s = &after->stretch[i];
		uint64_t from = s->start > leaves.start ? s->start : leaves.start;

		if (s->end <= leaves.start || leaves.end <= s->start)
			continue;
		if (s->leaf != leaves.leaf || (leaves.start - s->start) % s->leaf ||
		    s->attrs != leaves.attrs ||
		    s->pa + (from - s->start) != leaves.pa + (from - leaves.start))
			wrong("a leaf of 0x%" PRIx64 " at offset 0x%" PRIx64
			      " was not to be touched",
			      leaves.leaf, from);
	}
}

/* Leaves of @before that the edit does not concern are unchanged. */
static void expect_others_untouched(const struct wish *wish, const struct view *before,
				    const struct view *after)
{
	for (size_t i = 0; i < before->count; i++) {
		struct stretch rest = before->stretch[i], left;

		for (unsigned int j = 0; j < wish->touched_count; j++) {
			struct piece p = wish->touched[j];
			uint64_t from, to;

			if (p.end <= rest.start || p.start >= rest.end)
				continue;
			/* The leaves that it overlaps; none for a border between two. */
			from = p.start > rest.start ? p.start : rest.start;
			from -= (from - rest.start) % rest.leaf;
			to = p.end < rest.end ? p.end : rest.end;
			to += rest.leaf - 1 -
			      (to - rest.start + rest.leaf - 1) % rest.leaf;
			left = rest;
			left.end = from;
			if (left.start < left.end)
				expect_there(after, left);
			rest.pa += to - rest.start;
			rest.start = to;
		}
		if (rest.start < rest.end)
			expect_there(after, rest);
	}
}

static uint64_t end_of(const struct world *w, struct lm_range range)
{
	return offset_of(w, range.start) + range.size;
}

/* Where owners of volatile regions may write at any time. Return: how many. */
static size_t volatile_stretches(const struct world *w, struct stretch kept[REGIONS])
{
	size_t count = 0;

	for (const struct lm_region *r = w->map.regions; r; r = r->next) {
		if (r->flags & LM_VOLATILE)
			kept[count++] =
				(struct stretch){ .start = offset_of(w, r->range.start),
						  .end = end_of(w, r->range) };
	}
	return count;
}

static void expect_goal(struct world *w, const struct wish *wish,
			const struct view *after)
{
	struct stretch kept[REGIONS];
	size_t kept_count = volatile_stretches(w, kept);

	for (unsigned int i = 0; i < wish->wanted_count; i++) {
		struct piece p = wish->wanted[i];

		if (wish->goal == UNMAP &&
		    view_has_empty_table(config_of(w), &w->memory, w->map.root, p.start,
					 p.end, kept, kept_count))
			wrong("a table between 0x%" PRIx64 " and 0x%" PRIx64
			      " maps nothing and was not retired",
			      p.start, p.end);
		if ((wish->goal == BOUNDARIES || wish->goal == PROTECT) &&
		    (view_has_leaf_across(after, p.start) ||
		     view_has_leaf_across(after, p.end)))
			wrong("a leaf reaches across 0x%" PRIx64 " or 0x%" PRIx64,
			      p.start, p.end);
		for (size_t j = 0; wish->goal == PAGES && j < after->count; j++) {
			const struct stretch *s = &after->stretch[j];

			if (s->start < p.end && p.start < s->end &&
			    s->leaf != w->memory.granule)
				wrong("leaves of 0x%" PRIx64 " at offset 0x%" PRIx64
				      " were to become pages",
				      s->leaf, s->start);
		}
	}
}

/* Larger leaves were formed already: a second collapse has nothing to do. */
static void expect_collapsed(struct world *w, const struct wish *wish,
			     const struct lm_edit *edit)
{
	struct lm_edit again;
	int err;

	lm_edit_collapse(&again, &w->map, wish->range);
	if (wish->part_count)
		lm_edit_only(&again, wish->parts, wish->part_count);
	lm_edit_locked(&again);
	for (unsigned int i = 0; i < edit->exceptions.count; i++)
		lm_edit_except(&again, edit->exceptions.ranges[i]);
	err = lm_edit_plan(&again, wish->way);
	if (err && err != -LM_ENOLEAF)
		wrong("a second collapse: %s", lm_strerror(err));
	if (!err && again.plan.leaves)
		wrong("%" PRIu64 " leaves could have been collapsed", again.plan.leaves);
}

/* --------------------------------------------------- expected refusals */

static bool has_awaiting(const struct world *w)
{
	for (size_t i = 0; i < w->tables.count; i++) {
		if (lm_desc_awaits_hw_update((lm_desc_t){ w->tables.stretch[i].attrs }))
			return config_of(w)->hw_updates;
	}
	return false;
}

/* Whether a table takes something away, so that it cannot be given below the table. */
static bool has_restriction(const struct world *w)
{
	for (size_t i = 0; i < w->tables.count; i++) {
		if (w->tables.stretch[i].above & arm_table_attrs(config_of(w)))
			return true;
	}
	return config_of(w)->table_attrs & arm_table_attrs(config_of(w));
}

/*
 * This does not know which leaves are runs: changes of their attributes may be refused.
 */
static bool may_change_runs(struct lm_leaf_change change)
{
	uint64_t bits = change.set | change.clear;

	return !(bits & LM_DESC_VALID) && (bits & ~LM_ATTR_SOFTWARE);
}

static bool contains(const struct world *w, struct lm_range outer, struct lm_range inner)
{
	return offset_of(w, outer.start) <= offset_of(w, inner.start) &&
	       end_of(w, inner) <= end_of(w, outer);
}

/* The innermost region around the range, or around the first part of it; or NULL. */
static const struct lm_region *region_of(const struct world *w, const struct wish *wish)
{
	struct lm_range range = wish->part_count ? wish->parts[0] : wish->range;
	const struct lm_region *around = NULL;

	for (unsigned int i = 0; i < w->region_count; i++) {
		if (contains(w, w->regions[i].range, range))
			around =
				&w->regions[i]; /* they are nested: the last one is innermost */
	}
	return around;
}

/* It must have all parts, and no smaller one a piece that changes. */
static bool is_in_one_region(const struct world *w, const struct wish *wish)
{
	const struct lm_region *around = region_of(w, wish);

	if (wish->goal == NON_GLOBAL)
		return true;
	for (unsigned int i = 0; around && i < wish->part_count; i++) {
		if (!contains(w, around->range, wish->parts[i]))
			return false;
	}
	for (unsigned int i = 0; around && i < w->region_count; i++) {
		const struct lm_region *r = &w->regions[i];

		if (r == around || !contains(w, around->range, r->range))
			continue;
		for (unsigned int j = 0; j < wish->wanted_count; j++) {
			if (offset_of(w, r->range.start) < wish->wanted[j].end &&
			    wish->wanted[j].start < end_of(w, r->range))
				return false;
		}
	}
	return around != NULL;
}

static bool is_way_possible(const struct wish *wish)
{
	if (wish->way == LM_ROLL && !wish->is_locked)
		return false;
	if (wish->goal == NON_GLOBAL)
		return wish->way != LM_IN_PLACE && wish->way != LM_LIVE;
	return (wish->goal != COLLAPSE && wish->goal != UNMAP) ||
	       wish->way != LM_IN_PLACE;
}

/* Not-global needs a regime with two ranges, and is for all of the map. */
static bool is_possible(const struct world *w, const struct wish *wish,
			const struct lm_edit *edit)
{
	return wish->goal != NON_GLOBAL ||
	       (!edit->exceptions.count && !wish->part_count &&
		lm_regime_has_two_ranges(config_of(w)->regime));
}

static bool has_volatile(const struct world *w)
{
	const struct lm_region *region = w->map.regions;

	while (region && !(region->flags & LM_VOLATILE))
		region = region->next;
	return region;
}

/* Whether the change is of more than permissions, and not global to non-global alone. */
static bool needs_break(const struct world *w, struct lm_leaf_change change)
{
	uint64_t bits = change.set | change.clear;
	uint64_t mark = bits & LM_DESC_VALID ? config_of(w)->present_invalid : 0;

	return (bits & ~mark & LM_ATTR_MEMORY) ||
	       (change.clear & ~mark & LM_ATTR_NOT_GLOBAL) ||
	       (config_of(w)->regime == LM_EL3 && (bits & ~mark & LM_ATTR_NOT_GLOBAL));
}

static void expect_plan_error(const struct world *w, const struct wish *wish,
			      const struct lm_edit *edit, int err)
{
	bool may_wait = err == -LM_EHWUPDATE && has_awaiting(w);
	bool may_be_volatile = err == -LM_EVOLATILE && has_volatile(w);

	if (!is_way_possible(wish)) {
		if (err != -LM_EWAY)
			wrong("expected a refusal of this way, saw: %s",
			      lm_strerror(err));
	} else if (wish->wrong_part < wish->part_count) {
		if (err != -LM_EINVAL || edit->part != wish->wrong_part)
			wrong("expected part %u to be refused, saw: part %zu: %s",
			      wish->wrong_part, edit->part, lm_strerror(err));
	} else if (!is_possible(w, wish, edit)) {
		if (err != -LM_EINVAL)
			wrong("expected a refusal, saw: %s", lm_strerror(err));
	} else if (!is_in_one_region(w, wish)) {
		if (err != -LM_EREGION)
			wrong("expected a refusal of the region, saw: %s",
			      lm_strerror(err));
	} else if (wish->goal == UNMAP && (region_of(w, wish)->flags & LM_VOLATILE)) {
		if (err != -LM_EVOLATILE)
			wrong("expected a refusal of the volatile region, saw: %s",
			      lm_strerror(err));
	} else if (err == -LM_EUNSAFE && wish->way == LM_ROLL &&
		   needs_break(w, wish->change)) {
		return;
	} else if (err && !may_wait && !may_be_volatile &&
		   !(err == -LM_ETABLE && wish->goal == PROTECT && has_restriction(w)) &&
		   !(wish->goal == COLLAPSE && err == -LM_ENOLEAF)) {
		wrong("plan: %s", lm_strerror(err));
	}
}

static void expect_stage_error(const struct world *w, const struct wish *wish, int err)
{
	if (err == -LM_EHWUPDATE && has_awaiting(w))
		return;
	if (err == -LM_EVOLATILE && has_volatile(w))
		return;
	if (err == -LM_ESELF && wish->has_needs &&
	    (wish->way == LM_BREAK || wish->goal == UNMAP))
		return;
	if (err == -LM_ESTALE && wish->is_disturbed)
		return;
	wrong("stage: %s", lm_strerror(err));
}

/* Whether it unmaps something that is needed. */
static bool unmaps_needed(const struct world *w, const struct wish *wish)
{
	uint64_t needs = offset_of(w, wish->needs.start);
	uint64_t needs_end = end_of(w, wish->needs);

	for (unsigned int i = 0; i < wish->wanted_count; i++) {
		struct piece p = wish->wanted[i];
		uint64_t start = p.start > needs ? p.start : needs;
		uint64_t end = p.end < needs_end ? p.end : needs_end;

		if (start < end && view_maps_any(&w->tables, start, end))
			return wish->goal == UNMAP && wish->has_needs;
	}
	return false;
}

/* Whether leaves change their size: all that go do, but those that are unmapped whole. */
static bool changes_sizes(const struct world *w, const struct wish *wish,
			  const struct lm_edit *edit)
{
	bool has_across = false;

	for (unsigned int i = 0; i < wish->wanted_count; i++)
		has_across = has_across ||
			     view_has_leaf_across(&w->tables, wish->wanted[i].start) ||
			     view_has_leaf_across(&w->tables, wish->wanted[i].end);
	return wish->goal == UNMAP ? has_across : edit->plan.leaves > 0;
}

/* Whether every CPU that walks during the commit is level 3. */
static bool is_tolerant(const struct world *w, const struct lm_window *window)
{
	for (unsigned int i = 0; i < window->cpus->count; i++) {
		if ((i == window->leader || window->hold == LM_NONE_HELD) &&
		    w->cpu[i].bbm_level < LM_BBM_LIVE)
			return false;
	}
	return true;
}

/* The table of section 6 of docs/architecture.md. */
static bool is_safe(const struct world *w, const struct wish *wish,
		    const struct lm_edit *edit, const struct lm_window *window)
{
	bool live = wish->way == LM_IN_PLACE || wish->way == LM_LIVE;
	uint64_t bits = wish->change.set | wish->change.clear;
	uint64_t mark = bits & LM_DESC_VALID ? config_of(w)->present_invalid : 0;

	if (wish->way == LM_ROLL)
		return !needs_break(w, wish->change) &&
		       (window->hold == LM_NONE_HELD || window->cpus->count == 1);
	if (!live)
		return window->hold == LM_OTHERS_HELD || window->cpus->count == 1;
	bits &= ~mark;
	if (bits & (LM_ATTR_MEMORY | LM_ATTR_NOT_GLOBAL))
		return false;
	return is_tolerant(w, window) || !changes_sizes(w, wish, edit);
}

static void expect_commit_error(const struct world *w, const struct wish *wish,
				const struct lm_edit *edit,
				const struct lm_window *window, int err)
{
	if (!is_safe(w, wish, edit, window)) {
		if (err != -LM_EUNSAFE && !(wish->is_interfered && err == -LM_ESTALE))
			wrong("expected -LM_EUNSAFE, saw: %s", lm_strerror(err));
	} else if ((err && wish->way == LM_ROLL && err == w->rolled) ||
		   (err == -LM_EUNSAFE && !is_tolerant(w, window) &&
		    may_change_runs(wish->change))) {
		return;
	} else if (err && !wish->is_interfered) {
		wrong("commit: %s", lm_strerror(err));
	} else if (err && err != -LM_ESTALE && err != -LM_EHWUPDATE) {
		wrong("commit after interference: %s", lm_strerror(err));
	}
}

/* ----------------------------------------------------------------------- mapping */

static bool may_map_pages(const struct world *w, uint64_t start, uint64_t pa)
{
	for (unsigned int i = 0; i < w->region_count; i++) {
		if (w->regions[i].flags & LM_NO_BLOCKS)
			return true;
	}
	return (start - pa) & (w->sizes[1] - 1);
}

/* Existing tables still take away what they did before. */
static void expect_mapped(struct world *w, struct stretch what)
{
	view_map(&w->expected, what);
	look(w, &w->tables);
	for (size_t i = 0; i < w->tables.count; i++) {
		struct stretch above = w->tables.stretch[i];

		if (above.start < what.start)
			above.start = what.start;
		if (above.end > what.end)
			above.end = what.end;
		if (above.start < above.end)
			view_restrict(&w->expected, above);
	}
}

static void do_map(struct world *w)
{
	uint64_t oa_size = UINT64_C(1) << config_of(w)->oa_bits;
	uint64_t start = take_size(w);
	struct lm_range range = range_at(w, start, take_size(w));
	uint64_t pa = offset_of(w, range.start);
	uint64_t attrs = LM_ATTR_AF | fixed_attrs(w);
	unsigned int skew;
	bool is_taken;
	int err;

	if (!config_of(w)->lpa2)
		attrs |= LM_ATTR_INNER_SHAREABLE;
	skew = take(&w->in, 4);
	if (skew == 1)
		pa += w->memory.granule * take_byte(&w->in);
	if (skew == 2)
		pa += oa_size / 8 * 5;
	pa &= oa_size - 1;
	if (range.size > oa_size - pa)
		range.size = oa_size - pa;
	/* Mapping page by page takes long. */
	if (may_map_pages(w, offset_of(w, range.start), pa))
		range.size = range.size % (4096 * w->memory.granule) + w->memory.granule;
	range = range_at(w, offset_of(w, range.start), range.size);
	if (range.size > oa_size - pa)
		return;
	attrs ^= take_attrs(w) & ~LM_ATTR_READ_ONLY;

	is_taken =
		view_maps_any(&w->expected, offset_of(w, range.start), end_of(w, range));
	err = lm_map_range(&w->map, range, (lm_pa_t){ pa }, (lm_attrs_t){ attrs });
	look(w, &w->tables);
	if (err && err != -LM_ENOMEM && err != -LM_EREGION &&
	    !(err == -LM_EEXIST && is_taken) &&
	    !(err == -LM_ETABLE && has_restriction(w)))
		wrong("map: %s", lm_strerror(err));
	if (!err)
		expect_mapped(w, (struct stretch){ .start = offset_of(w, range.start),
						   .end = end_of(w, range),
						   .pa = pa,
						   .attrs = attrs | 1 });
}

static void do_add_region(struct world *w)
{
	struct lm_region *region = &w->regions[w->region_count];
	int err;

	if (w->region_count == REGIONS)
		return;
	*region = (struct lm_region){ .range = take_range(w), .flags = take(&w->in, 8) };
	for (unsigned int i = 0; i < w->region_count; i++) {
		if (w->regions[i].range.start.v == region->range.start.v &&
		    w->regions[i].range.size == region->range.size)
			return;
		/* A region must come after the one around it. */
		if (contains(w, region->range, w->regions[i].range))
			return;
	}
	err = lm_map_add_region(&w->map, region);
	if (!err)
		w->region_count++;
	else if (err != -LM_EREGION && err != -LM_EEXIST)
		wrong("region: %s", lm_strerror(err));
}

/* -------------------------------------------------------------- without an edit */

/* Return: whether something changed. */
static bool do_protect(struct world *w, struct lm_range range,
		       struct lm_leaf_change change)
{
	uint64_t start = offset_of(w, range.start), end = end_of(w, range);
	uint64_t mark = (change.set | change.clear) & LM_DESC_VALID ?
				config_of(w)->present_invalid :
				0;
	bool is_safe = !((change.set | change.clear) & ~mark &
			 (LM_ATTR_MEMORY | LM_ATTR_NOT_GLOBAL));
	bool fits;
	int err;

	look(w, &w->tables);
	fits = !view_has_leaf_across(&w->tables, start) &&
	       !view_has_leaf_across(&w->tables, end);
	err = lm_protect(&w->map, range, change, LM_WALKED_BY_TOLERANT, NULL);
	if (!is_safe && err != -LM_EUNSAFE)
		wrong("protect: expected -LM_EUNSAFE, saw: %s", lm_strerror(err));
	if (err == -LM_ETABLE && has_restriction(w))
		return false;
	if (is_safe && !fits && err != -LM_ESIZE && err != -LM_EHWUPDATE)
		wrong("protect: expected -LM_ESIZE, saw: %s", lm_strerror(err));
	if (is_safe && fits && err && !(err == -LM_EHWUPDATE && has_awaiting(w)) &&
	    !(err == -LM_ESIZE && w->has_broken_runs))
		wrong("protect: %s", lm_strerror(err));
	if (!err)
		view_change(&w->expected, (struct lm_range){ { start }, range.size },
			    change, config_of(w)->present_invalid);
	return !err;
}

/* A member of a run loses its hint; the regions are counted again. */
static void do_break_run(struct world *w)
{
	unsigned int stretch = take_byte(&w->in);
	uint64_t offset = take_size(w);
	const struct stretch *s;
	uint64_t *slot;

	if (!w->expected.count)
		return;
	s = &w->expected.stretch[stretch % w->expected.count];
	slot = arm_leaf_slot(config_of(w), &w->memory, w->map.root,
			     s->start + offset % (s->end - s->start));
	if (!slot || !(*slot & LM_BIT(52)))
		return;
	*slot &= ~LM_BIT(52);
	w->has_broken_runs = true;
	for (unsigned int i = 0; i < w->region_count; i++) {
		if (lm_region_recount(&w->map, &w->regions[i]))
			wrong("a region cannot be counted");
	}
}

/* If nothing was refused, counting each region again gives its census. */
static void expect_census_kept(struct world *w)
{
	for (unsigned int i = 0; i < w->region_count; i++) {
		struct lm_census kept = w->regions[i].census;

		if (lm_region_recount(&w->map, &w->regions[i]))
			wrong("a region cannot be counted");
		if (memcmp(kept.leaves, w->regions[i].census.leaves,
			   sizeof(kept.leaves)) ||
		    kept.stray_hints != w->regions[i].census.stray_hints)
			wrong("the census of region %u was wrong", i);
		w->regions[i].census = kept;
	}
}

/* A table gets hierarchical attributes. Return: whether they are new. */
static bool do_restrict(struct world *w)
{
	unsigned int stretch = take_byte(&w->in);
	unsigned int down = take(&w->in, 3);
	struct stretch below = { .above = (uint64_t)take_byte(&w->in) << 56 };
	uint64_t *slot = NULL;

	below.above &= arm_table_attrs(config_of(w));
	if (w->expected.count)
		slot = arm_table_slot(
			config_of(w), &w->memory, w->map.root,
			w->expected.stretch[stretch % w->expected.count].start, down,
			&below);
	if (!slot || !(below.above & ~*slot))
		return false;
	*slot |= below.above;
	view_restrict(&w->expected, below);
	return true;
}

/* -------------------------------------------------------------------------- edits */

/* Return: the index of the first part that is wrong then; their count if none is. */
static unsigned int spoil_parts(struct world *w, struct wish *wish)
{
	unsigned int kind = take(&w->in, 16);
	unsigned int i = take(&w->in, wish->part_count);
	struct lm_range *part = &wish->parts[i], later;

	if (kind == 1 && i + 1 < wish->part_count) {
		later = part[1];
		part[1] = part[0];
		part[0] = later;
		return i + 1;
	}
	if (kind == 2)
		part->start.v++;
	if (kind == 3)
		part->size = 0;
	return kind == 2 || kind == 3 ? i : wish->part_count;
}

/* From @at on: there, after a gap, or where the next of what is mapped begins. */
static uint64_t take_start(struct world *w, uint64_t at, uint64_t end)
{
	unsigned int choice = take(&w->in, 3);

	if (choice == 1)
		return at + take_size(w) % (end - at);
	for (size_t i = 0; choice == 2 && i < w->expected.count; i++) {
		uint64_t start = w->expected.stretch[i].start;

		if (at < start && start < end)
			return start;
	}
	return at;
}

/* In ascending order, some of them adjacent. */
static void take_parts(struct world *w, struct wish *wish)
{
	uint64_t at = offset_of(w, wish->range.start);
	uint64_t end = end_of(w, wish->range);
	struct lm_range *part;

	for (unsigned int i = 1 + take(&w->in, PARTS); i && at < end; i--) {
		at = take_start(w, at, end);
		part = &wish->parts[wish->part_count++];
		*part = range_at(w, at, w->memory.granule + take_size(w) % (end - at));
		at = end_of(w, *part);
	}
	if (take_flag(&w->in))
		wish->range = range_at(w, 0, half(w));
}

/* Parts side by side are one, unless it is their ends that matter. */
static void add_wanted(const struct world *w, struct wish *wish, struct lm_range range)
{
	struct piece p = { offset_of(w, range.start), end_of(w, range) };
	unsigned int count = wish->wanted_count;

	if (count && wish->goal != BOUNDARIES && wish->wanted[count - 1].end == p.start)
		wish->wanted[count - 1].end = p.end;
	else
		wish->wanted[wish->wanted_count++] = p;
}

static void begin_goal(struct world *w, struct wish *wish, struct lm_edit *edit)
{
	switch (wish->goal) {
	case PAGES:
		lm_edit_to_pages(edit, &w->map, wish->range);
		break;
	case BOUNDARIES:
		lm_edit_to_boundaries(edit, &w->map, wish->range);
		break;
	case PROTECT:
		wish->change = take_change(w);
		lm_edit_protect(edit, &w->map, wish->range, wish->change);
		break;
	case NON_GLOBAL:
		wish->range = range_at(w, 0, half(w));
		wish->change.set = LM_ATTR_NOT_GLOBAL;
		lm_edit_non_global(edit, &w->map);
		break;
	case COLLAPSE:
		lm_edit_collapse(edit, &w->map, wish->range);
		break;
	case UNMAP:
	case GOALS:
		lm_edit_unmap(edit, &w->map, wish->range);
		break;
	}
}

static void begin(struct world *w, struct wish *wish, struct lm_edit *edit)
{
	wish->goal = (enum goal)take(&w->in, GOALS);
	wish->way = (enum lm_way)take(&w->in, LM_WAYS);
	wish->range = take_range(w);
	if (take(&w->in, 3) == 1)
		take_parts(w, wish);
	begin_goal(w, wish, edit);
	for (unsigned int i = 0; i < wish->part_count; i++)
		add_wanted(w, wish, wish->parts[i]);
	if (!wish->part_count)
		add_wanted(w, wish, wish->range);
	else
		wish->wrong_part = spoil_parts(w, wish);
	if (wish->part_count)
		lm_edit_only(edit, wish->parts, wish->part_count);
}

static void add_details(struct world *w, struct wish *wish, struct lm_edit *edit)
{
	for (unsigned int i = take(&w->in, 8); i > 4; i--) {
		struct lm_range range = take_range(w);

		lm_edit_except(edit, range);
		cut_out(wish,
			(struct piece){ offset_of(w, range.start), end_of(w, range) });
	}
	find_touched(wish);
	if (take(&w->in, 8) == 1) {
		wish->has_needs = true;
		wish->needs = take_range(w);
		lm_edit_needs(edit, wish->needs);
	}
	wish->has_deposit = take(&w->in, 4) == 1;
	if (wish->has_deposit)
		lm_edit_deposit(edit, &w->deposit);
	w->uses_deposit = w->uses_deposit || wish->has_deposit;
	wish->is_locked = take(&w->in, 4) == 1 ||
			  (wish->way == LM_ROLL && take(&w->in, 4));
	if (wish->is_locked)
		lm_edit_locked(edit);
}

static struct lm_cpus take_cpus(struct world *w)
{
	unsigned int count = 1 + take(&w->in, CPUS);
	uint8_t levels = take_byte(&w->in);

	/* A bit of 0 means a tolerant CPU. */
	for (unsigned int i = 0; i < count; i++)
		w->cpu[i].bbm_level = (uint8_t)(3 - (levels >> 2 * i & 3));
	return (struct lm_cpus){ w->cpu, count };
}

/* Another user of the map changes it after staging. */
static void interfere(struct world *w, struct wish *wish)
{
	struct lm_range range;

	switch (take(&w->in, 4)) {
	case 1:
		range = take_range(w);
		wish->is_interfered = do_protect(w, range, take_change(w));
		break;
	case 2:
		wish->is_interfered = do_restrict(w);
		break;
	}
}

static void apply_to(struct world *w, const struct wish *wish, struct piece p)
{
	if (p.start < p.end)
		view_change(&w->expected,
			    (struct lm_range){ { p.start }, p.end - p.start },
			    wish->change, config_of(w)->present_invalid);
}

/* Break and switch skip leaves that were as wanted, so changes by others stay there. */
static void apply_where_needed(struct world *w, const struct wish *wish,
			       const struct view *before, struct piece p)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct stretch *s = &before->stretch[i];

		if (stretch_changes(s, wish->change, config_of(w)->present_invalid))
			apply_to(w, wish,
				 (struct piece){ s->start > p.start ? s->start : p.start,
						 s->end < p.end ? s->end : p.end });
	}
}

static void apply(struct world *w, const struct wish *wish, const struct view *before)
{
	bool lets_be = wish->way != LM_IN_PLACE && wish->way != LM_LIVE;

	for (unsigned int i = 0; i < wish->wanted_count; i++) {
		if (wish->goal == UNMAP)
			view_unmap(&w->expected, wish->wanted[i].start,
				   wish->wanted[i].end);
		else if (wish->is_interfered && lets_be)
			apply_where_needed(w, wish, before, wish->wanted[i]);
		else
			apply_to(w, wish, wish->wanted[i]);
	}
}

/*
 * Larger leaves do not give what tables took away from those before: the effect is the
 * same.
 */
static void take_over_collapsed(struct world *w, const struct view *after)
{
	expect_alike_as(w, stretch_effective, after, "after a collapse");
	view_as(&w->expected, after, stretch_translated, config_of(w));
}

static int commit(struct world *w, struct wish *wish, struct lm_edit *edit)
{
	struct lm_cpus cpus = take_cpus(w);
	unsigned int leader = take(&w->in, cpus.count);
	enum lm_hold hold = take_flag(&w->in) ? LM_NONE_HELD : LM_OTHERS_HELD;
	struct lm_window window;
	int err;

	if (!wish->is_locked)
		interfere(w, wish);
	if (lm_window_open(&window, &w->map, &cpus, leader, hold))
		wrong("no window");
	err = lm_edit_commit(&window, edit);
	expect_commit_error(w, wish, edit, &window, err);
	lm_window_close(&window);
	if (!err && lm_edit_tables_left(edit))
		wrong("%" PRIu64 " tables were planned too many",
		      lm_edit_tables_left(edit));
	return err;
}

/*
 * Another user changes permissions between plan and stage, which then are as planned or
 * refused.
 */
static void disturb(struct world *w, struct wish *wish)
{
	struct lm_range range = take_range(w);

	wish->is_disturbed = do_protect(w, range, take_change(w));
	look(w, &w->tables);
}

/* Return: whether it is staged. */
static bool prepare(struct world *w, struct wish *wish, struct lm_edit *edit)
{
	size_t used = w->memory.used;
	unsigned int steps = take(&w->in, 16);
	int err = lm_edit_plan(edit, wish->way);

	expect_plan_error(w, wish, edit, err);
	if (err || steps == 1)
		return false;
	wish->fails_alloc = steps == 2;
	if (wish->fails_alloc)
		w->memory.left = take_byte(&w->in);
	err = lm_edit_reserve(edit);
	w->memory.left = UINT64_MAX;
	if (err && err != -LM_ENOMEM)
		wrong("reserve: %s", lm_strerror(err));
	if (!w->uses_deposit &&
	    w->memory.used != used + (err ? 0 : edit->plan.bytes / w->memory.granule))
		wrong("%" PRIu64 " bytes planned, %zu tables reserved", edit->plan.bytes,
		      w->memory.used - used);
	if (err || steps == 3)
		return false;
	if (steps == 4)
		disturb(w, wish);
	err = lm_edit_stage(edit);
	if (err)
		expect_stage_error(w, wish, err);
	else if (unmaps_needed(w, wish))
		wrong("expected a refusal to unmap what is needed");
	return !err;
}

static void do_edit(struct world *w)
{
	static struct view before, after;
	struct wish wish = { 0 };
	struct lm_edit edit;
	bool done;

	begin(w, &wish, &edit);
	add_details(w, &wish, &edit);
	look(w, &w->tables);
	before = w->tables;
	done = prepare(w, &wish, &edit);
	before = w->tables;
	look(w, &after);
	expect_alike(&after, &before, "before the commit");
	done = done && !commit(w, &wish, &edit);
	while (lm_edit_release(&edit)) {
		if (w->rolled != -LM_EAWAY)
			wrong("not released");
	}
	look(w, &after);
	if (!done && !wish.is_interfered)
		expect_alike(&after, &before, "a refused edit");
	if (!done || after.overflow || before.overflow)
		return;
	apply(w, &wish, &before);
	if (wish.goal == COLLAPSE)
		take_over_collapsed(w, &after);
	expect_goal(w, &wish, &after);
	if (wish.goal == COLLAPSE && !wish.is_interfered)
		expect_collapsed(w, &wish, &edit);
	if (!wish.is_interfered)
		expect_others_untouched(&wish, &before, &after);
}

/* --------------------------------------------------------------------- a sequence */

static void do_something(struct world *w)
{
	struct lm_range range;

	switch (take(&w->in, 8)) {
	case 0:
		do_map(w);
		break;
	case 1:
		do_add_region(w);
		break;
	case 2:
		range = take_range(w);
		do_protect(w, range, take_change(w));
		break;
	case 4:
		do_restrict(w);
		break;
	case 5:
		do_break_run(w);
		break;
	default:
		do_edit(w);
	}
}

static void start_region(struct world *w)
{
	w->regions[0] = (struct lm_region){
		.range = range_at(w, 0, half(w) / 8 * (take_flag(&w->in) ? 7 : 8)),
		.flags = take(&w->in, 4),
	};
	if (lm_map_add_region(&w->map, &w->regions[0]))
		wrong("no region");
	w->region_count = 1;
}

static void finish(struct world *w)
{
	if (lm_deposit_release(&w->deposit))
		wrong("the deposit was not released");
	w->uses_deposit = false;
	expect_all(w, "in the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	w.in = (struct input){ data, data + size };
	w.region_count = 0;
	w.uses_deposit = false;
	w.has_broken_runs = false;
	w.expected.count = 0;
	w.expected.overflow = false;
	start_map(&w);
	start_region(&w);
	do_map(&w);
	for (int i = 0; i < STEPS && !input_is_empty(&w.in) && !w.expected.overflow;
	     i++) {
		do_something(&w);
		expect_all(&w, "after an operation");
		expect_census_kept(&w);
	}
	finish(&w);
	return 0;
}
