// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What all readers of physical memory have in common. */
#include "source/memory.h"

#include <stdlib.h>
#include <string.h>

void memory_close(struct memory *memory)
{
	if (memory->close)
		memory->close(memory->ctx);
	banks_free(&memory->ram);
	banks_free(&memory->stored);
	free(memory->vmcoreinfo);
	*memory = (struct memory){ .ctx = NULL };
}

int memory_set_vmcoreinfo(struct memory *memory, const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	free(memory->vmcoreinfo);
	memory->vmcoreinfo = copy;
	return 0;
}
