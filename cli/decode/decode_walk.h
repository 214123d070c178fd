/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk as a kernel prints it in an oops: "pgd=..., p4d=..., pud=..., pmd=...,
 * pte=...". Which of these is on which level, and which ends the walk. Knows
 * nothing of texts and files.
 */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "base/error.h"
#include "decode/decode.h"

/* Linux' names, from the root; the last is level 3 in every geometry. */
#define WALK_ENTRIES 5

/**
 * struct walk - what was printed
 * @has_va, @va: the address that was walked for, "[ffff0000c0001000]", if it is there
 * @given, @entry: the entries that are there, by name
 */
struct walk {
	bool has_va;
	uint64_t va;
	bool given[WALK_ENTRIES];
	uint64_t entry[WALK_ENTRIES];
};

/**
 * struct walk_step - an entry on a level
 * @names: Linux' names of it, more than one if levels are folded: "pgd, p4d"
 * @descriptor: the entry
 * @decoding: what it means on its level
 * @is_walked: no earlier entry ends the walk
 */
struct walk_step {
	char names[32];
	uint64_t descriptor;
	struct decoding decoding;
	bool is_walked;
};

/**
 * struct walk_decoding - a walk in a geometry
 * @walk: as it was printed
 * @steps, @count: from the root
 * @end: in words: which step ends it, and with what
 * @last: the step that ends it, or the last one
 * @is_cut_off: none ends it: the last is a table
 * @translates: it ends at a block or page
 * @pa: then, the physical address of @walk's address, if it is there; else of the leaf
 */
struct walk_decoding {
	const struct walk *walk;
	struct walk_step steps[WALK_ENTRIES];
	size_t count;
	char end[256];
	size_t last;
	bool is_cut_off;
	bool translates;
	uint64_t pa;
};

/* "pgd" to "pte" by number; NULL beyond. */
const char *walk_name(size_t index);

/*
 * 0, or -1 with an error that begins with @where: the entries are not those of one walk
 * in this geometry.
 */
int walk_decode(struct walk_decoding *decoding, const struct walk *walk,
		const struct lm_format *fmt, const char *where, struct error *error);

/* For people, and for programs. */
void walk_print(FILE *out, const struct lm_format *fmt,
		const struct walk_decoding *decoding);
struct object walk_object(const struct walk_decoding *decoding);

#endif
