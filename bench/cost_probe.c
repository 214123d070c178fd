// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What each operation costs, for callgrind to count: every row prepares a map, and does
 * its work inside measured(). Prints the rows in order, with the number of units (pages,
 * leaves, edits) of work; count.sh adds the instructions.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linmap/check.h>

#include "say.h"
#include "split.h"

#define BASE		(-(UINT64_C(1) << 48))
#define PAGES_IN_GIB	(GIB / GRANULE)
#define SCATTERED	1000
#define TOGGLES		100 /* of one page, in one row */
#define MAX_CPUS	512
#define MAX_REGIONS	64
#define FEW_EXCEPTIONS	1
#define MANY_EXCEPTIONS 8

/* A map and an edit of it, and what a row must know. */
struct scene {
	struct memory memory;
	struct lm_map map;
	struct lm_region region;
	struct lm_region inner[MAX_REGIONS];
	struct lm_edit edit;
	uint64_t gib;
	enum lm_way way;
	unsigned int exceptions;
	unsigned int regions;
	unsigned int cpu_count;
	struct lm_cpu cpus[MAX_CPUS];
	uint64_t visits; /* so that no loop is optimised away */
};

typedef void scene_fn(struct scene *scene);

/* What callgrind counts. Not inlined, as callgrind finds it by its name. */
__attribute__((noinline)) static void measured(scene_fn *work, struct scene *scene)
{
	work(scene);
	__asm__ volatile("" : : : "memory");
}

/* ---------------------------------------------------------------------- maps */

static const lm_attrs_t plain = { LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE };

static struct lm_range range_of(uint64_t offset, uint64_t size)
{
	return (struct lm_range){ { BASE + offset }, size };
}

static struct lm_range whole(const struct scene *scene)
{
	return range_of(0, scene->gib * GIB);
}

static void begin_empty(struct scene *scene, unsigned int flags)
{
	const struct lm_format_config config = { .granule_shift = 12,
						 .ia_bits = 48,
						 .oa_bits = 48,
						 .half = LM_UPPER };
	struct lm_env env = memory_env(&scene->memory, false);
	struct lm_format fmt;
	lm_pa_t root;

	scene->memory.used = 0;
	expect(lm_format_init(&fmt, &config), "format");
	env.alloc(env.ctx, fmt.start_level, 1, &root);
	memset(env.table(env.ctx, root), 0, GRANULE);
	lm_map_init(&scene->map, &fmt, &env, root);
	scene->region = (struct lm_region){ .range = whole(scene), .flags = flags };
	expect(lm_map_add_region(&scene->map, &scene->region), "region");
}

static void map_all(struct scene *scene)
{
	expect(lm_map_range(&scene->map, whole(scene), (lm_pa_t){ 0 }, plain), "map");
}

/* As Linux makes it with rodata=noalias: blocks, no runs at level 1. */
static void blocks(struct scene *scene)
{
	begin_empty(scene, LM_NO_RUNS);
	map_all(scene);
	scene->region.flags = 0;
}

static void pages(struct scene *scene)
{
	begin_empty(scene, LM_NO_BLOCKS | LM_NO_RUNS);
	map_all(scene);
	scene->region.flags = LM_NO_RUNS;
}

static int spoil_visit(void *ctx, struct lm_walk_item *item)
{
	if (item->level < LM_LAST_LEVEL)
		return LM_WALK_DESCEND;
	for (unsigned int i = 1; i < ENTRIES; i += 2)
		item->slot[i].v |= LM_ATTR_PXN;
	item->entries = ENTRIES;
	return LM_WALK_NEXT;
}

/* Every second page differs from its neighbours. */
static void mixed_pages(struct scene *scene)
{
	pages(scene);
	expect(lm_walk(&scene->map, whole(scene), spoil_visit, NULL), "spoil");
}

/* --------------------------------------------------------------------- edits */

static void commit(struct scene *scene)
{
	const struct lm_cpus cpus = { scene->cpus, scene->cpu_count };
	struct lm_window window;

	expect(lm_window_open(&window, &scene->map, &cpus, 0, LM_OTHERS_HELD), "window");
	expect(lm_edit_commit(&window, &scene->edit), "commit");
	lm_window_close(&window);
}

static void prepare(struct scene *scene)
{
	expect(lm_edit_prepare(&scene->edit, scene->way), "prepare");
}

static void run_edit(struct scene *scene)
{
	prepare(scene);
	commit(scene);
	expect(lm_edit_release(&scene->edit), "release");
}

static struct lm_range middle_page(const struct scene *scene)
{
	return range_of(GIB / 2 + 5 * GRANULE, GRANULE);
}

static struct lm_leaf_change read_only(void)
{
	return lm_change_attrs((lm_attrs_t){ LM_ATTR_READ_ONLY }, (lm_attrs_t){ 0 });
}

static struct lm_leaf_change writable(void)
{
	return lm_change_attrs((lm_attrs_t){ 0 }, (lm_attrs_t){ LM_ATTR_READ_ONLY });
}

/* Whole edits: begun here, run in the measurement. */
static void begin_cut(struct scene *scene)
{
	blocks(scene);
	lm_edit_to_boundaries(&scene->edit, &scene->map, middle_page(scene));
}

/* Each block after the first is a region inside the one around them. */
static void add_inner_regions(struct scene *scene)
{
	for (uint64_t i = 1; i < scene->regions; i++) {
		struct lm_region *inner = &scene->inner[i];

		*inner = (struct lm_region){ .range = range_of(i * GIB, GIB) };
		expect(lm_map_add_region(&scene->map, inner), "inner region");
	}
}

static void begin_protect(struct scene *scene)
{
	blocks(scene);
	add_inner_regions(scene);
	lm_edit_protect(&scene->edit, &scene->map, middle_page(scene), read_only());
}

static void prepare_protect(struct scene *scene)
{
	begin_protect(scene);
	prepare(scene);
}

/* Pages of one table read-only, with some between them that must not change. */
static void begin_exceptions(struct scene *scene)
{
	blocks(scene);
	lm_edit_protect(&scene->edit, &scene->map, range_of(GIB / 2, 64 * GRANULE),
			read_only());
	for (unsigned int i = 0; i < scene->exceptions; i++)
		lm_edit_except(&scene->edit,
			       range_of(GIB / 2 + (4 * i + 1) * GRANULE, GRANULE));
}

/* The next of some pages that lie far apart, at first each in its own block. */
static struct lm_range scattered_page(const struct scene *scene, uint64_t i)
{
	uint64_t apart = scene->gib * GIB / SCATTERED & ~(GRANULE - 1);

	return range_of(i * apart, GRANULE);
}

static void run_scattered(struct scene *scene)
{
	for (uint64_t i = 0; i < SCATTERED; i++) {
		lm_edit_protect(&scene->edit, &scene->map, scattered_page(scene, i),
				read_only());
		run_edit(scene);
	}
}

static void begin_scattered(struct scene *scene)
{
	static struct lm_range pages[SCATTERED];

	blocks(scene);
	for (uint64_t i = 0; i < SCATTERED; i++)
		pages[i] = scattered_page(scene, i);
	lm_edit_protect(&scene->edit, &scene->map, whole(scene), read_only());
	lm_edit_only(&scene->edit, pages, SCATTERED);
}

static void to_pages_prepared(struct scene *scene)
{
	blocks(scene);
	lm_edit_to_pages(&scene->edit, &scene->map, whole(scene));
	prepare(scene);
}

static void begin_collapse(struct scene *scene)
{
	pages(scene);
	lm_edit_collapse(&scene->edit, &scene->map, whole(scene));
}

static void prepare_collapse(struct scene *scene)
{
	begin_collapse(scene);
	prepare(scene);
}

/* No larger leaf can be formed there, which planning finds out. */
static void begin_vain_collapse(struct scene *scene)
{
	mixed_pages(scene);
	lm_edit_collapse(&scene->edit, &scene->map, whole(scene));
}

static void plan_in_vain(struct scene *scene)
{
	if (lm_edit_plan(&scene->edit, scene->way) != -LM_ENOLEAF)
		die("collapse", "pages that differ became a block");
}

/* ------------------------------------------------------------ without an edit */

static void toggle_page(struct scene *scene)
{
	for (unsigned int i = 0; i < TOGGLES; i++)
		expect(lm_protect(&scene->map, middle_page(scene),
				  i % 2 ? writable() : read_only(), LM_WALKED_BY_TOLERANT,
				  NULL),
		       "protect");
}

static void empty_for_pages(struct scene *scene)
{
	begin_empty(scene, LM_NO_BLOCKS | LM_NO_RUNS);
}

static void empty_for_blocks(struct scene *scene)
{
	begin_empty(scene, LM_NO_RUNS);
}

static int visit(void *ctx, struct lm_walk_item *item)
{
	uint64_t *visits = ctx;

	++*visits;
	return item->level < LM_LAST_LEVEL ? LM_WALK_DESCEND : LM_WALK_NEXT;
}

static void walk(struct scene *scene)
{
	expect(lm_walk(&scene->map, whole(scene), visit, &scene->visits), "walk");
}

static int no_finding(void *ctx, const struct lm_finding *finding)
{
	die("check", lm_finding_text(finding->kind));
}

static lm_pa_t seen[2048];

static void check(struct scene *scene)
{
	int64_t found = lm_check(&scene->map, seen, sizeof(seen) / sizeof(seen[0]),
				 no_finding, NULL);

	expect((int)found, "check");
}

static void count_line(void *ctx, const char *line)
{
	uint64_t *visits = ctx;

	++*visits;
}

static void dump(struct scene *scene)
{
	expect(lm_dump(&scene->map, whole(scene), count_line, &scene->visits), "dump");
}

/* ------------------------------------------------------------ reference loops */

static int each_table(void *ctx, struct lm_walk_item *item)
{
	lm_desc_t **tables = ctx;

	if (item->level < LM_LAST_LEVEL)
		return LM_WALK_DESCEND;
	*tables = item->slot;
	return -1;
}

/* The tables of pages are adjacent: the allocator hands them out in order. */
static volatile uint64_t *first_page(struct scene *scene)
{
	lm_desc_t *table = NULL;

	lm_walk(&scene->map, whole(scene), each_table, &table);
	return &table->v;
}

static void read_every_entry(struct scene *scene)
{
	const volatile uint64_t *entry = first_page(scene);
	uint64_t sum = 0;

	for (uint64_t i = 0; i < scene->gib * PAGES_IN_GIB; i++)
		sum += entry[i];
	scene->visits += sum;
}

static void write_every_entry(struct scene *scene)
{
	volatile uint64_t *entry = first_page(scene);

	for (uint64_t i = 0; i < scene->gib * PAGES_IN_GIB; i++)
		entry[i] = i * GRANULE | plain.v | LM_DESC_TYPE;
}

static uint64_t *take_table(struct scene *scene)
{
	uint64_t *table = (uint64_t *)(void *)(scene->memory.base + scene->memory.used);

	scene->memory.used += GRANULE;
	return table;
}

/* Turn @entry, of @size bytes, into a table, as plainly as possible. */
static uint64_t *split_by_hand(struct scene *scene, volatile uint64_t *entry,
			       uint64_t size)
{
	uint64_t *table = take_table(scene);
	uint64_t first = *entry;

	if (size == ENTRIES * GRANULE)
		first |= LM_DESC_TABLE_OR_PAGE;
	for (uint64_t i = 0; i < ENTRIES; i++)
		table[i] = first + i * (size / ENTRIES);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*entry = (uint64_t)((char *)table - scene->memory.base) | LM_DESC_TYPE;
	return table;
}

static uint64_t *table_at(struct scene *scene, uint64_t entry)
{
	return (uint64_t *)(void *)(scene->memory.base + (entry & 0xfffffffff000));
}

/* Root, level 1, level 2: one page of a 1 GiB block, and its permission. */
static void split_path_by_hand(struct scene *scene)
{
	uint64_t *level1 = table_at(scene, *(uint64_t *)(void *)scene->memory.base);
	uint64_t *level2 = split_by_hand(scene, &level1[0], GIB);
	uint64_t *level3 = split_by_hand(scene, &level2[ENTRIES / 2], ENTRIES * GRANULE);

	level3[5] |= LM_ATTR_READ_ONLY;
}

/* Blocks of 1 GiB from nothing. */
static void map_blocks_by_hand(struct scene *scene)
{
	volatile uint64_t *root = (uint64_t *)(void *)scene->memory.base;
	uint64_t *level1 = take_table(scene);

	memset(level1, 0, GRANULE);
	for (uint64_t i = 0; i < scene->gib; i++)
		level1[i] = i * GIB | plain.v | LM_DESC_VALID;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	root[0] = (uint64_t)((char *)level1 - scene->memory.base) | LM_DESC_TYPE;
}

/* ---------------------------------------------------------------------- rows */

struct row {
	const char *name;
	scene_fn *begin;
	scene_fn *work;
	enum lm_way way;
	uint64_t gib;
	uint64_t units;
	unsigned int exceptions;
	unsigned int regions;
	unsigned int cpus; /* 0: a few */
};

static const struct row rows[] = {
	{ "cut-live", begin_cut, run_edit, LM_LIVE, 1, 1, 0, 0, 0 },
	{ "cut-switch", begin_cut, run_edit, LM_SWITCH, 1, 1, 0, 0, 0 },
	{ "protect-live", begin_protect, run_edit, LM_LIVE, 1, 1, 0, 0, 0 },
	{ "protect-live-stop", prepare_protect, commit, LM_LIVE, 1, 1, 0, 0, 0 },
	{ "protect-switch", begin_protect, run_edit, LM_SWITCH, 1, 1, 0, 0, 0 },
	{ "except-few", begin_exceptions, run_edit, LM_LIVE, 1, FEW_EXCEPTIONS,
	  FEW_EXCEPTIONS, 0, 0 },
	{ "except-many", begin_exceptions, run_edit, LM_LIVE, 1, MANY_EXCEPTIONS,
	  MANY_EXCEPTIONS, 0, 0 },
	{ "scattered", blocks, run_scattered, LM_LIVE, 64, SCATTERED, 0, 0, 0 },
	{ "scattered-at-once", begin_scattered, run_edit, LM_LIVE, 64, SCATTERED, 0, 0,
	  0 },
	{ "toggle", pages, toggle_page, LM_LIVE, 1, TOGGLES, 0, 0, 0 },
	{ "map-pages", empty_for_pages, map_all, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "map-blocks", empty_for_blocks, map_all, LM_LIVE, 16, 16, 0, 0, 0 },
	{ "collapse", begin_collapse, prepare, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "collapse-stop", prepare_collapse, commit, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "collapse-mixed", begin_vain_collapse, plan_in_vain, LM_LIVE, 1, PAGES_IN_GIB,
	  0, 0, 0 },
	{ "check", pages, check, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "check-mixed", mixed_pages, check, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "walk", pages, walk, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "walk-mixed", mixed_pages, walk, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "dump", pages, dump, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "dump-mixed", mixed_pages, dump, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "live-stop", to_pages_prepared, commit, LM_LIVE, 64, 64, 0, 0, 0 },
	/* one edit of a page: how it grows */
	{ "ram-1-gib", begin_protect, run_edit, LM_LIVE, 1, 1, 0, 0, 0 },
	{ "ram-1-tib", begin_protect, run_edit, LM_LIVE, 1024, 1, 0, 0, 0 },
	{ "regions-1", begin_protect, run_edit, LM_LIVE, MAX_REGIONS, 1, 0, 1, 0 },
	{ "regions-64", begin_protect, run_edit, LM_LIVE, MAX_REGIONS, 1, 0, MAX_REGIONS,
	  0 },
	{ "cpus-1", prepare_protect, commit, LM_LIVE, 1, 1, 0, 0, 1 },
	{ "cpus-512", prepare_protect, commit, LM_LIVE, 1, 1, 0, 0, MAX_CPUS },
	/* for comparison */
	{ "read", pages, read_every_entry, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "write", pages, write_every_entry, LM_LIVE, 1, PAGES_IN_GIB, 0, 0, 0 },
	{ "split-by-hand", blocks, split_path_by_hand, LM_LIVE, 1, 1, 0, 0, 0 },
	{ "map-blocks-by-hand", empty_for_blocks, map_blocks_by_hand, LM_LIVE, 16, 16, 0,
	  0, 0 },
};

int main(void)
{
	static struct scene scene;
	/* For the compiler not to make a copy of measured() for this scene, by another name. */
	struct scene *volatile same = &scene;

	scene.memory = memory_get(64);
	for (size_t i = 0; i < MAX_CPUS; i++)
		scene.cpus[i] = (struct lm_cpu){ LM_BBM_LIVE };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		scene.gib = row->gib;
		scene.way = row->way;
		scene.exceptions = row->exceptions;
		scene.regions = row->regions;
		scene.cpu_count = row->cpus ? row->cpus : 4;
		row->begin(&scene);
		measured(row->work, same);
		printf("%s %" PRIu64 "\n", row->name, row->units);
	}
	memory_put(&scene.memory);
	return 0;
}
