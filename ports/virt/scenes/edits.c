// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Edits of a map that no CPU walks, counted: the same ones as bench/cost_probe.c runs on the
 * host. Every stored entry, barrier and invalidation is real. Tables come from a counter, so
 * that no allocator is counted.
 */
#include "scenes.h"

#include "mmu.h"
#include "physical.h"
#include "report.h"
#include "smp.h"
#include "string.h"
#include "timer.h"

#define GIB	  UINT64_C(0x40000000)
#define SCATTERED 1000
#define TOGGLES	  100

struct row {
	const char *name;
	void (*begin)(const struct row *row);
	void (*work)(const struct row *row);
	enum lm_way way;
	uint64_t gib;
	uint64_t units;
};

static struct {
	uint64_t next; /* table */
	uint64_t end;
	struct lm_map map;
	struct lm_region region;
	struct lm_edit edit;
} own;

static struct lm_range memory; /* for tables */

static size_t take(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	(void)ctx;
	(void)level;
	first->v = own.next;
	own.next += wanted << 12;
	return own.next <= own.end ? wanted : 0;
}

static void give_back(void *ctx, int level, lm_pa_t first, size_t tables,
		      enum lm_origin origin)
{
	(void)ctx;
	(void)level;
	(void)first;
	(void)tables;
	(void)origin;
}

static void *table(void *ctx, lm_pa_t pa)
{
	(void)ctx;
	return physical_pointer(pa.v);
}

/* No CPU walks the map. */
static void stay(void *ctx, lm_pa_t root)
{
	(void)ctx;
	(void)root;
}

static void need(int err, const char *what)
{
	if (err)
		panic("measure-edits: %s: %s", what, lm_strerror(err));
}

static struct lm_range range_of(uint64_t offset, uint64_t pages)
{
	return (struct lm_range){ { own.map.fmt.base + offset }, pages << 12 };
}

/* ---------------------------------------------------------------------- maps */

static void build(const struct row *row, unsigned int flags)
{
	const struct lm_format_config config = { .granule_shift = 12,
						 .ia_bits = 48,
						 .oa_bits = 48,
						 .half = LM_UPPER };
	const struct lm_env env = { .alloc = take,
				    .free = give_back,
				    .table = table,
				    .move = stay };
	const lm_attrs_t plain = { LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE };
	struct lm_format fmt;
	lm_pa_t root;

	own.next = physical_of_linear(memory.start);
	own.end = own.next + memory.size;
	need(lm_format_init(&fmt, &config), "format");
	take(NULL, 0, 1, &root);
	memset(physical_pointer(root.v), 0, 1 << 12);
	lm_map_init(&own.map, &fmt, &env, root);
	own.region = (struct lm_region){ .name = "own", .flags = flags };
	own.region.range = range_of(0, row->gib * GIB >> 12);
	need(lm_map_add_region(&own.map, &own.region), "region");
	need(lm_map_range(&own.map, own.region.range, (lm_pa_t){ 0 }, plain), "map");
}

static void blocks(const struct row *row)
{
	build(row, LM_NO_RUNS);
	own.region.flags = 0;
}

static void all_pages(const struct row *row)
{
	build(row, LM_NO_BLOCKS | LM_NO_RUNS);
	own.region.flags = LM_NO_RUNS;
}

/* --------------------------------------------------------------------- edits */

static struct lm_range middle_page(void)
{
	return range_of(GIB / 2 + (5 << 12), 1);
}

static void begin_cut(const struct row *row)
{
	blocks(row);
	lm_edit_to_boundaries(&own.edit, &own.map, middle_page());
}

static void begin_protect(const struct row *row)
{
	blocks(row);
	lm_edit_protect(&own.edit, &own.map, middle_page(), scene_read_only(true));
}

static void prepare(const struct row *row)
{
	need(lm_edit_prepare(&own.edit, row->way), "prepare");
}

static void prepare_protect(const struct row *row)
{
	begin_protect(row);
	prepare(row);
}

static void begin_exceptions(const struct row *row)
{
	blocks(row);
	lm_edit_protect(&own.edit, &own.map, range_of(GIB / 2, 64),
			scene_read_only(true));
	for (uint64_t i = 0; i < row->units; i++)
		lm_edit_except(&own.edit, range_of(GIB / 2 + ((4 * i + 1) << 12), 1));
}

static struct lm_range scattered_page(const struct row *row, uint64_t i)
{
	return range_of(i * (row->gib * GIB / SCATTERED & ~UINT64_C(0xfff)), 1);
}

static void begin_scattered(const struct row *row)
{
	static struct lm_range pages[SCATTERED];

	blocks(row);
	for (uint64_t i = 0; i < SCATTERED; i++)
		pages[i] = scattered_page(row, i);
	lm_edit_protect(&own.edit, &own.map, own.region.range, scene_read_only(true));
	lm_edit_only(&own.edit, pages, SCATTERED);
}

static void commit(const struct row *row)
{
	struct lm_window window;

	(void)row;
	need(lm_window_open(&window, &own.map, &cpu_levels, 0, LM_OTHERS_HELD), "window");
	need(lm_edit_commit(&window, &own.edit), "commit");
	lm_window_close(&window);
}

static void run_edit(const struct row *row)
{
	prepare(row);
	commit(row);
	need(lm_edit_release(&own.edit), "release");
}

static void run_scattered(const struct row *row)
{
	for (uint64_t i = 0; i < SCATTERED; i++) {
		lm_edit_protect(&own.edit, &own.map, scattered_page(row, i),
				scene_read_only(true));
		run_edit(row);
	}
}

static void toggle(const struct row *row)
{
	for (uint64_t i = 0; i < row->units; i++)
		need(lm_protect(&own.map, middle_page(), scene_read_only(i % 2 == 0),
				LM_WALKED_BY_TOLERANT, NULL),
		     "protect");
}

static const struct row rows[] = {
	{ "cut-live", begin_cut, run_edit, LM_LIVE, 1, 1 },
	{ "cut-switch", begin_cut, run_edit, LM_SWITCH, 1, 1 },
	{ "protect-live", begin_protect, run_edit, LM_LIVE, 1, 1 },
	{ "protect-live-stop", prepare_protect, commit, LM_LIVE, 1, 1 },
	{ "protect-switch", begin_protect, run_edit, LM_SWITCH, 1, 1 },
	{ "except-few", begin_exceptions, run_edit, LM_LIVE, 1, 1 },
	{ "except-many", begin_exceptions, run_edit, LM_LIVE, 1, 8 },
	{ "scattered", blocks, run_scattered, LM_LIVE, 64, SCATTERED },
	{ "scattered-at-once", begin_scattered, run_edit, LM_LIVE, 64, SCATTERED },
	{ "toggle", all_pages, toggle, LM_LIVE, 1, TOGGLES },
};

void measure_edits(const struct world *world)
{
	if (!instructions_are_counted())
		refuse("measure-edits: this CPU counts no instructions; start QEMU with "
		       "-icount shift=0");
	memory = world->area;
	timer_stop();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		uint64_t from, count;

		row->begin(row);
		from = instructions();
		row->work(row);
		count = (uint32_t)(instructions() - from);
		note("measured: %s %lu %lu", row->name, row->units, count);
	}
}
