/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From arguments to options, and the help about them. One table of options serves both.
 */
#ifndef OPTIONS_PARSE_H
#define OPTIONS_PARSE_H

#include <stdio.h>

#include "base/error.h"
#include "options/options.h"

/*
 * Read the arguments of @command; argv[0] is its name. Opens no file.
 * 0, or -1 with an error.
 */
int options_parse(struct options *options, enum command command, int argc, char **argv,
		  struct error *error);

/* All commands that have the name of @command: with a SOURCE, plan and draw are others. */
enum command options_forms(enum command command);

/* Complete options->machine from what was given. 0, or -1 with an error. */
int options_load_machine(struct options *options, struct error *error);

/* After options_parse(), even if it failed. */
void options_free(struct options *options);

/* The list of options of @command, as --help shows it. */
void options_print(FILE *out, enum command command);

#endif
