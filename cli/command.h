/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The subcommands: what main() calls, and what they have in common.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/error.h"
#include "options/options_parse.h"
#include "scenario/scenario.h"

/* argv[0] is the command's name. Return: enum exit_code. */
int command_run(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_decode(int argc, char **argv);
int command_draw(int argc, char **argv);
int command_cpus(int argc, char **argv);
int command_census(int argc, char **argv);
int command_walk(int argc, char **argv);
int command_check(int argc, char **argv);

/* Usage, a sentence and the options of a command, on stdout. */
void command_help(enum command command);

/**
 * command_begin() - read a command's arguments and its machine
 * @options: filled in
 * @code: what to exit with, if there is nothing more to do
 *
 * Prints what --help and --fault list ask for, and errors.
 *
 * Return: whether the command goes on; it then ends with options_free().
 */
bool command_begin(struct options *options, enum command command, int argc, char **argv,
		   int *code);

/* The scenario that @options ask for; the boot split alone, unless the caller adds to it. */
struct scenario_options command_scenario(const struct options *options,
					 struct progress *progress);

/* Run one scenario. Return: 0, or what to exit with, after an error. */
int command_run_scenario(const struct scenario_options *scenario, struct report *report);

/* No memory for a report. Return: what to exit with. */
int command_out_of_memory(void);

#endif
