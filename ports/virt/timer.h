/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Time: a tick on every CPU, deadlines, and a count of instructions. */
#ifndef VIRT_TIMER_H
#define VIRT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

void timer_start(void); /* on the executing CPU: 100 ticks a second */
void timer_stop(void);
void timer_arm(void); /* for the next tick, from the interrupt of this one */

uint64_t timer_deadline(unsigned int milliseconds);
bool timer_is_past(uint64_t deadline);

/*
 * Instructions executed: under -icount QEMU counts them, for all CPUs together. Counts
 * nothing otherwise.
 */
void instructions_start(void);
bool instructions_are_counted(void);
uint64_t instructions(void);

#endif
