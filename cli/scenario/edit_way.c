// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Ways to commit, their reasons, and their refusals. */
#include "scenario/edit_way.h"

#include "options/way.h"

bool edit_way_cheapest(struct edit_run *run, enum lm_hold hold, enum lm_way *way)
{
	unsigned int culprit;

	return !lm_choose_way(&run->edit, &run->scenario->world.cpus, 0, hold, way,
			      &culprit);
}

/* With no CPU held, if that is safe. With all others held there is always a way. */
static enum lm_way choose(struct edit_run *run)
{
	enum lm_way way = LM_SWITCH;

	run->hold = LM_NONE_HELD;
	if (edit_way_cheapest(run, LM_NONE_HELD, &way))
		return way;
	run->hold = LM_OTHERS_HELD;
	edit_way_cheapest(run, LM_OTHERS_HELD, &way);
	return way;
}

/* Who is held for a way that --commit names: nobody, where that is enough. */
static enum lm_hold hold_for(struct edit_run *run, enum lm_way way)
{
	enum lm_way cheapest = LM_SWITCH;

	if (way == LM_ROLL)
		return LM_NONE_HELD;
	if (way == LM_BREAK || way == LM_SWITCH)
		return LM_OTHERS_HELD;
	return edit_way_cheapest(run, LM_NONE_HELD, &cheapest) && cheapest == LM_LIVE ?
		       LM_NONE_HELD :
		       LM_OTHERS_HELD;
}

static const char *why_no_cpu_walks(const struct edit_run *run)
{
	const struct edit_request *request = run->request;
	uint64_t bits = request->change.set | request->change.clear;

	if (request->goal == EDIT_NON_GLOBAL)
		return "global and not-global leaves must not meet in any TLB";
	if (request->goal == EDIT_PROTECT && (bits & LM_ATTR_MEMORY))
		return "another memory type needs break-before-make";
	return NULL;
}

/* Why lm_choose_way() chose this way. */
static void explain(const struct edit_run *run, enum lm_way way)
{
	const struct machine *machine = &run->scenario->machine;
	char *why = run->report->why;
	size_t size = sizeof(run->report->why);
	const char *reason = why_no_cpu_walks(run);
	bool all_take_it = machine->boot_bbm >= LM_BBM_LIVE &&
			   (machine->cpus == 1 || machine->secondary_bbm >= LM_BBM_LIVE);

	if (way == LM_ROLL)
		snprintf(why, size, "%s, so each CPU moves by itself, and none is held",
			 reason ? reason : "not every CPU is level 3");
	else if (reason)
		snprintf(why, size, "%s", reason);
	else if (way != LM_LIVE)
		snprintf(why, size,
			 "the boot CPU is level %u, and must not walk meanwhile",
			 machine->boot_bbm);
	else if (run->hold == LM_OTHERS_HELD)
		snprintf(why, size, "the boot CPU is level 3, and the others are held");
	else if (all_take_it)
		snprintf(why, size, "every CPU is level 3, so no CPU needs to be held");
	else
		snprintf(why, size, "%s, no leaf is split: no CPU needs to be held",
			 run->request->goal == EDIT_UNMAP ? "whole leaves go" :
							    "permissions only");
}

/* Why a planned edit has no leaf whose size it changes; or NULL. */
static const char *nothing_to_do(const struct edit_run *run)
{
	if (run->edit.plan.leaves)
		return NULL;
	switch (run->request->goal) {
	case EDIT_PAGES:
		return "nothing to do: all of it is pages already";
	case EDIT_BOUNDARIES:
		return "nothing to do: leaves begin and end there already";
	case EDIT_COLLAPSE:
		return "nothing to do: all leaves are as large as they can be";
	case EDIT_UNMAP:
		return "nothing to do: nothing is mapped there";
	case EDIT_PROTECT:
	case EDIT_NON_GLOBAL:
	case EDIT_GUARDS:
	case EDIT_RUN:
	case EDIT_NOTHING:
		break;
	}
	return NULL;
}

/* From an edit that has its goal to a released one. */
static int run_by(struct edit_run *run, enum lm_way way)
{
	int err = edit_run_plan(run, way);
	const char *nothing = err ? NULL : nothing_to_do(run);

	if (nothing)
		report_set_not_done(run->report, nothing);
	else if (!err)
		err = edit_run_commit(run);
	edit_run_release(run);
	return err;
}

static bool is_refused_way(int err)
{
	return err == -LM_EWAY || err == -LM_EUNSAFE || err == -LM_ESELF ||
	       err == -LM_EVOLATILE;
}

static void note_refusal(struct edit_run *run, enum lm_way way, int err)
{
	struct report_edit *edit = run->report;
	bool is_live = way == LM_IN_PLACE || way == LM_LIVE;
	const char *reason = is_live || way == LM_ROLL ? why_no_cpu_walks(run) : NULL;

	if (run->request->goal == EDIT_COLLAPSE && way == LM_IN_PLACE)
		reason = "a collapse can only be live, by break, switch or roll";
	if (run->request->goal == EDIT_UNMAP && way == LM_IN_PLACE)
		reason = "an unmapping can only be live, by break, switch or roll";
	if (reason)
		snprintf(edit->refused, sizeof(edit->refused), "%s: %s", lm_way_name(way),
			 reason);
	else if (err == -LM_EUNSAFE)
		snprintf(edit->refused, sizeof(edit->refused),
			 "%s: CPU %u is below level 3 and walks meanwhile",
			 lm_way_name(way), run->edit.culprit);
	else
		snprintf(edit->refused, sizeof(edit->refused), "%s: %s", lm_way_name(way),
			 lm_strerror(err));
}

/* First as --commit says, if it was given; if that is refused nothing has changed. */
int edit_way_run(struct edit_run *run)
{
	const struct scenario_options *options = run->scenario->options;
	enum lm_way way = choose(run);
	enum lm_hold hold = run->hold;
	int err;

	explain(run, way);
	if (options->choose_way || options->way == way)
		return run_by(run, way);

	run->hold = hold_for(run, options->way);
	err = run_by(run, options->way);
	if (!is_refused_way(err)) {
		if (!run->report->not_done[0])
			snprintf(run->report->why, sizeof(run->report->why),
				 "as --commit says");
		return err;
	}
	note_refusal(run, options->way, err);
	run->hold = hold;
	edit_run_set_goal(run);
	return run_by(run, way);
}
