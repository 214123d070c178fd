// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The progress line: when to draw it, and how to remove it.
 */
#include "base/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define QUIET_NS  UINT64_C(1000000000) /* before the line appears */
#define REDRAW_NS UINT64_C(100000000)

void progress_begin(struct progress *progress, bool quiet)
{
	*progress = (struct progress){
		.shown = !quiet && isatty(STDERR_FILENO),
		.step = "",
		.start_ns = now_ns(),
	};
}

void progress_expect_long(struct progress *progress)
{
	progress->is_long = true;
}

/* Whether the line should be drawn now; if so, the clock of redrawing restarts. */
static bool is_due(struct progress *progress)
{
	uint64_t now;

	if (!progress->shown)
		return false;
	now = now_ns();
	if (!progress->is_long && now - progress->start_ns < QUIET_NS)
		return false;
	if (now - progress->drawn_ns < REDRAW_NS)
		return false;
	progress->drawn_ns = now;
	progress->visible = true;
	return true;
}

void progress_step(struct progress *progress, const char *step)
{
	progress->step = step;
	progress->drawn_ns = 0;
	if (is_due(progress))
		fprintf(stderr, "\r\033[K%s", step);
	progress->drawn_ns = 0; /* draw its first percentage at once */
}

void progress_update(struct progress *progress, uint64_t done, uint64_t total)
{
	double part = total ? (double)done / (double)total : 0;

	if (is_due(progress))
		fprintf(stderr, "\r\033[K%s %3.0f %%", progress->step, part * 100);
}

void progress_end(struct progress *progress)
{
	if (progress->visible)
		fprintf(stderr, "\r\033[K");
	progress->visible = false;
}
