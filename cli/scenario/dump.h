/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A map as files: its raw tables, for other tools to walk, and what they map as text,
 * for people and diff. linmap(1) has the formats. Knows nothing of what the tables are for.
 */
#ifndef DUMP_H
#define DUMP_H

#include "base/error.h"
#include "scenario/world.h"

/* Make DIR if it does not exist. 0, or -1 with an error: it cannot be written to. */
int dump_open(const char *dir, struct error *error);

/* Write DIR/NAME.bin and DIR/NAME.json. 0, or -1 with an error. */
int dump_tables(const struct world *world, const char *dir, const char *name,
		struct error *error);

/* Write lm_dump()'s lines to DIR/NAME.txt. 0, or -1 with an error. */
int dump_text(const struct world *world, const char *dir, const char *name,
	      struct error *error);

#endif
