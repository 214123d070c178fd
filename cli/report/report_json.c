// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whole reports as JSON. */
#include "report/report_json.h"

#include "machine/geometry.h"
#include "report/report_edit_json.h"
#include "report/verdict.h"
#include "options/way.h"

static void append_text(struct object *object, json_t *array, const char *text)
{
	if (json_array_append_new(array, json_string(text)))
		object->failed = true;
}

/* What was assumed, by names of members, and the notes for people. */
static void set_notes(struct object *object, const struct machine_notes *notes)
{
	json_t *assumed = json_array();
	json_t *sentences = json_array();

	for (size_t i = 0; i < notes->assumptions; i++)
		append_text(object, assumed, notes->assumed[i]);
	for (size_t i = 0; i < notes->notes; i++)
		append_text(object, sentences, notes->note[i]);
	object_set(object, "assumed", assumed);
	object_set(object, "notes", sentences);
}

/* Null if not given. */
static void set_cpu(struct object *object, const char *name,
		    const struct machine_cpu *cpu)
{
	object_set(object, name, cpu->name[0] ? json_string(cpu->name) : json_null());
}

static void set_machine(struct object *object, const struct report_machine *machine)
{
	object_set_count(object, "ram_bytes", machine->ram_size);
	object_set_count(object, "banks", machine->banks);
	object_set_address(object, "ram_start", machine->ram_start);
	object_set_address(object, "linear_base", machine->linear_base);
	object_set_count(object, "no_map_bytes", machine->no_map_size);
	object_set_count(object, "unusable_bytes", machine->unusable_size);
	object_set_count(object, "trimmed_bytes", machine->trimmed_size);
	object_set_count(object, "left_out_bytes", machine->left_out_size);
	object_set_count(object, "granule", machine->granule_size);
	object_set_count(object, "va_bits", machine->va_bits);
	object_set_count(object, "pa_bits", machine->pa_bits);
	object_set(object, "lpa2", json_boolean(machine->lpa2));
	object_set_text(object, "regime", regime_name(machine->regime));
	object_set_count(object, "cpus", machine->cpus);
	object_set_count(object, "boot_bbm", machine->boot_bbm);
	object_set_count(object, "secondary_bbm", machine->secondary_bbm);
	set_cpu(object, "boot_cpu", &machine->boot_cpu);
	set_cpu(object, "secondary_cpu", &machine->secondary_cpu);
	object_set(object, "repeat_tlbi", json_boolean(machine->repeat_tlbi));
	set_notes(object, &machine->notes);
}

static void set_runtime(struct object *object, const struct report *report)
{
	json_t *list = json_array();
	size_t count;
	const struct report_edit *edits = report_runtime(report, &count);

	for (size_t i = 0; i < count; i++) {
		struct object edit = edit_json_object(&report->machine, &edits[i]);

		object_append(object, list, &edit);
	}
	object_set(object, "edits", list);
}

int report_print_json(FILE *out, const struct report *report)
{
	struct object object = object_new();

	set_machine(&object, &report->machine);
	if (report->has_split) {
		split_json_set_plan(&object, report);
		split_json_set_outcome(&object, report);
	}
	set_runtime(&object, report);
	object_set(&object, "held", json_boolean(report_held(report)));
	return object_print(out, &object);
}

int report_print_plan_json(FILE *out, const struct report *report)
{
	struct object object = object_new();
	uint64_t pool = report_pool_tables(report);

	set_machine(&object, &report->machine);
	split_json_set_plan(&object, report);
	object_set_count(&object, "pool_tables", pool);
	object_set_count(&object, "pool_bytes", pool * report->machine.granule_size);
	return object_print(out, &object);
}

static struct object boot_object(const struct report *report)
{
	struct object object = object_new();

	if (report_is_refused(report)) {
		object_set_text(&object, "refused", report->edit[0].refused);
		return object;
	}
	set_machine(&object, &report->machine);
	split_json_set_plan(&object, report);
	split_json_set_outcome(&object, report);
	object_set(&object, "held", json_boolean(edit_held(&report->edit[0])));
	return object;
}

int report_print_demo_json(FILE *out, const struct report *reports, size_t count)
{
	struct object object = object_new();

	for (size_t i = 0; i < count; i++) {
		struct object boot = boot_object(&reports[i]);

		object_set_member(&object, lm_way_name(reports[i].edit[0].commit), &boot);
	}
	return object_print(out, &object);
}
