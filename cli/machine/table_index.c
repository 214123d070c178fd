// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writing the index of raw tables. */
#include "machine/table_index.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "machine/geometry.h"

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *list_ram(const struct banks *ram)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ram->count; i++)
		json_array_append_new(list, json_pack("{s:o, s:I}", "pa",
						      hex(ram->bank[i].start), "size",
						      (json_int_t)ram->bank[i].size));
	return list;
}

/* How many of the @left addresses at @pa are adjacent. */
static size_t adjacent(const uint64_t *pa, size_t left, uint64_t granule)
{
	size_t n = 1;

	while (n < left && pa[n] == pa[0] + n * granule)
		n++;
	return n;
}

static json_t *list_segments(const struct table_index *index)
{
	uint64_t granule = lm_granule_size(index->fmt);
	json_t *list = json_array();
	size_t tables;

	for (size_t i = 0; i < index->count; i += tables) {
		tables = adjacent(&index->pa[i], index->count - i, granule);
		json_array_append_new(
			list, json_pack("{s:o, s:I, s:I}", "pa", hex(index->pa[i]),
					"size", (json_int_t)tables * (json_int_t)granule,
					"offset", (json_int_t)i * (json_int_t)granule));
	}
	return list;
}

int table_index_write(const struct table_index *index, const char *path,
		      struct error *error)
{
	const struct lm_format_config *config = &index->fmt->config;
	json_t *json = json_pack(
		"{s:o, s:I, s:i, s:i, s:b, s:s, s:o, s:i, s:o, s:o}", "root",
		hex(index->root.v), "granule", (json_int_t)lm_granule_size(index->fmt),
		"va_bits", (int)config->ia_bits, "pa_bits", (int)config->oa_bits, "lpa2",
		(int)config->lpa2, "regime", regime_name(config->regime), "first_va",
		hex(index->fmt->base), "first_level", index->fmt->start_level, "ram",
		list_ram(index->ram), "segments", list_segments(index));
	int err = json ? 0 : -1;

	if (config->present_invalid)
		json_object_set_new(json, "invalid_mark", hex(config->present_invalid));
	/* Bytes that are no text would make no JSON; without them it is as good. */
	if (index->vmcoreinfo)
		json_object_set_new(json, "vmcoreinfo", json_string(index->vmcoreinfo));
	errno = ENOMEM;
	if (!err)
		err = json_dump_file(json, path, JSON_INDENT(2));
	if (err)
		error_set(error, "%s: cannot write: %s", path, strerror(errno));
	json_decref(json);
	return err;
}
