// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tables out of one piece of memory: the cost of allocating must not be measured. */
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "say.h"

uint64_t tables_for(uint64_t gib)
{
	return gib * (1 + ENTRIES);
}

/* Beside the tables: the root and the blocks, copies of them, lists of updates. */
static uint64_t size_for(uint64_t gib)
{
	return (tables_for(gib) + gib / 16 + 64) * GRANULE;
}

/* Bytes that the kernel can give without swapping; 0 if it does not say. */
static uint64_t available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	uint64_t kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

bool memory_fits(uint64_t gib)
{
	return size_for(gib) <= available() / 4 * 3;
}

struct memory memory_get(uint64_t gib)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	struct memory memory = { .size = size_for(gib) };

	memory.base = mmap(NULL, memory.size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory.base == MAP_FAILED)
		die("memory for tables", strerror(errno));
	return memory;
}

void memory_put(struct memory *memory)
{
	munmap(memory->base, memory->size);
}

/* --------------------------------------------------------------- callbacks */

static size_t bump_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct memory *memory = ctx;

	if (memory->used + wanted * GRANULE > memory->size)
		return 0;
	first->v = memory->used;
	memory->used += wanted * GRANULE;
	return wanted;
}

static void bump_free(void *ctx, int level, lm_pa_t first, size_t tables,
		      enum lm_origin origin)
{
}

static void *bump_table(void *ctx, lm_pa_t pa)
{
	struct memory *memory = ctx;

	return memory->base + pa.v;
}

/* The move itself is not possible here: bare metal measures it. */
static void ignore_move(void *ctx, lm_pa_t root)
{
}

static void count_store(void *ctx, lm_desc_t *slot, lm_desc_t desc)
{
	struct memory *memory = ctx;

	*slot = desc;
	memory->stores++;
}

static void ignore_wrote(void *ctx, const lm_desc_t *in_table)
{
}

static void ignore_barrier(void *ctx, enum lm_barrier barrier)
{
}

static void ignore_tlbi(void *ctx)
{
}

struct lm_env memory_env(struct memory *memory, bool counting)
{
	static const struct lm_recorder recorder = {
		.store = count_store,
		.wrote = ignore_wrote,
		.barrier = ignore_barrier,
		.tlbi_all = ignore_tlbi,
	};

	return (struct lm_env){
		.ctx = memory,
		.alloc = bump_alloc,
		.free = bump_free,
		.table = bump_table,
		.move = ignore_move,
		.recorder = counting ? &recorder : NULL,
	};
}
