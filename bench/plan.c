// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Instructions of a plan, as count.sh counted them. */
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "split.h"

static const char budget_title[] = "instructions of a plan of a whole region";
static const char budget_limit[] = "the same for 1 GiB and 1 TiB";

/* Extremes over all sizes, of plans of whole regions, for each way. */
struct spread {
	const char *name;
	uint64_t low, high;
};

static void spread_add(struct spread *spread, uint64_t instructions)
{
	if (!spread->high || instructions < spread->low)
		spread->low = instructions;
	if (instructions > spread->high)
		spread->high = instructions;
}

static json_t *nothing_counted(json_t *budgets)
{
	printf("\nThe plan, in instructions: not counted, valgrind is not installed\n");
	budget_skip(budgets, budget_title, budget_limit, "valgrind is not installed");
	return json_null();
}

json_t *bench_plan(const char *path, json_t *budgets)
{
	struct spread spreads[] = { { "live", 0, 0 }, { "switch", 0, 0 } };
	FILE *file = path ? fopen(path, "r") : NULL;
	json_t *list = json_array();
	uint64_t gib, last_gib = 0, instructions;
	char name[16];

	if (!file) {
		json_decref(list);
		return nothing_counted(budgets);
	}
	printf("\nThe plan, in instructions: of the whole map, from the census; of half of it,\n"
	       "by a walk");
	while (fscanf(file, "%15s %" SCNu64 " %" SCNu64, name, &gib, &instructions) ==
	       3) {
		if (gib != last_gib)
			printf("\n%6" PRIu64 " GiB", gib);
		last_gib = gib;
		printf("  %s %" PRIu64, name, instructions);
		json_array_append_new(list,
				      json_pack("{s:s, s:I, s:I}", "what", name, "gib",
						(json_int_t)gib, "instructions",
						(json_int_t)instructions));
		for (size_t i = 0; i < 2; i++)
			if (!strcmp(name, spreads[i].name))
				spread_add(&spreads[i], instructions);
	}
	printf("\n");
	fclose(file);
	budget_add(budgets, budget_title, budget_limit,
		   spreads[0].high && spreads[0].low == spreads[0].high &&
			   spreads[1].low == spreads[1].high,
		   "live %" PRIu64 " to %" PRIu64 ", switch %" PRIu64 " to %" PRIu64,
		   spreads[0].low, spreads[0].high, spreads[1].low, spreads[1].high);
	return list;
}
