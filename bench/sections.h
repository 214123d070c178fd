/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sections of the report, in order. Each measures, prints its part, adds the
 * budgets that it can judge, and returns its part of the JSON.
 */
#ifndef BENCH_SECTIONS_H
#define BENCH_SECTIONS_H

#include "budgets.h"
#include "contest.h"

#define LARGEST_GIB 1024 /* in units of 1 GiB blocks: 1 TiB */

/* How much RAM the host can fill tables for: 1 TiB, divided by 4 until it fits. */
uint64_t largest_that_fits(void);

json_t *bench_filling(struct memory *memory, json_t *budgets);
json_t *bench_stop(struct memory *memory, uint64_t largest_gib, json_t *budgets);
json_t *bench_runtime(struct memory *memory);
json_t *bench_model(struct memory *memory);

/* From files that count.sh wrote; null if there is none. */
json_t *bench_plan(const char *path, json_t *budgets);
json_t *bench_cost(const char *path, json_t *budgets);

#endif
