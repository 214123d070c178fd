// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How an edit is made: in the way that was asked for, else in the cheapest safe one. */
#include "making.h"

#include <string.h>

#include "way.h"

bool making_commits_fault(const struct making *making)
{
	const char *name = fault_edit(making->story->options->fault);

	return name && !strcmp(name, making->request->name);
}

/* -------------------------------------------------------------------- the goal */

static void begin(const struct making *making)
{
	const struct edit_request *request = making->request;
	struct world *world = &making->story->world;
	struct lm_edit *edit = &making->story->edit;

	switch (request->goal) {
	case EDIT_PAGES:
		lm_edit_to_pages(edit, &world->map, request->range);
		break;
	case EDIT_BOUNDARIES:
		lm_edit_to_boundaries(edit, &world->map, request->range);
		break;
	case EDIT_COLLAPSE:
		lm_edit_collapse(edit, &world->map, request->range);
		/* Nobody else writes here: that no leaf was written need not be seen in the stop. */
		lm_edit_locked(edit);
		break;
	case EDIT_NON_GLOBAL:
		lm_edit_non_global(edit, &world->map);
		break;
	case EDIT_PROTECT:
	case EDIT_GUARDS:
	case EDIT_RUN:
		lm_edit_protect(edit, &world->map, request->range, request->change);
		break;
	}
	for (size_t i = 0; i < world->machine->aliases.count; i++) {
		struct lm_range alias = world->aliases[i].range;

		if (alias.start.v - request->range.start.v < request->range.size)
			lm_edit_except(edit, alias);
	}
	if (request->deposit)
		lm_edit_deposit(edit, request->deposit);
}

/* --------------------------------------------------------------------- the way */

/* With nobody held, if that is safe. */
static enum lm_way cheapest_way(const struct making *making, enum lm_hold *hold)
{
	const struct lm_edit *edit = &making->story->edit;
	const struct lm_cpus *cpus = &making->story->world.cpus;
	unsigned int culprit;
	enum lm_way way;

	*hold = LM_NONE_HELD;
	if (!lm_choose_way(edit, cpus, 0, LM_NONE_HELD, &way, &culprit))
		return way;
	*hold = LM_OTHERS_HELD;
	lm_choose_way(edit, cpus, 0, LM_OTHERS_HELD, &way, &culprit);
	return way;
}

static const char *why_nobody_walks(const struct making *making)
{
	const struct edit_request *request = making->request;
	uint64_t bits = request->change.set | request->change.clear;

	if (request->goal == EDIT_NON_GLOBAL)
		return "global and not-global leaves must not meet in any TLB";
	if (request->goal == EDIT_PROTECT && (bits & LM_ATTR_MEMORY))
		return "another memory type takes break-before-make";
	return NULL;
}

/* Why lm_choose_way() says so. */
static void explain(const struct making *making, enum lm_way way, enum lm_hold hold)
{
	const struct machine *machine = &making->story->machine;
	char *why = making->edit->why;
	size_t size = sizeof(making->edit->why);
	const char *reason = why_nobody_walks(making);
	bool all_take_it = machine->boot_bbm >= LM_BBM_LIVE &&
			   (machine->cpus == 1 || machine->secondary_bbm >= LM_BBM_LIVE);

	if (reason)
		snprintf(why, size, "%s", reason);
	else if (way != LM_LIVE)
		snprintf(why, size,
			 "the boot CPU is level %u, and must not walk meanwhile",
			 machine->boot_bbm);
	else if (hold == LM_OTHERS_HELD)
		snprintf(why, size, "the boot CPU is level 3, and the others are held");
	else if (all_take_it)
		snprintf(why, size, "every CPU is level 3, and nobody need be held");
	else
		snprintf(why, size,
			 "permissions only, no leaf is split: nobody need be held");
}

/* -------------------------------------------------------------------- the steps */

static int commit(struct making *making, enum lm_hold hold)
{
	struct story *story = making->story;
	struct world *world = &story->world;
	struct lm_window window;
	int err;

	making->edit->others_held = hold == LM_OTHERS_HELD;
	story_begin_step(story, making->request->what);
	if (hold == LM_OTHERS_HELD)
		sim_hold_others(world->sim);
	sim_stop_begin(world->sim);
	if (making_commits_fault(making))
		world->port.faults = story_port_faults(story);
	err = lm_window_open(&window, &world->map, &world->cpus, 0, hold);
	if (!err) {
		err = lm_edit_commit(&window, &story->edit);
		lm_window_close(&window);
	}
	sim_stop_end(world->sim);
	if (hold == LM_OTHERS_HELD)
		sim_let_go(world->sim);
	story_end_step(story, REPORT_STOP);
	return err;
}

static void release(struct making *making)
{
	struct story *story = making->story;

	making->edit->numbers.tables_left = lm_edit_tables_left(&story->edit);
	story_begin_step(story, making->request->what);
	lm_edit_release(&story->edit);
	story_end_step(story, REPORT_RELEASE);
	if (making_commits_fault(making) &&
	    story_commits(story, FAULT_COLLAPSE_FREED_EARLY))
		story_invalidate(story);
	story->world.port.faults = (struct model_faults){ 0 };
}

/* One step of an edit, timed; @at names it, for a refusal. */
static int step(struct making *making, const char *name, enum report_step which,
		int (*function)(struct lm_edit *edit), const char **at)
{
	int err;

	*at = name;
	story_begin_step(making->story, making->request->what);
	err = function(&making->story->edit);
	story_end_step(making->story, which);
	return err;
}

static int plan(struct making *making, enum lm_way way, const char **at)
{
	struct story *story = making->story;
	int err;

	*at = "planning";
	story_begin_step(story, making->request->what);
	err = lm_edit_plan(&story->edit, way);
	story_end_step(story, REPORT_PLAN);
	if (!err)
		report_edit_set_plan(making->edit, &story->edit.plan);
	return err;
}

/* What is there already, where a planned edit has no leaf to change the size of; or NULL. */
static const char *nothing_to_do(const struct making *making)
{
	if (making->story->edit.plan.leaves)
		return NULL;
	switch (making->request->goal) {
	case EDIT_PAGES:
		return "nothing to do: all of it is pages already";
	case EDIT_BOUNDARIES:
		return "nothing to do: leaves begin and end there already";
	case EDIT_COLLAPSE:
		return "nothing to do: all leaves are as large as they can be";
	case EDIT_PROTECT:
	case EDIT_NON_GLOBAL:
	case EDIT_GUARDS:
	case EDIT_RUN:
		break;
	}
	return NULL;
}

/* From a planned edit to a committed one. */
static int make_planned(struct making *making, enum lm_hold hold, const char **at)
{
	int err = step(making, "reserving", REPORT_RESERVE, lm_edit_reserve, at);

	if (!err)
		err = step(making, "staging", REPORT_STAGE, lm_edit_stage, at);
	if (err)
		return err;
	*at = "committing";
	return commit(making, hold);
}

/* From a new edit to a released one. @at: the step that was refused, if one was. */
static int make_by(struct making *making, enum lm_way way, enum lm_hold hold,
		   const char **at)
{
	int err = plan(making, way, at);
	const char *nothing = err ? NULL : nothing_to_do(making);

	if (nothing)
		report_edit_set_not_done(making->edit, nothing);
	else if (!err)
		err = make_planned(making, hold, at);
	release(making);
	making->edit->numbers.commit = way;
	return err;
}

static bool is_refused_way(int err)
{
	return err == -LM_EWAY || err == -LM_EUNSAFE || err == -LM_ESELF ||
	       err == -LM_EVOLATILE;
}

static void note_refusal(struct making *making, enum lm_way way, int err)
{
	struct report_edit *edit = making->edit;
	bool is_live = way == LM_IN_PLACE || way == LM_LIVE;
	const char *reason = is_live ? why_nobody_walks(making) : NULL;
	const struct lm_edit *refused = &making->story->edit;

	if (making->request->goal == EDIT_COLLAPSE && way == LM_IN_PLACE)
		reason = "a collapse is live, by break or by switch";
	if (reason)
		snprintf(edit->refused, sizeof(edit->refused), "%s: %s", way_name(way),
			 reason);
	else if (err == -LM_EUNSAFE)
		snprintf(edit->refused, sizeof(edit->refused),
			 "%s: CPU %u is below level 3 and walks meanwhile", way_name(way),
			 refused->culprit);
	else
		snprintf(edit->refused, sizeof(edit->refused), "%s: %s", way_name(way),
			 lm_strerror(err));
}

/* Once as --commit says, if it says so; nothing has changed if that is refused. */
int make_as_edit(struct making *making, const char **at)
{
	const struct story_options *options = making->story->options;
	enum lm_hold hold;
	enum lm_way way;
	int err;

	begin(making);
	way = cheapest_way(making, &hold);
	explain(making, way, hold);
	if (options->choose_way || options->way == way)
		return make_by(making, way, hold, at);

	if (options->way == LM_BREAK || options->way == LM_SWITCH)
		err = make_by(making, options->way, LM_OTHERS_HELD, at);
	else
		err = make_by(making, options->way, hold, at);
	if (!is_refused_way(err)) {
		if (!making->edit->not_done[0])
			snprintf(making->edit->why, sizeof(making->edit->why),
				 "as --commit says");
		return err;
	}
	note_refusal(making, options->way, err);
	begin(making);
	return make_by(making, way, hold, at);
}

/* ------------------------------------------------------------- without an edit */

static int protect_pages(struct making *making)
{
	const struct edit_request *request = making->request;
	struct story *story = making->story;
	struct lm_map *map = &story->world.map;
	struct lm_range page = { request->range.start, lm_granule_size(&map->fmt) };
	uint64_t end = request->range.start.v + (request->range.size - 1);
	int err = 0;

	story_begin_step(story, request->what);
	sim_stop_begin(story->world.sim);
	for (; !err && page.start.v <= end; page.start.v += request->step) {
		err = lm_protect(map, page, request->change, LM_WALKED_BY_INTOLERANT,
				 NULL);
		making->edit->leaves_gone++;
	}
	sim_stop_end(story->world.sim);
	story_end_step(story, REPORT_STOP);
	return err;
}

static int protect_run(struct making *making)
{
	const struct edit_request *request = making->request;
	struct story *story = making->story;
	int err;

	story_begin_step(story, request->what);
	err = lm_protect(&story->world.map, request->range, request->change,
			 LM_WALKED_BY_TOLERANT, NULL);
	story_end_step(story, REPORT_STOP);
	return err;
}

int make_without_edit(struct making *making, const char **at)
{
	making->edit->by_edit = false;
	making->edit->numbers.commit = LM_LIVE;
	snprintf(making->edit->why, sizeof(making->edit->why),
		 "lm_protect() in atomic context: no edit or table, nobody held");
	*at = "changing permissions";
	return making->request->goal == EDIT_RUN ? protect_run(making) :
						   protect_pages(making);
}
