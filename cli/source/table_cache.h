/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables of a machine, read when a walk comes to them. Those above the last level are
 * kept; they are one in 512 or fewer. Those on the last level are nearly all, and only a
 * few of them are there at a time.
 */
#ifndef TABLE_CACHE_H
#define TABLE_CACHE_H

#include <linmap/linmap.h>

#include "source/memory.h"

/* Last-level tables that are there at a time: a walk needs one of them. */
#define CACHE_LAST_TABLES 16

/* A table that was seen. @key: its address and flags, or 0. */
struct cached_table {
	uint64_t key;
	void *bytes;
};

#define CACHE_UNREADABLE_SHOWN 4

/**
 * struct table_cache - tables of one translation
 * @memory: where they are read from
 * @fmt: the geometry
 * @root: address of the root
 * @table, @room, @count: those seen, by open addressing
 * @last: buffers of last-level tables, taken in turns; @next is the next one
 * @keeps_all: no table is forgotten, so that all are of one time
 * @out_of_memory: some table was passed by for want of memory
 * @unreadable: tables that could not be read, the first few by address
 */
struct table_cache {
	const struct memory *memory;
	const struct lm_format *fmt;
	uint64_t root;
	struct cached_table *table;
	size_t room;
	size_t count;
	struct cached_table last[CACHE_LAST_TABLES];
	unsigned int next;
	bool keeps_all;
	bool out_of_memory;
	uint64_t unreadable;
	uint64_t unreadable_pa[CACHE_UNREADABLE_SHOWN];
};

void table_cache_init(struct table_cache *cache, const struct memory *memory,
		      const struct lm_format *fmt, uint64_t root);
void table_cache_free(struct table_cache *cache);

/* lm_env's table(); @ctx is the cache. NULL where it cannot be read. */
void *table_cache_table(void *ctx, lm_pa_t pa);

/*
 * For a walk that comes to a table descriptor: whether the table was seen before. The next
 * one that is asked for is then this one, on @level.
 */
bool table_cache_see(struct table_cache *cache, uint64_t pa, int level);

/* Forget that tables were seen, for another walk of all of them. */
void table_cache_restart(struct table_cache *cache);

/*
 * The addresses of all tables that were seen and could be read, ascending, to be freed;
 * NULL without memory.
 */
uint64_t *table_cache_list(const struct table_cache *cache, size_t *count);

#endif
