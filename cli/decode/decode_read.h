/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From text as people paste it to descriptors and walks. Knows nothing of what they
 * mean, nor where the text comes from.
 */
#ifndef DECODE_READ_H
#define DECODE_READ_H

#include "decode/decode_walk.h"

/* A descriptor by itself, or a walk; @where it was read, for errors. */
struct decode_item {
	bool is_walk;
	uint64_t descriptor;
	struct walk walk;
	char where[40];
};

/**
 * struct decode_items - what was read
 * @item, @count, @room: in order
 * @is_in_walk: the last is a walk that may continue
 * @has_va, @va: an address was read for the next walk
 * @granule_shift, @va_bits: as a line "swapper pgtable: 4k pages, 48-bit VAs" says, or 0
 */
struct decode_items {
	struct decode_item *item;
	size_t count;
	size_t room;
	bool is_in_walk;
	bool has_va;
	uint64_t va;
	uint8_t granule_shift;
	uint8_t va_bits;
};

/*
 * Parse a line, which is modified: descriptors in hexadecimal with blanks or commas
 * between them; or a walk, "[ffff0000c0001000] pgd=1800000080ffe403, p4d=...", after
 * any log prefix; or the line above it in an oops, which has the geometry. A walk may
 * continue in the next line. Errors begin with @where: "" or "standard input:3: ".
 *
 * 0, or -1 with an error.
 */
int decode_read(struct decode_items *items, const char *where, char *line,
		struct error *error);

void decode_items_free(struct decode_items *items);

#endif
