/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CPUs that move to other tables by themselves: linmap's protocol, by interrupts. */
#ifndef VIRT_ROLL_H
#define VIRT_ROLL_H

#include <linmap/roll.h>

#include "stop.h"

/**
 * struct roll_counts - of one CPU
 * @moves: how often it moved to other tables, or back, in full
 * @homes: how often it went home by one TTBR write
 * @most: the most instructions of this CPU with all exceptions masked for a move; with
 *	-icount, where QEMU runs one CPU at a time
 * @most_home: the same for the way home
 */
struct roll_counts {
	uint64_t moves;
	uint64_t homes;
	uint32_t most;
	uint32_t most_home;
};

/* All CPUs are up, and walk the map. From now on edits of it may roll. */
void roll_init(void);

const struct roll_counts *roll_counts(unsigned int cpu);

/* CPU @cpu does not answer calls to roll from now on; MAX_CPUS: all do. */
void roll_ignore(unsigned int cpu);

/*
 * Commit an edit while all CPUs run, the caller's included: its exceptions are not masked.
 */
int roll_and_commit(struct lm_edit *edit, struct stop *stop);

/* From the interrupt, on the CPU that it is for. */
void roll_answer(void);

#endif
