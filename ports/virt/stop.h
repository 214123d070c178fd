/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stop: the port's only way to a window, and what is measured in it. From the first
 * CPU parked to the first let go, there is nothing but waiting and the commit.
 */
#ifndef VIRT_STOP_H
#define VIRT_STOP_H

#include <linmap/park.h>

/* How long a CPU may take to come. Generous: the host may be busy. */
#define STOP_PATIENCE_MS 20000

/**
 * struct stop - how a stop went
 * @patience_ms: how long to wait for a CPU; set by the caller
 * @culprit: the CPU that did not park, on -LM_ETIMEOUT
 * @instructions: of the leader, from when all are parked to when they are let go
 * @stack: bytes of stack that the commit used
 */
struct stop {
	unsigned int patience_ms;
	unsigned int culprit;
	uint32_t instructions;
	size_t stack;
};

/*
 * Park all others, commit, let them go. Returns what lm_park_gather() or the commit does.
 */
int stop_and_commit(struct lm_edit *edit, struct stop *stop);

/* Commit while all others run: they must be level 3. */
int commit_unheld(struct lm_edit *edit, struct stop *stop);

#endif
