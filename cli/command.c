// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What run, plan, demo and draw have in common: from arguments to a scenario, and the
 * errors on the way.
 */
#include "command.h"

#include "fault_json.h"
#include "options/way.h"

/* How a command is called and what it is for. */
struct command_text {
	enum command command;
	const char *name;
	const char *arguments;
	const char *what;
	const char *end;
};

#define MACHINE_END                                                                        \
	"A SIZE takes a suffix of K, M, G or T; every number may be 0x and hexadecimal.\n" \
	"--iomem goes with neither --ram nor --dtb. '-' as a FILE is standard input."

#define SOURCE_END                                                                           \
	"A SOURCE is /proc/kcore; a memory dump (ELF, kdump); a file of memory; tables as\n" \
	"--dump-tables writes them; or the text of kernel_page_tables (census, draw)."

static const struct command_text texts[] = {
	{ COMMAND_RUN, "run", "",
	  "Model a machine that maps its RAM with the largest leaves (pages, blocks, runs),\n"
	  "then splits them into pages while its other CPUs are held in the stop, or roll\n"
	  "to the new tables, and later edits the map: permissions, guard pages, KPTI,\n"
	  "back to large leaves, memory that goes. Check every page and report.\n\n"
	  "level 3  the size of a leaf may change while this CPU walks the tables;\n"
	  "         below level 3 it may not (FEAT_BBM)\n"
	  "run      adjacent entries with the contiguous hint; counts as one leaf\n"
	  "update   an entry of a table that CPUs walk is replaced",
	  MACHINE_END },
	{ COMMAND_PLAN, "plan", " [SOURCE]",
	  "Count the tables that the split at boot takes, without making it. With a SOURCE,\n"
	  "a real machine (see 'linmap help census'): what splitting or collapsing its map\n"
	  "would take, by each way to commit.",
	  MACHINE_END },
	{ COMMAND_DEMO, "demo", "",
	  "Make the split of 'linmap run' at boot in place, live, by switch and by roll,\n"
	  "and print the reports side by side.",
	  MACHINE_END },
	{ COMMAND_DRAW, "draw", " [SOURCE]",
	  "Make the split of 'linmap run' at boot, and draw the map before and after (SVG).\n"
	  "With a SOURCE, a real machine (see 'linmap help census'), draw its map.",
	  MACHINE_END },
	{ COMMAND_DECODE, "decode", " [DESCRIPTOR | WALK | -]...",
	  "Say what the bits of translation table descriptors mean: the type on each level,\n"
	  "the address, each field, and what is wrong.",
	  "A DESCRIPTOR is hexadecimal, with or without 0x. A WALK is a line of a kernel's\n"
	  "oops: \"[ffff0000c0001000] pgd=..., p4d=..., pud=..., pmd=..., pte=...\".\n"
	  "With '-', or without arguments, they are read from standard input." },
	{ COMMAND_CPUS, "cpus", " [FILE]",
	  "Say what the CPUs of a machine mean for its linear map: for each kind, whether\n"
	  "it tolerates live changes of leaf size, and its errata; and what Linux does.",
	  "FILE is the text of an arm64 machine's /proc/cpuinfo, '-' is standard input.\n"
	  "Without FILE it is this machine's." },
	{ COMMAND_CENSUS, "census", " SOURCE",
	  "Count what a real machine's map consists of: leaves by size, tables and their\n"
	  "share of RAM, permissions; and say what this map is and what it could be.",
	  SOURCE_END },
	{ COMMAND_WALK, "walk", " SOURCE ADDRESS",
	  "Translate an address of a real machine, with each descriptor in words.",
	  SOURCE_END },
	{ COMMAND_CHECK, "check", " SOURCE",
	  "Find what is wrong with a real machine's map: mappings that can be written and\n"
	  "executed, wrong contiguous runs, reserved bits, addresses outside RAM. Exits\n"
	  "with 1 if there is anything.",
	  SOURCE_END },
};

static const struct command_text *text_of(enum command command)
{
	const struct command_text *text = texts;

	while (text->command != command)
		text++;
	return text;
}

void command_help(enum command command)
{
	const struct command_text *text = text_of(command);

	printf("usage: linmap %s [OPTION]...%s\n\n%s\n\n", text->name, text->arguments,
	       text->what);
	options_print(stdout, options_forms(command));
	printf("\n%s\nSee linmap(1).\n", text->end);
}

/* An error about how a command was called. */
static int refuse_usage(enum command command, struct error *error)
{
	char who[32];

	snprintf(who, sizeof(who), "linmap %s", text_of(command)->name);
	error_print(error, who);
	return EXIT_INPUT;
}

static int list_faults(bool json)
{
	if (json)
		return faults_print_json(stdout) ? command_out_of_memory() : EXIT_HELD;
	for (int i = FAULT_NONE + 1; i < FAULTS; i++)
		printf("%-21s %s\n", fault_name((enum fault)i),
		       fault_what((enum fault)i));
	return EXIT_HELD;
}

/* With a fault that does no harm the run would show nothing. */
static int fault_check(const struct options *options, enum command command,
		       struct error *error)
{
	if (command != COMMAND_RUN || !options->fault || options->choose_way ||
	    fault_harms(options->fault, options->way))
		return 0;
	return error_set(error,
			 "--fault %s: does no harm with --commit %s (leave --commit out)",
			 fault_name(options->fault), lm_way_name(options->way));
}

/* As command_begin(), but without freeing the options if the command ends. */
static bool begin(struct options *options, enum command command, int argc, char **argv,
		  int *code)
{
	struct error error = { "" };

	if (options_parse(options, command, argc, argv, &error)) {
		*code = refuse_usage(command, &error);
		return false;
	}
	if (options->help) {
		command_help(command);
		*code = EXIT_HELD;
		return false;
	}
	if (options->list_faults) {
		*code = list_faults(options->json);
		return false;
	}
	if (options->command != command)
		return true; /* of a machine that is read, not of a model */
	if (fault_check(options, command, &error)) {
		*code = refuse_usage(command, &error);
		return false;
	}
	if (options_load_machine(options, &error)) {
		error_print(&error, "linmap");
		*code = EXIT_INPUT;
		return false;
	}
	return true;
}

bool command_begin(struct options *options, enum command command, int argc, char **argv,
		   int *code)
{
	bool goes_on = begin(options, command, argc, argv, code);

	if (!goes_on)
		options_free(options);
	return goes_on;
}

struct scenario_options command_scenario(const struct options *options,
					 struct progress *progress)
{
	return (struct scenario_options){
		.machine = options->machine,
		.choose_way = options->choose_way,
		.way = options->way,
		.region_flags = options->region_flags,
		.fault = options->fault,
		.longest_run = options->longest_run,
		.tables_apart = options->tables_apart,
		.trace_path = options->trace,
		.dump_dir = options->dump_dir,
		.text_dir = options->text_dir,
		.checks = true,
		.boot = true,
		.progress = progress,
	};
}

int command_run_scenario(const struct scenario_options *scenario, struct report *report)
{
	struct error error = { "" };
	int code = scenario_run(scenario, report, &error);

	if (code)
		error_print(&error, "linmap");
	return code;
}

int command_out_of_memory(void)
{
	struct error error = { "" };

	error_set(&error, "out of memory (the report could not be made)");
	error_print(&error, "linmap");
	return EXIT_NOT_HELD;
}
