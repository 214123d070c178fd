/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMCOREINFO: lines "NAME=VALUE" that Linux leaves in its memory for debuggers
 * (kernel/vmcore_info.c, arch/arm64/kernel/vmcore_info.c). Knows nothing of where the text
 * comes from.
 */
#ifndef VMCOREINFO_H
#define VMCOREINFO_H

#include "base/progress.h"
#include "source/memory.h"

/* The value of @name, up to the end of its line, copied. False if it is not there. */
bool vmcoreinfo_text(const char *info, const char *name, char *value, size_t size);

/* The same as a number: decimal, or hexadecimal with 0x if @base is 10, else @base. */
bool vmcoreinfo_number(const char *info, const char *name, int base, uint64_t *value);

/* Whether the bytes of a page are such a text. */
bool vmcoreinfo_is_page(const char *page, size_t size);

/*
 * Search all RAM for the text and keep it in @memory. 0, whether it was found or not, or
 * -1 with an error.
 */
int vmcoreinfo_search(struct memory *memory, struct progress *progress,
		      struct error *error);

#endif
