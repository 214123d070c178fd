/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A request for an edit: what and where. Knows nothing of how it is run. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/linmap.h>

enum edit_goal {
	EDIT_NOTHING, /* no change */
	EDIT_PAGES,
	EDIT_BOUNDARIES,
	EDIT_PROTECT,
	EDIT_NON_GLOBAL,
	EDIT_COLLAPSE,
	EDIT_UNMAP,
	EDIT_GUARDS, /* lm_protect(), page by page, without an edit */
	EDIT_RUN,    /* the same of a contiguous run, as if every CPU were level 3 */
};

/**
 * struct edit_request - a request for an edit
 * @name, @what: for programs, and for people
 * @range: where; not for %EDIT_NON_GLOBAL
 * @change: %EDIT_PROTECT, %EDIT_GUARDS, %EDIT_RUN
 * @step: %EDIT_GUARDS, or with @parts: bytes from one page to the next that changes
 * @parts, @part_count: only these pages of @range, by one edit; NULL: all of it
 * @deposit: where tables come from and go, or NULL
 * @no_memory: the allocator always fails
 * @names_steps: it takes long: progress shows each step
 */
struct edit_request {
	const char *name;
	const char *what;
	enum edit_goal goal;
	struct lm_range range;
	struct lm_leaf_change change;
	uint64_t step;
	const struct lm_range *parts;
	size_t part_count;
	struct lm_reserve *deposit;
	bool no_memory;
	bool names_steps;
};

#endif
