/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running an edit from its goal to its release, and reporting the result. Knows which
 * CPUs are held meanwhile and which fault to inject; nothing of how the way is chosen, nor
 * of what the map looks like afterwards.
 */
#ifndef EDIT_RUN_H
#define EDIT_RUN_H

#include "scenario/request.h"
#include "scenario/state.h"

/**
 * struct edit_run - an edit that is being run
 * @scenario: that it is part of
 * @request: what was asked for; stays valid
 * @report: its result
 * @fault: that is injected into this edit, or FAULT_NONE
 * @edit: the library's
 * @hold: which CPUs are held while it is committed
 * @at: the step that failed, if one did
 * @tables_before: in the map when it began
 * @moves_before: of each CPU, when it began
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
	uint64_t moves_before;
	uint64_t step_start_ns;
};

/* A new edit; the report gets the name of its fault. */
void edit_run_begin(struct edit_run *run, struct scenario *scenario,
		    const struct edit_request *request, struct report_edit *report,
		    enum fault fault);

/* Set the goal of the library's edit, which is then new, to plan it for the first time or
 * again. */
void edit_run_set_goal(struct edit_run *run);

/*
 * Each of these returns 0, or an error of linmap with the map unchanged. Release in any
 * case after planning.
 */
int edit_run_plan(struct edit_run *run, enum lm_way way);
int edit_run_commit(struct edit_run *run);
void edit_run_release(struct edit_run *run);

/* Without an edit: lm_protect() alone. */
int edit_run_protect(struct edit_run *run);

/* Steps are timed. */
void edit_run_begin_step(struct edit_run *run, const char *name);
void edit_run_end_step(struct edit_run *run, enum report_step step);

#endif
