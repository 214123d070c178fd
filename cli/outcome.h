/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came of a story: what the model counted and found, and what only the
 * command can compare. Knows the model and the report; not the story.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "report.h"
#include "world.h"

/* Into a report whose leaves after the change are counted already. */
void outcome_report(const struct world *world, struct report *report);

#endif
