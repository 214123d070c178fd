// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pieces of a file that hold physical memory, found by address. */
#include "source/extents.h"

#include <stdlib.h>

struct extents *extents_open(const char *path, struct error *error)
{
	struct extents *extents = calloc(1, sizeof(*extents));

	if (!extents) {
		error_set(error, "%s: out of memory", path);
		return NULL;
	}
	if (!memory_file_open(&extents->file, path, error))
		return extents;
	free(extents);
	return NULL;
}

void extents_close(struct extents *extents)
{
	memory_file_close(&extents->file);
	free(extents->extent);
	free(extents);
}

int extents_add(struct extents *extents, struct extent extent)
{
	if (extents->count == extents->room) {
		size_t room = extents->room ? extents->room * 2 : 64;
		struct extent *larger =
			realloc(extents->extent, room * sizeof(*extents->extent));

		if (!larger)
			return -1;
		extents->extent = larger;
		extents->room = room;
	}
	extents->extent[extents->count++] = extent;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct extent *x = a;
	const struct extent *y = b;

	if (x->pa != y->pa)
		return x->pa < y->pa ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* What of @extent is at or beyond @end; nothing if its size is then 0. */
static struct extent cut_front(struct extent extent, uint64_t end)
{
	uint64_t overlap = end > extent.pa ? end - extent.pa : 0;

	if (overlap > extent.size)
		overlap = extent.size;
	extent.pa += overlap;
	extent.offset += overlap;
	extent.size -= overlap;
	return extent;
}

void extents_settle(struct extents *extents)
{
	size_t kept = 0;
	uint64_t end = 0;

	if (extents->count)
		qsort(extents->extent, extents->count, sizeof(*extents->extent), compare);
	for (size_t i = 0; i < extents->count; i++) {
		struct extent extent = cut_front(extents->extent[i], end);

		if (!extent.size)
			continue;
		extents->extent[kept++] = extent;
		end = extent.pa + extent.size;
	}
	extents->count = kept;
}

/* The piece that @pa is in, or NULL. */
static const struct extent *find(const struct extents *extents, uint64_t pa)
{
	size_t low = 0;
	size_t high = extents->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct extent *extent = &extents->extent[middle];

		if (pa < extent->pa)
			high = middle;
		else if (pa - extent->pa >= extent->size)
			low = middle + 1;
		else
			return extent;
	}
	return NULL;
}

static int extents_read(void *ctx, uint64_t pa, void *bytes, size_t size)
{
	const struct extents *extents = ctx;
	char *at = bytes;

	while (size) {
		const struct extent *extent = find(extents, pa);
		uint64_t in_extent = extent ? pa - extent->pa : 0;
		size_t piece = size;

		if (!extent)
			return -1;
		if (piece > extent->size - in_extent)
			piece = (size_t)(extent->size - in_extent);
		if (memory_file_read(&extents->file, extent->offset + in_extent, at,
				     piece))
			return -1;
		pa += piece;
		at += piece;
		size -= piece;
	}
	return 0;
}

static void close_extents(void *ctx)
{
	extents_close(ctx);
}

/* Bytes of @extent that are in the file; all of them if it has no size. */
static uint64_t stored_size(const struct extents *extents, const struct extent *extent)
{
	uint64_t end = extents->file.size;

	if (!end)
		return extent->size;
	if (extent->offset >= end)
		return 0;
	return extent->size < end - extent->offset ? extent->size : end - extent->offset;
}

static int list_extents(const struct extents *extents, struct memory *memory,
			struct error *error)
{
	struct place place = { .source = extents->file.path, .where = "" };

	for (size_t i = 0; i < extents->count; i++) {
		const struct extent *extent = &extents->extent[i];
		uint64_t stored = stored_size(extents, extent);

		if (banks_add(&memory->ram, &place, extent->pa, extent->size, error))
			return -1;
		if (stored &&
		    banks_add(&memory->stored, &place, extent->pa, stored, error))
			return -1;
	}
	return 0;
}

int extents_serve(struct extents *extents, struct memory *memory, struct error *error)
{
	memory->ctx = extents;
	memory->read = extents_read;
	memory->close = close_extents;
	if (list_extents(extents, memory, error))
		return -1;
	banks_sort(&memory->ram);
	banks_merge(&memory->ram);
	return 0;
}
