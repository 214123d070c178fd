// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Planning edits of a map that is only looked at. */
#include "see/map_plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Live holds nobody unless a CPU is known to be below level 3. */
bool map_plan_holds(const struct map_plan *plan, enum lm_way way)
{
	if (way == LM_LIVE)
		return plan->has_choice && plan->choice != LM_LIVE;
	return way != LM_ROLL;
}

bool map_plan_interrupts(const struct map_plan *plan, enum lm_way way)
{
	return way == LM_ROLL || map_plan_holds(plan, way);
}

/* Plans by switch and roll are for a port that can move; nothing is moved here. */
static void never_move(void *ctx, lm_pa_t root)
{
	(void)ctx;
	(void)root;
	abort();
}

static int never_out(void *ctx, lm_pa_t home, lm_pa_t clone, unsigned int *culprit)
{
	(void)ctx;
	(void)home;
	(void)clone;
	(void)culprit;
	abort();
}

static int never_back(void *ctx, unsigned int *culprit)
{
	(void)ctx;
	(void)culprit;
	abort();
}

static void never_home(void *ctx)
{
	(void)ctx;
	abort();
}

static const struct lm_roller never_roll = {
	.out = never_out,
	.back = never_back,
	.go_home = never_home,
};

static void plan_one(struct way_plan *way_plan, struct lm_edit *edit, enum lm_way way)
{
	if (way == LM_ROLL)
		lm_edit_locked(edit);
	way_plan->err = lm_edit_plan(edit, way);
	way_plan->plan = edit->plan;
	way_plan->obstacle = edit->obstacle;
	way_plan->obstacle_va = edit->obstacle_va.v;
}

static void plan_all(struct map_plan *plan, struct lm_map *map)
{
	for (int way = 0; way < LM_WAYS; way++) {
		struct lm_edit edit;

		lm_edit_to_pages(&edit, map, plan->range);
		plan_one(&plan->to_pages[way], &edit, (enum lm_way)way);
		lm_edit_collapse(&edit, map, plan->range);
		plan_one(&plan->collapse[way], &edit, (enum lm_way)way);
	}
}

/* Where a CPU's list says nothing its register may say anything: the strictest. */
static struct lm_cpu level_of(uint32_t midr)
{
	struct cpu cpu = cpu_of(midr);

	return (struct lm_cpu){ cpu_level(&cpu) == CPU_LEVEL_LIVE ? LM_BBM_LIVE : 0 };
}

static int choose(struct map_plan *plan, struct lm_map *map, const struct cpus *cpus)
{
	size_t count = cpus->info->count;
	struct lm_cpu *cpu = calloc(count, sizeof(*cpu));
	struct lm_cpus all = { cpu, (unsigned int)count };
	unsigned int culprit;
	struct lm_edit edit;

	if (!cpu)
		return -1;
	for (size_t i = 0; i < count; i++)
		cpu[i] = level_of(cpus->info->cpu[i].midr);
	lm_edit_to_pages(&edit, map, plan->range);
	lm_edit_locked(&edit);
	plan->has_choice =
		!lm_choose_way(&edit, &all, 0, LM_NONE_HELD, &plan->choice, &culprit) &&
		!lm_choose_way(&edit, &all, 0, LM_OTHERS_HELD, &plan->held_choice,
			       &culprit);
	free(cpu);
	return 0;
}

int map_plan_make(struct map_plan *plan, struct source *source, struct lm_range range,
		  const struct cpus *cpus, struct error *error)
{
	struct lm_map *map = &source->map;
	struct lm_region region = { .name = "range", .range = range };
	int err;

	memset(plan, 0, sizeof(*plan));
	plan->range = range;
	map->env.move = never_move;
	map->env.roller = &never_roll;
	err = lm_map_add_region(map, &region);
	if (err == -LM_EEXIST)
		return error_set(error,
				 "a leaf at 0x%" PRIx64 " reaches across an end of the "
				 "range (end it where a leaf ends)",
				 map->where.v);
	if (err)
		return error_set(error, "0x%" PRIx64 ", %" PRIu64 " bytes: %s",
				 range.start.v, range.size, lm_strerror(err));
	plan->census = region.census;
	plan_all(plan, map);
	err = cpus ? choose(plan, map, cpus) : 0;
	map->regions = NULL;
	return err ? error_set(error, "out of memory (close other programs)") : 0;
}
