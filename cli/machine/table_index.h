/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The .json beside a file of raw tables: what they are, and where each of them was in
 * memory. linmap(1), FILES, has the format. Knows nothing of where tables come from.
 */
#ifndef TABLE_INDEX_H
#define TABLE_INDEX_H

#include <linmap/linmap.h>

#include "machine/banks.h"

/**
 * struct table_index - the tables of one map, in a file one after the other
 * @fmt, @root: of the map
 * @ram: of its machine
 * @pa, @count: where the tables are in memory, ascending
 * @vmcoreinfo: text that Linux leaves for debuggers, or NULL
 */
struct table_index {
	const struct lm_format *fmt;
	lm_pa_t root;
	const struct banks *ram;
	const uint64_t *pa;
	size_t count;
	const char *vmcoreinfo;
};

/* 0, or -1 with an error. */
int table_index_write(const struct table_index *index, const char *path,
		      struct error *error);

#endif
