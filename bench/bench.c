// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How fast tables are filled, how long the stop is and what a plan costs on this host, as
 * text, and as JSON in a file. What must run on arm64 is measured elsewhere.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "sections.h"

int main(int argc, char **argv)
{
	uint64_t largest = largest_that_fits();
	struct memory memory;
	json_t *budgets = json_array();
	json_t *all = json_object();

	if (argc < 2)
		die("usage", "linmap-bench JSON-TO-WRITE [PLANS [COSTS]]");
	if (largest < LARGEST_GIB)
		printf("This host has memory for the tables of %" PRIu64 " GiB only.\n\n",
		       largest);
	memory = memory_get(largest);
	json_object_set_new(all, "rounds", json_integer(ROUNDS));
	json_object_set_new(all, "filling", bench_filling(&memory, budgets));
	json_object_set_new(all, "stop", bench_stop(&memory, largest, budgets));
	json_object_set_new(all, "plan", bench_plan(argc > 2 ? argv[2] : NULL, budgets));
	json_object_set_new(all, "cost", bench_cost(argc > 3 ? argv[3] : NULL, budgets));
	json_object_set_new(all, "runtime", bench_runtime(&memory));
	json_object_set_new(all, "model", bench_model(&memory));
	json_object_set_new(all, "budgets", budgets);
	memory_put(&memory);

	budgets_print(budgets);
	if (json_dump_file(all, argv[1], JSON_INDENT(2) | JSON_REAL_PRECISION(6)))
		die(argv[1], strerror(errno));
	json_decref(all);
	return 0;
}
