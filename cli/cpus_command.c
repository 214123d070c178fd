// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap cpus: this machine's CPUs, or those of a file, and what they mean. */
#include "command.h"

#include "cpuinfo.h"
#include "cpus.h"

#define THIS_MACHINE "/proc/cpuinfo"

static int refuse(struct complaint *complaint)
{
	complaint_print(complaint, "linmap cpus");
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
	int code = EXIT_HELD;

	if (cpus_judge(&cpus, info))
		code = command_out_of_memory();
	else if (!json)
		cpus_print(stdout, &cpus);
	else if (cpus_print_json(stdout, &cpus))
		code = command_out_of_memory();
	cpus_free(&cpus);
	return code;
}

static int report_file(const char *path, bool json)
{
	struct complaint complaint = { "" };
	struct cpuinfo info;
	int code;

	if (cpuinfo_read(&info, path, &complaint))
		code = refuse(&complaint);
	else
		code = report(&info, json);
	cpuinfo_free(&info);
	return code;
}

int command_cpus(int argc, char **argv)
{
	struct complaint complaint = { "" };
	struct options options;

	if (options_parse(&options, COMMAND_CPUS, argc, argv, &complaint))
		return refuse(&complaint);
	if (options.help) {
		command_help(COMMAND_CPUS);
		return EXIT_HELD;
	}
	if (options.list_cpus && options.argument_count) {
		complain(&complaint, "--list together with a file (leave one out)");
		return refuse(&complaint);
	}
	if (options.list_cpus)
		return list(options.json);
	return report_file(options.argument_count ? options.arguments[0] : THIS_MACHINE,
			   options.json);
}
