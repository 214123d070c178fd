// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tables for a fuzzed machine; AddressSanitizer guards the free ones. */
#include "memory.h"

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "input.h"

#define MEMORY_SIZE ((size_t)1 << 20)
#define GARBAGE	    0xa5

static _Alignas(65536) uint8_t bytes[MEMORY_SIZE];
static uint64_t memory_pa;

void memory_start(struct memory *memory, size_t granule, uint64_t oa_bits)
{
	*memory = (struct memory){ .granule = granule, .longest = MEMORY_TABLES };
	memory->left = UINT64_MAX;
	memory->count = MEMORY_SIZE / granule;
	/* Where addresses have every bit that only the largest ones have. */
	memory_pa = UINT64_C(15) << (oa_bits - 4);
	ASAN_POISON_MEMORY_REGION(bytes, sizeof(bytes));
}

size_t memory_index(const struct memory *memory, uint64_t pa)
{
	uint64_t offset = pa - memory_pa;

	return offset < MEMORY_SIZE ? (size_t)(offset / memory->granule) : memory->count;
}

void *memory_table(void *ctx, lm_pa_t pa)
{
	uint64_t offset = pa.v - memory_pa;

	(void)ctx;
	return offset < MEMORY_SIZE ? bytes + offset : NULL;
}

static void refuse_in_window(const struct memory *memory)
{
	if (memory->map && memory->map->window)
		wrong("the allocator is called inside a window");
}

static size_t find_free(const struct memory *memory)
{
	size_t first = 0;

	while (first < memory->count && memory->taken[first])
		first++;
	return first;
}

size_t memory_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct memory *memory = ctx;
	size_t start = find_free(memory);
	size_t tables = 0;

	(void)level;
	refuse_in_window(memory);
	if (!memory->left)
		return 0;
	memory->left -= memory->left != UINT64_MAX;
	while (tables < wanted && tables < memory->longest &&
	       start + tables < memory->count && !memory->taken[start + tables])
		memory->taken[start + tables++] = true;
	ASAN_UNPOISON_MEMORY_REGION(bytes + start * memory->granule,
				    tables * memory->granule);
	memset(bytes + start * memory->granule, GARBAGE, tables * memory->granule);
	first->v = memory_pa + start * memory->granule;
	memory->used += tables;
	return tables;
}

void memory_free(void *ctx, int level, lm_pa_t first, size_t tables,
		 enum lm_origin origin)
{
	struct memory *memory = ctx;
	size_t start = memory_index(memory, first.v);

	(void)level;
	(void)origin;
	refuse_in_window(memory);
	for (size_t i = start; i < start + tables; i++) {
		if (i >= memory->count || !memory->taken[i])
			wrong("a table is given back that is not in use: 0x%" PRIx64,
			      first.v);
		memory->taken[i] = false;
	}
	memory->used -= tables;
	ASAN_POISON_MEMORY_REGION(bytes + start * memory->granule,
				  tables * memory->granule);
}
