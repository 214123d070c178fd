/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is wrong with a machine's map: what the core's verifier finds, and what is allowed
 * by the architecture and yet wrong for a kernel.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <linmap/check.h>

#include "see/scan.h"

/* Beside enum lm_finding_kind, and counted on from it. */
enum seen_fault {
	SEEN_WRITABLE_EXECUTABLE = LM_FINDINGS,
	SEEN_OUTSIDE_RAM,
	SEEN_NOT_SHAREABLE,
	SEEN_FAULTS
};

/**
 * struct fault_entry - something that is wrong
 * @kind: enum lm_finding_kind or enum seen_fault
 * @va, @size: the addresses; @size is 0 if only where it begins is known
 * @level, @desc: the descriptor, where one is meant
 */
struct fault_entry {
	int kind;
	uint64_t va;
	uint64_t size;
	int level;
	uint64_t desc;
};

/* At most so many of each kind are kept; all are counted. */
#define FAULTS_KEPT 16

/**
 * struct seen_faults - all of them
 * @count: by kind
 * @kept: the first of each kind
 * @has_ram: it was known what is RAM
 */
struct seen_faults {
	uint64_t count[SEEN_FAULTS];
	struct fault_entry kept[SEEN_FAULTS][FAULTS_KEPT];
	bool has_ram;
};

/* "writable-executable", and a sentence. */
const char *seen_fault_name(int kind);
const char *seen_fault_text(int kind);

uint64_t seen_faults_sum(const struct seen_faults *faults);

/* Look for all of them, and take the census. 0, or -1 with an error. */
int seen_faults_find(struct seen_faults *faults, struct source *source,
		     struct census *census, struct progress *progress,
		     struct error *error);

#endif
