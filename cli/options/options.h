/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the user asked for, for all commands. Knows nothing of how it is done. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "machine/cpu.h"
#include "options/fault.h"
#include "machine/machine.h"

/* A command that takes options. A bit each: an option has those of all that take it. */
enum command {
	COMMAND_RUN = 1 << 0,
	COMMAND_PLAN = 1 << 1,
	COMMAND_DEMO = 1 << 2,
	COMMAND_DECODE = 1 << 3,
	COMMAND_DRAW = 1 << 4,
	COMMAND_CPUS = 1 << 5,
	COMMAND_CENSUS = 1 << 6,
	COMMAND_WALK = 1 << 7,
	COMMAND_CHECK = 1 << 8,
	/* plan and draw of a real machine: the same names, with a SOURCE. */
	COMMAND_PLAN_SOURCE = 1 << 9,
	COMMAND_DRAW_SOURCE = 1 << 10,
	COMMAND_ANY = (1 << 11) - 1,
};

/* Which scenario to run. */
enum scenario_choice { SCENARIO_ALL, SCENARIO_BOOT, SCENARIO_RUNTIME };

#define OPTIONS_EACH_LEVEL (LM_FIRST_LEVEL - 1)

#define OPTION_NO_LEVEL 0xff

/**
 * struct option_cpu - the BBM level of a CPU, as it was given
 * @level: --boot-bbm or --secondary-bbm, or %OPTION_NO_LEVEL
 * @has_cpu, @cpu: --boot-cpu or --secondary-cpu
 */
struct option_cpu {
	uint8_t level;
	bool has_cpu;
	struct cpu cpu;
};

/**
 * struct options - the options of one command
 * @command: whose they are
 * @machine: settled by options_load_machine()
 * @dtb, @iomem: files to read the machine from, or NULL
 * @cpus: how many, overriding a blob; 0 if not given
 * @has_granule: --granule was given
 * @boot, @secondary: what was given for the CPUs; options_parse() makes levels of it
 * @choose_way: the library chooses how to commit
 * @way: how to commit, otherwise
 * @scenario: which one to run
 * @region_flags: enum lm_region_flags of the linear map
 * @fault: to commit, or FAULT_NONE
 * @list_faults: only the list of faults was asked for
 * @trace, @dump_dir, @text_dir: as given, or NULL
 * @longest_run: an allocation returns at most so many tables; 0: no limit
 * @tables_apart: tables are outside of what the map translates
 * @level: of a descriptor, or %OPTIONS_EACH_LEVEL
 * @has_regime: --regime was given
 * @has_ttbr0, @ttbr0, @has_ttbr1, @ttbr1, @has_tcr, @tcr: registers of a real machine
 * @has_ram_base, @ram_base: where a file of its memory begins
 * @cpuinfo: text of its /proc/cpuinfo, or NULL
 * @has_range, @range_first, @range_last: input addresses to which a command is limited
 * @meminfo, @watch: how census prints, and again after so many seconds; 0: once
 * @html: draw a page, not a picture
 * @arguments, @argument_count: arguments that are not options: descriptors, or a file
 * @list_cpus: only the list of known CPUs was asked for
 * @output: file for the picture, or NULL for standard output
 * @json: the report is for programs
 * @quiet: no progress
 * @help: only help was asked for; nothing else was parsed
 */
struct options {
	enum command command;
	struct machine machine;
	const char *dtb;
	const char *iomem;
	unsigned int cpus;
	bool has_granule;
	struct option_cpu boot;
	struct option_cpu secondary;
	bool choose_way;
	enum lm_way way;
	enum scenario_choice scenario;
	unsigned int region_flags;
	enum fault fault;
	bool list_faults;
	const char *trace;
	const char *dump_dir;
	const char *text_dir;
	uint64_t longest_run;
	bool tables_apart;
	int level;
	bool has_regime;
	bool has_ttbr0;
	uint64_t ttbr0;
	bool has_ttbr1;
	uint64_t ttbr1;
	bool has_tcr;
	uint64_t tcr;
	bool has_ram_base;
	uint64_t ram_base;
	const char *cpuinfo;
	bool has_range;
	uint64_t range_first;
	uint64_t range_last;
	bool meminfo;
	unsigned int watch;
	bool html;
	char **arguments;
	int argument_count;
	bool list_cpus;
	const char *output;
	bool json;
	bool quiet;
	bool help;
};

#endif
