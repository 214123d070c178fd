/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a map consists of: leaves by size, tables, permissions, for each part of its
 * addresses. Knows nothing of where the leaves come from, nor how the result is shown.
 */
#ifndef CENSUS_H
#define CENSUS_H

#include <linmap/linmap.h>

#include "see/layout.h"

/* Permissions of a leaf, with those that tables take away taken away. */
enum seen_bits {
	SEEN_READ_ONLY = 1 << 0,
	SEEN_EXECUTABLE = 1 << 1,      /* by EL1, EL2 or EL3 */
	SEEN_USER = 1 << 2,	       /* EL0 may access */
	SEEN_USER_EXECUTABLE = 1 << 3, /* EL0 may execute */
	SEEN_INVALID = 1 << 4,	       /* holds a mapping, and is none */
	SEEN_KINDS = 1 << 5,
};

/**
 * struct seen_leaf - leaves of one kind, one after the other
 * @va, @pa: of the first; @has_pa if that is known
 * @size: bytes of one
 * @count: how many
 * @level, @is_run: what they are
 * @bits: enum seen_bits
 * @attr_index: into MAIR
 * @attrs: all attributes, to tell leaves that can be one from those that cannot
 */
struct seen_leaf {
	uint64_t va;
	uint64_t pa;
	bool has_pa;
	uint64_t size;
	uint64_t count;
	int level;
	bool is_run;
	unsigned int bits;
	unsigned int attr_index;
	uint64_t attrs;
};

/* Leaves or bytes with the same permissions or memory type. */
struct census_sum {
	uint64_t leaves;
	uint64_t bytes;
};

/**
 * struct census_part - what was counted in one part of the addresses
 * @leaves: by level and kind
 * @tables: by level, the root apart, by where the addresses of a table begin
 * @by_bits, @by_attr: by permissions and by memory type
 * @bytes: mapped, invalid leaves included
 * @first, @last: addresses that are mapped, if @bytes
 * @least_tables: how many tables would do if it were mapped with the largest leaves, by
 *	level; only if all addresses of memory are known
 */
struct census_part {
	uint64_t leaves[LM_LEVELS][LM_LEAF_KINDS];
	uint64_t tables[LM_LEVELS];
	struct census_sum by_bits[SEEN_KINDS];
	struct census_sum by_attr[8];
	uint64_t bytes;
	uint64_t first;
	uint64_t last;
	uint64_t least_tables[LM_LEVELS];
};

/* A stretch of leaves that could be one: all alike, of adjacent memory. */
struct census_stretch {
	uint64_t start;
	uint64_t end;
	uint64_t pa;
	uint64_t attrs;
	size_t part;
};

/**
 * struct census - a whole map
 * @fmt: its geometry
 * @layout: its parts
 * @part: the same, counted
 * @has_pa: addresses of memory are known, and so @least_tables
 * @has_tables: tables were counted
 * @seen_twice, @broken: tables that were reached twice, and entries that are no type of
 *	their level; only the first of each is looked at
 * @twice_first, @twice_last: the outermost addresses of entries that lead to such tables
 * @stretch, @touched: while counting
 */
struct census {
	struct lm_format fmt;
	struct layout layout;
	struct census_part part[LAYOUT_PARTS];
	bool has_pa;
	bool has_tables;
	uint64_t seen_twice;
	uint64_t twice_first;
	uint64_t twice_last;
	uint64_t broken;
	struct census_stretch stretch;
	uint64_t touched[LM_LEVELS];
};

void census_begin(struct census *census, const struct lm_format *fmt,
		  const struct layout *layout);
void census_add(struct census *census, const struct seen_leaf *leaf);
void census_add_table(struct census *census, uint64_t va, int level);
/* A table that was counted before, for [@va, +@size). */
void census_add_twice(struct census *census, uint64_t va, uint64_t size);
void census_end(struct census *census);

/* Sums over levels, or over parts. */
uint64_t sum_levels(const uint64_t tables[LM_LEVELS]);
uint64_t census_tables(const struct census_part *part);
uint64_t census_all_tables(const struct census *census);
uint64_t census_least_tables(const struct census_part *part);
uint64_t census_bytes(const struct census *census);

/* Bytes of a leaf on @level. */
uint64_t census_leaf_size(const struct census *census, int level, enum lm_leaf_kind kind);

/* Bytes that are mapped by pages, and by runs of pages. */
uint64_t census_page_bytes(const struct census *census, const struct census_part *part,
			   enum lm_leaf_kind kind);

/* What is called a direct map elsewhere: the linear map, or all of it. */
const struct census_part *census_linear(const struct census *census);

#endif
