/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine, and what its CPUs execute: each instruction is counted, traced
 * and handed to those who draw the conclusions. Knows when an operation is
 * issued and when it is complete, not what follows from it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim_internal.h"

/* ------------------------------------------------------------------ the machine */

static bool init_cpus(struct sim *sim)
{
	const struct sim_config *config = &sim->config;

	sim->cpus = calloc(config->cpus, sizeof(*sim->cpus));
	if (!sim->cpus)
		return false;
	for (unsigned int i = 0; i < config->cpus; i++) {
		sim->cpus[i].bbm_level = config->bbm_level ? config->bbm_level[i] : 0;
		sim->cpus[i].maybe_empty = true;
	}
	sim->config.bbm_level = NULL;
	sim_init_classes(sim);
	return true;
}

struct sim *sim_new(const struct sim_config *config)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->config = *config;
	sim->epoch = 1;
	if (!config->cpus || config->cpus > SIM_CPUS ||
	    !sim_geometry_init(&sim->geo, config) || !init_cpus(sim) ||
	    !sim_mem_init(sim)) {
		sim_free(sim);
		return NULL;
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	for (unsigned int i = 0; sim->cpus && i < sim->config.cpus; i++) {
		sim->cpu = i;
		sim_unseen_settle(sim, true);
		free(sim->cpus[i].tlbis);
	}
	sim_free_needs(sim);
	sim_free_classes(sim);
	sim_log_free(sim);
	sim_mem_fini(sim);
	free(sim->cpus);
	free(sim);
}

void sim_on_cpu(struct sim *sim, unsigned int cpu)
{
	sim->cpu = cpu;
}

/* ----------------------------------------------------------------------- stores */

void sim_on_store(struct sim *sim, sim_store_hook *hook, void *ctx)
{
	sim->hook = hook;
	sim->hook_ctx = ctx;
}

static struct sim_change change_of(struct sim *sim, uint64_t *slot, uint64_t value)
{
	uint64_t pa = sim_address(sim, slot);
	uint64_t granule = sim_granule_of(sim, pa);
	struct sim_table *table = &sim->tables[granule];
	uint64_t index = (pa & (sim->geo.granule_size - 1)) / sizeof(*slot);

	return (struct sim_change){
		.granule = granule,
		.table = table,
		.slot = slot,
		.va = table->known ? table->va + (index << sim->geo.shift[table->level]) :
				     0,
		.old = *slot,
		.value = value,
	};
}

static void trace_store(struct sim *sim, const struct sim_change *change)
{
	uint64_t pa = sim_address(sim, change->slot);

	if (change->table->known)
		sim_trace(sim,
			  "store pa=0x%016" PRIx64 " old=0x%016" PRIx64
			  " new=0x%016" PRIx64 " level=%d va=0x%016" PRIx64,
			  pa, change->old, change->value, change->table->level,
			  change->va);
	else
		sim_trace(sim,
			  "store pa=0x%016" PRIx64 " old=0x%016" PRIx64
			  " new=0x%016" PRIx64,
			  pa, change->old, change->value);
}

void sim_store(struct sim *sim, uint64_t *slot, uint64_t value)
{
	struct sim_change change;

	if (sim->hook)
		sim->hook(sim->hook_ctx, sim->events.stores + 1);
	sim->events.stores++;
	sim->events_in_stop.stores += sim->in_stop;
	change = change_of(sim, slot, value);
	trace_store(sim, &change);
	sim_check_slot(sim, slot);
	sim_before_store(sim, &change);
	*(volatile uint64_t *)slot = value;
	sim_after_store(sim, &change);
	sim_note_change(sim, &change);
}

/* --------------------------------------------------------------------- barriers */

/* A broadcast reaches every CPU, a local operation the one that issued it. */
static void complete_tlbi_local(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	if (self->tlbi_local)
		sim_spans_cut(sim, sim->cpu, self->tlbi_local);
	self->tlbi_local = 0;
}

static void complete_tlbi_all(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	if (self->tlbi_all)
		sim_spans_cut_all(sim, self->tlbi_all);
	self->tlbi_all = 0;
}

/* DSB NSH orders what this CPU's own walker sees, which is all if it is alone. */
static bool all_observe(const struct sim *sim, enum sim_barrier dsb)
{
	return dsb != SIM_DSB_NSH || sim->config.cpus == 1;
}

static void complete_dsb(struct sim *sim, enum sim_barrier dsb)
{
	sim_unseen_settle(sim, all_observe(sim, dsb));
	if (all_observe(sim, dsb)) {
		sim->cpus[sim->cpu].ordered_at = sim->event;
		sim_log_settle(sim, sim->cpu);
	}
	/* A DSB for stores only does not wait for TLB maintenance. */
	if (dsb == SIM_DSB_ISHST)
		return;
	complete_tlbi_local(sim);
	if (dsb == SIM_DSB_ISH)
		complete_tlbi_all(sim);
	sim_ranges_complete(sim, dsb == SIM_DSB_ISH);
	sim_log_sweep(sim);
}

static void complete_ttbr(struct sim *sim)
{
	sim_spans_close(sim);
	sim->cpus[sim->cpu].maybe_empty = !sim_class_of(sim, sim->cpu)->ttbr;
	sim_check_needs(sim);
}

void sim_barrier(struct sim *sim, enum sim_barrier barrier)
{
	static const char *const names[] = {
		[SIM_DSB_ISHST] = "dsb ishst",
		[SIM_DSB_ISH] = "dsb ish",
		[SIM_DSB_NSH] = "dsb nsh",
		[SIM_ISB] = "isb",
	};

	sim_trace(sim, "%s", names[barrier]);
	sim->events.barriers++;
	sim->events_in_stop.barriers += sim->in_stop;
	if (barrier == SIM_ISB)
		complete_ttbr(sim);
	else
		complete_dsb(sim, barrier);
}

/* ------------------------------------------------------------------ TLBI and TTBR */

struct tlbi {
	const char *name;
	bool by_address, broadcast, last_level;
};

static const struct tlbi tlbis[] = {
	[SIM_VMALLE1] = { "vmalle1", false, false, false },
	[SIM_VMALLE1IS] = { "vmalle1is", false, true, false },
	[SIM_VAAE1] = { "vaae1", true, false, false },
	[SIM_VAAE1IS] = { "vaae1is", true, true, false },
	[SIM_VAALE1] = { "vaale1", true, false, true },
	[SIM_VAALE1IS] = { "vaale1is", true, true, true },
};

static uint64_t issue_tlbi(struct sim *sim)
{
	sim->events.tlbis++;
	sim->events_in_stop.tlbis += sim->in_stop;
	return sim_tick(sim, SIM_TICK_ISSUE);
}

static void issue_tlbi_everything(struct sim *sim, const struct tlbi *tlbi)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	sim_trace(sim, "tlbi %s", tlbi->name);
	if (tlbi->broadcast)
		self->tlbi_all = issue_tlbi(sim);
	else
		self->tlbi_local = issue_tlbi(sim);
}

static void issue_tlbi_range(struct sim *sim, const struct tlbi *tlbi, uint64_t va,
			     uint64_t size)
{
	uint64_t low_bits = sim->geo.granule_size - 1;
	struct sim_range_tlbi range = {
		.start = va & ~low_bits,
		.last = (va + (size - 1)) | low_bits,
		.broadcast = tlbi->broadcast,
		.last_level = tlbi->last_level,
	};

	sim_trace(sim, "tlbi %s va=0x%016" PRIx64 " size=0x%" PRIx64, tlbi->name, va,
		  size);
	range.issued = issue_tlbi(sim);
	if (size)
		sim_range_issue(sim, &range);
}

void sim_tlbi_range(struct sim *sim, enum sim_tlbi operation, uint64_t va, uint64_t size)
{
	const struct tlbi *tlbi = &tlbis[operation];

	if (tlbi->by_address)
		issue_tlbi_range(sim, tlbi, va, size);
	else
		issue_tlbi_everything(sim, tlbi);
}

void sim_tlbi(struct sim *sim, enum sim_tlbi operation)
{
	sim_tlbi_range(sim, operation, sim->geo.base, sim->geo.range_mask + 1);
}

void sim_write_ttbr(struct sim *sim, uint64_t root)
{
	unsigned int opened;

	sim_trace(sim, "ttbr root=0x%016" PRIx64, root);
	sim->cpus[sim->cpu].maybe_empty |= !root;
	opened = sim_span_open(sim, root);
	if (opened != SIM_NO_ROOT)
		sim_check_arrival(sim, opened);
	sim_check_needs(sim);
}

void sim_identity_mapped(struct sim *sim, bool inside)
{
	sim_trace(sim, "identity-mapped %s", inside ? "begin" : "end");
	sim->cpus[sim->cpu].identity_mapped = inside;
	sim_check_needs(sim);
}

/* --------------------------------------------------------------------- the stop */

static void hold(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	sim_trace(sim, "hold");
	self->saved = sim_class_of(sim, sim->cpu)->ttbr;
	self->held = true;
	sim_write_ttbr(sim, 0);
	sim_barrier(sim, SIM_ISB);
	sim_tlbi(sim, SIM_VMALLE1);
	sim_barrier(sim, SIM_DSB_NSH);
	sim_barrier(sim, SIM_ISB);
}

static void let_go(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	sim_trace(sim, "let-go");
	sim_write_ttbr(sim, self->saved);
	sim_barrier(sim, SIM_ISB);
	self->held = false;
	sim_check_needs(sim);
}

void sim_hold_others(struct sim *sim)
{
	unsigned int leader = sim->cpu;

	for (unsigned int i = 0; i < sim->config.cpus; i++) {
		sim_on_cpu(sim, i);
		if (i != leader && !sim->cpus[i].held)
			hold(sim);
	}
	sim_on_cpu(sim, leader);
}

void sim_let_go(struct sim *sim)
{
	unsigned int leader = sim->cpu;

	for (unsigned int i = 0; i < sim->config.cpus; i++) {
		sim_on_cpu(sim, i);
		if (sim->cpus[i].held)
			let_go(sim);
	}
	sim_on_cpu(sim, leader);
}

void sim_stop_begin(struct sim *sim)
{
	sim_trace(sim, "stop begin");
	sim->in_stop = true;
}

void sim_stop_end(struct sim *sim)
{
	sim_trace(sim, "stop end");
	sim->in_stop = false;
}

struct sim_events sim_events(const struct sim *sim)
{
	return sim->events;
}

struct sim_events sim_events_in_stop(const struct sim *sim)
{
	return sim->events_in_stop;
}
