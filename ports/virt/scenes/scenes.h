/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The story, scene by scene, in the order in which main.c plays them. */
#ifndef VIRT_SCENES_H
#define VIRT_SCENES_H

#include <linmap/linmap.h>

#include "devtree.h"
#include "options.h"
#include "stop.h"

struct world {
	const struct devtree *tree;
	const struct options *options;
};

/* What there is, and that the MMU sees it as it should be. */
void scene_map(const struct world *world);

/* A CPU does not come to be held: nothing changes, and it is not let in later. */
void scene_late(const struct world *world);

/* Pages of the whole linear map, if a CPU needs that. */
void scene_split(const struct world *world);

/* Pages of a part while all CPUs go on, if none minds. */
void scene_unheld(const struct world *world);

/* One stop, nothing else: one line for scripts/measure-virt.sh. */
void measure(const struct world *world);

/* ------------------------------------------------------- what they have in common */

/*
 * Plan, reserve and stage pages of a part of the linear map: by the way that was
 * asked for, or else by the cheapest that is safe if @hold is done about the others.
 */
void scene_prepare(const struct world *world, struct lm_edit *edit, struct lm_range range,
		   enum lm_hold hold);

/* Checks on an edit that was committed. */
void scene_expect_committed(const struct lm_edit *edit, int err, const struct stop *stop);

/* Release the edit; a check that everything came back but what the map has now. */
void scene_release(struct lm_edit *edit, uint64_t in_use_before);

#endif
