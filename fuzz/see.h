/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Machines whose files are the bytes of the fuzzer: everything that is done with a source,
 * once it could be opened.
 */
#ifndef FUZZ_SEE_H
#define FUZZ_SEE_H

#include "source/source.h"

/* What memory_file_open() opens from now on, whatever its name. */
void fuzz_memory_set(const uint8_t *data, size_t size);

/* Open it as @kind and look at all of it; or it is refused with a reason. */
void fuzz_see(enum source_kind kind, const struct source_request *request);

#endif
