// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap census: what a real machine's map consists of. */
#include <time.h>

#include "see/census_report.h"
#include "see_command.h"
#include "source/readers.h"

static int print(const struct seen_map *seen, const struct options *options)
{
	struct object object;

	if (options->meminfo) {
		census_print_meminfo(stdout, seen->census);
		return EXIT_HELD;
	}
	if (!options->json) {
		census_print(stdout, seen);
		return EXIT_HELD;
	}
	object = census_object(seen);
	return object_print(stdout, &object) ? command_out_of_memory() : EXIT_HELD;
}

/* Count it into @census. 0, or what to exit with, after an error. */
static int count(struct see *see, struct census *census)
{
	struct scan scan = { .census = census, .progress = &see->progress };
	struct error error = { "" };
	int err;

	if (see->kind == SOURCE_TEXT) {
		err = scan_text(see->path, &scan, &error);
		return err ? see_refuse(&error) : 0;
	}
	err = see_open(see);
	if (err)
		return err;
	if (scan_source(&see->source, &scan, &error)) {
		error_print(&error, "linmap");
		return EXIT_NOT_HELD;
	}
	if (see->options.dump_dir &&
	    table_dump_write(&see->source, see->options.dump_dir, &error))
		return see_refuse(&error);
	return 0;
}

static int take_census(struct see *see, const struct see_cpus *cpus)
{
	static struct census census;
	struct seen_map seen = {
		.path = see->path,
		.kind = source_kind_text(see->kind),
		.source = see->kind == SOURCE_TEXT ? NULL : &see->source,
		.census = &census,
		.cpus = cpus->is_known ? &cpus->cpus : NULL,
	};
	int code = count(see, &census);

	if (!code)
		code = print(&seen, &see->options);
	source_close(&see->source);
	return code;
}

/* Once, or until it fails. */
static int repeat(struct see *see, const struct see_cpus *cpus)
{
	struct timespec pause = { .tv_sec = see->options.watch };
	int code = take_census(see, cpus);

	while (!code && see->options.watch) {
		fflush(stdout);
		nanosleep(&pause, NULL);
		code = take_census(see, cpus);
	}
	return code;
}

static int refuse_together(const char *what, struct error *error)
{
	error_set(error, "%s", what);
	return see_refuse(error);
}

int command_census(int argc, char **argv)
{
	struct error error = { "" };
	struct see_cpus cpus = { .is_known = false };
	struct see see;
	int code;

	if (see_begin(&see, COMMAND_CENSUS, argc, argv, &code)) {
		if (see.options.meminfo && see.options.json)
			code = refuse_together("--meminfo together with --json (choose "
					       "one)",
					       &error);
		else if (see.options.dump_dir && see.kind == SOURCE_TEXT)
			code = refuse_together("--dump-tables with a text, which has no "
					       "tables (leave it out)",
					       &error);
		else if (see.options.watch && see.kind != SOURCE_KCORE)
			code = refuse_together("--watch is for a running kernel, "
					       "/proc/kcore (leave it out)",
					       &error);
		else
			code = see_cpus_read(&cpus, &see);
		if (!code)
			code = repeat(&see, &cpus);
	}
	see_cpus_free(&cpus);
	see_end(&see);
	return code;
}
