/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The result of an edit, as members of a JSON object. */
#ifndef REPORT_EDIT_JSON_H
#define REPORT_EDIT_JSON_H

#include "base/object.h"
#include "report/report.h"

/* Add the members of the boot split to those of the machine: its plan, and the rest. */
void split_json_set_plan(struct object *object, const struct report *report);
void split_json_set_outcome(struct object *object, const struct report *report);

/* All members of one edit at run time. */
struct object edit_json_object(const struct report_machine *machine,
			       const struct report_edit *edit);

#endif
