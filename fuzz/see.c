// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces cli/source/memory_file.c: bytes instead of a file. And what the subcommands do
 * with a source: whatever is in it, that ends, and its numbers agree.
 */
#include "see.h"

#include <string.h>

#include "input.h"
#include "see/faults.h"
#include "see/stretches.h"
#include "source/readers.h"
#include "source/root.h"

static const uint8_t *bytes;
static size_t bytes_size;

void fuzz_memory_set(const uint8_t *data, size_t size)
{
	bytes = data;
	bytes_size = size;
}

int memory_file_open(struct memory_file *file, const char *path, struct error *error)
{
	(void)error;
	*file = (struct memory_file){ .path = path, .fd = 0, .size = bytes_size };
	return 0;
}

void memory_file_close(struct memory_file *file)
{
	file->fd = -1;
}

int memory_file_read(const struct memory_file *file, uint64_t offset, void *to,
		     size_t size)
{
	(void)file;
	if (offset > bytes_size || size > bytes_size - offset)
		return -1;
	memcpy(to, bytes + offset, size);
	return 0;
}

/* The program has no libkdumpfile. */
int kdump_open(struct memory *memory, const char *path, struct error *error)
{
	(void)memory;
	return error_set(error, "%s: a compressed dump", path);
}

/* Leaves by size add up to what is mapped, and the parts to all. */
static void expect_sums(const struct census *census)
{
	for (size_t i = 0; i < census->layout.count; i++) {
		const struct census_part *part = &census->part[i];
		uint64_t by_bits = 0;
		uint64_t by_attr = 0;

		for (int bits = 0; bits < SEEN_KINDS; bits++)
			by_bits += part->by_bits[bits].bytes;
		for (int attr = 0; attr < 8; attr++)
			by_attr += part->by_attr[attr].bytes;
		if (by_bits != part->bytes || by_attr != part->bytes)
			wrong("%" PRIu64 " bytes, by permissions %" PRIu64
			      ", by type %" PRIu64,
			      part->bytes, by_bits, by_attr);
		if (census_least_tables(part) > census_all_tables(census) * 2)
			wrong("%" PRIu64 " tables at least, of %" PRIu64,
			      census_least_tables(part), census_all_tables(census));
	}
}

static void look_at_all(struct source *source)
{
	static struct seen_faults faults;
	static struct census census;
	struct progress progress = { .shown = false };
	struct stretches stretches = { .last = UINT64_MAX };
	struct scan scan = { stretches_add, &stretches, &census, &progress };
	struct lm_range input = source_input(source);
	struct translation translation;
	struct error error = { "" };

	if (scan_source(source, &scan, &error))
		wrong("%s", error.text);
	expect_sums(&census);
	stretches_free(&stretches);
	table_cache_restart(&source->cache);
	if (seen_faults_find(&faults, source, &census, &progress, &error))
		wrong("%s", error.text);
	translate(&source->map, input.start.v, &translation);
	translate(&source->map, input.start.v + (input.size - 1), &translation);
}

void fuzz_see(enum source_kind kind, const struct source_request *request)
{
	struct progress progress = { .shown = false };
	struct error error = { "" };
	struct source source;

	if (!source_open_as(&source, kind, request, &progress, &error))
		look_at_all(&source);
	else if (!error.text[0])
		wrong("refused without a reason");
	source_close(&source);
}
