/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One edit of a map that is in use: from what is asked to what came of it. Knows how an
 * edit is made and judged; not which edits there are, nor where.
 */
#ifndef STORY_EDIT_H
#define STORY_EDIT_H

#include "expect.h"
#include "story_internal.h"

enum edit_goal {
	EDIT_PAGES,
	EDIT_BOUNDARIES,
	EDIT_PROTECT,
	EDIT_NON_GLOBAL,
	EDIT_COLLAPSE,
	EDIT_GUARDS, /* lm_protect(), page by page, without an edit */
	EDIT_RUN,    /* the same of a contiguous run, as if every CPU were level 3 */
};

/**
 * struct edit_request - an edit that is asked for
 * @name, @what: for programs, and for people
 * @range: where; not for %EDIT_NON_GLOBAL
 * @change: %EDIT_PROTECT, %EDIT_GUARDS, %EDIT_RUN
 * @step: %EDIT_GUARDS: bytes from one page to the next that changes
 * @deposit: where tables come from and go to, or NULL
 * @refuses: there is no memory: the allocator always fails
 */
struct edit_request {
	const char *name;
	const char *what;
	enum edit_goal goal;
	struct lm_range range;
	struct lm_leaf_change change;
	uint64_t step;
	struct lm_reserve *deposit;
	bool refuses;
};

/**
 * story_edit() - make an edit, and look at all there is afterwards
 * @request: what is asked
 * @expectation: of what was asked before; this is added, if it is done
 * @mapped: leaves as they were when RAM was mapped: what a collapse goes back to
 * @edit: filled in; its leaves before are known
 *
 * Return: 0, and @edit says what came of it; -1 with a complaint if there is no memory
 * on the host to look.
 */
int story_edit(struct story *story, const struct edit_request *request,
	       struct expectation *expectation, const struct report_leaves *mapped,
	       struct report_edit *edit);

#endif
