// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces cli/base/file.c: bytes instead of a file. And checks on what a reader made of
 * them.
 */
#include "fuzz_file.h"

#include <string.h>

#include "base/file.h"
#include "input.h"

static const uint8_t *bytes;
static size_t bytes_size;

void fuzz_file_set(const uint8_t *data, size_t size)
{
	bytes = data;
	bytes_size = size;
}

int file_read(struct file *file, const char *path, struct error *error)
{
	*file = (struct file){ .path = path, .size = bytes_size };
	if (!bytes_size)
		return error_set(error, "%s: empty", path);
	file->bytes = malloc(bytes_size + 1);
	if (!file->bytes)
		return error_set(error, "%s: out of memory", path);
	memcpy(file->bytes, bytes, bytes_size);
	file->bytes[bytes_size] = '\0';
	return 0;
}

void file_free(struct file *file)
{
	free(file->bytes);
}

static void expect_banks(const struct banks *banks, uint64_t granule)
{
	for (size_t i = 0; i < banks->count; i++) {
		const struct bank *b = &banks->bank[i];

		if (!b->size || (b->start | b->size) & (granule - 1))
			wrong("0x%" PRIx64 " bytes at 0x%" PRIx64, b->size, b->start);
		if (i && b->start <= b[-1].start + (b[-1].size - 1))
			wrong("ranges overlap at 0x%" PRIx64, b->start);
	}
}

/* No page that lies whole in a reservation is RAM. */
static void expect_holes(const struct machine *machine)
{
	const struct banks *ram = &machine->ram;
	size_t n = 0;

	for (size_t i = 0; i < machine->no_map.count; i++) {
		const struct bank *hole = &machine->no_map.bank[i];

		while (n < ram->count &&
		       ram->bank[n].start + ram->bank[n].size <= hole->start)
			n++;
		if (hole->size && n < ram->count &&
		    ram->bank[n].start < hole->start + hole->size)
			wrong("RAM at 0x%" PRIx64 " in a hole", ram->bank[n].start);
	}
}

/*
 * Everything that was described is RAM, or counted as left out. Added ranges may be RAM
 * already, in part or whole.
 */
static void expect_sum(const struct machine *machine, uint64_t described)
{
	uint64_t sum = banks_size(&machine->ram) + machine->trimmed_size +
		       machine->unusable_size + machine->no_map_size;
	uint64_t added = banks_size(&machine->added);
	bool is_exact = !machine->ram_may_overlap && !added;

	if (sum > described + added || (is_exact && sum != described))
		wrong("%" PRIu64 " bytes were described, %" PRIu64 " added, %" PRIu64
		      " are there",
		      described, added, sum);
}

void fuzz_machine_check(struct machine *machine, int err, const struct error *error)
{
	struct error settling = { "" };
	uint64_t described;

	if (err) {
		if (!error->text[0])
			wrong("refused without a reason");
		return;
	}
	if (!machine->ram.count)
		wrong("a machine without RAM");
	described = banks_size(&machine->ram);
	if (machine_settle(machine, &settling)) {
		if (!settling.text[0])
			wrong("not settled, without a reason");
		return;
	}
	if (!machine->ram.count)
		wrong("a machine whose RAM has gone");
	expect_banks(&machine->ram, 4096);
	expect_banks(&machine->aliases, 4096);
	expect_holes(machine);
	if (described <= UINT64_C(1) << 60)
		expect_sum(machine, described);
}
