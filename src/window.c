// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who may change a live map now. */
#include "core.h"

int lm_map_check_quiet(const struct lm_map *map)
{
	if (map->window)
		return -LM_EWINDOW;
	return map->away ? -LM_EAWAY : 0;
}

int lm_window_open(struct lm_window *window, struct lm_map *map,
		   const struct lm_cpus *cpus, unsigned int leader, enum lm_hold hold)
{
	int err = lm_map_check_quiet(map);

	if (leader >= cpus->count)
		return -LM_ECPU;
	if (err)
		return err;
	*window = (struct lm_window){
		.map = map,
		.cpus = cpus,
		.leader = leader,
		.hold = hold,
	};
	map->window = window;
	return 0;
}

void lm_window_close(struct lm_window *window)
{
	if (window->map->window == window)
		window->map->window = NULL;
}
