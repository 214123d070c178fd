/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The result of an edit: what the model counted and found, and what only the
 * command can compare. Knows the model and the report; not the edit.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "report/report.h"
#include "scenario/world.h"

/*
 * The counts and findings of the model when an edit began: later ones are the edit's. All
 * 0 for the first edit.
 */
struct outcome_mark {
	struct sim_events events;
	struct sim_events in_stop;
	uint64_t found[SIM_FINDING_KINDS];
	size_t kept;
};

/* All 0 in a world without a model. */
struct outcome_mark outcome_mark(const struct world *world);

/* Report counts and findings since @mark; the leaves after the edit are counted already. */
void outcome_report(const struct world *world, const struct outcome_mark *mark,
		    struct report_edit *report);

/* After a release, and with an empty deposit, every allocated table is the map's. */
void outcome_compare_allocated(const struct world *world, struct report_edit *report);

#endif
