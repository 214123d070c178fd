/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came of a story: the numbers, whether all held, and how people and
 * programs get to read it. Knows nothing of how the numbers were found.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linmap/linmap.h>

#include "machine.h"
#include "machine_notes.h"
#include "units.h"

/* Leaves of one size. A contiguous run is one leaf. */
struct report_leaf {
	uint64_t size; /* bytes */
	uint64_t count;
	bool contiguous;
};

/*
 * All sizes of leaf that the format has, the largest first, also those of which
 * there are none.
 */
struct report_leaves {
	struct report_leaf leaf[LM_LEVELS * LM_LEAF_KINDS];
	size_t sizes;
};

enum report_step {
	REPORT_MAP,
	REPORT_PLAN,
	REPORT_RESERVE,
	REPORT_STAGE,
	REPORT_STOP, /* from the first CPU held to the last one let go */
	REPORT_RELEASE,
	REPORT_CHECK,
	REPORT_STEPS
};

#define REPORT_FINDINGS 16

/**
 * struct report_finding - something that the model found, or the verifier
 * @kind: its name
 * @cpu: the first CPU concerned
 * @cpus: how many are concerned
 * @event: number of the line of the trace that shows it
 * @va, @size: addresses concerned; size 0 if it is not about addresses
 * @text: a sentence
 */
struct report_finding {
	const char *kind;
	unsigned int cpu;
	unsigned int cpus;
	uint64_t event;
	uint64_t va;
	uint64_t size;
	char text[256];
};

/**
 * struct report - the outcome of a story, or of its plan
 *
 * Set by report_init():
 * @granule_size: bytes of a page and of a table
 * @start_level: where tables begin
 * @va_bits, @pa_bits: size of input and of physical addresses
 * @lpa2: descriptors are those of FEAT_LPA2
 * @regime: whose translation
 * @commit: the way
 * @fault: name of the fault of the protocol that was to be committed, or NULL
 * @refusal: why the way was refused, and then nothing below counts; or empty
 * @ram_size: bytes of RAM
 * @banks: ranges of RAM
 * @no_map_size: bytes beside it that are reserved and not mapped
 * @unusable_size, @trimmed_size: bytes beside it, as in struct machine
 * @ram_start: physical address of its first byte, and @linear_base: its input address
 * @machine_notes: what was assumed or left out
 * @left_out_size: bytes of it that are the kernel's alias, left as they are
 * @cpus, @boot_bbm, @secondary_bbm: as in struct machine
 *
 * The map and the plan:
 * @split_needed: some CPU needs pages
 * @leaves_before: of the linear map, without the kernel's alias
 * @mapping_tables: tables in use once everything is mapped, the root included
 * @tables_planned: new tables, all levels
 * @tables_by_level: the same by level, less LM_FIRST_LEVEL
 * @tables_copied: tables that are to be copied
 * @notes: granules of memory for the list of publishes
 *
 * What came of it; all 0 for a plan:
 * @leaves_after: as @leaves_before
 * @tables_used: new tables that are part of the map now; a copy takes the place of
 *	the table that it was made of and does not count
 * @tables_left: reserved and not used
 * @allocations_in_stop ... @tlbis_in_stop: events inside the stop
 * @pages_checked: pages whose translation was compared with the one before
 * @mismatches: how many of them differ
 * @conflicts, @stale: what the model found of these kinds
 * @faults: what it found of all other kinds
 * @verifier_before, @verifier_after: what linmap's verifier found in the tables
 * @findings: the first few of them
 * @steps_ns: nanoseconds of each step
 */
struct report {
	uint64_t granule_size;
	int start_level;
	unsigned int va_bits;
	unsigned int pa_bits;
	bool lpa2;
	enum lm_regime regime;
	enum lm_way commit;
	const char *fault;
	char refusal[192];
	uint64_t ram_size;
	size_t banks;
	uint64_t no_map_size;
	uint64_t unusable_size;
	uint64_t trimmed_size;
	uint64_t ram_start;
	uint64_t linear_base;
	struct machine_notes machine_notes;
	uint64_t left_out_size;
	unsigned int cpus;
	unsigned int boot_bbm;
	unsigned int secondary_bbm;

	bool split_needed;
	struct report_leaves leaves_before;
	uint64_t mapping_tables;
	uint64_t tables_planned;
	uint64_t tables_by_level[LM_LEVELS];
	uint64_t tables_copied;
	uint64_t notes;

	struct report_leaves leaves_after;
	uint64_t tables_used;
	uint64_t tables_left;
	uint64_t allocations_in_stop;
	uint64_t frees_in_stop;
	uint64_t stores_in_stop;
	uint64_t barriers_in_stop;
	uint64_t tlbis_in_stop;
	uint64_t pages_checked;
	uint64_t mismatches;
	uint64_t conflicts;
	uint64_t stale;
	uint64_t faults;
	uint64_t verifier_before;
	uint64_t verifier_after;
	struct report_finding findings[REPORT_FINDINGS];
	size_t finding_count;
	uint64_t steps_ns[REPORT_STEPS];
};

/* An empty report about a machine; both lists of leaves have their sizes. */
void report_init(struct report *report, const struct machine *machine,
		 const struct lm_format *fmt, enum lm_way commit);

/* Take the counts of a plan over. */
void report_set_plan(struct report *report, const struct lm_plan *plan);

/*
 * Add leaves to a list that report_init() made: those of a census, or some of
 * one size. False if the format has no such size.
 */
void report_add_census(struct report_leaves *leaves, const struct lm_format *fmt,
		       const struct lm_census *census);
bool report_add_leaves(struct report_leaves *leaves, uint64_t size, bool contiguous,
		       uint64_t count);

/* "2 MiB", or of a contiguous run "32 MiB run". */
struct short_text report_leaf_text(const struct report_leaf *leaf);

/* The place for one more finding, empty; NULL if there is none left. */
struct report_finding *report_add_finding(struct report *report);

/* How many findings there were, also those for which there was no place. */
uint64_t report_found(const struct report *report);

/* Pages that have to be checked: all RAM but what is left out. */
uint64_t report_pages(const struct report *report);

/* Bytes of the tables that the edit takes, and of its notes. */
uint64_t report_table_bytes(const struct report *report);
uint64_t report_notes_bytes(const struct report *report);

/* What a static pool has to hold for all of it, in granules: map, edit, notes. */
uint64_t report_pool_tables(const struct report *report);

/**
 * report_all_held() - whether nothing at all went wrong
 * @report: of a story that ran to its end
 *
 * Every page was checked and translates as before, the model and the verifier
 * found nothing, nothing was allocated or freed in the stop, and the tables came out exactly. A
 * fault that was asked for and of which nothing was found did not hold either.
 */
bool report_all_held(const struct report *report);

/*
 * One sentence: all that held, or all that did not. Return: as @sentence.
 */
const char *report_verdict(const struct report *report, char *sentence, size_t size);

/* For people: the reports side by side, one column each, up to REPORT_COLUMNS. */
#define REPORT_COLUMNS 3
void report_print(FILE *out, const struct report *reports, size_t count);
void report_print_machine(FILE *out, const struct report *report);
void report_print_findings(FILE *out, const struct report *report);
void report_print_plan(FILE *out, const struct report *report);

/* For programs; the names are documented in linmap(1). 0, or -1 without memory. */
int report_print_json(FILE *out, const struct report *report);
int report_print_plan_json(FILE *out, const struct report *report);
/* An object with one report, or a refusal, under the name of each way. */
int report_print_demo_json(FILE *out, const struct report *reports, size_t count);

#endif
