// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The edits of a report for programs. */
#include "report_edit.h"

#include <inttypes.h>

#include "report_json.h"
#include "way.h"

static void set_text_or_null(struct object *object, const char *name, const char *text)
{
	object_set(object, name, text[0] ? json_string(text) : json_null());
}

static void set_retired(struct object *object, const struct report_edit *edit)
{
	struct object levels = object_new();
	char name[16];

	for (int level = edit->numbers.start_level; level <= LM_LAST_LEVEL; level++) {
		snprintf(name, sizeof(name), "%d", level);
		object_set_count(&levels, name,
				 edit->retired_by_level[level - LM_FIRST_LEVEL]);
	}
	object_set_member(object, "retired_by_level", &levels);
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
	object_set_text(object, "commit", way_name(edit->numbers.commit));
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

static struct object edit_object(const struct report_edit *edit)
{
	struct object object = object_new();

	set_request(&object, edit);
	report_json_set_leaves(&object, "leaves_before", &edit->numbers.leaves_before);
	report_json_set_tables(&object, &edit->numbers);
	object_set_count(&object, "tables_retired", edit->tables_retired);
	set_retired(&object, edit);
	object_set_count(&object, "leaves_gone", edit->leaves_gone);
	object_set_count(&object, "publishes", edit->publishes);
	report_json_set_outcome(&object, &edit->numbers);
	object_set_count(&object, "allocations", edit->allocations);
	object_set_count(&object, "tables_kept", edit->tables_kept);
	object_set_count(&object, "not_shaped", edit->not_shaped);
	object_set(&object, "global_in_tlb", json_boolean(edit->global));
	object_set(&object, "held", json_boolean(report_edit_held(edit)));
	return object;
}

static void set_edits(struct object *object, const struct report_edits *edits)
{
	json_t *list = json_array();

	for (size_t i = 0; i < edits->count; i++) {
		struct object edit = edit_object(&edits->edit[i]);

		object_append(object, list, &edit);
	}
	object_set(object, "edits", list);
}

int report_print_edits_json(FILE *out, const struct report *boot, bool told,
			    const struct report_edits *edits)
{
	struct object object = object_new();
	bool held = report_edits_held(edits) && (!told || report_all_held(boot));

	report_json_set_boot(&object, boot, told);
	set_edits(&object, edits);
	object_set(&object, "held", json_boolean(held));
	return object_print(out, &object);
}
