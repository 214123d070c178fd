// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap cpus: this machine's CPUs, or those of a file, and what they mean. */
#include "command.h"

#include "machine/cpuinfo.h"
#include "machine/cpus.h"

#define THIS_MACHINE "/proc/cpuinfo"

static int refuse(struct error *error)
{
	error_print(error, "linmap cpus");
	return EXIT_INPUT;
}

static int list(bool json)
{
	if (json)
		return cpus_list_json(stdout) ? command_out_of_memory() : EXIT_HELD;
	cpus_list(stdout);
	return EXIT_HELD;
}

static int report(const struct cpuinfo *info, bool json)
{
	struct cpus cpus;
	bool failed = cpus_judge(&cpus, info);

	if (!failed && json)
		failed = cpus_print_json(stdout, &cpus);
	else if (!failed)
		cpus_print(stdout, &cpus);
	cpus_free(&cpus);
	return failed ? command_out_of_memory() : EXIT_HELD;
}

static int report_file(const char *path, bool json)
{
	struct error error = { "" };
	struct cpuinfo info;
	int code;

	if (cpuinfo_read(&info, path, &error))
		code = refuse(&error);
	else
		code = report(&info, json);
	cpuinfo_free(&info);
	return code;
}

int command_cpus(int argc, char **argv)
{
	struct error error = { "" };
	struct options options;

	if (options_parse(&options, COMMAND_CPUS, argc, argv, &error))
		return refuse(&error);
	if (options.help) {
		command_help(COMMAND_CPUS);
		return EXIT_HELD;
	}
	if (options.list_cpus && options.argument_count) {
		error_set(&error, "--list together with a file (leave one out)");
		return refuse(&error);
	}
	if (options.list_cpus)
		return list(options.json);
	return report_file(options.argument_count ? options.arguments[0] : THIS_MACHINE,
			   options.json);
}
