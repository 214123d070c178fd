/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stores to tables: those that the model is told of, and those that it finds by itself.
 * Both take the same way: before the store, the store, after it.
 */
#include <inttypes.h>

#include "sim_internal.h"

void sim_on_store(struct sim *sim, sim_store_hook *hook, void *ctx)
{
	sim->hook = hook;
	sim->hook_ctx = ctx;
}

/* ------------------------------------------------------------------------ one store */

/*
 * A store, at each place where the table is linked, first where it was last; at each
 * place, for all roots below which the same is taken away.
 */
#define WAYS (SIM_PLACES + SIM_ROOTS)
struct stores {
	struct sim_change at[WAYS];
	size_t count;
	bool reached;
};

static uint64_t above(const struct sim *sim, uint64_t roots,
		      const struct sim_change *change)
{
	return sim_above_below(sim, sim->roots[__builtin_ctzll(roots)].pa, sim->geo.start,
			       change->level, change->va);
}

/* Of @roots, those that take the same away as the first one. */
static uint64_t roots_alike(const struct sim *sim, uint64_t roots,
			    const struct sim_change *change)
{
	uint64_t alike = 0;

	if (!(roots & (roots - 1)))
		return roots;
	for (uint64_t left = roots; left; left &= left - 1) {
		if (above(sim, left, change) == change->above)
			alike |= left & (0 - left);
	}
	return alike;
}

static void add_place(struct sim *sim, struct stores *stores,
		      const struct sim_change *like, int level, uint64_t table_va)
{
	struct sim_change change = *like;
	uint64_t left = 0;

	change.level = level;
	change.in_table = like->index < sim_entries(&sim->geo, level);
	change.va = table_va + ((uint64_t)like->index << sim_shift(&sim->geo, level));
	if (change.in_table)
		left = sim_roots_reaching_at(sim, change.pa, level, change.va);
	stores->reached |= left != 0;
	do {
		change.above = left ? above(sim, left, &change) : 0;
		change.roots = roots_alike(sim, left, &change);
		left &= ~change.roots;
		stores->at[stores->count++] = change;
	} while (left && stores->count < WAYS);
}

static struct stores stores_of(struct sim *sim, uint64_t *slot, uint64_t value)
{
	uint64_t pa = sim_table_holding(sim, sim_address(sim, slot));
	struct sim_table *table = sim_table_of(sim, pa);
	struct sim_change change = {
		.pa = pa,
		.table = table,
		.slot = slot,
		.index = (unsigned int)((sim_address(sim, slot) - pa) / sizeof(*slot)),
		.old = *slot,
		.value = value,
	};
	struct stores stores;

	stores.count = 0;
	stores.reached = false;
	if (table->known)
		add_place(sim, &stores, &change, table->level, table->va);
	else
		stores.at[stores.count++] = change;
	for (const struct sim_place *place = table->others; place && stores.count < WAYS;
	     place = place->next)
		add_place(sim, &stores, &change, place->level, place->va);
	return stores;
}

static void trace_store(struct sim *sim, const struct sim_change *change)
{
	uint64_t pa = sim_address(sim, change->slot);

	if (change->in_table)
		sim_trace(sim,
			  "store pa=0x%016" PRIx64 " old=0x%016" PRIx64
			  " new=0x%016" PRIx64 " level=%d va=0x%016" PRIx64,
			  pa, change->old, change->value, change->level, change->va);
	else
		sim_trace(sim,
			  "store pa=0x%016" PRIx64 " old=0x%016" PRIx64
			  " new=0x%016" PRIx64,
			  pa, change->old, change->value);
}

static void remember(struct sim *sim, const struct sim_change *change)
{
	if (!change->roots)
		return;
	sim_past_add(sim, &(struct sim_past){ .kind = SIM_PAST_STORE,
					      .level = (int8_t)change->level,
					      .start = change->start,
					      .last = change->last,
					      .pa = sim_address(sim, change->slot),
					      .va = change->va,
					      .above = change->above,
					      .old = change->old,
					      .value = change->value });
}

static void before(struct sim *sim, struct stores *stores)
{
	for (size_t i = 0; i < stores->count; i++) {
		sim_before_store(sim, &stores->at[i]);
		remember(sim, &stores->at[i]);
	}
	if (!stores->reached)
		sim_record_write(sim, stores->at[0].pa);
}

/* Until the DSB walkers may see the older value. */
static void record(struct sim *sim, const struct stores *stores)
{
	bool walked = false;

	for (size_t i = 0; i < stores->count; i++)
		walked |= stores->at[i].roots != 0;
	if (!walked)
		return;
	sim_unseen_add(sim, &stores->at[0]);
	for (size_t i = 0; i < stores->count; i++)
		sim_check_needs_of_others(sim, &stores->at[i]);
}

/* A table descriptor came, went or changed where something valid was. */
static bool changes_tables(const struct sim *sim, const struct sim_change *change)
{
	return change->in_table && (change->old & SIM_DESC_VALID) &&
	       (sim_desc_kind(&sim->geo, change->level, change->old) == SIM_TABLE ||
		sim_desc_kind(&sim->geo, change->level, change->value) == SIM_TABLE);
}

static void carry_out(struct sim *sim, struct stores *stores)
{
	const struct sim_change *first = &stores->at[0];

	before(sim, stores);
	*(volatile uint64_t *)first->slot = first->value;
	sim_shadow_tell_slot(sim, first->pa, first->index, first->value);
	for (size_t i = 0; i < stores->count; i++)
		sim_after_store(sim, &stores->at[i]);
	record(sim, stores);
	if (changes_tables(sim, first))
		sim->changed_at = sim->event;
}

static bool is_slot(struct sim *sim, const uint64_t *slot)
{
	if (!sim_contains(sim, slot) || (uintptr_t)slot % sizeof(*slot)) {
		sim_misuse(sim, "a store to what is no entry of a table in the pool");
		return false;
	}
	if (sim_is_table(sim, sim_address(sim, slot)))
		return true;
	sim_report(sim, SIM_USE_AFTER_FREE, sim_self(sim), 0, 0,
		   "cpu%u stores to 0x%" PRIx64 ", which is free", sim->cpu,
		   sim_address(sim, slot));
	return false;
}

/* ---------------------------------------------------- stores that nobody told it of */

/* Done again, with the model looking, so that what follows from it is found, too. */
static void do_again(struct sim *sim, uint64_t *slot, uint64_t told)
{
	uint64_t value = *slot;
	struct stores stores;

	*slot = told;
	stores = stores_of(sim, slot, value);
	carry_out(sim, &stores);
}

static void do_all_again(struct sim *sim, const struct sim_untold *first)
{
	struct sim_untold untold = *first;

	for (unsigned int left = first->entries; left > 0; left--) {
		do_again(sim, sim_table_at(sim, untold.pa) + untold.index, untold.told);
		if (!sim_shadow_compare_table(sim, first->pa, &untold))
			return;
	}
}

static void report_untold(struct sim *sim, const struct sim_untold *untold)
{
	const struct sim_table *table = sim_table_of(sim, untold->pa);
	uint64_t va = table->va +
		      ((uint64_t)untold->index << sim_shift(&sim->geo, table->level));
	char more[64] = "";

	if (untold->entries > 1)
		snprintf(more, sizeof(more), ", and %u more of this table",
			 untold->entries - 1);
	sim_report(sim, SIM_UNTOLD, sim_self(sim), va,
		   sim_entry_size(&sim->geo, table->level),
		   "the level %d entry of 0x%" PRIx64
		   " was written without sim_store(), after line %" PRIu64 ": 0x%" PRIx64
		   " became 0x%" PRIx64 "%s",
		   table->level, va, sim->compared_since, untold->told, untold->now,
		   more);
}

/* If no walk can lead there any more, it is plain memory until sim_wrote() names it. */
static void take(struct sim *sim, const struct sim_untold *untold)
{
	if (!sim_may_be_walked(sim, untold->pa)) {
		sim_shadow_forget(sim, untold->pa);
		return;
	}
	report_untold(sim, untold);
	do_all_again(sim, untold);
}

void sim_find_untold(struct sim *sim)
{
	struct sim_untold untold;

	while (sim_shadow_compare_some(sim, &untold))
		take(sim, &untold);
}

void sim_find_all_untold(struct sim *sim)
{
	struct sim_untold untold;

	while (sim_shadow_compare_all(sim, &untold))
		take(sim, &untold);
}

/* -------------------------------------------------------------------- sim_store() */

/* True if links may have changed. */
static bool find_untold_here(struct sim *sim, const struct sim_change *change)
{
	struct sim_untold untold;

	if (!sim_shadow_compare_slot(sim, change->pa, change->index, &untold))
		return false;
	take(sim, &untold);
	return true;
}

static void store(struct sim *sim, uint64_t *slot, uint64_t value, bool atomic)
{
	struct stores stores;

	if (sim->hook)
		sim->hook(sim->hook_ctx, sim->events.stores + 1);
	sim->events.stores++;
	sim->events_in_stop.stores += sim->in_stop;
	stores = stores_of(sim, slot, value);
	trace_store(sim, &stores.at[0]);
	if (find_untold_here(sim, &stores.at[0]))
		stores = stores_of(sim, slot, value);
	sim_check_slot(sim, slot);
	sim_check_updates(sim, &stores.at[0], atomic);
	carry_out(sim, &stores);
}

void sim_store(struct sim *sim, uint64_t *slot, uint64_t value)
{
	if (is_slot(sim, slot))
		store(sim, slot, value, false);
}

uint64_t sim_swap(struct sim *sim, uint64_t *slot, uint64_t value)
{
	uint64_t old;

	if (!is_slot(sim, slot))
		return 0;
	old = *slot;
	store(sim, slot, value, true);
	return old;
}

bool sim_compare_swap(struct sim *sim, uint64_t *slot, uint64_t *old, uint64_t value)
{
	if (!is_slot(sim, slot))
		return false;
	if (*slot != *old) {
		*old = *slot;
		return false;
	}
	store(sim, slot, value, true);
	return true;
}
