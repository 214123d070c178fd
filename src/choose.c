// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The cheapest way to commit an edit that the rules allow. */
#include "core.h"

int lm_choose_way(const struct lm_edit *edit, const struct lm_cpus *cpus,
		  unsigned int leader, enum lm_hold hold, enum lm_way *way,
		  unsigned int *culprit)
{
	struct lm_walking who = { cpus, leader, hold };
	unsigned int changes = lm_goal_kinds(edit);

	if (leader >= cpus->count)
		return -LM_ECPU;
	if (!changes || lm_edit_cuts(edit))
		changes |= 1U << LM_CHANGE_SIZE;
	if (lm_goal_has_change(edit) && lm_edit_changes_runs(edit))
		changes |= 1U << LM_CHANGE_RUN;
	*way = LM_LIVE;
	if (!lm_way_check(LM_LIVE, changes, &who, culprit))
		return 0;
	if (edit->map->env.roller && edit->locked && hold == LM_NONE_HELD) {
		*way = LM_ROLL;
		return lm_way_check(LM_ROLL, changes, &who, culprit);
	}
	*way = edit->map->env.move ? LM_SWITCH : LM_BREAK;
	return lm_way_check(*way, changes, &who, culprit);
}
