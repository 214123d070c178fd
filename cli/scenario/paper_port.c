// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tables in plain memory, in chunks that stay where they are. */
#include "scenario/paper_port.h"

#include <stdlib.h>

#define CHUNK_TABLES 64

void paper_port_init(struct paper_port *port, uint8_t granule_shift, uint64_t first_pa,
		     uint64_t limit)
{
	*port = (struct paper_port){
		.granule_shift = granule_shift,
		.first_pa = first_pa,
		.limit = limit,
	};
}

void paper_port_free(struct paper_port *port)
{
	for (size_t i = 0; i < port->chunks; i++)
		free(port->chunk[i]);
	free(port->chunk);
	port->chunk = NULL;
	port->chunks = 0;
}

static bool add_chunk(struct paper_port *port)
{
	char **grown = realloc(port->chunk, (port->chunks + 1) * sizeof(*grown));

	if (!grown)
		return false;
	port->chunk = grown;
	grown[port->chunks] = malloc((size_t)CHUNK_TABLES << port->granule_shift);
	if (!grown[port->chunks])
		return false;
	port->chunks++;
	return true;
}

static size_t paper_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct paper_port *port = ctx;

	(void)level;
	(void)wanted;
	if (port->tables == port->limit)
		return 0;
	if (port->tables == (uint64_t)port->chunks * CHUNK_TABLES && !add_chunk(port))
		return 0;
	first->v = port->first_pa + (port->tables++ << port->granule_shift);
	return 1;
}

/* Only after a mapping that failed, which ends the plan. */
static void paper_release(void *ctx, int level, lm_pa_t first, size_t tables,
			  enum lm_origin origin)
{
	(void)ctx;
	(void)level;
	(void)first;
	(void)tables;
	(void)origin;
}

static void *paper_table(void *ctx, lm_pa_t pa)
{
	const struct paper_port *port = ctx;
	uint64_t table = (pa.v - port->first_pa) >> port->granule_shift;

	return port->chunk[table / CHUNK_TABLES] +
	       ((table % CHUNK_TABLES) << port->granule_shift);
}

/* Planning a switch needs this callback. */
static void paper_move(void *ctx, lm_pa_t root)
{
	(void)ctx;
	(void)root;
}

/* And planning a roll this. */
static const struct lm_roller paper_roller;

struct lm_env paper_port_env(struct paper_port *port)
{
	return (struct lm_env){
		.ctx = port,
		.alloc = paper_alloc,
		.free = paper_release,
		.table = paper_table,
		.move = paper_move,
		.roller = &paper_roller,
	};
}
