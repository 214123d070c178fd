/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checking everything after an edit: every page, every leaf, what the model and the
 * verifier found. Knows what was asked; nothing of how the edit was run.
 */
#ifndef EDIT_CHECK_H
#define EDIT_CHECK_H

#include "scenario/edit_run.h"

/* Verify all tables; @when is for findings. 0, or -1 with an error: no memory on the host. */
int edit_verify(struct edit_run *run, const char *when, uint64_t *found);

/*
 * Report whether the map is as expected, and what was found since the previous edit.
 * Return: as edit_verify().
 */
int edit_check(struct edit_run *run);

#endif
