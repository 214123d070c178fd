/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CPUs that move to other tables by themselves: linmap's protocol, by interrupts. */
#ifndef VIRT_ROLL_H
#define VIRT_ROLL_H

#include <linmap/roll.h>

#include "stop.h"

/**
 * struct roll_masked - how often CPUs masked all exceptions, and for how long
 * @times: how often
 * @least, @most: instructions from the first masked to the last masked one; with -icount,
 *	where QEMU runs one CPU at a time
 * @nested: how often they were masked before: then that took longer than was counted
 */
struct roll_masked {
	uint64_t times;
	uint64_t nested;
	uint32_t least;
	uint32_t most;
};

/**
 * struct roll_counts - what CPUs have done
 * @moves: to other tables, or back, in full
 * @homes: home, by one TTBR write
 */
struct roll_counts {
	struct roll_masked moves;
	struct roll_masked homes;
};

/* The only CPU that is up walks the map. From now on edits of it may roll. */
void roll_init(void);

/* Before a CPU is started: the TTBR1 that it begins with. And when it is known to be off. */
uint64_t roll_arrive(unsigned int cpu);
void roll_leave(unsigned int cpu);

/* TTBR1 without CnP, of the root (0) and of the last clone (1). How many CPUs are on it. */
uint64_t roll_root(unsigned int root);
unsigned int roll_on_clone(void);

/* Of all CPUs together. */
struct roll_counts roll_counts(void);

/*
 * CPU @cpu does not answer calls to roll from now on, until it is given up, which is once
 * all others have moved. MAX_CPUS: all answer.
 */
void roll_ignore(unsigned int cpu);

/*
 * CPU @cpu announces itself the next time, and then does not move before the leader's time
 * is over; wait until it has moved.
 */
void roll_dawdle(unsigned int cpu);
void roll_dawdle_end(void);

/* The leader has waited enough. For another CPU, while it waits. */
void roll_time_is_over(void);

/*
 * Commit an edit while all CPUs run, the caller's included: its exceptions are not masked.
 */
int roll_and_commit(struct lm_edit *edit, struct stop *stop);

/* From the interrupt, on the CPU that it is for; and by a CPU that has come up. */
void roll_answer(void);

#endif
