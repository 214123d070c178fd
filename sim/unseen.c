/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stores to tables that are walked, until the DSB of the CPU that made them: walkers may
 * see the older value as well. Draws no conclusions.
 */
#include <stdlib.h>

#include "sim_internal.h"

void sim_unseen_add(struct sim *sim, const struct sim_change *change)
{
	struct sim_cpu *cpu = &sim->cpus[sim->cpu];
	struct sim_unseen *unseen = malloc(sizeof(*unseen));

	if (!unseen)
		abort();
	*unseen = (struct sim_unseen){
		.pa = change->pa,
		.index = change->index,
		.old = change->old,
		.cpu = sim->cpu,
		.next = cpu->unseen,
		.next_in_table = change->table->unseen,
	};
	cpu->unseen = unseen;
	change->table->unseen = unseen;
	sim->unseen_count++;
}

static void take_from_table(struct sim *sim, const struct sim_unseen *unseen)
{
	struct sim_unseen **link = &sim_table_of(sim, unseen->pa)->unseen;

	while (*link && *link != unseen)
		link = &(*link)->next_in_table;
	if (*link)
		*link = unseen->next_in_table;
}

static void seen_by_all(struct sim *sim)
{
	struct sim_cpu *cpu = &sim->cpus[sim->cpu];

	while (cpu->unseen) {
		struct sim_unseen *unseen = cpu->unseen;

		cpu->unseen = unseen->next;
		take_from_table(sim, unseen);
		free(unseen);
		sim->unseen_count--;
	}
}

void sim_unseen_settle(struct sim *sim, bool all)
{
	if (all) {
		seen_by_all(sim);
		return;
	}
	for (struct sim_unseen *unseen = sim->cpus[sim->cpu].unseen; unseen;
	     unseen = unseen->next)
		unseen->seen_here = true;
}
