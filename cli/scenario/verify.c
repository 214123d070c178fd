// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Findings of lm_check(), to the report. */
#include "scenario/verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include <linmap/check.h>

struct verifier {
	const char *when;
	struct report_edit *report;
};

static int add_finding(void *ctx, const struct lm_finding *found)
{
	const struct verifier *verifier = ctx;
	struct report_finding *finding = report_add_finding(verifier->report);

	if (!finding)
		return 0;
	finding->kind = "verifier";
	finding->va = found->va.v;
	if (found->region)
		snprintf(finding->text, sizeof(finding->text), "%s, region %s: %s",
			 verifier->when, found->region->name,
			 lm_finding_text(found->kind));
	else
		snprintf(finding->text, sizeof(finding->text),
			 "%s, 0x%016" PRIx64 ", level %d, descriptor 0x%016" PRIx64
			 ": %s",
			 verifier->when, found->va.v, found->level, found->desc.v,
			 lm_finding_text(found->kind));
	return 0;
}

int verify(const struct world *world, const char *when, struct report_edit *report,
	   uint64_t *found, struct error *error)
{
	struct verifier verifier = { when, report };
	size_t room = 2 * (size_t)world_count_tables(world) + 1;
	lm_pa_t *seen = calloc(room, sizeof(*seen));
	int64_t count = seen ? lm_check(&world->map, seen, room, add_finding, &verifier) :
			       -LM_ENOMEM;

	free(seen);
	if (count < 0)
		return error_set(error, "verifying the tables %s: %s", when,
				 seen ? lm_strerror((int)count) : "not enough memory");
	*found = (uint64_t)count;
	return 0;
}
