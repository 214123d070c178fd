/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What linmap's own verifier says about a map. It uses the core's walker, and so adds to
 * the checks of the model's but does not replace them.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include "base/error.h"
#include "report/report.h"
#include "scenario/world.h"

/*
 * Verify all tables, @when ("before", "after"), and report: add how many errors it found
 * to *@found, and the first ones to the findings. 0, or -1 with an error.
 */
int verify(const struct world *world, const char *when, struct report_edit *report,
	   uint64_t *found, struct error *error);

#endif
