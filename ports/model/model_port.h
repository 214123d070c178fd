/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linmap on the machine model: the callbacks of an embedder whose machine is
 * the model. Knows both sides; neither of them knows the other.
 */
#ifndef MODEL_PORT_H
#define MODEL_PORT_H

#include <linmap/linmap.h>

#include "sim.h"

/* What can be got wrong on the way to the machine, to show that the model finds it. */
struct model_faults {
	bool no_tlbi;		 /* nothing is invalidated */
	bool last_level_tlbi;	 /* cached table descriptors are not invalidated */
	bool no_dsb_ishst;	 /* nothing orders stores to tables */
	bool no_dsb_after_tlbi;	 /* nobody waits for an invalidation */
	bool no_isb;		 /* a move goes on before TTBR has changed */
	bool members_one_by_one; /* hints do not leave a run before its members change */
	bool blind;		 /* a break is not told what it would cut off */
	bool wrong_address;	 /* the first new table begins with the wrong GiB */
	bool no_move;		 /* a move goes nowhere */
	bool no_tlbi_va;	 /* nothing is invalidated by address */
	bool tlbi_once;		 /* no second TLBI for CPUs that need one */
	uint8_t tlbi_shift; /* an address is shifted by this to be an operand, not by 12 */
};

/**
 * struct model_port - a machine that linmap is to run on
 * @sim: owned by the caller
 * @va_offset: input address less physical address, where tables are mapped
 * @faults: what goes wrong
 */
struct model_port {
	struct sim *sim;
	uint64_t va_offset;
	struct model_faults faults;
};

/* Callbacks whose context is @port, which has to stay where it is. */
struct lm_env model_port_env(struct model_port *port);

#endif
