/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is measured: a map of 1 GiB blocks, and the edit that makes pages of it, step by
 * step. Knows nothing of what the times are compared with.
 */
#ifndef BENCH_SPLIT_H
#define BENCH_SPLIT_H

#include "memory.h"

/* A map, and an edit of all of it. */
struct split {
	struct lm_map map;
	struct lm_region region;
	struct lm_edit edit;
};

uint64_t now_ns(void);

/* Map @gib GiB of blocks through @env, and begin an edit. */
void split_begin_in(struct split *split, const struct lm_env *env, uint64_t gib);
/* The same in all of @memory, whatever it contains; see memory_env(). */
void split_begin(struct split *split, struct memory *memory, bool counting, uint64_t gib);

/* Nanoseconds of one step. The stop: with the window open, nothing else. */
uint64_t split_stage(struct split *split);
uint64_t split_stop(struct split *split);

/* All of it, with the nanoseconds of one step: contestants. */
uint64_t split_run_stage(struct memory *memory, uint64_t gib, enum lm_way way);
uint64_t split_run_stop(struct memory *memory, uint64_t gib, enum lm_way way);

#endif
