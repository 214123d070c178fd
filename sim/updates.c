/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entries that hardware itself may write to: it sets the access flag, and makes an entry
 * with DBM writable, when it uses the entry (Arm ARM D8.5). A store that does not see what
 * it replaces, or a table that replaces the one it was copied from, loses such a write.
 */
#include <inttypes.h>

#include "sim_internal.h"

/* What hardware may do to this leaf. */
static const char *update_of(const struct sim *sim, int level, uint64_t desc)
{
	if (sim_desc_kind(&sim->geo, level, desc) != SIM_LEAF)
		return NULL;
	if (sim->config.hw_dirty && (desc & SIM_DESC_DBM) && (desc & SIM_DESC_READ_ONLY))
		return "the dirty state";
	if (sim->config.hw_access_flag && !(desc & SIM_DESC_ACCESSED))
		return "the access flag";
	return NULL;
}

/* Whether @value says what hardware may have written to @old. */
static bool keeps(uint64_t old, uint64_t value)
{
	bool accessed = (old | value) & SIM_DESC_ACCESSED;
	bool dirty = !(old & SIM_DESC_DBM) || !(old & value & SIM_DESC_READ_ONLY);

	return (value & SIM_DESC_VALID) && accessed && dirty;
}

static void report_lost(struct sim *sim, uint64_t va, int level, const char *update,
			const char *how)
{
	sim_report(sim, SIM_LOST_UPDATE, sim_self(sim), va,
		   sim_entry_size(&sim->geo, level),
		   "%s of 0x%" PRIx64 ", which hardware may write meanwhile, is lost: %s",
		   update, va, how);
}

static bool can_be_walked(const struct sim *sim, uint64_t pa)
{
	return sim_roots_reaching(sim, pa) & sim->walked;
}

/* --------------------------------------------------------------------- a table's copy */

/* The first leaf below a table that hardware may write to. */
struct updated {
	int level;
	uint64_t va;
	const char *update;
};

static bool find_updated(const struct sim *sim, uint64_t pa, int level, uint64_t va,
			 struct updated *found)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *table = sim_table_at(sim, pa);

	for (unsigned int i = 0; table && i < sim_entries(geo, level); i++) {
		uint64_t at = va + ((uint64_t)i << sim_shift(geo, level));

		*found = (struct updated){ level, at, update_of(sim, level, table[i]) };
		if (found->update || (sim_desc_kind(geo, level, table[i]) == SIM_TABLE &&
				      find_updated(sim, sim_table_output(geo, table[i]),
						   level + 1, at, found)))
			return true;
	}
	return false;
}

static void check_copy(struct sim *sim, const struct sim_change *change)
{
	const struct sim_geometry *geo = &sim->geo;
	int level = change->level;
	struct updated found;

	if (sim_desc_kind(geo, level, change->old) != SIM_TABLE ||
	    sim_desc_kind(geo, level, change->value) == SIM_INVALID ||
	    sim_desc_same(geo, level, change->old, change->value) ||
	    sim_table_output(geo, change->old) == sim_table_output(geo, change->value))
		return;
	if (find_updated(sim, sim_table_output(geo, change->old), level + 1, change->va,
			 &found))
		report_lost(sim, found.va, found.level, found.update,
			    "what replaces its table was made before");
}

/* -------------------------------------------------------------------------- a store */

void sim_check_updates(struct sim *sim, const struct sim_change *change, bool atomic)
{
	const char *update;

	if (!sim->config.hw_access_flag && !sim->config.hw_dirty)
		return;
	if (!change->in_table || !can_be_walked(sim, change->pa))
		return;
	update = update_of(sim, change->level, change->old);
	if (update && !atomic && !keeps(change->old, change->value))
		report_lost(sim, change->va, change->level, update,
			    "the store does not see it");
	check_copy(sim, change);
}
