/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Allocation and release: the granules of the pool, handed out in adjacent runs, full of
 * garbage. Knows nothing of the contents of tables.
 */
#include <inttypes.h>
#include <string.h>

#include "sim_internal.h"

/* A valid descriptor of any level, whose address is unlikely to be memory. */
#define GARBAGE UINT64_C(0xdeadbeefdeadbeef)

/* --------------------------------------------------------------------- contents */

/* Enough that nobody mistakes a new table for a zeroed one; the rest stays untouched. */
static void spoil_new(const struct sim *sim, uint64_t granule)
{
	uint64_t *table = sim_table_at(sim, sim_granule_pa(sim, granule));
	size_t words = sim->geo.granule_size / sizeof(*table);

	for (size_t i = 0; i < 4; i++)
		table[i] = GARBAGE;
	for (size_t i = 32; i < words; i += 32)
		table[i] = GARBAGE;
	table[words - 1] = GARBAGE;
}

static void spoil_all(const struct sim *sim, uint64_t granule)
{
	uint64_t *table = sim_table_at(sim, sim_granule_pa(sim, granule));
	size_t words = sim->geo.granule_size / sizeof(*table);

	for (size_t i = 0; i < words; i++)
		table[i] = GARBAGE;
}

/* ------------------------------------------------------------------- allocation */

static bool this_call_fails(struct sim *sim)
{
	return sim->fail_in && --sim->fail_in == 0;
}

static uint64_t find_free(const struct sim *sim)
{
	uint64_t granules = sim->config.pool_tables;
	const uint8_t *found;

	if (sim->first_free >= granules)
		return granules;
	found = memchr(sim->allocated + sim->first_free, 0, granules - sim->first_free);
	return found ? (uint64_t)(found - sim->allocated) : granules;
}

static uint64_t free_from(const struct sim *sim, uint64_t granule, uint64_t wanted)
{
	uint64_t room = sim->config.pool_tables - granule;
	uint64_t count = 0;

	if (sim->config.longest_run && wanted > sim->config.longest_run)
		wanted = sim->config.longest_run;
	if (wanted > room)
		wanted = room;
	while (count < wanted && !sim->allocated[granule + count])
		count++;
	return count;
}

static bool is_spoilt(const struct sim *sim, uint64_t granule)
{
	const uint64_t *table = sim_table_at(sim, sim_granule_pa(sim, granule));
	uint64_t differ = 0;

	for (size_t i = 0; i < sim->geo.granule_size / sizeof(*table); i++)
		differ |= table[i] ^ GARBAGE;
	return !differ;
}

/* Free tables contain garbage, unless somebody writes to them. */
static void check_unwritten(struct sim *sim, uint64_t granule)
{
	if (!sim->freed[granule] || is_spoilt(sim, granule))
		return;
	sim_report(sim, SIM_USE_AFTER_FREE, sim_self(sim), 0, 0,
		   "the table at 0x%" PRIx64 " was written after it was freed",
		   sim_granule_pa(sim, granule));
}

static void hand_out(struct sim *sim, uint64_t granule, uint64_t count)
{
	memset(sim->allocated + granule, 1, count);
	for (uint64_t i = 0; i < count; i++) {
		check_unwritten(sim, granule + i);
		spoil_new(sim, granule + i);
	}
	sim->first_free = granule + count;
	sim->tables_allocated += count;
}

static void count_allocation(struct sim *sim, uint64_t tables)
{
	sim->events.allocations++;
	sim->events.tables_allocated += tables;
	if (!sim->in_stop)
		return;
	sim->events_in_stop.allocations++;
	sim->events_in_stop.tables_allocated += tables;
	sim_report(sim, SIM_ALLOC_IN_STOP, sim_self(sim), 0, 0,
		   "cpu%u allocates %" PRIu64 " tables inside the stop", sim->cpu,
		   tables);
}

uint64_t sim_alloc(struct sim *sim, int level, uint64_t wanted, uint64_t *pa)
{
	uint64_t granule = find_free(sim);
	uint64_t count = this_call_fails(sim) ? 0 : free_from(sim, granule, wanted);

	*pa = 0;
	if (count) {
		hand_out(sim, granule, count);
		*pa = sim_granule_pa(sim, granule);
	}
	sim_trace(sim, "alloc level=%d pa=0x%016" PRIx64 " tables=%" PRIu64, level, *pa,
		  count);
	count_allocation(sim, count);
	return count;
}

void sim_fail_alloc(struct sim *sim, uint64_t nth)
{
	sim->fail_in = nth;
}

/* ---------------------------------------------------------------------- release */

static void count_release(struct sim *sim, uint64_t tables)
{
	sim->events.frees++;
	sim->events.tables_freed += tables;
	if (!sim->in_stop)
		return;
	sim->events_in_stop.frees++;
	sim->events_in_stop.tables_freed += tables;
	sim_report(sim, SIM_ALLOC_IN_STOP, sim_self(sim), 0, 0,
		   "cpu%u frees %" PRIu64 " tables inside the stop", sim->cpu, tables);
}

static bool is_whole_table(const struct sim *sim, uint64_t pa)
{
	return sim_table_at(sim, pa) && !(pa & (sim->geo.granule_size - 1));
}

static void take_back(struct sim *sim, uint64_t granule)
{
	sim->allocated[granule] = 0;
	sim->freed[granule] = 1;
	sim_forget_granule(sim, granule);
	spoil_all(sim, granule);
	if (granule < sim->first_free)
		sim->first_free = granule;
	sim->tables_allocated--;
}

/* The tables of [@pa, +@tables) that are allocated; anything else is a finding. */
static uint64_t releasable(struct sim *sim, uint64_t pa, uint64_t tables)
{
	uint64_t granule = sim_granule_of(sim, pa);
	uint64_t count = 0;

	if (is_whole_table(sim, pa)) {
		while (count < tables && granule + count < sim->config.pool_tables &&
		       sim->allocated[granule + count])
			count++;
	}
	if (count < tables)
		sim_report(sim, SIM_BAD_FREE, sim_self(sim), 0, 0,
			   "cpu%u frees the table at 0x%" PRIx64
			   ", which is not allocated",
			   sim->cpu, pa + count * sim->geo.granule_size);
	return count;
}

void sim_release(struct sim *sim, int level, uint64_t pa, uint64_t tables)
{
	uint64_t granule = sim_granule_of(sim, pa);
	uint64_t count;

	sim_trace(sim, "free level=%d pa=0x%016" PRIx64 " tables=%" PRIu64, level, pa,
		  tables);
	count = releasable(sim, pa, tables);
	sim_check_release(sim, granule, count);
	for (uint64_t i = 0; i < count; i++)
		take_back(sim, granule + i);
	count_release(sim, count);
}
