/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every page of a world should be, from the list of what was asked of it, and
 * whether the model's walker finds it so. Never looks at tables to know what to expect.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include "base/progress.h"
#include "scenario/world.h"

/**
 * struct expect_request - what was asked of some pages
 * @range: where they are
 * @step: bytes from one of them to the next; a granule for all
 * @change: what became of them
 */
struct expect_request {
	struct lm_range range;
	uint64_t step;
	struct lm_leaf_change change;
};

#define EXPECT_REQUESTS 16

/**
 * struct expectation - all that was asked of a world since it was mapped
 * @first, @last: bounds of what was not asked of all pages
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

/* Pages that should not translate, though they hold a mapping. */
uint64_t expect_invalid(const struct expectation *expectation);

/**
 * expect_check() - compare every page of RAM with what it should be
 * @progress: told how far it is
 * @checked: set to how many pages there are outside the kernel's alias
 *
 * That it translates to where it did, or does not while it still says where; all its
 * attributes, and what hardware makes of them; that nothing else is mapped.
 *
 * Return: how many pages are not as they should be.
 */
uint64_t expect_check(const struct expectation *expectation, struct progress *progress,
		      uint64_t *checked);

#endif
