// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tables of a machine as a directory: a dump of gigabytes without what is not tables,
 * small enough to be sent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/table_index.h"
#include "source/readers.h"
#include "source/source.h"

#define PATH_SIZE 4096

static int copy_tables(const struct source *source, const uint64_t *pa, size_t count,
		       FILE *file)
{
	size_t granule = lm_granule_size(&source->map.fmt);
	void *bytes = calloc(1, granule);
	int err = bytes ? 0 : -1;

	for (size_t i = 0; !err && i < count; i++) {
		/* A running kernel may have freed it meanwhile. */
		if (source->memory.read(source->memory.ctx, pa[i], bytes, granule))
			memset(bytes, 0, granule);
		err = fwrite(bytes, granule, 1, file) == 1 ? 0 : -1;
	}
	free(bytes);
	return err;
}

static int write_tables(const struct source *source, const uint64_t *pa, size_t count,
			const char *path, struct error *error)
{
	FILE *file = fopen(path, "wb");
	int err = file ? copy_tables(source, pa, count, file) : -1;

	if (file && fclose(file))
		err = -1;
	return err ? error_set(error, "%s: cannot write: %s", path, strerror(errno)) : 0;
}

/* Roots that are smaller than a granule lie in one, which is what is written. */
static size_t round_down(uint64_t *pa, size_t count, uint64_t granule)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t start = pa[i] & ~(granule - 1);

		if (!kept || pa[kept - 1] != start)
			pa[kept++] = start;
	}
	return kept;
}

int table_dump_write(const struct source *source, const char *dir, struct error *error)
{
	struct table_index index = {
		.fmt = &source->map.fmt,
		.root = source->map.root,
		.ram = &source->memory.ram,
		.vmcoreinfo = source->memory.vmcoreinfo,
	};
	char path[PATH_SIZE];
	size_t count;
	uint64_t *pa;
	int err;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return error_set(error, "%s: cannot make the directory: %s", dir,
				 strerror(errno));
	if (strlen(dir) + sizeof("/tables.json") > sizeof(path))
		return error_set(error, "%s: the name is too long", dir);
	pa = table_cache_list(&source->cache, &count);
	if (!pa)
		return error_set(error, "%s: out of memory", dir);
	index.pa = pa;
	index.count = round_down(pa, count, lm_granule_size(&source->map.fmt));
	snprintf(path, sizeof(path), "%s/tables.bin", dir);
	err = write_tables(source, pa, index.count, path, error);
	snprintf(path, sizeof(path), "%s/tables.json", dir);
	if (!err)
		err = table_index_write(&index, path, error);
	free(pa);
	return err;
}
