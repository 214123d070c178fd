/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The last events that bear on what TLBs hold, to explain findings with: stores to tables
 * that are walked, barriers, TLBIs, TTBR writes. Draws no conclusions.
 */
#include <stdlib.h>

#include "sim_internal.h"

#define FEWEST 64u
#define MOST   0x20000u /* events; older ones are forgotten */

static void make_room(struct sim *sim)
{
	size_t room = sim->past_room ? 2 * sim->past_room : FEWEST;

	sim->past = realloc(sim->past, room * sizeof(*sim->past));
	if (!sim->past)
		abort();
	sim->past_room = room;
}

void sim_past_add(struct sim *sim, const struct sim_past *past)
{
	struct sim_past *at;

	if (sim->past_count == sim->past_room && sim->past_room < MOST)
		make_room(sim);
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
