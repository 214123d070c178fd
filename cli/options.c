// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of options, and getopt_long() driven by it.
 */
#include "options.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "units.h"
#include "way.h"

/* Takes the value of one option; -1 with a complaint if there is no such value. */
typedef int set_fn(struct options *options, const char *value,
		   struct complaint *complaint);

/* RAM if nothing is said about it. */
#define DEFAULT_RAM "128G"

#define ALL (COMMAND_RUN | COMMAND_PLAN | COMMAND_DEMO)

/**
 * struct option_row - one option
 * @name: without dashes
 * @value: what its value is called, or NULL if it takes none
 * @commands: of enum command
 * @repeats: each time it is given adds something
 * @set: takes the value
 * @help: lines to stand beside it
 */
struct option_row {
	const char *name;
	const char *value;
	unsigned int commands;
	bool repeats;
	set_fn *set;
	const char *help;
};

static int number_set(const char *option, const char *value, uint64_t low, uint64_t high,
		      uint64_t *number, struct complaint *complaint)
{
	const char *problem = number_parse(value, number);

	if (problem)
		return complain(complaint, "--%s %s: %s", option, value, problem);
	if (*number < low || *number > high)
		return complain(complaint,
				"--%s %s: out of range (it has to be %" PRIu64
				" to %" PRIu64 ")",
				option, value, low, high);
	return 0;
}

/* SIZE[@BASE]; BASE is @base if it is not there. */
static const char *range_by_size(const char *value, uint64_t base, uint64_t *start,
				 uint64_t *size)
{
	const char *at = strchr(value, '@');
	const char *problem =
		size_parse_n(value, at ? (size_t)(at - value) : strlen(value), size);

	*start = base;
	if (!problem && at)
		problem = size_parse(at + 1, start);
	return problem;
}

/* START-END, where @dash points at the dash. */
static const char *range_by_last(const char *value, const char *dash, uint64_t *start,
				 uint64_t *last)
{
	const char *problem = size_parse_n(value, (size_t)(dash - value), start);

	return problem ? problem : size_parse(dash + 1, last);
}

static int set_ram(struct options *options, const char *value,
		   struct complaint *complaint)
{
	struct place place = { .source = "--ram ", .where = "" };
	uint64_t start;
	uint64_t size;
	const char *problem = range_by_size(value, MACHINE_RAM_BASE, &start, &size);

	snprintf(place.where, sizeof(place.where), "%s", value);
	if (problem)
		return complain(complaint, "--ram %s: %s", value, problem);
	return banks_add(&options->machine.ram, &place, start, size, complaint);
}

static int set_kernel(struct options *options, const char *value,
		      struct complaint *complaint)
{
	struct banks *aliases = &options->machine.aliases;
	struct place place = { .source = "--kernel ", .where = "" };
	const char *at = strchr(value, '@');
	const char *dash = value[0] == '-' ? NULL : strchr(value, '-');
	const char *problem;
	uint64_t start;
	uint64_t end;

	snprintf(place.where, sizeof(place.where), "%s", value);
	if (aliases_are_full(aliases, &place, complaint))
		return -1;
	if (!at && !dash)
		return complain(complaint,
				"--kernel %s: no range (write START-END, or SIZE@BASE)",
				value);
	problem = at ? range_by_size(value, 0, &start, &end) :
		       range_by_last(value, dash, &start, &end);
	if (problem)
		return complain(complaint, "--kernel %s: %s", value, problem);
	if (at)
		return banks_add(aliases, &place, start, end, complaint);
	return banks_add_last(aliases, &place, start, end, complaint);
}

static int set_dtb(struct options *options, const char *value,
		   struct complaint *complaint)
{
	options->dtb = value;
	return 0;
}

static int set_iomem(struct options *options, const char *value,
		     struct complaint *complaint)
{
	options->iomem = value;
	return 0;
}

static int set_cpus(struct options *options, const char *value,
		    struct complaint *complaint)
{
	uint64_t cpus;

	if (number_set("cpus", value, 1, MACHINE_CPUS, &cpus, complaint))
		return -1;
	options->machine.cpus = (unsigned int)cpus;
	options->has_cpus = true;
	return 0;
}

static int level_set(const char *option, const char *value, uint8_t *level,
		     struct complaint *complaint)
{
	uint64_t number;

	if (number_set(option, value, 0, 3, &number, complaint))
		return -1;
	*level = (uint8_t)number;
	return 0;
}

static int set_boot_bbm(struct options *options, const char *value,
			struct complaint *complaint)
{
	return level_set("boot-bbm", value, &options->machine.boot_bbm, complaint);
}

static int set_secondary_bbm(struct options *options, const char *value,
			     struct complaint *complaint)
{
	return level_set("secondary-bbm", value, &options->machine.secondary_bbm,
			 complaint);
}

static int set_granule(struct options *options, const char *value,
		       struct complaint *complaint)
{
	uint64_t size = 0;

	if (size_parse(value, &size) || size != 4096)
		return complain(complaint, "--granule %s: only 4k is supported so far",
				value);
	options->machine.granule_shift = 12;
	return 0;
}

static int set_va_bits(struct options *options, const char *value,
		       struct complaint *complaint)
{
	uint64_t bits = 0;

	if (number_parse(value, &bits) || bits != 48)
		return complain(complaint, "--va-bits %s: only 48 is supported so far",
				value);
	options->machine.ia_bits = 48;
	return 0;
}

static int set_commit(struct options *options, const char *value,
		      struct complaint *complaint)
{
	options->choose_way = !strcmp(value, "auto");
	if (options->choose_way || way_parse(value, &options->way))
		return 0;
	return complain(
		complaint,
		"--commit %s: no such way (use auto, in-place, live, break or switch)",
		value);
}

static int set_no_blocks(struct options *options, const char *value,
			 struct complaint *complaint)
{
	options->region_flags |= LM_NO_BLOCKS;
	return 0;
}

static int set_no_contiguous(struct options *options, const char *value,
			     struct complaint *complaint)
{
	options->region_flags |= LM_NO_RUNS;
	return 0;
}

static int set_fault(struct options *options, const char *value,
		     struct complaint *complaint)
{
	options->list_faults = !strcmp(value, "list");
	if (options->list_faults || fault_parse(value, &options->fault))
		return 0;
	return complain(complaint, "--fault %s: no such fault (see --fault list)", value);
}

static int set_longest_run(struct options *options, const char *value,
			   struct complaint *complaint)
{
	return number_set("longest-run", value, 1, UINT32_MAX, &options->longest_run,
			  complaint);
}

static int set_trace(struct options *options, const char *value,
		     struct complaint *complaint)
{
	options->trace = value;
	return 0;
}

static int set_dump_tables(struct options *options, const char *value,
			   struct complaint *complaint)
{
	options->dump_dir = value;
	return 0;
}

static int set_tables_apart(struct options *options, const char *value,
			    struct complaint *complaint)
{
	options->tables_apart = true;
	return 0;
}

static int set_json(struct options *options, const char *value,
		    struct complaint *complaint)
{
	options->json = true;
	return 0;
}

static int set_quiet(struct options *options, const char *value,
		     struct complaint *complaint)
{
	options->quiet = true;
	return 0;
}

static int set_help(struct options *options, const char *value,
		    struct complaint *complaint)
{
	options->help = true;
	return 0;
}

static const struct option_row rows[] = {
	{ "ram", "SIZE[@BASE]", ALL, true, set_ram,
	  "RAM, at 0x40000000 if not said; may be repeated for more banks\n"
	  "(default: " DEFAULT_RAM ")" },
	{ "dtb", "FILE", ALL, false, set_dtb,
	  "RAM and the number of CPUs from a device tree blob" },
	{ "iomem", "FILE", ALL, false, set_iomem,
	  "RAM and the kernel's place from the text of /proc/iomem" },
	{ "kernel", "START-END", ALL, true, set_kernel,
	  "leave the kernel's alias out of the change; END is its last byte.\n"
	  "Also SIZE@BASE; may be repeated; not with --iomem, which tells" },
	{ "cpus", "N", ALL, false, set_cpus,
	  "CPUs, 1 to 4096 (default: 20, or what --dtb tells)" },
	{ "boot-bbm", "L", ALL, false, set_boot_bbm,
	  "how well the boot CPU takes live changes of leaf size, 0 to 3\n(default: 3)" },
	{ "secondary-bbm", "L", ALL, false, set_secondary_bbm,
	  "the same for all other CPUs (default: 0)" },
	{ "granule", "4k", ALL, false, set_granule, "page size; only 4k so far" },
	{ "va-bits", "48", ALL, false, set_va_bits,
	  "size of linear addresses; only 48 so far" },
	{ "commit", "WAY", COMMAND_RUN | COMMAND_PLAN, false, set_commit,
	  "how the change reaches the map: in-place, live, break, switch, or\n"
	  "auto for the cheapest that is safe (default: auto)" },
	{ "no-blocks", NULL, ALL, false, set_no_blocks, "map with pages from the start" },
	{ "no-contiguous", NULL, ALL, false, set_no_contiguous,
	  "map without contiguous hints" },
	{ "longest-run", "N", COMMAND_RUN | COMMAND_DEMO, false, set_longest_run,
	  "let the allocator answer with at most N adjacent tables" },
	{ "fault", "NAME", COMMAND_RUN | COMMAND_DEMO, false, set_fault,
	  "break the protocol in a known way, to see it found; \"list\" lists them" },
	{ "trace", "FILE", COMMAND_RUN, false, set_trace,
	  "write every store, barrier, TLBI, allocation and free to FILE" },
	{ "dump-tables", "DIR", COMMAND_RUN, false, set_dump_tables,
	  "write the raw tables before and after into DIR" },
	{ "tables-apart", NULL, ALL, false, set_tables_apart,
	  "tables lie in memory that the map does not translate" },
	{ "json", NULL, ALL, false, set_json, "report in JSON" },
	{ "quiet", NULL, ALL, false, set_quiet, "show no progress" },
	{ "help", NULL, ALL, false, set_help, "this text" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What getopt_long() answers for the nth row: beyond every character. */
#define ROW_CODE 256

/* The rows of @command in getopt_long()'s form; @longs has room for all and an end. */
static void longs_fill(struct option *longs, enum command command)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!(rows[i].commands & command))
			continue;
		*longs++ = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].value ? required_argument : no_argument,
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

	for (size_t i = 0; i < ROWS; i++)
		if ((rows[i].commands & command) && !strncmp(name, rows[i].name, length))
			matches++;
	return matches;
}

/* getopt_long() did not like @argument; optopt says which part of it, or is 0. */
static int refuse_option(enum command command, const char *argument,
			 struct complaint *complaint)
{
	if (optopt >= ROW_CODE)
		return complain(complaint, "option '--%s' takes no value",
				rows[optopt - ROW_CODE].name);
	if (optopt)
		return complain(complaint, "unknown option '-%c' (see --help)", optopt);
	if (name_matches(command, argument))
		return complain(complaint, "option '%s' is ambiguous (write it out)",
				argument);
	return complain(complaint, "unknown option '%s' (see --help)", argument);
}

/* What is true of every option's value; then the option itself. */
static int row_set(struct options *options, const struct option_row *row, bool *given,
		   const char *value, struct complaint *complaint)
{
	if (value && !*value)
		return complain(complaint, "--%s: empty (a value has to stand here)",
				row->name);
	if (value && *given && !row->repeats)
		return complain(complaint, "--%s %s: a second one (give it once)",
				row->name, value);
	*given = true;
	return row->set(options, value, complaint);
}

static int parse_all(struct options *options, enum command command, int argc, char **argv,
		     struct complaint *complaint)
{
	struct option longs[ROWS + 1];
	int code;

	bool given[ROWS] = { false };

	longs_fill(longs, command);
	optind = 0; /* glibc: begin anew */
	while ((code = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (code == ':')
			return complain(complaint, "option '--%s' needs a value",
					rows[optopt - ROW_CODE].name);
		if (code == '?')
			return refuse_option(command, argv[optind - 1], complaint);
		if (code == 'h')
			options->help = true;
		else if (row_set(options, &rows[code - ROW_CODE], &given[code - ROW_CODE],
				 optarg, complaint))
			return -1;
		if (options->help)
			return 0;
	}
	if (optind < argc)
		return complain(complaint, "unexpected argument '%s' (see --help)",
				argv[optind]);
	return 0;
}

/* One source of RAM, and one of the kernel's alias. */
static int sources_check(const struct options *options, struct complaint *complaint)
{
	bool has_ram = options->machine.ram.count > 0;

	if (has_ram + !!options->dtb + !!options->iomem > 1)
		return complain(complaint,
				"more than one of --ram, --dtb and --iomem (choose one)");
	if (options->iomem && options->machine.aliases.count)
		return complain(
			complaint,
			"--kernel together with --iomem (the text tells where the kernel "
			"is)");
	return 0;
}

int options_parse(struct options *options, enum command command, int argc, char **argv,
		  struct complaint *complaint)
{
	memset(options, 0, sizeof(*options));
	machine_init(&options->machine);
	options->choose_way = true;
	if (parse_all(options, command, argc, argv, complaint))
		return -1;
	return options->help ? 0 : sources_check(options, complaint);
}

int options_load_machine(struct options *options, struct complaint *complaint)
{
	struct machine *machine = &options->machine;
	unsigned int cpus = machine->cpus;
	int err = 0;

	if (options->dtb)
		err = machine_read_dtb(machine, options->dtb, complaint);
	else if (options->iomem)
		err = machine_read_iomem(machine, options->iomem, complaint);
	else if (!machine->ram.count)
		err = set_ram(options, DEFAULT_RAM, complaint);
	if (options->has_cpus)
		machine->cpus = cpus;
	return err ? err : machine_settle(machine, complaint);
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

void options_print(FILE *out, enum command command)
{
	char head[48];

	for (size_t i = 0; i < ROWS; i++) {
		const char *value = rows[i].value;

		if (!(rows[i].commands & command))
			continue;
		snprintf(head, sizeof(head), "--%s%s%s", rows[i].name, value ? " " : "",
			 value ? value : "");
		fprintf(out, "  %-20s ", head);
		print_lines(out, rows[i].help, 23);
	}
}
