// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The stop: stores to live tables and time, from the first step that needs the others
 * held to the last, for each way to commit.
 */
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>

#include "say.h"
#include "split.h"

static const uint64_t sizes[] = { 1, 4, 16, 64, 256, LARGEST_GIB };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

enum { IN_PLACE, LIVE, BREAK, SWITCH, WAYS };

static const struct contestant contestants[WAYS] = {
	[IN_PLACE] = { "in-place", split_run_stop, LM_IN_PLACE, IN_PLACE },
	[LIVE] = { "live", split_run_stop, LM_LIVE, IN_PLACE },
	[BREAK] = { "break", split_run_stop, LM_BREAK, IN_PLACE },
	[SWITCH] = { "switch", split_run_stop, LM_SWITCH, IN_PLACE },
};

static const struct contest contest = { contestants, WAYS, ROUNDS };

/* ------------------------------------------------------------------ counts */

struct counts {
	uint64_t stores;
	uint64_t tables_left;
};

static struct counts count(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;

	split_begin(&split, memory, true, gib);
	expect(lm_edit_prepare(&split.edit, way), "prepare");
	memory->stores = 0;
	split_stop(&split);
	return (struct counts){ memory->stores, lm_edit_tables_left(&split.edit) };
}

/* What the budgets limit, over all sizes. */
struct totals {
	uint64_t live_stores, live_leaves;
	uint64_t switch_stores, switch_entries;
	uint64_t tables_left;
};

static void add_counts(struct totals *totals, const struct counts counts[WAYS],
		       uint64_t gib)
{
	totals->live_stores += counts[LIVE].stores;
	totals->live_leaves += gib;
	totals->switch_stores += counts[SWITCH].stores;
	totals->switch_entries += (gib + ENTRIES - 1) / ENTRIES;
	for (size_t i = 0; i < WAYS; i++)
		totals->tables_left += counts[i].tables_left;
}

static void add_budgets(json_t *budgets, const struct totals *totals)
{
	budget_add(budgets, "stores in the stop, live, all sizes",
		   "one for each leaf: no contiguous hints here",
		   totals->live_stores == totals->live_leaves,
		   "%" PRIu64 " for %" PRIu64 " leaves", totals->live_stores,
		   totals->live_leaves);
	budget_add(budgets, "stores in the stop, switch, all sizes",
		   "the changed entries of the root",
		   totals->switch_stores == totals->switch_entries,
		   "%" PRIu64 " for %" PRIu64 " entries", totals->switch_stores,
		   totals->switch_entries);
	budget_add(budgets, "tables left, every way, all sizes", "0",
		   !totals->tables_left, "%" PRIu64, totals->tables_left);
}

/* ------------------------------------------------------------------ section */

static void print_head(void)
{
	printf("\nThe stop: stores to live tables, time, and how many times shorter it is than\n"
	       "in place (medians, quartiles of the ratio; the leader's move in a switch, two\n"
	       "times about fifteen instructions, is not in it: bare metal measures that)\n");
}

static void print_way(const struct contestant *one, uint64_t gib, uint64_t stores,
		      const struct result *result)
{
	if (one == contestants)
		printf("%6" PRIu64 " GiB", gib);
	else
		printf("%10s", "");
	printf("  %-8s %7" PRIu64 " stores  %10.2f us", one->name, stores,
	       result->us.median);
	if (one != &contestants[one->yardstick])
		printf("  1/%.0f (%.0f to %.0f)", result->speed.median, result->speed.low,
		       result->speed.high);
	printf("\n");
}

static json_t *way_json(const struct contestant *one, uint64_t stores,
			const struct result *result)
{
	return json_pack("{s:s, s:I, s:o, s:o}", "way", one->name, "stores",
			 (json_int_t)stores, "us", quartiles_json(result->us), "shorter",
			 quartiles_json(result->speed));
}

static json_t *bench_size(struct memory *memory, uint64_t gib, struct totals *totals)
{
	struct result results[CONTESTANTS];
	struct counts counts[WAYS];
	json_t *ways = json_array();

	contest_run(&contest, memory, gib, results);
	progress_end();
	for (size_t i = 0; i < WAYS; i++) {
		const struct contestant *one = &contestants[i];

		counts[i] = count(memory, gib, one->way);
		print_way(one, gib, counts[i].stores, &results[i]);
		json_array_append_new(ways, way_json(one, counts[i].stores, &results[i]));
	}
	add_counts(totals, counts, gib);
	return json_pack("{s:I, s:o}", "gib", (json_int_t)gib, "ways", ways);
}

uint64_t largest_that_fits(void)
{
	size_t i = SIZES - 1;

	while (i && !memory_fits(sizes[i]))
		i--;
	return sizes[i];
}

json_t *bench_stop(struct memory *memory, uint64_t largest_gib, json_t *budgets)
{
	json_t *list = json_array();
	struct totals totals = { 0 };

	print_head();
	for (size_t i = 0; i < SIZES && sizes[i] <= largest_gib; i++) {
		progress("the stop", sizes[i]);
		json_array_append_new(list, bench_size(memory, sizes[i], &totals));
	}
	add_budgets(budgets, &totals);
	return list;
}
