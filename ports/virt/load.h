/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Load: all CPUs but the first write patterns through the linear map, and check each by
 * reading it back, until they are stopped.
 */
#ifndef VIRT_LOAD_H
#define VIRT_LOAD_H

#include "devtree.h"

/* @from, @to: unused RAM. */
void load_init(const struct devtree *tree, uint64_t from, uint64_t to);

/* CPUs that work already continue. */
void load_start(void);

/* From now on these CPUs, a bit for each, have no part in it. Before load_start(). */
void load_spare(unsigned int cpu_bits);

/*
 * A check that every CPU but one (or NULL) takes a timer tick and, if it has work, makes
 * progress.
 */
struct cpu;
void load_expect_progress(const struct cpu *but, const char *when);

/* Stop the load, and check that nothing was ever read that had not been written. */
void load_stop(void);

#endif
