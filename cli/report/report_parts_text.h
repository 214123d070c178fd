/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts of reports for people. */
#ifndef REPORT_PARTS_TEXT_H
#define REPORT_PARTS_TEXT_H

#include <stdio.h>

#include "report/report.h"

/* A few lines about the machine, and whether the protocol is broken on purpose. */
void report_print_machine(FILE *out, const struct report *report);

/* What the model and the verifier found. */
void report_print_findings(FILE *out, const struct report_edit *edit);

/* A block of a few lines: the @n-th edit at run time. */
void report_print_edit(FILE *out, size_t n, const struct report_edit *edit);

#endif
