// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The linear map of a machine on the model: laying it out, looking at it. */
#include "scenario/world.h"

#include <stdlib.h>
#include <string.h>

#include "machine/geometry.h"
#include "base/units.h"

/* For tables whose number does not grow with RAM: the root, at the borders of banks. */
#define POOL_SLACK (UINT64_C(16) << 20) /* bytes */

/* The mark of present-invalid leaves: a software bit. */
#define PRESENT_INVALID LM_BIT(58)

/* ------------------------------------------------------------------ layout */

/* Kernel data: not executable, no unprivileged access. */
static uint64_t linear_attrs(const struct lm_format *fmt)
{
	uint64_t attrs = LM_ATTR_AF;

	if (lm_regime_has_two_ranges(fmt->config.regime))
		attrs |= LM_ATTR_PXN | LM_ATTR_UXN;
	else
		attrs |= LM_ATTR_XN | LM_ATTR_EL0;
	/* With LPA2 these are address bits, and TCR_ELx has the shareability. */
	if (!fmt->config.lpa2)
		attrs |= LM_ATTR_INNER_SHAREABLE;
	return attrs;
}

static uint64_t alias_attrs(const struct lm_format *fmt)
{
	return linear_attrs(fmt) | LM_ATTR_READ_ONLY;
}

static uint64_t ram_start(const struct machine *machine)
{
	return machine->ram.bank[0].start;
}

static uint64_t ram_end(const struct machine *machine)
{
	const struct bank *last = &machine->ram.bank[machine->ram.count - 1];

	return last->start + last->size;
}

uint64_t world_address(const struct world *world, uint64_t pa)
{
	return world->linear_start + (pa - world->memstart);
}

static struct lm_range linear_range(const struct world *world, uint64_t pa, uint64_t size)
{
	return (struct lm_range){ { world_address(world, pa) }, size };
}

struct lm_range world_input(const struct world *world)
{
	return (struct lm_range){ { world->fmt.base },
				  UINT64_C(1) << world->fmt.config.ia_bits };
}

/* Enough for a map of pages and, at the same time, a log of all of them. */
static uint64_t pool_tables(const struct machine *machine)
{
	uint8_t shift = machine->format.granule_shift;
	uint64_t pages = banks_size(&machine->ram) >> shift;

	return pages / 64 + machine->ram.count * 8 + (POOL_SLACK >> shift);
}

static const struct bank *largest_bank(const struct machine *machine)
{
	const struct bank *largest = &machine->ram.bank[0];

	for (size_t i = 1; i < machine->ram.count; i++) {
		if (machine->ram.bank[i].size > largest->size)
			largest = &machine->ram.bank[i];
	}
	return largest;
}

/*
 * Memory for tables that is not RAM and not mapped, after the RAM or before it.
 * False if there are no physical addresses left for it.
 */
static bool pool_place_apart(const struct machine *machine, uint64_t size, uint64_t *pa)
{
	uint64_t limit = UINT64_C(1) << machine->format.oa_bits;

	if (limit - ram_end(machine) >= size)
		*pa = ram_end(machine);
	else if (ram_start(machine) >= size)
		*pa = ram_start(machine) - size;
	else
		return false;
	return true;
}

/*
 * Tables are in RAM, at the end of the largest bank, unless they are wanted
 * @apart or the machine is too small for them, as only a model can be.
 */
static int pool_place(struct world *world, uint64_t tables, bool apart, uint64_t *pa,
		      struct error *error)
{
	const struct machine *machine = world->machine;
	const struct bank *bank = largest_bank(machine);
	uint64_t size = tables << machine->format.granule_shift;

	if (!apart && size <= bank->size) {
		*pa = bank->start + bank->size - size;
		world->tables = linear_range(world, *pa, size);
		return 0;
	}
	if (pool_place_apart(machine, size, pa))
		return 0;
	error_set(error,
		  "no %u-bit physical addresses are left beside the RAM for %s of tables "
		  "(raise --pa-bits, or use less RAM)",
		  machine->format.oa_bits, size_text(size).s);
	return EXIT_INPUT;
}

/* ---------------------------------------------------------------- creation */

static int no_memory(struct error *error)
{
	error_set(error, "not enough memory for a model of this machine");
	return EXIT_NOT_HELD;
}

static const enum sim_regime sim_regimes[LM_REGIMES] = {
	[LM_EL1_0] = SIM_EL1_0,
	[LM_EL2_0] = SIM_EL2_0,
	[LM_EL2] = SIM_EL2,
	[LM_EL3] = SIM_EL3,
};

static int create_sim(struct world *world, const struct world_options *options,
		      struct error *error)
{
	const struct machine *machine = world->machine;
	uint8_t *levels = malloc(machine->cpus);
	struct sim_config config = {
		.cpus = machine->cpus,
		.bbm_level = levels,
		.granule_shift = machine->format.granule_shift,
		.ia_bits = machine->format.ia_bits,
		.oa_bits = machine->format.oa_bits,
		.lpa2 = machine->format.lpa2,
		.regime = sim_regimes[machine->format.regime],
		.upper = machine->format.half == LM_UPPER,
		.pool_tables = pool_tables(machine),
		.longest_run = options->longest_run,
		.trace = options->trace,
		.repeat_tlbi = machine->repeat_tlbi,
	};
	int err;

	if (!levels)
		return no_memory(error);
	for (unsigned int i = 0; i < machine->cpus; i++)
		levels[i] = i ? machine->secondary_bbm : machine->boot_bbm;
	err = pool_place(world, config.pool_tables, options->tables_apart,
			 &config.pool_pa, error);
	if (!err) {
		world->sim = sim_new(&config);
		err = world->sim ? 0 : no_memory(error);
	}
	free(levels);
	return err;
}

/* Memory for tables and nothing else: for a plan. */
static int create_paper(struct world *world, const struct world_options *options,
			struct error *error)
{
	const struct machine *machine = world->machine;
	uint64_t tables = pool_tables(machine);
	uint64_t pa;
	int err = pool_place(world, tables, options->tables_apart, &pa, error);

	if (!err)
		paper_port_init(&world->paper, machine->format.granule_shift, pa, tables);
	return err;
}

static int create_cpus(struct world *world)
{
	const struct machine *machine = world->machine;

	world->cpu = calloc(machine->cpus, sizeof(*world->cpu));
	if (!world->cpu)
		return -1;
	for (unsigned int i = 0; i < machine->cpus; i++)
		world->cpu[i].bbm_level = i ? machine->secondary_bbm : machine->boot_bbm;
	world->cpus = (struct lm_cpus){ world->cpu, machine->cpus };
	return 0;
}

/* An empty root, and the regions on it: all of RAM, and inside it the kernel. */
static int create_map(struct world *world, unsigned int region_flags)
{
	const struct machine *machine = world->machine;
	struct lm_env env;
	lm_pa_t root;
	int err;

	world->port.sim = world->sim;
	world->port.va_offset = world->linear_start - world->memstart;
	world->port.cnp = true;
	env = world->sim ? model_port_env(&world->port) : paper_port_env(&world->paper);
	env.repeat_tlbi = machine->repeat_tlbi;
	if (!env.alloc(env.ctx, world->fmt.start_level, 1, &root))
		return -LM_ENOMEM;
	/* With more CPUs than can be counted, none rolls. */
	if (world->sim && model_roll_new(&world->port, machine->cpus, root))
		env.roller = &world->port.roll->commit.roller;
	memset(env.table(env.ctx, root), 0, lm_granule_size(&world->fmt));
	lm_map_init(&world->map, &world->fmt, &env, root);

	world->linear = (struct lm_region){
		.name = "linear",
		.range = linear_range(world, ram_start(machine),
				      ram_end(machine) - ram_start(machine)),
		.flags = region_flags,
		.longest_contiguous = machine->longest_contiguous,
	};
	err = lm_map_add_region(&world->map, &world->linear);
	for (size_t i = 0; !err && i < machine->aliases.count; i++) {
		const struct bank *alias = &machine->aliases.bank[i];

		world->aliases[i] = (struct lm_region){
			.name = "kernel alias",
			.range = linear_range(world, alias->start, alias->size),
			.flags = region_flags,
			.longest_contiguous = machine->longest_contiguous,
		};
		err = lm_map_add_region(&world->map, &world->aliases[i]);
	}
	return err;
}

int world_create(struct world *world, const struct machine *machine,
		 const struct world_options *options, struct error *error)
{
	struct lm_format_config config = machine->format;
	int err;

	*world = (struct world){ .machine = machine };
	config.present_invalid = PRESENT_INVALID;
	lm_format_init(&world->fmt, &config);
	world->memstart = machine_memstart(machine);
	world->linear_start = machine_linear_start(machine);
	err = options->without_model ? create_paper(world, options, error) :
				       create_sim(world, options, error);
	if (err)
		return err;
	if (create_cpus(world))
		return no_memory(error);
	err = create_map(world, options->region_flags);
	if (!err)
		return 0;
	error_set(error, "describing the map: %s", lm_strerror(err));
	return EXIT_NOT_HELD;
}

void world_destroy(struct world *world)
{
	model_roll_free(world->port.roll);
	if (world->sim)
		sim_free(world->sim);
	paper_port_free(&world->paper);
	free(world->cpu);
}

/* ----------------------------------------------------------------- mapping */

static int map_piece(struct world *world, uint64_t start, uint64_t end, uint64_t attrs)
{
	if (start == end)
		return 0;
	return lm_map_range(&world->map, linear_range(world, start, end - start),
			    (lm_pa_t){ start }, (lm_attrs_t){ attrs });
}

static bool is_inside(const struct bank *inner, const struct bank *outer)
{
	return inner->start >= outer->start && inner->start - outer->start < outer->size;
}

static int map_bank(struct world *world, const struct bank *bank)
{
	const struct banks *aliases = &world->machine->aliases;
	uint64_t linear = linear_attrs(&world->fmt);
	uint64_t at = bank->start;
	int err = 0;

	for (size_t i = 0; !err && i < aliases->count; i++) {
		const struct bank *alias = &aliases->bank[i];

		if (!is_inside(alias, bank))
			continue;
		err = map_piece(world, at, alias->start, linear);
		at = alias->start + alias->size;
		if (!err)
			err = map_piece(world, alias->start, at,
					alias_attrs(&world->fmt));
	}
	return err ? err : map_piece(world, at, bank->start + bank->size, linear);
}

int world_map_ram(struct world *world)
{
	const struct banks *ram = &world->machine->ram;
	int err = 0;

	for (size_t i = 0; !err && i < ram->count; i++)
		err = map_bank(world, &ram->bank[i]);
	return err;
}

void world_start_cpus(struct world *world)
{
	if (!world->sim)
		return;
	for (unsigned int i = 0; i < world->cpus.count; i++) {
		sim_on_cpu(world->sim, i);
		sim_set_cnp(world->sim, world->port.cnp);
		sim_write_ttbr(world->sim, world->map.root.v);
		sim_barrier(world->sim, SIM_ISB);
	}
	sim_on_cpu(world->sim, 0);
	/* From here on tables are reached through the map, unless they are apart. */
	if (sim_walk(world->sim, world->map.root.v,
		     world->map.root.v + world->port.va_offset)
		    .valid)
		sim_linear_map(world->sim, world->port.va_offset);
}

/* ----------------------------------------------------- looking from outside */

bool world_is_alias(const struct world *world, uint64_t va)
{
	for (size_t i = 0; i < world->machine->aliases.count; i++) {
		const struct lm_range *alias = &world->aliases[i].range;

		if (va - alias->start.v < alias->size)
			return true;
	}
	return false;
}

uint64_t world_attrs(const struct world *world, uint64_t va)
{
	return world_is_alias(world, va) ? alias_attrs(&world->fmt) :
					   linear_attrs(&world->fmt);
}

/* Banks are ascending. */
bool world_is_ram(const struct world *world, uint64_t pa, uint64_t size)
{
	const struct banks *ram = &world->machine->ram;
	size_t first = 0;
	size_t end = ram->count;

	while (end - first > 1) {
		size_t middle = first + (end - first) / 2;

		if (ram->bank[middle].start <= pa)
			first = middle;
		else
			end = middle;
	}
	return pa - ram->bank[first].start < ram->bank[first].size &&
	       size <= ram->bank[first].size - (pa - ram->bank[first].start);
}

struct leaf_counter {
	const struct world *world;
	struct report_leaves *leaves;
};

static void count_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	const struct leaf_counter *counter = ctx;

	if (!world_is_alias(counter->world, va))
		report_add_leaves(counter->leaves, leaf->size, leaf->contiguous, 1);
}

void world_count_leaves(const struct world *world, struct report_leaves *leaves)
{
	struct leaf_counter counter = { world, leaves };
	struct lm_range input = world_input(world);

	if (world->sim)
		sim_for_each_leaf(world->sim, world->map.root.v, input.start.v,
				  input.size, count_leaf, &counter);
	else
		report_add_census(leaves, &world->fmt, &world->linear.census);
}

static void count_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	uint64_t *tables = ctx;

	(*tables)++;
}

uint64_t world_count_tables(const struct world *world)
{
	uint64_t tables = 0;

	if (!world->sim)
		return world->paper.tables;
	sim_for_each_table(world->sim, world->map.root.v, count_table, &tables);
	return tables;
}
