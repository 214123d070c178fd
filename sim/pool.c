/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical memory that tables can be in: a pool of granules, and a record of each. Only
 * what is touched costs host memory, if the pool is large. Knows nothing of allocation.
 */
#ifndef _DEFAULT_SOURCE
/* For MAP_ANONYMOUS and MAP_NORESERVE. NOLINTNEXTLINE(bugprone-reserved-identifier) */
#define _DEFAULT_SOURCE
#endif
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim_internal.h"

/*
 * As much as this is cleared faster than it is mapped and unmapped: tests make thousands
 * of small models.
 */
#define SMALL	0x10000u
#define ALIGNED 0x1000u /* as what is mapped */

void *sim_grow(void *array, size_t *room, size_t wanted, size_t size)
{
	size_t bigger = *room ? *room : 4;

	if (wanted <= *room)
		return array;
	while (bigger < wanted)
		bigger *= 2;
	array = realloc(array, bigger * size);
	if (!array)
		abort();
	*room = bigger;
	return array;
}

/* ----------------------------------------------------------------------- memory */

static void *clear_memory(uint64_t bytes)
{
	size_t whole = (bytes + ALIGNED - 1) & ~(size_t)(ALIGNED - 1);
	void *memory = aligned_alloc(ALIGNED, whole);

	return memory ? memset(memory, 0, whole) : NULL;
}

static void *map_memory(uint64_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void *take_memory(uint64_t bytes)
{
	return bytes <= SMALL ? clear_memory(bytes) : map_memory(bytes);
}

static void give_memory(void *memory, uint64_t bytes)
{
	if (bytes <= SMALL)
		free(memory);
	else if (memory)
		munmap(memory, bytes);
}

static uint64_t tables_size(const struct sim *sim)
{
	return (sim->pool_size >> sim->table_shift) * sizeof(*sim->tables);
}

bool sim_pool_init(struct sim *sim)
{
	uint64_t granules = sim->config.pool_tables;

	sim->table_shift = (unsigned int)__builtin_ctzll(sim->geo.root_size);
	sim->pool_size = granules << sim->config.granule_shift;
	sim->pool = take_memory(sim->pool_size);
	sim->allocated = take_memory(granules);
	sim->freed = take_memory(granules);
	sim->divided = take_memory(granules);
	sim->tables = take_memory(tables_size(sim));
	/* A TTBR of 0 means an empty table, so no table is at 0. */
	if (!sim->config.pool_pa)
		sim->first_free = 1;
	return sim->pool && sim->allocated && sim->freed && sim->divided && sim->tables;
}

void sim_pool_fini(struct sim *sim)
{
	uint64_t granules = sim->config.pool_tables;

	give_memory(sim->pool, sim->pool_size);
	give_memory(sim->allocated, granules);
	give_memory(sim->freed, granules);
	give_memory(sim->divided, granules);
	give_memory(sim->tables, tables_size(sim));
}

/* ---------------------------------------------------------------------- looking */

void *sim_pointer(struct sim *sim, uint64_t pa)
{
	uint64_t offset = pa - sim->config.pool_pa;

	if (offset >= sim->pool_size) {
		sim_misuse(sim,
			   "sim_pointer() of 0x%" PRIx64 ", which is not in the pool",
			   pa);
		return NULL;
	}
	if (!sim->allocated[sim_granule_of(sim, pa)])
		sim_report(sim, SIM_USE_AFTER_FREE, sim_self(sim), 0, 0,
			   "cpu%u asks for the table at 0x%" PRIx64 ", which is free",
			   sim->cpu, pa);
	return sim->pool + offset;
}

uint64_t sim_address(struct sim *sim, const void *pointer)
{
	if (!sim_contains(sim, pointer)) {
		sim_misuse(sim, "sim_address() of what is not in the pool");
		return 0;
	}
	return sim->config.pool_pa + (uint64_t)((const uint8_t *)pointer - sim->pool);
}

bool sim_contains(const struct sim *sim, const void *pointer)
{
	uint64_t offset = (uint64_t)((uintptr_t)pointer - (uintptr_t)sim->pool);

	return offset < sim->config.pool_tables << sim->config.granule_shift;
}

uint64_t sim_tables_allocated(const struct sim *sim)
{
	return sim->tables_allocated;
}
