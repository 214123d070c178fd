// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap's callbacks on the machine model, and the ways to get them wrong. */
#include "model_port.h"

static size_t port_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct model_port *port = ctx;

	return (size_t)sim_alloc(port->sim, level, wanted, &first->v);
}

static void port_free(void *ctx, int level, lm_pa_t first, size_t tables,
		      enum lm_origin origin)
{
	struct model_port *port = ctx;

	(void)origin;
	sim_release(port->sim, level, first.v, tables);
}

static void *port_table(void *ctx, lm_pa_t pa)
{
	struct model_port *port = ctx;

	return sim_pointer(port->sim, pa.v);
}

/* A store that only clears a hint. */
static bool clears_hint(const lm_desc_t *slot, lm_desc_t desc)
{
	return lm_desc_is_contiguous(*slot) && lm_desc_without_hint(*slot).v == desc.v;
}

static void port_store(void *ctx, lm_desc_t *slot, lm_desc_t desc)
{
	struct model_port *port = ctx;

	if (port->faults.members_one_by_one && clears_hint(slot, desc))
		return;
	sim_store(port->sim, &slot->v, desc.v);
}

static void port_wrote(void *ctx, const lm_desc_t *in_table)
{
	struct model_port *port = ctx;
	lm_desc_t *first = sim_pointer(port->sim, sim_address(port->sim, in_table));

	if (port->faults.wrong_address)
		first->v ^= UINT64_C(1) << 30;
	port->faults.wrong_address = false;
	sim_wrote(port->sim, in_table);
}

static void port_barrier(void *ctx, enum lm_barrier barrier)
{
	static const enum sim_barrier translated[] = {
		[LM_DSB_ISHST] = SIM_DSB_ISHST,
		[LM_DSB_ISH] = SIM_DSB_ISH,
		[LM_ISB] = SIM_ISB,
	};
	struct model_port *port = ctx;

	if (barrier == LM_DSB_ISHST && port->faults.no_dsb_ishst)
		return;
	if (barrier == LM_DSB_ISH && port->faults.no_dsb_after_tlbi)
		return;
	sim_barrier(port->sim, translated[barrier]);
}

static void invalidate(struct model_port *port, enum sim_tlbi all,
		       enum sim_tlbi last_level)
{
	if (!port->faults.no_tlbi)
		sim_tlbi(port->sim, port->faults.last_level_tlbi ? last_level : all);
}

/* The operand has VA[55:12]; the bits above equal bit 55. */
static uint64_t operand_address(const struct model_port *port, lm_va_t va)
{
	uint8_t shift = port->faults.tlbi_shift;
	uint64_t page = shift ? va.v >> shift : va.v >> 12;

	return (uint64_t)((int64_t)(page << 20) >> 8);
}

static void port_tlbi_va(void *ctx, lm_va_t va)
{
	struct model_port *port = ctx;

	if (!port->faults.no_tlbi && !port->faults.no_tlbi_va)
		sim_tlbi_range(port->sim, SIM_VAAE1IS, operand_address(port, va), 1);
}

static void port_tlbi_all(void *ctx)
{
	const struct model_port *port = ctx;

	if (port->faults.roll_no_broadcast && port->roll->roll.away)
		return;
	if (port->faults.tlbi_only)
		port_tlbi_va(ctx, port->faults.only);
	else
		invalidate(ctx, SIM_VMALLE1IS, SIM_VAALE1IS);
}

/* An input address between the two ranges: no map translates it. */
#define NOWHERE (UINT64_C(1) << 62)

static void port_tlbi_again(void *ctx)
{
	struct model_port *port = ctx;

	if (!port->faults.no_tlbi && !port->faults.tlbi_once)
		sim_tlbi_asid_range(port->sim, SIM_VALE1IS, 0, 0, 1);
}

/* The model's map translates only the model's memory. */
static lm_va_t port_address(void *ctx, const void *pointer)
{
	struct model_port *port = ctx;

	if (port->faults.blind || !sim_contains(port->sim, pointer))
		return (lm_va_t){ NOWHERE };
	return (lm_va_t){ sim_address(port->sim, pointer) + port->va_offset };
}

static void write_ttbr(struct model_port *port, uint64_t root)
{
	sim_write_ttbr(port->sim, root);
	if (!port->faults.no_isb)
		sim_barrier(port->sim, SIM_ISB);
}

/*
 * What identity-mapped code does on arm64: the old and the new tables are never in use at
 * the same time, and nothing of the old ones is left when the new ones are used.
 */
void model_port_move(struct model_port *port, lm_pa_t root)
{
	if (port->faults.no_move)
		return;
	if (port->cnp && !port->faults.cnp_left_on)
		sim_set_cnp(port->sim, false);
	sim_identity_mapped(port->sim, true);
	write_ttbr(port, 0);
	invalidate(port, SIM_VMALLE1, SIM_VAALE1);
	if (!port->faults.no_dsb_after_tlbi)
		sim_barrier(port->sim, SIM_DSB_NSH);
	if (!port->faults.no_isb)
		sim_barrier(port->sim, SIM_ISB);
	write_ttbr(port, root.v);
	sim_identity_mapped(port->sim, false);
}

static void port_move(void *ctx, lm_pa_t root)
{
	model_port_move(ctx, root);
}

/* The root equals what this CPU walks, and so do all entries in its TLB. */
void model_port_go_home(struct model_port *port, lm_pa_t root)
{
	if (port->cnp)
		sim_set_cnp(port->sim, true);
	write_ttbr(port, root.v);
}

void model_port_invalidate(struct model_port *port)
{
	port_barrier(port, LM_DSB_ISHST);
	port_tlbi_all(port);
	port_barrier(port, LM_DSB_ISH);
	port_barrier(port, LM_ISB);
}

static const struct lm_recorder recorder = {
	.store = port_store,
	.wrote = port_wrote,
	.barrier = port_barrier,
	.tlbi_all = port_tlbi_all,
	.tlbi_va = port_tlbi_va,
	.tlbi_again = port_tlbi_again,
};

struct lm_env model_port_env(struct model_port *port)
{
	return (struct lm_env){
		.ctx = port,
		.alloc = port_alloc,
		.free = port_free,
		.table = port_table,
		.move = port_move,
		.roller = port->roll ? &port->roll->commit.roller : NULL,
		.address = port_address,
		.recorder = &recorder,
	};
}
