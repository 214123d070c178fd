// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine of the unit tests: how it starts, is mapped, and commits an edit.
 */
#include "shapes.h"

#include <inttypes.h>
#include <string.h>

static void fill_in(struct machine_config *config)
{
	static const uint8_t levels[CPUS] = { 3, 0, 0 };
	static const uint8_t none[CPUS];

	if (!config->granule_shift)
		config->granule_shift = 12;
	if (!config->ia_bits)
		config->ia_bits = 48;
	if (!config->oa_bits)
		config->oa_bits = 48;
	if (!config->attrs)
		config->attrs = machine_plain_attrs(config);
	if (!config->levels_given && !memcmp(config->bbm_level, none, sizeof(none)))
		memcpy(config->bbm_level, levels, sizeof(levels));
}

#define POOL_TABLES (UINT64_C(1) << 15)

/* Tables are at addresses that have bits where only 52 bits have them. */
static uint64_t pool_pa(const struct machine_config *config)
{
	return config->oa_bits == 52 ? UINT64_C(5) << 48 :
				       UINT64_C(1) << (config->oa_bits - 2);
}

static void start_sim(struct machine *m)
{
	static const enum sim_regime regimes[LM_REGIMES] = {
		[LM_EL1_0] = SIM_EL1_0,
		[LM_EL2_0] = SIM_EL2_0,
		[LM_EL2] = SIM_EL2,
		[LM_EL3] = SIM_EL3,
	};
	struct sim_config config = {
		.cpus = CPUS,
		.bbm_level = m->config.bbm_level,
		.granule_shift = m->config.granule_shift,
		.ia_bits = m->config.ia_bits,
		.oa_bits = m->config.oa_bits,
		.lpa2 = m->config.lpa2,
		.regime = regimes[m->config.regime],
		.upper = !m->config.lower,
		.pool_pa = pool_pa(&m->config),
		.pool_tables = POOL_TABLES,
		.longest_run = m->config.longest_run,
		.repeat_tlbi = m->config.repeat_tlbi,
	};

	m->sim = sim_new(&config);
	assert_non_null(m->sim);
	for (unsigned int i = 0; i < CPUS; i++)
		m->cpu[i].bbm_level = m->config.bbm_level[i];
	m->cpus = (struct lm_cpus){ m->cpu, CPUS };
	m->port = (struct model_port){ .sim = m->sim };
}

static lm_pa_t make_root(struct machine *m)
{
	int level = machine_start_level(&m->config);
	lm_pa_t root;

	/* The rest of its granule is not the root's, and stays what it is: garbage. */
	assert_int_equal(sim_alloc(m->sim, level, 1, &root.v), 1);
	root.v += m->config.root_offset;
	memset(sim_pointer(m->sim, root.v), 0, table_bytes(m, level));
	sim_wrote(m->sim, sim_pointer(m->sim, root.v));
	sim_barrier(m->sim, SIM_DSB_ISH);
	return root;
}

void machine_start_cpus(struct machine *m)
{
	for (unsigned int i = CPUS; i-- > 0;) {
		sim_on_cpu(m->sim, i);
		sim_write_ttbr(m->sim, m->map.root.v);
		sim_barrier(m->sim, SIM_ISB);
	}
}

/* Nothing that a break needs lies in RAM: the tests put the tables elsewhere. */
static lm_va_t not_in_ram(void *ctx, const void *pointer)
{
	return (lm_va_t){ UINT64_C(1) << 62 };
}

void machine_start_empty(struct machine *m, const struct machine_config *config)
{
	struct lm_format_config format;
	struct lm_env env;
	struct lm_format fmt;
	lm_pa_t root;

	*m = (struct machine){ .config = *config };
	fill_in(&m->config);
	format = (struct lm_format_config){
		.granule_shift = m->config.granule_shift,
		.ia_bits = m->config.ia_bits,
		.oa_bits = m->config.oa_bits,
		.lpa2 = m->config.lpa2,
		.regime = m->config.regime,
		.half = m->config.lower ? LM_LOWER : LM_UPPER,
		.hw_updates = m->config.hw_updates,
		.present_invalid = m->config.present_invalid,
		.table_attrs = m->config.table_attrs,
	};
	expect_ok(lm_format_init(&fmt, &format));
	start_sim(m);
	root = make_root(m);
	assert_non_null(model_roll_new(&m->port, CPUS, root));
	env = model_port_env(&m->port);
	env.repeat_tlbi = m->config.repeat_tlbi;
	env.address = not_in_ram;
	lm_map_init(&m->map, &fmt, &env, root);
}

static void add_region(struct machine *m, struct lm_region *region, const char *name,
		       struct bank bank)
{
	*region = (struct lm_region){
		.name = name,
		.range = machine_range(m, bank),
		.flags = m->config.flags,
		.longest_contiguous = m->config.longest_contiguous,
	};
	expect_ok(lm_map_add_region(&m->map, region));
}

static void add_regions(struct machine *m)
{
	const struct bank *ram = m->config.ram;
	const struct bank *last = ram;

	while (last + 1 < ram + BANKS && last[1].size)
		last++;
	add_region(m, &m->linear, "linear",
		   (struct bank){ ram->pa, last->pa + last->size - ram->pa });
	if (m->config.alias.size)
		add_region(m, &m->alias, "kernel alias", m->config.alias);
}

/* Around the alias, then in it, as a kernel maps its own image. */
static void map_bank(struct machine *m, struct bank bank)
{
	struct bank alias = m->config.alias;
	struct bank after = { alias.pa + alias.size,
			      bank.pa + bank.size - alias.pa - alias.size };

	if (!alias.size || alias.pa >= bank.pa + bank.size || alias.pa < bank.pa) {
		expect_ok(machine_map(m, bank));
		return;
	}
	if (alias.pa > bank.pa)
		expect_ok(machine_map(m, (struct bank){ bank.pa, alias.pa - bank.pa }));
	expect_ok(machine_map(m, alias));
	if (after.size)
		expect_ok(machine_map(m, after));
}

void machine_start(struct machine *m, const struct machine_config *config)
{
	machine_start_empty(m, config);
	add_regions(m);
	for (size_t i = 0; i < BANKS && m->config.ram[i].size; i++)
		map_bank(m, m->config.ram[i]);
	machine_start_cpus(m);
}

void machine_stop(struct machine *m)
{
	model_roll_free(m->port.roll);
	sim_free(m->sim);
	m->sim = NULL;
}

uint64_t machine_base(const struct machine *m)
{
	return m->config.lower ? 0 : -half_size(m);
}

uint64_t machine_granule(const struct machine *m)
{
	return UINT64_C(1) << m->config.granule_shift;
}

bool machine_has_tables_at(const struct machine *m, uint64_t pa)
{
	return pa - pool_pa(&m->config) < POOL_TABLES * machine_granule(m);
}

lm_va_t machine_va(const struct machine *m, uint64_t pa)
{
	return (lm_va_t){ machine_base(m) + pa + m->config.skew };
}

struct lm_range machine_range(const struct machine *m, struct bank bank)
{
	return (struct lm_range){ machine_va(m, bank.pa), bank.size };
}

struct lm_range machine_part(const struct machine *m, uint64_t offset, uint64_t size)
{
	return machine_range(m, (struct bank){ m->config.ram[0].pa + offset, size });
}

int machine_map(struct machine *m, struct bank bank)
{
	struct mapping *mapping = &m->mappings[m->mapping_count];
	struct lm_range range = machine_range(m, bank);
	int err = lm_map_range(&m->map, range, (lm_pa_t){ bank.pa },
			       (lm_attrs_t){ m->config.attrs });

	if (err)
		return err;
	assert_true(m->mapping_count < MAPPINGS);
	*mapping = (struct mapping){ range.start.v, bank.size, bank.pa, m->config.attrs };
	m->mapping_count++;
	return 0;
}

static struct sim_events events_since(struct sim_events now, struct sim_events then)
{
	return (struct sim_events){
		.stores = now.stores - then.stores,
		.barriers = now.barriers - then.barriers,
		.tlbis = now.tlbis - then.tlbis,
		.allocations = now.allocations - then.allocations,
		.frees = now.frees - then.frees,
		.tables_allocated = now.tables_allocated - then.tables_allocated,
		.tables_freed = now.tables_freed - then.tables_freed,
	};
}

int machine_commit_among(struct machine *m, struct lm_edit *edit)
{
	struct sim_events before = sim_events_in_stop(m->sim);
	struct lm_window window;
	int err;

	sim_stop_begin(m->sim);
	expect_ok(lm_window_open(&window, &m->map, &m->cpus, 0, LM_NONE_HELD));
	err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	sim_stop_end(m->sim);
	m->in_stop = events_since(sim_events_in_stop(m->sim), before);
	return err;
}

int machine_commit(struct machine *m, struct lm_edit *edit)
{
	struct sim_events before = sim_events_in_stop(m->sim);
	struct lm_window window;
	int err;

	if (edit->way == LM_ROLL)
		return machine_commit_among(m, edit);
	sim_hold_others(m->sim);
	sim_stop_begin(m->sim);
	expect_ok(lm_window_open(&window, &m->map, &m->cpus, 0, LM_OTHERS_HELD));
	err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	sim_stop_end(m->sim);
	sim_let_go(m->sim);
	m->in_stop = events_since(sim_events_in_stop(m->sim), before);
	return err;
}

int machine_edit(struct machine *m, struct lm_edit *edit, enum lm_way way)
{
	int err = edit_prepare(edit, way);

	if (!err)
		err = machine_commit(m, edit);
	expect_ok(lm_edit_release(edit));
	return err;
}

void expect_edited(struct machine *m, struct lm_edit *edit, enum lm_way way)
{
	expect_ok(edit_prepare(edit, way));
	expect_ok(machine_commit(m, edit));
	expect_finished(m, edit);
}

void expect_finished(struct machine *m, struct lm_edit *edit)
{
	expect_count(lm_edit_tables_left(edit), 0, "tables left");
	expect_ok(lm_edit_release(edit));
	expect_census(m);
	expect_well_formed(m);
	expect_clean(m);
}

static size_t no_memory(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	return 0;
}

void machine_has_no_memory(struct machine *m)
{
	m->map.env.alloc = no_memory;
}

uint64_t *machine_slot(const struct machine *m, uint64_t va, int level)
{
	uint64_t offset = va - machine_base(m);
	uint64_t pa = m->map.root.v;

	for (int at = machine_start_level(&m->config);; at++) {
		uint64_t entries = table_bytes(m, at) / 8;
		uint64_t *slot = (uint64_t *)sim_pointer(m->sim, pa) +
				 (offset >> entry_shift(&m->config, at)) % entries;

		if (at == level)
			return slot;
		if ((*slot & 3) != 3)
			fail_msg("0x%" PRIx64 ": no table below level %d", va, at);
		pa = machine_output(m, *slot);
	}
}

uint64_t *machine_slot_of(const struct machine *m, uint64_t pa, int level)
{
	return machine_slot(m, machine_va(m, pa).v, level);
}

void machine_poke(struct machine *m, uint64_t *slot, uint64_t desc)
{
	sim_store(m->sim, slot, 0);
	sim_barrier(m->sim, SIM_DSB_ISH);
	sim_tlbi(m->sim, SIM_VMALLE1IS);
	sim_barrier(m->sim, SIM_DSB_ISH);
	sim_store(m->sim, slot, desc);
	sim_barrier(m->sim, SIM_DSB_ISH);
}
