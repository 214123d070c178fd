/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several ways to do the same thing, measured in turn, so that a disturbance of the
 * machine affects all of them; medians and quartiles of the times, and of ratios inside
 * one round. Knows nothing of what the ways do.
 */
#ifndef BENCH_CONTEST_H
#define BENCH_CONTEST_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "memory.h"

#define CONTESTANTS 4  /* at most */
#define ROUNDS	    21 /* at most */
#define WARM_UP	    2

/**
 * struct contestant - one of the ways
 * @name: in text and JSON
 * @run: does it once, for @gib GiB of blocks, with tables in @memory
 * @way: for @run
 * @yardstick: index of the contestant to compare with; its own for none
 *
 * Return of @run: nanoseconds, of the compared part only.
 */
struct contestant {
	const char *name;
	uint64_t (*run)(struct memory *memory, uint64_t gib, enum lm_way way);
	enum lm_way way;
	size_t yardstick;
};

struct quartiles {
	double low, median, high;
};

/* @speed: the yardstick's time / this one's in the same round: above 1 is faster */
struct result {
	struct quartiles us;
	struct quartiles speed;
};

struct contest {
	const struct contestant *contestants;
	size_t count;
	int rounds;
};

void contest_run(const struct contest *contest, struct memory *memory, uint64_t gib,
		 struct result results[CONTESTANTS]);

/* [low, median, high] */
json_t *quartiles_json(struct quartiles quartiles);

#endif
