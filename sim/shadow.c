/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the model was told that tables contain: a second copy of each table that may be
 * walked, and of each that sim_wrote() named. What differs from it was stored, and the
 * model was not told. Knows nothing of who walks.
 */
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

/* Compared at each barrier, TLBI and TTBR write; all of it at sim_expect_clean(). */
#define BYTES_AT_ONCE 0x10000u

/* Where a root is smaller than a granule, what does not begin a granule is one, too. */
static size_t largest_bytes(const struct sim *sim, uint64_t pa)
{
	bool granule = !(pa & (sim->geo.granule_size - 1));

	return granule ? sim->geo.granule_size : sim->geo.root_size;
}

static size_t table_bytes(const struct sim *sim, uint64_t pa)
{
	const struct sim_table *table = sim_table_of(sim, pa);

	if (table->known && table->level == sim->geo.start)
		return sim->geo.root_size;
	return largest_bytes(sim, pa);
}

static struct sim_told *told_of(const struct sim *sim, uint64_t pa)
{
	return &sim_table_of(sim, pa)->told;
}

/* ------------------------------------------------------------------------- a copy */

/*
 * Most tables are all zero, or pages that follow each other: then the first entry and the
 * distance of the others say everything.
 */
static bool is_even(const uint64_t *entries, size_t count, uint64_t first, uint64_t step)
{
	uint64_t differ = 0;

	for (size_t i = 0; i < count; i++, first += step)
		differ |= entries[i] ^ first;
	return !differ;
}

static void drop_copy(struct sim *sim, struct sim_told *told)
{
	struct sim_copy *copy = told->copy;

	if (!copy)
		return;
	*copy->link = copy->next;
	if (copy->next)
		copy->next->link = copy->link;
	free(copy);
	told->copy = NULL;
}

/*
 * For the caller to fill in. As large as the largest table that can be there: a root that
 * is smaller than a granule may become one that is not.
 */
static struct sim_copy *add_copy(struct sim *sim, uint64_t pa)
{
	struct sim_copy *copy = malloc(sizeof(*copy) + largest_bytes(sim, pa));

	if (!copy)
		abort();
	copy->next = sim->copies;
	copy->link = &sim->copies;
	if (copy->next)
		copy->next->link = &copy->next;
	sim->copies = copy;
	told_of(sim, pa)->copy = copy;
	return copy;
}

static void tell(struct sim *sim, uint64_t pa)
{
	struct sim_told *told = told_of(sim, pa);
	const uint64_t *entries = sim_table_at(sim, pa);
	size_t bytes = largest_bytes(sim, pa);
	uint64_t step = entries[1] - entries[0];

	told->any = true;
	drop_copy(sim, told);
	if (is_even(entries, bytes / sizeof(*entries), entries[0], step)) {
		told->first = entries[0];
		told->step = step;
		return;
	}
	memcpy(add_copy(sim, pa)->entries, entries, bytes);
}

static uint64_t told_entry(const struct sim_told *told, size_t index)
{
	return told->copy ? told->copy->entries[index] : told->first + index * told->step;
}

/* ------------------------------------------------------------------------- telling */

/* Only what is not watched: plain stores to the roots beside it were not meant. */
static void tell_divided(struct sim *sim, uint64_t granule_pa)
{
	for (uint64_t i = 0; i < sim->geo.granule_size; i += sim->geo.root_size) {
		if (!sim_table_of(sim, granule_pa + i)->watched)
			tell(sim, granule_pa + i);
	}
}

void sim_shadow_tell(struct sim *sim, uint64_t pa)
{
	bool granule = !(pa & (sim->geo.granule_size - 1));

	if (granule && sim->divided[sim_granule_of(sim, pa)] &&
	    !sim_table_of(sim, pa)->watched)
		tell_divided(sim, pa);
	else
		tell(sim, pa);
}

/* The copy of what was told; made now if the first entry and the distance said it all. */
static struct sim_copy *spread(struct sim *sim, uint64_t pa)
{
	struct sim_told *told = told_of(sim, pa);
	size_t count = largest_bytes(sim, pa) / sizeof(uint64_t);
	struct sim_copy *copy = told->copy;

	if (copy)
		return copy;
	copy = add_copy(sim, pa);
	for (size_t i = 0; i < count; i++)
		copy->entries[i] = told->first + i * told->step;
	return copy;
}

static void tell_entry(struct sim *sim, uint64_t pa, unsigned int index, uint64_t value)
{
	const struct sim_told *told = told_of(sim, pa);

	if (told->any && told_entry(told, index) != value)
		spread(sim, pa)->entries[index] = value;
}

void sim_shadow_tell_slot(struct sim *sim, uint64_t table_pa, unsigned int index,
			  uint64_t value)
{
	uint64_t offset = index * sizeof(uint64_t) & ~(sim->geo.root_size - 1);

	if (!told_of(sim, table_pa)->any)
		sim_shadow_tell(sim, table_pa);
	tell_entry(sim, table_pa, index, value);
	/* It may be the place of a root that is told by itself. */
	if (offset && sim->divided[sim_granule_of(sim, table_pa)])
		tell_entry(sim, table_pa + offset,
			   index - (unsigned int)(offset / sizeof(uint64_t)), value);
}

/* ------------------------------------------------------------------------ watching */

static void watch(struct sim *sim, uint64_t pa)
{
	struct sim_table *table = sim_table_of(sim, pa);

	if (table->watched)
		return;
	sim->watched = sim_grow(sim->watched, &sim->watched_room, sim->watched_count + 1,
				sizeof(*sim->watched));
	sim->watched[sim->watched_count++] = pa;
	table->watched = sim->watched_count;
}

void sim_shadow_forget(struct sim *sim, uint64_t pa)
{
	struct sim_table *table = sim_table_of(sim, pa);
	uint64_t last;

	drop_copy(sim, &table->told);
	table->told.any = false;
	if (!table->watched)
		return;
	last = sim->watched[--sim->watched_count];
	sim->watched[table->watched - 1] = last;
	sim_table_of(sim, last)->watched = table->watched;
	table->watched = 0;
}

/* Before a root was known, all of its granule counted as one table. */
static void take_from_granule(struct sim *sim, uint64_t pa)
{
	uint64_t granule_pa = pa & ~(sim->geo.granule_size - 1);
	const struct sim_told *granule = told_of(sim, granule_pa);
	struct sim_told *told = told_of(sim, pa);

	if (told->any || !granule->any)
		return;
	*told = *granule;
	told->first += (pa - granule_pa) / sizeof(uint64_t) * granule->step;
	told->copy = NULL;
	if (!granule->copy)
		return;
	memcpy(add_copy(sim, pa)->entries,
	       granule->copy->entries + (pa - granule_pa) / sizeof(uint64_t),
	       sim->geo.root_size);
}

static bool is_as_told(const struct sim *sim, uint64_t pa)
{
	const struct sim_told *told = told_of(sim, pa);
	const uint64_t *now = sim_table_at(sim, pa);
	size_t bytes = table_bytes(sim, pa);

	if (told->copy)
		return !memcmp(now, told->copy->entries, bytes);
	return is_even(now, bytes / sizeof(*now), told->first, told->step);
}

bool sim_shadow_compare_table(const struct sim *sim, uint64_t pa,
			      struct sim_untold *untold)
{
	const struct sim_told *told = told_of(sim, pa);
	const uint64_t *now = sim_table_at(sim, pa);
	unsigned int count = 0;

	if (is_as_told(sim, pa))
		return false;
	for (size_t i = table_bytes(sim, pa) / sizeof(*now); i-- > 0;) {
		if (now[i] != told_entry(told, i))
			*untold = (struct sim_untold){ pa, (unsigned int)i,
						       told_entry(told, i), now[i],
						       ++count };
	}
	return true;
}

bool sim_shadow_begin(struct sim *sim, uint64_t pa, struct sim_untold *untold)
{
	bool differs;

	*untold = (struct sim_untold){ .pa = pa };
	take_from_granule(sim, pa);
	differs = !told_of(sim, pa)->any || sim_shadow_compare_table(sim, pa, untold);
	if (differs)
		tell(sim, pa);
	watch(sim, pa);
	return differs;
}

/* ----------------------------------------------------------------------- comparing */

static bool compare(struct sim *sim, size_t count, struct sim_untold *untold)
{
	while (count-- > 0 && sim->watched_count) {
		uint64_t pa;

		if (sim->watched_next >= sim->watched_count) {
			sim->watched_next = 0;
			sim->compared_since = sim->comparing_since;
			sim->comparing_since = sim->event;
		}
		pa = sim->watched[sim->watched_next];
		if (sim_shadow_compare_table(sim, pa, untold))
			return true;
		sim->watched_next++;
	}
	return false;
}

bool sim_shadow_compare_some(struct sim *sim, struct sim_untold *untold)
{
	size_t tables = BYTES_AT_ONCE / sim->geo.granule_size;

	return compare(sim, tables < sim->watched_count ? tables : sim->watched_count,
		       untold);
}

bool sim_shadow_compare_all(struct sim *sim, struct sim_untold *untold)
{
	return compare(sim, sim->watched_count, untold);
}

bool sim_shadow_compare_slot(const struct sim *sim, uint64_t table_pa, unsigned int index,
			     struct sim_untold *untold)
{
	const struct sim_told *told = told_of(sim, table_pa);

	if (!sim_table_of(sim, table_pa)->watched || !told->any)
		return false;
	*untold = (struct sim_untold){ table_pa, index, told_entry(told, index),
				       sim_table_at(sim, table_pa)[index], 1 };
	return untold->told != untold->now;
}

void sim_shadow_free(struct sim *sim)
{
	while (sim->copies) {
		struct sim_copy *next = sim->copies->next;

		free(sim->copies);
		sim->copies = next;
	}
	free(sim->watched);
}
