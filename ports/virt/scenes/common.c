// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the scenes do alike with an edit. */
#include "scenes.h"

#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "units.h"

#define STACK_BUDGET 1024

static uint64_t sum(const uint64_t *by_level)
{
	uint64_t tables = 0;

	for (int i = 0; i < LM_LEVELS; i++)
		tables += by_level[i];
	return tables;
}

/* The way that was asked for, or else the cheapest that is safe. */
static enum lm_way choose_way(const struct world *world, const struct lm_edit *edit,
			      enum lm_hold hold)
{
	enum lm_way way = world->options->way;
	unsigned int culprit;

	if (way == WAY_CHOSEN &&
	    lm_choose_way(edit, &cpu_levels, 0, hold, &way, &culprit))
		panic("no way is safe, because of CPU %u", culprit);
	return way;
}

static void note_plan(const struct lm_edit *edit)
{
	const struct lm_plan *plan = &edit->plan;
	char size[UNITS_SIZE];

	note("way %s: %'lu leaves go, %'lu new tables, %'lu copied, %s in all",
	     way_name(edit->way), plan->leaves, sum(plan->new_tables),
	     sum(plan->copied_tables), units(size, plan->bytes));
	note("stores to be made in the stop: %'lu", plan->publishes);
}

void scene_prepare(const struct world *world, struct lm_edit *edit, struct lm_range range,
		   enum lm_hold hold)
{
	enum lm_way way;
	int err;

	lm_edit_to_pages(edit, &kernel_map, range);
	lm_edit_except(edit, alias.range);
	/* Nobody here changes tables but the story, one edit after the other. */
	if (!world->options->verify)
		lm_edit_locked(edit);
	way = choose_way(world, edit, hold);
	err = lm_edit_plan(edit, way);
	if (!err)
		note_plan(edit);
	if (!err)
		err = lm_edit_reserve(edit);
	if (!err)
		err = lm_edit_stage(edit);
	if (err)
		refuse("way=%s at 0x%lx: %s", way_name(way), edit->where.v,
		       lm_strerror(err));
}

void scene_expect_committed(const struct lm_edit *edit, int err, const struct stop *stop)
{
	if (err == -LM_EUNSAFE)
		refuse("way=%s: CPU %u is level %u: %s", way_name(edit->way),
		       edit->culprit, cpus[edit->culprit].bbm_level, lm_strerror(err));
	if (err == -LM_ETIMEOUT)
		panic("CPU %u did not come", stop->culprit);
	if (!expect(!err, "the change is committed"))
		note("%s", lm_strerror(err));
	expect(!pages_count().in_a_stop,
	       "nobody asked for memory while all were stopped");
	expect(stop->stack <= STACK_BUDGET, "the stop took %lu bytes of stack, of %u",
	       stop->stack, STACK_BUDGET);
	expect(!lm_edit_tables_left(edit), "no table is left of those that were counted");
}

void scene_release(struct lm_edit *edit, uint64_t in_use_before)
{
	uint64_t kept = edit->committed ? sum(edit->plan.new_tables) : 0;
	int err = lm_edit_release(edit);

	expect(!err && pages_count().in_use == in_use_before + kept,
	       "all else was given back: %'lu pages more are in use, %'lu are tables",
	       pages_count().in_use - in_use_before, kept);
}
