// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Notes about a machine. */
#include "machine/machine_notes.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/units.h"

/* The next note, empty. There is room for all of them. */
static char *note_add(struct machine_notes *notes)
{
	return notes->note[notes->notes++];
}

#define NOTE_SIZE sizeof(((struct machine_notes *)0)->note[0])

/* The note of all assumptions; the first one begins it. */
static char *assumption_add(struct machine_notes *notes, const char *name)
{
	char *note = notes->note[0];

	if (!notes->assumptions)
		text_append(note_add(notes), NOTE_SIZE, "assumed (not given): ");
	else
		text_append(note, NOTE_SIZE, ", ");
	notes->assumed[notes->assumptions++] = name;
	return note;
}

static void assume_ram(struct machine_notes *notes, const struct machine *machine)
{
	uint64_t start = machine->ram.bank[0].start;

	if (machine->assumed & ASSUMED_RAM)
		text_append(assumption_add(notes, "ram_bytes"), NOTE_SIZE,
			    "%s of RAM at 0x%" PRIx64 " (--ram)",
			    size_text(banks_size(&machine->ram)).s, start);
	else if (machine->assumed & ASSUMED_RAM_BASE)
		text_append(assumption_add(notes, "ram_start"), NOTE_SIZE,
			    "RAM at 0x%" PRIx64 " (--ram SIZE@BASE)", start);
}

static void assume_cpus(struct machine_notes *notes, const struct machine *machine)
{
	if (machine->assumed & ASSUMED_CPUS)
		text_append(assumption_add(notes, "cpus"), NOTE_SIZE, "%u CPUs (--cpus)",
			    machine->cpus);
	if (machine->assumed & ASSUMED_BOOT_BBM)
		text_append(assumption_add(notes, "boot_bbm"), NOTE_SIZE,
			    "level %u of the boot CPU (--boot-bbm)", machine->boot_bbm);
	if (machine->assumed & ASSUMED_SECONDARY_BBM && machine->cpus > 1)
		text_append(assumption_add(notes, "secondary_bbm"), NOTE_SIZE,
			    "level %u of the other CPUs (--secondary-bbm)",
			    machine->secondary_bbm);
}

/* Linux will choose a place, which may be anywhere: the map is counted without them. */
static void assume_no_map(struct machine_notes *notes, const struct machine *machine)
{
	if (!machine->no_map_anywhere)
		return;
	notes->assumed[notes->assumptions++] = "no_map_bytes";
	text_append(note_add(notes), NOTE_SIZE,
		    "assumed to be mapped: %s of no-map reservations without an address; "
		    "without them in the map it may take more tables",
		    size_text(machine->no_map_anywhere).s);
}

static void note_left_out(struct machine_notes *notes, const struct machine *machine)
{
	if (machine->unusable_size)
		text_append(note_add(notes), NOTE_SIZE,
			    "left out: %s of RAM outside linux,usable-memory-range",
			    size_text(machine->unusable_size).s);
	if (machine->trimmed_size)
		text_append(note_add(notes), NOTE_SIZE,
			    "left out: %s at the ends of banks that are not whole "
			    "granules of %s",
			    size_text(machine->trimmed_size).s,
			    size_text(UINT64_C(1) << machine->format.granule_shift).s);
	if (machine->reservations_ignored)
		text_append(
			note_add(notes), NOTE_SIZE,
			"ignored: /reserved-memory, as Linux does if it has no ranges or "
			"other numbers of cells than the root");
}

void machine_notes_make(struct machine_notes *notes, const struct machine *machine)
{
	*notes = (struct machine_notes){ .notes = 0 };
	assume_ram(notes, machine);
	assume_cpus(notes, machine);
	assume_no_map(notes, machine);
	note_left_out(notes, machine);
}
