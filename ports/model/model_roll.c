// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rolling the CPUs of the model by linmap's protocol. A CPU that is called answers at once,
 * as if its interrupt came before the leader's next instruction. Another order would show
 * nothing else: between two steps of the leader, what each CPU does concerns only itself.
 */
#include <stdlib.h>

#include "model_port.h"

static void call(void *ctx, unsigned int cpu)
{
	struct model_roll *roll = ctx;

	if (roll->answers && !roll->answers(roll->ctx, cpu))
		return;
	sim_on_cpu(roll->port->sim, cpu);
	roll->moves[cpu] += lm_roll_answer(&roll->roll, &roll->roll_port, cpu);
	sim_on_cpu(roll->port->sim, roll->leader);
}

/* Who can come has come. */
static bool expired(void *ctx)
{
	(void)ctx;
	return true;
}

static void relax(void *ctx)
{
	(void)ctx;
}

static void move(void *ctx, unsigned int cpu, unsigned int root)
{
	struct model_roll *roll = ctx;

	(void)cpu;
	model_port_move(roll->port, roll->commit.root[root]);
}

static void go_home(void *ctx, unsigned int cpu, unsigned int root)
{
	struct model_roll *roll = ctx;

	(void)cpu;
	model_port_go_home(roll->port, roll->commit.root[root]);
}

static void invalidate(void *ctx)
{
	const struct model_roll *roll = ctx;

	model_port_invalidate(roll->port);
}

static void late(void *ctx, unsigned int cpu)
{
	struct model_roll *roll = ctx;

	if (!roll->late)
		abort();
	roll->late(roll->ctx, cpu);
}

struct model_roll *model_roll_new(struct model_port *port, unsigned int cpus,
				  lm_pa_t root)
{
	struct model_roll *roll = calloc(1, sizeof(*roll));

	if (!roll)
		return NULL;
	*roll = (struct model_roll){
		.port = port,
		.moves = calloc(cpus, sizeof(*roll->moves)),
		.last = calloc(cpus, sizeof(*roll->last)),
		.roll_port = {
			.ctx = roll,
			.call = call,
			.expired = expired,
			.relax = relax,
			.move = move,
			.go_home = go_home,
			.invalidate = invalidate,
		},
	};
	if (!roll->moves || !roll->last || lm_roll_init(&roll->roll, roll->last, cpus)) {
		model_roll_free(roll);
		return NULL;
	}
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		lm_roll_arrive(&roll->roll, cpu);
	lm_roll_commit_init(&roll->commit, &roll->roll, &roll->roll_port, root);
	roll->commit.late = late;
	port->roll = roll;
	return roll;
}

void model_roll_free(struct model_roll *roll)
{
	if (!roll)
		return;
	free(roll->moves);
	free(roll->last);
	free(roll);
}
