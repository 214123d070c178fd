/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An RTOS on a board with two CPUs that tolerate live changes: all tables come from a
 * static pool. Present-invalid leaves, which are invalid but remember their memory, have
 * bit 55 set.
 */
#include <linmap/check.h>
#include "console.h"

#define MIB    (UINT64_C(1) << 20)
#define NORMAL (LM_ATTR_INDEX(0) | LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE | LM_ATTR_UXN)
#define DEVICE (LM_ATTR_INDEX(1) | LM_ATTR_AF | LM_ATTR_PXN | LM_ATTR_UXN)

/* The board, mapped one to one. */
static const struct lm_range devices = { { CONSOLE }, 2 * MIB };
static const struct lm_range ram = { { 0x40000000 }, 64 * MIB };
static const struct lm_range stack_guard = { { 0x40210000 }, 4096 };
static const struct lm_range heap = { { 0x41000000 }, 34 * MIB };

static struct lm_map map;
static _Alignas(4096) lm_desc_t root[512], pool[8][512];
static lm_pa_t first_free; /* each free table begins with the address of the next */
static struct lm_region everything = { .range = { { 0 }, 1024 * MIB * 512 } };

static void *table(void *ctx, lm_pa_t pa)
{
	return (void *)(uintptr_t)pa.v;
}

static size_t pool_get(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	*first = first_free;
	if (first->v)
		first_free = *(lm_pa_t *)table(ctx, *first);
	return first->v != 0;
}

static void pool_put(void *ctx, int level, lm_pa_t pa, size_t tables, enum lm_origin from)
{
	for (; tables--; pa.v += sizeof(pool[0])) {
		*(lm_pa_t *)table(ctx, pa) = first_free;
		first_free = pa;
	}
}

static int map_as_it_is(struct lm_range range, uint64_t attrs)
{
	return lm_map_range(&map, range, (lm_pa_t){ range.start.v },
			    (lm_attrs_t){ attrs });
}

static int rtos_map(void)
{
	struct lm_format_config config = { 12, 39, 48, .present_invalid = LM_BIT(55) };
	struct lm_env env = { .alloc = pool_get, .free = pool_put, .table = table };
	struct lm_format fmt;
	int err = lm_format_init(&fmt, &config);

	if (err)
		return err;
	pool_put(NULL, 0, (lm_pa_t){ (uintptr_t)pool }, 8, LM_UNUSED);
	lm_map_init(&map, &fmt, &env, (lm_pa_t){ (uintptr_t)root });
	err = lm_map_add_region(&map, &everything);
	err = err ? err : map_as_it_is(devices, DEVICE);
	return err ? err : map_as_it_is(ram, NORMAL);
}

/* Both CPUs keep running. A real one does this under the lock of the map. */
static int rtos_protect(struct lm_range range, struct lm_leaf_change change)
{
	struct lm_cpu levels[2] = { { LM_BBM_LIVE }, { LM_BBM_LIVE } };
	struct lm_cpus cpus = { levels, 2 };
	struct lm_window window;
	struct lm_edit edit;
	int err;

	lm_edit_protect(&edit, &map, range, change);
	err = lm_edit_prepare(&edit, LM_LIVE);
	if (!err)
		err = lm_window_open(&window, &map, &cpus, 0, LM_NONE_HELD);
	if (!err) {
		err = lm_edit_commit(&window, &edit);
		lm_window_close(&window);
	}
	lm_edit_release(&edit);
	return err;
}

int main(void)
{
	int err = rtos_map();

	if (!err)
		err = rtos_protect(stack_guard, lm_change_to_invalid(&map.fmt));
	if (!err)
		err = rtos_protect(heap, (struct lm_leaf_change){ .set = LM_ATTR_PXN });
	lm_dump(&map, ram, print, NULL);
	print(NULL, err ? lm_strerror(err) : "rtos: guard page and heap protected");
	return err;
}
