// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any text as the .json of a table dump, and what follows its first 0 as its .bin. */
#include <string.h>

#include "fuzz_file.h"
#include "input.h"
#include "see.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_request request = { .path = "tables.json" };
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t text = end ? (size_t)(end - data) : size;

	fuzz_file_set(data, text);
	fuzz_memory_set(data + text, size - text);
	fuzz_see(SOURCE_TABLES, &request);
	return 0;
}
