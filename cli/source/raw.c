// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A file that is memory itself, as QEMU's memory-backend-file. */
#include "source/readers.h"

#include <inttypes.h>

#include "source/extents.h"

static int add_all(struct extents *extents, uint64_t base, struct error *error)
{
	const char *path = extents->file.path;
	uint64_t size = extents->file.size;

	if (!size)
		return error_set(error, "%s: no file of memory (its size is not known)",
				 path);
	if (base > UINT64_MAX - size)
		return error_set(error,
				 "%s: does not fit at 0x%" PRIx64 " (see --ram-base)",
				 path, base);
	if (extents_add(extents, (struct extent){ base, size, 0 }))
		return error_set(error, "%s: out of memory", path);
	return 0;
}

int raw_open(struct memory *memory, const char *path, uint64_t base, struct error *error)
{
	struct extents *extents = extents_open(path, error);

	if (!extents)
		return -1;
	if (add_all(extents, base, error)) {
		extents_close(extents);
		return -1;
	}
	return extents_serve(extents, memory, error);
}
