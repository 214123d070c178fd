// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tables of a machine as a directory: a dump of gigabytes without what is not tables,
 * small enough to be sent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "machine/geometry.h"
#include "source/readers.h"
#include "source/source.h"

#define PATH_SIZE 4096

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *list_ram(const struct banks *ram)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ram->count; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "pa",
						      hex(ram->bank[i].start), "size",
						      hex(ram->bank[i].size)));
	return list;
}

/* Adjacent tables are one segment. */
static json_t *list_segments(const uint64_t *pa, size_t count, uint64_t granule)
{
	json_t *list = json_array();
	size_t n;

	for (size_t i = 0; i < count; i += n) {
		n = 1;
		while (i + n < count && pa[i + n] == pa[i] + n * granule)
			n++;
		json_array_append_new(
			list, json_pack("{s:o, s:I, s:I}", "pa", hex(pa[i]), "size",
					(json_int_t)n * (json_int_t)granule, "offset",
					(json_int_t)i * (json_int_t)granule));
	}
	return list;
}

static int write_index(const struct source *source, const uint64_t *pa, size_t count,
		       const char *path, struct error *error)
{
	const struct lm_format *fmt = &source->map.fmt;
	const char *info = source->memory.vmcoreinfo;
	json_t *index = json_pack("{s:o, s:I, s:i, s:i, s:b, s:s, s:o, s:i, s:o, s:o}",
				  "root", hex(source->map.root.v), "granule",
				  (json_int_t)lm_granule_size(fmt), "va_bits",
				  (int)fmt->config.ia_bits, "pa_bits",
				  (int)fmt->config.oa_bits, "lpa2", (int)fmt->config.lpa2,
				  "regime", regime_name(fmt->config.regime), "first_va",
				  hex(fmt->base), "first_level", fmt->start_level, "ram",
				  list_ram(&source->memory.ram), "segments",
				  list_segments(pa, count, lm_granule_size(fmt)));
	int err = index ? 0 : -1;

	/* Bytes that are no text would make no JSON; without them it is as good. */
	if (info)
		json_object_set_new(index, "vmcoreinfo", json_string(info));
	errno = ENOMEM;
	if (!err)
		err = json_dump_file(index, path, JSON_INDENT(1));
	if (err)
		error_set(error, "%s: cannot write: %s", path, strerror(errno));
	json_decref(index);
	return err;
}

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
	count = round_down(pa, count, lm_granule_size(&source->map.fmt));
	snprintf(path, sizeof(path), "%s/tables.bin", dir);
	err = write_tables(source, pa, count, path, error);
	snprintf(path, sizeof(path), "%s/tables.json", dir);
	if (!err)
		err = write_index(source, pa, count, path, error);
	free(pa);
	return err;
}
