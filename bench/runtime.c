// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes to pages later: going back to blocks, and one page's permission. */
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>

#include "say.h"
#include "split.h"

#define RUNTIME_GIB 16
#define TOGGLES	    1000 /* of one page, in one measurement */

/* A map of @gib GiB of pages. */
static void begin_pages(struct split *split, struct memory *memory, uint64_t gib)
{
	split_begin(split, memory, false, gib);
	expect(lm_edit_prepare(&split->edit, LM_LIVE), "prepare");
	split_stop(split);
	expect(lm_edit_release(&split->edit), "release");
}

/* ---------------------------------------------------------------- collapsing */

static int read_entry(void *ctx, struct lm_walk_item *item)
{
	const volatile uint64_t *entry = (const volatile uint64_t *)item->slot;
	uint64_t *sum = ctx;

	/* A table of pages at once: any way to look at them must do at least this. */
	if (item->level < LM_LAST_LEVEL)
		return LM_WALK_DESCEND;
	for (unsigned int i = 0; i < ENTRIES; i++)
		*sum += entry[i];
	item->entries = ENTRIES;
	return LM_WALK_NEXT;
}

static uint64_t run_read(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;
	uint64_t start, sum = 0;

	begin_pages(&split, memory, gib);
	start = now_ns();
	expect(lm_walk(&split.map, split.region.range, read_entry, &sum), "walk");
	return now_ns() - start;
}

static uint64_t run_collapse(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;

	begin_pages(&split, memory, gib);
	lm_edit_collapse(&split.edit, &split.map, split.region.range);
	expect(lm_edit_plan(&split.edit, way), "plan");
	expect(lm_edit_reserve(&split.edit), "reserve");
	return split_stage(&split);
}

/* ---------------------------------------------------------------- protecting */

/* Read-only and writable in turn. */
static struct lm_leaf_change toggle(unsigned int i)
{
	const lm_attrs_t none = { 0 }, read_only = { LM_ATTR_READ_ONLY };

	return i % 2 ? lm_change_attrs(none, read_only) :
		       lm_change_attrs(read_only, none);
}

static struct lm_range one_page(const struct split *split)
{
	return (struct lm_range){ { split->region.range.start.v + GIB / 2 }, GRANULE };
}

static uint64_t run_protect(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;
	uint64_t start;

	begin_pages(&split, memory, gib);
	start = now_ns();
	for (unsigned int i = 0; i < TOGGLES; i++)
		expect(lm_protect(&split.map, one_page(&split), toggle(i),
				  LM_WALKED_BY_INTOLERANT, NULL),
		       "protect");
	return (now_ns() - start) / TOGGLES;
}

static uint64_t run_protect_edit(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;
	uint64_t start;

	begin_pages(&split, memory, gib);
	start = now_ns();
	for (unsigned int i = 0; i < TOGGLES; i++) {
		lm_edit_protect(&split.edit, &split.map, one_page(&split), toggle(i));
		expect(lm_edit_prepare(&split.edit, way), "prepare");
		split_stop(&split);
		expect(lm_edit_release(&split.edit), "release");
	}
	return (now_ns() - start) / TOGGLES;
}

/* ------------------------------------------------------------------ section */

enum { READ, COLLAPSE, EDIT, PROTECT, WAYS };

static const struct contestant contestants[WAYS] = {
	[READ] = { "read", run_read, LM_LIVE, READ },
	[COLLAPSE] = { "collapse", run_collapse, LM_LIVE, READ },
	[EDIT] = { "protect-edit", run_protect_edit, LM_LIVE, EDIT },
	[PROTECT] = { "protect", run_protect, LM_LIVE, EDIT },
};

static const char *const titles[WAYS] = {
	[READ] = "reading every entry once",
	[COLLAPSE] = "staging the way back to blocks",
	[EDIT] = "one page's permission, by an edit, live",
	[PROTECT] = "the same by lm_protect()",
};

json_t *bench_runtime(struct memory *memory)
{
	static const struct contest contest = { contestants, WAYS, 7 };
	struct result results[CONTESTANTS];
	json_t *list = json_array();

	progress("what comes later", RUNTIME_GIB);
	contest_run(&contest, memory, RUNTIME_GIB, results);
	progress_end();
	printf("\nLater, with %d GiB of pages (medians, ratios inside one round with quartiles)\n",
	       RUNTIME_GIB);
	for (size_t i = 0; i < WAYS; i++) {
		const struct contestant *one = &contestants[i];
		const struct result *result = &results[i];

		printf("  %-40s %10.3f us", titles[i], result->us.median);
		if (one != &contestants[one->yardstick])
			printf("  %.2f (%.2f to %.2f) of its speed", result->speed.median,
			       result->speed.low, result->speed.high);
		printf("\n");
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:o}", "name", one->name,
						"us", quartiles_json(result->us), "speed",
						quartiles_json(result->speed)));
	}
	return json_pack("{s:i, s:o}", "gib", RUNTIME_GIB, "ways", list);
}
