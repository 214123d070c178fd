/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The scenarios of the command, with every page checked. Boot: a machine maps its RAM,
 * finds that some CPU needs pages, and splits. Run time: the edits of a running machine.
 * Knows the library and the model; not where a machine came from, nor how a report is
 * shown.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "base/error.h"
#include "report/report.h"
#include "scenario/scenario_options.h"

/**
 * scenario_run() - run a scenario
 * @options: what happens
 * @report: filled in
 * @error: written if the scenario did not run to its end
 *
 * Return: 0 if it ran to its end: the report says whether every check passed; else the
 * code to exit with, after an error. If the way of the boot split was refused,
 * report_is_refused() says so, too.
 */
int scenario_run(const struct scenario_options *options, struct report *report,
		 struct error *error);

#endif
