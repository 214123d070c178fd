/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine on the model with a kernel's linear map: where addresses are, what is mapped,
 * and how to inspect it from outside. Knows nothing of splits.
 */
#ifndef WORLD_H
#define WORLD_H

#include <linmap/linmap.h>

#include "base/error.h"
#include "machine/machine.h"
#include "model_port.h"
#include "scenario/paper_port.h"
#include "report/report.h"
#include "sim.h"

/**
 * struct world - the model, the port and the map
 * @machine: described by this
 * @sim, @port: the model; NULL and unused in a world without one
 * @paper: instead of the model for a map that is only planned on
 * @linear_start: input address of the physical address @memstart
 * @memstart: machine_memstart()
 * @tables: input addresses of the memory for tables; of size 0 if the map does not
 *	translate it
 * @linear: the region of all RAM; @aliases: the kernel's, inside it
 * @plugged: a region for memory that goes, inside it, while there is one
 * @pool: a region for a pool of single pages, inside it, once there is one
 */
struct world {
	const struct machine *machine;
	struct sim *sim;
	struct model_port port;
	struct paper_port paper;
	struct lm_format fmt;
	struct lm_map map;
	struct lm_cpu *cpu;
	struct lm_cpus cpus;
	uint64_t linear_start;
	uint64_t memstart;
	struct lm_range tables;
	struct lm_region linear;
	struct lm_region aliases[MACHINE_ALIASES];
	struct lm_region plugged;
	struct lm_region pool;
};

/* How a world is made, besides the machine. */
struct world_options {
	unsigned int region_flags;
	uint64_t longest_run;
	bool tables_apart;
	bool without_model; /* for a plan: nothing is committed, and no CPU walks */
	FILE *trace;
};

/*
 * Make the machine and describe its map; nothing is mapped yet. @world must not move
 * in memory. 0, or what to exit with, after an error; destroy it in any case.
 */
int world_create(struct world *world, const struct machine *machine,
		 const struct world_options *options, struct error *error);
void world_destroy(struct world *world);

/* Map all RAM with the largest leaves, and let every CPU walk. 0, or a linmap error. */
int world_map_ram(struct world *world);
void world_start_cpus(struct world *world);

/* All input addresses; the linear map has the lower half of them. */
struct lm_range world_input(const struct world *world);

/* Where the linear map has the physical address @pa, and whether all of it is RAM. */
uint64_t world_address(const struct world *world, uint64_t pa);
bool world_is_ram(const struct world *world, uint64_t pa, uint64_t size);

/* Whether the kernel's alias is there, and what the page at @va was mapped with. */
bool world_is_alias(const struct world *world, uint64_t va);
uint64_t world_attrs(const struct world *world, uint64_t va);

/* Leaves outside the aliases, as the model's walker finds them; else linmap's census. */
void world_count_leaves(const struct world *world, struct report_leaves *leaves);
uint64_t world_count_tables(const struct world *world);

#endif
