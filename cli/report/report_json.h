/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A report for programs. The names in it are a promise; linmap(1) has them all. Each of
 * these prints one object. Return: 0, or -1 without memory.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdio.h>

#include "report/report.h"

/* The machine, the boot split if there was one, the edits at run time. */
int report_print_json(FILE *out, const struct report *report);

/* The machine and the plan of the boot split. */
int report_print_plan_json(FILE *out, const struct report *report);

/* Machine and boot split of each report, or its refusal, under the name of its way. */
int report_print_demo_json(FILE *out, const struct report *reports, size_t count);

#endif
