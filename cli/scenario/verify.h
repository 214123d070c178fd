/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What linmap's own verifier says of a map. It shares the core's walker and so
 * stands beside the model's, not in its place.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include "base/error.h"
#include "report/report.h"
#include "scenario/world.h"

/*
 * Verify all tables, @when ("before", "after"), and add what is found to the report:
 * to *@found how much, and the first of it to the findings. 0, or -1 with a
 * error.
 */
int verify(const struct world *world, const char *when, struct report_edit *report,
	   uint64_t *found, struct error *error);

#endif
