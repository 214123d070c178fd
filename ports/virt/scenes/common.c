// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What all scenes do with an edit. */
#include "scenes.h"

#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "string.h"
#include "units.h"

#define STACK_BUDGET 1024

static uint64_t sum(const uint64_t *by_level)
{
	uint64_t tables = 0;

	for (int i = 0; i < LM_LEVELS; i++)
		tables += by_level[i];
	return tables;
}

enum lm_way scene_cheapest_way(const struct lm_edit *edit, enum lm_hold hold)
{
	unsigned int culprit;
	enum lm_way way;

	if (lm_choose_way(edit, &cpu_levels, 0, hold, &way, &culprit))
		panic("no way is safe, because of CPU %u", culprit);
	return way;
}

enum lm_way scene_stop_way(const struct world *world)
{
	return world->options->way == LM_ROLL ? WAY_CHOSEN : world->options->way;
}

static void note_plan(const struct lm_edit *edit)
{
	const struct lm_plan *plan = &edit->plan;
	char size[UNITS_SIZE];

	note("way %s: %'lu leaves go, %'lu new tables, %'lu copied, %'lu retired, %s in "
	     "all",
	     way_name(edit->way), plan->leaves, sum(plan->new_tables),
	     sum(plan->copied_tables), sum(plan->retired_tables),
	     units(size, plan->bytes));
	note("stores to be made in the stop: %'lu", plan->updates);
}

void scene_prepare(const struct world *world, struct lm_edit *edit, enum lm_way way,
		   enum lm_hold hold)
{
	int err;

	/* Nobody here changes tables but the scenes, one edit after the other. */
	if (!world->options->verify)
		lm_edit_locked(edit);
	if (way == WAY_CHOSEN)
		way = scene_cheapest_way(edit, hold);
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

static void expect_no_excuse(const struct lm_edit *edit, int err, const struct stop *stop)
{
	if (err == -LM_EUNSAFE)
		refuse("way=%s: CPU %u is level %u: %s", way_name(edit->way),
		       edit->culprit, cpus[edit->culprit].bbm_level, lm_strerror(err));
	if (err == -LM_ETIMEOUT)
		panic("CPU %u did not park in time", stop->culprit);
	if (err)
		note("%s", lm_strerror(err));
}

void scene_expect_committed(const struct lm_edit *edit, int err, const struct stop *stop)
{
	expect_no_excuse(edit, err, stop);
	expect(!err, "the change is committed");
	expect(!pages_count().in_a_stop, "nothing was allocated while all were stopped");
	expect(stop->stack <= STACK_BUDGET, "the stop took %lu bytes of stack, of %u",
	       stop->stack, STACK_BUDGET);
	expect(!lm_edit_tables_left(edit), "no reserved table is left");
}

int64_t scene_growth(const struct lm_edit *edit)
{
	return (int64_t)(sum(edit->plan.new_tables) - sum(edit->plan.retired_tables));
}

void scene_release(struct lm_edit *edit, uint64_t in_use_before)
{
	int64_t kept = edit->committed ? scene_growth(edit) : 0;
	int err = lm_edit_release(edit);
	int64_t more = (int64_t)(pages_count().in_use - in_use_before);

	if (more < 0)
		expect(!err && more == kept,
		       "all was given back: %'ld pages less are in use, %'ld were tables",
		       -more, -kept);
	else
		expect(!err && more == kept,
		       "all else was given back: %'ld pages more are in use, %'ld are "
		       "tables",
		       more, kept);
}

enum lm_hold scene_hold(void)
{
	return smp_all_tolerate_live() ? LM_NONE_HELD : LM_OTHERS_HELD;
}

static int commit(struct lm_edit *edit, enum lm_hold hold, struct stop *stop)
{
	if (edit->way == LM_ROLL)
		return roll_and_commit(edit, stop);
	if (hold == LM_NONE_HELD)
		return commit_unheld(edit, stop);
	return stop_and_commit(edit, stop);
}

void scene_edit(const struct world *world, struct lm_edit *edit, enum lm_way way,
		enum lm_hold hold)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	int err;

	scene_prepare(world, edit, way, hold);
	err = commit(edit, hold, &stop);
	expect_no_excuse(edit, err, &stop);
	expect(!err && !pages_count().in_a_stop && stop.stack <= STACK_BUDGET &&
		       !lm_edit_tables_left(edit),
	       "committed, %s: nothing was allocated meanwhile, no table is left, %lu "
	       "bytes of stack",
	       hold == LM_NONE_HELD || edit->way == LM_ROLL ? "all others running" :
							      "all others parked",
	       stop.stack);
}

int scene_commit_by(const struct world *world, struct lm_edit *edit, enum lm_way way,
		    struct stop *stop)
{
	int err;

	if (way == LM_ROLL || !world->options->verify)
		lm_edit_locked(edit);
	err = lm_edit_prepare(edit, way);
	if (err)
		return err;
	return commit(edit, way == LM_LIVE ? scene_hold() : LM_OTHERS_HELD, stop);
}

struct lm_range scene_pages(const struct world *world, uint64_t offset, uint64_t count)
{
	return (struct lm_range){ { world->area.start.v + offset },
				  count * lm_granule_size(&kernel_map.fmt) };
}

void scene_begin_to_pages(struct lm_edit *edit)
{
	lm_edit_to_pages(edit, &kernel_map, linear.range);
	lm_edit_except(edit, alias.range);
}

void scene_begin_collapse(struct lm_edit *edit)
{
	lm_edit_collapse(edit, &kernel_map, linear.range);
	lm_edit_except(edit, alias.range);
}

bool scene_is_as_at_boot(const struct world *world)
{
	return !memcmp(linear.census.leaves, world->at_boot.leaves,
		       sizeof(world->at_boot.leaves));
}

void scene_to_largest(const struct world *world)
{
	uint64_t in_use = pages_count().in_use;
	struct lm_edit edit;

	scene_begin_collapse(&edit);
	scene_edit(world, &edit, WAY_CHOSEN, scene_hold());
	scene_release(&edit, in_use);
	expect(scene_is_as_at_boot(world),
	       "collapsed again, the leaves are those at boot");
}
