// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rolling the CPUs of the model by linmap's protocol. A CPU that is called answers at once,
 * as if its interrupt came before the leader's next instruction. Another order would show
 * nothing else: between two steps of the leader, what each CPU does concerns only itself.
 */
#include <stdlib.h>

#include "model_port.h"

static bool is_last(const struct model_roll *roll, unsigned int cpu)
{
	return cpu == roll->roll.cpus - 1;
}

static void call(void *ctx, unsigned int cpu)
{
	struct model_roll *roll = ctx;

	if (roll->port->faults.late_mover && is_last(roll, cpu))
		return;
	if (roll->answers && !roll->answers(roll->ctx, cpu))
		return;
	sim_on_cpu(roll->port->sim, cpu);
	roll->moves[cpu] += lm_roll_answer(&roll->roll, &roll->roll_port, cpu);
	sim_on_cpu(roll->port->sim, roll->leader);
}

/* Every CPU that answers has answered by now. */
static bool expired(void *ctx)
{
	(void)ctx;
	return true;
}

static void relax(void *ctx)
{
	(void)ctx;
}

static void move_without_tlbi(struct model_port *port, lm_pa_t root)
{
	bool no_tlbi = port->faults.no_tlbi;

	port->faults.no_tlbi = true;
	model_port_move(port, root);
	port->faults.no_tlbi = no_tlbi;
}

/* To the clone, and what can go wrong there. */
static void move_out(struct model_roll *roll, unsigned int cpu, lm_pa_t clone)
{
	struct model_port *port = roll->port;
	const struct model_faults *faults = &port->faults;
	lm_pa_t home = roll->commit.root[roll->roll.home];

	if ((faults->unmovable && is_last(roll, cpu)) ||
	    (faults->stored_early && cpu != roll->leader))
		return;
	if (faults->roll_no_tlbi)
		move_without_tlbi(port, clone);
	else
		model_port_move(port, clone);
	if (faults->home_early)
		model_port_go_home(port, home);
	if (faults->resumed && is_last(roll, cpu))
		model_port_move(port, home);
	if (faults->believed_early && cpu == roll->leader)
		sim_expect_clean_at(port->sim, clone.v);
}

static void move(void *ctx, unsigned int cpu, unsigned int root)
{
	struct model_roll *roll = ctx;
	lm_pa_t to = roll->commit.root[root];

	if (root != roll->roll.home)
		move_out(roll, cpu, to);
	else if (roll->port->faults.back_no_tlbi)
		move_without_tlbi(roll->port, to);
	else
		model_port_move(roll->port, to);
}

static void go_home(void *ctx, unsigned int cpu, unsigned int root)
{
	struct model_roll *roll = ctx;

	if (roll->port->faults.freed_early && is_last(roll, cpu))
		return;
	model_port_go_home(roll->port, roll->commit.root[root]);
}

static void invalidate(void *ctx)
{
	const struct model_roll *roll = ctx;

	if (!roll->port->faults.back_no_tlbi)
		model_port_invalidate(roll->port);
}

void model_roll_move_late(struct model_roll *roll)
{
	sim_on_cpu(roll->port->sim, roll->roll.cpus - 1);
	model_port_move(roll->port, roll->commit.root[!roll->roll.home]);
	sim_on_cpu(roll->port->sim, roll->leader);
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
