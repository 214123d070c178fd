/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came of the edits of a machine that runs: each with the numbers that the boot
 * edit has, and what they need beyond. Knows nothing of how the numbers were found.
 */
#ifndef REPORT_EDIT_H
#define REPORT_EDIT_H

#include "report.h"

/**
 * struct report_edit - the outcome of one edit
 * @name: for programs
 * @what: for people
 * @range: where; of size 0 for all of the map, whatever is in it
 * @why: why it was committed in this way; empty if it was not
 * @refused: why not in the one that was asked for; or empty
 * @not_done: why nothing was done, which is no failure; or empty
 * @failure: the step that was refused, and why; or empty
 * @obstacle, @obstacle_va: of a collapse: what stood in the way of a larger leaf first,
 *	and where, whatever else was formed; or none
 * @by_edit: as an edit; else without, as lm_protect() does
 * @others_held: the other CPUs were held meanwhile
 * @leaves_gone, @publishes: as planned
 * @tables_retired, @retired_by_level: tables whose place a leaf took
 * @allocations: calls of the allocator, in all steps
 * @tables_kept: in the deposit behind it
 * @not_shaped: places where leaves are not as large, or do not end, as asked
 * @becomes_not_global: the edit is to leave none in a TLB that is global
 * @global: a leaf of the map may be in a TLB as global, and no ASID removes it
 * @numbers: all that the boot edit has as well; @numbers.pages_checked counts
 *	invalid pages too
 */
struct report_edit {
	const char *name;
	const char *what;
	struct lm_range range;
	char why[160];
	char refused[224];
	char not_done[160];
	char failure[224];
	enum lm_obstacle obstacle;
	uint64_t obstacle_va;
	bool by_edit;
	bool others_held;
	uint64_t leaves_gone;
	uint64_t publishes;
	uint64_t tables_retired;
	uint64_t retired_by_level[LM_LEVELS];
	uint64_t allocations;
	uint64_t tables_kept;
	uint64_t not_shaped;
	bool becomes_not_global;
	bool global;
	struct report numbers;
};

#define REPORT_EDITS 16

/**
 * struct report_edits - all of them
 * @none: why there are none; or empty
 * @fault: name of a fault that one of them was to commit, or NULL
 */
struct report_edits {
	struct report_edit edit[REPORT_EDITS];
	size_t count;
	char none[96];
	const char *fault;
};

/* One more, empty, about the machine of @boot, with its leaves before. */
struct report_edit *report_edits_add(struct report_edits *edits,
				     const struct report *boot);

/* Take the counts of a plan over. */
void report_edit_set_plan(struct report_edit *edit, const struct lm_plan *plan);

/* There was nothing to do, so there is nothing to say of how it was done. */
void report_edit_set_not_done(struct report_edit *edit, const char *reason);

/* An obstacle's name for programs, and what it is for people. */
const char *report_obstacle_name(enum lm_obstacle obstacle);
const char *report_obstacle_text(enum lm_obstacle obstacle);

/*
 * Whether nothing at all went wrong: as report_all_held(), and leaves are as asked.
 * A fault of which nothing was found did not hold either.
 */
bool report_edit_held(const struct report_edit *edit);
bool report_edits_held(const struct report_edits *edits);

/* One sentence: that it held, or all that did not. Return: as @sentence. */
const char *report_edit_verdict(const struct report_edit *edit, char *sentence,
				size_t size);

/* For people: a block for each, behind what is said of the machine or the boot edit. */
void report_edits_print(FILE *out, const struct report_edits *edits);

/*
 * For programs: as report_print_json(), and the edits. @boot is that of the boot edit,
 * or without one (@told false) of the machine.
 */
int report_print_edits_json(FILE *out, const struct report *boot, bool told,
			    const struct report_edits *edits);

#endif
