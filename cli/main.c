// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The linmap command: choose the subcommand, and check that its output was written.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "base/near.h"

typedef int command_fn(int argc, char **argv);

static command_fn command_help_of;
static command_fn command_version;

/**
 * struct command_row - a subcommand
 * @name: of it
 * @function: runs it; argv[0] is its name
 * @help: the command it is the help for, or 0
 * @what: for the overview
 */
struct command_row {
	const char *name;
	command_fn *function;
	int help;
	const char *what;
};

static const struct command_row commands[] = {
	{ "run", command_run, COMMAND_RUN,
	  "change a machine's linear map and check every page" },
	{ "plan", command_plan, COMMAND_PLAN,
	  "count what the split at boot takes, or that of a SOURCE" },
	{ "demo", command_demo, COMMAND_DEMO,
	  "split once for each way to commit, side by side" },
	{ "draw", command_draw, COMMAND_DRAW,
	  "draw the map before and after; of a SOURCE: as it is" },
	{ "decode", command_decode, COMMAND_DECODE, "say what a descriptor's bits mean" },
	{ "cpus", command_cpus, COMMAND_CPUS,
	  "say what a machine's CPUs mean for its linear map" },
	{ "census", command_census, COMMAND_CENSUS,
	  "count what a real machine's map consists of" },
	{ "walk", command_walk, COMMAND_WALK,
	  "translate an address of a real machine, step by step" },
	{ "check", command_check, COMMAND_CHECK,
	  "find what is wrong with a real machine's map" },
	{ "help", command_help_of, 0, "this text, or 'linmap help COMMAND'" },
	{ "version", command_version, 0, "the version" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command_row *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int refuse(struct error *error)
{
	error_print(error, "linmap");
	return EXIT_INPUT;
}

static int refuse_command(const char *name)
{
	struct error error = { "" };
	struct near near;

	near_begin(&near, name);
	for (size_t i = 0; i < COMMANDS; i++)
		near_try(&near, commands[i].name);
	error_set(&error, "unknown command '%.40s' (%s)", name,
		  near_advice(&near, "", "see 'linmap help'").s);
	return refuse(&error);
}

static void print_overview(void)
{
	printf("usage: linmap COMMAND [OPTION]...\n\n"
	       "Change the page tables of an arm64 linear map without allocating memory while\n"
	       "other CPUs are held: on a model of the machine, with every page checked. And see\n"
	       "how a real machine, a SOURCE, maps its memory.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-20s %s\n", commands[i].name, commands[i].what);
	printf("\nExits with 0 if every check passed, 1 if one failed, 2 for wrong usage or\n"
	       "input. See linmap(1).\n");
}

static bool is_help(const char *argument)
{
	return !strcmp(argument, "--help") || !strcmp(argument, "-h");
}

static void print_version_help(void)
{
	printf("usage: linmap version\n\nPrint the version.\n");
}

static int command_help_of(int argc, char **argv)
{
	bool about = argc > 1 && !is_help(argv[1]);
	const struct command_row *row = about ? command_find(argv[1]) : NULL;
	struct error error = { "" };

	if (argc > 2) {
		error_set(&error, "unexpected argument '%.40s' (help takes one command)",
			  argv[2]);
		return refuse(&error);
	}
	if (about && !row)
		return refuse_command(argv[1]);
	if (row && row->help)
		command_help((enum command)row->help);
	else if (row && row->function == command_version)
		print_version_help();
	else
		print_overview();
	return EXIT_HELD;
}

static int command_version(int argc, char **argv)
{
	struct error error = { "" };

	if (argc == 2 && is_help(argv[1])) {
		print_version_help();
		return EXIT_HELD;
	}
	if (argc > 1) {
		error_set(&error, "unexpected argument '%.40s' (version takes none)",
			  argv[1]);
		return refuse(&error);
	}
	printf("linmap " LINMAP_VERSION "\n");
	return EXIT_HELD;
}

static bool is_version(const char *argument)
{
	return !strcmp(argument, "--version") || !strcmp(argument, "-V");
}

/* "--help", "-h", "--version" and "-V" are commands too. */
static const char *command_name(const char *argument)
{
	if (is_help(argument))
		return "help";
	return is_version(argument) ? "version" : argument;
}

static int dispatch(int argc, char **argv)
{
	const struct command_row *row;
	struct error error = { "" };

	if (argc < 2) {
		error_set(&error, "no command (see 'linmap help')");
		return refuse(&error);
	}
	row = command_find(command_name(argv[1]));
	if (!row)
		return refuse_command(argv[1]);
	return row->function(argc - 1, argv + 1);
}

/* Output counts only once it is written: a disk may be full. */
static int output_finish(int code)
{
	struct error error = { "" };
	int failed = ferror(stdout);

	/* The reason of an earlier failure is lost: one more write fails for the same. */
	if (failed)
		fputc('\n', stdout);
	errno = 0;
	if (!fclose(stdout) && !failed)
		return code;
	error_set(&error, "standard output: %s", errno ? strerror(errno) : "write error");
	error_print(&error, "linmap");
	return code == EXIT_INPUT ? code : EXIT_NOT_HELD;
}

int main(int argc, char **argv)
{
	return output_finish(dispatch(argc, argv));
}
