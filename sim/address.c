/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TLB maintenance by address or by ASID: what it removes from the log of what CPUs may
 * hold. What tables still contain can be fetched again at once, so an operation removes
 * only what died before it was issued.
 */
#include <stdlib.h>

#include "sim_internal.h"

/* ------------------------------------------------------------------------- issued */

/* Operations issued at one time on adjacent pages count as one. */
static bool continues(const struct sim_range_tlbi *tlbi,
		      const struct sim_range_tlbi *next)
{
	return tlbi->issued == next->issued && tlbi->broadcast == next->broadcast &&
	       tlbi->last_level == next->last_level && tlbi->by_asid == next->by_asid &&
	       tlbi->tagged_only == next->tagged_only && tlbi->asid == next->asid &&
	       tlbi->hinted == next->hinted && tlbi->level == next->level &&
	       next->start >= tlbi->start && next->start - 1 <= tlbi->last;
}

void sim_range_issue(struct sim *sim, const struct sim_range_tlbi *tlbi)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];
	struct sim_range_tlbi *last =
		self->tlbi_count ? &self->tlbis[self->tlbi_count - 1] : NULL;

	if (last && continues(last, tlbi)) {
		if (tlbi->last > last->last)
			last->last = tlbi->last;
		return;
	}
	self->tlbis = sim_grow(self->tlbis, &self->tlbi_room, self->tlbi_count + 1,
			       sizeof(*self->tlbis));
	self->tlbis[self->tlbi_count++] = *tlbi;
}

/* ----------------------------------------------------------------------- complete */

struct clearing {
	struct sim *sim;
	const struct sim_range_tlbi *tlbi;
	bool tables; /* table descriptors, else leaves */
	struct sim_dead *found;
};

/* Roots through which @tlbi removes a translation of this kind. */
static uint64_t addressed(const struct sim *sim, const struct sim_range_tlbi *tlbi,
			  const struct sim_mapping *what)
{
	if (!what->tagged)
		return tlbi->tagged_only ? 0 : UINT64_MAX;
	return tlbi->by_asid ? sim_roots_of_asid(sim, tlbi->asid) : UINT64_MAX;
}

static bool is_hinted_at(const struct sim_range_tlbi *tlbi,
			 const struct sim_mapping *what)
{
	return !tlbi->hinted || sim_hint_includes(tlbi->level, what);
}

/* Collect first: the log must not change while it is visited. */
static bool collect(void *ctx, struct sim_dead *dead)
{
	struct clearing *clearing = ctx;

	if (dead->what.table != clearing->tables ||
	    dead->death >= clearing->tlbi->issued ||
	    !is_hinted_at(clearing->tlbi, &dead->what) ||
	    !(dead->roots & addressed(clearing->sim, clearing->tlbi, &dead->what)))
		return true;
	dead->next = clearing->found;
	clearing->found = dead;
	return true;
}

static struct sim_mapping piece_of(const struct clearing *clearing,
				   const struct sim_mapping *what)
{
	uint64_t low_bits = sim_entry_size(&clearing->sim->geo, what->level) - 1;
	uint64_t start = clearing->tlbi->start & ~low_bits;
	uint64_t last = clearing->tlbi->last | low_bits;

	return sim_clip(what, start, last);
}

/*
 * A leaf that @tlbi removes, and a table descriptor that a CPU may hold and that leads to
 * the leaf.
 */
struct refetch {
	struct sim *sim;
	const struct sim_range_tlbi *tlbi;
	unsigned int cpu; /* or SIM_ALL_CPUS */
	const struct sim_mapping *leaf;
};

static bool is_held(const struct refetch *refetch, const struct sim_dead *dead)
{
	struct sim_query query = sim_query_for(dead);

	return refetch->cpu == SIM_ALL_CPUS ?
		       sim_anybody_holds(refetch->sim, &query) :
		       sim_cpu_holds(refetch->sim, refetch->cpu, &query);
}

/* Whether the operation removes the descriptor together with the leaf. */
static bool goes_too(const struct refetch *refetch, const struct sim_dead *dead,
		     uint64_t va, uint64_t last)
{
	uint64_t left = dead->roots & refetch->sim->active &
			~addressed(refetch->sim, refetch->tlbi, &dead->what);

	return !refetch->tlbi->last_level && is_hinted_at(refetch->tlbi, &dead->what) &&
	       dead->death < refetch->tlbi->issued && !left &&
	       va <= refetch->tlbi->last && last >= refetch->tlbi->start;
}

static bool does_not_lead_to_leaf(void *ctx, struct sim_dead *dead)
{
	const struct refetch *refetch = ctx;
	const struct sim_geometry *geo = &refetch->sim->geo;
	uint64_t count = sim_mapping_tables(geo, &dead->what);

	if (!is_held(refetch, dead))
		return true;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t va = dead->what.start + (i << sim_shift(geo, dead->what.level));
		uint64_t last = va | (sim_entry_size(geo, dead->what.level) - 1);
		struct sim_linked linked = sim_mapping_linked(geo, &dead->what, va);

		if (va <= refetch->leaf->last && last >= refetch->leaf->start &&
		    !goes_too(refetch, dead, va, last) &&
		    sim_is_table(refetch->sim, linked.pa) &&
		    sim_table_maps(refetch->sim, &linked, refetch->leaf))
			return false;
	}
	return true;
}

/* Can CPUs fetch it again, from a table whose descriptor they kept? */
static bool can_be_fetched_again(const struct clearing *clearing, unsigned int cpu,
				 const struct sim_mapping *leaf)
{
	struct refetch refetch = { clearing->sim, clearing->tlbi, cpu, leaf };

	return !leaf->table &&
	       !sim_log_for_each_table(clearing->sim, leaf->start, leaf->last,
				       does_not_lead_to_leaf, &refetch);
}

/*
 * A table descriptor is removed: until then the leaves that it led to could be fetched.
 */
struct farewell {
	struct sim *sim;
	const struct sim_dead *table;
	bool only_global;
};

static bool prolong(void *ctx, struct sim_dead *leaf)
{
	const struct farewell *farewell = ctx;
	struct sim *sim = farewell->sim;
	const struct sim_mapping *tables = &farewell->table->what;
	uint64_t count = sim_mapping_tables(&sim->geo, tables);

	if (leaf->what.tagged && farewell->only_global)
		return true;
	for (uint64_t i = 0; leaf->death < sim->epoch && i < count; i++) {
		uint64_t va = tables->start + (i << sim_shift(&sim->geo, tables->level));
		uint64_t last = va | (sim_entry_size(&sim->geo, tables->level) - 1);
		struct sim_linked linked = sim_mapping_linked(&sim->geo, tables, va);

		if (va <= leaf->what.last && last >= leaf->what.start &&
		    sim_is_table(sim, linked.pa) &&
		    sim_table_maps(sim, &linked, &leaf->what))
			leaf->death = sim_tick(sim, SIM_TICK_DEATH);
	}
	return true;
}

static void prolong_leaves(struct sim *sim, const struct sim_dead *table)
{
	struct farewell farewell = { sim, table, false };

	if (table->what.table)
		sim_log_for_each(sim, table->what.start, table->what.last, prolong,
				 &farewell);
}

/* Log global leaves anew; the others go together with the descriptor. */
static void prolong_global_leaves(struct sim *sim, const struct sim_dead *table)
{
	struct farewell farewell = { sim, table, true };

	sim_log_for_each(sim, table->what.start, table->what.last, prolong, &farewell);
}

static unsigned int cpus_of(const struct sim *sim, const struct sim_range_tlbi *tlbi)
{
	return tlbi->broadcast || sim->config.cpus == 1 ? SIM_ALL_CPUS : sim->cpu;
}

static void clear(struct sim *sim, const struct sim_range_tlbi *tlbi, bool tables)
{
	struct clearing clearing = { sim, tlbi, tables, NULL };
	unsigned int cpu = cpus_of(sim, tlbi);

	sim_log_for_each_near(sim, tlbi->start, tlbi->last, collect, &clearing);
	while (clearing.found) {
		struct sim_dead *dead = clearing.found;
		struct sim_mapping piece = piece_of(&clearing, &dead->what);
		struct sim_cleared cleared = { piece.start, piece.last,
					       addressed(sim, tlbi, &piece), cpu };

		clearing.found = dead->next;
		if (can_be_fetched_again(&clearing, cpu, &piece))
			continue;
		prolong_leaves(sim, dead);
		if (tlbi->broadcast)
			sim_late_record(sim, dead, &piece, cleared.roots);
		sim_log_clear(sim, dead, &cleared);
	}
}

/* Everything tagged with an ASID goes, descriptors too, and from roots that were left. */
static bool say_farewell(void *ctx, struct sim_dead *table)
{
	const struct clearing *clearing = ctx;
	struct sim_query query = sim_query_for(table);

	query.roots &= addressed(clearing->sim, clearing->tlbi, &table->what);
	if (sim_anybody_holds(clearing->sim, &query))
		prolong_global_leaves(clearing->sim, table);
	return true;
}

static void clear_asid(struct sim *sim, const struct sim_range_tlbi *tlbi)
{
	struct clearing clearing = { .sim = sim, .tlbi = tlbi };

	sim_log_for_each_table(sim, tlbi->start, tlbi->last, say_farewell, &clearing);
	if (tlbi->broadcast)
		sim_late_record_asid(sim, tlbi->asid, tlbi->issued);
	sim_spans_cut_asid(sim, cpus_of(sim, tlbi), tlbi->asid, tlbi->issued);
}

/*
 * By address, but for all addresses, all levels and all ASIDs: nothing is left, not even of
 * a root that was left, whose entries are not in the log.
 */
static bool is_for_everything(const struct sim *sim, const struct sim_range_tlbi *tlbi)
{
	uint64_t base = sim->geo.base;

	return !tlbi->last_level && !tlbi->by_asid && !tlbi->tagged_only &&
	       !tlbi->hinted && tlbi->start <= base &&
	       tlbi->last >= base + sim->geo.range_mask;
}

static void cut_if_everything(struct sim *sim, const struct sim_range_tlbi *tlbi)
{
	if (!is_for_everything(sim, tlbi))
		return;
	if (cpus_of(sim, tlbi) == SIM_ALL_CPUS)
		sim_spans_cut_all(sim, tlbi->issued);
	else
		sim_spans_cut(sim, sim->cpu, tlbi->issued);
}

/*
 * Operations that one DSB completes may act in any order: one of them removes a leaf, the
 * leaf is fetched again, and the next one removes the descriptor that led there. So all
 * leaves are handled before the first descriptor goes.
 */
void sim_ranges_complete(struct sim *sim, bool broadcast)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];
	size_t kept = 0;

	for (size_t i = 0; i < self->tlbi_count; i++) {
		const struct sim_range_tlbi *tlbi = &self->tlbis[i];

		if (!tlbi->tagged_only && (broadcast || !tlbi->broadcast))
			clear(sim, tlbi, false);
	}
	for (size_t i = 0; i < self->tlbi_count; i++) {
		struct sim_range_tlbi tlbi = self->tlbis[i];

		if (tlbi.broadcast && !broadcast)
			self->tlbis[kept++] = tlbi;
		else if (tlbi.tagged_only)
			clear_asid(sim, &tlbi);
		else if (!tlbi.last_level)
			clear(sim, &tlbi, true);
		if (broadcast || !tlbi.broadcast)
			cut_if_everything(sim, &tlbi);
	}
	self->tlbi_count = kept;
}
