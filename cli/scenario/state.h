/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A scenario that runs: the world that it happens in, what was asked of it so far, the
 * files written on the way. Knows nothing of the edits.
 */
#ifndef STATE_H
#define STATE_H

#include "scenario/expect.h"
#include "scenario/outcome.h"
#include "report/report.h"
#include "scenario/scenario_options.h"
#include "scenario/world.h"

/**
 * struct scenario - a scenario that runs
 * @options: of it
 * @report: of it
 * @error: written if it ends early
 * @code: what to exit with, should it do so
 * @machine, @world: where it happens
 * @expectation: what was asked of every page so far
 * @mark: what the model had counted and found when the edit in flight began
 */
struct scenario {
	const struct scenario_options *options;
	struct report *report;
	struct error *error;
	int code;
	struct machine machine;
	struct world world;
	struct expectation expectation;
	struct outcome_mark mark;
};

/* An error about a step that an error of linmap ended. Return: -1. */
int scenario_refuse(struct scenario *scenario, const char *step, int err);

/* Make the places for the tables, if they are wanted. 0, or -1 with an error. */
int scenario_dump_begin(struct scenario *scenario);

/* Write the tables as they are now to where the options say. 0, or -1 with an error. */
int scenario_dump(struct scenario *scenario, const char *name);

#endif
