/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a descriptor means, as data. Knows nothing of how that is found. */
#ifndef DECODING_H
#define DECODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum decode_kind {
	DECODE_INVALID,
	DECODE_RESERVED, /* a type that the level does not have: faults as if invalid */
	DECODE_TABLE,
	DECODE_BLOCK,
	DECODE_PAGE,
};

enum decode_base { DECODE_DECIMAL, DECODE_BINARY, DECODE_HEXADECIMAL };

/**
 * struct decode_field - adjacent bits that mean one thing
 * @high, @low: the bits
 * @name: the Arm ARM's; for an address, with the bits of it that are here
 * @value: the bits as a number; if hexadecimal, at their place in the descriptor, and for
 *	an address at their place in the address
 * @base: how it is written
 * @meaning: in words
 * @is_idle: it means nothing, and holds what it should: not printed
 */
struct decode_field {
	unsigned int high;
	unsigned int low;
	char name[24];
	uint64_t value;
	enum decode_base base;
	char meaning[112];
	bool is_idle;
};

#define DECODE_FIELDS	64
#define DECODE_PROBLEMS 8

/**
 * struct decoding - a descriptor on one level, or on adjacent ones where it means the same
 * @first_level, @last_level: which
 * @kind: its type there
 * @what: the same in words
 * @address: of the memory or the table that it maps; 0 if none
 * @size: bytes of that memory, or of the table
 * @fields: all 64 bits, from the highest; none if reserved
 * @problems: what is wrong with it, a sentence each
 */
struct decoding {
	int first_level;
	int last_level;
	enum decode_kind kind;
	char what[192];
	uint64_t address;
	uint64_t size;
	struct decode_field fields[DECODE_FIELDS];
	size_t field_count;
	char problems[DECODE_PROBLEMS][160];
	size_t problem_count;
};

/* One word. */
const char *decode_kind_name(enum decode_kind kind);

/* One more problem, if there is room. */
void decode_problem(struct decoding *decoding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
