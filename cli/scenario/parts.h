/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of a scenario. Each adds its edits to the report. */
#ifndef PARTS_H
#define PARTS_H

#include "scenario/state.h"

/* The boot split, or only its plan. 0, or -1 with an error. */
int scenario_boot(struct scenario *scenario);

/* All edits at run time. 0, or -1 with an error. */
int scenario_runtime(struct scenario *scenario);

#endif
