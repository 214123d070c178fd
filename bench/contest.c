// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rounds, and statistics of their times. */
#include "contest.h"

#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct quartiles summarise(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return (struct quartiles){ values[count / 4], values[count / 2],
				   values[count - 1 - count / 4] };
}

static struct quartiles summarise_speed(const double *ours, const double *yardstick,
					int count)
{
	double speed[ROUNDS] = { 0 };

	for (int i = 0; i < count; i++)
		speed[i] = yardstick[i] / ours[i];
	return summarise(speed, count);
}

static void run_round(const struct contest *contest, struct memory *memory, uint64_t gib,
		      double us[CONTESTANTS][ROUNDS], int round)
{
	for (size_t i = 0; i < contest->count; i++) {
		const struct contestant *one = &contest->contestants[i];
		uint64_t ns = one->run(memory, gib, one->way);

		if (round >= 0)
			us[i][round] = (double)ns / 1e3;
	}
}

void contest_run(const struct contest *contest, struct memory *memory, uint64_t gib,
		 struct result results[CONTESTANTS])
{
	double us[CONTESTANTS][ROUNDS];

	for (int round = -WARM_UP; round < contest->rounds; round++)
		run_round(contest, memory, gib, us, round);
	/*
	 * Ratios first: a summary sorts, and then the times of a round no longer match.
	 */
	for (size_t i = 0; i < contest->count; i++)
		results[i].speed = summarise_speed(
			us[i], us[contest->contestants[i].yardstick], contest->rounds);
	for (size_t i = 0; i < contest->count; i++)
		results[i].us = summarise(us[i], contest->rounds);
}

json_t *quartiles_json(struct quartiles quartiles)
{
	return json_pack("[f, f, f]", quartiles.low, quartiles.median, quartiles.high);
}
