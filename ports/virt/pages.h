/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages for translation tables, out of one piece of RAM. Knows for each whether it is in
 * use, and whether a call came while all CPUs were stopped.
 */
#ifndef VIRT_PAGES_H
#define VIRT_PAGES_H

#include <linmap/linmap.h>

struct pages_count {
	uint64_t in_use;
	uint64_t calls;	    /* of pages_alloc() and pages_free(), ever */
	uint64_t in_a_stop; /* those made during a stop */
};

void pages_init(uint64_t start, uint64_t size, uint8_t page_shift);

/* lm_alloc_fn and lm_free_fn; freeing what is not in use is a panic. */
size_t pages_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first);
void pages_free(void *ctx, int level, lm_pa_t first, size_t tables,
		enum lm_origin origin);

/* From now on allocations fail, or work again. */
void pages_refuse(bool refuse);

/* One page of zeros, at boot. */
uint64_t pages_zeroed(void);

struct pages_count pages_count(void);
void pages_stop_begins(void);
void pages_stop_ends(void);

#endif
