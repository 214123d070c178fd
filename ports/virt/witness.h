/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What TLBs still hold from before a change. A leaf that is split or formed anew
 * translates as before, so a stale entry of it shows nowhere. The witness is a word in
 * the last page of RAM that every CPU loads right before a change. Right after the change
 * the entry that maps it now is replaced, without a TLBI, by one for other memory, and
 * every CPU loads again: a CPU whose TLB still has an old entry reads the word, and the
 * others read what is in that memory.
 */
#ifndef VIRT_WITNESS_H
#define VIRT_WITNESS_H

#include <linmap/linmap.h>

/* @range: unused memory of the linear map; the witness is its last page. */
void witness_init(struct lm_range range);

/* Every CPU loads; returns how many of them saw the word. */
unsigned int witness_load(void);

/*
 * Replace the entry, and restore it with a TLBI. If it maps more than a page, nobody may
 * use the rest meanwhile.
 */
void witness_replace(void);
void witness_restore(void);

/* Replace, load, restore; a check that no CPU has seen the word. */
void witness_look(void);
void witness_expect(void);

#endif
