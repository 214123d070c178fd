// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writing a result, and the errors of a disk. */
#include "output_file.h"

#include <errno.h>
#include <string.h>

#include "command.h"

static int refuse(const char *path)
{
	struct error error = { "" };
	int code = errno == ENOSPC ? EXIT_NOT_HELD : EXIT_INPUT;

	error_set(&error, "%s: cannot write: %s", path, strerror(errno));
	error_print(&error, "linmap");
	return code;
}

int output_file_write(const char *path, output_fn *write, void *ctx)
{
	bool to_stdout = !path || !strcmp(path, "-");
	FILE *out = !to_stdout ? fopen(path, "w") : stdout;
	bool failed;
	int err;

	if (!out)
		return refuse(path);
	err = write(ctx, out);
	if (to_stdout)
		return err ? command_out_of_memory() : EXIT_HELD;
	failed = ferror(out);
	if (fclose(out) || failed)
		return refuse(path);
	return err ? command_out_of_memory() : EXIT_HELD;
}
