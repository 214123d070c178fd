// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a map translates, line by line, to a file. */
#include "scenario/dump.h"

#include <errno.h>
#include <string.h>

#include <linmap/check.h>

static void write_line(void *ctx, const char *line)
{
	fprintf(ctx, "%s\n", line);
}

static int write_all(const struct world *world, const char *path, struct error *error)
{
	FILE *file = fopen(path, "w");
	bool failed;

	if (!file)
		return error_set(error, "%s: cannot write: %s", path, strerror(errno));
	lm_dump(&world->map, world_input(world), write_line, file);
	failed = ferror(file);
	if (!fclose(file) && !failed)
		return 0;
	return error_set(error, "%s: cannot write: %s", path, strerror(errno));
}

int dump_text(const struct world *world, const char *dir, const char *name,
	      struct error *error)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s.txt", dir, name) >= (int)sizeof(path))
		return error_set(error, "%s: the name is too long", dir);
	return write_all(world, path, error);
}
