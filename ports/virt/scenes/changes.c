// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where in the map each change is made, and what CPUs see then. */
#include "changes.h"

#include "access.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"

#define PARTS	   6
#define PART_PAGES 2
#define ONE_PAGES  5 /* of a single range: at no border of a run */

static struct lm_range parts[PARTS];

static const char *name_of(enum change change)
{
	static const char *const names[CHANGES] = {
		"to pages",	   "to boundaries",  "read-only",      "writable",
		"parts read-only", "parts writable", "parts unmapped", "to largest",
	};

	return change < CHANGES ? names[change] : "no change";
}

static uint64_t page_size(void)
{
	return lm_granule_size(&kernel_map.fmt);
}

/* Scattered over three quarters of the area, with at least 61 pages in between. */
static void choose_parts(const struct world *world, unsigned int place)
{
	uint64_t stride = AREA_SIZE / page_size() / 8;
	uint64_t first = (uint64_t)place * 5 % (stride - PART_PAGES - 1) + 1;

	for (unsigned int i = 0; i < PARTS; i++)
		parts[i] = scene_pages(world, (first + i * stride) * page_size(),
				       PART_PAGES);
}

static struct lm_range one_range(const struct world *world, unsigned int place)
{
	return scene_pages(world, (place * 7 % 200 + 1) * page_size(), ONE_PAGES);
}

/* Anywhere in the last 64 MiB before the area, where CPUs have their patterns. */
static struct lm_range used_range(const struct world *world, unsigned int place)
{
	uint64_t page = (uint64_t)place * 977 %
			(UINT64_C(2) * AREA_SIZE / page_size() - ONE_PAGES);

	return (struct lm_range){
		{ world->area.start.v - UINT64_C(2) * AREA_SIZE + page * page_size() },
		ONE_PAGES * page_size(),
	};
}

/* Every fourth time all of the linear map, else the area. */
static void begin_to_pages(struct lm_edit *edit, const struct world *world,
			   unsigned int place)
{
	if (place % 4)
		lm_edit_to_pages(edit, &kernel_map, world->area);
	else
		scene_begin_to_pages(edit);
}

/* Holds its own address while the range is unmapped: it shows if memory is lost. */
static volatile uint64_t *word_of(struct lm_range range)
{
	return (volatile uint64_t *)range.start.v;
}

static void begin_unmap(struct lm_edit *edit, const struct world *world)
{
	for (unsigned int i = 0; i < PARTS; i++)
		*word_of(parts[i]) = parts[i].start.v;
	lm_edit_unmap(edit, &kernel_map, world->area);
	lm_edit_only(edit, parts, PARTS);
}

void change_begin(struct lm_edit *edit, const struct world *world, enum change change,
		  unsigned int place)
{
	choose_parts(world, place);
	switch (change) {
	case TO_PAGES:
		begin_to_pages(edit, world, place);
		break;
	case TO_BOUNDARIES:
		lm_edit_to_boundaries(edit, &kernel_map, used_range(world, place));
		break;
	case READ_ONLY:
	case WRITABLE:
		lm_edit_protect(edit, &kernel_map, one_range(world, place),
				scene_read_only(change == READ_ONLY));
		break;
	case PARTS_READ_ONLY:
	case PARTS_WRITABLE:
		lm_edit_protect(edit, &kernel_map, world->area,
				scene_read_only(change == PARTS_READ_ONLY));
		lm_edit_only(edit, parts, PARTS);
		break;
	case PARTS_UNMAPPED:
		begin_unmap(edit, world);
		break;
	case LARGE:
	case CHANGES:
		scene_begin_collapse(edit);
		break;
	}
}

/* A list of addresses: every page of each range, and the pages beside it. */
struct list {
	struct expected at[PARTS * (PART_PAGES + 2)];
	unsigned int count;
};

_Static_assert(PARTS *(PART_PAGES + 2) >= ONE_PAGES + 2, "room for a single range");

static void add_range(struct list *list, struct lm_range range, unsigned int outcome)
{
	uint64_t pages = range.size / page_size();

	for (uint64_t i = 0; i < pages + 2; i++)
		list->at[list->count++] = (struct expected){
			{ range.start.v + (i - 1) * page_size() },
			i && i <= pages ? outcome : NO_FAULT,
		};
}

static bool finds(access_fn *access, struct lm_range range, unsigned int outcome)
{
	struct list list = { .count = 0 };

	add_range(&list, range, outcome);
	return every_cpu_finds_all(access, list.at, list.count);
}

static bool all_parts_find(access_fn *access, unsigned int outcome)
{
	struct list list = { .count = 0 };

	for (unsigned int i = 0; i < PARTS; i++)
		add_range(&list, parts[i], outcome);
	return every_cpu_finds_all(access, list.at, list.count);
}

/* Whether every CPU finds the committed change, and nothing beside it. */
static bool is_seen(const struct world *world, enum change change, unsigned int place)
{
	const unsigned int refused = PERMISSION_FAULT(LM_LAST_LEVEL);

	switch (change) {
	case TO_PAGES:
		return finds(try_store, scene_pages(world, page_size(), 1), NO_FAULT);
	case TO_BOUNDARIES:
		return finds(try_store, used_range(world, place), NO_FAULT);
	case READ_ONLY:
	case WRITABLE:
		return finds(try_store, one_range(world, place),
			     change == READ_ONLY ? refused : NO_FAULT);
	case PARTS_READ_ONLY:
	case PARTS_WRITABLE:
		return all_parts_find(try_store,
				      change == PARTS_READ_ONLY ? refused : NO_FAULT);
	case PARTS_UNMAPPED:
		return all_parts_find(try_load, TRANSLATION_FAULT(LM_LAST_LEVEL));
	default:
		return scene_is_as_at_boot(world);
	}
}

/* Map again what was unmapped. Return: whether the memory is what it was. */
static bool end(enum change change)
{
	bool same = true;

	if (change != PARTS_UNMAPPED)
		return true;
	for (unsigned int i = 0; i < PARTS; i++) {
		mmu_map_again(parts[i]);
		same = same && *word_of(parts[i]) == parts[i].start.v;
	}
	return same && all_parts_find(try_store, NO_FAULT);
}

/*
 * Collapsing, as any change of all RAM, is not for break: tables, stack and code would be
 * unmapped.
 */
static enum lm_way possible_way(const struct lm_edit *edit, enum change change,
				enum lm_way way)
{
	if (change == LARGE && way == LM_BREAK)
		return scene_cheapest_way(edit, LM_OTHERS_HELD);
	return way;
}

bool change_make(const struct world *world, enum change change, unsigned int place,
		 enum lm_way way)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;
	bool good;
	int err;

	change_begin(&edit, world, change, place);
	err = scene_commit_by(world, &edit, possible_way(&edit, change, way), &stop);
	good = !err && !lm_edit_tables_left(&edit) && !lm_edit_release(&edit) &&
	       pages_count().in_use - in_use == (uint64_t)scene_growth(&edit) &&
	       is_seen(world, change, place);
	good = end(change) && good;
	if (!good)
		note("%s, %s, place %u at 0x%lx, CPU %u: %s", way_name(way),
		     name_of(change), place, edit.where.v, stop.culprit,
		     lm_strerror(err));
	return good;
}
