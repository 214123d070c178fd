/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What TLBs still hold of before a change. A leaf that is split or formed anew
 * translates as before, so that a stale entry of it shows nowhere. The witness is a
 * word in the last page of RAM that every CPU loads right before a change. Right
 * behind it the entry that maps it now is replaced, without a TLBI, by one for the
 * memory before, and every CPU loads again: whose TLB still has something of before
 * reads the word, and the others read what is in that memory.
 */
#ifndef VIRT_WITNESS_H
#define VIRT_WITNESS_H

#include <linmap/linmap.h>

/* @range: memory of the linear map that nobody uses; the witness is its last page. */
void witness_init(struct lm_range range);

/* Every CPU loads; how many of them saw the word itself is returned. */
unsigned int witness_load(void);

/*
 * Replace the entry, and put it back with a TLBI. Where it maps more than a page
 * nobody may use anything else in it meanwhile.
 */
void witness_replace(void);
void witness_restore(void);

/* Replace, load, restore; a check that no CPU has seen the word. */
void witness_look(void);
void witness_expect(void);

#endif
