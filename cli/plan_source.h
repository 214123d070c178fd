/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* plan and draw of a real machine: what their commands do when a SOURCE is named. */
#ifndef PLAN_SOURCE_H
#define PLAN_SOURCE_H

#include "options/options.h"

/* With options that were parsed. Return: what to exit with. */
int plan_source(const struct options *options);
int draw_source(const struct options *options);

#endif
