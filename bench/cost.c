// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What each operation costs in instructions on this host, as count.sh counted them, and
 * whether that is within its budget.
 */
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 32
#define COUNTS	  64

/* One line of counts: all the work, and how many units it had. */
struct count {
	char name[NAME_SIZE];
	double units;
	double instructions;
};

struct counts {
	struct count count[COUNTS];
	size_t used;
};

enum measure {
	EACH,	   /* instructions for each unit */
	EACH_MORE, /* for each unit more than @other has */
	RATIO,	   /* how many times the instructions that @other needs for each unit */
};

/**
 * struct operation - a row of the table
 * @what: in words
 * @name: name of its count
 * @measure: what is printed
 * @other: the count to compare with, or NULL
 * @budget: at most this; 0 if it is only there to compare with
 */
struct operation {
	const char *what;
	const char *name;
	enum measure measure;
	const char *other;
	double budget;
};

static const struct operation operations[] = {
	{ "one page cut out of a 1 GiB block, live", "cut-live", EACH, NULL, 11000 },
	{ "  by switch", "cut-switch", EACH, NULL, 14000 },
	{ "  by hand, one store each", "split-by-hand", EACH, NULL, 0 },
	{ "one page of it read-only, live", "protect-live", EACH, NULL, 12000 },
	{ "  of that in the stop", "protect-live-stop", EACH, NULL, 1000 },
	{ "  by switch", "protect-switch", EACH, NULL, 15000 },
	{ "each exception more", "except-many", EACH_MORE, "except-few", 500 },
	{ "1,000 scattered pages of 64 GiB, each", "scattered", EACH, NULL, 9000 },
	{ "  all of them in one edit", "scattered-at-once", EACH, NULL, 4000 },
	{ "one page's permission, lm_protect()", "toggle", EACH, NULL, 450 },
	{ "mapping pages, each", "map-pages", EACH, NULL, 8 },
	{ "mapping 1 GiB blocks, against by hand", "map-blocks", RATIO,
	  "map-blocks-by-hand", 2 },
	{ "collapse, each page, plan and stage", "collapse", EACH, NULL, 20 },
	{ "  in the stop, not locked", "collapse-stop", EACH, NULL, 8 },
	{ "  every second page differs: planned in vain", "collapse-mixed", EACH, NULL,
	  60 },
	{ "lm_check(), each page", "check", EACH, NULL, 20 },
	{ "  every second page differs", "check-mixed", EACH, NULL, 60 },
	{ "lm_walk(), empty visitor, each page", "walk", EACH, NULL, 25 },
	{ "  every second page differs", "walk-mixed", EACH, NULL, 75 },
	{ "lm_dump(), each page", "dump", EACH, NULL, 30 },
	{ "  every second page differs", "dump-mixed", EACH, NULL, 90 },
	{ "live's commit, each leaf", "live-stop", EACH, NULL, 40 },
	{ "one page read-only, live, 1 TiB against 1 GiB", "ram-1-tib", RATIO,
	  "ram-1-gib", 1.1 },
	{ "  64 regions against 1", "regions-64", RATIO, "regions-1", 1.5 },
	{ "  its stop, 512 CPUs against 1", "cpus-512", RATIO, "cpus-1", 1.1 },
	{ "for comparison: read every descriptor, each", "read", EACH, NULL, 0 },
	{ "for comparison: write every descriptor, each", "write", EACH, NULL, 0 },
};

static bool read_counts(const char *path, struct counts *counts)
{
	FILE *file = path ? fopen(path, "r") : NULL;
	struct count *next = counts->count;

	if (!file)
		return false;
	while (next < counts->count + COUNTS &&
	       fscanf(file, "%31s %lf %lf", next->name, &next->units,
		      &next->instructions) == 3)
		next++;
	fclose(file);
	counts->used = (size_t)(next - counts->count);
	return true;
}

static const struct count *find(const struct counts *counts, const char *name)
{
	for (size_t i = 0; i < counts->used; i++) {
		if (!strcmp(counts->count[i].name, name))
			return &counts->count[i];
	}
	return NULL;
}

/* Negative if there is no count. */
static double value_of(const struct operation *operation, const struct counts *counts)
{
	const struct count *count = find(counts, operation->name);
	const struct count *other =
		find(counts, operation->other ? operation->other : operation->name);

	if (!count || !other)
		return -1;
	switch (operation->measure) {
	case EACH_MORE:
		return (count->instructions - other->instructions) /
		       (count->units - other->units);
	case RATIO:
		return count->instructions / count->units /
		       (other->instructions / other->units);
	case EACH:
		break;
	}
	return count->instructions / count->units;
}

static void print_row(const struct operation *operation, double value)
{
	const char *unit = operation->measure == RATIO ? "x" : "";

	printf("  %-46s %10.*f%s", operation->what, value < 100, value, unit);
	if (operation->budget > 0)
		printf("  %s (at most %.5g%s)",
		       value <= operation->budget ? "met" : "MISSED", operation->budget,
		       unit);
	printf("\n");
}

static json_t *row_json(const struct operation *operation, double value)
{
	json_t *row = json_pack("{s:s, s:f}", "name", operation->name, "value", value);

	if (operation->budget > 0)
		json_object_set_new(row, "budget", json_real(operation->budget));
	return row;
}

json_t *bench_cost(const char *path, json_t *budgets)
{
	static const char title[] = "instructions of each operation";
	static const char limit[] = "each within its own";
	struct counts counts;
	json_t *list = json_array();
	unsigned int judged = 0;
	unsigned int met = 0;

	if (!read_counts(path, &counts)) {
		budget_skip(budgets, title, limit, "valgrind is not installed");
		json_decref(list);
		return json_null();
	}
	printf("\nWhat operations cost: instructions on this host, counted by callgrind\n");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		const struct operation *operation = &operations[i];
		double value = value_of(operation, &counts);

		if (value < 0)
			continue;
		print_row(operation, value);
		json_array_append_new(list, row_json(operation, value));
		judged += operation->budget > 0;
		met += operation->budget > 0 && value <= operation->budget;
	}
	budget_add(budgets, title, limit, met == judged, "%u of %u met", met, judged);
	return list;
}
