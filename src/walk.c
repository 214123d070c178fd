// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one walker. It knows how tables hang together and what one item is; what
 * is done with an item is its visitor's business.
 */
#include "core.h"

/* A table on the way down, or what one would hold if it were there. */
struct frame {
	union {
		lm_desc_t *table;
		lm_desc_t first; /* if it is imagined: entries count up from here */
	};
	uint64_t members_end; /* entries before it are members of a run */
};

struct walker {
	const struct lm_map *map;
	uint64_t at; /* offset of the next entry */
	uint64_t end;
	int top; /* level of the first table */
	int level;
	int real_to;   /* the deepest level on the way where there is a table */
	int linked_to; /* the deepest level on the way that was there before the walk */
	struct frame frames[LM_LEVELS];
};

int lm_span_of(const struct lm_map *map, struct lm_range range, struct lm_span *span)
{
	uint64_t start = range.start.v - lm_va_of(map, 0).v;
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
	return item->entries * lm_entry_size(&map->fmt, item->level);
}

struct lm_span lm_item_span(const struct lm_map *map, const struct lm_walk_item *item)
{
	return lm_span_checked(map,
			       (struct lm_range){ item->va, lm_item_size(map, item) });
}

bool lm_is_leaf(const struct lm_format *fmt, lm_desc_t desc, int level)
{
	if (!lm_level(fmt, level)->leaf)
		return false;
	/* One that is held is what it would be if it were valid. */
	if (desc.v & fmt->config.held_leaf)
		desc.v |= LM_DESC_VALID;
	return lm_desc_is_valid_leaf(desc, level);
}

bool lm_item_is_leaf(const struct lm_map *map, const struct lm_walk_item *item)
{
	return lm_is_leaf(&map->fmt, item->desc, item->level);
}

lm_pa_t lm_table_pa(const struct lm_map *map, lm_desc_t desc)
{
	return lm_desc_oa(&map->fmt.oa, desc);
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

void lm_put(const struct lm_map *map, const struct lm_walk_item *item, lm_desc_t *slot,
	    lm_desc_t desc)
{
	if (item->linked) {
		lm_arch_store(&map->env, slot, desc);
		return;
	}
	*slot = desc;
	lm_arch_wrote(&map->env, slot);
}

static struct frame *frame_at(struct walker *w, int level)
{
	return &w->frames[level - LM_FIRST_LEVEL];
}

static bool is_real(const struct walker *w)
{
	return w->level <= w->real_to;
}

static void enter_table(struct walker *w, int level, lm_desc_t *table)
{
	w->level = level;
	w->real_to = level;
	*frame_at(w, level) = (struct frame){ .table = table };
}

static void enter_imagined(struct walker *w, int level, lm_desc_t first)
{
	if (is_real(w))
		w->real_to = w->level;
	w->level = level;
	*frame_at(w, level) = (struct frame){ .first = first };
}

static lm_desc_t read_entry(const struct walker *w, const struct frame *frame,
			    uint32_t index)
{
	if (is_real(w))
		return lm_arch_load(&frame->table[index]);
	if (!frame->first.v)
		return frame->first;
	return (lm_desc_t){ frame->first.v +
			    index * lm_entry_size(&w->map->fmt, w->level) };
}

/* The entries of the run that @item is in, whatever its first one is. */
static void widen_to_run(struct walker *w, struct lm_walk_item *item, uint32_t *index)
{
	const struct lm_level *level = lm_level(&w->map->fmt, w->level);
	uint32_t into_run = *index & (level->run - 1U);

	*index -= into_run;
	item->entries = level->run;
	item->va.v -= (uint64_t)into_run << level->shift;
	item->desc = read_entry(w, frame_at(w, w->level), *index);
}

static void read_item(struct walker *w, struct lm_walk_item *item)
{
	const struct lm_level *level = lm_level(&w->map->fmt, w->level);
	const struct frame *frame = frame_at(w, w->level);
	uint32_t index = (uint32_t)(w->at >> level->shift) & (level->entries - 1);

	item->va = lm_va_of(w->map, w->at >> level->shift << level->shift);
	item->level = w->level;
	item->entries = 1;
	item->member = w->at < frame->members_end;
	item->linked = w->level <= w->linked_to;
	item->desc = read_entry(w, frame, index);
	if (!item->member && lm_desc_is_contiguous(item->desc) &&
	    lm_item_is_leaf(w->map, item))
		widen_to_run(w, item, &index);
	item->slot = is_real(w) ? &frame->table[index] : NULL;
}

/* On behind @item, and up wherever its table ends there. */
static void pass(struct walker *w, const struct lm_walk_item *item)
{
	w->at = lm_item_span(w->map, item).end;
	while (w->level > w->top &&
	       !(w->at & (lm_entry_size(&w->map->fmt, w->level - 1) - 1)))
		w->level--;
}

/* A run reaches its visitor whole, so its members do too, even beyond the end. */
static void turn_to_members(struct walker *w, const struct lm_walk_item *run)
{
	struct lm_span span = lm_item_span(w->map, run);

	frame_at(w, run->level)->members_end = span.end;
	w->at = span.start;
	if (w->end < span.end)
		w->end = span.end;
}

/* Where there is no memory, nothing is mapped. */
static void descend(struct walker *w, const struct lm_walk_item *item, lm_desc_t seen)
{
	lm_desc_t *table = lm_table_of(w->map, item->desc);

	if (!table) {
		pass(w, item);
		return;
	}
	if (item->linked)
		w->linked_to = item->level + (item->desc.v == seen.v);
	enter_table(w, item->level + 1, table);
}

static void follow(struct walker *w, const struct lm_walk_item *item, lm_desc_t seen,
		   int next)
{
	switch (next) {
	case LM_WALK_NEXT:
		pass(w, item);
		break;
	case LM_WALK_DESCEND:
		descend(w, item, seen);
		break;
	case LM_WALK_THROUGH:
		if (item->linked)
			w->linked_to = item->level;
		enter_imagined(w, item->level + 1, item->child);
		break;
	case LM_WALK_MEMBERS:
		turn_to_members(w, item);
		break;
	}
}

/* From the table @first on @level on, while there is something of @span. */
static int walk_span(const struct lm_map *map, lm_desc_t *first, int level,
		     struct lm_span span, lm_visit_fn *visit, void *ctx)
{
	struct walker w = {
		.map = map,
		.at = span.start,
		.end = span.end,
		.top = level,
		.linked_to = level,
	};
	struct lm_walk_item item;
	lm_desc_t seen;
	int next;

	if (!first)
		return 0;
	enter_table(&w, level, first);
	while (w.at < w.end) {
		read_item(&w, &item);
		seen = item.desc;
		next = visit(ctx, &item);
		if (next < 0)
			return next;
		follow(&w, &item, seen, next);
	}
	return 0;
}

int lm_walk(const struct lm_map *map, struct lm_range range, lm_visit_fn *visit,
	    void *ctx)
{
	struct lm_span span;
	int err = lm_span_of(map, range, &span);

	if (err)
		return err;
	return walk_span(map, lm_table(map, map->root), map->fmt.start_level, span, visit,
			 ctx);
}

int lm_walk_below(const struct lm_map *map, lm_desc_t parent, int level, lm_va_t va,
		  lm_visit_fn *visit, void *ctx)
{
	struct lm_range range = { va, lm_entry_size(&map->fmt, level) };

	return walk_span(map, lm_table_of(map, parent), level + 1,
			 lm_span_checked(map, range), visit, ctx);
}
