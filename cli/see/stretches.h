/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A map as a list of stretches that look alike, short enough to draw. Knows nothing of how
 * they are drawn.
 */
#ifndef STRETCHES_H
#define STRETCHES_H

#include "see/census.h"

/* Adjacent leaves of one size with the same permissions. */
struct stretch {
	uint64_t first;
	uint64_t last;
	int level;
	bool is_run;
	unsigned int bits;
};

/* More would be no picture. */
#define STRETCHES_MOST 65536

/**
 * struct stretches - a range of a map
 * @first, @last: only these addresses are kept
 * @stretch, @count, @room: ascending
 * @grain: stretches that begin in the same so many bytes are one, the one of the smallest
 *	leaf; 0 until there are too many
 * @failed: out of memory
 */
struct stretches {
	uint64_t first;
	uint64_t last;
	struct stretch *stretch;
	size_t count;
	size_t room;
	uint64_t grain;
	bool failed;
};

/* @ctx is struct stretches: for struct scan. */
void stretches_add(void *ctx, const struct seen_leaf *leaf);
/* Keep only what is in [@first, @last]. */
void stretches_cut(struct stretches *stretches, uint64_t first, uint64_t last);
void stretches_free(struct stretches *stretches);

/* 0 for pages, and the larger the leaf the larger. */
unsigned int stretch_rank(const struct stretch *stretch);
#define STRETCH_RANKS 10

#endif
