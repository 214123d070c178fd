/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The commands of the command: what main() calls, and what they share.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "complaint.h"
#include "options.h"
#include "story.h"

/* argv[0] is the command's name. Return: enum exit_code. */
int command_run(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_decode(int argc, char **argv);
int command_draw(int argc, char **argv);
int command_cpus(int argc, char **argv);

/* Usage, a sentence and the options of a command, on stdout. */
void command_help(enum command command);

/**
 * command_begin() - read a command's arguments and its machine
 * @options: filled in
 * @code: what to exit with, if there is nothing more to do
 *
 * Answers --help and --fault list itself, and complains.
 *
 * Return: whether the command goes on; it then ends with options_free().
 */
bool command_begin(struct options *options, enum command command, int argc, char **argv,
		   int *code);

/* The story that @options ask for. */
struct story_options command_story_options(const struct options *options,
					   struct progress *progress);

/*
 * Tell the story that @options ask for. Return: 0, or what to exit with, and then
 * @complaint says why.
 */
int command_story(const struct options *options, bool plan_only,
		  struct progress *progress, struct report *report,
		  struct complaint *complaint);

/* Tell the one story of a command. Return: 0, or what to exit with, after a complaint. */
int command_one_story(const struct options *options, bool plan_only,
		      struct report *report);

/* A report could not be made for want of memory. Return: what to exit with. */
int command_out_of_memory(void);

#endif
