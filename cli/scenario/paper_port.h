/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linmap's callbacks on plain memory: for a map that is only planned on, and that no CPU
 * walks. Memory is allocated with the tables, so the size of the machine does not matter.
 */
#ifndef PAPER_PORT_H
#define PAPER_PORT_H

#include <linmap/linmap.h>

/**
 * struct paper_port - tables on paper
 * @granule_shift: of a table
 * @first_pa: physical address of the first table
 * @limit: how many tables there may be
 * @tables: how many there are; none is freed
 * @chunk, @chunks: memory, for a number of tables each
 */
struct paper_port {
	uint8_t granule_shift;
	uint64_t first_pa;
	uint64_t limit;
	uint64_t tables;
	char **chunk;
	size_t chunks;
};

void paper_port_init(struct paper_port *port, uint8_t granule_shift, uint64_t first_pa,
		     uint64_t limit);
void paper_port_free(struct paper_port *port);

/* The callbacks; those for commits are never called. */
struct lm_env paper_port_env(struct paper_port *port);

#endif
