// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * getopt_long() and --help, driven by the table of options; and which options go
 * together.
 */
#include "options/options_parse.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "base/near.h"
#include "base/text.h"
#include "options/option_table.h"

/* What getopt_long() returns for the nth row: beyond every character. */
#define ROW_CODE 256

/*
 * The row of what getopt_long() returned, by its documented name; the one option with a
 * letter is -o.
 */
static size_t row_of(int code)
{
	size_t i = code >= ROW_CODE ? (size_t)(code - ROW_CODE) : 0;

	if (code >= ROW_CODE)
		return option_rows[i].help ? i : i - 1;
	while (strcmp(option_rows[i].name, "output"))
		i++;
	return i;
}

/* The rows of @command in getopt_long()'s form; @longs has room for all and an end. */
static void longs_fill(struct option *longs, enum command command)
{
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (!(option_rows[i].commands & command))
			continue;
		*longs++ = (struct option){
			.name = option_rows[i].name,
			.has_arg = option_rows[i].value ? required_argument : no_argument,
			.val = ROW_CODE + (int)i,
		};
	}
	*longs = (struct option){ .name = NULL };
}

/* How many options of @command have a name that begins as @argument, "--NAME". */
static unsigned int name_matches(enum command command, const char *argument)
{
	const char *name = argument + 2;
	size_t length = strcspn(name, "=");
	unsigned int matches = 0;

	for (size_t i = 0; i < OPTION_ROWS; i++)
		if ((option_rows[i].commands & command) &&
		    !strncmp(name, option_rows[i].name, length))
			matches++;
	return matches;
}

static int refuse_without_value(const struct option_row *row, struct error *error)
{
	return error_set(error, "option '--%s' needs a value (write --%s %s)", row->name,
			 row->name, row->value);
}

/* What "--NAME" or "--NAME=VALUE" may have been meant to be. */
static struct near_text option_advice(enum command command, const char *argument)
{
	char name[32];
	struct near near;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="),
		 argument + 2);
	near_begin(&near, name);
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].commands & command)
			near_try(&near, option_rows[i].name);
	return near_advice(&near, "--", "see --help");
}

/* Which commands have the option "--NAME", or the first that begins so: "run and demo". */
static void owners_text(const char *argument, char *text, size_t size)
{
	static const struct {
		enum command command;
		const char *name;
	} commands[] = {
		{ COMMAND_RUN, "run" },
		{ COMMAND_PLAN, "plan" },
		{ COMMAND_DEMO, "demo" },
		{ COMMAND_DRAW, "draw" },
		{ COMMAND_DECODE, "decode" },
		{ COMMAND_CPUS, "cpus" },
		{ COMMAND_CENSUS, "census" },
		{ COMMAND_WALK, "walk" },
		{ COMMAND_CHECK, "check" },
		{ COMMAND_PLAN_SOURCE, "plan SOURCE" },
		{ COMMAND_DRAW_SOURCE, "draw SOURCE" },
	};
	const char *name = argument + 2;
	size_t length = strcspn(name, "=");
	const struct option_row *row = option_rows;

	while (strncmp(name, row->name, length) != 0)
		row++;
	snprintf(text, size, "--%s belongs to ", row->name);
	for (size_t i = 0, found = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (row->commands & commands[i].command)
			text_append(text, size, "%s%s", found++ ? ", " : "",
				    commands[i].name);
}

/* getopt_long() refused @argument; optopt says which part of it, or is 0. */
static int refuse_option(enum command command, const char *argument, struct error *error)
{
	if (optopt >= ROW_CODE)
		return error_set(error, "option '--%s' takes no value",
				 option_rows[optopt - ROW_CODE].name);
	if (optopt)
		return error_set(error, "unknown option '-%c' (see --help)", optopt);
	if (name_matches(command, argument))
		return error_set(error, "option '%.40s' is ambiguous (write it out)",
				 argument);
	if (name_matches(COMMAND_ANY, argument)) {
		char owners[160];

		owners_text(argument, owners, sizeof(owners));
		return error_set(error, "unknown option '%.40s' (%s)", argument, owners);
	}
	return error_set(error, "unknown option '%.40s' (%s)", argument,
			 option_advice(command, argument).s);
}

/* Checks that hold for every option's value; then the option's own. */
static int row_set(struct options *options, const struct option_row *row, bool *given,
		   const char *value, struct error *error)
{
	if (value && !*value)
		return error_set(error, "--%s: empty (write a value)", row->name);
	if (value && *given && !row->repeats)
		return error_set(error, "--%s %.40s: a second one (give it once)",
				 row->name, value);
	*given = true;
	return option_take(row, options, value, error);
}

enum command options_forms(enum command command)
{
	if (command == COMMAND_PLAN)
		return (enum command)(COMMAND_PLAN | COMMAND_PLAN_SOURCE);
	if (command == COMMAND_DRAW)
		return (enum command)(COMMAND_DRAW | COMMAND_DRAW_SOURCE);
	return command;
}

/* Which of the forms it is, and whether every option is one of it. */
static int form_settle(struct options *options, enum command command, const bool *given,
		       struct error *error)
{
	bool has_source = options->argument_count > 0;

	if (options_forms(command) == command)
		return 0;
	if (has_source)
		options->command = command == COMMAND_PLAN ? COMMAND_PLAN_SOURCE :
							     COMMAND_DRAW_SOURCE;
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (!given[i] || (option_rows[i].commands & options->command))
			continue;
		return error_set(error,
				 has_source ?
					 "--%s together with a source (it is for the "
					 "model of a machine)" :
					 "--%s without a source (name the machine "
					 "that it is about)",
				 option_rows[i].name);
	}
	return 0;
}

/* How many arguments that are no options a command takes. */
static int arguments_most(enum command command)
{
	switch (command) {
	case COMMAND_RUN:
	case COMMAND_DEMO:
		return 0;
	case COMMAND_WALK:
		return 2;
	case COMMAND_DECODE:
		return INT_MAX;
	default:
		return 1;
	}
}

static int arguments_check(const struct options *options, enum command command,
			   struct error *error)
{
	int most = arguments_most(command);

	if (options->argument_count > most)
		return error_set(error, "unexpected argument '%.40s' (see --help)",
				 options->arguments[most]);
	if ((command == COMMAND_CENSUS || command == COMMAND_CHECK ||
	     command == COMMAND_WALK) &&
	    !options->argument_count)
		return error_set(error, "no source (name a dump, or /proc/kcore; see "
					"--help)");
	if (command == COMMAND_WALK && options->argument_count < 2)
		return error_set(error, "no address (name one after the source)");
	return 0;
}

static int parse_all(struct options *options, enum command command, int argc, char **argv,
		     struct error *error)
{
	struct option longs[OPTION_ROWS + 1];
	bool given[OPTION_ROWS] = { false };
	int code;
	enum command forms = options_forms(command);
	bool has_output = forms & COMMAND_DRAW;

	longs_fill(longs, forms);
	optind = 0; /* glibc: begin anew */
	while ((code = getopt_long(argc, argv, has_output ? ":ho:" : ":h", longs,
				   NULL)) != -1) {
		if (code == ':')
			return refuse_without_value(&option_rows[row_of(optopt)], error);
		if (code == '?')
			return refuse_option(forms, argv[optind - 1], error);
		if (code == 'h')
			options->help = true;
		else if (row_set(options, &option_rows[row_of(code)],
				 &given[row_of(code)], optarg, error))
			return -1;
		if (options->help)
			return 0;
	}
	options->arguments = argv + optind;
	options->argument_count = argc - optind;
	if (arguments_check(options, command, error))
		return -1;
	return form_settle(options, command, given, error);
}

/* RAM and the kernel's alias may each come from one source only. */
static int sources_check(const struct options *options, struct error *error)
{
	bool has_ram = options->machine.ram.count > 0;

	if (options->iomem && (has_ram || options->dtb))
		return error_set(
			error,
			"--iomem together with --%s (the text lists all of RAM: choose "
			"one)",
			has_ram ? "ram" : "dtb");
	if (options->iomem && options->machine.aliases.count)
		return error_set(
			error,
			"--kernel together with --iomem (the text says where the kernel "
			"is)");
	return 0;
}

/*
 * The level of CPUs whose name or level was given, or both. One that is listed below level
 * 3 may have any level below it, which makes no difference here: 0 is assumed. @assumed:
 * the bit that says so.
 */
static int level_settle(struct machine *machine, const struct option_cpu *said,
			const char *which, uint8_t *level, unsigned int assumed,
			struct error *error)
{
	enum cpu_level listed = cpu_level(&said->cpu);
	bool has_level = said->level != OPTION_NO_LEVEL;

	if (!said->has_cpu) {
		*level = has_level ? said->level : *level;
		return 0;
	}
	if (listed == CPU_LEVEL_REGISTER && !has_level)
		return error_set(error,
				 "--%s-cpu 0x%08x: not listed (give what its "
				 "ID_AA64MMFR2_EL1.BBM reads: --%s-bbm)",
				 which, said->cpu.midr, which);
	if (has_level && listed != CPU_LEVEL_REGISTER &&
	    (said->level == LM_BBM_LIVE) != (listed == CPU_LEVEL_LIVE))
		return error_set(
			error,
			"--%s-bbm %u together with --%s-cpu: %s is listed %s level "
			"3, whatever its register reads (leave one out)",
			which, said->level, which, cpu_text(&said->cpu).s,
			listed == CPU_LEVEL_LIVE ? "as" : "below");
	*level = has_level ? said->level : listed == CPU_LEVEL_LIVE ? LM_BBM_LIVE : 0;
	if (!has_level && listed == CPU_LEVEL_BELOW)
		machine->assumed |= assumed;
	return 0;
}

/* Whether its name was given, and its model has such an erratum. */
static bool completes_late(const struct option_cpu *said)
{
	return said->has_cpu && lm_cpu_needs_second_tlbi(said->cpu.midr, lm_cpu_models,
							 lm_cpu_model_count);
}

static void name_settle(const struct option_cpu *said, struct machine_cpu *cpu)
{
	const struct lm_cpu_model *model = said->cpu.model;
	bool is_named = said->has_cpu && said->cpu.is_named;

	if (!said->has_cpu)
		return;
	cpu->is_newest = is_named && (model->first_revision || model->end_revision);
	snprintf(cpu->name, sizeof(cpu->name), "%s",
		 is_named && !cpu->is_newest ? model->name : cpu_text(&said->cpu).s);
}

static int levels_settle(struct options *options, struct error *error)
{
	struct machine *machine = &options->machine;

	machine->repeat_tlbi |= completes_late(&options->boot) ||
				completes_late(&options->secondary);
	name_settle(&options->boot, &machine->boot_cpu);
	name_settle(&options->secondary, &machine->secondary_cpu);
	if (level_settle(machine, &options->boot, "boot", &machine->boot_bbm,
			 ASSUMED_BOOT_BBM, error))
		return -1;
	return level_settle(machine, &options->secondary, "secondary",
			    &machine->secondary_bbm, ASSUMED_SECONDARY_BBM, error);
}

int options_parse(struct options *options, enum command command, int argc, char **argv,
		  struct error *error)
{
	memset(options, 0, sizeof(*options));
	options->command = command;
	machine_init(&options->machine);
	options->choose_way = true;
	options->level = OPTIONS_EACH_LEVEL;
	options->boot.level = options->secondary.level = OPTION_NO_LEVEL;
	if (parse_all(options, command, argc, argv, error))
		return -1;
	if (options->help)
		return 0;
	if (levels_settle(options, error))
		return -1;
	return sources_check(options, error);
}

int options_load_machine(struct options *options, struct error *error)
{
	struct machine *machine = &options->machine;
	int err = 0;

	if (options->dtb)
		err = machine_read_dtb(machine, options->dtb, error);
	else if (options->iomem)
		err = machine_read_iomem(machine, options->iomem, error);
	else if (!machine->ram.count)
		err = machine_use_default_ram(machine, error);
	if (options->cpus)
		machine->cpus = options->cpus;
	if (!err)
		err = machine_settle(machine, error);
	/* A plan has no model. */
	if (!err && options->command != COMMAND_PLAN)
		err = machine_check_model(machine, error);
	return err;
}

void options_free(struct options *options)
{
	machine_free(&options->machine);
}

/* @text line by line, all but the first indented by @column. */
static void print_lines(FILE *out, const char *text, int column)
{
	size_t length = strcspn(text, "\n");

	fprintf(out, "%.*s\n", (int)length, text);
	while (text[length]) {
		text += length + 1;
		length = strcspn(text, "\n");
		fprintf(out, "%*s%.*s\n", column, "", (int)length, text);
	}
}

/* A longer option has its text in the next line. */
#define HEAD_COLUMNS 20

void options_print(FILE *out, enum command command)
{
	char head[48];

	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const char *value = option_rows[i].value;

		if (!(option_rows[i].commands & command) || !option_rows[i].help)
			continue;
		snprintf(head, sizeof(head), "--%s%s%s", option_rows[i].name,
			 value ? " " : "", value ? value : "");
		fprintf(out, "  %-*s", HEAD_COLUMNS + 1, head);
		if (strlen(head) > HEAD_COLUMNS)
			fprintf(out, "\n%*s", HEAD_COLUMNS + 3, "");
		print_lines(out, option_rows[i].help, HEAD_COLUMNS + 3);
	}
}
