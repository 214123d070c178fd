/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine, and what its CPUs execute beside stores: counts and traces each
 * instruction, and calls those that draw the conclusions. Knows when an operation is
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

/* Is there a pool, and can all of it be addressed? */
static bool is_addressable(const struct sim_config *config)
{
	uint64_t end = SIM_BIT(config->oa_bits);
	uint64_t granules = end >> config->granule_shift;

	return config->pool_tables &&
	       !(config->pool_pa & (SIM_BIT(config->granule_shift) - 1)) &&
	       config->pool_pa <= end && config->pool_tables <= granules &&
	       config->pool_tables << config->granule_shift <= end - config->pool_pa;
}

struct sim *sim_new(const struct sim_config *config)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->config = *config;
	if (!config->oa_bits)
		sim->config.oa_bits = 48;
	sim->epoch = 1;
	if (!config->cpus || config->cpus > SIM_CPUS ||
	    !sim_geometry_init(&sim->geo, &sim->config) ||
	    !is_addressable(&sim->config) || !init_cpus(sim) || !sim_pool_init(sim)) {
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
		free(sim->cpus[i].observed);
	}
	sim_free_needs(sim);
	sim_late_forget(sim);
	sim_free_classes(sim);
	sim_log_free(sim);
	sim_forget_tables(sim);
	sim_pool_fini(sim);
	sim_shadow_free(sim);
	sim_past_free(sim);
	free(sim->cpus);
	free(sim);
}

static bool is_cpu(struct sim *sim, unsigned int cpu)
{
	if (cpu < sim->config.cpus)
		return true;
	sim_misuse(sim, "there is no cpu%u: the machine has %u", cpu, sim->config.cpus);
	return false;
}

void sim_on_cpu(struct sim *sim, unsigned int cpu)
{
	if (is_cpu(sim, cpu))
		sim->cpu = cpu;
}

/* --------------------------------------------------------------------- barriers */

/* A broadcast affects every CPU, a local operation the one that issued it. */
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

	if (self->tlbi_all) {
		sim_late_record_all(sim, self->tlbi_all);
		sim_spans_cut_all(sim, self->tlbi_all);
		if (self->tlbi_all_at > sim->changed_at)
			sim->changed_at = 0;
	}
	self->tlbi_all = 0;
}

/* DSB NSH orders what this CPU's own walker sees, which is all if it is alone. */
static bool all_observe(const struct sim *sim, enum sim_barrier dsb)
{
	return dsb != SIM_DSB_NSH || sim->config.cpus == 1;
}

void sim_observe(struct sim *sim, unsigned int cpu)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];
	const struct sim_cpu *other;

	sim_trace(sim, "observe cpu%u", cpu);
	if (!is_cpu(sim, cpu))
		return;
	other = &sim->cpus[cpu];
	if (!self->observed)
		self->observed = calloc(sim->config.cpus, sizeof(*self->observed));
	if (!self->observed)
		abort();
	for (unsigned int i = 0; other->observed && i < sim->config.cpus; i++) {
		if (self->observed[i] < other->observed[i])
			self->observed[i] = other->observed[i];
	}
	self->observed[cpu] = sim->event;
}

/* Orders the CPU's stores, and whatever it has observed. */
static void order_stores(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	self->ordered_at = sim->event;
	for (unsigned int i = 0; self->observed && i < sim->config.cpus; i++) {
		if (sim->cpus[i].ordered_at < self->observed[i])
			sim->cpus[i].ordered_at = self->observed[i];
	}
}

static void complete_dsb(struct sim *sim, enum sim_barrier dsb)
{
	sim_unseen_settle(sim, all_observe(sim, dsb));
	if (all_observe(sim, dsb)) {
		order_stores(sim);
		sim_log_settle(sim, sim->cpu);
	}
	/* A DSB for stores only does not wait for TLB maintenance. */
	if (dsb == SIM_DSB_ISHST)
		return;
	sim_late_complete_own(sim);
	if (dsb == SIM_DSB_ISH)
		sim_late_complete(sim);
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

static void execute_barrier(struct sim *sim, enum sim_barrier barrier)
{
	static const char *const names[] = {
		[SIM_DSB_ISHST] = "dsb ishst",
		[SIM_DSB_ISH] = "dsb ish",
		[SIM_DSB_NSH] = "dsb nsh",
		[SIM_ISB] = "isb",
	};

	sim_trace(sim, "%s", names[barrier]);
	sim_past_add(sim, &(struct sim_past){ .kind = SIM_PAST_BARRIER,
					      .level = (int8_t)barrier });
	sim->events.barriers++;
	sim->events_in_stop.barriers += sim->in_stop;
	if (barrier == SIM_ISB)
		complete_ttbr(sim);
	else
		complete_dsb(sim, barrier);
}

void sim_barrier(struct sim *sim, enum sim_barrier barrier)
{
	if ((unsigned int)barrier > SIM_ISB) {
		sim_misuse(sim, "there is no barrier %d", (int)barrier);
		return;
	}
	sim_find_untold(sim);
	execute_barrier(sim, barrier);
}

/* ------------------------------------------------------------------ TLBI and TTBR */

struct tlbi {
	const char *name;
	bool by_address, by_asid, broadcast, last_level;
};

static const struct tlbi tlbis[] = {
	[SIM_VMALLE1] = { "vmalle1", .broadcast = false },
	[SIM_VMALLE1IS] = { "vmalle1is", .broadcast = true },
	[SIM_VAAE1] = { "vaae1", .by_address = true },
	[SIM_VAAE1IS] = { "vaae1is", .by_address = true, .broadcast = true },
	[SIM_VAALE1] = { "vaale1", .by_address = true, .last_level = true },
	[SIM_VAALE1IS] = { "vaale1is", .by_address = true, .broadcast = true,
			   .last_level = true },
	[SIM_ASIDE1] = { "aside1", .by_asid = true },
	[SIM_ASIDE1IS] = { "aside1is", .by_asid = true, .broadcast = true },
	[SIM_VAE1] = { "vae1", .by_address = true, .by_asid = true },
	[SIM_VAE1IS] = { "vae1is", .by_address = true, .by_asid = true,
			 .broadcast = true },
	[SIM_VALE1] = { "vale1", .by_address = true, .by_asid = true,
			.last_level = true },
	[SIM_VALE1IS] = { "vale1is", .by_address = true, .by_asid = true,
			  .broadcast = true, .last_level = true },
};

static uint64_t issue_tlbi(struct sim *sim, const struct tlbi *tlbi)
{
	sim->events.tlbis++;
	sim->events_in_stop.tlbis += sim->in_stop;
	if (tlbi->broadcast)
		sim->cpus[sim->cpu].broadcast_at = sim->event;
	return sim_tick(sim, SIM_TICK_ISSUE);
}

static void remember_tlbi(struct sim *sim, const struct tlbi *tlbi,
			  const struct sim_range_tlbi *range)
{
	sim_past_add(sim, &(struct sim_past){ .kind = SIM_PAST_TLBI,
					      .all = !tlbi->by_address,
					      .broadcast = tlbi->broadcast,
					      .last_level = tlbi->last_level,
					      .by_asid = tlbi->by_asid,
					      .hinted = range->hinted,
					      .level = (int8_t)range->level,
					      .asid = range->asid,
					      .start = range->start,
					      .last = range->last });
}

static void issue_tlbi_everything(struct sim *sim, const struct tlbi *tlbi)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	sim_trace(sim, "tlbi %s", tlbi->name);
	remember_tlbi(sim, tlbi, &(struct sim_range_tlbi){ 0 });
	if (tlbi->broadcast) {
		self->tlbi_all = issue_tlbi(sim, tlbi);
		self->tlbi_all_at = sim->event;
	} else {
		self->tlbi_local = issue_tlbi(sim, tlbi);
	}
}

/* What a TLBI names. */
struct operand {
	uint16_t asid;
	uint64_t va, size;
	bool hinted;
	int level;
};

static void trace_tlbi(struct sim *sim, const struct tlbi *tlbi,
		       const struct operand *operand)
{
	char asid[16] = "", hint[16] = "";

	if (tlbi->by_asid)
		snprintf(asid, sizeof(asid), " asid=%u", operand->asid);
	if (operand->hinted)
		snprintf(hint, sizeof(hint), " level=%d", operand->level);
	if (!tlbi->by_address)
		sim_trace(sim, "tlbi %s%s", tlbi->name, asid);
	else
		sim_trace(sim, "tlbi %s%s va=0x%016" PRIx64 " size=0x%" PRIx64 "%s",
			  tlbi->name, asid, operand->va, operand->size, hint);
}

static void issue_tlbi_range(struct sim *sim, const struct tlbi *tlbi,
			     const struct operand *operand)
{
	uint64_t low_bits = sim->geo.granule_size - 1;
	struct sim_range_tlbi range = {
		.start = operand->va & ~low_bits,
		.last = (operand->va + (operand->size - 1)) | low_bits,
		.broadcast = tlbi->broadcast,
		.last_level = tlbi->last_level,
		.by_asid = tlbi->by_asid,
		.tagged_only = !tlbi->by_address,
		.hinted = operand->hinted,
		.asid = operand->asid,
		.level = operand->level,
	};

	trace_tlbi(sim, tlbi, operand);
	remember_tlbi(sim, tlbi, &range);
	range.issued = issue_tlbi(sim, tlbi);
	if (operand->size)
		sim_range_issue(sim, &range);
}

static void execute_tlbi(struct sim *sim, enum sim_tlbi operation,
			 const struct operand *operand)
{
	const struct tlbi *tlbi = &tlbis[operation];

	if (tlbi->by_address || tlbi->by_asid)
		issue_tlbi_range(sim, tlbi, operand);
	else
		issue_tlbi_everything(sim, tlbi);
}

static bool is_operand(struct sim *sim, enum sim_tlbi operation,
		       const struct operand *operand)
{
	if (operand->size && operand->va + (operand->size - 1) < operand->va) {
		sim_misuse(sim, "a TLBI for 0x%" PRIx64 " bytes from 0x%" PRIx64 " on",
			   operand->size, operand->va);
		return false;
	}
	if (operand->hinted && !tlbis[operation].by_address) {
		sim_misuse(sim, "a TLBI %s with a hint, which has no address",
			   tlbis[operation].name);
		return false;
	}
	if (operand->hinted &&
	    (operand->level < sim->geo.start || operand->level > SIM_LAST_LEVEL)) {
		sim_misuse(sim, "a TLBI with a hint for level %d", operand->level);
		return false;
	}
	return true;
}

static void check_and_execute_tlbi(struct sim *sim, enum sim_tlbi operation,
				   const struct operand *operand)
{
	if ((unsigned int)operation >= sizeof(tlbis) / sizeof(*tlbis)) {
		sim_misuse(sim, "there is no TLBI %d", (int)operation);
		return;
	}
	if (!is_operand(sim, operation, operand))
		return;
	sim_find_untold(sim);
	execute_tlbi(sim, operation, operand);
}

void sim_tlbi_level(struct sim *sim, enum sim_tlbi operation, uint16_t asid, uint64_t va,
		    uint64_t size, int level)
{
	check_and_execute_tlbi(sim, operation,
			       &(struct operand){ asid, va, size, true, level });
}

void sim_tlbi_asid_range(struct sim *sim, enum sim_tlbi operation, uint16_t asid,
			 uint64_t va, uint64_t size)
{
	check_and_execute_tlbi(sim, operation,
			       &(struct operand){ asid, va, size, false, 0 });
}

void sim_tlbi_asid(struct sim *sim, enum sim_tlbi operation, uint16_t asid)
{
	sim_tlbi_asid_range(sim, operation, asid, sim->geo.base, sim->geo.range_mask + 1);
}

void sim_tlbi_range(struct sim *sim, enum sim_tlbi operation, uint64_t va, uint64_t size)
{
	sim_tlbi_asid_range(sim, operation, 0, va, size);
}

void sim_tlbi(struct sim *sim, enum sim_tlbi operation)
{
	sim_tlbi_asid(sim, operation, 0);
}

/*
 * A root is aligned to its size; else the MMU may take the lower bits as zero, or as
 * others.
 */
static bool is_root(struct sim *sim, uint64_t root)
{
	if (!(root & (sim->geo.root_size - 1)))
		return true;
	sim_report(sim, SIM_BAD_ROOT, sim_self(sim), sim->geo.base, 0,
		   "cpu%u walks a root at 0x%" PRIx64
		   ", which is not aligned to its size, 0x%" PRIx64,
		   sim->cpu, root, sim->geo.root_size);
	return false;
}

static void execute_ttbr(struct sim *sim, uint64_t root, uint16_t asid)
{
	unsigned int opened;

	if (asid)
		sim_trace(sim, "ttbr root=0x%016" PRIx64 " asid=%u", root, asid);
	else
		sim_trace(sim, "ttbr root=0x%016" PRIx64, root);
	if (!is_root(sim, root))
		root = 0;
	sim_past_add(sim, &(struct sim_past){ .kind = SIM_PAST_TTBR,
					      .value = root,
					      .asid = asid });
	sim->cpus[sim->cpu].maybe_empty |= !root;
	opened = sim_span_open(sim, root, asid);
	if (opened != SIM_NO_ROOT)
		sim_check_arrival(sim, opened);
	sim_check_views(sim);
	sim_check_needs(sim);
}

void sim_write_ttbr_asid(struct sim *sim, uint64_t root, uint16_t asid)
{
	sim_find_untold(sim);
	execute_ttbr(sim, root, asid);
}

void sim_write_ttbr(struct sim *sim, uint64_t root)
{
	sim_write_ttbr_asid(sim, root, 0);
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
	self->saved_asid = sim_class_of(sim, sim->cpu)->asid;
	self->held = true;
	execute_ttbr(sim, 0, 0);
	execute_barrier(sim, SIM_ISB);
	execute_tlbi(sim, SIM_VMALLE1, &(struct operand){ 0 });
	execute_barrier(sim, SIM_DSB_NSH);
	execute_barrier(sim, SIM_ISB);
}

static void let_go(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	sim_trace(sim, "let-go");
	execute_ttbr(sim, self->saved, self->saved_asid);
	execute_barrier(sim, SIM_ISB);
	self->held = false;
	sim_check_needs(sim);
}

void sim_hold_others(struct sim *sim)
{
	unsigned int leader = sim->cpu;

	sim_find_untold(sim);
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

	sim_find_untold(sim);
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

/* ------------------------------------------------------------------------ findings */

/* As if all that the CPU did were complete. */
static void complete_everything(struct sim *sim)
{
	struct sim_cpu *self = &sim->cpus[sim->cpu];

	sim_unseen_settle(sim, true);
	order_stores(sim);
	sim_log_settle(sim, sim->cpu);
	self->tlbi_local = self->tlbi_all = self->broadcast_at = 0;
	self->tlbi_count = 0;
}

void sim_clear_findings(struct sim *sim)
{
	unsigned int cpu = sim->cpu;

	sim_trace(sim, "clear-findings");
	/* As a TLBI: TLBs hold nothing from before. */
	sim_past_add(sim, &(struct sim_past){ .kind = SIM_PAST_TLBI,
					      .all = true,
					      .broadcast = true });
	for (sim->cpu = 0; sim->cpu < sim->config.cpus; sim->cpu++)
		complete_everything(sim);
	sim->cpu = cpu;
	sim_late_forget(sim);
	sim_spans_cut_all(sim, sim_tick(sim, SIM_TICK_ISSUE));
	sim->findings_kept = 0;
	for (int kind = 0; kind < SIM_FINDING_KINDS; kind++)
		sim->finding_count[kind] = 0;
}
