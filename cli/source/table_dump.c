// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tables in a directory: NAME.json says what they are, NAME.bin holds them. Simple enough
 * for a debugger's script to write.
 */
#include "source/readers.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/file.h"
#include "base/units.h"
#include "machine/geometry.h"
#include "source/extents.h"

#define PATH_SIZE 4096

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name);

	return length > strlen(end) && !strcmp(name + length - strlen(end), end);
}

/* The one NAME.json in @directory, in @path. */
static int find_index(char *path, const char *directory, struct error *error)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int found = 0;

	if (!dir)
		return error_set(error, "%s: %s", directory, strerror(errno));
	while ((entry = readdir(dir))) {
		if (!ends_in(entry->d_name, ".json"))
			continue;
		found++;
		if (snprintf(path, PATH_SIZE, "%s/%s", directory, entry->d_name) >=
		    PATH_SIZE)
			found = -1;
		if (found < 0)
			break;
	}
	closedir(dir);
	if (found == 1)
		return 0;
	if (found < 0)
		return error_set(error, "%s: the name is too long", directory);
	return error_set(error, "%s: %s (name one: %s/NAME.json)", directory,
			 found ? "more than one .json of tables" : "no .json of tables",
			 directory);
}

static int index_path(char *path, const char *source, struct error *error)
{
	struct stat found;

	if (!stat(source, &found) && S_ISDIR(found.st_mode))
		return find_index(path, source, error);
	if (snprintf(path, PATH_SIZE, "%s", source) >= PATH_SIZE)
		return error_set(error, "%s: the name is too long", source);
	return 0;
}

/* ------------------------------------------------------------------ the index */

struct index {
	const char *path;
	json_t *json;
	struct facts *facts;
};

/* A number, or a text that is one: JSON's numbers end at 2^53 for some programs. */
static int number_of(const struct index *index, const json_t *object, const char *name,
		     uint64_t *value, struct error *error)
{
	const json_t *member = json_object_get(object, name);

	*value = 0;
	if (json_is_integer(member) && json_integer_value(member) >= 0) {
		*value = (uint64_t)json_integer_value(member);
		return 0;
	}
	if (json_is_string(member) && !number_parse(json_string_value(member), value))
		return 0;
	return error_set(error, "%s: \"%s\" is %s (see linmap(1), FILES)", index->path,
			 name, member ? "no number" : "missing");
}

static int take_number(const struct index *index, const char *name, enum fact_name fact,
		       struct error *error)
{
	uint64_t value;

	if (number_of(index, index->json, name, &value, error))
		return -1;
	facts_set(index->facts, fact, value, FACT_READ, "its .json");
	return 0;
}

static int take_granule(const struct index *index, struct error *error)
{
	uint64_t granule;

	if (number_of(index, index->json, "granule", &granule, error))
		return -1;
	if (!facts_set_granule(index->facts, granule, "its .json"))
		return 0;
	return error_set(error,
			 "%s: \"granule\" is %" PRIu64 " (must be 4096, 16384 or "
			 "65536)",
			 index->path, granule);
}

/* Tables whose first address is not 0 are of an upper half. */
static int take_regime(const struct index *index, struct error *error)
{
	const char *name = json_string_value(json_object_get(index->json, "regime"));
	enum lm_regime regime = LM_EL1_0;
	uint64_t first_va;

	if (number_of(index, index->json, "first_va", &first_va, error))
		return -1;
	if (name && !regime_parse(name, &regime))
		return error_set(
			error,
			"%s: \"regime\" is \"%.20s\" (must be el1, el2-0, el2 or "
			"el3)",
			index->path, name);
	facts_set(index->facts, FACT_REGIME, regime, name ? FACT_READ : FACT_ASSUMED,
		  name ? "its .json" : "its .json says nothing of it");
	facts_set(index->facts, FACT_HALF, first_va ? LM_UPPER : LM_LOWER, FACT_READ,
		  "its .json");
	return 0;
}

static int take_geometry(const struct index *index, struct error *error)
{
	const json_t *lpa2 = json_object_get(index->json, "lpa2");

	if (json_object_get(index->json, "invalid_mark") &&
	    take_number(index, "invalid_mark", FACT_INVALID_MARK, error))
		return -1;
	if (take_number(index, "root", FACT_ROOT, error) || take_granule(index, error) ||
	    take_number(index, "va_bits", FACT_VA_BITS, error) ||
	    take_number(index, "pa_bits", FACT_PA_BITS, error) ||
	    take_regime(index, error))
		return -1;
	if (!lpa2 || json_is_boolean(lpa2)) {
		facts_set(index->facts, FACT_LPA2, json_is_true(lpa2), FACT_READ,
			  "its .json");
		return 0;
	}
	return error_set(error, "%s: \"lpa2\" is neither true nor false", index->path);
}

/* ------------------------------------------------------------------ the tables */

static int take_segment(const struct index *index, struct extents *extents,
			const json_t *segment, struct error *error)
{
	struct extent extent;

	if (number_of(index, segment, "pa", &extent.pa, error) ||
	    number_of(index, segment, "size", &extent.size, error) ||
	    number_of(index, segment, "offset", &extent.offset, error))
		return -1;
	if (extent.pa + extent.size < extent.pa ||
	    extent.offset + extent.size < extent.offset)
		return error_set(error,
				 "%s: a segment of 0x%" PRIx64 " bytes at 0x%" PRIx64
				 " (beyond the end of addresses)",
				 index->path, extent.size, extent.pa);
	if (extents_add(extents, extent))
		return error_set(error, "%s: out of memory", index->path);
	return 0;
}

static int take_segments(const struct index *index, struct extents *extents,
			 struct error *error)
{
	const json_t *segments = json_object_get(index->json, "segments");
	size_t i;
	const json_t *segment;

	if (!json_is_array(segments) || !json_array_size(segments))
		return error_set(error, "%s: no \"segments\" (see linmap(1), FILES)",
				 index->path);
	json_array_foreach(segments, i, segment) if (take_segment(index, extents, segment,
								  error)) return -1;
	extents_settle(extents);
	return 0;
}

/* RAM, if the index lists it: tables alone do not say how much there is. */
static int take_ram(const struct index *index, struct memory *memory, struct error *error)
{
	const json_t *ram = json_object_get(index->json, "ram");
	struct place place = { .source = index->path, .where = ": \"ram\"" };
	size_t i;
	const json_t *bank;

	memory->ram.count = 0;
	json_array_foreach(ram, i, bank)
	{
		uint64_t start;
		uint64_t size;

		if (number_of(index, bank, "pa", &start, error) ||
		    number_of(index, bank, "size", &size, error) ||
		    banks_add(&memory->ram, &place, start, size, error))
			return -1;
	}
	banks_sort(&memory->ram);
	banks_merge(&memory->ram);
	return 0;
}

static int take_vmcoreinfo(const struct index *index, struct memory *memory,
			   struct error *error)
{
	const char *info = json_string_value(json_object_get(index->json, "vmcoreinfo"));

	if (!info || !memory_set_vmcoreinfo(memory, info, strlen(info)))
		return 0;
	return error_set(error, "%s: out of memory", index->path);
}

static int open_tables(const struct index *index, struct memory *memory,
		       const char *bin_path, struct error *error)
{
	struct extents *extents = extents_open(bin_path, error);

	if (!extents)
		return -1;
	if (take_segments(index, extents, error)) {
		extents_close(extents);
		return -1;
	}
	return extents_serve(extents, memory, error) || take_ram(index, memory, error) ||
			       take_vmcoreinfo(index, memory, error) ?
		       -1 :
		       0;
}

static int read_index(struct index *index, struct error *error)
{
	json_error_t problem;
	struct file file;

	if (file_read(&file, index->path, error))
		return -1;
	index->json = json_loadb(file.bytes, file.size, 0, &problem);
	file_free(&file);
	if (json_is_object(index->json))
		return 0;
	return error_set(error, "%s:%d: %s", index->path, index->json ? 1 : problem.line,
			 index->json ? "no JSON object" : problem.text);
}

int table_dump_open(struct memory *memory, struct facts *facts, const char *path,
		    struct error *error)
{
	char json_path[PATH_SIZE];
	struct index index = { .path = json_path, .facts = facts };
	int err;

	if (index_path(json_path, path, error) || read_index(&index, error)) {
		json_decref(index.json);
		return -1;
	}
	err = take_geometry(&index, error);
	if (!err) {
		char bin_path[PATH_SIZE];

		snprintf(bin_path, sizeof(bin_path), "%.*s.bin",
			 (int)(strlen(json_path) - strlen(".json")), json_path);
		err = open_tables(&index, memory, bin_path, error);
	}
	json_decref(index.json);
	return err;
}
