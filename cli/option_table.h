/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All options of all commands, one row each. Parsing and help are driven by it;
 * it knows nothing of either.
 */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include "options.h"

/* Takes the value of one option; -1 with a complaint if there is no such value. */
typedef int option_set_fn(struct options *options, const char *value,
			  struct complaint *complaint);

/**
 * struct option_row - one option
 * @name: without dashes
 * @value: what its value is called, or NULL if it takes none
 * @commands: of enum command
 * @repeats: each time it is given adds something
 * @set: takes the value
 * @help: lines to stand beside it
 */
struct option_row {
	const char *name;
	const char *value;
	unsigned int commands;
	bool repeats;
	option_set_fn *set;
	const char *help;
};

#define OPTION_ROWS 34

extern const struct option_row option_rows[OPTION_ROWS];

#endif
