// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as memory, with registers that are its first bytes: tables that link to
 * themselves, to each other, to places without memory.
 */
#include "see.h"
#include "input.h"

#define RAM_BASE UINT64_C(0x40000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct source_request request = {
		.path = "memory",
		.has_ram_base = true,
		.ram_base = RAM_BASE,
		.has_regime = true,
		.config.regime = (enum lm_regime)take(&in, LM_REGIMES),
	};
	unsigned int how = take(&in, 8);

	request.has_tcr = how & 1;
	request.tcr = take_word(&in);
	request.has_ttbr1 = how & 2;
	request.has_ttbr0 = !request.has_ttbr1 && (how & 4);
	request.ttbr = RAM_BASE + UINT64_C(4096) * take(&in, 8);
	fuzz_memory_set(in.at, (size_t)(in.end - in.at));
	fuzz_see(SOURCE_RAW, &request);
	return 0;
}
