// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the benchmarks print beside their report: progress, and why they end. */
#include "say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linmap/linmap.h>

void progress(const char *what, uint64_t gib)
{
	const char *form = isatty(STDERR_FILENO) ? "\r\033[Kmeasuring %s, %" PRIu64
						   " GiB" :
						   "measuring %s, %" PRIu64 " GiB\n";

	fflush(stdout);
	fprintf(stderr, form, what, gib);
}

void progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}

void die(const char *what, const char *why)
{
	fprintf(stderr, "linmap-bench: %s: %s\n", what, why);
	exit(1);
}

void expect(int err, const char *step)
{
	if (err)
		die(step, lm_strerror(err));
}
