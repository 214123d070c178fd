// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* In the place of cli/base/file.c: bytes instead of a file. And what came of them. */
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

static void expect_banks(const struct banks *banks, uint64_t granule, size_t limit)
{
	if (banks->count > limit)
		wrong("%zu ranges", banks->count);
	for (size_t i = 0; i < banks->count; i++) {
		const struct bank *b = &banks->bank[i];

		if (!b->size || (b->start | b->size) & (granule - 1))
			wrong("0x%" PRIx64 " bytes at 0x%" PRIx64, b->size, b->start);
		if (i && b->start <= b[-1].start + (b[-1].size - 1))
			wrong("ranges overlap at 0x%" PRIx64, b->start);
	}
}

void fuzz_machine_check(struct machine *machine, int err, const struct error *error)
{
	struct error settling = { "" };

	if (err) {
		if (!error->text[0])
			wrong("refused without a word");
		return;
	}
	if (!machine->ram.count)
		wrong("a machine without RAM");
	if (machine_settle(machine, &settling)) {
		if (!settling.text[0])
			wrong("not settled, without a word");
		return;
	}
	expect_banks(&machine->ram, 4096, MACHINE_BANKS);
	expect_banks(&machine->aliases, 4096, MACHINE_ALIASES);
	if (banks_size(&machine->ram) > MACHINE_RAM_LIMIT)
		wrong("too much RAM");
}
