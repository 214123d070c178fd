/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Geometry as the support files share it; tests have machine_entry_size() and the like.
 */
#ifndef TESTS_SHAPES_H
#define TESTS_SHAPES_H

#include "support.h"

/* What a leaf can be, the largest first. */
struct shape {
	uint64_t entry_size;
	unsigned int run; /* 0: no runs */
	int level;
};

/* Those that a machine can have, the largest first; the last has size 0. */
const struct shape *shapes_of(const struct machine *m);
/* The one on @level. */
const struct shape *shape_at(const struct machine *m, int level);
/* Bytes that a contiguous run of @shape maps; 0 if there are none. */
uint64_t run_size(const struct machine *m, const struct shape *shape);

unsigned int entry_shift(const struct machine_config *config, int level);
/* Bytes of a half, and of a table on @level. */
uint64_t half_size(const struct machine *m);
uint64_t table_bytes(const struct machine *m, int level);

#endif
