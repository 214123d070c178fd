/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running an edit in the way that was asked for, or else in the cheapest safe one, and
 * saying why. Knows nothing of what the map looks like afterwards.
 */
#ifndef EDIT_WAY_H
#define EDIT_WAY_H

#include "scenario/edit_run.h"

/* The cheapest way for an edit that has its goal while @hold are held; false: none. */
bool edit_way_cheapest(struct edit_run *run, enum lm_hold hold, enum lm_way *way);

/*
 * Run an edit that has its goal, at run time, up to its release: other CPUs are held only
 * if they must be. A way that is refused is replaced by the cheapest. Return: 0, or an
 * error of linmap, and then nothing has changed; run->at is the step that failed.
 */
int edit_way_run(struct edit_run *run);

#endif
