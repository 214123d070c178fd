/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables of 4 KiB in plain memory, for tests whose threads are CPUs. One thread takes
 * and gives back; any may look. Knows nothing of what is in them.
 */
#ifndef TESTS_TABLE_POOL_H
#define TESTS_TABLE_POOL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linmap/linmap.h>

#include <stdlib.h>
#include <string.h>

#define POOL_TABLES 128
#define POOL_PAGE   4096
#define POOL_PA	    UINT64_C(0x1000000000)

/**
 * struct table_pool - memory for tables
 * @unused: each byte of a table that was given back, for a walk that still reaches it
 */
struct table_pool {
	lm_desc_t *tables;
	bool used[POOL_TABLES];
	unsigned int used_count;
	unsigned char unused;
};

static inline void table_pool_start(struct table_pool *pool, unsigned char unused)
{
	*pool = (struct table_pool){
		.tables = aligned_alloc(POOL_PAGE, POOL_TABLES * POOL_PAGE),
		.unused = unused,
	};
	assert_non_null(pool->tables);
}

static inline void table_pool_stop(struct table_pool *pool)
{
	free(pool->tables);
}

static inline lm_desc_t *table_pool_at(const struct table_pool *pool, lm_pa_t pa)
{
	return pool->tables + (pa.v - POOL_PA) / sizeof(lm_desc_t);
}

/* How many were taken: one, or 0 if all are in use. */
static inline size_t table_pool_take(struct table_pool *pool, lm_pa_t *table)
{
	unsigned int i = 0;

	while (i < POOL_TABLES && pool->used[i])
		i++;
	if (i == POOL_TABLES)
		return 0;
	pool->used[i] = true;
	pool->used_count++;
	table->v = POOL_PA + (uint64_t)i * POOL_PAGE;
	return 1;
}

static inline void table_pool_give_back(struct table_pool *pool, lm_pa_t first,
					size_t tables)
{
	for (; tables--; first.v += POOL_PAGE) {
		memset(table_pool_at(pool, first), pool->unused, POOL_PAGE);
		pool->used[(first.v - POOL_PA) / POOL_PAGE] = false;
		pool->used_count--;
	}
}

#endif
