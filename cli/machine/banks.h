/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lists of ranges of physical memory, of any length, and what Linux' memblock does with
 * them: sort, merge, trim, leave parts out. Knows nothing of what the ranges mean.
 */
#ifndef BANKS_H
#define BANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/**
 * struct place - where a range was given, for errors
 * @source: a file's path or an argument; borrowed
 * @where: what follows: ":12", ": /memory@40000000", or nothing
 */
struct place {
	const char *source;
	char where[64];
};

/* A range of physical memory. */
struct bank {
	uint64_t start; /* physical address */
	uint64_t size;	/* bytes */
	bool anywhere;	/* its start was not given */
	struct place place;
};

struct banks {
	struct bank *bank;
	size_t count;
	size_t room;
};

void banks_free(struct banks *banks);

/*
 * Add a range, given by size or, as in /proc/iomem, by its last byte. 0, or -1 with an
 * error: the range is empty, reversed or beyond 2^64, or there is no memory.
 */
int banks_add(struct banks *banks, const struct place *place, uint64_t start,
	      uint64_t size, struct error *error);
int banks_add_last(struct banks *banks, const struct place *place, uint64_t start,
		   uint64_t last, struct error *error);

uint64_t bank_last(const struct bank *bank);	/* address of the last byte */
uint64_t banks_size(const struct banks *banks); /* bytes in all, of disjoint ranges */

/* By start. */
void banks_sort(struct banks *banks);

/* Of a sorted list. 0, or -1 with an error about two ranges that overlap. */
int banks_check_overlap(const struct banks *banks, struct error *error);

/* Of a sorted list: overlapping and adjacent ranges become one. */
void banks_merge(struct banks *banks);

/* Leave out what is at @limit and beyond. */
void banks_cap(struct banks *banks, uint64_t limit);

/*
 * Every range by itself to multiples of @granule: inward, where one that holds none is
 * empty afterwards, or outward. No range may reach into the last granule below 2^64.
 */
void banks_round_in(struct banks *banks, uint64_t granule);
void banks_round_out(struct banks *banks, uint64_t granule);
void banks_drop_empty(struct banks *banks);

/*
 * Leave @holes out of @banks, or all but @kept; all lists sorted, of disjoint ranges
 * below 2^63. An empty hole inside a range cuts it in two. 0, or -1 with an error.
 */
int banks_leave_out(struct banks *banks, const struct banks *holes, struct error *error);
int banks_keep(struct banks *banks, const struct banks *kept, struct error *error);

#endif
