// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Real tables under a roll: CPUs, as threads, translate addresses all the time by
 * whichever root they are on, while an editor makes new trees, moves everybody to them,
 * and frees the old ones. Knows what docs/roll.md promises about who may write what when.
 *
 * Tables are plain memory, stored to by plain stores. So ThreadSanitizer reports each
 * table that is written while a CPU may walk it, and what a CPU walks that is free leads
 * nowhere. Nothing here waits for a time.
 */
/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linmap/roll.h>

#include "main.h"
#include "table_pool.h"
#include "threads.h"

#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

#define PAGE	  (4 * KIB)
#define RAM	  UINT64_C(0x80000000)
#define ATTRS	  (LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE | LM_ATTR_UXN)
#define READ_ONLY LM_ATTR_READ_ONLY

/* A run of 32 MiB, a block, a run of 64 KiB, and a page. */
#define SIZE  (34 * MIB + 68 * KIB)
#define PAGES (SIZE / PAGE)

#define CPUS  4
#define EDITS 60

/* What a page may be at some time: a set of these. */
enum page { WRITABLE = 1 << 0, WRITE_PROTECTED = 1 << 1 };

/**
 * struct cpu - a CPU, played by a thread; CPU 0 by the editor's
 * @view: the map by the root that it is on
 * @called: its interrupt is pending
 * @before: what the pages of its walk were allowed to be when that began
 * @judged: pages of which a walk said something
 */
struct cpu {
	struct world *w;
	unsigned int index;
	pthread_t thread;
	struct lm_map view;
	atomic_bool called;
	bool comes_and_goes;
	uint32_t random;
	uint64_t judged;
	unsigned char before[PAGES];
};

/**
 * struct world - two roots, who walks them, and who edits
 * @root: roots 0 and 1; their pages are never freed
 * @memory: of tables; taken and given back by the editor
 * @pages: what each page may be now
 * @patience: how often the leader may ask before its time is over
 * @root_stays: else the clone becomes the root, at times
 */
struct world {
	struct lm_format fmt;
	struct lm_env env;
	struct lm_roll roll;
	struct lm_roll_port port;
	uint32_t last[CPUS];
	lm_pa_t root[2];
	struct table_pool memory;
	_Atomic(unsigned char) pages[PAGES];
	struct cpu cpu[CPUS];
	uint32_t random;
	unsigned int patience, edits, time_outs;
	bool root_stays;
	atomic_bool stop;
	struct wrong_translation wrong;
};

static void fault(struct world *w, const char *what, uint64_t va, uint64_t seen,
		  uint64_t expected)
{
	translation_is_wrong(&w->wrong, what, va, seen, expected);
}

static struct lm_range all(const struct world *w)
{
	return (struct lm_range){ { w->fmt.base }, SIZE };
}

static struct lm_range random_range(const struct world *w, uint32_t *random)
{
	uint64_t start = random_up_to(random, PAGES - 1) * PAGE;
	uint64_t size = PAGE << random_up_to(random, 12);

	if (size > SIZE - start)
		size = SIZE - start;
	return (struct lm_range){ { w->fmt.base + start }, size };
}

/* ------------------------------------------------------------ tables in memory */

static lm_desc_t *table_of(struct world *w, lm_pa_t pa)
{
	return table_pool_at(&w->memory, pa);
}

static void *table_at(void *ctx, lm_pa_t pa)
{
	return table_of(ctx, pa);
}

static size_t get_table(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct world *w = ctx;

	return table_pool_take(&w->memory, first);
}

static void put_table(void *ctx, int level, lm_pa_t first, size_t tables,
		      enum lm_origin origin)
{
	struct world *w = ctx;

	table_pool_give_back(&w->memory, first, tables);
}

static lm_pa_t get_one(struct world *w)
{
	lm_pa_t pa = { 0 };

	assert_int_equal(get_table(w, 3, 1, &pa), 1);
	return pa;
}

static uint32_t entries_on(const struct world *w, int level)
{
	return lm_level(&w->fmt, level)->entries;
}

/* The tree at @from, in tables of its own: no table is in both. */
static void copy_tree(struct world *w, lm_pa_t from, lm_pa_t to, int level)
{
	for (uint32_t i = 0; i < entries_on(w, level); i++) {
		lm_desc_t desc = table_of(w, from)[i];

		if (lm_desc_is_table(desc, level)) {
			lm_pa_t below = get_one(w);

			copy_tree(w, lm_desc_oa(&w->fmt.oa, desc), below, level + 1);
			desc = lm_desc_with_oa(&w->fmt.oa, desc, below);
		}
		table_of(w, to)[i] = desc;
	}
}

/* All tables below the root that these are the entries of. */
static void free_tree(struct world *w, const lm_desc_t *entries, int level)
{
	for (uint32_t i = 0; i < entries_on(w, level); i++) {
		if (lm_desc_is_table(entries[i], level)) {
			lm_pa_t below = lm_desc_oa(&w->fmt.oa, entries[i]);

			free_tree(w, table_of(w, below), level + 1);
			put_table(w, level + 1, below, 1, LM_RETIRED);
		}
	}
}

static void free_clone(struct world *w)
{
	lm_desc_t *clone = table_of(w, w->root[!w->roll.home]);

	free_tree(w, clone, w->fmt.start_level);
	memset(clone, 0xf0, PAGE);
}

/* -------------------------------------------------------------------- walkers */

static void judge(struct cpu *cpu, const struct lm_walk_item *item)
{
	struct world *w = cpu->w;
	uint64_t first = (item->va.v - w->fmt.base) / PAGE;
	uint64_t end = first + lm_item_size(&cpu->view, item) / PAGE;
	uint64_t oa = lm_desc_oa(&w->fmt.oa, item->desc).v;
	unsigned int seen = item->desc.v & READ_ONLY ? WRITE_PROTECTED : WRITABLE;

	if (!lm_item_is_leaf(&cpu->view, item) || !lm_desc_is_valid(item->desc)) {
		fault(w, "no leaf", item->va.v, item->desc.v, RAM + first * PAGE);
		return;
	}
	if (oa != RAM + first * PAGE)
		fault(w, "output address", item->va.v, oa, RAM + first * PAGE);
	for (uint64_t page = first; page < end && page < PAGES; page++) {
		unsigned int allowed = cpu->before[page] | atomic_load(&w->pages[page]);

		if (cpu->before[page] && !(allowed & seen))
			fault(w, "a page that is", w->fmt.base + page * PAGE, seen,
			      allowed);
		cpu->judged++;
	}
}

static int judge_item(void *ctx, struct lm_walk_item *item)
{
	if (item->entries == 1 && lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	judge(ctx, item);
	return LM_WALK_NEXT;
}

/*
 * Between two moves a CPU sees one tree, so each page is what it was allowed to be at
 * the beginning of the walk or at its end: an edit does not end without this CPU.
 */
static void walk(struct cpu *cpu, struct lm_range range)
{
	struct world *w = cpu->w;
	uint64_t page = (range.start.v - w->fmt.base) / PAGE;
	uint64_t end = page + range.size / PAGE;

	memset(cpu->before, 0, sizeof(cpu->before));
	for (; page < end; page++)
		cpu->before[page] = atomic_load(&w->pages[page]);
	lm_walk(&cpu->view, range, judge_item, cpu);
}

static void walk_about(struct cpu *cpu)
{
	for (unsigned int i = 0; i < 8; i++)
		walk(cpu, random_range(cpu->w, &cpu->random));
	if (!random_up_to(&cpu->random, 7))
		walk(cpu, all(cpu->w));
}

static void begin_at(struct cpu *cpu, unsigned int root)
{
	cpu->view.root = cpu->w->root[root];
}

static void arrive(struct cpu *cpu)
{
	begin_at(cpu, lm_roll_arrive(&cpu->w->roll, cpu->index));
}

static void answer(struct cpu *cpu)
{
	lm_roll_answer(&cpu->w->roll, &cpu->w->port, cpu->index);
}

static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	struct world *w = cpu->w;

	while (!atomic_load(&w->stop)) {
		walk_about(cpu);
		if (atomic_exchange(&cpu->called, false))
			answer(cpu);
		if (cpu->comes_and_goes && !random_up_to(&cpu->random, 3)) {
			lm_roll_leave(&w->roll, cpu->index);
			sched_yield();
			arrive(cpu);
			walk_about(cpu);
			answer(cpu);
		}
	}
	return NULL;
}

/* ------------------------------------------------------------------ the port */

static void call(void *ctx, unsigned int index)
{
	struct world *w = ctx;

	if (index)
		atomic_store(&w->cpu[index].called, true);
	else
		answer(&w->cpu[0]);
}

static bool expired(void *ctx)
{
	struct world *w = ctx;

	if (w->patience)
		w->patience--;
	return !w->patience;
}

/* The leader's CPU, too, goes on while others move. */
static void relax(void *ctx)
{
	struct world *w = ctx;

	walk(&w->cpu[0], random_range(w, &w->cpu[0].random));
	sched_yield();
}

static void move(void *ctx, unsigned int index, unsigned int root)
{
	struct world *w = ctx;

	begin_at(&w->cpu[index], root);
	walk(&w->cpu[index], (struct lm_range){ { w->fmt.base }, PAGE });
}

static void invalidate(void *ctx)
{
}

/* ------------------------------------------------------------------- the editor */

static struct lm_leaf_change change_to(enum page to)
{
	lm_attrs_t read_only = { READ_ONLY }, nothing = { 0 };

	return to == WRITE_PROTECTED ? lm_change_attrs(read_only, nothing) :
				       lm_change_attrs(nothing, read_only);
}

static void allow(struct world *w, struct lm_range range, unsigned char keep,
		  unsigned char what)
{
	uint64_t page = (range.start.v - w->fmt.base) / PAGE;

	for (uint64_t end = page + range.size / PAGE; page < end; page++)
		atomic_store(&w->pages[page],
			     (unsigned char)((w->pages[page] & keep) | what));
}

/* Of the clone, which no CPU walks: so it may be broken, on CPUs of any level. */
static int commit(struct lm_map *map, struct lm_edit *edit)
{
	static const struct lm_cpu levels[CPUS];
	static const struct lm_cpus cpus = { levels, CPUS };
	struct lm_window window;
	int err = lm_edit_prepare(edit, LM_BREAK);

	if (!err)
		err = lm_window_open(&window, map, &cpus, 0, LM_OTHERS_HELD);
	if (!err) {
		err = lm_edit_commit(&window, edit);
		lm_window_close(&window);
	}
	lm_edit_release(edit);
	return err;
}

/* @to: of @range; 0 if only leaf sizes change. */
static int edit_clone(struct world *w, struct lm_range range, unsigned int to)
{
	struct lm_region region = { .range = all(w) };
	struct lm_edit edit;
	struct lm_map map;
	int err;

	lm_map_init(&map, &w->fmt, &w->env, w->root[!w->roll.home]);
	err = lm_map_add_region(&map, &region);
	if (err)
		return err;
	if (to)
		lm_edit_protect(&edit, &map, range, change_to(to));
	else if (random_up_to(&w->random, 1))
		lm_edit_to_pages(&edit, &map, range);
	else
		lm_edit_collapse(&edit, &map, all(w));
	err = commit(&map, &edit);
	return err == -LM_ENOLEAF ? 0 : err;
}

static void bring_back(struct world *w)
{
	unsigned int culprit;

	while (lm_roll_back(&w->roll, &w->port, &culprit))
		w->patience = 5;
	free_clone(w);
}

static void send_home(struct world *w)
{
	lm_desc_t *root = table_of(w, w->root[w->roll.home]);
	const lm_desc_t *clone = table_of(w, w->root[!w->roll.home]);
	lm_desc_t old[PAGE / sizeof(lm_desc_t)];
	unsigned int culprit;

	memcpy(old, root, PAGE);
	memcpy(root, clone, PAGE);
	while (lm_roll_home(&w->roll, &w->port, &culprit))
		w->patience = 5;
	free_tree(w, old, w->fmt.start_level);
	memset(table_of(w, w->root[!w->roll.home]), 0xf0, PAGE);
}

static void settle(struct world *w)
{
	if (lm_roll_settle(&w->roll, &w->port))
		fault(w, "settling", 0, 0, 0);
	free_clone(w); /* the root that was home */
}

static int roll_an_edit(struct world *w)
{
	static const unsigned int goals[] = { 0, WRITABLE, WRITE_PROTECTED };
	struct lm_range range = random_range(w, &w->random);
	unsigned int to = goals[random_up_to(&w->random, 2)];
	unsigned int home = w->roll.home, culprit;
	unsigned char old[PAGES];
	int err;

	copy_tree(w, w->root[home], w->root[!home], w->fmt.start_level);
	err = edit_clone(w, range, to);
	if (err)
		return err;
	for (unsigned int i = 0; i < PAGES; i++)
		old[i] = w->pages[i];
	if (to)
		allow(w, range, WRITABLE | WRITE_PROTECTED, (unsigned char)to);
	/* Every fourth roll waits as long as it takes, however busy the machine is. */
	w->patience = (w->edits + w->time_outs) % 4 ? random_up_to(&w->random, 12) :
						      UINT_MAX;
	if (lm_roll_out(&w->roll, &w->port, &culprit)) {
		w->time_outs++;
		bring_back(w);
		for (unsigned int i = 0; i < PAGES; i++)
			atomic_store(&w->pages[i], old[i]);
		return 0;
	}
	if (w->root_stays || random_up_to(&w->random, 1))
		send_home(w);
	else
		settle(w);
	w->edits++;
	if (to)
		allow(w, range, 0, (unsigned char)to);
	return 0;
}

/* --------------------------------------------------------------------- a world */

static void start(struct world *w, bool root_stays, bool come_and_go)
{
	static const struct lm_format_config config = { .granule_shift = 12,
							.ia_bits = 39,
							.oa_bits = 48,
							.half = LM_UPPER };
	struct lm_region region = { 0 };
	struct lm_map map;

	w->env = (struct lm_env){ .ctx = w,
				  .alloc = get_table,
				  .free = put_table,
				  .table = table_at };
	w->port =
		(struct lm_roll_port){ w, call, expired, relax, move, move, invalidate };
	w->root_stays = root_stays;
	w->random = 1;
	/* A table that was given back leads nowhere: no entry is valid. */
	table_pool_start(&w->memory, 0xf0);
	assert_int_equal(lm_format_init(&w->fmt, &config), 0);
	for (int i = 0; i < 2; i++) {
		w->root[i] = get_one(w);
		memset(table_of(w, w->root[i]), 0, PAGE);
	}
	lm_map_init(&map, &w->fmt, &w->env, w->root[0]);
	region.range = all(w);
	assert_int_equal(lm_map_add_region(&map, &region), 0);
	assert_int_equal(
		lm_map_range(&map, all(w), (lm_pa_t){ RAM }, (lm_attrs_t){ ATTRS }), 0);
	allow(w, all(w), 0, WRITABLE);
	assert_int_equal(lm_roll_init(&w->roll, w->last, CPUS), 0);
	for (unsigned int i = 0; i < CPUS; i++) {
		w->cpu[i] = (struct cpu){ .w = w, .index = i, .random = i + 2 };
		w->cpu[i].comes_and_goes = come_and_go && i == CPUS - 1;
		lm_map_init(&w->cpu[i].view, &w->fmt, &w->env, w->root[0]);
		arrive(&w->cpu[i]);
	}
	for (unsigned int i = 1; i < CPUS; i++)
		assert_int_equal(
			pthread_create(&w->cpu[i].thread, NULL, run_cpu, &w->cpu[i]), 0);
}

static void rolls_beside_walks(bool root_stays, bool come_and_go)
{
	struct world *w = calloc(1, sizeof(*w));
	int err = 0;

	assert_non_null(w);
	start(w, root_stays, come_and_go);
	for (unsigned int i = 0; !err && i < EDITS; i++)
		err = roll_an_edit(w);
	atomic_store(&w->stop, true);
	for (unsigned int i = 1; i < CPUS; i++)
		pthread_join(w->cpu[i].thread, NULL);
	if (w->wrong.was_seen)
		fail_msg("%s", w->wrong.text);
	assert_string_equal(lm_strerror(err), lm_strerror(0));
	walk(&w->cpu[0], all(w));
	assert_true(w->edits >= EDITS / 4);
	assert_int_equal(w->edits + w->time_outs, EDITS);
	for (unsigned int i = 0; i < CPUS; i++)
		assert_true(w->cpu[i].judged > 0);
	/* Both roots, and nothing else once the tree is gone. */
	free_tree(w, table_of(w, w->root[w->roll.home]), w->fmt.start_level);
	assert_int_equal(w->memory.used_count, 2);
	table_pool_stop(&w->memory);
	free(w);
}

static void walks_beside_rolls_see_what_holds(void **state)
{
	rolls_beside_walks(true, false);
}

static void also_if_a_cpu_comes_and_goes(void **state)
{
	rolls_beside_walks(true, true);
}

static void also_if_the_root_may_be_anywhere(void **state)
{
	rolls_beside_walks(false, true);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_beside_rolls_see_what_holds),
		cmocka_unit_test(also_if_a_cpu_comes_and_goes),
		cmocka_unit_test(also_if_the_root_may_be_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
