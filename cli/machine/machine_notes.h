/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is to be said of a machine beside its numbers: what was assumed because nobody
 * told it, and what of its RAM is left out. Knows no form of output.
 */
#ifndef MACHINE_NOTES_H
#define MACHINE_NOTES_H

#include "machine/machine.h"

#define MACHINE_NOTES	12
#define MACHINE_ASSUMED 8

/**
 * struct machine_notes - sentences for people, names for programs
 * @note, @notes: sentences
 * @assumed, @assumptions: names of members of the JSON that nobody told
 */
struct machine_notes {
	char note[MACHINE_NOTES][512];
	size_t notes;
	const char *assumed[MACHINE_ASSUMED];
	size_t assumptions;
};

/* Of a machine that is settled. */
void machine_notes_make(struct machine_notes *notes, const struct machine *machine);

#endif
