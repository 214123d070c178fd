// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The machine and the findings, in lines. */
#include "report/report_parts_text.h"

#include <inttypes.h>

#include "machine/geometry.h"
#include "base/lines.h"
#include "base/text.h"
#include "base/units.h"

/* "level 3 (Cortex-X4 r0p3)" */
static void append_level(char *text, size_t size, const char *whose, unsigned int level,
			 const struct machine_cpu *cpu)
{
	text_append(text, size, "%s level %u", whose, level);
	if (cpu->name[0])
		text_append(text, size, " (%s)", cpu->name);
}

static void print_cpus(FILE *out, const struct report_machine *machine)
{
	char text[256] = "";

	text_append(text, sizeof(text), "%u %s: ", machine->cpus,
		    machine->cpus == 1 ? "CPU" : "CPUs");
	append_level(text, sizeof(text), "the boot CPU is", machine->boot_bbm,
		     &machine->boot_cpu);
	if (machine->cpus > 1)
		append_level(text, sizeof(text), ", the others", machine->secondary_bbm,
			     &machine->secondary_cpu);
	if (machine->repeat_tlbi)
		text_append(text, sizeof(text), "; each broadcast TLBI is repeated");
	lines_print(out, 4, text);
}

void report_print_machine(FILE *out, const struct report *report)
{
	const struct report_machine *machine = &report->machine;

	fprintf(out, "%s of RAM in %zu %s", size_text(machine->ram_size).s,
		machine->banks, machine->banks == 1 ? "bank" : "banks");
	if (machine->no_map_size)
		fprintf(out, ", %s no-map left out", size_text(machine->no_map_size).s);
	if (machine->left_out_size)
		fprintf(out, ", %s of it left out as the kernel's alias",
			size_text(machine->left_out_size).s);
	fprintf(out, "\n%s, pages of %s, %u-bit input and %u-bit output addresses%s\n",
		regime_text(machine->regime), size_text(machine->granule_size).s,
		machine->va_bits, machine->pa_bits, machine->lpa2 ? ", LPA2" : "");
	print_cpus(out, machine);
	if (report->has_split && report->edit[0].fault)
		fprintf(out, "the protocol is broken on purpose: --fault %s\n",
			report->edit[0].fault);
	for (size_t i = 0; i < machine->notes.notes; i++)
		lines_print(out, 4, machine->notes.note[i]);
}

/* "CPU 1 and 18 others" */
static void append_cpus(char *text, size_t size, const struct report_finding *finding)
{
	unsigned int others = finding->cpus > 1 ? finding->cpus - 1 : 0;

	if (others)
		text_append(text, size, "CPU %u and %u other%s", finding->cpu, others,
			    others == 1 ? "" : "s");
	else
		text_append(text, size, "CPU %u", finding->cpu);
}

void report_print_findings(FILE *out, const struct report_edit *edit)
{
	uint64_t all = report_found(edit);

	for (size_t i = 0; i < edit->finding_count; i++) {
		const struct report_finding *finding = &edit->findings[i];
		char text[768] = "";

		text_append(text, sizeof(text), "found (%s", finding->kind);
		if (finding->event) {
			text_append(text, sizeof(text), ", ");
			append_cpus(text, sizeof(text), finding);
			text_append(text, sizeof(text), ", event %" PRIu64,
				    finding->event);
		}
		text_append(text, sizeof(text), "): %s", finding->text);
		if (finding->why[0])
			text_append(text, sizeof(text), " (%s)", finding->why);
		lines_print(out, 4, text);
	}
	if (edit->finding_count && all > edit->finding_count)
		fprintf(out, "... and %s more\n",
			count_text(all - edit->finding_count).s);
}
