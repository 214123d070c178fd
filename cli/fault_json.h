/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list of known faults for programs.
 */
#ifndef FAULT_JSON_H
#define FAULT_JSON_H

#include <stdio.h>

/* 0, or -1 without memory. The names are documented in linmap(1). */
int faults_print_json(FILE *out);

#endif
