/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Notes about a machine: what was assumed because it was not given, and which RAM is left
 * out. Knows no form of output.
 */
#ifndef MACHINE_NOTES_H
#define MACHINE_NOTES_H

#include "machine/machine.h"

#define MACHINE_NOTES	8
#define MACHINE_ASSUMED 8

/**
 * struct machine_notes - sentences for people, names for programs
 * @note, @notes: sentences
 * @assumed, @assumptions: names of members of the JSON that were assumed
 */
struct machine_notes {
	char note[MACHINE_NOTES][256];
	size_t notes;
	const char *assumed[MACHINE_ASSUMED];
	size_t assumptions;
};

/* @machine is settled. */
void machine_notes_make(struct machine_notes *notes, const struct machine *machine);

#endif
