/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Making an edit that was asked for, from its goal to its release, and noting how that
 * went. Knows the ways to commit; nothing of what the machine looks like afterwards.
 */
#ifndef MAKING_H
#define MAKING_H

#include "story_edit.h"

/* An edit that is being made. */
struct making {
	struct story *story;
	const struct edit_request *request;
	struct report_edit *edit;
};

/* Whether this is the edit that is to go wrong. */
bool making_commits_fault(const struct making *making);

/*
 * Make it, with the library's edits or with lm_protect() alone. Return: 0, or an error
 * of linmap, and then nothing has changed; @at: the step that it came from.
 */
int make_as_edit(struct making *making, const char **at);
int make_without_edit(struct making *making, const char **at);

#endif
