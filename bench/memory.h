/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The embedder of the benchmarks: one piece of host memory, faulted in before
 * anything is measured, from which tables are handed out in order. Knows nothing
 * of what is measured.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <linmap/linmap.h>

#define GRANULE UINT64_C(4096)
#define ENTRIES UINT64_C(512)
#define GIB	(UINT64_C(1) << 30)

/**
 * struct memory - where tables are
 * @base: start of it
 * @size: in bytes
 * @used: bytes handed out, from the start
 * @stores: to live tables, since this was set to 0; if they are counted
 */
struct memory {
	char *base;
	uint64_t size;
	uint64_t used;
	uint64_t stores;
};

/* Tables that the pages for @gib GiB of 1 GiB blocks need: on level 2, and below. */
uint64_t tables_for(uint64_t gib);

/* Whether the host has the memory for splitting that much. */
bool memory_fits(uint64_t gib);

/* Memory for splitting @gib GiB; ends the program if there is none. */
struct memory memory_get(uint64_t gib);
void memory_put(struct memory *memory);

/* Callbacks that hand out @memory; they count stores to live tables if @counting. */
struct lm_env memory_env(struct memory *memory, bool counting);

#endif
