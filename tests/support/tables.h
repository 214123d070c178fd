/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A map whose tables are plain memory, with no machine around it: for tests of what
 * only looks at tables, and of faults that are put there by hand. Addresses of two
 * tables differ in at least two bits, and there is no memory at any other: no single
 * wrong bit leads from one table to another.
 */
#ifndef TESTS_TABLES_H
#define TESTS_TABLES_H

#include <stdlib.h>
#include <string.h>

#include "support.h"

#define TABLES	  128
#define TABLES_PA UINT64_C(0x34000000)

struct tables {
	struct lm_map map;
	struct lm_region region;
	size_t count;
	void *table[TABLES];
};

static inline uint64_t tables_code(size_t n)
{
	return (uint64_t)n << 1 | (unsigned int)__builtin_parityll(n);
}

static inline uint64_t tables_pa(const struct tables *t, size_t n)
{
	return TABLES_PA | tables_code(n) << t->map.fmt.config.granule_shift;
}

static inline void *tables_find(void *ctx, lm_pa_t pa)
{
	struct tables *t = ctx;

	for (size_t n = 0; n < t->count; n++) {
		if (tables_pa(t, n) == pa.v)
			return t->table[n];
	}
	return NULL;
}

static inline size_t tables_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct tables *t = ctx;
	size_t size = lm_granule_size(&t->map.fmt);

	if (t->count == TABLES)
		return 0;
	t->table[t->count] = aligned_alloc(size, size);
	assert_non_null(t->table[t->count]);
	memset(t->table[t->count], 0, size);
	first->v = tables_pa(t, t->count++);
	return 1;
}

/* What was given back stays as it is: a walk that still reaches it is found. */
static inline void tables_free(void *ctx, int level, lm_pa_t first, size_t tables,
			       enum lm_origin origin)
{
}

static inline void tables_move(void *ctx, lm_pa_t root)
{
}

static inline lm_va_t tables_address(void *ctx, const void *pointer)
{
	return (lm_va_t){ 0 };
}

/* An empty map. */
static inline void tables_start(struct tables *t, const struct lm_format_config *config)
{
	struct lm_env env = {
		.ctx = t,
		.alloc = tables_alloc,
		.free = tables_free,
		.table = tables_find,
		.move = tables_move,
		.address = tables_address,
	};
	struct lm_format fmt;
	lm_pa_t root;

	*t = (struct tables){ .count = 0 };
	expect_ok(lm_format_init(&fmt, config));
	t->map.fmt = fmt;
	assert_int_equal(tables_alloc(t, fmt.start_level, 1, &root), 1);
	lm_map_init(&t->map, &fmt, &env, root);
}

static inline void tables_stop(struct tables *t)
{
	for (size_t n = 0; n < t->count; n++)
		free(t->table[n]);
}

/* A region of @size at @offset of the half, and nothing in it yet. */
static inline void tables_add_region(struct tables *t, uint64_t offset, uint64_t size)
{
	t->region = (struct lm_region){
		.name = "all",
		.range = { { t->map.fmt.base + offset }, size },
	};
	expect_ok(lm_map_add_region(&t->map, &t->region));
}

static inline void tables_map(struct tables *t, uint64_t offset, uint64_t oa,
			      uint64_t size, uint64_t attrs)
{
	struct lm_range range = { { t->map.fmt.base + offset }, size };

	expect_ok(lm_map_range(&t->map, range, (lm_pa_t){ oa }, (lm_attrs_t){ attrs }));
}

/* The entry on @level for an offset of the half, by hand: bits of the address. */
static inline uint64_t *tables_slot(struct tables *t, uint64_t offset, int level)
{
	unsigned int granule = t->map.fmt.config.granule_shift;
	unsigned int stride = granule - 3;
	uint64_t pa = t->map.root.v;
	int at = t->map.fmt.start_level;

	for (;; at++) {
		unsigned int shift = granule + (unsigned int)(3 - at) * stride;
		uint64_t *table = tables_find(t, (lm_pa_t){ pa });

		assert_non_null(table);
		table += offset >> shift & ((UINT64_C(1) << stride) - 1);
		if (at == level)
			return table;
		assert_int_equal(*table & 3, 3);
		/* Table addresses here have less than 32 bits. */
		pa = *table & UINT64_C(0xfffff000);
	}
}

#endif
