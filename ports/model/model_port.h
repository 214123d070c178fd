/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linmap on the machine model: the callbacks of an embedder whose machine is
 * the model. Knows both sides; neither of them knows the other.
 */
#ifndef MODEL_PORT_H
#define MODEL_PORT_H

#include <linmap/linmap.h>

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
	uint8_t tlbi_shift; /* an operand is the address shifted by this, not by 12 */
};

/**
 * struct model_port - a machine that linmap runs on
 * @sim: owned by the caller
 * @va_offset: input address less physical address, where tables are mapped
 * @faults: what goes wrong
 */
struct model_port {
	struct sim *sim;
	uint64_t va_offset;
	struct model_faults faults;
};

/* Callbacks whose context is @port, which must not move. */
struct lm_env model_port_env(struct model_port *port);

#endif
