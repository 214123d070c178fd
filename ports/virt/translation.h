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

/* A number that is another one as soon as any entry under the linear map is. */
uint64_t linear_fingerprint(void);

/* Lines that say what leaves the linear map and the alias have. */
void note_leaves(void);

/*
 * The witness: two adjacent pages of RAM. Every CPU loads from the first right
 * before a change. Right behind it, its entry is replaced by the second one's
 * without a TLBI, and every CPU looks again: whose TLB still has something of
 * before reads what is in the first. witness_expect() tells what they saw.
 */
void witness_init(const struct devtree *tree);
void witness_warm(void);
void witness_look(void);
void witness_expect(void);

#endif
