// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which machines are possible, and errors for those that are not.
 */
#include "machine/machine.h"

#include <inttypes.h>

#include "machine/geometry.h"
#include "base/units.h"

void machine_init(struct machine *machine)
{
	*machine = (struct machine){
		.cpus = 20,
		.boot_bbm = 3,
		.secondary_bbm = 0,
		.format = { .granule_shift = 12 },
		.assumed = ASSUMED_CPUS | ASSUMED_BOOT_BBM | ASSUMED_SECONDARY_BBM,
	};
}

void machine_free(struct machine *machine)
{
	banks_free(&machine->ram);
	banks_free(&machine->aliases);
	banks_free(&machine->no_map);
	banks_free(&machine->usable);
}

#define DEFAULT_RAM_SIZE (UINT64_C(128) << 30)

int machine_use_default_ram(struct machine *machine, struct error *error)
{
	unsigned int ia_bits = machine->format.ia_bits;
	uint64_t size = DEFAULT_RAM_SIZE;
	struct place place = { .source = "RAM" };

	/* Impossible sizes of input addresses are refused later. */
	if (ia_bits >= 25 && ia_bits < 39)
		size = UINT64_C(1) << (ia_bits - 2);
	machine->assumed |= ASSUMED_RAM;
	return banks_add(&machine->ram, &place, MACHINE_RAM_BASE, size, error);
}

int machine_move_ram(struct machine *machine, uint64_t start, struct error *error)
{
	struct banks *ram = &machine->ram;

	for (size_t i = 0; i < ram->count; i++) {
		struct bank *bank = &ram->bank[i];

		if (!bank->anywhere)
			continue;
		if (bank->size - 1 > UINT64_MAX - start)
			return error_set(
				error,
				"%s%s: from 0x%" PRIx64
				" on, where the tree has its memory, this reaches "
				"beyond 2^64 (check the size)",
				bank->place.source, bank->place.where, start);
		bank->start = start;
	}
	return 0;
}

bool aliases_are_full(const struct banks *aliases, const struct place *place,
		      struct error *error)
{
	return aliases->count == MACHINE_ALIASES &&
	       error_set(error,
			 "%s%s: more than %d ranges of the kernel's alias (join adjacent "
			 "ones)",
			 place->source, place->where, MACHINE_ALIASES);
}

/* Checks what descriptors can hold; the linear half is checked elsewhere. */
static int bank_check_pa(const struct machine *machine, const struct bank *bank,
			 struct error *error)
{
	if (!(bank_last(bank) >> machine->format.oa_bits))
		return 0;
	return error_set(error,
			 "%s%s: ends at 0x%" PRIx64 ", beyond %u-bit physical addresses "
			 "(check base and size, and --pa-bits)",
			 bank->place.source, bank->place.where, bank_last(bank),
			 machine->format.oa_bits);
}

static int banks_check_pa(const struct machine *machine, const struct banks *banks,
			  struct error *error)
{
	for (size_t i = 0; i < banks->count; i++)
		if (bank_check_pa(machine, &banks->bank[i], error))
			return -1;
	return 0;
}

static uint64_t granule_size(const struct machine *machine)
{
	return UINT64_C(1) << machine->format.granule_shift;
}

/* The size of a sorted list of ranges that may overlap, each byte counted once. */
static uint64_t union_size(const struct banks *banks)
{
	uint64_t size = 0;
	uint64_t end = 0;

	for (size_t i = 0; i < banks->count; i++) {
		const struct bank *bank = &banks->bank[i];
		uint64_t bank_end = bank->start + bank->size;
		uint64_t start = bank->start > end ? bank->start : end;

		if (bank_end <= start)
			continue;
		size += bank_end - start;
		end = bank_end;
	}
	return size;
}

/*
 * Linux trims each bank when it adds it (early_init_dt_add_memory_arch(); x86 in
 * memblock_trim_memory()), and merges later.
 */
static int ram_settle(struct machine *machine, struct error *error)
{
	struct banks *ram = &machine->ram;
	struct bank first;
	uint64_t told;

	if (!ram->count)
		return error_set(error, "no RAM (give its size with --ram SIZE)");
	if (banks_check_pa(machine, ram, error))
		return -1;
	banks_sort(ram);
	if (!machine->ram_may_overlap && banks_check_overlap(ram, error))
		return -1;
	first = ram->bank[0];
	told = union_size(ram);
	banks_round_in(ram, granule_size(machine));
	banks_drop_empty(ram);
	banks_merge(ram);
	machine->trimmed_size = told - banks_size(ram);
	if (ram->count)
		return 0;
	return error_set(error, "%s%s: no whole granule of %s (check base and size)",
			 first.place.source, first.place.where,
			 size_text(granule_size(machine)).s);
}

/* Sorted, merged and below the end of physical addresses, as RAM is. */
static void ranges_settle(const struct machine *machine, struct banks *ranges)
{
	banks_cap(ranges, UINT64_C(1) << machine->format.oa_bits);
	banks_sort(ranges);
	banks_merge(ranges);
}

/*
 * memblock leaves out single bytes, but arm64's map_mem() maps each page of which any part
 * is left: so ranges that are kept grow to whole pages, and holes shrink. A hole inside
 * one page disappears, but no leaf reaches across it, as the ranges beside it are mapped
 * separately.
 */
static int usable_apply(struct machine *machine, struct error *error)
{
	struct banks *usable = &machine->usable;
	uint64_t size = banks_size(&machine->ram);

	if (!usable->count)
		return 0;
	ranges_settle(machine, usable);
	banks_round_out(usable, granule_size(machine));
	banks_merge(usable);
	if (banks_keep(&machine->ram, usable, error))
		return -1;
	machine->unusable_size = size - banks_size(&machine->ram);
	return 0;
}

static int no_map_apply(struct machine *machine, struct error *error)
{
	struct banks *no_map = &machine->no_map;
	uint64_t size = banks_size(&machine->ram);

	ranges_settle(machine, no_map);
	banks_round_in(no_map, granule_size(machine));
	if (banks_leave_out(&machine->ram, no_map, error))
		return -1;
	machine->no_map_size = size - banks_size(&machine->ram);
	return 0;
}

static int holes_apply(struct machine *machine, struct error *error)
{
	struct place place = machine->ram.bank[0].place;

	if (usable_apply(machine, error) || no_map_apply(machine, error))
		return -1;
	if (machine->ram.count)
		return 0;
	return error_set(error,
			 "%s%s: no RAM is left outside no-map reservations and inside "
			 "linux,usable-memory-range (check both, and where RAM is)",
			 place.source, place.where);
}

static int alias_check_granules(const struct machine *machine, const struct bank *alias,
				struct error *error)
{
	if (!((alias->start | alias->size) & (granule_size(machine) - 1)))
		return 0;
	return error_set(error,
			 "%s%s: 0x%" PRIx64 " to 0x%" PRIx64 " is not in whole granules "
			 "(start and size must be multiples of %s)",
			 alias->place.source, alias->place.where, alias->start,
			 bank_last(alias), size_text(granule_size(machine)).s);
}

static int aliases_settle(const struct machine *machine, struct banks *aliases,
			  struct error *error)
{
	for (size_t i = 0; i < aliases->count; i++)
		if (alias_check_granules(machine, &aliases->bank[i], error))
			return -1;
	if (banks_check_pa(machine, aliases, error))
		return -1;
	banks_sort(aliases);
	if (banks_check_overlap(aliases, error))
		return -1;
	banks_merge(aliases);
	return 0;
}

/* The largest leaf, single or a run, is on the first level that has leaves. */
static uint64_t largest_leaf_size(const struct machine *machine)
{
	struct lm_format fmt;
	uint64_t limit = machine->longest_contiguous;
	uint64_t size;
	uint64_t run;
	int level;

	lm_format_init(&fmt, &machine->format);
	level = fmt.start_level;
	while (!lm_level(&fmt, level)->leaf)
		level++;
	size = lm_entry_size(&fmt, level);
	run = lm_level(&fmt, level)->run * size;
	return limit && run > limit ? size : run;
}

static uint64_t first_input(const struct machine *machine)
{
	struct lm_format fmt;

	lm_format_init(&fmt, &machine->format);
	return fmt.base;
}

uint64_t machine_memstart(const struct machine *machine)
{
	uint64_t start = machine->ram.bank[0].start;

	return machine->has_linear_base ? start :
					  start & ~(largest_leaf_size(machine) - 1);
}

uint64_t machine_linear_start(const struct machine *machine)
{
	return machine->has_linear_base ? machine->linear_base : first_input(machine);
}

/* The linear map has the lower half of the addresses, as in Linux. */
static uint64_t linear_half(const struct machine *machine)
{
	return UINT64_C(1) << (machine->format.ia_bits - 1);
}

static int base_check(const struct machine *machine, struct error *error)
{
	uint64_t base = machine->linear_base;
	uint64_t first = first_input(machine);

	if (!machine->has_linear_base)
		return 0;
	if (base & (granule_size(machine) - 1))
		return error_set(error,
				 "--linear-base 0x%" PRIx64
				 ": not a whole number of granules (must be a "
				 "multiple of %s)",
				 base, size_text(granule_size(machine)).s);
	if (base - first < linear_half(machine))
		return 0;
	return error_set(error,
			 "--linear-base 0x%" PRIx64
			 ": not in the half of the input addresses that a linear map has "
			 "(must be 0x%" PRIx64 " to 0x%" PRIx64 ")",
			 base, first, first + (linear_half(machine) - 1));
}

static int span_check(const struct machine *machine, struct error *error)
{
	const struct bank *first = &machine->ram.bank[0];
	const struct bank *last = &machine->ram.bank[machine->ram.count - 1];
	uint64_t half = linear_half(machine);
	uint64_t before = machine_linear_start(machine) - first_input(machine);

	if (bank_last(last) - machine_memstart(machine) < half - before)
		return 0;
	return error_set(error,
			 "%s%s: RAM from 0x%" PRIx64 " to 0x%" PRIx64 " spans more than "
			 "the %s that a linear map with %u-bit addresses holds%s (raise "
			 "--va-bits, or leave the far banks out)",
			 last->place.source, last->place.where, first->start,
			 bank_last(last), size_text(half - before).s,
			 machine->format.ia_bits, before ? " from --linear-base on" : "");
}

int machine_check_model(const struct machine *machine, struct error *error)
{
	uint64_t size = banks_size(&machine->ram);

	if (size <= MACHINE_RAM_LIMIT)
		return 0;
	return error_set(error,
			 "%s bytes of RAM are more than the model's limit of %s (leave "
			 "some banks out, or use linmap plan)",
			 count_text(size).s, size_text(MACHINE_RAM_LIMIT).s);
}

static bool bank_holds(const struct bank *bank, const struct bank *part)
{
	return part->start >= bank->start && bank_last(part) <= bank_last(bank);
}

static int alias_check(const struct machine *machine, const struct bank *alias,
		       struct error *error)
{
	for (size_t i = 0; i < machine->ram.count; i++)
		if (bank_holds(&machine->ram.bank[i], alias))
			return 0;
	return error_set(error,
			 "%s%s: kernel from 0x%" PRIx64 " to 0x%" PRIx64
			 " is not inside one bank of RAM (check its addresses)",
			 alias->place.source, alias->place.where, alias->start,
			 bank_last(alias));
}

static int aliases_check(const struct machine *machine, struct error *error)
{
	const struct banks *aliases = &machine->aliases;

	for (size_t i = 0; i < aliases->count; i++)
		if (alias_check(machine, &aliases->bank[i], error))
			return -1;
	if (banks_size(aliases) == banks_size(&machine->ram))
		return error_set(error,
				 "%s%s: the kernel takes all of RAM (nothing is left "
				 "to change)",
				 aliases->bank[0].place.source,
				 aliases->bank[0].place.where);
	return 0;
}

static uint64_t last_address(const struct banks *banks)
{
	uint64_t last = 0;

	for (size_t i = 0; i < banks->count; i++)
		if (bank_last(&banks->bank[i]) > last)
			last = bank_last(&banks->bank[i]);
	return last;
}

int machine_settle(struct machine *machine, struct error *error)
{
	geometry_complete(&machine->format, last_address(&machine->ram));
	if (geometry_check(&machine->format, error))
		return -1;
	if (machine->cpus < 1 || machine->cpus > MACHINE_CPUS)
		return error_set(error, "%u CPUs (must be 1 to %d)", machine->cpus,
				 MACHINE_CPUS);
	if (ram_settle(machine, error) || holes_apply(machine, error) ||
	    aliases_settle(machine, &machine->aliases, error) ||
	    base_check(machine, error) || span_check(machine, error))
		return -1;
	if (!machine->has_linear_base)
		machine->linear_base =
			machine_linear_start(machine) +
			(machine->ram.bank[0].start - machine_memstart(machine));
	return aliases_check(machine, error);
}
