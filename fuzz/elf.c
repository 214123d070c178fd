// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as an ELF dump, whose note may say where the root is. */
#include "see.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_request request = { .path = "dump" };

	fuzz_memory_set(data, size);
	fuzz_see(SOURCE_ELF, &request);
	return 0;
}
