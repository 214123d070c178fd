// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as the text of kernel_page_tables. */
#include "fuzz_file.h"
#include "input.h"
#include "see/scan.h"
#include "see/stretches.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct census census;
	struct progress progress = { .shown = false };
	struct stretches stretches = { .last = UINT64_MAX };
	struct scan scan = { stretches_add, &stretches, &census, &progress };
	struct error error = { "" };

	fuzz_file_set(data, size);
	if (scan_text("text", &scan, &error) && !error.text[0])
		wrong("refused without a reason");
	stretches_free(&stretches);
	return 0;
}
