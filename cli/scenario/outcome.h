/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came of an edit: what the model counted and found, and what only the
 * command can compare. Knows the model and the report; not the edit.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "report/report.h"
#include "scenario/world.h"

/*
 * What the model had counted and found when an edit began: findings and events after
 * it are the edit's. All 0 for the first one.
 */
struct outcome_mark {
	struct sim_events events;
	struct sim_events in_stop;
	uint64_t found[SIM_FINDING_KINDS];
	size_t kept;
};

/* All 0 in a world without a model, too. */
struct outcome_mark outcome_mark(const struct world *world);

/* Since @mark, into a report whose leaves after the change are counted already. */
void outcome_report(const struct world *world, const struct outcome_mark *mark,
		    struct report_edit *report);

/* After a release, and with an empty deposit, every allocated table is the map's. */
void outcome_compare_allocated(const struct world *world, struct report_edit *report);

#endif
