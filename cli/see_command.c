// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Opening the machine that census, walk, check, plan and draw look at. */
#include "see_command.h"

#include <unistd.h>

#define THIS_MACHINE "/proc/cpuinfo"

int see_refuse(struct error *error)
{
	error_print(error, "linmap");
	return EXIT_INPUT;
}

bool see_begin_options(struct see *see, int *code)
{
	struct options *options = &see->options;
	struct error error = { "" };

	see->path = options->arguments[0];
	if (options->has_ttbr0 && options->has_ttbr1) {
		error_set(&error, "--ttbr0 together with --ttbr1 (one half at a time)");
		*code = see_refuse(&error);
		return false;
	}
	progress_begin(&see->progress, options->quiet);
	if (!source_find_kind(see->path, &see->kind, &error))
		return true;
	*code = see_refuse(&error);
	return false;
}

bool see_begin(struct see *see, enum command command, int argc, char **argv, int *code)
{
	struct error error = { "" };

	*see = (struct see){ .path = NULL };
	if (options_parse(&see->options, command, argc, argv, &error)) {
		char who[32];

		snprintf(who, sizeof(who), "linmap %s", argv[0]);
		error_print(&error, who);
		*code = EXIT_INPUT;
		return false;
	}
	if (see->options.help) {
		command_help(command);
		*code = EXIT_HELD;
		return false;
	}
	return see_begin_options(see, code);
}

void see_end(struct see *see)
{
	source_close(&see->source);
	options_free(&see->options);
}

static struct source_request request_of(const struct options *options)
{
	return (struct source_request){
		.path = options->arguments[0],
		.has_ttbr0 = options->has_ttbr0,
		.has_ttbr1 = options->has_ttbr1,
		.ttbr = options->has_ttbr1 ? options->ttbr1 : options->ttbr0,
		.has_tcr = options->has_tcr,
		.tcr = options->tcr,
		.config = options->machine.format,
		.has_granule = options->has_granule,
		.has_regime = options->has_regime,
		.has_ram_base = options->has_ram_base,
		.ram_base = options->ram_base,
	};
}

int see_open(struct see *see)
{
	struct source_request request = request_of(&see->options);
	struct error error = { "" };

	if (!source_open(&see->source, &request, &see->progress, &error))
		return 0;
	return see_refuse(&error);
}

int see_cpus_read(struct see_cpus *cpus, const struct see *see)
{
	const char *path = see->options.cpuinfo;
	struct error error = { "" };

	*cpus = (struct see_cpus){ .is_known = false };
	if (!path && see->kind == SOURCE_KCORE && !access(THIS_MACHINE, R_OK))
		path = THIS_MACHINE;
	if (!path)
		return 0;
	if (cpuinfo_read(&cpus->info, path, &error))
		/* A running kernel's text is only a help. */
		return see->options.cpuinfo ? see_refuse(&error) : 0;
	if (cpus_judge(&cpus->cpus, &cpus->info))
		return command_out_of_memory();
	cpus->is_known = true;
	return 0;
}

void see_cpus_free(struct see_cpus *cpus)
{
	cpus_free(&cpus->cpus);
	cpuinfo_free(&cpus->info);
}
