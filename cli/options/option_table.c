// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of options: what each takes, and its help. Options whose value is more than a
 * member of struct options have a function of their own.
 */
#include "options/option_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "machine/geometry.h"
#include "base/near.h"
#include "base/units.h"
#include "options/way.h"

#define REPORTS (COMMAND_RUN | COMMAND_PLAN | COMMAND_DEMO)
#define SPLITS	(REPORTS | COMMAND_DRAW)
#define READS                                                                  \
	(COMMAND_CENSUS | COMMAND_WALK | COMMAND_CHECK | COMMAND_PLAN_SOURCE | \
	 COMMAND_DRAW_SOURCE)
#define GEOMETRY (SPLITS | COMMAND_DECODE | READS)

/* SIZE[@BASE]; BASE is @base by default. */
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

static int set_ram(struct options *options, const char *value, struct error *error)
{
	struct banks *ram = &options->machine.ram;
	struct place place = { .source = "--ram ", .where = "" };
	uint64_t start;
	uint64_t size;
	const char *problem = range_by_size(value, MACHINE_RAM_BASE, &start, &size);

	snprintf(place.where, sizeof(place.where), "%s", value);
	if (problem)
		return error_set(error, "--ram %.40s: %s", value, problem);
	if (banks_add(ram, &place, start, size, error))
		return -1;
	if (strchr(value, '@'))
		return 0;
	ram->bank[ram->count - 1].anywhere = true;
	options->machine.assumed |= ASSUMED_RAM_BASE;
	options->machine.assumed_start = MACHINE_RAM_BASE;
	return 0;
}

static int set_kernel(struct options *options, const char *value, struct error *error)
{
	struct banks *aliases = &options->machine.aliases;
	struct place place = { .source = "--kernel ", .where = "" };
	const char *at = strchr(value, '@');
	const char *dash = value[0] == '-' ? NULL : strchr(value, '-');
	const char *problem;
	uint64_t start;
	uint64_t end;

	snprintf(place.where, sizeof(place.where), "%s", value);
	if (aliases_are_full(aliases, &place, error))
		return -1;
	if (!at && !dash)
		return error_set(
			error, "--kernel %.40s: no range (write START-END, or SIZE@BASE)",
			value);
	problem = at ? range_by_size(value, 0, &start, &end) :
		       range_by_last(value, dash, &start, &end);
	if (problem)
		return error_set(error, "--kernel %.40s: %s", value, problem);
	if (at)
		return banks_add(aliases, &place, start, end, error);
	return banks_add_last(aliases, &place, start, end, error);
}

static int set_boot_cpu(struct options *options, const char *value, struct error *error)
{
	options->boot.has_cpu = true;
	return cpu_parse("boot-cpu", value, &options->boot.cpu, error);
}

static int set_secondary_cpu(struct options *options, const char *value,
			     struct error *error)
{
	options->secondary.has_cpu = true;
	return cpu_parse("secondary-cpu", value, &options->secondary.cpu, error);
}

static int set_granule(struct options *options, const char *value, struct error *error)
{
	options->has_granule = true;
	if (granule_parse(value, &options->machine.format.granule_shift))
		return 0;
	return error_set(error, "--granule %.40s: unknown granule (use 4k, 16k or 64k)",
			 value);
}

/* Regimes differ in one letter: none is nearer than another. */
static int set_regime(struct options *options, const char *value, struct error *error)
{
	options->has_regime = true;
	if (regime_parse(value, &options->machine.format.regime))
		return 0;
	return error_set(error,
			 "--regime %.40s: unknown regime (use el1, el2-0, el2 or el3)",
			 value);
}

static int set_level(struct options *options, const char *value, struct error *error)
{
	char *end;
	long level = strtol(value, &end, 10);

	if (*end || level < LM_FIRST_LEVEL || level > LM_LAST_LEVEL)
		return error_set(error, "--level %.40s: unknown level (use %d to %d)",
				 value, LM_FIRST_LEVEL, LM_LAST_LEVEL);
	options->level = (int)level;
	return 0;
}

static int set_commit(struct options *options, const char *value, struct error *error)
{
	struct near near;

	options->choose_way = !strcasecmp(value, "auto");
	if (options->choose_way || way_parse(value, &options->way))
		return 0;
	near_begin(&near, value);
	near_try(&near, "auto");
	for (int i = 0; i < LM_WAYS; i++)
		near_try(&near, lm_way_name((enum lm_way)i));
	return error_set(error, "--commit %.40s: unknown way (%s)", value,
			 near_advice(&near, "",
				     "use auto, in-place, live, break, switch or roll")
				 .s);
}

static int set_scenario(struct options *options, const char *value, struct error *error)
{
	static const char *const names[] = {
		[SCENARIO_ALL] = "all",
		[SCENARIO_BOOT] = "boot",
		[SCENARIO_RUNTIME] = "runtime",
	};
	struct near near;

	near_begin(&near, value);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		near_try(&near, names[i]);
		if (strcasecmp(value, names[i]) != 0)
			continue;
		options->scenario = (enum scenario_choice)i;
		return 0;
	}
	return error_set(error, "--scenario %.40s: unknown scenario (%s)", value,
			 near_advice(&near, "", "use boot, runtime or all").s);
}

static int set_longest_contiguous(struct options *options, const char *value,
				  struct error *error)
{
	uint64_t *size = &options->machine.longest_contiguous;
	const char *problem = size_parse(value, size);

	if (problem)
		return error_set(error, "--longest-contiguous %.40s: %s", value, problem);
	if (*size)
		return 0;
	return error_set(error,
			 "--longest-contiguous %.40s: no run fits (for no runs use "
			 "--no-contiguous)",
			 value);
}

static int set_linear_base(struct options *options, const char *value,
			   struct error *error)
{
	struct machine *machine = &options->machine;
	const char *problem = size_parse(value, &machine->linear_base);

	machine->has_linear_base = true;
	if (!problem)
		return 0;
	return error_set(error, "--linear-base %.40s: %s", value, problem);
}

/* A register or an address, in hexadecimal with 0x, or decimal. */
static int take_value(const char *name, const char *value, bool *has, uint64_t *number,
		      struct error *error)
{
	const char *problem = size_parse(value, number);

	*has = true;
	return problem ? error_set(error, "--%s %.40s: %s", name, value, problem) : 0;
}

static int set_ttbr0(struct options *options, const char *value, struct error *error)
{
	return take_value("ttbr0", value, &options->has_ttbr0, &options->ttbr0, error);
}

static int set_ttbr1(struct options *options, const char *value, struct error *error)
{
	return take_value("ttbr1", value, &options->has_ttbr1, &options->ttbr1, error);
}

static int set_tcr(struct options *options, const char *value, struct error *error)
{
	return take_value("tcr", value, &options->has_tcr, &options->tcr, error);
}

static int set_ram_base(struct options *options, const char *value, struct error *error)
{
	return take_value("ram-base", value, &options->has_ram_base, &options->ram_base,
			  error);
}

static int set_range(struct options *options, const char *value, struct error *error)
{
	const char *dash = strchr(value, '-');
	const char *problem;

	if (!dash || dash == value)
		return error_set(error, "--range %.80s: no range (write FIRST-LAST)",
				 value);
	problem = range_by_last(value, dash, &options->range_first, &options->range_last);
	options->has_range = true;
	if (problem)
		return error_set(error, "--range %.80s: %s", value, problem);
	if (options->range_first > options->range_last)
		return error_set(error, "--range %.80s: ends before it begins", value);
	return 0;
}

static int set_fault(struct options *options, const char *value, struct error *error)
{
	struct near near;

	options->list_faults = !strcasecmp(value, "list");
	if (options->list_faults || fault_parse(value, &options->fault))
		return 0;
	near_begin(&near, value);
	near_try(&near, "list");
	for (int i = FAULT_NONE + 1; i < FAULTS; i++)
		near_try(&near, fault_name((enum fault)i));
	return error_set(error, "--fault %.40s: unknown fault (%s)", value,
			 near_advice(&near, "", "see --fault list").s);
}

#define MEMBER(kind, member, low, high, told) \
	kind, offsetof(struct options, member), low, high, told, NULL
#define FLAG(member)		       MEMBER(OPTION_FLAG, member, 0, 0, 0)
#define BITS(member, bits)	       MEMBER(OPTION_BITS, member, bits, 0, 0)
#define TEXT(member)		       MEMBER(OPTION_TEXT, member, 0, 0, 0)
#define SMALL(member, low, high, told) MEMBER(OPTION_SMALL, member, low, high, told)
#define COUNT(member, low, high, told) MEMBER(OPTION_COUNT, member, low, high, told)
#define LARGE(member, low, high)       MEMBER(OPTION_LARGE, member, low, high, 0)
#define OWN(set)		       TELLS(set, 0)
#define TELLS(set, told)	       OPTION_OWN, 0, 0, 0, told, set

/* Which numbers of bits exist depends on the rest: 1 to 64 only keeps out nonsense. */
const struct option_row option_rows[] = {
	{ "ram", "SIZE[@BASE]", SPLITS, true, OWN(set_ram),
	  "a bank of RAM; without BASE at 0x40000000, or where the\n"
	  "tree of --dtb has its memory; may be repeated\n"
	  "(default: 128G, or a quarter of the addresses)" },
	{ "dtb", "FILE", SPLITS, false, TEXT(dtb),
	  "RAM, which of it is not mapped, and the number of CPUs,\n"
	  "from a device tree blob; with --ram, only the latter two" },
	{ "iomem", "FILE", SPLITS, false, TEXT(iomem),
	  "RAM and the kernel's alias from the text of /proc/iomem" },
	{ "kernel", "START-END", SPLITS, true, OWN(set_kernel),
	  "leave the kernel's alias out of the change; END is its\n"
	  "last byte. Also SIZE@BASE; may be repeated; not with\n"
	  "--iomem, which has it" },
	{ "cpus", "N", SPLITS, false, COUNT(cpus, 1, MACHINE_CPUS, ASSUMED_CPUS),
	  "number of CPUs, 1 to 4096 (default: from --dtb, or 20)" },
	{ "boot-bbm", "L", SPLITS, false, SMALL(boot.level, 0, 3, ASSUMED_BOOT_BBM),
	  "BBM level of the boot CPU, 0 to 3: only at 3 may leaf\n"
	  "sizes change while it walks (default: 3)" },
	{ "secondary-bbm", "L", SPLITS, false,
	  SMALL(secondary.level, 0, 3, ASSUMED_SECONDARY_BBM),
	  "the same for all other CPUs (default: 0)" },
	{ "repeat-tlbi", NULL, COMMAND_RUN | COMMAND_PLAN | COMMAND_DEMO, false,
	  FLAG(machine.repeat_tlbi),
	  "CPUs complete a broadcast TLBI only with a second one, as\n"
	  "nearly all server and phone cores do; --boot-cpu and\n"
	  "--secondary-cpu imply it where it is known" },
	{ "boot-cpu", "NAME", SPLITS, false, TELLS(set_boot_cpu, ASSUMED_BOOT_BBM),
	  "level of the boot CPU by its name, such as cortex-x4, or\n"
	  "its MIDR_EL1, such as 0x410fd823; see linmap cpus --list" },
	{ "secondary-cpu", "NAME", SPLITS, false,
	  TELLS(set_secondary_cpu, ASSUMED_SECONDARY_BBM),
	  "the same for all other CPUs" },
	{ "granule", "SIZE", GEOMETRY, false, OWN(set_granule),
	  "size of pages and tables: 4k, 16k or 64k (default: 4k, or\n"
	  "what the source tells)" },
	{ "va-bits", "N", GEOMETRY, false, SMALL(machine.format.ia_bits, 1, 64, 0),
	  "size of input addresses, 25 to 52 (default: 48)" },
	{ "pa-bits", "N", GEOMETRY, false, SMALL(machine.format.oa_bits, 1, 64, 0),
	  "size of physical addresses: 32, 36, 40, 42, 44, 48 or 52\n"
	  "(default: 48, or 52 with LPA2 or where RAM needs it)" },
	{ "lpa2", NULL, GEOMETRY, false, FLAG(machine.format.lpa2),
	  "descriptors of FEAT_LPA2, for 4k and 16k; more than 48\n"
	  "bits of either kind imply it" },
	{ "regime", "NAME", GEOMETRY, false, OWN(set_regime),
	  "whose translation: el1, el2-0 (both with two ranges, of\n"
	  "which the upper one is used), el2 or el3 (default: el1)" },
	{ "level", "L", COMMAND_DECODE, false, OWN(set_level),
	  "level of the table that contains the descriptor, -1 to 3\n"
	  "(default: all levels)" },
	{ "commit", "WAY", COMMAND_RUN | COMMAND_PLAN | COMMAND_DRAW, false,
	  OWN(set_commit),
	  "how the change reaches the map: in-place, live, break,\n"
	  "switch, roll, or auto for the cheapest way that is\n"
	  "safe (default: auto)" },
	{ "scenario", "NAME", COMMAND_RUN, false, OWN(set_scenario),
	  "boot: only the split at boot; runtime: only the edits\n"
	  "of a running machine; all: both (default: all)" },
	{ "story", "NAME", COMMAND_RUN, false, OWN(set_scenario), NULL },
	{ "no-blocks", NULL, SPLITS, false, BITS(region_flags, LM_NO_BLOCKS),
	  "map without blocks: with pages and runs of pages" },
	{ "no-contiguous", NULL, SPLITS, false, BITS(region_flags, LM_NO_RUNS),
	  "map without runs: no entry has the contiguous hint" },
	{ "longest-contiguous", "SIZE", SPLITS, false, OWN(set_longest_contiguous),
	  "make no run larger than this; Linux has none above 32M\n"
	  "with 4k pages" },
	{ "linear-base", "ADDRESS", SPLITS, false, OWN(set_linear_base),
	  "input address of the first byte of RAM (default:\n"
	  "congruent with the physical one modulo the largest leaf)" },
	{ "longest-run", "N", COMMAND_RUN | COMMAND_DEMO, false,
	  LARGE(longest_run, 1, UINT32_MAX),
	  "let the allocator return at most N adjacent tables" },
	{ "fault", "NAME", COMMAND_RUN | COMMAND_DEMO, false, OWN(set_fault),
	  "break the protocol in a known way, to show that the\n"
	  "model finds it; \"list\" lists the names" },
	{ "trace", "FILE", COMMAND_RUN, false, TEXT(trace),
	  "write every store, barrier, TLBI, allocation and free\n"
	  "to FILE" },
	{ "dump-tables", "DIR", COMMAND_RUN | COMMAND_CENSUS, false, TEXT(dump_dir),
	  "write the raw tables into DIR; run: before and after" },
	{ "dump-text", "DIR", COMMAND_RUN, false, TEXT(text_dir),
	  "write what is mapped before and after as text into DIR,\n"
	  "for diff" },
	{ "tables-apart", NULL, SPLITS, false, FLAG(tables_apart),
	  "put tables in memory that the map does not translate" },
	{ "ttbr1", "VALUE", READS, false, OWN(set_ttbr1),
	  "of a real machine's register: the tables of the upper\n"
	  "half (default: Linux' own, where the source tells)" },
	{ "ttbr0", "VALUE", READS, false, OWN(set_ttbr0),
	  "the same for the lower half, and for EL2 and EL3" },
	{ "tcr", "VALUE", READS, false, OWN(set_tcr),
	  "TCR_EL1, or TCR_EL2 or TCR_EL3 with that --regime: tells\n"
	  "granule, sizes, LPA2" },
	{ "ram-base", "ADDRESS", READS, false, OWN(set_ram_base),
	  "where memory begins, if the source is a file of memory\n"
	  "(default: 0x40000000)" },
	{ "range", "FIRST-LAST", COMMAND_PLAN_SOURCE | COMMAND_DRAW_SOURCE, false,
	  OWN(set_range),
	  "only these input addresses (default: the linear map, or\n"
	  "all addresses if it is not known)" },
	{ "cpuinfo", "FILE", COMMAND_CENSUS | COMMAND_PLAN_SOURCE, false, TEXT(cpuinfo),
	  "text of that machine's /proc/cpuinfo (default: this\n"
	  "machine's, if the source is /proc/kcore)" },
	{ "meminfo", NULL, COMMAND_CENSUS, false, FLAG(meminfo),
	  "print lines as x86 has them in /proc/meminfo" },
	{ "watch", "SECONDS", COMMAND_CENSUS, false, COUNT(watch, 1, 86400, 0),
	  "do it again after so many seconds, until interrupted" },
	{ "html", NULL, COMMAND_DRAW_SOURCE, false, FLAG(html),
	  "write a page that stands alone, with zoom and details" },
	{ "output", "FILE", COMMAND_DRAW | COMMAND_DRAW_SOURCE, false, TEXT(output),
	  "write the picture to FILE; also -o (default, and '-':\n"
	  "standard output)" },
	{ "list", NULL, COMMAND_CPUS, false, FLAG(list_cpus),
	  "list all known CPUs instead" },
	{ "json", NULL,
	  REPORTS | COMMAND_DECODE | COMMAND_CPUS | COMMAND_CENSUS | COMMAND_WALK |
		  COMMAND_CHECK | COMMAND_PLAN_SOURCE,
	  false, FLAG(json), "print JSON" },
	{ "quiet", NULL, SPLITS | READS, false, FLAG(quiet), "show no progress" },
	{ "help", NULL, COMMAND_ANY, false, FLAG(help), "this text" },
};

static int take_number(const struct option_row *row, const char *value, uint64_t *number,
		       struct error *error)
{
	const char *problem = number_parse(value, number);

	if (problem)
		return error_set(error, "--%s %.40s: %s", row->name, value, problem);
	if (*number < row->low || *number > row->high)
		return error_set(error,
				 "--%s %.40s: out of range (must be %" PRIu64
				 " to %" PRIu64 ")",
				 row->name, value, row->low, row->high);
	return 0;
}

int option_take(const struct option_row *row, struct options *options, const char *value,
		struct error *error)
{
	void *member = (char *)options + row->offset;
	uint64_t number = 0;

	if (row->kind >= OPTION_SMALL && take_number(row, value, &number, error))
		return -1;
	options->machine.assumed &= ~row->told;
	switch (row->kind) {
	case OPTION_OWN:
		return row->set(options, value, error);
	case OPTION_FLAG:
		*(bool *)member = true;
		break;
	case OPTION_BITS:
		*(unsigned int *)member |= (unsigned int)row->low;
		break;
	case OPTION_TEXT:
		*(const char **)member = value;
		break;
	case OPTION_SMALL:
		*(uint8_t *)member = (uint8_t)number;
		break;
	case OPTION_COUNT:
		*(unsigned int *)member = (unsigned int)number;
		break;
	case OPTION_LARGE:
		*(uint64_t *)member = number;
		break;
	}
	return 0;
}
