/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one file that the command's readers can read: the bytes of the fuzzer. */
#ifndef FUZZ_FUZZ_FILE_H
#define FUZZ_FUZZ_FILE_H

#include "machine/machine.h"

void fuzz_file_set(const uint8_t *data, size_t size);

/* What a reader made of it: a valid machine, or one line that says why not. */
void fuzz_machine_check(struct machine *machine, int err, const struct error *error);

#endif
