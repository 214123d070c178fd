// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The members of an edit: most are the same for the boot split and all other edits. */
#include "report/report_edit_json.h"

#include <inttypes.h>

#include "report/verdict.h"
#include "options/way.h"

/* ------------------------------------------------------------ of every edit */

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
		object_set_count(leaf->contiguous ? &runs : &singles, size, leaf->count);
	}
	object_set_member(&singles, "contiguous", &runs);
	object_set_member(object, name, &singles);
}

static void set_levels(struct object *object, const char *name, int start_level,
		       const uint64_t by_level[LM_LEVELS])
{
	struct object levels = object_new();
	char level_name[16];

	for (int level = start_level; level <= LM_LAST_LEVEL; level++) {
		snprintf(level_name, sizeof(level_name), "%d", level);
		object_set_count(&levels, level_name, by_level[level - LM_FIRST_LEVEL]);
	}
	object_set_member(object, name, &levels);
}

static void set_tables(struct object *object, const struct report_machine *machine,
		       const struct report_edit *edit)
{
	uint64_t tables = edit->tables_planned + edit->tables_copied;

	object_set_count(object, "tables_planned", edit->tables_planned);
	set_levels(object, "tables_by_level", machine->start_level,
		   edit->tables_by_level);
	object_set_count(object, "tables_copied", edit->tables_copied);
	object_set_count(object, "table_bytes", tables * machine->granule_size);
	object_set_count(object, "log_bytes", edit->log_granules * machine->granule_size);
}

static void set_use(struct object *object, const struct report_edit *edit)
{
	object_set(object, "fault", edit->fault ? json_string(edit->fault) : json_null());
	set_leaves(object, "leaves_after", &edit->leaves_after);
	object_set_count(object, "tables_used", edit->tables_used);
	object_set_count(object, "tables_left", edit->tables_left);
	object_set_count(object, "allocations_in_stop", edit->allocations_in_stop);
	object_set_count(object, "frees_in_stop", edit->frees_in_stop);
	object_set_count(object, "stores_in_stop", edit->stores_in_stop);
	object_set_count(object, "barriers_in_stop", edit->barriers_in_stop);
	object_set_count(object, "tlbis_in_stop", edit->tlbis_in_stop);
	object_set_count(object, "cpus_held", edit->cpus_held);
	object_set_count(object, "moves", edit->moves);
	object_set_count(object, "pages_checked", edit->pages_checked);
	object_set_count(object, "mismatches", edit->mismatches);
	object_set_count(object, "conflicts", edit->conflicts);
	object_set_count(object, "stale", edit->stale);
	object_set_count(object, "faults", edit->faults);
	object_set_count(object, "verifier_before", edit->verifier_before);
	object_set_count(object, "verifier_after", edit->verifier_after);
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
	object_set_text(&object, "why", finding->why);
	object_set_count(&object, "store_event", finding->store);
	object_set_count(&object, "since_event", finding->since);
	object_set_count(&object, "tlbi_event", finding->tlbi);
	return object;
}

static void set_findings(struct object *object, const struct report_edit *edit)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < edit->finding_count; i++) {
		struct object finding = finding_object(&edit->findings[i]);

		object_append(object, findings, &finding);
	}
	object_set(object, "findings", findings);
}

static void set_steps(struct object *object, const struct report_edit *edit)
{
	static const char *const names[REPORT_STEPS] = {
		"map", "plan", "reserve", "stage", "stop", "release", "check",
	};
	struct object steps = object_new();

	for (size_t i = 0; i < REPORT_STEPS; i++)
		object_set_count(&steps, names[i], edit->steps_ns[i]);
	object_set_member(object, "steps_ns", &steps);
}

/* From fault to steps_ns. */
static void set_outcome(struct object *object, const struct report_edit *edit)
{
	set_use(object, edit);
	set_findings(object, edit);
	set_steps(object, edit);
}

/* ---------------------------------------------------------- the boot split */

void split_json_set_plan(struct object *object, const struct report *report)
{
	const struct report_machine *machine = &report->machine;
	const struct report_edit *split = &report->edit[0];

	object_set_text(object, "commit", lm_way_name(split->commit));
	object_set(object, "split_needed", json_boolean(machine->split_needed));
	set_leaves(object, "leaves_before", &split->leaves_before);
	object_set_count(object, "mapping_tables", machine->tables);
	set_tables(object, machine, split);
}

void split_json_set_outcome(struct object *object, const struct report *report)
{
	set_outcome(object, &report->edit[0]);
}

/* ------------------------------------------------------------- at run time */

static void set_text_or_null(struct object *object, const char *name, const char *text)
{
	object_set(object, name, text[0] ? json_string(text) : json_null());
}

static void set_obstacle(struct object *object, const struct report_edit *edit)
{
	struct object obstacle = object_new();

	object_set_text(&obstacle, "kind", report_obstacle_name(edit->obstacle));
	object_set_address(&obstacle, "va", edit->obstacle_va);
	object_set_text(&obstacle, "text", report_obstacle_text(edit->obstacle));
	object_set_member(object, "obstacle", &obstacle);
}

static void set_request(struct object *object, const struct report_edit *edit)
{
	object_set_text(object, "name", edit->name);
	object_set_text(object, "what", edit->what);
	object_set_address(object, "va", edit->range.start.v);
	object_set_count(object, "bytes", edit->range.size);
	object_set_count(object, "ranges", edit->ranges);
	object_set_text(object, "commit", lm_way_name(edit->commit));
	set_text_or_null(object, "why", edit->why);
	set_text_or_null(object, "refused", edit->refused);
	set_text_or_null(object, "not_done", edit->not_done);
	set_text_or_null(object, "failure", edit->failure);
	if (edit->obstacle)
		set_obstacle(object, edit);
	else
		object_set(object, "obstacle", json_null());
	object_set(object, "by_edit", json_boolean(edit->by_edit));
	object_set(object, "others_held", json_boolean(edit->others_held));
}

struct object edit_json_object(const struct report_machine *machine,
			       const struct report_edit *edit)
{
	struct object object = object_new();

	set_request(&object, edit);
	set_leaves(&object, "leaves_before", &edit->leaves_before);
	set_tables(&object, machine, edit);
	object_set_count(&object, "tables_retired", edit->tables_retired);
	set_levels(&object, "retired_by_level", machine->start_level,
		   edit->retired_by_level);
	object_set_count(&object, "leaves_replaced", edit->leaves_replaced);
	object_set_count(&object, "updates", edit->updates);
	set_outcome(&object, edit);
	object_set_count(&object, "allocations", edit->allocations);
	object_set_count(&object, "tables_kept", edit->tables_kept);
	object_set_count(&object, "not_shaped", edit->not_shaped);
	object_set(&object, "global_in_tlb", json_boolean(edit->global));
	object_set(&object, "held", json_boolean(edit_held(edit)));
	return object;
}
