// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The known faults, each with the edit that has it and the ways in which it does harm. */
#include "fault_json.h"

#include "options/fault.h"
#include "base/object.h"
#include "options/way.h"

static struct object fault_object(enum fault fault)
{
	struct object object = object_new();
	json_t *ways = json_array();

	object_set_text(&object, "name", fault_name(fault));
	object_set_text(&object, "what", fault_what(fault));
	if (fault_edit(fault))
		object_set_text(&object, "edit", fault_edit(fault));
	else
		object_set(&object, "edit", json_null());
	for (int way = 0; way < LM_WAYS; way++)
		if (fault_harms(fault, (enum lm_way)way) &&
		    json_array_append_new(ways,
					  json_string(lm_way_name((enum lm_way)way))))
			object.failed = true;
	object_set(&object, "ways", ways);
	return object;
}

int faults_print_json(FILE *out)
{
	struct object object = object_new();
	json_t *faults = json_array();

	for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
		struct object one = fault_object((enum fault)i);

		object_append(&object, faults, &one);
	}
	object_set(&object, "faults", faults);
	return object_print(out, &object);
}
