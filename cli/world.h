/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine of the model with a kernel's linear map on it: where addresses are,
 * what is mapped, and how to look at it from outside. Knows nothing of splits.
 */
#ifndef WORLD_H
#define WORLD_H

#include <linmap/linmap.h>

#include "complaint.h"
#include "machine.h"
#include "model_port.h"
#include "paper_port.h"
#include "progress.h"
#include "report.h"
#include "sim.h"

/**
 * struct world - the model, the port and the map
 * @machine: what it is made after
 * @sim, @port: the model; NULL and unused in a world without one
 * @paper: in the model's place for a map that is only planned with
 * @linear_start: input address of the physical address @memstart
 * @memstart: machine_memstart()
 * @tables: input addresses of the memory that tables are in; of size 0 if the map
 *	does not translate it
 * @linear: the region of all RAM; @aliases: the kernel's, inside it
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
	struct lm_region pool;
};

/* What decides how a world is made, apart from the machine. */
struct world_options {
	unsigned int region_flags;
	uint64_t longest_run;
	bool tables_apart;
	bool without_model; /* for a plan: nothing is committed, and nobody walks */
	FILE *trace;
};

/*
 * Make the machine and describe its map; nothing is mapped yet. @world has to
 * stay where it is. 0, or what to exit with, after a complaint; destroy it in any case.
 */
int world_create(struct world *world, const struct machine *machine,
		 const struct world_options *options, struct complaint *complaint);
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

/*
 * Pages of RAM that do not translate to where they did, or with other
 * attributes, or (outside the aliases, if @as_pages) not as pages; and pages
 * that translate but are not RAM. *@checked: pages of RAM outside the aliases.
 */
uint64_t world_check(const struct world *world, bool as_pages, struct progress *progress,
		     uint64_t *checked);

#endif
