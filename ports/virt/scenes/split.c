// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The boot split: make pages of the whole linear map, if a CPU needs that. */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "string.h"
#include "timer.h"
#include "translation.h"
#include "witness.h"

static void nothing_to_do(void)
{
	uint64_t calls = pages_count().calls;
	uint64_t generation = kernel_map.generation;

	note("every CPU is level 3: leaves may change their size at any time");
	expect(!lm_region_needs_split(&linear, &cpu_levels) &&
		       pages_count().calls == calls &&
		       kernel_map.generation == generation,
	       "no split is needed, and nothing was done");
}

static void note_who_needs_it(void)
{
	for (unsigned int id = 0; id < cpu_levels.count; id++) {
		if (cpus[id].bbm_level >= LM_BBM_LIVE)
			continue;
		note("CPU %u is level %u and does not tolerate live changes of leaf size",
		     id, cpus[id].bbm_level);
		return;
	}
}

/* Every other CPU was parked once, whatever it was doing. */
static void expect_held(const uint64_t *held_before)
{
	unsigned int missing = 0;

	for (unsigned int id = 1; id < cpu_levels.count; id++)
		missing += cpus[id].held != held_before[id] + 1;
	expect(!missing, "the %u other CPUs parked once", cpu_levels.count - 1);
}

static bool only_pages_are_left(void)
{
	int last = LM_LAST_LEVEL - LM_FIRST_LEVEL;
	uint64_t large = linear.census.leaves[last][LM_RUN];

	for (int i = 0; i < last; i++)
		large += linear.census.leaves[i][LM_SINGLE] +
			 linear.census.leaves[i][LM_RUN];
	return !large;
}

static void note_length(const struct stop *stop)
{
	if (instructions_are_counted())
		note("the stop took %'u instructions of the leader", stop->instructions);
}

void scene_split(const struct world *world)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_census alias_before = alias.census;
	uint64_t in_use = pages_count().in_use;
	uint64_t held[MAX_CPUS] = { 0 };
	struct lm_edit edit;
	int err;

	scene("Split at boot");
	if (!lm_region_needs_split(&linear, &cpu_levels)) {
		nothing_to_do();
		return;
	}
	note_who_needs_it();
	scene_begin_to_pages(&edit);
	scene_prepare(world, &edit, scene_stop_way(world), LM_OTHERS_HELD);
	for (unsigned int id = 0; id < cpu_levels.count; id++)
		held[id] = cpus[id].held;

	load_start();
	load_expect_progress(NULL, "before the stop");
	witness_load();
	err = stop_and_commit(&edit, &stop);
	if (!err)
		witness_look();
	scene_expect_committed(&edit, err, &stop);
	witness_expect();
	load_expect_progress(NULL, "after it");
	load_stop();
	expect_held(held);
	note_length(&stop);

	scene_release(&edit, in_use);
	expect(only_pages_are_left(), "all of the linear map is pages");
	expect(!memcmp(alias.census.leaves, alias_before.leaves,
		       sizeof(alias_before.leaves)),
	       "the alias, which was excepted, is unchanged");
	note_leaves();
	expect_every_page(world->tree, "after the split");
	expect_permissions();
}
