/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linmap on the machine model: the callbacks of an embedder whose machine is
 * the model. Knows both sides; neither of them knows the other.
 */
#ifndef MODEL_PORT_H
#define MODEL_PORT_H

#include <linmap/linmap.h>
#include <linmap/roll.h>

#include "sim.h"

/* Errors that a port can make, to show that the model finds them. */
struct model_faults {
	bool no_tlbi;		 /* nothing is invalidated */
	bool last_level_tlbi;	 /* cached table descriptors are not invalidated */
	bool no_dsb_ishst;	 /* nothing orders stores to tables */
	bool no_dsb_after_tlbi;	 /* nothing waits for an invalidation */
	bool no_isb;		 /* a move continues before TTBR has changed */
	bool members_one_by_one; /* members of a run change before its hints are gone */
	bool blind;		 /* a break does not know what it would cut off */
	bool wrong_address;	 /* the first new table begins at the wrong GiB */
	bool no_move;		 /* a move goes nowhere */
	bool no_tlbi_va;	 /* nothing is invalidated by address */
	bool tlbi_once;		 /* no second TLBI for CPUs that need one */
	bool tlbi_only;		 /* instead of all by broadcast, only the page at @only */
	lm_va_t only;
	uint8_t tlbi_shift; /* an operand is the address shifted by this, not by 12 */

	/* In a roll. "The last CPU" is the one with the highest number. */
	bool roll_no_tlbi;	/* no TLBI on the way to the clone */
	bool roll_no_broadcast; /* none between the stores and the way home */
	bool back_no_tlbi;	/* asked back, CPUs do not invalidate, and nobody does */
	bool believed_early; /* when the leader has moved, all is believed to be done */
	bool home_early;     /* CPUs go home before the root is equal */
	bool stored_early;   /* the root changes before the others have moved */
	bool unmovable;	     /* the last CPU walks the root and does not move */
	bool freed_early;    /* all is given back before the last CPU is home */
	bool resumed;	     /* the last CPU sleeps, and resumes on the root */
	bool late_mover;     /* it moves after the leader has given up, unnoticed */
	bool cnp_left_on;
};

struct model_roll;

/**
 * struct model_port - a machine that linmap runs on
 * @sim: owned by the caller
 * @va_offset: input address less physical address, where tables are mapped
 * @cnp: CPUs set TTBR.CnP, except while they roll
 * @faults: what goes wrong
 * @roll: from model_roll_new(), or NULL: CPUs cannot roll
 */
struct model_port {
	struct sim *sim;
	uint64_t va_offset;
	bool cnp;
	struct model_faults faults;
	struct model_roll *roll;
};

/* Callbacks whose context is @port, which must not move. */
struct lm_env model_port_env(struct model_port *port);

/* --------------------------------------------------------------------- rolling */

/**
 * struct model_roll - CPUs of the model that move by themselves, by linmap's protocol
 * @port: whose they are
 * @commit: linmap's; env.roller
 * @moves: of each CPU, how often it was interrupted and moved, or went home
 * @leader: the CPU that calls the others
 * @answers: whether a CPU answers when it is called; NULL: each does. A CPU that does not
 *	answer at once is late: the leader does not wait
 * @late: called when a CPU is late and the leader can no longer give up; must make the CPU
 *	answer. NULL if no CPU is ever late then
 * @ctx: passed to these two
 */
struct model_roll {
	struct model_port *port;
	struct lm_roll_commit commit;
	uint64_t *moves;
	unsigned int leader;
	bool (*answers)(void *ctx, unsigned int cpu);
	void (*late)(void *ctx, unsigned int cpu);
	void *ctx;

	struct lm_roll roll;
	struct lm_roll_port roll_port;
	uint32_t *last;
};

/*
 * Let @port's CPUs roll, all of which are present; before model_port_env(). NULL if there
 * is no memory, or linmap cannot count that many CPUs.
 */
struct model_roll *model_roll_new(struct model_port *port, unsigned int cpus,
				  lm_pa_t root);
void model_roll_free(struct model_roll *roll);

/* The last CPU moves to the last clone, after all. */
void model_roll_move_late(struct model_roll *roll);

/* What the executing CPU does to move, and to go home. */
void model_port_move(struct model_port *port, lm_pa_t root);
void model_port_go_home(struct model_port *port, lm_pa_t root);

/* Invalidate all TLBs, after stores. */
void model_port_invalidate(struct model_port *port);

#endif
