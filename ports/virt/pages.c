// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A byte for each page says whether it is in use. Does not know what pages are for. */
#include "pages.h"

#include "physical.h"
#include "report.h"
#include "string.h"

#define MAX_PAGES 0x8000
#define POISON	  0xdb /* as a descriptor: a table at an address without memory */

static struct {
	uint64_t start;
	uint64_t pages;
	uint8_t shift;
	uint64_t next; /* where to look first */
	bool stopped;
	bool refuses;
	struct pages_count count;
	uint8_t used[MAX_PAGES];
} pool;

void pages_init(uint64_t start, uint64_t size, uint8_t page_shift)
{
	pool.start = start;
	pool.shift = page_shift;
	pool.pages = size >> page_shift;
	if (pool.pages > MAX_PAGES)
		pool.pages = MAX_PAGES;
}

static void note_call(void)
{
	pool.count.calls++;
	pool.count.in_a_stop += pool.stopped;
}

/* The first run of free pages in [from, to), at most @wanted long. */
static size_t find_run(uint64_t from, uint64_t to, size_t wanted, uint64_t *first)
{
	size_t length = 0;

	while (from < to && pool.used[from])
		from++;
	*first = from;
	while (from + length < to && length < wanted && !pool.used[from + length])
		length++;
	return length;
}

size_t pages_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	uint64_t page;
	size_t length;

	(void)ctx;
	(void)level;
	note_call();
	if (pool.refuses)
		return 0;
	length = find_run(pool.next, pool.pages, wanted, &page);
	if (!length)
		length = find_run(0, pool.next, wanted, &page);
	memset(&pool.used[page], 1, length);
	pool.next = page + length;
	pool.count.in_use += length;
	first->v = pool.start + (page << pool.shift);
	return length;
}

void pages_free(void *ctx, int level, lm_pa_t first, size_t tables, enum lm_origin origin)
{
	uint64_t page = (first.v - pool.start) >> pool.shift;

	(void)ctx;
	(void)level;
	(void)origin;
	note_call();
	for (size_t i = 0; i < tables; i++) {
		if (first.v < pool.start || page + i >= pool.pages ||
		    !pool.used[page + i])
			panic("page 0x%lx is freed and was not in use",
			      first.v + (i << pool.shift));
		pool.used[page + i] = 0;
	}
	pool.count.in_use -= tables;
	memset(physical_pointer(first.v), POISON, tables << pool.shift);
}

void pages_refuse(bool refuse)
{
	pool.refuses = refuse;
}

uint64_t pages_zeroed(void)
{
	lm_pa_t pa;

	if (!pages_alloc(NULL, LM_LEVEL_NONE, 1, &pa))
		panic("no page for a root table");
	memset(physical_pointer(pa.v), 0, (size_t)1 << pool.shift);
	return pa.v;
}

struct pages_count pages_count(void)
{
	return pool.count;
}

void pages_stop_begins(void)
{
	pool.stopped = true;
}

void pages_stop_ends(void)
{
	pool.stopped = false;
}
