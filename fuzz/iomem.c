// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as the text of /proc/iomem. */
#include "fuzz_file.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine machine;
	struct complaint complaint = { "" };
	int err;

	machine_init(&machine);
	fuzz_file_set(data, size);
	err = machine_read_iomem(&machine, "text", &complaint);
	fuzz_machine_check(&machine, err, &complaint);
	machine_free(&machine);
	return 0;
}
