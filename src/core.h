/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of the core declare for each other and nobody else, in the order in
 * which data passes through them: walk, reserve, map, goal, split, updates.
 */
#ifndef LINMAP_CORE_H
#define LINMAP_CORE_H

#include <linmap/linmap.h>
#include <linmap_arch.h>

/* All of libc that the core uses; compilers demand them of a freestanding host anyway. */
void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* For what is off a hot path, or would make the frame of its caller larger. */
#define LM_NOINLINE __attribute__((__noinline__)) /* noinline is a macro in kernels */

/* ---------------------------------------------------- input addresses (walk.c) */

/*
 * Inside the core, addresses of a map are offsets into its half: they begin at
 * 0, cannot overflow, and compare the same for TTBR0 and TTBR1.
 */
struct lm_span {
	uint64_t start;
	uint64_t end; /* one past the last */
};

/* -LM_EINVAL unless @range is granule aligned, not empty, and inside the half. */
int lm_span_of(const struct lm_map *map, struct lm_range range, struct lm_span *span);

static inline uint64_t lm_half_size(const struct lm_map *map)
{
	return UINT64_C(1) << map->fmt.config.ia_bits;
}

static inline lm_va_t lm_va_of(const struct lm_map *map, uint64_t offset)
{
	return (lm_va_t){ map->fmt.base + offset };
}

/* @range must have been checked. */
static inline struct lm_span lm_span_checked(const struct lm_map *map,
					     struct lm_range range)
{
	uint64_t start = range.start.v - map->fmt.base;

	return (struct lm_span){ start, start + range.size };
}

/* lm_item_size(), where a call would cost more than it does. */
static inline uint64_t lm_item_bytes(const struct lm_map *map,
				     const struct lm_walk_item *item)
{
	return (uint64_t)item->entries << lm_level(&map->fmt, item->level)->shift;
}

static inline struct lm_span lm_item_span(const struct lm_map *map,
					  const struct lm_walk_item *item)
{
	uint64_t start = item->va.v - map->fmt.base;

	return (struct lm_span){ start, start + lm_item_bytes(map, item) };
}

static inline bool lm_span_contains(struct lm_span outer, struct lm_span inner)
{
	return outer.start <= inner.start && inner.end <= outer.end;
}

/* The smallest span that contains both. */
static inline struct lm_span lm_span_around(struct lm_span a, struct lm_span b)
{
	return (struct lm_span){
		a.start < b.start ? a.start : b.start,
		a.end > b.end ? a.end : b.end,
	};
}

static inline struct lm_range lm_range_of(const struct lm_map *map, struct lm_span span)
{
	return (struct lm_range){ lm_va_of(map, span.start), span.end - span.start };
}

static inline bool lm_spans_overlap(struct lm_span a, struct lm_span b)
{
	return a.start < b.end && b.start < a.end;
}

/* ------------------------------------------------------------------- walk.c */

/* As lm_walk(), of a range that was checked. */
int lm_walk_within(const struct lm_map *map, struct lm_span span, lm_visit_fn *visit,
		   void *ctx);

/* The same from @table on @level, which must cover all of @span. */
int lm_walk_table(const struct lm_map *map, lm_pa_t table, int level, struct lm_span span,
		  lm_visit_fn *visit, void *ctx);

/* Walk the tables below @parent, a table descriptor on @level for @va. */
int lm_walk_below(const struct lm_map *map, lm_desc_t parent, int level, lm_va_t va,
		  lm_visit_fn *visit, void *ctx);

static inline lm_desc_t *lm_table(const struct lm_map *map, lm_pa_t pa)
{
	return map->env.table(map->env.ctx, pa);
}

/* The table that a table descriptor names, and where the CPU reaches it. */
static inline lm_pa_t lm_table_pa(const struct lm_map *map, lm_desc_t desc)
{
	return lm_desc_oa(&map->fmt.oa, desc);
}

lm_desc_t *lm_table_of(const struct lm_map *map, lm_desc_t desc);

/* The entry on @level for @va as a walk from the root finds it; NULL if none does. */
lm_desc_t *lm_find_slot(const struct lm_map *map, lm_va_t va, int level);

/* Index of the entry for @va in its table on @level. */
static inline uint32_t lm_index(const struct lm_map *map, int level, lm_va_t va)
{
	const struct lm_level *geometry = lm_level(&map->fmt, level);

	return (uint32_t)(va.v >> geometry->shift) & (geometry->entries - 1);
}

/*
 * For a visitor that skips @item: extend it up to the next entry of its table that has a
 * bit of @until set.
 */
int lm_walk_past(const struct lm_map *map, struct lm_walk_item *item, uint64_t until);

/*
 * For a visitor of @leaf, which may take more than one: how many leaves there are from it
 * on in its table, up to @end, that have the same @bits once each has counted up by @step.
 * With a hint it is the only one.
 */
uint32_t lm_walk_alike(const struct lm_map *map, const struct lm_walk_item *leaf,
		       uint64_t bits, uint64_t step, uint64_t end);

/* Bytes from @oa on whose addresses count up in the same bits of a descriptor. */
static inline uint64_t lm_bytes_in_place(const struct lm_format *fmt, lm_pa_t oa)
{
	uint64_t in_place = fmt->oa.in_place | (lm_granule_size(fmt) - 1);

	return in_place + 1 - (oa.v & in_place);
}

/*
 * Entries of @item's table from it on, up to @end, for which addresses from @oa on count up
 * in the same bits; 0 if it reaches beyond @end.
 */
static inline uint32_t lm_entries_in_place(const struct lm_map *map,
					   const struct lm_walk_item *item, lm_pa_t oa,
					   uint64_t end)
{
	const struct lm_level *level = lm_level(&map->fmt, item->level);
	uint64_t bytes = end - (item->va.v - map->fmt.base);
	uint64_t bytes_in_place = lm_bytes_in_place(&map->fmt, oa);
	uint32_t most = level->entries - lm_index(map, item->level, item->va);

	if (bytes > bytes_in_place)
		bytes = bytes_in_place;
	return most < bytes >> level->shift ? most : (uint32_t)(bytes >> level->shift);
}

/* What a visitor returns that has found what it searches for: no error, but it ends the walk. */
#define LM_WALK_FOUND (-LM_ERRORS)

/* An entry with none of these bits set maps nothing and is no present-invalid leaf. */
static inline uint64_t lm_mapping_bits(const struct lm_map *map)
{
	return LM_DESC_VALID | map->fmt.config.present_invalid;
}

static inline bool lm_item_is_table(const struct lm_walk_item *item)
{
	return item->entries == 1 && lm_desc_is_table(item->desc, item->level);
}

/* Whether a leaf has the hint without being in a run. */
static inline bool lm_item_has_stray_hint(const struct lm_walk_item *leaf)
{
	return leaf->entries == 1 && !leaf->member && lm_desc_is_contiguous(leaf->desc);
}

/* Whether hardware may use an entry of it for the others of a run. */
static inline bool lm_item_acts_as_run(const struct lm_walk_item *leaf)
{
	return leaf->entries > 1 || lm_item_has_stray_hint(leaf);
}

/* What hardware may use a leaf for: with a stray hint, all that a run would map there. */
struct lm_span lm_item_reach(const struct lm_map *map, const struct lm_walk_item *leaf);

/* ------------------------------------------------------------------- leaf.c */

/* Whether it maps something, or is a present-invalid leaf. */
static inline bool lm_is_leaf(const struct lm_format *fmt, lm_desc_t desc, int level)
{
	if (!lm_level(fmt, level)->leaf)
		return false;
	/* A present-invalid leaf is what it would be if it were valid. */
	if (desc.v & fmt->config.present_invalid)
		desc.v |= LM_DESC_VALID;
	return lm_desc_is_valid_leaf(desc, level);
}

/* Tables are read in steps of so many entries; run lengths are multiples of it. */
#define LM_STRIDE 8

/* Bits in which LM_STRIDE entries are not @expected, counted up by @step for each. */
static inline uint64_t lm_stride_differs(const lm_desc_t *entry, uint64_t expected,
					 uint64_t step)
{
	uint64_t differs = 0;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < LM_STRIDE; i++, expected += step)
		differs |= lm_arch_load(&entry[i]).v ^ expected;
	return differs;
}

/*
 * Bits in which members of a run are not what its first entry makes of them: its
 * attributes, and the next address. 0 for an imagined run.
 */
uint64_t lm_members_differ(const struct lm_map *map, const struct lm_walk_item *run);

/*
 * Whether the entries from @first on, as many as a run has on @level, are one run: all
 * are leaves with the hint, of adjacent memory that begins where a run can. Attributes
 * and validity may differ: changing them leaves a run a run.
 */
bool lm_is_run(const struct lm_map *map, const lm_desc_t *first, int level);

/*
 * How many of @entries entries, one after the other, are what leaves that differ in their
 * addresses alone are: @first, and then one for @step bytes further each time.
 */
uint32_t lm_count_alike(const lm_desc_t *entry, uint32_t entries, lm_desc_t first,
			uint64_t step);

/*
 * Fill entries of a table that nobody walks: @first, and then one for @step bytes further
 * each time. Addresses do not cross what descriptors have in one place.
 */
void lm_fill(lm_desc_t *entry, uint32_t entries, lm_desc_t first, uint64_t step);

/* The same, and say so to the recorder. */
static inline void lm_put(const struct lm_map *map, lm_desc_t *slot, uint32_t entries,
			  lm_desc_t first, uint64_t step)
{
	lm_fill(slot, entries, first, step);
	lm_arch_wrote(&map->env, slot);
}

/* Let all @entries of such a table map nothing: a multiple of LM_STRIDE. */
void lm_clear(lm_desc_t *entry, uint32_t entries);

/* ------------------------------------------------------------------- look.c */

/* A table on the way down: where it is, and the hierarchical attributes above it. */
struct lm_look_table {
	lm_pa_t pa;
	uint64_t above;
};

/* State of a visitor that looks at everything and trusts nothing. */
struct lm_look {
	const struct lm_map *map;
	struct lm_span span; /* of the item */
	uint64_t oa;	     /* in its descriptor, maybe with bits below its size */
	struct lm_look_table tables[LM_LEVELS];
};

enum lm_look_kind {
	LM_LOOK_HOLE,	    /* maps nothing, whatever the entry holds */
	LM_LOOK_LEAF,	    /* a leaf; a run among them is whole */
	LM_LOOK_TABLE,	    /* to enter by lm_look_enter(), or not */
	LM_LOOK_BROKEN_RUN, /* its members are not one leaf: look at them one by one */
};

void lm_look_init(struct lm_look *look, const struct lm_map *map);
enum lm_look_kind lm_look_at(struct lm_look *look, const struct lm_walk_item *item);

/* Whether the walk may descend: not if the table is one of those above itself. */
bool lm_look_enter(struct lm_look *look, const struct lm_walk_item *table);

/* What the tables above it change in any leaf on @level. */
struct lm_leaf_change lm_look_change(const struct lm_look *look, int level);

/* ------------------------------------------------------------------ attrs.c */

/* Bits of a leaf that are not as the architecture reserves them; 0 if none. */
uint64_t lm_attrs_wrong(const struct lm_format *fmt, lm_desc_t leaf);

/* Hierarchical attributes of the tables down to the one that @table links, or-ed. */
static inline uint64_t lm_attrs_below(uint64_t above, lm_desc_t table)
{
	return above | (table.v & LM_TABLE_ATTRS);
}

/* Bits of a leaf that change below tables with these hierarchical attributes, or-ed. */
uint64_t lm_attrs_lost(const struct lm_format *fmt, lm_desc_t leaf, uint64_t above);

/* Bits that these two ask about, of a leaf that is right; all others may be anything. */
static inline uint64_t lm_attrs_asked(const struct lm_format *fmt, uint64_t above)
{
	uint64_t asked = fmt->not_attrs | LM_ATTR_SHAREABILITY;

	if (!lm_regime_has_two_ranges(fmt->config.regime))
		asked |= LM_ATTR_EL0;
	if (above & LM_TABLE_ATTRS)
		asked |= LM_ATTR_NS | LM_ATTR_AP | LM_ATTR_DBM | LM_ATTR_PXN |
			 LM_ATTR_UXN;
	return asked;
}

/* Bits in which members of a run like @member may differ, since hardware writes them. */
uint64_t lm_attrs_hw_writes(const struct lm_format *fmt, lm_desc_t member);

/* Whether members of one run, some as @before and some as @after, are misprogrammed. */
bool lm_attrs_differ_in_run(const struct lm_format *fmt, lm_desc_t before,
			    lm_desc_t after);

/*
 * -LM_EINVAL if a change breaks reserved bits that were right, -LM_ETABLE if it gives
 * what tables above take away. What was wrong before may stay wrong.
 */
int lm_attrs_check_change(const struct lm_format *fmt, lm_desc_t before, lm_desc_t after,
			  uint64_t above);

/* ----------------------------------------------------------------- window.c */

/*
 * -LM_EWINDOW inside a window; -LM_EAWAY while CPUs may walk the clone of an edit that
 * failed: what is stored to the map might not reach them.
 */
int lm_map_check_quiet(const struct lm_map *map);

/* ---------------------------------------------------------------- reserve.c */

/* Index of a reserve's pool: levels, then the log. */
static inline int lm_pool_index(int level)
{
	return level - LM_FIRST_LEVEL;
}

/* Allocate @tables[level], and @log_granules granules; all or nothing. */
int lm_reserve_fill(struct lm_reserve *reserve, const uint64_t tables[LM_LEVELS],
		    uint64_t log_granules);

/* Take tables out: an lm_alloc_fn, whose context is the reserve. */
lm_alloc_fn lm_reserve_take;

/* Put back a table that was taken and not used. */
void lm_reserve_put_back(struct lm_reserve *reserve, int level, lm_pa_t table);

/* Return tables that were taken: to the deposit if there is one, else to the embedder. */
void lm_reserve_give_back(const struct lm_reserve *reserve, int level,
			  struct lm_table_run run, enum lm_origin origin);

/* Give back what is left. */
void lm_reserve_empty(struct lm_reserve *reserve);
uint64_t lm_reserve_tables_left(const struct lm_reserve *reserve);

/* ----------------------------------------------------------------- region.c */

static inline struct lm_span lm_region_span(const struct lm_map *map,
					    const struct lm_region *region)
{
	return lm_span_checked(map, region->range);
}

/* Whether a part of @span is in a volatile region. */
bool lm_region_volatile_in(const struct lm_map *map, struct lm_span span);

/* The innermost region that @span overlaps with; NULL for none. */
struct lm_region *lm_region_overlapping(const struct lm_map *map, struct lm_span span);

/* The innermost region that @span is inside of; NULL for none. */
struct lm_region *lm_region_around(const struct lm_map *map, struct lm_span span);

/* Whether contiguous runs of @level may be made in @region. */
bool lm_region_makes_runs(const struct lm_region *region, const struct lm_format *fmt,
			  int level);

/* What @region holds now; -LM_EEXIST if the leaf at @where crosses its border. */
int lm_region_count(const struct lm_map *map, const struct lm_region *region,
		    struct lm_census *census, lm_va_t *where);

/* ----------------------------------------------------------------- census.c */

/*
 * More leaves, about to be put down or found in ascending order: @leaf, and after it in
 * its table others like it, @leaves altogether.
 */
void lm_census_add(struct lm_census *census, const struct lm_map *map,
		   const struct lm_walk_item *leaf, uint32_t leaves);
void lm_census_subtract(struct lm_census *from, const struct lm_census *what);

/* The opposite. */
void lm_census_give(struct lm_census *to, const struct lm_census *what);

/* Record that no table leads to a large leaf any more. */
void lm_census_forget_tables(struct lm_census *census);

/* Whether there is a leaf larger than a page, or one that hardware may use as one. */
bool lm_census_has_large(const struct lm_census *census);

/* ---------------------------------------------------------- a pass over a map */

struct lm_pass;
struct lm_update;
struct lm_goal;

/*
 * What to do with the changes that a goal wants: plan them, stage them, or make them in
 * place. Goals do not call these, but lm_pass_unfold() and so on, which also count.
 */
struct lm_pass_ops {
	/* count what is done, into edit->counted and edit->census */
	bool counts;
	/* remove a run's hints; return whether its members come next: as a visitor */
	int (*unfold)(const struct lm_pass *pass, struct lm_walk_item *run);
	/* turn a leaf into a table whose first entry is item->child: as a visitor */
	int (*split)(const struct lm_pass *pass, struct lm_walk_item *leaf);
	/* change one entry, or leaves that differ in their addresses alone: 0 or an error */
	int (*change)(const struct lm_pass *pass, const struct lm_walk_item *entry,
		      lm_desc_t after);
};

struct lm_pass {
	struct lm_edit *edit;
	const struct lm_pass_ops *ops;
};

/* ------------------------------------------------------------------ count.c */

/* Start counting, from the census of the edit's region. */
void lm_count_begin(struct lm_edit *edit);

/*
 * Finish counting. Return: 0; -LM_ESTALE if more leaves have gone than the region's
 * census knew of.
 */
int lm_count_end(struct lm_edit *edit);

/* -LM_ESTALE unless the count equals edit->plan and edit->planned. */
int lm_count_compare(struct lm_edit *edit);

/* -LM_ESTALE if more was counted than planned. */
int lm_count_limit(const struct lm_edit *edit);

/* @runs runs on @level, of @entries each, become single leaves. */
void lm_count_unfolded(struct lm_edit *edit, int level, uint64_t runs, uint32_t entries);

/* @leaves blocks on @level become pages. */
void lm_count_to_pages(struct lm_edit *edit, int level, uint64_t leaves);

/* @leaf becomes a table of leaves of the next size. */
void lm_count_one_level(struct lm_edit *edit, const struct lm_walk_item *leaf);

/*
 * Entries on @level that are in the map now are replaced: by the commit, or in a copy. In
 * a copy this counts only if tables take the place of leaves, or leaves that of tables.
 */
void lm_count_replaced(struct lm_edit *edit, int level, uint64_t entries,
		       bool tables_change);

/* Tables on @level below the root are copied, and the copies linked. */
void lm_count_copied(struct lm_edit *edit, int level, uint64_t tables);

/* The entries of @item change, and with that the tables on the way to them. */
void lm_count_change(struct lm_edit *edit, const struct lm_walk_item *item,
		     bool tables_change);

/* The walk of a pass enters @table, unless it is in it already. */
void lm_pass_enter(const struct lm_pass *pass, const struct lm_walk_item *table);

/* A leaf goes away: it is about to be unfolded or split. */
void lm_pass_goes(const struct lm_pass *pass, const struct lm_walk_item *leaf);

/* As struct lm_pass_ops describes, and counted if the pass counts. */
static inline int lm_pass_unfold(const struct lm_pass *pass, struct lm_walk_item *run)
{
	int next;

	lm_pass_goes(pass, run);
	next = pass->ops->unfold(pass, run);
	/* In a new table, which hardware has not seen, all hints go with the run. */
	return next == LM_WALK_MEMBERS && !run->linked ? LM_WALK_INSIDE : next;
}

static inline int lm_pass_split(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	lm_pass_goes(pass, leaf);
	return pass->ops->split(pass, leaf);
}

int lm_pass_change(const struct lm_pass *pass, const struct lm_walk_item *entry,
		   lm_desc_t after);

/* @leaf becomes invalid, and so do others like it after it, @leaves altogether. */
void lm_count_unmapped(struct lm_edit *edit, const struct lm_walk_item *leaf,
		       uint32_t leaves);

/* A leaf in no run loses its hint; call this before its change. */
void lm_pass_unhint(const struct lm_pass *pass, const struct lm_walk_item *leaf);

/* What several entries count up by, from @first on: all of them may map nothing. */
static inline uint64_t lm_step_of(const struct lm_map *map, lm_desc_t first, int level)
{
	return first.v ? lm_entry_size(&map->fmt, level) : 0;
}

/* What is kept of the table on @level that the walk of a pass is in. */
static inline struct lm_step *lm_step_at(struct lm_edit *edit, int level)
{
	return &edit->path[level - LM_FIRST_LEVEL];
}

/* ------------------------------------------------------------------ goal.c */

void lm_edit_init(struct lm_edit *edit, struct lm_map *map, struct lm_range range,
		  const struct lm_goal *goal);

#define LM_ALL_WAYS ((1U << LM_WAYS) - 1)

/* How much of something an edit changes. */
enum lm_coverage { LM_COVERS_NONE, LM_COVERS_PART, LM_COVERS_ALL };

typedef bool lm_leaf_fn(const struct lm_edit *edit, const struct lm_walk_item *leaf,
			enum lm_coverage covers);

/*
 * What an edit is for. Code that only one goal needs is reached from here, so that an
 * embedder links only the goals it uses.
 */
struct lm_goal {
	const char *name;
	unsigned int ways; /* that support it, a bit for each enum lm_way */
	bool flattens;	   /* what it covers whole becomes pages; it resizes */
	/*
	 * Leaf sizes may change: planning finds the region that counts them. Without this
	 * the edit has no region, and lm_goal_resizes() is false for every leaf.
	 */
	bool resizes;
	bool ends_only; /* only leaves that cross an end of the range change */
	bool unmaps;	/* what it covers whole becomes invalid entries; it resizes */
	/*
	 * whether a leaf, of which the edit covers something, becomes something else, or
	 * part of something else
	 */
	lm_leaf_fn *touches;
	/* -LM_EINVAL for an edit that only this goal refuses; or NULL */
	int (*check)(const struct lm_edit *edit);
	/* report all changes to @pass, in ascending order */
	int (*run)(struct lm_pass *pass);
	/* in place and live: what remains to be done once sizes have changed; or NULL */
	int (*finish)(struct lm_edit *edit);
	/* -LM_ESTALE if an entry no longer becomes what was staged; or NULL */
	int (*verify)(struct lm_edit *edit, const struct lm_update *update);
};

/* The parts of its range that the edit is about: how many, and the first one. */
static inline size_t lm_edit_parts(const struct lm_edit *edit,
				   const struct lm_range **parts)
{
	*parts = edit->has_parts ? edit->parts : &edit->range;
	return edit->has_parts ? edit->part_count : 1;
}

/* From the first part to the end of the last one: what a walk of the edit goes through. */
struct lm_span lm_edit_walked(const struct lm_edit *edit);

/* Index of the first part that ends after @at; their count if there is none. */
size_t lm_goal_part(const struct lm_edit *edit, uint64_t at);

/* The first offset from @at on that the edit is to change; UINT64_MAX if there is none. */
uint64_t lm_goal_next(const struct lm_edit *edit, uint64_t at);

/* How much of @span changes; the cursor is at what changes first from its start on. */
static inline enum lm_coverage lm_cursor_covers(const struct lm_cursor *cursor,
						struct lm_span span)
{
	struct lm_span changes = { cursor->start, cursor->end };

	if (changes.start >= span.end)
		return LM_COVERS_NONE;
	return lm_span_contains(changes, span) ? LM_COVERS_ALL : LM_COVERS_PART;
}

/* Move the cursor on to what changes first from @at on. */
void lm_goal_seek(const struct lm_edit *edit, struct lm_cursor *cursor, uint64_t at);

/*
 * How many entries there are from @item on in its table, or in its run if it stays @in_run,
 * before the one for @end.
 */
uint32_t lm_entries_before(const struct lm_map *map, const struct lm_walk_item *item,
			   uint64_t end, bool in_run);

/*
 * Where a visitor goes from an item of which nothing changes: to what changes next. So what
 * lies between parts costs nothing.
 */
static inline int lm_goal_skip(const struct lm_edit *edit, const struct lm_cursor *cursor,
			       struct lm_walk_item *item)
{
	item->next = lm_va_of(edit->map, cursor->start);
	return LM_WALK_SKIP;
}

/* Where a visitor goes from an item that it is done with. */
int lm_goal_skip_after(const struct lm_edit *edit, struct lm_cursor *cursor,
		       struct lm_walk_item *item);

/*
 * For a visitor of @item: how much of it the edit is to change. The cursor of a walk begins
 * with zeroes.
 */
static inline enum lm_coverage lm_goal_look(const struct lm_edit *edit,
					    struct lm_cursor *cursor,
					    const struct lm_walk_item *item)
{
	struct lm_span span = lm_item_span(edit->map, item);

	if (cursor->end <= span.start)
		lm_goal_seek(edit, cursor, span.start);
	return lm_cursor_covers(cursor, span);
}

/*
 * For a visitor that goes down into @item: to begin there with what changes first. Only in a
 * walk of what the edit changes: what is elsewhere in a leaf would be missed.
 */
static inline void lm_goal_go_in(const struct lm_edit *edit,
				 const struct lm_cursor *cursor,
				 struct lm_walk_item *item)
{
	lm_va_t first = lm_va_of(edit->map, cursor->start);

	if (item->va.v < first.v)
		item->va = first;
}

enum lm_coverage lm_goal_covers(const struct lm_edit *edit, struct lm_span span);
enum lm_coverage lm_goal_covers_item(const struct lm_edit *edit,
				     const struct lm_walk_item *item);

/* Whether a leaf must be split of which the edit covers so much. */
lm_leaf_fn lm_goal_splits;

/* Whether a leaf that is in no run must lose its hint. */
lm_leaf_fn lm_goal_unhints;

/* Whether either is true. */
lm_leaf_fn lm_goal_resizes;

/* Whether anything of a leaf is covered. */
lm_leaf_fn lm_goal_touches_all;

/* Whether nothing of the leaf may stay large. */
static inline bool lm_goal_flattens(const struct lm_edit *edit,
				    const struct lm_walk_item *leaf)
{
	return edit->goal->flattens && lm_goal_covers_item(edit, leaf) == LM_COVERS_ALL;
}

/* What an entry of a leaf that keeps its size becomes. */
lm_desc_t lm_goal_becomes(const struct lm_edit *edit, lm_desc_t entry,
			  enum lm_coverage covers);

/* -LM_EINVAL unless @change is of attributes or validity; -LM_EMARK if it loses mappings. */
int lm_change_check(const struct lm_map *map, struct lm_leaf_change change);

/* Apply @change to a leaf. An invalid leaf keeps its mark unless it becomes valid. */
static inline lm_desc_t lm_leaf_changed(const struct lm_map *map, lm_desc_t leaf,
					struct lm_leaf_change change)
{
	uint64_t keep = 0;

	/* A member of a broken run: it maps nothing. */
	if (!lm_desc_is_valid(leaf) && !(leaf.v & map->fmt.config.present_invalid))
		return leaf;
	if ((change.set | change.clear) & LM_DESC_VALID) {
		/* Its validity does not change, so its mark is an attribute. */
		if (!((leaf.v ^ change.set) & LM_DESC_VALID))
			return leaf;
	} else if (!lm_desc_is_valid(leaf)) {
		keep = map->fmt.config.present_invalid;
	}
	leaf.v &= ~(change.clear & ~keep);
	leaf.v |= change.set & ~keep;
	return leaf;
}

static inline bool lm_goal_has_change(const struct lm_edit *edit)
{
	return edit->change.set | edit->change.clear;
}

/* The kinds of change that a goal is to make, a bit for each enum lm_change, but for sizes. */
unsigned int lm_goal_kinds(const struct lm_edit *edit);

/* Whether leaves that it covers whole become something else, besides their sizes. */
static inline bool lm_goal_changes_leaves(const struct lm_edit *edit)
{
	return lm_goal_has_change(edit) || edit->goal->unmaps;
}

/* Whether attributes change only after sizes have: in place and live. */
static inline bool lm_goal_finishes_later(const struct lm_edit *edit)
{
	return edit->goal->finish && (edit->way == LM_IN_PLACE || edit->way == LM_LIVE);
}

/* Whether the tables above what changes are copied. */
static inline bool lm_edit_copies(const struct lm_edit *edit)
{
	return edit->way == LM_SWITCH || edit->way == LM_ROLL;
}

/* Where the port has the address of memory for the clone of the root; or NULL. */
static inline lm_pa_t *lm_edit_port_clone(const struct lm_edit *edit)
{
	return edit->way == LM_ROLL ? edit->map->env.roller->clone : NULL;
}

/* ---------------------------------------------------------------- commit.c */

/* Wait until all TLBIs that this CPU issued are complete; each invalidation ends so. */
void lm_tlbi_complete(const struct lm_map *map);

/* Invalidate all TLBs, all levels, after stores to live tables. */
void lm_invalidate(const struct lm_map *map);

/* ----------------------------------------------------------------- split.c */

/*
 * Split what the goal wants split, unmap what it unmaps, and change the attributes of what
 * keeps its size.
 */
int lm_split_run(struct lm_pass *pass);

/* The visitor that does so. */
lm_visit_fn lm_split_visit;

/*
 * Fill a new table out of the edit's reserve, starting with leaf->child, and set *@table
 * to the descriptor that links it. Return: where the visitor goes from there, or
 * -LM_ESTALE if the reserve does not fit what the walk finds.
 */
int lm_split_new_table(struct lm_edit *edit, const struct lm_walk_item *leaf,
		       lm_desc_t *table);

/* ------------------------------------------------------------------- plan.c */

/*
 * Count again, by a walk, into edit->counted and edit->census; -LM_ESTALE if the result
 * is not what was planned.
 */
int lm_plan_recount(struct lm_edit *edit);

/*
 * The same of a staged edit, but only of what is there already: which leaves go, and
 * whether those that stay can become what they are to be.
 */
int lm_plan_recheck(struct lm_edit *edit);

/* ---------------------------------------------------------------- updates.c */

/*
 * An entry of a live table that will change, or be replaced in the table's copy; or several
 * adjacent leaves that differ in their addresses alone, before and after.
 */
struct lm_update {
	union {
		lm_desc_t *slot;
		lm_pa_t snapshot; /* of the table that @before links, in a list of copies */
	};
	lm_desc_t before; /* the first of them */
	lm_desc_t after;
	lm_va_t va;
	int level;
	uint32_t entries;
};

/* A table descriptor that the descriptor of the table's copy replaces. */
static inline bool lm_update_is_copy(const struct lm_update *update)
{
	return lm_desc_is_table(update->before, update->level) &&
	       lm_desc_is_table(update->after, update->level);
}

static inline bool lm_update_becomes_table(const struct lm_update *update)
{
	return lm_desc_is_table(update->after, update->level);
}

/* Which of the three steps of a live commit store to the entry. */
static inline bool lm_update_unhints(const struct lm_update *update)
{
	return lm_desc_is_contiguous(update->before);
}

static inline bool lm_update_resizes(const struct lm_update *update)
{
	return (update->before.v ^ update->after.v) & ~LM_DESC_CONTIGUOUS;
}

static inline bool lm_update_hints(const struct lm_update *update)
{
	return lm_desc_is_contiguous(update->after) && !lm_update_becomes_table(update);
}

uint64_t lm_updates_per_granule(const struct lm_map *map);

/* Append to a list of @edit; NULL if its reserve has no memory left for that. */
struct lm_update *lm_updates_add(struct lm_edit *edit, struct lm_update_list *list,
				 const struct lm_walk_item *entry, lm_desc_t after);

/* A granule of a list. */
struct lm_log {
	struct lm_log *next;
	lm_pa_t pa;
	struct lm_update *end;
	struct lm_update updates[];
};

/* For hot loops: those of a list, in order. What is in the loop may leave it by return. */
#define lm_for_each_update(update, log, list)                 \
	for ((log) = (list)->first; log; (log) = (log)->next) \
		for ((update) = (log)->updates; (update) < (log)->end; (update)++)

/* Call @each for each, in order, until it returns nonzero, and return that. */
typedef int lm_update_fn(void *ctx, const struct lm_update *update);
int lm_updates_for_each(const struct lm_update_list *list, lm_update_fn *each, void *ctx);

/* Call @last for each, and give the log's memory back to the allocator. */
void lm_updates_free(struct lm_edit *edit, struct lm_update_list *list,
		     lm_update_fn *last);

/* ------------------------------------------------------------------- touch.c */

/* Whether a leaf must be split or lose a hint. */
bool lm_edit_cuts(const struct lm_edit *edit);

/* Whether an entry differs before and after, in what is asked for. */
typedef bool lm_differ_fn(const struct lm_format *fmt, lm_desc_t before, lm_desc_t after);

/*
 * Whether some entry of a leaf, which is in a table and keeps its size, is to differ from
 * what it is.
 */
bool lm_edit_changes_any(const struct lm_edit *edit, const struct lm_walk_item *leaf,
			 enum lm_coverage covers, lm_differ_fn *differ);

/* Whether members of a run change their attributes, and keep their hints. */
bool lm_edit_changes_runs(const struct lm_edit *edit);

/* Whether nothing maps part of a range after the edit. No walk. */
bool lm_edit_unmaps(const struct lm_edit *edit, struct lm_range range);

/* --------------------------------------------------------------- selfcover.c */

/* -LM_ESELF if the edit takes away the mapping of something that it needs meanwhile. */
int lm_self_cover_check(struct lm_edit *edit);

/* ------------------------------------------------------------------ rules.c */

/* Who can walk a map while it is changed. */
struct lm_walking {
	const struct lm_cpus *cpus;
	unsigned int leader;
	enum lm_hold hold;
};

/*
 * -LM_EUNSAFE and a culprit, unless changes of these kinds, a bit for each enum
 * lm_change, may be made this way.
 */
int lm_way_check(enum lm_way way, unsigned int changes, const struct lm_walking *who,
		 unsigned int *culprit);

/*
 * -LM_EUNSAFE unless changes of these kinds may be made while @walkers walk; @live:
 * without a break.
 */
int lm_rules_check(unsigned int changes, enum lm_walkers walkers, bool live);

/* The kinds of change that @change makes to leaves. */
unsigned int lm_change_kinds(const struct lm_map *map, struct lm_leaf_change change);

#endif
