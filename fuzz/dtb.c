// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as a device tree blob, with or without RAM from elsewhere. */
#include "fuzz_file.h"
#include "input.h"

#define BOOT_CPU 31 /* the last byte of boot_cpuid_phys */

static void ram_tell(struct machine *machine, struct error *error)
{
	static const struct place place = { .source = "--ram" };

	if (banks_add(&machine->ram, &place, MACHINE_RAM_BASE, 3 << 20, error))
		wrong("no RAM: %s", error->text);
	machine->ram.bank[0].anywhere = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine machine;
	struct error error = { "" };
	int err;

	machine_init(&machine);
	/* Decided by a byte of the header's boot CPU, which nothing else reads. */
	if (size > BOOT_CPU && data[BOOT_CPU] & 1)
		ram_tell(&machine, &error);
	fuzz_file_set(data, size);
	err = machine_read_dtb(&machine, "blob", &error);
	fuzz_machine_check(&machine, err, &error);
	machine_free(&machine);
	return 0;
}
