// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one walker. It knows how tables are linked and what one item is; visitors decide
 * what to do with an item.
 */
#include "core.h"

/* A table on the way down, or what one would hold if it existed. */
struct frame {
	union {
		lm_desc_t *table;
		lm_desc_t first; /* if it is imagined: its entries count up from this one */
	};
	uint16_t index; /* where the walk began or skipped to, or has gone down from */
	uint16_t end;	/* entries from here on are not visited */
	uint16_t members_end; /* entries before it are members of a run */
	bool is_imagined;
	bool is_linked; /* reached through what was there before the walk */
};

/* The item says where the walk is: each moves on with the other. */
struct walker {
	const struct lm_map *map;
	struct lm_span span; /* of which all is visited */
	uint32_t index;	     /* of the entry in its table */
	lm_desc_t seen;	     /* in the entry, before it was visited */
	struct frame *frame; /* of the table that the next entry is in */
	struct frame frames[LM_LEVELS];
};

int lm_span_of(const struct lm_map *map, struct lm_range range, struct lm_span *span)
{
	uint64_t start = range.start.v - map->fmt.base;
	uint64_t size = lm_half_size(map);

	if ((start | range.size) & (lm_granule_size(&map->fmt) - 1))
		return -LM_EINVAL;
	if (!range.size || start >= size || range.size > size - start)
		return -LM_EINVAL;

	*span = (struct lm_span){ start, start + range.size };
	return 0;
}

uint64_t lm_item_size(const struct lm_map *map, const struct lm_walk_item *item)
{
	return lm_item_bytes(map, item);
}

bool lm_item_is_leaf(const struct lm_map *map, const struct lm_walk_item *item)
{
	return lm_is_leaf(&map->fmt, item->desc, item->level);
}

struct lm_span lm_item_reach(const struct lm_map *map, const struct lm_walk_item *leaf)
{
	struct lm_span span = lm_item_span(map, leaf);
	uint64_t run_size =
		lm_level(&map->fmt, leaf->level)->run * (span.end - span.start);

	if (lm_item_has_stray_hint(leaf)) {
		span.start &= ~(run_size - 1);
		span.end = span.start + run_size;
	}
	return span;
}

int lm_walk_past(const struct lm_map *map, struct lm_walk_item *item, uint64_t until)
{
	uint32_t left = lm_level(&map->fmt, item->level)->entries -
			lm_index(map, item->level, item->va);

	/* Imagined entries differ only in their addresses. */
	if (!item->slot)
		item->entries = left;
	while (item->entries < left &&
	       !(lm_arch_load(&item->slot[item->entries]).v & until))
		item->entries++;
	return LM_WALK_NEXT;
}

uint32_t lm_walk_alike(const struct lm_map *map, const struct lm_walk_item *leaf,
		       uint64_t bits, uint64_t step, uint64_t end)
{
	const struct lm_level *level = lm_level(&map->fmt, leaf->level);
	uint32_t most = level->entries - lm_index(map, leaf->level, leaf->va);
	uint64_t bytes = end - (leaf->va.v - map->fmt.base);
	uint64_t expected = leaf->desc.v + step;
	uint32_t leaves = 1;

	if (leaf->entries > 1 || lm_desc_is_contiguous(leaf->desc) || most == 1 ||
	    ((lm_arch_load(&leaf->slot[1]).v ^ expected) & bits))
		return 1;
	if (step && bytes > lm_bytes_in_place(&map->fmt, lm_table_pa(map, leaf->desc)))
		bytes = lm_bytes_in_place(&map->fmt, lm_table_pa(map, leaf->desc));
	if (most > bytes >> level->shift)
		most = (uint32_t)(bytes >> level->shift);
	while (leaves + LM_STRIDE <= most &&
	       !(lm_stride_differs(&leaf->slot[leaves], expected, step) & bits)) {
		leaves += LM_STRIDE;
		expected += LM_STRIDE * step;
	}
	while (leaves < most &&
	       !((lm_arch_load(&leaf->slot[leaves]).v ^ expected) & bits)) {
		leaves++;
		expected += step;
	}
	return leaves;
}

lm_desc_t *lm_table_of(const struct lm_map *map, lm_desc_t desc)
{
	return lm_table(map, lm_table_pa(map, desc));
}

lm_desc_t *lm_find_slot(const struct lm_map *map, lm_va_t va, int level)
{
	lm_desc_t *table = lm_table(map, map->root);
	int at = map->fmt.start_level;

	for (; at < level; at++) {
		lm_desc_t desc = lm_arch_load(&table[lm_index(map, at, va)]);

		if (!lm_desc_is_table(desc, at))
			return NULL;
		table = lm_table_of(map, desc);
	}
	return &table[lm_index(map, at, va)];
}

static lm_desc_t imagined_entry(const struct walker *w, int level)
{
	lm_desc_t first = w->frame->first;

	if (first.v)
		first.v += w->index * lm_entry_size(&w->map->fmt, level);
	return first;
}

/*
 * Turn an entry with a hint into a run, if it is in one. A run is found by its first
 * entry, and by any other only where the walk enters its table or a visitor has skipped
 * what was before: the walk does not go back to where it has been. Imagined entries
 * differ only in their addresses, and a visitor puts whole runs into its own tables.
 */
static void widen_to_run(struct walker *w, struct lm_walk_item *item)
{
	const struct lm_level *level = lm_level(&w->map->fmt, item->level);
	uint32_t into_run = w->index & (level->run - 1U);
	const struct frame *frame = w->frame;

	if (into_run && w->index > frame->index)
		return;
	if (!frame->is_linked ?
		    !lm_is_leaf(&w->map->fmt, item->desc, item->level) :
		    !lm_is_run(w->map, &frame->table[w->index - into_run], item->level))
		return;
	w->index -= into_run;
	item->entries = level->run;
	item->va.v -= (uint64_t)into_run << level->shift;
	if (frame->is_imagined) {
		item->desc = imagined_entry(w, item->level);
	} else {
		item->slot -= into_run;
		item->desc = lm_arch_load(item->slot);
	}
}

static void read_item(struct walker *w, struct lm_walk_item *item)
{
	const struct frame *frame = w->frame;

	item->entries = 1;
	item->member = w->index < frame->members_end;
	if (frame->is_imagined) {
		item->slot = NULL;
		item->desc = imagined_entry(w, item->level);
	} else {
		item->slot = &frame->table[w->index];
		item->desc = lm_arch_load(item->slot);
	}
	if (lm_desc_is_contiguous(item->desc) && !item->member)
		widen_to_run(w, item);
	w->seen = item->desc;
}

/*
 * Visit an item, and those after it in its table as long as each is an entry without a
 * hint and is passed by. Return: what the visitor said of the last one, which is in @item
 * then. The hot path of every walk.
 */
static int visit_entries(struct walker *w, struct lm_walk_item *item, lm_visit_fn *visit,
			 void *ctx)
{
	int next = visit(ctx, item);
	const lm_desc_t *last;
	lm_desc_t *slot;
	uint64_t size;

	if (next != LM_WALK_NEXT || w->frame->is_imagined || item->member)
		return next;
	last = &w->frame->table[w->frame->end - 1];
	slot = item->slot;
	size = lm_entry_size(&w->map->fmt, item->level);
	while (item->entries == 1 && slot != last) {
		lm_desc_t desc = lm_arch_load(slot + 1);

		if (lm_desc_is_contiguous(desc))
			break;
		w->index++;
		w->seen = desc;
		item->va.v += size;
		item->slot = ++slot;
		item->desc = desc;
		next = visit(ctx, item);
		if (next != LM_WALK_NEXT)
			break;
	}
	return next;
}

/* A run reaches its visitor whole, so its members do too, even beyond the end. */
static void turn_to_members(struct walker *w, const struct lm_walk_item *run)
{
	struct frame *frame = w->frame;

	frame->members_end = (uint16_t)(w->index + run->entries);
	if (frame->end < frame->members_end)
		frame->end = frame->members_end;
}

/* Where in the item the walk goes on: not before the span, nor where the visitor says. */
static uint64_t first_inside(const struct walker *w, const struct lm_walk_item *item)
{
	uint64_t at = item->va.v - w->map->fmt.base;

	return at > w->span.start ? at : w->span.start;
}

/* Move the item to the entry of its table that @at is in. */
static void move_to(struct walker *w, struct lm_walk_item *item, uint64_t at)
{
	uint64_t size = lm_entry_size(&w->map->fmt, item->level);

	item->va.v = w->map->fmt.base + (at & ~(size - 1));
	w->index = lm_index(w->map, item->level, item->va);
}

static void turn_to_inside(struct walker *w, struct lm_walk_item *run)
{
	w->frame->members_end = (uint16_t)(w->index + run->entries);
	move_to(w, run, first_inside(w, run));
}

/* Begin with the table in w->frame, on item->level, where @at is. */
static void begin_table(struct walker *w, struct lm_walk_item *item, uint64_t at)
{
	const struct lm_level *level = lm_level(&w->map->fmt, item->level);
	uint64_t past_end = (w->span.end - 1) >> level->shift;

	move_to(w, item, at);
	past_end -= (at >> level->shift) - w->index;
	w->frame->end = (uint16_t)level->entries;
	if (past_end < level->entries)
		w->frame->end = (uint16_t)(past_end + 1);
	w->frame->members_end = 0;
	w->frame->index = (uint16_t)w->index;
	item->linked = w->frame->is_linked;
}

/* The item begins where its entry does again, wherever the visitor wanted to go on in it. */
static void back_to_start(const struct walker *w, struct lm_walk_item *item)
{
	item->va.v &= ~(lm_entry_size(&w->map->fmt, item->level) - 1);
}

/* Members of a run are visited all, and what is below them only in the span. */
static struct frame *enter(struct walker *w, struct lm_walk_item *item, bool is_linked)
{
	uint64_t size = lm_entry_size(&w->map->fmt, item->level);
	uint64_t at = first_inside(w, item);

	back_to_start(w, item);
	if (at >= w->span.end || at - (item->va.v - w->map->fmt.base) >= size)
		return NULL;
	w->frame->index = (uint16_t)w->index;
	w->frame++;
	w->frame->is_linked = is_linked;
	item->level++;
	begin_table(w, item, at);
	return w->frame;
}

/* Where there is no memory, nothing is mapped. */
static bool descend(struct walker *w, struct lm_walk_item *item)
{
	lm_desc_t *table = lm_table_of(w->map, item->desc);
	struct frame *frame;

	if (!table) {
		back_to_start(w, item);
		return false;
	}
	frame = enter(w, item, item->linked && item->desc.v == w->seen.v);
	if (!frame)
		return false;
	frame->table = table;
	frame->is_imagined = false;
	return true;
}

static bool imagine(struct walker *w, struct lm_walk_item *item)
{
	struct frame *frame = enter(w, item, false);

	if (!frame)
		return false;
	frame->first = item->child;
	frame->is_imagined = true;
	return true;
}

/*
 * Go on at item->next, in whatever table that is, but after the item in any case. Members of
 * a run in the map are all visited: from a member, and from below one, to the next. No
 * entries of the item are left to pass then, unless it is such a member.
 */
static void skip(struct walker *w, struct lm_walk_item *item)
{
	uint64_t start = item->va.v - w->map->fmt.base;
	uint64_t end = start + lm_item_bytes(w->map, item);
	uint64_t at = item->next.v - w->map->fmt.base;

	if (item->member && item->linked)
		return;
	if (at < end)
		at = end;
	item->entries = 0;
	while (w->frame != w->frames &&
	       (start ^ at) >> lm_level(&w->map->fmt, item->level - 1)->shift) {
		w->frame--;
		item->level--;
		if (w->frame->is_linked && w->frame->index + 1 < w->frame->members_end) {
			item->entries = 1;
			at = start;
			break;
		}
	}
	item->linked = w->frame->is_linked;
	move_to(w, item, at);
	w->frame->index = (uint16_t)w->index;
	if (at >= w->span.end && w->frame == w->frames)
		w->index = w->frame->end;
}

/* Return: whether the walk goes on at the same address, and not after the item. */
static bool look_closer(struct walker *w, struct lm_walk_item *item, int next)
{
	switch (next) {
	case LM_WALK_DESCEND:
		return descend(w, item);
	case LM_WALK_THROUGH:
		return imagine(w, item);
	case LM_WALK_MEMBERS:
		turn_to_members(w, item);
		return true;
	case LM_WALK_INSIDE:
		turn_to_inside(w, item);
		return true;
	case LM_WALK_SKIP:
		skip(w, item);
		break;
	}
	return false;
}

/* Up from each table that is done, after its entry. Return: whether one is left. */
static bool leave_tables(struct walker *w, struct lm_walk_item *item)
{
	while (w->index >= w->frame->end) {
		if (w->frame == w->frames)
			return false;
		item->va.v -= w->index * lm_entry_size(&w->map->fmt, item->level);
		w->frame--;
		item->level--;
		w->index = w->frame->index + 1U;
		item->va.v += lm_entry_size(&w->map->fmt, item->level);
	}
	item->linked = w->frame->is_linked;
	return true;
}

int lm_walk_table(const struct lm_map *map, lm_pa_t pa, int level, struct lm_span span,
		  lm_visit_fn *visit, void *ctx)
{
	lm_desc_t *table = lm_table(map, pa);
	struct walker w = {
		.map = map,
		.span = span,
		.frame = w.frames,
		.frames[0] = { .table = table, .is_linked = true },
	};
	struct lm_walk_item item = { .level = level };
	int next;

	if (!table)
		return 0;
	begin_table(&w, &item, span.start);
	do {
		do {
			read_item(&w, &item);
			next = visit_entries(&w, &item, visit, ctx);
			if (next < 0)
				return next;
		} while (next != LM_WALK_NEXT && look_closer(&w, &item, next));
		w.index += item.entries;
		item.va.v += lm_item_bytes(map, &item);
	} while (w.index < w.frame->end || leave_tables(&w, &item));
	return 0;
}

int lm_walk(const struct lm_map *map, struct lm_range range, lm_visit_fn *visit,
	    void *ctx)
{
	struct lm_span span;
	int err = lm_span_of(map, range, &span);

	return err ? err : lm_walk_within(map, span, visit, ctx);
}

int lm_walk_within(const struct lm_map *map, struct lm_span span, lm_visit_fn *visit,
		   void *ctx)
{
	return lm_walk_table(map, map->root, map->fmt.start_level, span, visit, ctx);
}

int lm_walk_below(const struct lm_map *map, lm_desc_t parent, int level, lm_va_t va,
		  lm_visit_fn *visit, void *ctx)
{
	uint64_t at = va.v - map->fmt.base;
	struct lm_span span = { at, at + lm_entry_size(&map->fmt, level) };

	return lm_walk_table(map, lm_table_pa(map, parent), level + 1, span, visit, ctx);
}
