/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reports for people. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdio.h>

#include "report/report.h"

/* The boot splits of reports on one machine side by side, up to REPORT_COLUMNS. */
#define REPORT_COLUMNS 4
void report_print_splits(FILE *out, const struct report *reports, size_t count);

/* The machine and the plan of the boot split. */
void report_print_plan(FILE *out, const struct report *report);

/* The machine, the boot split if there was one, the edits at run time. */
void report_print(FILE *out, const struct report *report);

#endif
