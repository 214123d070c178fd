/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parking: holding all CPUs but one where they cannot walk the map, so that
 * lm_window_open() may say LM_OTHERS_HELD. For kernels that have nothing of the kind;
 * in Linux stop_machine() does it. docs/parking.md has the protocol.
 */
#ifndef LINMAP_PARK_H
#define LINMAP_PARK_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/linmap.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct lm_park_port - what parking needs of a port
 * @ctx: handed to each
 * @call: make a CPU call lm_park_answer(), by an interrupt for instance. What
 *	linmap stored before must be visible before (DSB ISHST before an SGI); the
 *	CPU acknowledges the call before it answers
 * @expired: whether the leader has waited too long; asked while it waits
 * @relax: a moment's rest in a loop
 * @leave_map: on a CPU that is to be held: exceptions masked, TTBR of the map to
 *	an empty table with CnP clear, ISB, TLBI of all of it, DSB, ISB; from here to
 *	@enter_map it runs, and waits, in code and memory that the map does not
 *	translate, and no unit of this CPU uses the map either: SPE and TRBE are off
 *	and drained, SDEI is masked (docs/parking.md)
 * @enter_map: the reverse: TTBR to the map, ISB
 */
struct lm_park_port {
	void *ctx;
	void (*call)(void *ctx, unsigned int cpu);
	bool (*expired)(void *ctx);
	void (*relax)(void *ctx);
	void (*leave_map)(void *ctx, unsigned int cpu);
	void (*enter_map)(void *ctx, unsigned int cpu);
};

/**
 * struct lm_park - where CPUs are held while one of them commits
 * @word: generation in the upper half, CPUs that are held in the lower half
 * @cpus: how many there can be, the leader among them
 * @present: how many of them can walk the map
 * @last_held: of each CPU, the last generation that it was held in; LM_PARK_ABSENT for a
 *	CPU that cannot walk the map
 */
struct lm_park {
	uint64_t word;
	unsigned int cpus;
	unsigned int present;
	uint32_t *last_held;
};

/* Even: no CPU is ever held in such a generation. */
#define LM_PARK_ABSENT (UINT32_MAX - 1)

/**
 * lm_park_init() - nobody is held, and all CPUs can walk the map
 * @park: filled in
 * @last_held: memory for one word for each CPU, owned by the caller
 * @cpus: how many CPUs there are
 *
 * Context: any, before the first use; the caller's.
 */
void lm_park_init(struct lm_park *park, uint32_t *last_held, unsigned int cpus);

/**
 * lm_park_gather() - hold all CPUs but the caller's
 * @park: the place
 * @port: the port
 * @leader: the caller's CPU; one leader at a time
 * @culprit: set to the first CPU that did not arrive, on -LM_ETIMEOUT; to @park->cpus if
 *	that CPU went offline at that very moment
 *
 * After it, the caller may open a window with LM_OTHERS_HELD.
 *
 * Context: exceptions masked on the leader's CPU from before this call until
 * lm_park_let_go(): it must not answer the call of an earlier leader itself.
 * Waits without a bound for CPUs that are on their way back from an earlier
 * gathering.
 * Return: 0; -LM_ECPU if there is no such leader; -LM_ETIMEOUT: everybody was let go
 * again, and a CPU that comes late is not held.
 */
int lm_park_gather(struct lm_park *park, const struct lm_park_port *port,
		   unsigned int leader, unsigned int *culprit);

/**
 * lm_park_let_go() - end what lm_park_gather() began, if it succeeded
 * @park: the place
 *
 * Context: the leader's, window closed, invalidations complete.
 */
void lm_park_let_go(struct lm_park *park);

/**
 * lm_park_answer() - be held, if the leader still asks for it
 * @park: the place
 * @port: the port
 * @cpu: the caller's
 *
 * The held side, for ports whose code and stack the map does not translate; a
 * kernel that is in the map does the same in identity-mapped assembly.
 *
 * Context: exceptions masked.
 * Return: whether it was held; false if it came too late.
 */
bool lm_park_answer(struct lm_park *park, const struct lm_park_port *port,
		    unsigned int cpu);

/**
 * lm_park_arrive() - a CPU is about to be started
 * @park: the place
 * @cpu: the CPU
 *
 * Called by the CPU that starts it, before it does: from now on a leader waits for @cpu.
 * The starting CPU can walk the map, so it is held itself, or leads, in any gathering that
 * succeeds, and a gathering that did not wait for @cpu cannot be complete yet. As soon as
 * @cpu can answer calls it answers once by itself: it may have missed the leader's.
 *
 * For a CPU that is present already nothing happens.
 *
 * Context: any, on a CPU that can walk the map. Not while another call is made for @cpu.
 */
void lm_park_arrive(struct lm_park *park, unsigned int cpu);

/**
 * lm_park_leave() - a CPU can no longer walk the map
 * @park: the place
 * @cpu: the CPU
 *
 * Called when a CPU goes offline, after it has left the map as @leave_map does; or for it
 * by another CPU that knows it to be off. A leader that waits for it waits no more. For a
 * CPU that is absent already nothing happens.
 *
 * Context: any; not while @cpu answers, and not for a CPU that leads.
 */
void lm_park_leave(struct lm_park *park, unsigned int cpu);

#ifdef __cplusplus
}
#endif

#endif
