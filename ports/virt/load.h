/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Load: all CPUs but the first write patterns through the linear map, and check
 * each by reading it back, until they are told to stop.
 */
#ifndef VIRT_LOAD_H
#define VIRT_LOAD_H

#include "devtree.h"

/* @from, @to: RAM in between is nobody's. */
void load_init(const struct devtree *tree, uint64_t from, uint64_t to);

/* Those that work already go on with that. */
void load_start(void);

/*
 * A check that every CPU but one (or NULL) takes a tick of its timer and, if it has
 * work, does it once more.
 */
struct cpu;
void load_expect_progress(const struct cpu *but, const char *when);

/* Stops it, and checks that nothing was ever read that had not been written. */
void load_stop(void);

#endif
