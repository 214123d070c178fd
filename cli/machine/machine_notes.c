// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Notes about a machine. */
#include "machine/machine_notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
	uint64_t start = machine->assumed_start;

	if (machine->assumed & ASSUMED_RAM)
		text_append(assumption_add(notes, "ram_bytes"), NOTE_SIZE,
			    "%s of RAM at 0x%" PRIx64 " (--ram)",
			    size_text(banks_size(&machine->ram)).s, start);
	else if (machine->assumed & ASSUMED_RAM_BASE)
		text_append(assumption_add(notes, "ram_start"), NOTE_SIZE,
			    "RAM at 0x%" PRIx64 " (--ram SIZE@BASE)", start);
}

/* A name gives no revision, and errata depend on it. */
static void assume_revision(struct machine_notes *notes, const char *member,
			    const struct machine_cpu *cpu)
{
	const char *revision = strrchr(cpu->name, ' ');

	if (cpu->is_newest && revision)
		text_append(assumption_add(notes, member), NOTE_SIZE,
			    "%.*s taken as %s (its newest listed revision)",
			    (int)(revision - cpu->name), cpu->name, revision + 1);
}

static void assume_cpus(struct machine_notes *notes, const struct machine *machine)
{
	if (machine->assumed & ASSUMED_CPUS)
		text_append(assumption_add(notes, "cpus"), NOTE_SIZE, "%u CPUs (--cpus)",
			    machine->cpus);
	assume_revision(notes, "boot_cpu", &machine->boot_cpu);
	if (machine->assumed & ASSUMED_BOOT_BBM)
		text_append(assumption_add(notes, "boot_bbm"), NOTE_SIZE,
			    "level %u of the boot CPU (--boot-bbm)", machine->boot_bbm);
	if (machine->cpus > 1)
		assume_revision(notes, "secondary_cpu", &machine->secondary_cpu);
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
	if (machine->usable_ignored)
		text_append(note_add(notes), NOTE_SIZE,
			    "left out: %u more %s of linux,usable-memory-range: Linux "
			    "reads two",
			    machine->usable_ignored,
			    machine->usable_ignored == 1 ? "range" : "ranges");
	if (machine->trimmed_size)
		text_append(note_add(notes), NOTE_SIZE,
			    "left out: %s at the ends of banks that are not whole "
			    "granules of %s",
			    size_text(machine->trimmed_size).s,
			    size_text(UINT64_C(1) << machine->format.granule_shift).s);
	if (machine->no_map_refused)
		text_append(
			note_add(notes), NOTE_SIZE,
			"mapped, as in Linux: %u no-map %s where an earlier reservation "
			"without no-map is",
			machine->no_map_refused,
			machine->no_map_refused == 1 ? "range" : "ranges");
	if (machine->reservations_ignored)
		text_append(
			note_add(notes), NOTE_SIZE,
			"ignored: /reserved-memory, as Linux does if it has no ranges or "
			"other numbers of cells than the root");
}

/* What makes the options about leaf sizes forbid more than they seem to. */
static void note_leaves(struct machine_notes *notes, const struct machine *machine)
{
	uint64_t offset = machine->linear_base - machine->ram.bank[0].start;
	struct lm_format fmt;
	uint64_t run;

	lm_format_init(&fmt, &machine->format);
	run = lm_level(&fmt, LM_LAST_LEVEL)->run * lm_granule_size(&fmt);
	if (machine->longest_contiguous && machine->longest_contiguous < run)
		text_append(note_add(notes), NOTE_SIZE,
			    "no contiguous runs: the smallest is %s, more than "
			    "--longest-contiguous",
			    size_text(run).s);
	if (machine->has_linear_base && offset & (run - 1))
		text_append(
			note_add(notes), NOTE_SIZE,
			"pages only: --linear-base and the start of RAM differ modulo "
			"%s, the smallest contiguous run",
			size_text(run).s);
}

void machine_notes_make(struct machine_notes *notes, const struct machine *machine)
{
	*notes = (struct machine_notes){ .notes = 0 };
	assume_ram(notes, machine);
	assume_cpus(notes, machine);
	assume_no_map(notes, machine);
	note_left_out(notes, machine);
	note_leaves(notes, machine);
}
