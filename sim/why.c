/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why something is a finding: the store that replaced what a CPU may hold, since when the
 * CPU may hold it, and the TLBI or DSB that is missing or does not count. Looks for these
 * in the past, after the finding is certain.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "sim_internal.h"

__attribute__((format(printf, 2, 3))) static void say(struct sim *sim, const char *format,
						      ...)
{
	struct sim_why *why = &sim->why;
	int room = (int)sizeof(why->text) - why->length;
	va_list args;
	int written;

	va_start(args, format);
	written = vsnprintf(why->text + why->length, (size_t)room, format, args);
	va_end(args);
	why->length += written < room ? written : room - 1;
}

void sim_explain_nothing(struct sim *sim)
{
	sim->why = (struct sim_why){ 0 };
}

/* ----------------------------------------------------------- the store that ended it */

static bool replaced_leaf(const struct sim *sim, const struct sim_past *store,
			  const struct sim_mapping *what)
{
	const struct sim_geometry *geo = &sim->geo;
	struct sim_mapping old;

	if (sim_desc_kind(geo, store->level, store->old) != SIM_LEAF)
		return false;
	old = sim_leaf_mapping(geo, store->level, store->va, store->old, store->above);
	return old.offset == what->offset && old.contiguous == what->contiguous &&
	       old.attrs == what->attrs && old.nt == what->nt;
}

static bool replaced_table(const struct sim *sim, const struct sim_past *store,
			   const struct sim_mapping *what)
{
	const struct sim_geometry *geo = &sim->geo;

	return sim_desc_kind(geo, store->level, store->old) == SIM_TABLE &&
	       sim_table_output(geo, store->old) ==
		       sim_mapping_table(geo, what, store->va);
}

/* It replaced @held itself, or a table on the way there. */
static bool ended(const struct sim *sim, const struct sim_past *store,
		  const struct sim_held *held)
{
	const struct sim_mapping *what = held->what;

	if (store->kind != SIM_PAST_STORE || held->va < store->start ||
	    held->va > store->last)
		return false;
	if (store->level < what->level)
		return sim_desc_kind(&sim->geo, store->level, store->old) == SIM_TABLE;
	return store->level == what->level &&
	       (what->table ? replaced_table(sim, store, what) :
			      replaced_leaf(sim, store, what));
}

static const struct sim_past *store_that_ended(const struct sim *sim,
					       const struct sim_held *held, size_t *back)
{
	const struct sim_past *past;

	for (*back = 0; (past = sim_past_at(sim, *back)); ++*back) {
		if (ended(sim, past, held))
			return past;
	}
	return NULL;
}

/* ------------------------------------------------------------------------ since when */

static bool is_root_of(const struct sim *sim, uint64_t roots, const struct sim_past *ttbr)
{
	for (uint64_t left = roots & sim->active; left; left &= left - 1) {
		const struct sim_root *root = &sim->roots[__builtin_ctzll(left)];

		if (root->pa == ttbr->value && root->asid == ttbr->asid)
			return true;
	}
	return false;
}

/* It linked a table on the way from one of the roots. */
static bool leads_there(const struct sim *sim, const struct sim_held *held,
			const struct sim_past *link)
{
	uint64_t table;

	if (link->level >= held->what->level || held->va < link->start ||
	    held->va > link->last ||
	    sim_desc_kind(&sim->geo, link->level, link->value) != SIM_TABLE)
		return false;
	table = link->pa - sim_index(&sim->geo, link->level, link->va) * sizeof(uint64_t);
	for (uint64_t left = held->roots & sim->active; left; left &= left - 1) {
		uint64_t root = sim->roots[__builtin_ctzll(left)].pa;

		if (sim_table_on_path(sim, root, link->level, held->va) == table)
			return true;
	}
	return false;
}

/* What lets @held->cpu fetch it from then on, seen from before its end. */
static bool begins(const struct sim *sim, const struct sim_held *held,
		   const struct sim_past *store, const struct sim_past *past)
{
	if (past->kind == SIM_PAST_STORE)
		return (store && past->pa == store->pa && past->value == store->old) ||
		       leads_there(sim, held, past);
	if (past->kind == SIM_PAST_TTBR)
		return past->cpu == held->cpu && is_root_of(sim, held->roots, past);
	return past->kind == SIM_PAST_TLBI && past->all && !past->by_asid &&
	       (past->broadcast || past->cpu == held->cpu);
}

static uint64_t held_since(const struct sim *sim, const struct sim_held *held,
			   const struct sim_past *store, size_t back)
{
	const struct sim_past *past;

	for (size_t i = store ? back + 1 : 0; (past = sim_past_at(sim, i)); i++) {
		if (begins(sim, held, store, past))
			return past->event;
	}
	return 0;
}

/* ------------------------------------------------------------------ what did not help */

/* Why a TLBI did not remove it, the further from right the smaller. */
enum reason {
	NO_REASON,
	OTHER_ADDRESSES,
	OTHER_ASID,
	OTHER_LEVEL,
	LOCAL,
	LAST_LEVEL,
	TOO_EARLY,
	NOT_COMPLETE,
	FETCHED_AGAIN,
};

struct shortfall {
	enum reason reason;
	const struct sim_past *tlbi;
	uint64_t dsb; /* the DSB that came too late, or does not complete it */
};

static bool orders(const struct sim *sim, const struct sim_past *past)
{
	return past->kind == SIM_PAST_BARRIER && past->level != SIM_ISB &&
	       (past->level != SIM_DSB_NSH || sim->config.cpus == 1);
}

static bool completes(const struct sim_past *past, const struct sim_past *tlbi)
{
	return past->kind == SIM_PAST_BARRIER &&
	       (past->level == SIM_DSB_ISH ||
		(past->level == SIM_DSB_NSH && !tlbi->broadcast));
}

/* The first DSB of @cpu between two places in the past, the older one given first. */
static const struct sim_past *first_dsb(const struct sim *sim, size_t from,
					unsigned int cpu, const struct sim_past *tlbi)
{
	while (from-- > 0) {
		const struct sim_past *past = sim_past_at(sim, from);

		if (past->cpu == cpu &&
		    (tlbi ? completes(past, tlbi) : orders(sim, past)))
			return past;
	}
	return NULL;
}

/* A DSB that follows a TLBI and does not complete it. */
static uint64_t weak_dsb(const struct sim *sim, size_t from, unsigned int cpu)
{
	while (from-- > 0) {
		const struct sim_past *past = sim_past_at(sim, from);

		if (past->cpu == cpu && past->kind == SIM_PAST_BARRIER &&
		    past->level != SIM_ISB)
			return past->event;
	}
	return 0;
}

static bool is_of_other_asid(const struct sim *sim, const struct sim_held *held,
			     const struct sim_past *tlbi)
{
	if (!tlbi->by_asid)
		return false;
	if (!held->what->tagged)
		return tlbi->all;
	return !(held->roots & sim_roots_of_asid(sim, tlbi->asid));
}

/* What is wrong with its operand. */
static enum reason wrong_operand(const struct sim *sim, const struct sim_held *held,
				 const struct sim_past *tlbi)
{
	uint64_t low = sim_entry_size(&sim->geo, held->what->level) - 1;

	if (!tlbi->all &&
	    (held->va < (tlbi->start & ~low) || held->va > (tlbi->last | low)))
		return OTHER_ADDRESSES;
	if (is_of_other_asid(sim, held, tlbi))
		return OTHER_ASID;
	if (!tlbi->broadcast && tlbi->cpu != held->cpu)
		return LOCAL;
	if (tlbi->hinted && !sim_hint_includes(tlbi->level, held->what))
		return OTHER_LEVEL;
	return tlbi->last_level && held->what->table ? LAST_LEVEL : NO_REASON;
}

static struct shortfall shortfall_of(const struct sim *sim, const struct sim_held *held,
				     size_t back, const struct sim_past *dsb)
{
	const struct sim_past *tlbi = sim_past_at(sim, back);
	struct shortfall found = { wrong_operand(sim, held, tlbi), tlbi, 0 };

	if (found.reason != NO_REASON)
		return found;
	if (!dsb || tlbi->event < dsb->event) {
		found.reason = TOO_EARLY;
		found.dsb = dsb ? dsb->event : 0;
	} else if (!first_dsb(sim, back, tlbi->cpu, tlbi)) {
		found.reason = NOT_COMPLETE;
		found.dsb = weak_dsb(sim, back, tlbi->cpu);
	} else {
		found.reason = tlbi->last_level ? LAST_LEVEL : FETCHED_AGAIN;
	}
	return found;
}

/* Of all TLBIs after the store, the one that comes closest. */
static struct shortfall closest(const struct sim *sim, const struct sim_held *held,
				size_t back, const struct sim_past *dsb)
{
	struct shortfall best = { NO_REASON, NULL, 0 };

	for (size_t i = 0; i < back; i++) {
		struct shortfall found;

		if (sim_past_at(sim, i)->kind != SIM_PAST_TLBI)
			continue;
		found = shortfall_of(sim, held, i, dsb);
		if (!best.tlbi || found.reason > best.reason)
			best = found;
	}
	return best;
}

static void say_too_early(struct sim *sim, const struct shortfall *found,
			  unsigned int cpu)
{
	if (found->dsb)
		say(sim, "issued before the DSB of line %" PRIu64, found->dsb);
	else
		say(sim, "issued before any DSB of cpu%u", cpu);
}

static void say_not_complete(struct sim *sim, const struct shortfall *found)
{
	const char *dsb = found->tlbi->broadcast ? "ISH" : "NSH or ISH";

	if (found->dsb)
		say(sim,
		    "the DSB of line %" PRIu64
		    " does not complete it: no DSB %s of cpu%u follows",
		    found->dsb, dsb, found->tlbi->cpu);
	else
		say(sim, "no DSB %s of cpu%u follows", dsb, found->tlbi->cpu);
}

static void say_shortfall(struct sim *sim, const struct shortfall *found,
			  const struct sim_past *store)
{
	static const char *const texts[] = {
		[OTHER_ADDRESSES] = "it is for other addresses",
		[OTHER_ASID] = "it is for another ASID",
		[OTHER_LEVEL] = "its hint names another level",
		[LAST_LEVEL] = "it is for the last level only",
		[FETCHED_AGAIN] = "what it removed could be fetched again",
	};

	sim->why.tlbi = found->tlbi->event;
	say(sim, "; the TLBI of line %" PRIu64 " does not count: ", found->tlbi->event);
	if (found->reason == TOO_EARLY)
		say_too_early(sim, found, store->cpu);
	else if (found->reason == NOT_COMPLETE)
		say_not_complete(sim, found);
	else if (found->reason == LOCAL)
		say(sim, "it is local to cpu%u", found->tlbi->cpu);
	else
		say(sim, "%s", texts[found->reason]);
}

/* ------------------------------------------------------------------------ explaining */

static void say_store(struct sim *sim, const struct sim_held *held,
		      const struct sim_past *store)
{
	const char *what = held->what->table ? "the descriptor" : "it";

	sim->why.store = store->event;
	sim->why.old = store->old;
	sim->why.value = store->value;
	say(sim, "cpu%u replaced %s at line %" PRIu64 ", 0x%" PRIx64 " by 0x%" PRIx64,
	    store->cpu, what, store->event, store->old, store->value);
}

static void say_since(struct sim *sim, const struct sim_held *held, uint64_t since)
{
	sim->why.since = since;
	if (since)
		say(sim, "; cpu%u may hold it since line %" PRIu64, held->cpu, since);
}

/* The store that shows the finding is the one that replaced it: nothing came between. */
static void say_what_is_missing(struct sim *sim, const struct sim_held *held,
				const struct sim_past *store, size_t back)
{
	const struct sim_past *dsb = first_dsb(sim, back, store->cpu, NULL);
	struct shortfall found = closest(sim, held, back, dsb);

	if (found.tlbi)
		say_shortfall(sim, &found, store);
	else if (store->event == sim->event)
		say(sim, "; no invalid entry, DSB, TLBI and DSB came between");
	else if (!dsb)
		say(sim, "; no DSB and no TLBI follow");
	else
		say(sim, "; no TLBI follows the DSB of line %" PRIu64, dsb->event);
}

void sim_explain_held(struct sim *sim, const struct sim_held *held)
{
	const struct sim_past *store;
	size_t back;

	sim_explain_nothing(sim);
	if (!sim_is_read(sim))
		return;
	store = store_that_ended(sim, held, &back);
	if (store)
		say_store(sim, held, store);
	else
		say(sim, "tables still contain it");
	say_since(sim, held, held_since(sim, held, store, back));
	if (store)
		say_what_is_missing(sim, held, store, back);
}

/* ------------------------------------------------------------------ a root that was left */

static const struct sim_past *ttbr_that_left(const struct sim *sim, unsigned int cpu,
					     uint64_t pa, size_t *back)
{
	const struct sim_past *past, *left = NULL;

	for (size_t i = 0; (past = sim_past_at(sim, i)); i++) {
		if (past->kind != SIM_PAST_TTBR || past->cpu != cpu)
			continue;
		if (past->value == pa)
			break;
		left = past;
		*back = i;
	}
	return left;
}

static const struct sim_past *next_of(const struct sim *sim, size_t from,
				      unsigned int cpu, enum sim_past_kind kind,
				      int level)
{
	while (from-- > 0) {
		const struct sim_past *past = sim_past_at(sim, from);

		if (past->kind == kind && past->cpu == cpu &&
		    (level < 0 || past->level == level))
			return past;
	}
	return NULL;
}

static void say_after_leaving(struct sim *sim, unsigned int cpu, size_t back)
{
	const struct sim_past *isb = next_of(sim, back, cpu, SIM_PAST_BARRIER, SIM_ISB);
	const struct sim_past *tlbi = next_of(sim, back, cpu, SIM_PAST_TLBI, -1);

	if (!isb)
		say(sim, "; no ISB follows, so it may still walk it");
	else if (!tlbi)
		say(sim, "; no TLBI of cpu%u follows", cpu);
	else if (tlbi->event < isb->event)
		say(sim,
		    "; the TLBI of line %" PRIu64
		    " does not count: issued before the ISB of line %" PRIu64,
		    tlbi->event, isb->event);
	else if (!tlbi->all || tlbi->by_asid)
		say(sim,
		    "; the TLBI of line %" PRIu64
		    " does not count: it is not for everything",
		    tlbi->event);
	else
		say(sim,
		    "; the TLBI of line %" PRIu64 " does not count: it is not complete",
		    tlbi->event);
	sim->why.tlbi = tlbi ? tlbi->event : 0;
}

void sim_explain_left(struct sim *sim, unsigned int cpu, uint64_t root)
{
	const struct sim_past *ttbr;
	size_t back = 0;

	sim_explain_nothing(sim);
	if (!sim_is_read(sim))
		return;
	ttbr = ttbr_that_left(sim, cpu, root, &back);
	if (!ttbr) {
		say(sim, "cpu%u still walks the root at 0x%" PRIx64, cpu, root);
		return;
	}
	say(sim, "cpu%u left the root at 0x%" PRIx64 " at line %" PRIu64, cpu, root,
	    ttbr->event);
	say_after_leaving(sim, cpu, back);
}

/* ------------------------------------------------------------------------------ others */

void sim_explain(struct sim *sim, const char *format, ...)
{
	va_list args;

	sim_explain_nothing(sim);
	if (!sim_is_read(sim))
		return;
	va_start(args, format);
	vsnprintf(sim->why.text, sizeof(sim->why.text), format, args);
	va_end(args);
}
