// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations on lists of ranges. */
#include "machine/banks.h"

#include <inttypes.h>
#include <stdlib.h>

void banks_free(struct banks *banks)
{
	free(banks->bank);
	*banks = (struct banks){ .bank = NULL };
}

#define FIRST_ROOM 16

static int banks_append(struct banks *banks, const struct bank *bank, struct error *error)
{
	if (banks->count == banks->room) {
		size_t room = banks->room ? 2 * banks->room : FIRST_ROOM;
		struct bank *grown = realloc(banks->bank, room * sizeof(*grown));

		if (!grown)
			return error_set(error,
					 "%s%s: no memory for more than %zu ranges",
					 bank->place.source, bank->place.where,
					 banks->count);
		banks->bank = grown;
		banks->room = room;
	}
	banks->bank[banks->count++] = *bank;
	return 0;
}

int banks_add(struct banks *banks, const struct place *place, uint64_t start,
	      uint64_t size, struct error *error)
{
	const char *source = place->source;
	const char *where = place->where;

	if (!size)
		return error_set(error, "%s%s: size 0 (is a part missing?)", source,
				 where);
	if (size - 1 > UINT64_MAX - start)
		return error_set(error,
				 "%s%s: 0x%" PRIx64 " and 0x%" PRIx64
				 " bytes reach beyond "
				 "2^64 (check base and size)",
				 source, where, start, size);
	return banks_append(banks, &(struct bank){ start, size, false, *place }, error);
}

int banks_add_last(struct banks *banks, const struct place *place, uint64_t start,
		   uint64_t last, struct error *error)
{
	if (last < start)
		return error_set(error,
				 "%s%s: ends at 0x%" PRIx64
				 ", before its start 0x%" PRIx64 " (swap the two?)",
				 place->source, place->where, last, start);
	/* 2^64 bytes do not fit into a size. */
	if (start == 0 && last == UINT64_MAX)
		return error_set(error, "%s%s: all of 2^64 bytes (check base and size)",
				 place->source, place->where);
	return banks_add(banks, place, start, last - start + 1, error);
}

uint64_t bank_last(const struct bank *bank)
{
	return bank->start + (bank->size - 1);
}

uint64_t banks_size(const struct banks *banks)
{
	uint64_t size = 0;

	for (size_t i = 0; i < banks->count; i++)
		size += banks->bank[i].size;
	return size;
}

static int bank_compare(const void *a, const void *b)
{
	const struct bank *left = a;
	const struct bank *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

void banks_sort(struct banks *banks)
{
	if (banks->count)
		qsort(banks->bank, banks->count, sizeof(banks->bank[0]), bank_compare);
}

int banks_check_overlap(const struct banks *banks, struct error *error)
{
	for (size_t i = 1; i < banks->count; i++) {
		const struct bank *lower = &banks->bank[i - 1];
		const struct bank *upper = &banks->bank[i];

		if (upper->start <= bank_last(lower))
			return error_set(
				error,
				"%s%s: 0x%" PRIx64 " is in the range from 0x%" PRIx64
				" to 0x%" PRIx64 " already (ranges must not overlap)",
				upper->place.source, upper->place.where, upper->start,
				lower->start, bank_last(lower));
	}
	return 0;
}

void banks_merge(struct banks *banks)
{
	size_t kept = 0;

	for (size_t i = 1; i < banks->count; i++) {
		struct bank *last = &banks->bank[kept];
		const struct bank *next = &banks->bank[i];

		if (next->start - last->start > last->size)
			banks->bank[++kept] = *next;
		else if (bank_last(next) > bank_last(last))
			last->size = bank_last(next) - last->start + 1;
	}
	if (banks->count)
		banks->count = kept + 1;
}

void banks_cap(struct banks *banks, uint64_t limit)
{
	size_t kept = 0;

	for (size_t i = 0; i < banks->count; i++) {
		struct bank bank = banks->bank[i];

		if (bank.start >= limit)
			continue;
		if (bank.size > limit - bank.start)
			bank.size = limit - bank.start;
		banks->bank[kept++] = bank;
	}
	banks->count = kept;
}

/* To multiples of @granule, inward; of size 0 if it holds none. */
static void bank_round_in(struct bank *bank, uint64_t granule)
{
	uint64_t end = (bank->start + bank->size) & ~(granule - 1);

	bank->start = (bank->start + granule - 1) & ~(granule - 1);
	bank->size = end > bank->start ? end - bank->start : 0;
}

void banks_round_in(struct banks *banks, uint64_t granule)
{
	for (size_t i = 0; i < banks->count; i++)
		bank_round_in(&banks->bank[i], granule);
}

void banks_drop_empty(struct banks *banks)
{
	size_t kept = 0;

	for (size_t i = 0; i < banks->count; i++)
		if (banks->bank[i].size)
			banks->bank[kept++] = banks->bank[i];
	banks->count = kept;
}

void banks_round_out(struct banks *banks, uint64_t granule)
{
	for (size_t i = 0; i < banks->count; i++) {
		struct bank *bank = &banks->bank[i];
		uint64_t end = bank->start + bank->size;

		bank->start &= ~(granule - 1);
		bank->size = ((end + granule - 1) & ~(granule - 1)) - bank->start;
	}
}

/* A part of @bank, unless it is empty. */
static int part_append(struct banks *banks, const struct bank *bank, uint64_t start,
		       uint64_t end, struct error *error)
{
	struct bank part = *bank;

	if (start >= end)
		return 0;
	part.start = start;
	part.size = end - start;
	return banks_append(banks, &part, error);
}

static uint64_t bank_end(const struct bank *bank)
{
	return bank->start + bank->size;
}

/* Replace @banks by the new list, or free that after a failure. */
static int banks_replace(struct banks *banks, struct banks *made, int err)
{
	if (err) {
		banks_free(made);
		return err;
	}
	banks_free(banks);
	*banks = *made;
	return 0;
}

int banks_leave_out(struct banks *banks, const struct banks *holes, struct error *error)
{
	struct banks made = { .bank = NULL };
	size_t first = 0; /* hole that ends after the start of the range */
	int err = 0;

	for (size_t i = 0; !err && i < banks->count; i++) {
		const struct bank *bank = &banks->bank[i];
		uint64_t at = bank->start;

		while (first < holes->count && bank_end(&holes->bank[first]) <= at)
			first++;
		for (size_t n = first;
		     !err && n < holes->count && holes->bank[n].start < bank_end(bank);
		     n++) {
			err = part_append(&made, bank, at, holes->bank[n].start, error);
			at = bank_end(&holes->bank[n]);
		}
		if (!err)
			err = part_append(&made, bank, at, bank_end(bank), error);
	}
	return banks_replace(banks, &made, err);
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int banks_keep(struct banks *banks, const struct banks *kept, struct error *error)
{
	struct banks made = { .bank = NULL };
	size_t first = 0; /* range of @kept that ends after the start of the range */
	int err = 0;

	for (size_t i = 0; !err && i < banks->count; i++) {
		const struct bank *bank = &banks->bank[i];

		while (first < kept->count && bank_end(&kept->bank[first]) <= bank->start)
			first++;
		for (size_t n = first;
		     !err && n < kept->count && kept->bank[n].start < bank_end(bank); n++)
			err = part_append(&made, bank,
					  higher(bank->start, kept->bank[n].start),
					  lower(bank_end(bank), bank_end(&kept->bank[n])),
					  error);
	}
	return banks_replace(banks, &made, err);
}
