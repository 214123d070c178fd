/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The last events that bear on what TLBs hold, to explain findings with: stores to tables
 * that are walked, barriers, TLBIs, TTBR writes. Draws no conclusions.
 */
#include <stdlib.h>

#include "sim_internal.h"

/* Events; older ones are forgotten. A power of two, as each size that sim_grow() makes. */
#define MOST 0x20000u

void sim_past_add(struct sim *sim, const struct sim_past *past)
{
	struct sim_past *at;

	if (sim->past_count < MOST)
		sim->past = sim_grow(sim->past, &sim->past_room, sim->past_count + 1,
				     sizeof(*sim->past));
	at = &sim->past[sim->past_count++ & (sim->past_room - 1)];
	*at = *past;
	at->event = sim->event;
	at->cpu = sim->cpu;
}

const struct sim_past *sim_past_at(const struct sim *sim, size_t back)
{
	if (back >= sim->past_count || back >= sim->past_room)
		return NULL;
	return &sim->past[(sim->past_count - 1 - back) & (sim->past_room - 1)];
}

void sim_past_free(struct sim *sim)
{
	free(sim->past);
}
