// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of options: what each takes, and what it says of itself. */
#include "option_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "geometry.h"
#include "near.h"
#include "units.h"
#include "way.h"

#define REPORTS	 (COMMAND_RUN | COMMAND_PLAN | COMMAND_DEMO)
#define SPLITS	 (REPORTS | COMMAND_DRAW)
#define GEOMETRY (SPLITS | COMMAND_DECODE)

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
	struct banks *ram = &options->machine.ram;
	struct place place = { .source = "--ram ", .where = "" };
	uint64_t start;
	uint64_t size;
	const char *problem = range_by_size(value, MACHINE_RAM_BASE, &start, &size);

	snprintf(place.where, sizeof(place.where), "%s", value);
	if (problem)
		return complain(complaint, "--ram %s: %s", value, problem);
	if (banks_add(ram, &place, start, size, complaint))
		return -1;
	if (strchr(value, '@'))
		return 0;
	ram->bank[ram->count - 1].anywhere = true;
	options->machine.assumed |= ASSUMED_RAM_BASE;
	return 0;
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
	options->machine.assumed &= ~(unsigned int)ASSUMED_CPUS;
	return 0;
}

static int level_set(const char *option, const char *value, struct option_cpu *cpu,
		     struct complaint *complaint)
{
	uint64_t number;

	if (number_set(option, value, 0, 3, &number, complaint))
		return -1;
	cpu->level = (uint8_t)number;
	cpu->has_level = true;
	return 0;
}

static int set_boot_bbm(struct options *options, const char *value,
			struct complaint *complaint)
{
	options->machine.assumed &= ~(unsigned int)ASSUMED_BOOT_BBM;
	return level_set("boot-bbm", value, &options->boot, complaint);
}

static int set_secondary_bbm(struct options *options, const char *value,
			     struct complaint *complaint)
{
	options->machine.assumed &= ~(unsigned int)ASSUMED_SECONDARY_BBM;
	return level_set("secondary-bbm", value, &options->secondary, complaint);
}

static int set_boot_cpu(struct options *options, const char *value,
			struct complaint *complaint)
{
	options->machine.assumed &= ~(unsigned int)ASSUMED_BOOT_BBM;
	options->boot.has_cpu = true;
	return cpu_parse("boot-cpu", value, &options->boot.cpu, complaint);
}

static int set_secondary_cpu(struct options *options, const char *value,
			     struct complaint *complaint)
{
	options->machine.assumed &= ~(unsigned int)ASSUMED_SECONDARY_BBM;
	options->secondary.has_cpu = true;
	return cpu_parse("secondary-cpu", value, &options->secondary.cpu, complaint);
}

static int set_repeat_tlbi(struct options *options, const char *value,
			   struct complaint *complaint)
{
	options->machine.repeat_tlbi = true;
	return 0;
}

static int set_granule(struct options *options, const char *value,
		       struct complaint *complaint)
{
	options->has_granule = true;
	if (granule_parse(value, &options->machine.format.granule_shift))
		return 0;
	return complain(complaint, "--granule %s: no such granule (use 4k, 16k or 64k)",
			value);
}

/* Which numbers of bits there are depends on the rest: this only keeps out nonsense. */
static int bits_set(const char *option, const char *value, uint8_t *bits,
		    struct complaint *complaint)
{
	uint64_t number;

	if (number_set(option, value, 1, 64, &number, complaint))
		return -1;
	*bits = (uint8_t)number;
	return 0;
}

static int set_va_bits(struct options *options, const char *value,
		       struct complaint *complaint)
{
	return bits_set("va-bits", value, &options->machine.format.ia_bits, complaint);
}

static int set_pa_bits(struct options *options, const char *value,
		       struct complaint *complaint)
{
	return bits_set("pa-bits", value, &options->machine.format.oa_bits, complaint);
}

static int set_lpa2(struct options *options, const char *value,
		    struct complaint *complaint)
{
	options->machine.format.lpa2 = true;
	return 0;
}

/* All within one letter of each other: none is nearer than another. */
static int set_regime(struct options *options, const char *value,
		      struct complaint *complaint)
{
	if (regime_parse(value, &options->machine.format.regime))
		return 0;
	return complain(complaint,
			"--regime %s: no such regime (use el1, el2-0, el2 or el3)",
			value);
}

static int set_level(struct options *options, const char *value,
		     struct complaint *complaint)
{
	char *end;
	long level = strtol(value, &end, 10);

	if (*end || level < LM_FIRST_LEVEL || level > LM_LAST_LEVEL)
		return complain(complaint, "--level %s: no such level (use %d to %d)",
				value, LM_FIRST_LEVEL, LM_LAST_LEVEL);
	options->has_level = true;
	options->level = (int)level;
	return 0;
}

static int set_commit(struct options *options, const char *value,
		      struct complaint *complaint)
{
	struct near near;

	options->choose_way = !strcasecmp(value, "auto");
	if (options->choose_way || way_parse(value, &options->way))
		return 0;
	near_begin(&near, value);
	near_try(&near, "auto");
	for (int i = 0; i < LM_WAYS; i++)
		near_try(&near, way_name((enum lm_way)i));
	return complain(
		complaint, "--commit %s: no such way (%s)", value,
		near_advice(&near, "", "use auto, in-place, live, break or switch").s);
}

static int set_story(struct options *options, const char *value,
		     struct complaint *complaint)
{
	static const char *const names[] = {
		[STORY_ALL] = "all",
		[STORY_BOOT] = "boot",
		[STORY_RUNTIME] = "runtime",
	};
	struct near near;

	near_begin(&near, value);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		near_try(&near, names[i]);
		if (strcasecmp(value, names[i]) != 0)
			continue;
		options->story = (enum story_choice)i;
		return 0;
	}
	return complain(complaint, "--story %s: no such story (%s)", value,
			near_advice(&near, "", "use boot, runtime or all").s);
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

static int set_longest_contiguous(struct options *options, const char *value,
				  struct complaint *complaint)
{
	uint64_t *size = &options->machine.longest_contiguous;
	const char *problem = size_parse(value, size);

	if (problem)
		return complain(complaint, "--longest-contiguous %s: %s", value, problem);
	if (*size)
		return 0;
	return complain(complaint,
			"--longest-contiguous %s: no run at all (that is "
			"--no-contiguous)",
			value);
}

static int set_linear_base(struct options *options, const char *value,
			   struct complaint *complaint)
{
	struct machine *machine = &options->machine;
	const char *problem = size_parse(value, &machine->linear_base);

	machine->has_linear_base = true;
	if (!problem)
		return 0;
	return complain(complaint, "--linear-base %s: %s", value, problem);
}

static int set_fault(struct options *options, const char *value,
		     struct complaint *complaint)
{
	struct near near;

	options->list_faults = !strcasecmp(value, "list");
	if (options->list_faults || fault_parse(value, &options->fault))
		return 0;
	near_begin(&near, value);
	near_try(&near, "list");
	for (int i = FAULT_NONE + 1; i < FAULTS; i++)
		near_try(&near, fault_name((enum fault)i));
	return complain(complaint, "--fault %s: no such fault (%s)", value,
			near_advice(&near, "", "see --fault list").s);
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

static int set_dump_text(struct options *options, const char *value,
			 struct complaint *complaint)
{
	options->text_dir = value;
	return 0;
}

static int set_tables_apart(struct options *options, const char *value,
			    struct complaint *complaint)
{
	options->tables_apart = true;
	return 0;
}

static int set_output(struct options *options, const char *value,
		      struct complaint *complaint)
{
	options->output = value;
	return 0;
}

static int set_list(struct options *options, const char *value,
		    struct complaint *complaint)
{
	options->list_cpus = true;
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

const struct option_row option_rows[] = {
	{ "ram", "SIZE[@BASE]", SPLITS, true, set_ram,
	  "a bank of RAM, at 0x40000000 if not said, or where the\n"
	  "tree of --dtb has its memory; may be repeated\n"
	  "(default: 128G, or a quarter of the addresses)" },
	{ "dtb", "FILE", SPLITS, false, set_dtb,
	  "RAM, what of it is not mapped, and the number of CPUs\n"
	  "from a device tree blob; with --ram, only the other two" },
	{ "iomem", "FILE", SPLITS, false, set_iomem,
	  "RAM and the kernel's place from the text of /proc/iomem" },
	{ "kernel", "START-END", SPLITS, true, set_kernel,
	  "leave the kernel's alias out of the change; END is its\n"
	  "last byte. Also SIZE@BASE; may be repeated; not with\n"
	  "--iomem, which tells" },
	{ "cpus", "N", SPLITS, false, set_cpus,
	  "CPUs, 1 to 4096 (default: 20, or what --dtb tells)" },
	{ "boot-bbm", "L", SPLITS, false, set_boot_bbm,
	  "how well the boot CPU takes live changes of leaf size,\n"
	  "0 to 3 (default: 3)" },
	{ "secondary-bbm", "L", SPLITS, false, set_secondary_bbm,
	  "the same for all other CPUs (default: 0)" },
	{ "repeat-tlbi", NULL, COMMAND_RUN | COMMAND_DEMO, false, set_repeat_tlbi,
	  "CPUs that complete a broadcast TLBI only with a second\n"
	  "one, as nearly all server and phone cores do; follows from\n"
	  "the CPU's name if one is given" },
	{ "boot-cpu", "NAME", SPLITS, false, set_boot_cpu,
	  "the boot CPU's level by its name, as cortex-x4, or by\n"
	  "its MIDR_EL1, as 0x410fd823; see 'linmap cpus --list'" },
	{ "secondary-cpu", "NAME", SPLITS, false, set_secondary_cpu,
	  "the same for all other CPUs" },
	{ "granule", "SIZE", GEOMETRY, false, set_granule,
	  "size of pages and tables: 4k, 16k or 64k (default: 4k)" },
	{ "va-bits", "N", GEOMETRY, false, set_va_bits,
	  "size of input addresses, 25 to 52 (default: 48)" },
	{ "pa-bits", "N", GEOMETRY, false, set_pa_bits,
	  "size of physical addresses: 32, 36, 40, 42, 44, 48 or 52\n"
	  "(default: 48, or 52 with LPA2 or where RAM needs it)" },
	{ "lpa2", NULL, GEOMETRY, false, set_lpa2,
	  "descriptors of FEAT_LPA2, for 4k and 16k; follows from\n"
	  "more than 48 bits of either kind" },
	{ "regime", "NAME", GEOMETRY, false, set_regime,
	  "whose translation: el1, el2-0 (both with two ranges, of\n"
	  "which the upper one is used), el2 or el3 (default: el1)" },
	{ "level", "L", COMMAND_DECODE, false, set_level,
	  "level of the table that it stands in, -1 to 3\n"
	  "(default: each)" },
	{ "commit", "WAY", COMMAND_RUN | COMMAND_PLAN | COMMAND_DRAW, false, set_commit,
	  "how the change reaches the map: in-place, live, break,\n"
	  "switch, or auto for the cheapest that is safe\n"
	  "(default: auto)" },
	{ "story", "NAME", COMMAND_RUN, false, set_story,
	  "boot: the split alone; runtime: the edits of a machine\n"
	  "that runs, without it; all: both (default: all)" },
	{ "no-blocks", NULL, SPLITS, false, set_no_blocks,
	  "map without blocks: with pages and contiguous runs of\n"
	  "pages" },
	{ "no-contiguous", NULL, SPLITS, false, set_no_contiguous,
	  "map without contiguous runs" },
	{ "longest-contiguous", "SIZE", SPLITS, false, set_longest_contiguous,
	  "make no contiguous run larger than this; Linux has none\n"
	  "above 32M with 4k pages" },
	{ "linear-base", "ADDRESS", SPLITS, false, set_linear_base,
	  "input address of the first byte of RAM (default: as\n"
	  "physical addresses, modulo the largest leaf)" },
	{ "longest-run", "N", COMMAND_RUN | COMMAND_DEMO, false, set_longest_run,
	  "let the allocator answer with at most N adjacent tables" },
	{ "fault", "NAME", COMMAND_RUN | COMMAND_DEMO, false, set_fault,
	  "break the protocol in a known way, to see it found;\n"
	  "\"list\" lists them" },
	{ "trace", "FILE", COMMAND_RUN, false, set_trace,
	  "write every store, barrier, TLBI, allocation and free\n"
	  "to FILE" },
	{ "dump-tables", "DIR", COMMAND_RUN, false, set_dump_tables,
	  "write the raw tables before and after into DIR" },
	{ "dump-text", "DIR", COMMAND_RUN, false, set_dump_text,
	  "write what is mapped before and after as text into DIR,\n"
	  "for diff" },
	{ "tables-apart", NULL, SPLITS, false, set_tables_apart,
	  "tables lie in memory that the map does not translate" },
	{ "output", "FILE", COMMAND_DRAW, false, set_output,
	  "where the picture goes, also -o (default: standard\n"
	  "output)" },
	{ "list", NULL, COMMAND_CPUS, false, set_list,
	  "list all CPUs that are known, instead" },
	{ "json", NULL, REPORTS | COMMAND_DECODE | COMMAND_CPUS, false, set_json,
	  "print JSON" },
	{ "quiet", NULL, SPLITS, false, set_quiet, "show no progress" },
	{ "help", NULL, COMMAND_ANY, false, set_help, "this text" },
};
