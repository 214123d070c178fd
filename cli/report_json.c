// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A report for programs. The names here are a promise; linmap(1) has them all.
 */
#include "report_json.h"

#include <inttypes.h>

#include "geometry.h"
#include "way.h"

void report_json_set_leaves(struct object *object, const char *name,
			    const struct report_leaves *leaves)
{
	struct object singles = object_new();
	struct object runs = object_new();
	char size[24];

	for (size_t i = 0; i < leaves->sizes; i++) {
		const struct report_leaf *leaf = &leaves->leaf[i];

		if (!leaf->count)
			continue;
		snprintf(size, sizeof(size), "%" PRIu64, leaf->size);
		object_set_count(leaf->contiguous ? &runs : &singles, size, leaf->count);
	}
	object_set_member(&singles, "contiguous", &runs);
	object_set_member(object, name, &singles);
}

static void set_levels(struct object *object, const struct report *report)
{
	struct object levels = object_new();
	char name[16];

	for (int level = report->start_level; level <= LM_LAST_LEVEL; level++) {
		snprintf(name, sizeof(name), "%d", level);
		object_set_count(&levels, name,
				 report->tables_by_level[level - LM_FIRST_LEVEL]);
	}
	object_set_member(object, "tables_by_level", &levels);
}

static void append_text(struct object *object, json_t *array, const char *text)
{
	if (json_array_append_new(array, json_string(text)))
		object->failed = true;
}

/* What nobody told, by the names of members, and the sentences for people. */
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

static void set_machine(struct object *object, const struct report *report)
{
	object_set_count(object, "ram_bytes", report->ram_size);
	object_set_count(object, "banks", report->banks);
	object_set_address(object, "ram_start", report->ram_start);
	object_set_address(object, "linear_base", report->linear_base);
	object_set_count(object, "no_map_bytes", report->no_map_size);
	object_set_count(object, "unusable_bytes", report->unusable_size);
	object_set_count(object, "trimmed_bytes", report->trimmed_size);
	object_set_count(object, "left_out_bytes", report->left_out_size);
	object_set_count(object, "granule", report->granule_size);
	object_set_count(object, "va_bits", report->va_bits);
	object_set_count(object, "pa_bits", report->pa_bits);
	object_set(object, "lpa2", json_boolean(report->lpa2));
	object_set_text(object, "regime", regime_name(report->regime));
	object_set_count(object, "cpus", report->cpus);
	object_set_count(object, "boot_bbm", report->boot_bbm);
	object_set_count(object, "secondary_bbm", report->secondary_bbm);
	set_notes(object, &report->machine_notes);
}

void report_json_set_tables(struct object *object, const struct report *report)
{
	object_set_count(object, "tables_planned", report->tables_planned);
	set_levels(object, report);
	object_set_count(object, "tables_copied", report->tables_copied);
	object_set_count(object, "table_bytes", report_table_bytes(report));
	object_set_count(object, "notes_bytes", report_notes_bytes(report));
}

static void set_plan(struct object *object, const struct report *report)
{
	object_set_text(object, "commit", way_name(report->commit));
	object_set(object, "split_needed", json_boolean(report->split_needed));
	report_json_set_leaves(object, "leaves_before", &report->leaves_before);
	object_set_count(object, "mapping_tables", report->mapping_tables);
	report_json_set_tables(object, report);
}

static void set_use(struct object *object, const struct report *report)
{
	object_set(object, "fault",
		   report->fault ? json_string(report->fault) : json_null());
	report_json_set_leaves(object, "leaves_after", &report->leaves_after);
	object_set_count(object, "tables_used", report->tables_used);
	object_set_count(object, "tables_left", report->tables_left);
	object_set_count(object, "allocations_in_stop", report->allocations_in_stop);
	object_set_count(object, "frees_in_stop", report->frees_in_stop);
	object_set_count(object, "stores_in_stop", report->stores_in_stop);
	object_set_count(object, "barriers_in_stop", report->barriers_in_stop);
	object_set_count(object, "tlbis_in_stop", report->tlbis_in_stop);
	object_set_count(object, "pages_checked", report->pages_checked);
	object_set_count(object, "mismatches", report->mismatches);
	object_set_count(object, "conflicts", report->conflicts);
	object_set_count(object, "stale", report->stale);
	object_set_count(object, "faults", report->faults);
	object_set_count(object, "verifier_before", report->verifier_before);
	object_set_count(object, "verifier_after", report->verifier_after);
}

static struct object finding_object(const struct report_finding *finding)
{
	struct object object = object_new();

	object_set_text(&object, "kind", finding->kind);
	object_set_count(&object, "cpu", finding->cpu);
	object_set_count(&object, "cpus", finding->cpus);
	object_set_count(&object, "event", finding->event);
	object_set_address(&object, "va", finding->va);
	object_set_count(&object, "bytes", finding->size);
	object_set_text(&object, "text", finding->text);
	return object;
}

static void set_findings(struct object *object, const struct report *report)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < report->finding_count; i++) {
		struct object finding = finding_object(&report->findings[i]);

		object_append(object, findings, &finding);
	}
	object_set(object, "findings", findings);
}

static void set_steps(struct object *object, const struct report *report)
{
	static const char *const names[REPORT_STEPS] = {
		"map", "plan", "reserve", "stage", "stop", "release", "check",
	};
	struct object steps = object_new();

	for (size_t i = 0; i < REPORT_STEPS; i++)
		object_set_count(&steps, names[i], report->steps_ns[i]);
	object_set_member(object, "steps_ns", &steps);
}

void report_json_set_outcome(struct object *object, const struct report *report)
{
	set_use(object, report);
	set_findings(object, report);
	set_steps(object, report);
}

void report_json_set_boot(struct object *object, const struct report *report, bool told)
{
	set_machine(object, report);
	if (!told)
		return;
	set_plan(object, report);
	report_json_set_outcome(object, report);
}

static struct object story_object(const struct report *report)
{
	struct object object = object_new();

	report_json_set_boot(&object, report, true);
	object_set(&object, "held", json_boolean(report_all_held(report)));
	return object;
}

int report_print_json(FILE *out, const struct report *report)
{
	struct object object = story_object(report);

	return object_print(out, &object);
}

int report_print_plan_json(FILE *out, const struct report *report)
{
	struct object object = object_new();

	set_machine(&object, report);
	set_plan(&object, report);
	object_set_count(&object, "pool_tables", report_pool_tables(report));
	object_set_count(&object, "pool_bytes",
			 report_pool_tables(report) * report->granule_size);
	return object_print(out, &object);
}

static struct object refusal_object(const struct report *report)
{
	struct object object = object_new();

	object_set_text(&object, "refused", report->refusal);
	return object;
}

int report_print_demo_json(FILE *out, const struct report *reports, size_t count)
{
	struct object object = object_new();

	for (size_t i = 0; i < count; i++) {
		struct object story = reports[i].refusal[0] ?
					      refusal_object(&reports[i]) :
					      story_object(&reports[i]);

		object_set_member(&object, way_name(reports[i].commit), &story);
	}
	return object_print(out, &object);
}
