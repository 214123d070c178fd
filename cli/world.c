// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The linear map of a machine on the model: laying it out, looking at it. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define LINEAR_ATTRS (LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE | LM_ATTR_PXN | LM_ATTR_UXN)
#define ALIAS_ATTRS  (LINEAR_ATTRS | LM_ATTR_READ_ONLY)

/* Tables beyond what grows with RAM: the root, those at the borders of banks. */
#define POOL_SLACK 4096

/* ------------------------------------------------------------------ layout */

static uint64_t ram_start(const struct machine *machine)
{
	return machine->ram.bank[0].start;
}

static uint64_t ram_end(const struct machine *machine)
{
	const struct bank *last = &machine->ram.bank[machine->ram.count - 1];

	return last->start + last->size;
}

static uint64_t linear_address(const struct world *world, uint64_t pa)
{
	return world->linear_start + (pa - world->memstart);
}

static struct lm_range linear_range(const struct world *world, uint64_t pa, uint64_t size)
{
	return (struct lm_range){ { linear_address(world, pa) }, size };
}

/* All input addresses of the kernel; the linear map has the lower half of them. */
static uint64_t input_size(const struct machine *machine)
{
	return UINT64_C(1) << machine->ia_bits;
}

/*
 * Tables are in RAM, at the end of the largest bank, unless they are wanted
 * @apart or the machine is too small for them, as only a model can be: then they
 * have memory of their own behind the RAM, which is not mapped.
 */
static uint64_t pool_place(const struct machine *machine, uint64_t tables, bool apart)
{
	uint64_t size = tables << machine->granule_shift;
	const struct bank *largest = &machine->ram.bank[0];

	for (size_t i = 1; i < machine->ram.count; i++) {
		if (machine->ram.bank[i].size > largest->size)
			largest = &machine->ram.bank[i];
	}
	if (apart || size > largest->size)
		return ram_end(machine);
	return largest->start + largest->size - size;
}

/* Enough for a map of pages and, at the same time, notes about each of them. */
static uint64_t pool_tables(const struct machine *machine)
{
	uint64_t pages = banks_size(&machine->ram) >> machine->granule_shift;

	return pages / 64 + machine->ram.count * 8 + POOL_SLACK;
}

/* ---------------------------------------------------------------- creation */

static int create_sim(struct world *world, const struct world_options *options)
{
	const struct machine *machine = world->machine;
	uint64_t tables = pool_tables(machine);
	uint8_t *levels = malloc(machine->cpus);
	struct sim_config config = {
		.cpus = machine->cpus,
		.bbm_level = levels,
		.granule_shift = machine->granule_shift,
		.ia_bits = machine->ia_bits,
		.upper = true,
		.pool_pa = pool_place(machine, tables, options->tables_apart),
		.pool_tables = tables,
		.longest_run = options->longest_run,
		.trace = options->trace,
	};

	if (!levels)
		return -1;
	if (config.pool_pa < ram_end(machine))
		world->tables = linear_range(world, config.pool_pa,
					     tables << machine->granule_shift);
	for (unsigned int i = 0; i < machine->cpus; i++)
		levels[i] = i ? machine->secondary_bbm : machine->boot_bbm;
	world->sim = sim_new(&config);
	free(levels);
	return world->sim ? 0 : -1;
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
	env = model_port_env(&world->port);
	if (!env.alloc(env.ctx, world->fmt.start_level, 1, &root))
		return -LM_ENOMEM;
	memset(env.table(env.ctx, root), 0, lm_granule_size(&world->fmt));
	lm_map_init(&world->map, &world->fmt, &env, root);

	world->linear = (struct lm_region){
		.name = "linear",
		.range = linear_range(world, ram_start(machine),
				      ram_end(machine) - ram_start(machine)),
		.flags = region_flags,
	};
	err = lm_map_add_region(&world->map, &world->linear);
	for (size_t i = 0; !err && i < machine->aliases.count; i++) {
		const struct bank *alias = &machine->aliases.bank[i];

		world->aliases[i] = (struct lm_region){
			.name = "kernel alias",
			.range = linear_range(world, alias->start, alias->size),
			.flags = region_flags,
		};
		err = lm_map_add_region(&world->map, &world->aliases[i]);
	}
	return err;
}

int world_create(struct world *world, const struct machine *machine,
		 const struct world_options *options, struct complaint *complaint)
{
	struct lm_format_config config = {
		.granule_shift = machine->granule_shift,
		.ia_bits = machine->ia_bits,
		.oa_bits = machine->oa_bits,
		.half = LM_UPPER,
	};
	int err;

	*world = (struct world){ .machine = machine };
	err = lm_format_init(&world->fmt, &config);
	if (err)
		return complain(complaint, "%s", lm_strerror(err));
	world->memstart = machine_memstart(machine);
	world->linear_start = -input_size(machine);
	if (create_sim(world, options) || create_cpus(world))
		return complain(complaint,
				"not enough memory for a model of this machine");
	err = create_map(world, options->region_flags);
	if (err)
		return complain(complaint, "describing the map: %s", lm_strerror(err));
	return 0;
}

void world_destroy(struct world *world)
{
	if (world->sim)
		sim_free(world->sim);
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
	uint64_t at = bank->start;
	int err = 0;

	for (size_t i = 0; !err && i < aliases->count; i++) {
		const struct bank *alias = &aliases->bank[i];

		if (!is_inside(alias, bank))
			continue;
		err = map_piece(world, at, alias->start, LINEAR_ATTRS);
		at = alias->start + alias->size;
		if (!err)
			err = map_piece(world, alias->start, at, ALIAS_ATTRS);
	}
	return err ? err : map_piece(world, at, bank->start + bank->size, LINEAR_ATTRS);
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
	for (unsigned int i = 0; i < world->cpus.count; i++) {
		sim_on_cpu(world->sim, i);
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

static bool is_alias(const struct world *world, uint64_t va)
{
	for (size_t i = 0; i < world->machine->aliases.count; i++) {
		const struct lm_range *alias = &world->aliases[i].range;

		if (va - alias->start.v < alias->size)
			return true;
	}
	return false;
}

struct leaf_counter {
	const struct world *world;
	struct report_leaves *leaves;
};

static void count_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	const struct leaf_counter *counter = ctx;

	if (!is_alias(counter->world, va))
		report_add_leaves(counter->leaves, leaf->size, leaf->contiguous, 1);
}

void world_count_leaves(const struct world *world, struct report_leaves *leaves)
{
	struct leaf_counter counter = { world, leaves };

	sim_for_each_leaf(world->sim, world->map.root.v, world->linear_start,
			  input_size(world->machine), count_leaf, &counter);
}

static void count_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	uint64_t *tables = ctx;

	(*tables)++;
}

uint64_t world_count_tables(const struct world *world)
{
	uint64_t tables = 0;

	sim_for_each_table(world->sim, world->map.root.v, count_table, &tables);
	return tables;
}

static void add_size(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	uint64_t *bytes = ctx;

	*bytes += leaf->size;
}

/* Bits of a descriptor that are the same in a block and in a page of it. */
static uint64_t attributes(uint64_t descriptor)
{
	return lm_desc_attrs((lm_desc_t){ descriptor }).v;
}

struct checker {
	const struct world *world;
	bool as_pages;
	struct progress *progress;
	uint64_t pages;
	uint64_t checked;
	uint64_t mismatches;
};

static void check_page(struct checker *checker, uint64_t pa)
{
	const struct world *world = checker->world;
	uint64_t granule = lm_granule_size(&world->fmt);
	uint64_t va = linear_address(world, pa);
	struct sim_translation is = sim_walk(world->sim, world->map.root.v, va);
	bool alias = is_alias(world, va);
	uint64_t attrs = alias ? ALIAS_ATTRS : LINEAR_ATTRS;

	if (!is.valid || is.pa != pa || attributes(is.descriptor) != attrs ||
	    (checker->as_pages && !alias && is.size != granule))
		checker->mismatches++;
	checker->checked += !alias;
}

#define PROGRESS_PAGES 65536 /* between two looks at the clock */

static void check_bank(struct checker *checker, const struct bank *bank)
{
	uint64_t granule = lm_granule_size(&checker->world->fmt);
	uint64_t pages = banks_size(&checker->world->machine->ram) / granule;

	for (uint64_t pa = bank->start; pa - bank->start < bank->size; pa += granule) {
		check_page(checker, pa);
		if (++checker->pages % PROGRESS_PAGES == 0)
			progress_update(checker->progress, checker->pages, pages);
	}
}

uint64_t world_check(const struct world *world, bool as_pages, struct progress *progress,
		     uint64_t *checked)
{
	const struct banks *ram = &world->machine->ram;
	struct checker checker = { world, as_pages, progress, 0, 0, 0 };
	uint64_t mapped = 0;
	uint64_t expected = banks_size(ram);

	for (size_t i = 0; i < ram->count; i++)
		check_bank(&checker, &ram->bank[i]);
	sim_for_each_leaf(world->sim, world->map.root.v, world->linear_start,
			  input_size(world->machine), add_size, &mapped);
	if (mapped > expected)
		checker.mismatches += (mapped - expected) >>
				      world->machine->granule_shift;
	*checked = checker.checked;
	return checker.mismatches;
}
