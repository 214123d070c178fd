// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The host's time. */
#include "base/clock.h"

#include <time.h>

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}
