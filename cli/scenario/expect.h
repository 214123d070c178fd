/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every page of a world should be, by the list of what was asked, and whether the
 * model's walker agrees. Never reads tables to find what to expect.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include "base/progress.h"
#include "scenario/world.h"

/**
 * struct expect_request - what was asked of some pages
 * @range: where they are
 * @step: bytes from one of them to the next; a granule for all
 * @change: of their attributes
 * @unmaps: they map nothing from then on, whatever is asked of them later
 */
struct expect_request {
	struct lm_range range;
	uint64_t step;
	struct lm_leaf_change change;
	bool unmaps;
};

#define EXPECT_REQUESTS 16

/**
 * struct expectation - all that was asked of a world since it was mapped
 * @first, @last: bounds of the requests that are not for all pages
 * @as_pages: outside the kernel's alias no leaf is larger than a page
 */
struct expectation {
	const struct world *world;
	struct expect_request request[EXPECT_REQUESTS];
	size_t count;
	uint64_t first;
	uint64_t last;
	bool as_pages;
};

void expect_init(struct expectation *expectation, const struct world *world);
void expect_add(struct expectation *expectation, const struct expect_request *request);

/* How many pages should be present-invalid: they hold a mapping and do not translate. */
uint64_t expect_invalid(const struct expectation *expectation);

/**
 * expect_check() - compare every page of RAM with what it should be
 * @progress: updated
 * @checked: set to how many pages there are outside the kernel's alias
 *
 * Checks that it translates to where it did, or that it does not and still holds its
 * address, or that nothing is there; all its attributes, and what hardware makes of them;
 * that nothing else is mapped.
 *
 * Return: how many pages differ.
 */
uint64_t expect_check(const struct expectation *expectation, struct progress *progress,
		      uint64_t *checked);

#endif
