/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Going through a machine's tables once: counts tables and leaves, and calls a function
 * for each leaf. Every table is entered once, so that a loop ends.
 */
#ifndef SCAN_H
#define SCAN_H

#include "see/census.h"

/**
 * struct scan - what to do with what is found
 * @leaf: called for each leaf, or several alike, in ascending order; may be NULL
 * @ctx: handed to it
 * @census: where all of it is counted
 * @progress: shows how far it is
 */
struct scan {
	void (*leaf)(void *ctx, const struct seen_leaf *leaf);
	void *ctx;
	struct census *census;
	struct progress *progress;
};

/* Begins the census, and ends it. 0, or -1 with an error: there was not enough memory. */
int scan_source(struct source *source, const struct scan *scan, struct error *error);

/* The same for the text of kernel_page_tables, whose geometry is found in it. */
int scan_text(const char *path, const struct scan *scan, struct error *error);

#endif
