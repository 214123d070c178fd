// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap plan SOURCE: what splitting or collapsing this very machine's map would take. */
#include "plan_source.h"

#include <inttypes.h>

#include "base/units.h"
#include "report/report.h"
#include "see/census_report.h"
#include "see/map_plan.h"
#include "see_command.h"

/* -------------------------------------------------------------------- for people */

#define NAME_WIDTH   22
#define COLUMN_WIDTH 11

typedef uint64_t way_number_fn(const struct way_plan *way_plan);

static uint64_t new_tables(const struct way_plan *way_plan)
{
	return sum_levels(way_plan->plan.new_tables);
}

static uint64_t copied_tables(const struct way_plan *way_plan)
{
	return sum_levels(way_plan->plan.copied_tables);
}

static uint64_t retired_tables(const struct way_plan *way_plan)
{
	return sum_levels(way_plan->plan.retired_tables);
}

static uint64_t bytes(const struct way_plan *way_plan)
{
	return way_plan->plan.bytes;
}

static uint64_t stores(const struct way_plan *way_plan)
{
	return way_plan->plan.updates;
}

static void print_row(const char *name, const struct way_plan ways[LM_WAYS],
		      way_number_fn *number, bool is_size)
{
	printf("  %-*s", NAME_WIDTH, name);
	for (int way = 0; way < LM_WAYS; way++) {
		uint64_t value = number(&ways[way]);

		printf("%*s", COLUMN_WIDTH,
		       ways[way].err ? "-" :
		       is_size	     ? size_text(value).s :
				       count_text(value).s);
	}
	printf("\n");
}

typedef bool way_question_fn(const struct map_plan *plan, enum lm_way way);

/* For how many CPUs it is so; the one that commits does not count. */
static void print_cpus(const char *name, const struct map_plan *plan,
		       const struct way_plan ways[LM_WAYS], size_t cpus,
		       way_question_fn *question)
{
	printf("  %-*s", NAME_WIDTH, name);
	for (int way = 0; way < LM_WAYS; way++)
		printf("%*s", COLUMN_WIDTH,
		       ways[way].err			 ? "-" :
		       !question(plan, (enum lm_way)way) ? "0" :
		       cpus				 ? count_text(cpus - 1).s :
							   "all others");
	printf("\n");
}

static void print_ways(const char *title, const struct map_plan *plan,
		       const struct way_plan ways[LM_WAYS], size_t cpus)
{
	printf("\n%-*s", NAME_WIDTH + 2, title);
	for (int way = 0; way < LM_WAYS; way++)
		printf("%*s", COLUMN_WIDTH, lm_way_name((enum lm_way)way));
	printf("\n");
	if (ways == plan->collapse)
		print_row("tables given back", ways, retired_tables, false);
	else
		print_row("new tables", ways, new_tables, false);
	print_row("copied tables", ways, copied_tables, false);
	print_row("memory for all of it", ways, bytes, true);
	print_row("stores to live tables", ways, stores, false);
	print_cpus("CPUs interrupted", plan, ways, cpus, map_plan_interrupts);
	print_cpus("CPUs held meanwhile", plan, ways, cpus, map_plan_holds);
}

static void print_choice(const struct map_plan *plan, const struct cpus *cpus)
{
	if (!cpus)
		printf("\nin-place and live need CPUs of level 3, break that nothing in the "
		       "range is used\nmeanwhile; switch and roll can always be done. For "
		       "the choice see --cpuinfo.\n");
	else if (!plan->has_choice)
		printf("\nfor these CPUs: no way\n");
	else if (plan->choice == LM_LIVE)
		printf("\nfor these CPUs: live, no CPU held\n");
	else
		printf("\nfor these CPUs: %s; by a port that cannot roll: %s, all others "
		       "held\n",
		       lm_way_name(plan->choice), lm_way_name(plan->held_choice));
}

static void print_plan(const struct source *source, const struct map_plan *plan,
		       const struct cpus *cpus)
{
	const struct way_plan *collapse = &plan->collapse[LM_SWITCH];
	size_t count = cpus ? cpus->info->count : 0;

	source_print(stdout, source);
	printf("  range           0x%" PRIx64 " to 0x%" PRIx64 ", %s\n",
	       plan->range.start.v, plan->range.start.v + (plan->range.size - 1),
	       size_text(plan->range.size).s);
	print_ways("to pages", plan, plan->to_pages, count);
	print_ways("to the largest leaves", plan, plan->collapse, count);
	if (collapse->obstacle)
		printf("  %-*s  0x%" PRIx64 ": %s\n", NAME_WIDTH, "first obstacle",
		       collapse->obstacle_va, report_obstacle_text(collapse->obstacle));
	print_choice(plan, cpus);
}

/* ------------------------------------------------------------------- for programs */

static struct object way_object(const struct map_plan *plan,
				const struct way_plan *way_plan, enum lm_way way)
{
	struct object object = object_new();

	if (way_plan->err) {
		object_set_text(&object, "refused", lm_strerror(way_plan->err));
		return object;
	}
	object_set_count(&object, "new_tables", new_tables(way_plan));
	object_set_count(&object, "copied_tables", copied_tables(way_plan));
	object_set_count(&object, "retired_tables", retired_tables(way_plan));
	object_set_count(&object, "bytes", way_plan->plan.bytes);
	object_set_count(&object, "leaves", way_plan->plan.leaves);
	object_set_count(&object, "stores", way_plan->plan.updates);
	object_set(&object, "interrupts_all_others",
		   json_boolean(map_plan_interrupts(plan, way)));
	object_set(&object, "holds_all_others", json_boolean(map_plan_holds(plan, way)));
	return object;
}

static void set_ways(struct object *object, const char *name, const struct map_plan *plan,
		     const struct way_plan ways[LM_WAYS])
{
	struct object all = object_new();

	for (int way = 0; way < LM_WAYS; way++) {
		struct object one = way_object(plan, &ways[way], (enum lm_way)way);

		object_set_member(&all, lm_way_name((enum lm_way)way), &one);
	}
	object_set_member(object, name, &all);
}

static int print_json(const struct source *source, const struct map_plan *plan)
{
	const struct way_plan *collapse = &plan->collapse[LM_SWITCH];
	struct object object = source_object(source);

	object_set_address(&object, "first", plan->range.start.v);
	object_set_count(&object, "bytes", plan->range.size);
	set_ways(&object, "to_pages", plan, plan->to_pages);
	set_ways(&object, "collapse", plan, plan->collapse);
	if (collapse->obstacle) {
		object_set_address(&object, "obstacle_va", collapse->obstacle_va);
		object_set_text(&object, "obstacle",
				report_obstacle_text(collapse->obstacle));
	}
	object_set(&object, "choice",
		   plan->has_choice ? json_string(lm_way_name(plan->choice)) :
				      json_null());
	object_set(&object, "choice_without_roll",
		   plan->has_choice ? json_string(lm_way_name(plan->held_choice)) :
				      json_null());
	return object_print(stdout, &object);
}

/* ------------------------------------------------------------------------- planning */

/* --range, rounded outward to pages, or what is mapped of the linear map. */
static int find_range(const struct see *see, const struct census *census,
		      struct lm_range *range, struct error *error)
{
	uint64_t granule = lm_granule_size(&census->fmt);
	const struct census_part *part = census_linear(census);
	uint64_t first = part->first;
	uint64_t last = part->last;
	struct lm_range input = source_input(&see->source);

	if (see->options.has_range) {
		first = see->options.range_first & ~(granule - 1);
		last = see->options.range_last | (granule - 1);
	} else if (!part->bytes) {
		return error_set(error, "%s: nothing is mapped in its linear map",
				 see->path);
	}
	if (first - input.start.v >= input.size || last - input.start.v >= input.size)
		return error_set(error,
				 "--range: not in these tables, which are for 0x%" PRIx64
				 " to 0x%" PRIx64,
				 input.start.v, input.start.v + (input.size - 1));
	/* A walk that follows a loop would not end in a lifetime. */
	if (census->seen_twice && census->twice_first <= last &&
	    census->twice_last >= first)
		return error_set(error,
				 "%s: tables are reached twice near 0x%" PRIx64
				 " (see 'linmap check')",
				 see->path, census->twice_first);
	*range = (struct lm_range){ { first }, last - first + 1 };
	return 0;
}

static int plan_range(struct see *see, const struct census *census,
		      const struct cpus *cpus)
{
	static struct map_plan plan;
	struct error error = { "" };
	struct lm_range range = { { 0 }, 0 };
	int err;

	progress_step(&see->progress, "planning");
	err = find_range(see, census, &range, &error) ||
	      map_plan_make(&plan, &see->source, range, cpus, &error);
	progress_end(&see->progress);
	if (err)
		return see_refuse(&error);
	if (!see->options.json) {
		print_plan(&see->source, &plan, cpus);
		return EXIT_HELD;
	}
	return print_json(&see->source, &plan) ? command_out_of_memory() : EXIT_HELD;
}

static int plan_machine(struct see *see, const struct cpus *cpus)
{
	static struct census census;
	struct scan scan = { .census = &census, .progress = &see->progress };
	struct error error = { "" };
	int code = see_open(see);

	if (code)
		return code;
	/* Of a running kernel a plan is made of tables of one time. */
	see->source.cache.keeps_all = see->kind == SOURCE_KCORE;
	if (!scan_source(&see->source, &scan, &error))
		return plan_range(see, &census, cpus);
	error_print(&error, "linmap");
	return EXIT_NOT_HELD;
}

int plan_source(const struct options *options)
{
	struct see_cpus cpus = { .is_known = false };
	struct see see = { .options = *options };
	int code;

	if (see_begin_options(&see, &code)) {
		code = see_cpus_read(&cpus, &see);
		if (!code)
			code = plan_machine(&see, cpus.is_known ? &cpus.cpus : NULL);
	}
	see_cpus_free(&cpus);
	source_close(&see.source);
	return code;
}
