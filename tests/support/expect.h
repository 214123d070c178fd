/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the support files see leaves, through the model's walker.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include "shapes.h"

void for_each_leaf(const struct machine *m, sim_leaf_fn *visit, void *ctx);
/* Whether it is a contiguous run. Fails if it has a hint and is in no run. */
bool is_run(const struct machine *m, uint64_t va, const struct sim_translation *leaf);

/* @array with room for one more than @count. */
void *grow(void *array, size_t *room, size_t count, size_t size);

#endif
