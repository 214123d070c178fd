// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one walker. It knows how tables hang together and what one item is; what
 * is done with an item is its visitor's business.
 */
#include "core.h"

/* A table on the way down, or what one would hold if it were there. */
struct frame {
	lm_desc_t *table; /* NULL: entries count up from first */
	lm_desc_t first;
	bool linked;
	uint64_t members_end; /* entries before it are members of a run */
};

struct walker {
	const struct lm_map *map;
	uint64_t at; /* offset of the next entry */
	uint64_t end;
	int top; /* level of the first table */
	int level;
	struct frame frames[LM_LEVELS];
};

static uint64_t half_size(const struct lm_map *map)
{
	return UINT64_C(1) << map->fmt.config.ia_bits;
}

lm_va_t lm_va_of(const struct lm_map *map, uint64_t offset)
{
	uint64_t base = map->fmt.config.half == LM_UPPER ? -half_size(map) : 0;

	return (lm_va_t){ base + offset };
}

int lm_span_of(const struct lm_map *map, struct lm_range range, struct lm_span *span)
{
	uint64_t start = range.start.v - lm_va_of(map, 0).v;
	uint64_t size = half_size(map);

	if ((start | range.size) & (lm_granule_size(&map->fmt) - 1))
		return -LM_EINVAL;
	if (!range.size || start >= size || range.size > size - start)
		return -LM_EINVAL;

	*span = (struct lm_span){ start, start + range.size };
	return 0;
}

struct lm_span lm_span_checked(const struct lm_map *map, struct lm_range range)
{
	uint64_t start = range.start.v - lm_va_of(map, 0).v;

	return (struct lm_span){ start, start + range.size };
}

uint64_t lm_item_size(const struct lm_map *map, const struct lm_walk_item *item)
{
	return item->entries * lm_entry_size(&map->fmt, item->level);
}

struct lm_span lm_item_span(const struct lm_map *map, const struct lm_walk_item *item)
{
	return lm_span_checked(map, (struct lm_range){ item->va, lm_item_size(map, item) });
}

bool lm_item_is_leaf(const struct lm_map *map, const struct lm_walk_item *item)
{
	if (!lm_level(&map->fmt, item->level)->leaf)
		return false;
	if (!lm_desc_is_valid(item->desc))
		return item->desc.v & map->fmt.config.held_leaf;
	return lm_desc_is_valid_leaf(item->desc, item->level);
}

static struct frame *frame_at(struct walker *w, int level)
{
	return &w->frames[level - LM_FIRST_LEVEL];
}

static void enter_table(struct walker *w, int level, lm_pa_t table, bool linked)
{
	w->level = level;
	*frame_at(w, level) = (struct frame){ .table = lm_table(w->map, table), .linked = linked };
}

static void enter_imagined(struct walker *w, int level, lm_desc_t first)
{
	w->level = level;
	*frame_at(w, level) = (struct frame){ .first = first };
}

static lm_desc_t read_entry(const struct walker *w, const struct frame *frame, uint32_t index)
{
	if (frame->table)
		return lm_arch_load(&frame->table[index]);
	if (!frame->first.v)
		return frame->first;
	return (lm_desc_t){ frame->first.v + index * lm_entry_size(&w->map->fmt, w->level) };
}

static void read_item(struct walker *w, struct lm_walk_item *item)
{
	const struct lm_level *level = lm_level(&w->map->fmt, w->level);
	const struct frame *frame = frame_at(w, w->level);
	uint32_t index = (uint32_t)(w->at >> level->shift) & (level->entries - 1);
	uint64_t start = w->at >> level->shift << level->shift;

	*item = (struct lm_walk_item){
		.level = w->level,
		.entries = 1,
		.member = w->at < frame->members_end,
		.linked = frame->linked,
		.desc = read_entry(w, frame, index),
	};
	if (!item->member && lm_desc_is_contiguous(item->desc) && lm_item_is_leaf(w->map, item)) {
		uint32_t into_run = index & (level->run - 1U);

		item->entries = level->run;
		index -= into_run;
		start -= (uint64_t)into_run << level->shift;
		item->desc = read_entry(w, frame, index);
	}
	item->va = lm_va_of(w->map, start);
	item->slot = frame->table ? &frame->table[index] : NULL;
}

/* On behind @item, and up wherever its table ends there. */
static void pass(struct walker *w, const struct lm_walk_item *item)
{
	w->at = lm_item_span(w->map, item).end;
	while (w->level > w->top && !(w->at & (lm_entry_size(&w->map->fmt, w->level - 1) - 1)))
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

static void follow(struct walker *w, const struct lm_walk_item *item, lm_desc_t seen, int next)
{
	switch (next) {
	case LM_WALK_NEXT:
		pass(w, item);
		break;
	case LM_WALK_DESCEND:
		enter_table(w, item->level + 1, lm_desc_oa(item->desc),
			    item->linked && item->desc.v == seen.v);
		break;
	case LM_WALK_THROUGH:
		enter_imagined(w, item->level + 1, item->child);
		break;
	case LM_WALK_MEMBERS:
		turn_to_members(w, item);
		break;
	}
}

static int run_walker(struct walker *w, lm_visit_fn *visit, void *ctx)
{
	struct lm_walk_item item;
	lm_desc_t seen;
	int next;

	while (w->at < w->end) {
		read_item(w, &item);
		seen = item.desc;
		next = visit(ctx, &item);
		if (next < 0)
			return next;
		follow(w, &item, seen, next);
	}
	return 0;
}

int lm_walk(const struct lm_map *map, struct lm_range range, lm_visit_fn *visit, void *ctx)
{
	struct walker w = { .map = map, .top = map->fmt.start_level };
	struct lm_span span;
	int err = lm_span_of(map, range, &span);

	if (err)
		return err;
	w.at = span.start;
	w.end = span.end;
	enter_table(&w, w.top, map->root, true);
	return run_walker(&w, visit, ctx);
}

int lm_walk_below(const struct lm_map *map, lm_desc_t parent, int level, lm_va_t va,
		  lm_visit_fn *visit, void *ctx)
{
	struct walker w = { .map = map, .top = level + 1 };

	w.at = va.v - lm_va_of(map, 0).v;
	w.end = w.at + lm_entry_size(&map->fmt, level);
	enter_table(&w, w.top, lm_desc_oa(parent), false);
	return run_walker(&w, visit, ctx);
}
