// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A report for programs. The names here are a promise; linmap(1) has them all.
 */
#include "report.h"

#include <inttypes.h>
#include <jansson.h>

#include "way.h"

/*
 * Each of these adds one member to an object. Running out of memory is not
 * looked at one by one: jansson's functions take the NULL and fail, and the
 * object then lacks a member, which object_print() finds out from @failed.
 */
struct object {
	json_t *json;
	bool failed;
};

static struct object object_new(void)
{
	json_t *json = json_object();

	return (struct object){ .json = json, .failed = !json };
}

static void set(struct object *object, const char *name, json_t *value)
{
	if (json_object_set_new(object->json, name, value))
		object->failed = true;
}

static void set_count(struct object *object, const char *name, uint64_t count)
{
	set(object, name, json_integer((json_int_t)count));
}

static void set_text(struct object *object, const char *name, const char *text)
{
	set(object, name, json_string(text));
}

/* Addresses go beyond what every reader of JSON takes for an integer. */
static void set_address(struct object *object, const char *name, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	set_text(object, name, text);
}

static void set_object(struct object *object, const char *name, struct object *member)
{
	set(object, name, member->json);
	object->failed |= member->failed;
}

static void set_leaves(struct object *object, const char *name,
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
		set_count(leaf->contiguous ? &runs : &singles, size, leaf->count);
	}
	set_object(&singles, "contiguous", &runs);
	set_object(object, name, &singles);
}

static void set_levels(struct object *object, const struct report *report)
{
	struct object levels = object_new();
	char name[16];

	for (int level = report->start_level; level <= LM_LAST_LEVEL; level++) {
		snprintf(name, sizeof(name), "%d", level);
		set_count(&levels, name, report->tables_by_level[level - LM_FIRST_LEVEL]);
	}
	set_object(object, "tables_by_level", &levels);
}

static void set_machine(struct object *object, const struct report *report)
{
	set_count(object, "ram_bytes", report->ram_size);
	set_count(object, "left_out_bytes", report->left_out_size);
	set_count(object, "granule", report->granule_size);
	set_count(object, "va_bits", report->va_bits);
	set_count(object, "cpus", report->cpus);
	set_count(object, "boot_bbm", report->boot_bbm);
	set_count(object, "secondary_bbm", report->secondary_bbm);
}

static void set_plan(struct object *object, const struct report *report)
{
	set_text(object, "commit", way_name(report->commit));
	set(object, "split_needed", json_boolean(report->split_needed));
	set_leaves(object, "leaves_before", &report->leaves_before);
	set_count(object, "mapping_tables", report->mapping_tables);
	set_count(object, "tables_planned", report->tables_planned);
	set_levels(object, report);
	set_count(object, "tables_copied", report->tables_copied);
	set_count(object, "table_bytes", report_table_bytes(report));
	set_count(object, "notes_bytes", report_notes_bytes(report));
}

static void set_use(struct object *object, const struct report *report)
{
	set(object, "fault", report->fault ? json_string(report->fault) : json_null());
	set_leaves(object, "leaves_after", &report->leaves_after);
	set_count(object, "tables_used", report->tables_used);
	set_count(object, "tables_left", report->tables_left);
	set_count(object, "allocations_in_stop", report->allocations_in_stop);
	set_count(object, "frees_in_stop", report->frees_in_stop);
	set_count(object, "stores_in_stop", report->stores_in_stop);
	set_count(object, "barriers_in_stop", report->barriers_in_stop);
	set_count(object, "tlbis_in_stop", report->tlbis_in_stop);
	set_count(object, "pages_checked", report->pages_checked);
	set_count(object, "mismatches", report->mismatches);
	set_count(object, "conflicts", report->conflicts);
	set_count(object, "stale", report->stale);
	set_count(object, "faults", report->faults);
}

static struct object finding_object(const struct report_finding *finding)
{
	struct object object = object_new();

	set_text(&object, "kind", finding->kind);
	set_count(&object, "cpu", finding->cpu);
	set_count(&object, "cpus", finding->cpus);
	set_count(&object, "event", finding->event);
	set_address(&object, "va", finding->va);
	set_count(&object, "bytes", finding->size);
	set_text(&object, "text", finding->text);
	return object;
}

static void set_findings(struct object *object, const struct report *report)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < report->finding_count; i++) {
		struct object finding = finding_object(&report->findings[i]);

		if (finding.failed || json_array_append_new(findings, finding.json))
			object->failed = true;
	}
	set(object, "findings", findings);
}

static void set_steps(struct object *object, const struct report *report)
{
	static const char *const names[REPORT_STEPS] = {
		"map", "plan", "reserve", "stage", "stop", "release", "check",
	};
	struct object steps = object_new();

	for (size_t i = 0; i < REPORT_STEPS; i++)
		set_count(&steps, names[i], report->steps_ns[i]);
	set_object(object, "steps_ns", &steps);
}

static struct object story_object(const struct report *report)
{
	struct object object = object_new();

	set_machine(&object, report);
	set_plan(&object, report);
	set_use(&object, report);
	set_findings(&object, report);
	set_steps(&object, report);
	set(&object, "held", json_boolean(report_all_held(report)));
	return object;
}

/*
 * An error of @out itself stays on the stream, for its owner to see. The
 * object is gone afterwards.
 */
static int object_print(FILE *out, struct object *object)
{
	int err = object->failed ? -1 : 0;

	if (!err) {
		json_dumpf(object->json, out, JSON_INDENT(2));
		fputc('\n', out);
	}
	json_decref(object->json);
	return err;
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
	set_count(&object, "pool_tables", report_pool_tables(report));
	set_count(&object, "pool_bytes",
		  report_pool_tables(report) * report->granule_size);
	return object_print(out, &object);
}

static struct object refusal_object(const struct report *report)
{
	struct object object = object_new();

	set_text(&object, "refused", report->refusal);
	return object;
}

int report_print_demo_json(FILE *out, const struct report *reports, size_t count)
{
	struct object object = object_new();

	for (size_t i = 0; i < count; i++) {
		struct object story = reports[i].refusal[0] ?
					      refusal_object(&reports[i]) :
					      story_object(&reports[i]);

		set_object(&object, way_name(reports[i].commit), &story);
	}
	return object_print(out, &object);
}
