/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All options of all commands, one row each. Parsing and help are driven by it;
 * it knows nothing of either.
 */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include <stddef.h>

#include "base/error.h"
#include "options/options.h"

/* Takes the value of one option; -1 with an error if it is not valid. */
typedef int option_set_fn(struct options *options, const char *value,
			  struct error *error);

/* What an option's value is, and so what the member of struct options is. */
enum option_kind {
	OPTION_OWN,   /* its own function takes it */
	OPTION_FLAG,  /* bool: it was given */
	OPTION_BITS,  /* unsigned int: bits that it adds */
	OPTION_TEXT,  /* const char *: as given */
	OPTION_SMALL, /* uint8_t: a number */
	OPTION_COUNT, /* unsigned int: a number */
	OPTION_LARGE, /* uint64_t: a number */
};

/**
 * struct option_row - one option
 * @name: without dashes
 * @value: what its value is called, or NULL if it takes none
 * @commands: of enum command
 * @repeats: may be given more than once, and adds something each time
 * @kind: what takes its value
 * @offset: of the member of struct options that takes it, unless %OPTION_OWN
 * @low, @high: of numbers; @low is what %OPTION_BITS adds
 * @told: enum machine_assumed: what is then given and no longer assumed
 * @set: %OPTION_OWN: takes the value
 * @help: lines to print beside it; NULL: an older name of the row before it, accepted
 *	and not listed
 */
struct option_row {
	const char *name;
	const char *value;
	unsigned int commands;
	bool repeats;
	enum option_kind kind;
	size_t offset;
	uint64_t low;
	uint64_t high;
	unsigned int told;
	option_set_fn *set;
	const char *help;
};

#define OPTION_ROWS 44

extern const struct option_row option_rows[OPTION_ROWS];

/* Take the value of an option, or that it was given. 0, or -1 with an error. */
int option_take(const struct option_row *row, struct options *options, const char *value,
		struct error *error);

#endif
