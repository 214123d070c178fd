/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the process that libkdumpfile runs in says to the one that asks, over a socket:
 * struct kdump_opened, that many ranges of RAM as pairs of addresses; then, for each
 * struct kdump_request, a byte that is 0 if the memory is there, and the memory.
 */
#ifndef KDUMP_WIRE_H
#define KDUMP_WIRE_H

#include "source/memory.h"

/* @failed: it cannot be read, and @error says why. */
struct kdump_opened {
	int failed;
	uint32_t ranges;
	struct error error;
};

struct kdump_request {
	uint64_t pa;
	uint64_t size;
};

/* At most so much memory is asked for at a time, and so many ranges are listed. */
#define KDUMP_REQUEST_MOST ((size_t)1 << 20)
#define KDUMP_RANGES_MOST  65536

/* Of struct disk_dump_header (makedumpfile); 0 if it is none that a dump has. */
uint32_t kdump_block_size(const struct memory_file *file);

/* Exactly @size bytes, or -1. */
int kdump_send(int socket, const void *bytes, size_t size);
int kdump_receive(int socket, void *bytes, size_t size);

#endif
