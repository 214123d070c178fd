/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Switching CPUs on and off, by PSCI. A CPU is counted as present before it is started, and
 * until it is known to be off.
 */
#ifndef VIRT_POWER_H
#define VIRT_POWER_H

#include "devtree.h"

struct cpu;

/* Start all CPUs but the caller's, and wait for them. Rolling has been initialised. */
void power_on_all(const struct devtree *tree);

/*
 * Start a CPU that is off, on any other one that walks the map. It begins on the root that
 * every CPU has to be on. power_wait() waits until it is online.
 */
void power_on(struct cpu *cpu);
void power_wait(const struct cpu *cpu);

/* Switch off a CPU that has no work, and wait until PSCI says that it is off. */
void power_off(struct cpu *cpu);

#endif
