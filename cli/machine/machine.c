// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a machine can be and what it cannot.
 */
#include "machine/machine.h"

#include <inttypes.h>
#include <stdlib.h>

#include "machine/geometry.h"
#include "base/units.h"

void machine_init(struct machine *machine)
{
	machine->ram.count = 0;
	machine->aliases.count = 0;
	machine->cpus = 20;
	machine->boot_bbm = 3;
	machine->secondary_bbm = 0;
	machine->format = (struct lm_format_config){ .granule_shift = 12 };
}

#define DEFAULT_RAM_SIZE (UINT64_C(128) << 30)

void machine_use_default_ram(struct machine *machine)
{
	unsigned int ia_bits = machine->format.ia_bits;
	uint64_t size = DEFAULT_RAM_SIZE;

	/* Sizes of input addresses that there are not are refused later. */
	if (ia_bits >= 25 && ia_bits < 39)
		size = UINT64_C(1) << (ia_bits - 2);
	machine->ram.bank[0] = (struct bank){ MACHINE_RAM_BASE, size, { "RAM", "" } };
	machine->ram.count = 1;
}

int banks_add(struct banks *banks, const struct place *place, uint64_t start,
	      uint64_t size, struct error *error)
{
	const char *source = place->source;
	const char *where = place->where;

	if (!size)
		return error_set(error, "%s%s: size 0 (is this all of it?)", source,
				 where);
	if (size - 1 > UINT64_MAX - start)
		return error_set(error,
				 "%s%s: 0x%" PRIx64 " and 0x%" PRIx64
				 " bytes reach beyond "
				 "2^64 (check base and size)",
				 source, where, start, size);
	if (banks->count == MACHINE_BANKS)
		return error_set(error, "%s%s: more than %d ranges (join adjacent ones)",
				 source, where, MACHINE_BANKS);
	banks->bank[banks->count++] = (struct bank){ start, size, *place };
	return 0;
}

int banks_add_last(struct banks *banks, const struct place *place, uint64_t start,
		   uint64_t last, struct error *error)
{
	if (last < start)
		return error_set(error,
				 "%s%s: ends at 0x%" PRIx64
				 ", before its start 0x%" PRIx64 " (swap the two?)",
				 place->source, place->where, last, start);
	/* 2^64 bytes: a size of its own cannot say that. */
	if (start == 0 && last == UINT64_MAX)
		return error_set(error, "%s%s: all of 2^64 bytes (check base and size)",
				 place->source, place->where);
	return banks_add(banks, place, start, last - start + 1, error);
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

uint64_t banks_size(const struct banks *banks)
{
	uint64_t size = 0;

	for (size_t i = 0; i < banks->count; i++)
		size += banks->bank[i].size;
	return size;
}

static uint64_t bank_last(const struct bank *bank)
{
	return bank->start + (bank->size - 1);
}

static int bank_compare(const void *a, const void *b)
{
	const struct bank *left = a;
	const struct bank *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static int bank_check(const struct machine *machine, const struct bank *bank,
		      struct error *error)
{
	uint64_t granule = UINT64_C(1) << machine->format.granule_shift;
	uint64_t last = bank_last(bank);

	if ((bank->start | bank->size) & (granule - 1))
		return error_set(error,
				 "%s%s: 0x%" PRIx64 " to 0x%" PRIx64
				 " is not in whole granules "
				 "(start and size have to be multiples of %s)",
				 bank->place.source, bank->place.where, bank->start, last,
				 size_text(granule).s);
	if (last >> machine->format.oa_bits)
		return error_set(error,
				 "%s%s: ends at 0x%" PRIx64
				 ", beyond %u-bit physical addresses "
				 "(check base and size, and --pa-bits)",
				 bank->place.source, bank->place.where, last,
				 machine->format.oa_bits);
	return 0;
}

static int overlap_check(const struct bank *lower, const struct bank *upper,
			 struct error *error)
{
	if (upper->start > bank_last(lower))
		return 0;
	return error_set(error,
			 "%s%s: 0x%" PRIx64 " is in the range from 0x%" PRIx64
			 " to 0x%" PRIx64 " already (ranges must not overlap)",
			 upper->place.source, upper->place.where, upper->start,
			 lower->start, bank_last(lower));
}

/* Adjacent banks become one, as in Linux' memblock when the map is made. */
static void banks_join(struct banks *banks)
{
	size_t kept = 0;

	for (size_t i = 1; i < banks->count; i++) {
		struct bank *last = &banks->bank[kept];
		const struct bank *next = &banks->bank[i];

		if (next->start == last->start + last->size)
			last->size += next->size;
		else
			banks->bank[++kept] = *next;
	}
	if (banks->count)
		banks->count = kept + 1;
}

static int banks_settle(const struct machine *machine, struct banks *banks,
			struct error *error)
{
	for (size_t i = 0; i < banks->count; i++)
		if (bank_check(machine, &banks->bank[i], error))
			return -1;
	qsort(banks->bank, banks->count, sizeof(banks->bank[0]), bank_compare);
	for (size_t i = 1; i < banks->count; i++)
		if (overlap_check(&banks->bank[i - 1], &banks->bank[i], error))
			return -1;
	banks_join(banks);
	return 0;
}

/* A run of the blocks on the first level that has any. */
static uint64_t largest_leaf_size(const struct machine *machine)
{
	struct lm_format fmt;
	int level;

	lm_format_init(&fmt, &machine->format);
	level = fmt.start_level;
	while (!lm_level(&fmt, level)->leaf)
		level++;
	return lm_level(&fmt, level)->run * lm_entry_size(&fmt, level);
}

uint64_t machine_memstart(const struct machine *machine)
{
	return machine->ram.bank[0].start & ~(largest_leaf_size(machine) - 1);
}

/* The linear map has the lower half of the addresses, as in Linux. */
static int span_check(const struct machine *machine, struct error *error)
{
	const struct bank *first = &machine->ram.bank[0];
	const struct bank *last = &machine->ram.bank[machine->ram.count - 1];
	uint64_t half = UINT64_C(1) << (machine->format.ia_bits - 1);

	if (bank_last(last) - machine_memstart(machine) < half)
		return 0;
	return error_set(
		error,
		"%s%s: RAM from 0x%" PRIx64 " to 0x%" PRIx64 " spans more than the %s "
		"that a linear map with %u-bit addresses holds (raise --va-bits, or leave "
		"the far banks out)",
		last->place.source, last->place.where, first->start, bank_last(last),
		size_text(half).s, machine->format.ia_bits);
}

static int ram_check(const struct machine *machine, struct error *error)
{
	uint64_t size = banks_size(&machine->ram);

	if (!machine->ram.count)
		return error_set(error, "no RAM (say how much with --ram SIZE)");
	if (size > MACHINE_RAM_LIMIT)
		return error_set(error,
				 "%s bytes of RAM are more than this model's limit of %s "
				 "(leave some banks out)",
				 count_text(size).s, size_text(MACHINE_RAM_LIMIT).s);
	return span_check(machine, error);
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
		return error_set(error, "%u CPUs (there have to be 1 to %d)",
				 machine->cpus, MACHINE_CPUS);
	if (banks_settle(machine, &machine->ram, error) ||
	    banks_settle(machine, &machine->aliases, error))
		return -1;
	if (ram_check(machine, error))
		return -1;
	return aliases_check(machine, error);
}
