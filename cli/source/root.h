/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether what is said to be a root is one. A dump can be wrong without any sign of it,
 * and wrong tables look like an empty map.
 */
#ifndef ROOT_H
#define ROOT_H

#include <linmap/linmap.h>

#include "source/facts.h"
#include "source/memory.h"

/**
 * struct step - one entry on the way to a translation
 * @level, @desc: the entry, and on which level
 * @pa: where it is
 */
struct step {
	int level;
	lm_desc_t desc;
	uint64_t pa;
};

/**
 * struct translation - where an address leads
 * @steps, @count: the entries on the way; fewer than the levels if one ends it early
 * @translates: it ends at a valid leaf
 * @unreadable: it ends at a table that cannot be read, @pa
 * @pa: otherwise where the address leads
 */
struct translation {
	struct step step[LM_LEVELS];
	size_t count;
	bool translates;
	bool unreadable;
	uint64_t pa;
};

/* Translate @va, which is in the map's range. */
void translate(const struct lm_map *map, uint64_t va, struct translation *translation);

/* 0, or -1 with an error that says why it is no root. */
int root_check(const struct lm_map *map, const struct memory *memory,
	       const struct facts *facts, const char *path, struct error *error);

#endif
