/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Firmware at EL3, with one CPU, no allocator, and a map that it was started with: blocks
 * of 2 MiB. It finds out how much memory it needs for tables before it provides it: an
 * edit is planned before there is an allocator. Its CPU tolerates nothing, so it commits
 * by break, and excepts what the commit itself needs.
 */
#include <linmap/check.h>
#include "console.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)

/* AP[1] is RES1 at EL3. */
#define NORMAL (LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE | LM_ATTR_EL0)

/* The board's RAM, the firmware in it, and what the next stage will get. */
static const struct lm_range ram = { { 0x40000000 }, 16 * MIB };
static const struct lm_range firmware = { { 0x40000000 }, 512 * KIB };
static const struct lm_range next_stage = { { 0x40480000 }, 9 * MIB + 256 * KIB };

/* The tables of the previous stage: the root, and one table of blocks. */
static _Alignas(4096) lm_desc_t root[512], blocks[512];

/* Memory without a purpose yet, and how much of it is for tables. */
static _Alignas(4096) unsigned char spare[64 * KIB];
static size_t pool_size, pool_used, pool_held;

static struct lm_map map;
static struct lm_region everything = { .range = { { 0 }, UINT64_C(1) << 39 } };

static void *table(void *ctx, lm_pa_t pa)
{
	return (void *)(uintptr_t)pa.v;
}

/* Returns all that was asked for: the pool is as large as the plan said. */
static size_t pool_get(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	size_t bytes = wanted * 4 * KIB;

	if (bytes > pool_size - pool_used)
		return 0;
	first->v = (uintptr_t)&spare[pool_used];
	pool_used += bytes;
	pool_held += bytes;
	return wanted;
}

/* A refused edit returns everything, any other one its log. */
static void pool_put(void *ctx, int level, lm_pa_t first, size_t tables,
		     enum lm_origin origin)
{
	pool_held -= tables * 4 * KIB;
	if (!pool_held)
		pool_used = 0;
}

static void start_with_blocks(const struct lm_oa_layout *oa)
{
	for (uint64_t at = 0; at < ram.size; at += 2 * MIB) {
		lm_pa_t pa = { ram.start.v + at };

		blocks[at / (2 * MIB)] = lm_desc_leaf(oa, pa, (lm_attrs_t){ NORMAL }, 2);
	}
	root[1] = lm_desc_table(oa, (lm_pa_t){ (uintptr_t)blocks }, 0,
				(lm_attrs_t){ NORMAL });
}

static int start(void)
{
	struct lm_format_config config = { 12, 39, 48, .regime = LM_EL3 };
	struct lm_env env = { .alloc = pool_get, .free = pool_put, .table = table };
	struct lm_format fmt;
	int err = lm_format_init(&fmt, &config);

	if (err)
		return err;
	start_with_blocks(&fmt.oa);
	lm_map_init(&map, &fmt, &env, (lm_pa_t){ (uintptr_t)root });
	return lm_map_add_region(&map, &everything);
}

/* The only CPU is the leader, and its level is 0. */
static int commit(struct lm_edit *edit)
{
	struct lm_cpu level = { 0 };
	struct lm_cpus one = { &level, 1 };
	struct lm_window window;
	int err = lm_window_open(&window, &map, &one, 0, LM_OTHERS_HELD);

	if (err)
		return err;
	err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	return err;
}

/* EL3 must never execute the next stage's memory. */
static int protect(struct lm_range range)
{
	struct lm_edit edit;
	int err;

	lm_edit_protect(&edit, &map, range, (struct lm_leaf_change){ .set = LM_ATTR_XN });
	lm_edit_needs(&edit, firmware);
	err = lm_edit_plan(&edit, LM_BREAK);
	if (!err && edit.plan.bytes <= sizeof(spare) - pool_used)
		pool_size = pool_used + edit.plan.bytes;
	if (!err)
		err = lm_edit_reserve(&edit);
	if (!err)
		err = lm_edit_stage(&edit);
	if (!err)
		err = commit(&edit);
	lm_edit_release(&edit);
	return err;
}

int main(void)
{
	int err = start();

	if (err)
		return err;
	print(NULL, "all of RAM, and the firmware in it:");
	print(NULL, lm_strerror(protect(ram)));
	print(NULL, "what the next stage is given:");
	err = protect(next_stage);
	print(NULL, lm_strerror(err));
	lm_dump(&map, ram, print, NULL);
	if (err || pool_used != pool_size)
		return 1;
	print(NULL, "firmware: protected by break, out of a pool as large as planned");
	return 0;
}
