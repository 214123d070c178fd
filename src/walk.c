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
	uint32_t members_end; /* entries before this one are members of a run */
	bool is_imagined;
	bool is_linked; /* reached through what was there before the walk */
};

struct walker {
	const struct lm_map *map;
	uint64_t at; /* offset of the next entry */
	uint64_t end;
	int8_t level;
	bool has_passed;     /* has stepped over an item */
	uint32_t index;	     /* of the entry in its table */
	struct frame *frame; /* of the table that the next entry is in */
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

bool lm_item_is_table(const struct lm_walk_item *item)
{
	return item->entries == 1 && lm_desc_is_table(item->desc, item->level);
}

bool lm_item_is_leaf(const struct lm_map *map, const struct lm_walk_item *item)
{
	return lm_is_leaf(&map->fmt, item->desc, item->level);
}

struct lm_span lm_item_reach(const struct lm_map *map, const struct lm_walk_item *leaf)
{
	struct lm_walk_item run = *leaf;

	if (lm_item_has_stray_hint(leaf)) {
		run.entries = lm_level(&map->fmt, leaf->level)->run;
		run.va.v &= ~(lm_item_size(map, &run) - 1);
	}
	return lm_item_span(map, &run);
}

int lm_walk_past(const struct lm_map *map, struct lm_walk_item *item, uint64_t until)
{
	uint32_t left = lm_level(&map->fmt, item->level)->entries -
			lm_index(map, item->level, item->va);

	/* Imagined entries differ only in their addresses. */
	while (item->entries < left &&
	       !(item->slot && (lm_arch_load(&item->slot[item->entries]).v & until)))
		item->entries++;
	return LM_WALK_NEXT;
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

static lm_desc_t read_entry(const struct walker *w)
{
	const struct frame *frame = w->frame;

	if (!frame->is_imagined)
		return lm_arch_load(&frame->table[w->index]);
	if (!frame->first.v)
		return frame->first;
	return (lm_desc_t){ frame->first.v +
			    w->index * lm_entry_size(&w->map->fmt, w->level) };
}

/*
 * Turn an entry with a hint into a run, if it is in one. A run is found by its first
 * entry, and by any other only where the walk begins: the walk does not go back to where
 * it has been. Imagined entries differ only in their addresses.
 */
static void widen_to_run(struct walker *w, struct lm_walk_item *item)
{
	const struct lm_level *level = lm_level(&w->map->fmt, w->level);
	uint32_t into_run = w->index & (level->run - 1U);
	const struct frame *frame = w->frame;

	if (into_run && w->has_passed)
		return;
	if (frame->is_imagined ?
		    !lm_item_is_leaf(w->map, item) :
		    !lm_is_run(w->map, &frame->table[w->index - into_run], w->level))
		return;
	w->index -= into_run;
	item->entries = level->run;
	item->va.v -= (uint64_t)into_run << level->shift;
	item->desc = read_entry(w);
}

static void read_item(struct walker *w, struct lm_walk_item *item)
{
	const struct lm_level *level = lm_level(&w->map->fmt, w->level);
	const struct frame *frame = w->frame;

	w->index = (uint32_t)(w->at >> level->shift) & (level->entries - 1);
	item->va = lm_va_of(w->map, w->at >> level->shift << level->shift);
	item->level = w->level;
	item->entries = 1;
	item->member = w->index < frame->members_end;
	item->linked = frame->is_linked;
	item->desc = read_entry(w);
	if (lm_desc_is_contiguous(item->desc) && !item->member)
		widen_to_run(w, item);
	item->slot = frame->is_imagined ? NULL : &frame->table[w->index];
}

/* Step over @item, and up while the table ends there. */
static void pass(struct walker *w, const struct lm_walk_item *item)
{
	w->at = lm_item_span(w->map, item).end;
	w->has_passed = true;
	while (w->frame > w->frames &&
	       !(w->at & (lm_entry_size(&w->map->fmt, w->level - 1) - 1))) {
		w->frame--;
		w->level--;
	}
}

/* A run reaches its visitor whole, so its members do too, even beyond the end. */
static void turn_to_members(struct walker *w, const struct lm_walk_item *run)
{
	w->frame->members_end = w->index + run->entries;
	w->at = run->va.v - w->map->fmt.base;
	if (w->end < w->at + lm_item_size(w->map, run))
		w->end = w->at + lm_item_size(w->map, run);
}

static struct frame *enter(struct walker *w, bool is_linked)
{
	struct frame *frame = ++w->frame;

	w->level++;
	frame->members_end = 0;
	frame->is_linked = is_linked;
	return frame;
}

/* Where there is no memory, nothing is mapped. */
static void descend(struct walker *w, const struct lm_walk_item *item, lm_desc_t seen)
{
	lm_desc_t *table = lm_table_of(w->map, item->desc);
	struct frame *frame;

	if (!table) {
		pass(w, item);
		return;
	}
	frame = enter(w, item->linked && item->desc.v == seen.v);
	frame->table = table;
	frame->is_imagined = false;
}

static void imagine(struct walker *w, lm_desc_t first)
{
	struct frame *frame = enter(w, false);

	frame->first = first;
	frame->is_imagined = true;
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
		imagine(w, item->child);
		break;
	case LM_WALK_MEMBERS:
		turn_to_members(w, item);
		break;
	}
}

/* From the table @first on @level on, until the end of @span. */
static int walk_span(const struct lm_map *map, lm_desc_t *first, int level,
		     struct lm_span span, lm_visit_fn *visit, void *ctx)
{
	struct walker w = {
		.map = map,
		.at = span.start,
		.end = span.end,
		.level = (int8_t)level,
		.frame = w.frames,
		.frames[0] = { .table = first, .is_linked = true },
	};
	struct lm_walk_item item;
	lm_desc_t seen;
	int next;

	while (first && w.at < w.end) {
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
	uint64_t at = va.v - map->fmt.base;
	struct lm_span span = { at, at + lm_entry_size(&map->fmt, level) };

	return walk_span(map, lm_table_of(map, parent), level + 1, span, visit, ctx);
}
