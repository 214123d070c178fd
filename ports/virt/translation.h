/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the MMU makes of the map. None of it trusts linmap, but for finding an
 * entry: translations come from AT, staleness from loads.
 */
#ifndef VIRT_TRANSLATION_H
#define VIRT_TRANSLATION_H

#include <linmap/linmap.h>

#include "devtree.h"

/* A check of every page of RAM: that it is memory, itself, and writable or not. */
void expect_every_page(const struct devtree *tree, const char *when);

/* That the image's code and constants cannot be written, nor RAM executed. */
void expect_permissions(void);

/* The type of memory that the MMU takes a page for, as MAIR_EL1 has it. */
uint8_t memory_type(lm_va_t va);

/* A number that is another one as soon as any entry under the linear map is. */
uint64_t linear_fingerprint(void);

/* Lines that say what leaves the linear map and the alias have. */
void note_leaves(void);

/* The entry that maps @va, whatever its level. */
lm_desc_t *leaf_slot(lm_va_t va, int *level);

#endif
