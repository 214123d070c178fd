/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The picture of a benchmark: the stop against RAM, for each way to commit. Knows
 * the JSON that bench/ writes, and trusts nothing in it.
 */
#ifndef DRAW_BENCH_H
#define DRAW_BENCH_H

#include <stdint.h>
#include <stdio.h>

#include <linmap/linmap.h>

#include "base/error.h"

#define BENCH_SIZES 32 /* at most */

/* @us: low quartile, median, high quartile; @stores: 0 if the way was not measured */
struct bench_point {
	double us[3];
	uint64_t stores;
};

struct bench_picture {
	uint64_t gib[BENCH_SIZES];
	struct bench_point points[BENCH_SIZES][LM_WAYS];
	size_t sizes;
};

/* 0, or -1 with an error. */
int bench_picture_read(struct bench_picture *picture, const char *path,
		       struct error *error);

/* Write it. Errors of @out are the caller's to see. */
void bench_picture_draw(const struct bench_picture *picture, FILE *out);

#endif
