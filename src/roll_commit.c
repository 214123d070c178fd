// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a commit by LM_ROLL asks of a port, by the protocol of roll.c. Knows where the two
 * roots are; nothing of what they lead to.
 */
#include "core.h"

#include <linmap/roll.h>

static void begin(const struct lm_roll_commit *commit)
{
	if (commit->begin)
		commit->begin(commit->port->ctx);
}

static int take_back(void *ctx, unsigned int *culprit)
{
	struct lm_roll_commit *commit = ctx;

	begin(commit);
	return lm_roll_back(commit->roll, commit->port, culprit) ? -LM_EAWAY : 0;
}

/* A CPU reads the addresses after the word that sends it there. */
static int take_out(void *ctx, lm_pa_t home, lm_pa_t clone, unsigned int *culprit)
{
	struct lm_roll_commit *commit = ctx;
	unsigned int away = 0;
	int err;

	if (commit->roll->away)
		return -LM_ESTATE;
	commit->root[commit->roll->home] = home;
	commit->root[!commit->roll->home] = clone;
	begin(commit);
	err = lm_roll_out(commit->roll, commit->port, culprit);
	if (err && take_back(commit, &away)) {
		*culprit = away;
		return -LM_EAWAY;
	}
	return err;
}

static void take_home(void *ctx)
{
	struct lm_roll_commit *commit = ctx;
	unsigned int cpu;

	begin(commit);
	while (lm_roll_home(commit->roll, commit->port, &cpu)) {
		if (commit->late)
			commit->late(commit->port->ctx, cpu);
		begin(commit);
	}
}

static void settle(void *ctx)
{
	struct lm_roll_commit *commit = ctx;

	lm_roll_settle(commit->roll, commit->port);
}

void lm_roll_commit_init(struct lm_roll_commit *commit, struct lm_roll *roll,
			 const struct lm_roll_port *port, lm_pa_t root)
{
	*commit = (struct lm_roll_commit){
		.roller = { .ctx = commit,
			    .out = take_out,
			    .back = take_back,
			    .go_home = take_home },
		.roll = roll,
		.port = port,
	};
	commit->root[roll->home] = root;
}

void lm_roll_commit_settles(struct lm_roll_commit *commit, lm_pa_t *clone)
{
	commit->roller.settle = settle;
	commit->roller.clone = clone;
}
