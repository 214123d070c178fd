// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The steps of an edit, each with its time. */
#include "split.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "say.h"

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void split_begin_in(struct split *split, const struct lm_env *env, uint64_t gib)
{
	const struct lm_format_config config = {
		.granule_shift = 12,
		.ia_bits = 48,
		.oa_bits = 48,
		.half = LM_UPPER,
	};
	const lm_attrs_t attrs = { LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE };
	struct lm_range range = { { -(UINT64_C(1) << 48) }, gib * GIB };
	struct lm_format fmt;
	lm_pa_t root;

	expect(lm_format_init(&fmt, &config), "format");
	if (!env->alloc(env->ctx, fmt.start_level, 1, &root))
		die("root", "no memory");
	memset(env->table(env->ctx, root), 0, GRANULE);
	lm_map_init(&split->map, &fmt, env, root);
	split->region = (struct lm_region){ .range = range, .flags = LM_NO_RUNS };
	expect(lm_map_add_region(&split->map, &split->region), "region");
	expect(lm_map_range(&split->map, range, (lm_pa_t){ 0 }, attrs), "map");
	lm_edit_to_pages(&split->edit, &split->map, range);
}

void split_begin(struct split *split, struct memory *memory, bool counting, uint64_t gib)
{
	struct lm_env env = memory_env(memory, counting);

	memory->used = 0;
	split_begin_in(split, &env, gib);
}

uint64_t split_stage(struct split *split)
{
	uint64_t start = now_ns();

	expect(lm_edit_stage(&split->edit), "stage");
	return now_ns() - start;
}

uint64_t split_stop(struct split *split)
{
	const struct lm_cpu cpu = { LM_BBM_LIVE };
	const struct lm_cpus cpus = { &cpu, 1 };
	struct lm_window window;
	uint64_t start = now_ns();

	expect(lm_window_open(&window, &split->map, &cpus, 0, LM_OTHERS_HELD), "window");
	expect(lm_edit_commit(&window, &split->edit), "commit");
	lm_window_close(&window);
	return now_ns() - start;
}

uint64_t split_run_stage(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;

	split_begin(&split, memory, false, gib);
	expect(lm_edit_plan(&split.edit, way), "plan");
	expect(lm_edit_reserve(&split.edit), "reserve");
	return split_stage(&split);
}

uint64_t split_run_stop(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;

	split_begin(&split, memory, false, gib);
	expect(lm_edit_prepare(&split.edit, way), "prepare");
	return split_stop(&split);
}
