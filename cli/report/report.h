/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The result of a scenario: the machine, and the result of each edit of its map, the boot
 * split first. Knows nothing of how the numbers were found, what they mean together, or
 * how they are shown.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "machine/machine.h"
#include "machine/machine_notes.h"
#include "base/units.h"

/* Leaves of one size. A contiguous run is one leaf. */
struct report_leaf {
	uint64_t size; /* bytes */
	uint64_t count;
	bool contiguous;
};

/*
 * All sizes of leaf that the format has, the largest first, even those with a count of 0.
 */
struct report_leaves {
	struct report_leaf leaf[LM_LEVELS * LM_LEAF_KINDS];
	size_t sizes;
};

enum report_step {
	REPORT_MAP, /* before the first edit; counted with the boot split */
	REPORT_PLAN,
	REPORT_RESERVE,
	REPORT_STAGE,
	REPORT_STOP, /* the commit; from the first CPU held to the last one let go */
	REPORT_RELEASE,
	REPORT_CHECK,
	REPORT_STEPS
};

#define REPORT_FINDINGS 16

/**
 * struct report_finding - something that the model or the verifier found
 * @kind: its name
 * @cpu: the first CPU concerned
 * @cpus: how many are concerned
 * @event: the line of the trace that shows it
 * @va, @size: addresses concerned; size 0 if it is not about addresses
 * @text: a sentence
 * @why: another one; or empty
 * @store, @since, @tlbi: lines of the trace: the store that replaced what may be held,
 *	since when it may be, the TLBI that comes closest to removing it; 0: none
 */
struct report_finding {
	const char *kind;
	unsigned int cpu;
	unsigned int cpus;
	uint64_t event;
	uint64_t va;
	uint64_t size;
	uint64_t store, since, tlbi;
	char text[256];
	char why[256];
};

/**
 * struct report_machine - the machine, and its map before any edit
 * @granule_size: bytes of a page and of a table
 * @start_level: level of the root
 * @va_bits, @pa_bits: size of input and of physical addresses
 * @lpa2: descriptors are those of FEAT_LPA2
 * @regime: whose translation
 * @ram_size: bytes of RAM
 * @banks: ranges of RAM
 * @no_map_size: bytes that are reserved and not mapped
 * @unusable_size, @trimmed_size: as in struct machine
 * @ram_start: physical address of its first byte, and @linear_base: its input address
 * @notes: what was assumed or left out
 * @left_out_size: bytes of RAM that are the kernel's alias, left unchanged
 * @cpus, @boot_bbm, @secondary_bbm, @boot_cpu, @secondary_cpu, @repeat_tlbi: as in
 *	struct machine
 * @leaves: of the linear map, without the kernel's alias
 * @tables: in use when everything is mapped, including the root
 * @split_needed: some CPU needs pages
 */
struct report_machine {
	uint64_t granule_size;
	int start_level;
	unsigned int va_bits;
	unsigned int pa_bits;
	bool lpa2;
	enum lm_regime regime;
	uint64_t ram_size;
	size_t banks;
	uint64_t no_map_size;
	uint64_t unusable_size;
	uint64_t trimmed_size;
	uint64_t ram_start;
	uint64_t linear_base;
	struct machine_notes notes;
	uint64_t left_out_size;
	unsigned int cpus;
	unsigned int boot_bbm;
	unsigned int secondary_bbm;
	struct machine_cpu boot_cpu;
	struct machine_cpu secondary_cpu;
	bool repeat_tlbi;
	struct report_leaves leaves;
	uint64_t tables;
	bool split_needed;
};

/**
 * struct report_edit - the result of one edit, or of its plan
 * @name: for programs
 * @what: for people
 * @range: where; of size 0 for all of the map
 * @ranges: how many ranges of it, if not all
 * @pages: how many pages must be checked: all RAM except what is left out; 0: none
 * @commit: the way
 * @why: why it was committed in this way; empty if it was not committed
 * @refused: why not in the way that was asked for; or empty
 * @given_up: it was not made in another way either, and nothing below counts
 * @not_done: why nothing was done, which is not a failure; or empty
 * @failure: the step that failed, and why; or empty
 * @fault: name of the fault of the protocol that was injected, or NULL
 * @obstacle, @obstacle_va: of a collapse: what first prevented a larger leaf, and where,
 *	even if others were formed; or none
 * @by_edit: by an edit, and not by lm_protect() alone
 * @others_held: the other CPUs were held
 * @rolls: every CPU moved by itself, or was to
 * @is_split: the boot split: the same memory in pages
 * @becomes_not_global: afterwards no TLB may hold a global entry
 *
 * The plan:
 * @leaves_before: of the linear map, without the kernel's alias
 * @tables_planned: new tables, all levels
 * @tables_by_level: the same by level, less LM_FIRST_LEVEL
 * @tables_copied: tables to copy
 * @tables_retired, @retired_by_level: tables that a leaf replaces, or below which nothing
 *	is mapped any more
 * @log_granules: memory for the log of updates
 * @leaves_replaced: leaves that are split, joined or unmapped; without an edit, calls
 * @updates: entries of live tables that the commit changes
 *
 * The result; all 0 for a plan:
 * @leaves_after: as @leaves_before
 * @tables_used: new tables that are part of the map now; a copy replaces the table
 *	that it was made of and does not count
 * @tables_left: reserved and not used
 * @tables_kept: in the deposit afterwards
 * @allocations: calls of the allocator, in all steps
 * @allocations_in_stop ... @tlbis_in_stop: events of the commit: inside the stop, if CPUs
 *	are held
 * @cpus_held: how many CPUs were held during the commit
 * @moves: how often each CPU was interrupted, to move or to go home
 * @strays: CPUs for which that differs
 * @pages_checked: pages that were compared with what they should be, also those that
 *	should not translate
 * @mismatches: how many of them differ
 * @not_shaped: places where leaves are not as large, or do not end, as asked
 * @global: a TLB may hold a global entry of the map, which invalidation by ASID keeps
 * @conflicts, @stale: what the model found of these kinds
 * @faults: what it found of all other kinds
 * @verifier_before, @verifier_after: what linmap's verifier found in the tables
 * @findings: the first few of them
 * @steps_ns: nanoseconds that the model took for each step
 */
struct report_edit {
	const char *name;
	const char *what;
	struct lm_range range;
	uint64_t ranges;
	uint64_t pages;
	enum lm_way commit;
	char why[160];
	char refused[224];
	bool given_up;
	char not_done[160];
	char failure[224];
	const char *fault;
	enum lm_obstacle obstacle;
	uint64_t obstacle_va;
	bool by_edit;
	bool others_held;
	bool rolls;
	bool is_split;
	bool becomes_not_global;

	struct report_leaves leaves_before;
	uint64_t tables_planned;
	uint64_t tables_by_level[LM_LEVELS];
	uint64_t tables_copied;
	uint64_t tables_retired;
	uint64_t retired_by_level[LM_LEVELS];
	uint64_t log_granules;
	uint64_t leaves_replaced;
	uint64_t updates;

	struct report_leaves leaves_after;
	uint64_t tables_used;
	uint64_t tables_left;
	uint64_t tables_kept;
	uint64_t allocations;
	uint64_t allocations_in_stop;
	uint64_t frees_in_stop;
	uint64_t stores_in_stop;
	uint64_t barriers_in_stop;
	uint64_t tlbis_in_stop;
	uint64_t cpus_held;
	uint64_t moves;
	uint64_t strays;
	uint64_t pages_checked;
	uint64_t mismatches;
	uint64_t not_shaped;
	bool global;
	uint64_t conflicts;
	uint64_t stale;
	uint64_t faults;
	uint64_t verifier_before;
	uint64_t verifier_after;
	struct report_finding findings[REPORT_FINDINGS];
	size_t finding_count;
	uint64_t steps_ns[REPORT_STEPS];
};

/* The boot split, and all edits at run time. */
#define REPORT_EDITS 17

/**
 * struct report - a machine and its edits
 * @has_split: the first of the edits is the boot split; all others are at run time
 * @none: why there are none at run time; or empty
 * @fault: name of a fault that one of these was to have, or NULL
 */
struct report {
	struct report_machine machine;
	struct report_edit edit[REPORT_EDITS];
	size_t count;
	bool has_split;
	char none[96];
	const char *fault;
};

/* An empty report about a machine. */
void report_init(struct report *report, const struct machine *machine,
		 const struct lm_format *fmt);

/* Add an edit, the boot split or another: empty, with the leaves as they are before it. */
struct report_edit *report_add_split(struct report *report);
struct report_edit *report_add_edit(struct report *report);

/* The edits at run time, and how many. */
const struct report_edit *report_runtime(const struct report *report, size_t *count);

/* Whether the boot split was refused: then there is nothing to report about it. */
bool report_is_refused(const struct report *report);

/* Copy the counts of a plan. */
void report_set_plan(struct report_edit *edit, const struct lm_plan *plan);

/* There was nothing to do: @reason says why. */
void report_set_not_done(struct report_edit *edit, const char *reason);

/*
 * Add leaves to a list that report_init() made: those of a census, or some of
 * one size. False if the format has no such size.
 */
void report_add_census(struct report_leaves *leaves, const struct lm_format *fmt,
		       const struct lm_census *census);
bool report_add_leaves(struct report_leaves *leaves, uint64_t size, bool contiguous,
		       uint64_t count);

/* Leaves of all sizes. */
uint64_t report_count_leaves(const struct report_leaves *leaves);

/* "2 MiB", or of a contiguous run "32 MiB run". */
struct short_text report_leaf_text(const struct report_leaf *leaf);

/* An obstacle's name for programs, and a text for people. */
const char *report_obstacle_name(enum lm_obstacle obstacle);
const char *report_obstacle_text(enum lm_obstacle obstacle);

/* Room for one more finding, empty; NULL if there is no room. */
struct report_finding *report_add_finding(struct report_edit *edit);

/* How many findings there were, including those without room. */
uint64_t report_found(const struct report_edit *edit);

/* What a static pool needs for the map, the split and its log, in granules. */
uint64_t report_pool_tables(const struct report *report);

#endif
