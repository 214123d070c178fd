// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Raw tables to a file, and a JSON file that says where each came from. */
#include "scenario/dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "machine/geometry.h"

struct addresses {
	uint64_t *pa;
	size_t count;
	size_t room;
	bool failed;
};

static void grow(struct addresses *all)
{
	size_t room = all->room ? all->room * 2 : 1024;
	uint64_t *larger = realloc(all->pa, room * sizeof(*larger));

	if (!larger) {
		all->failed = true;
		return;
	}
	all->pa = larger;
	all->room = room;
}

static void add_address(void *ctx, uint64_t pa, int level, uint64_t va)
{
	struct addresses *all = ctx;

	if (all->count == all->room && !all->failed)
		grow(all);
	if (!all->failed)
		all->pa[all->count++] = pa;
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

/* How many of the @left addresses at @pa are adjacent. */
static size_t adjacent(const uint64_t *pa, size_t left, uint64_t granule)
{
	size_t n = 1;

	while (n < left && pa[n] == pa[0] + n * granule)
		n++;
	return n;
}

static json_t *list_segments(const struct addresses *all, uint64_t granule)
{
	json_t *segments = json_array();
	size_t tables;

	for (size_t i = 0; i < all->count; i += tables) {
		tables = adjacent(&all->pa[i], all->count - i, granule);
		json_array_append_new(
			segments,
			json_pack("{s:o, s:I, s:I}", "pa", hex(all->pa[i]), "size",
				  (json_int_t)tables * (json_int_t)granule, "offset",
				  (json_int_t)i * (json_int_t)granule));
	}
	return segments;
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

static bool write_index(const struct world *world, const struct addresses *all,
			const char *path)
{
	uint64_t granule = lm_granule_size(&world->fmt);
	const struct lm_format_config *config = &world->fmt.config;
	json_t *index = json_pack(
		"{s:o, s:I, s:i, s:i, s:b, s:s, s:o, s:i, s:o, s:o}", "root",
		hex(world->map.root.v), "granule", (json_int_t)granule, "va_bits",
		(int)config->ia_bits, "pa_bits", (int)config->oa_bits, "lpa2",
		(int)config->lpa2, "regime", regime_name(config->regime), "first_va",
		hex(world->fmt.base), "first_level", world->fmt.start_level, "ram",
		list_ram(&world->machine->ram), "segments", list_segments(all, granule));
	bool written = index && !json_dump_file(index, path, JSON_INDENT(2));

	json_decref(index);
	return written;
}

static bool write_tables(const struct world *world, const struct addresses *all,
			 const char *path)
{
	size_t granule = lm_granule_size(&world->fmt);
	FILE *file = fopen(path, "wb");
	bool written = file;

	for (size_t i = 0; written && i < all->count; i++)
		written = fwrite(sim_pointer(world->sim, all->pa[i]), granule, 1, file) ==
			  1;
	if (file && fclose(file))
		written = false;
	return written;
}

static int write_both(const struct world *world, const struct addresses *all,
		      const char *dir, const char *name, struct error *error)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s.json", dir, name) >= (int)sizeof(path))
		return error_set(error, "%s: the name is too long", dir);
	if (!write_index(world, all, path))
		return error_set(error, "%s: cannot write: %s", path, strerror(errno));
	snprintf(path, sizeof(path), "%s/%s.bin", dir, name);
	if (!write_tables(world, all, path))
		return error_set(error, "%s: cannot write: %s", path, strerror(errno));
	return 0;
}

int dump_open(const char *dir, struct error *error)
{
	struct stat found;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return error_set(error, "%s: cannot make the directory: %s", dir,
				 strerror(errno));
	if (stat(dir, &found))
		return error_set(error, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(found.st_mode))
		return error_set(error, "%s: not a directory (name another one)", dir);
	if (access(dir, W_OK | X_OK))
		return error_set(error, "%s: cannot write: %s", dir, strerror(errno));
	return 0;
}

int dump_tables(const struct world *world, const char *dir, const char *name,
		struct error *error)
{
	struct addresses all = { 0 };
	int err;

	sim_for_each_table(world->sim, world->map.root.v, add_address, &all);
	if (all.failed) {
		err = error_set(error, "%s: not enough memory to list the tables", dir);
	} else {
		qsort(all.pa, all.count, sizeof(*all.pa), compare_addresses);
		err = write_both(world, &all, dir, name, error);
	}
	free(all.pa);
	return err;
}
