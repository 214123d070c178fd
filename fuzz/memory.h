/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical memory of a fuzzed machine: a few granules for tables, allocated and freed
 * here. Touching a free one stops the run.
 */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include <linmap/linmap.h>

#define MEMORY_TABLES 256

/**
 * struct memory - tables
 * @granule: bytes of each
 * @count: number of tables
 * @taken: which are in use
 * @used: number of tables in use
 * @longest: an allocation returns at most this many adjacent ones
 * @left: allocations that succeed before one fails; UINT64_MAX: no limit
 * @map: while it has a window open, nothing may be allocated or freed
 */
struct memory {
	size_t granule;
	size_t count;
	bool taken[MEMORY_TABLES];
	size_t used;
	size_t longest;
	uint64_t left;
	const struct lm_map *map;
};

/* All free; as many tables as fit into 1 MiB. */
void memory_start(struct memory *memory, size_t granule, uint64_t oa_bits);

/* Callbacks of struct lm_env whose context begins with a struct memory. */
lm_alloc_fn memory_alloc;
lm_free_fn memory_free;
void *memory_table(void *ctx, lm_pa_t pa);

/* The number of the table at @pa; memory->count if there is none. */
size_t memory_index(const struct memory *memory, uint64_t pa);

#endif
