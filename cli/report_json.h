/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Members that several reports for programs have. Knows their names; linmap(1) has
 * them all.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "object.h"
#include "report.h"

void report_json_set_leaves(struct object *object, const char *name,
			    const struct report_leaves *leaves);

/* From tables_planned to notes_bytes. */
void report_json_set_tables(struct object *object, const struct report *report);

/* From fault to steps_ns. */
void report_json_set_outcome(struct object *object, const struct report *report);

/* The machine and, if it was told, the boot edit; all but whether it held. */
void report_json_set_boot(struct object *object, const struct report *report, bool told);

#endif
