// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Plans edits of several sizes and says in which order. count.sh runs it under
 * callgrind, which counts the instructions of each call of lm_edit_plan().
 */
#include <inttypes.h>
#include <stdio.h>

#include "say.h"
#include "split.h"

static const uint64_t sizes[] = { 1, 4, 16, 64, 256, 1024 };

static void plan_whole(struct memory *memory, uint64_t gib, enum lm_way way,
		       const char *name)
{
	struct split split;

	split_begin(&split, memory, false, gib);
	expect(lm_edit_plan(&split.edit, way), "plan");
	printf("%s %" PRIu64 "\n", name, gib);
}

/* A part of a region needs a walk. */
static void plan_half(struct memory *memory, uint64_t gib)
{
	struct split split;
	struct lm_range half;

	split_begin(&split, memory, false, gib);
	half = (struct lm_range){ split.region.range.start, gib * GIB / 2 };
	lm_edit_to_pages(&split.edit, &split.map, half);
	expect(lm_edit_plan(&split.edit, LM_LIVE), "plan");
	printf("half %" PRIu64 "\n", gib);
}

int main(void)
{
	struct memory memory = memory_get(1); /* a plan allocates none */

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		plan_whole(&memory, sizes[i], LM_LIVE, "live");
		plan_whole(&memory, sizes[i], LM_SWITCH, "switch");
		if (sizes[i] > 1) /* half a block would need a look inside */
			plan_half(&memory, sizes[i]);
	}
	memory_put(&memory);
	return 0;
}
