/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a running scenario: its world, what was asked of it so far, its files.
 * Knows nothing of the edits.
 */
#ifndef STATE_H
#define STATE_H

#include "scenario/expect.h"
#include "scenario/outcome.h"
#include "report/report.h"
#include "scenario/scenario_options.h"
#include "scenario/world.h"

/**
 * struct scenario - a running scenario
 * @options: of it
 * @report: of it
 * @error: written if it ends early
 * @code: what to exit with then
 * @machine, @world: the machine, and its map on the model
 * @expectation: what was asked of every page so far
 * @mark: counts and findings of the model when the current edit began
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

/* Write an error about a step that failed with an error of linmap. Return: -1. */
int scenario_refuse(struct scenario *scenario, const char *step, int err);

/* Make the directories for dumps, if any were asked for. 0, or -1 with an error. */
int scenario_dump_begin(struct scenario *scenario);

/* Write the dumps that the options ask for. 0, or -1 with an error. */
int scenario_dump(struct scenario *scenario, const char *name);

#endif
