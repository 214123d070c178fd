/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running an edit that was asked for, from its goal to its release, and noting how that
 * went. Knows which CPUs are held meanwhile and what is to go wrong; nothing of the way
 * to take, nor of what the machine looks like afterwards.
 */
#ifndef EDIT_RUN_H
#define EDIT_RUN_H

#include "scenario/request.h"
#include "scenario/state.h"

/**
 * struct edit_run - an edit that is being run
 * @scenario: in which
 * @request: what was asked for; stays valid
 * @report: what comes of it
 * @fault: that this edit is to commit, or FAULT_NONE
 * @edit: the library's
 * @hold: who else is held while it is committed
 * @at: the step that was refused, if one was
 * @tables_before: in the map when it began
 * @step_start_ns: when the step began
 */
struct edit_run {
	struct scenario *scenario;
	const struct edit_request *request;
	struct report_edit *report;
	enum fault fault;
	struct lm_edit edit;
	enum lm_hold hold;
	const char *at;
	uint64_t tables_before;
	uint64_t step_start_ns;
};

/* A new edit; the fault that it is to commit is noted in the report. */
void edit_run_begin(struct edit_run *run, struct scenario *scenario,
		    const struct edit_request *request, struct report_edit *report,
		    enum fault fault);

/* The library's edit, with its goal: as new, so that it can be planned, or once more. */
void edit_run_set_goal(struct edit_run *run);

/*
 * Each of these: 0, or an error of linmap, and then the map is as it was. Release in any
 * case after planning.
 */
int edit_run_plan(struct edit_run *run, enum lm_way way);
int edit_run_commit(struct edit_run *run);
void edit_run_release(struct edit_run *run);

/* Without the library's edits: lm_protect() alone. */
int edit_run_protect(struct edit_run *run);

/* Steps are timed. */
void edit_run_begin_step(struct edit_run *run, const char *name);
void edit_run_end_step(struct edit_run *run, enum report_step step);

#endif
