// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Filling tables, against memset of the same tables and against the plainest loop that a
 * kernel would have.
 */
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "split.h"

/* ------------------------------------------------------------- yardsticks */

/* The tables that the edit fills: after the root and the tables of blocks. */
static char *first_table(const struct memory *memory, uint64_t gib)
{
	return memory->base + (1 + (gib + ENTRIES - 1) / ENTRIES) * GRANULE;
}

static uint64_t run_memset(struct memory *memory, uint64_t gib, enum lm_way way)
{
	char *table = first_table(memory, gib);
	char *end = table + tables_for(gib) * GRANULE;
	uint64_t start = now_ns();

	for (; table < end; table += GRANULE)
		memset(table, 0x5a, GRANULE);
	return now_ns() - start;
}

/* One volatile 8-byte store for each entry, one fence for each table. */
static uint64_t run_reference(struct memory *memory, uint64_t gib, enum lm_way way)
{
	char *table = first_table(memory, gib);
	char *end = table + tables_for(gib) * GRANULE;
	uint64_t desc = LM_ATTR_AF | LM_DESC_TYPE;
	uint64_t start = now_ns();

	for (; table < end; table += GRANULE) {
		volatile uint64_t *entry = (volatile uint64_t *)(void *)table;

		for (unsigned int i = 0; i < ENTRIES; i++, desc += GRANULE)
			entry[i] = desc;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return now_ns() - start;
}

/* ------------------------------------------------------------------ section */

enum { MEMSET, REFERENCE, STAGE, IN_PLACE, WAYS };

static const struct contestant contestants[WAYS] = {
	[MEMSET] = { "memset", run_memset, LM_LIVE, MEMSET },
	[REFERENCE] = { "reference", run_reference, LM_LIVE, MEMSET },
	[STAGE] = { "stage", split_run_stage, LM_LIVE, MEMSET },
	[IN_PLACE] = { "in-place", split_run_stop, LM_IN_PLACE, REFERENCE },
};

static const struct contest contest = { contestants, WAYS, ROUNDS };

static void print_way(const struct contestant *one, uint64_t gib,
		      const struct result *result)
{
	double bytes = (double)(tables_for(gib) * GRANULE);

	if (one == contestants)
		printf("%6" PRIu64 " GiB", gib);
	else
		printf("%10s", "");
	printf("  %-10s %8.1f us  %5.1f GiB/s", one->name, result->us.median,
	       bytes / (double)GIB / (result->us.median / 1e6));
	if (one != &contestants[one->yardstick])
		printf("  %.2f (%.2f to %.2f) of %s's speed", result->speed.median,
		       result->speed.low, result->speed.high,
		       contestants[one->yardstick].name);
	printf("\n");
}

static json_t *way_json(const struct contestant *one, const struct result *result)
{
	return json_pack("{s:s, s:o, s:s, s:o}", "name", one->name, "us",
			 quartiles_json(result->us), "yardstick",
			 contestants[one->yardstick].name, "speed",
			 quartiles_json(result->speed));
}

static void add_budget(json_t *budgets, const char *what, uint64_t gib,
		       const char *yardstick, double limit, const struct result *result)
{
	char title[64], least[64];

	snprintf(title, sizeof(title), "%s, %" PRIu64 " GiB", what, gib);
	snprintf(least, sizeof(least), "at least %.2f of %s's speed", limit, yardstick);
	budget_add(budgets, title, least, result->speed.median >= limit,
		   "%.3f, quartiles %.3f to %.3f", result->speed.median,
		   result->speed.low, result->speed.high);
}

json_t *bench_filling(struct memory *memory, json_t *budgets)
{
	static const uint64_t sizes[] = { 16, 64 };
	json_t *list = json_array();

	printf("Filling tables: 1 GiB blocks to 4 KiB pages, all memory faulted in before\n"
	       "(medians, and ratios inside one round with quartiles)\n");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct result results[CONTESTANTS];
		json_t *ways = json_array();

		progress("filling", sizes[i]);
		contest_run(&contest, memory, sizes[i], results);
		progress_end();
		for (size_t j = 0; j < WAYS; j++) {
			print_way(&contestants[j], sizes[i], &results[j]);
			json_array_append_new(ways,
					      way_json(&contestants[j], &results[j]));
		}
		json_array_append_new(list, json_pack("{s:I, s:I, s:o}", "gib",
						      (json_int_t)sizes[i], "table_bytes",
						      (json_int_t)tables_for(sizes[i]) *
							      (json_int_t)GRANULE,
						      "ways", ways));
		add_budget(budgets, "filling", sizes[i], "memset", 0.9, &results[STAGE]);
		add_budget(budgets, "in place", sizes[i], "the reference loop", 1.0,
			   &results[IN_PLACE]);
	}
	return list;
}
