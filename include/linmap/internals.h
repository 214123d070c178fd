/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What linmap keeps in the structures that its callers own, such as struct lm_edit.
 * Nothing here is for callers to read or write, and all of it may change at any time.
 * linmap.h includes it.
 */
#ifndef LINMAP_INTERNALS_H
#define LINMAP_INTERNALS_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/desc.h>
#include <linmap/format.h>

struct lm_map;
struct lm_log;

/* At most so many exceptions of an edit, and as many ranges that it needs. */
#define LM_EDIT_RANGES 8

/* Exceptions of an edit, or what it needs; and the first range that it cannot use. */
struct lm_range_list {
	struct lm_range ranges[LM_EDIT_RANGES];
	unsigned int count;
	bool is_wrong;
	struct lm_range wrong;
};

/* A run of adjacent tables. */
struct lm_table_run {
	lm_pa_t first;
	uint64_t tables;
};

/* Free tables: the run that tables are taken from now, and the runs after it. */
struct lm_pool {
	struct lm_table_run open;
	lm_pa_t next;
	uint64_t tables; /* of all */
};

/*
 * Free tables, a pool for each level and one for the log: those that an edit owns, or a
 * deposit of the embedder's, see lm_edit_deposit().
 */
struct lm_reserve {
	const struct lm_map *map;
	struct lm_reserve *deposit;
	bool is_deposit;
	struct lm_pool pools[LM_LEVELS + 1];
};

/*
 * Where a walk is among the parts of an edit and its exceptions: from @start to @end,
 * offsets into the half, everything changes; before that nothing does.
 */
struct lm_cursor {
	uint64_t start;
	uint64_t end;
	size_t part;
	size_t exception;
};

/*
 * A table that a walk has come through: its descriptor; its copy, if there is one, and
 * what it held then; hierarchical attributes of its descriptor and of those above.
 */
struct lm_step {
	uint64_t attrs;
	lm_desc_t *slot;
	lm_desc_t desc;
	lm_desc_t *copy;
	const lm_desc_t *snapshot;
	bool is_copied; /* in the plan */
};

/*
 * Entries that change or are replaced, in address order; or tables that are copied. What
 * a live commit has to do about them: remove hints, change entries, set hints.
 */
struct lm_update_list {
	struct lm_log *first;
	struct lm_log *last;
	bool unhints;
	bool resizes;
	bool hints;
};

/* What goes when leaves become one larger leaf, and what comes. */
struct lm_merge {
	uint64_t leaves[LM_LEVELS][LM_LEAF_KINDS];
	uint64_t stray_hints;
	uint64_t tables[LM_LEVELS];
	uint64_t above[LM_LEVELS]; /* hierarchical attributes of these, or-ed */
	lm_desc_t leaf;		   /* its first entry, without a hint */
	int level;
	uint32_t entries; /* 1, or those of a run */
	uint64_t start;	  /* offset at which it begins */
	uint64_t end;
	uint64_t at; /* up to here all fits */
};

#endif
