/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the MMU makes of the map. Nothing here trusts linmap, except for finding an entry:
 * translations come from AT, staleness from loads.
 */
#ifndef VIRT_TRANSLATION_H
#define VIRT_TRANSLATION_H

#include <linmap/linmap.h>

#include "devtree.h"

/* Check every page of RAM: that it maps the right memory, and is writable or not. */
void expect_every_page(const struct devtree *tree, const char *when);

/* Check that the image's code and constants cannot be written, nor RAM executed. */
void expect_permissions(void);

/* The memory type that the MMU uses for a page, as in MAIR_EL1. */
uint8_t memory_type(lm_va_t va);

/* A number that changes whenever any entry under the linear map does. */
uint64_t linear_fingerprint(void);

/* Print which leaves the linear map and the alias have. */
void note_leaves(void);

/* The entry that maps @va, whatever its level. */
lm_desc_t *leaf_slot(lm_va_t va, int *level);

#endif
