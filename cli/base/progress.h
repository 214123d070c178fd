/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line on the terminal that says how far a long run is. Shows nothing in
 * the first second, unless the run is known to be long, and nothing at all if stderr is
 * not a terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct progress - the line
 * @shown: stderr is a terminal, and not --quiet
 * @visible: the line is on the terminal now
 * @is_long: the run will take longer than the first second
 * @step: what is being done
 * @start_ns, @drawn_ns: when the run began, when the line was last drawn
 */
struct progress {
	bool shown;
	bool visible;
	bool is_long;
	const char *step;
	uint64_t start_ns;
	uint64_t drawn_ns;
};

/* Shown if stderr is a terminal and not @quiet. */
void progress_begin(struct progress *progress, bool quiet);

/* The run is known to be long: show the line from the start. */
void progress_expect_long(struct progress *progress);

/* The next step, without a percentage yet. @step is borrowed. */
void progress_step(struct progress *progress, const char *step);

/* @done of @total of the step; may be called often. */
void progress_update(struct progress *progress, uint64_t done, uint64_t total);

/* Remove the line, before anything else is written to the terminal. */
void progress_end(struct progress *progress);

#endif
