// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Raw tables to a file, and their index beside it. */
#include "scenario/dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/table_index.h"

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
	struct table_index index = {
		.fmt = &world->fmt,
		.root = world->map.root,
		.ram = &world->machine->ram,
		.pa = all->pa,
		.count = all->count,
	};
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s.json", dir, name) >= (int)sizeof(path))
		return error_set(error, "%s: the name is too long", dir);
	if (table_index_write(&index, path, error))
		return -1;
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
