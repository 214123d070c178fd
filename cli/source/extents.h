/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which part of a file holds which physical memory. Knows nothing of where the list comes
 * from.
 */
#ifndef EXTENTS_H
#define EXTENTS_H

#include "source/memory.h"

/* [@pa, +@size) is at @offset of the file. */
struct extent {
	uint64_t pa;
	uint64_t size;
	uint64_t offset;
};

/**
 * struct extents - a file of memory, in pieces
 * @file: the file; owned
 * @extent, @count, @room: the pieces, in any order until extents_settle()
 */
struct extents {
	struct memory_file file;
	struct extent *extent;
	size_t count;
	size_t room;
};

/* The file at @path, without pieces; NULL with an error. */
struct extents *extents_open(const char *path, struct error *error);
void extents_close(struct extents *extents);

/* One more piece. 0, or -1 without memory. */
int extents_add(struct extents *extents, struct extent extent);

/* Sort them; of memory that is there twice the first piece counts. */
void extents_settle(struct extents *extents);

/*
 * @memory reads from @extents, which it then owns, and its RAM is what they hold. 0, or -1
 * with an error.
 */
int extents_serve(struct extents *extents, struct memory *memory, struct error *error);

#endif
