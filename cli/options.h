/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the user asked for: the options of all commands, and their help.
 * One table of options serves both. Knows nothing of how it is done.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linmap/linmap.h>

#include "complaint.h"
#include "cpu.h"
#include "fault.h"
#include "machine.h"

/* A command that takes options. A bit each: an option names all that take it. */
enum command {
	COMMAND_RUN = 1 << 0,
	COMMAND_PLAN = 1 << 1,
	COMMAND_DEMO = 1 << 2,
	COMMAND_DECODE = 1 << 3,
	COMMAND_DRAW = 1 << 4,
	COMMAND_CPUS = 1 << 5,
	COMMAND_ANY = (1 << 6) - 1,
};

/* Which stories to tell. */
enum story_choice { STORY_ALL, STORY_BOOT, STORY_RUNTIME };

/**
 * struct option_cpu - how well a CPU takes live changes, as it was said
 * @has_level, @level: --boot-bbm or --secondary-bbm
 * @has_cpu, @cpu: --boot-cpu or --secondary-cpu
 */
struct option_cpu {
	bool has_level;
	uint8_t level;
	bool has_cpu;
	struct cpu cpu;
};

/**
 * struct options - the options of one command
 * @command: whose they are
 * @machine: settled by options_load_machine()
 * @dtb, @iomem: files to read the machine from, or NULL
 * @has_cpus: --cpus was given, so that a blob does not tell
 * @has_granule: --granule was
 * @boot, @secondary: what was said of the CPUs; options_parse() makes levels of it
 * @choose_way: the library chooses how to commit
 * @way: how to commit, otherwise
 * @story: which part of it
 * @region_flags: enum lm_region_flags of the linear map
 * @fault: to commit, or FAULT_NONE
 * @list_faults: only the list of faults was asked for
 * @trace, @dump_dir, @text_dir: as given, or NULL
 * @longest_run: an allocation answers with at most so many tables; 0: no limit
 * @tables_apart: tables lie outside of what the map translates
 * @has_level, @level: of a descriptor
 * @arguments, @argument_count: what is no option: descriptors, or a file
 * @list_cpus: only the list of known CPUs was asked for
 * @output: file for the picture, or NULL for standard output
 * @json: the report is for programs
 * @quiet: no progress
 * @help: only help was asked for; nothing else was looked at
 */
struct options {
	enum command command;
	struct machine machine;
	const char *dtb;
	const char *iomem;
	bool has_cpus;
	bool has_granule;
	struct option_cpu boot;
	struct option_cpu secondary;
	bool choose_way;
	enum lm_way way;
	enum story_choice story;
	unsigned int region_flags;
	enum fault fault;
	bool list_faults;
	const char *trace;
	const char *dump_dir;
	const char *text_dir;
	uint64_t longest_run;
	bool tables_apart;
	bool has_level;
	int level;
	char **arguments;
	int argument_count;
	bool list_cpus;
	const char *output;
	bool json;
	bool quiet;
	bool help;
};

/*
 * Read the arguments of @command; argv[0] is its name. Opens no file.
 * 0, or -1 with a complaint.
 */
int options_parse(struct options *options, enum command command, int argc, char **argv,
		  struct complaint *complaint);

/* Complete options->machine from what was given. 0, or -1 with a complaint. */
int options_load_machine(struct options *options, struct complaint *complaint);

/* After options_parse(), also one that failed. */
void options_free(struct options *options);

/* The list of options of @command, as --help shows it. */
void options_print(FILE *out, enum command command);

#endif
