// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which threads need a lock: one thread edits, others walk the same tables
 * without any lock, and one more uses lm_protect() in a volatile region. Knows what
 * docs/locking.md promises, and nothing of how an edit does it.
 *
 * Tables are plain memory and a descriptor is all that editor and walkers share. So
 * ThreadSanitizer reports whatever a walker may see unfinished, and every table that
 * is used again before all walkers have left it. Nothing here waits for a time.
 */
/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linmap/check.h>
#include <linmap/park.h>

#include "main.h"
#include "table_pool.h"
#include "threads.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

#define PAGE		(4 * KIB)
#define RAM		UINT64_C(0x80000000)
#define PRESENT_INVALID LM_BIT(55)
#define ATTRS		(LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE | LM_ATTR_UXN)
#define READ_ONLY	LM_ATTR_READ_ONLY
#define EDITS		48

/*
 * Two runs of 32 MiB, a run of 64 KiB and a page; nothing; and pages that change at
 * any time, in a table of their own.
 */
#define LINEAR_SIZE (64 * MIB + 68 * KIB)
#define POOL_OFFSET (66 * MIB)
#define POOL_SIZE   (2 * MIB)
#define ALL_SIZE    (POOL_OFFSET + POOL_SIZE)
#define ALL_PAGES   (ALL_SIZE / PAGE)

/* What a page may be at some time: a set of these, below a count of changes. */
enum page {
	WRITABLE = 1 << 0,
	WRITE_PROTECTED = 1 << 1,
	INVALID = 1 << 2,
	UNMAPPED = 1 << 3,
	ANYTHING = (1 << 4) - 1,
	ONE_CHANGE = 1 << 4,
};

#define WALKERS 2

enum role { CPU = WALKERS, PROTECTOR, THREADS };

/* What a test commits by. */
struct way {
	enum lm_way way;
	enum lm_hold hold;
};

/**
 * struct thread - somebody who reads the tables without the editor's lock
 * @passed: the last epoch that it saw between two walks: what was retired before is
 *	not reached any more
 * @random: state of its random numbers
 * @walked: the range of its walk
 * @before: what its pages were allowed to be when the walk began
 * @judged: pages of which the walk said something
 */
struct thread {
	struct world *w;
	pthread_t thread;
	_Atomic(uint64_t) passed;
	uint32_t random;
	struct lm_range walked;
	uint32_t before[ALL_PAGES];
	uint64_t judged;
};

/**
 * struct world - a map, who edits it, who walks it
 * @view: the same map for those without a lock: without the regions, whose census
 *	belongs to the editor
 * @memory: of tables; taken and given back by the editor
 * @pages: what each page may be now; written by the thread that changes it
 * @last: where the editor was
 * @epoch: advanced after each commit
 * @called, @on_map: of the CPU that is held for a switch
 * @wrong: what was wrong first: threads cannot fail a test themselves
 */
struct world {
	struct lm_map map;
	struct lm_map view;
	struct lm_region linear, pool;
	struct table_pool memory;
	_Atomic(uint32_t) pages[ALL_PAGES];
	struct lm_range last;
	_Atomic(uint64_t) epoch;
	struct lm_park park;
	uint32_t last_held[2];
	atomic_bool called, on_map;
	struct thread thread[THREADS];
	uint32_t random;
	atomic_bool stop;
	struct wrong_translation wrong;
};

static void fault(struct world *w, const char *what, uint64_t va, uint64_t seen,
		  uint64_t expected)
{
	translation_is_wrong(&w->wrong, what, va, seen, expected);
}

/* Inside @in; small ones are as likely as large ones, aligned ones as others. */
static struct lm_range random_range(uint32_t *random, struct lm_range in, uint64_t most)
{
	uint64_t start = random_up_to(random, in.size / PAGE - 1) * PAGE;
	uint64_t size = most >> random_up_to(random, 11) & ~(PAGE - 1);

	if (!size)
		size = PAGE;
	if (random_up_to(random, 1))
		start &= ~(size - 1);
	if (size > in.size - start)
		size = in.size - start;
	return (struct lm_range){ { in.start.v + start }, size };
}

/* ------------------------------------------------------------ tables in memory */

static void *table_at(void *ctx, lm_pa_t pa)
{
	struct world *w = ctx;

	return table_pool_at(&w->memory, pa);
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

/* ------------------------------------------------------- what a page is allowed to be */

static uint64_t page_of(const struct world *w, lm_va_t va)
{
	return (va.v - w->view.fmt.base) / PAGE;
}

static uint32_t allowed_at(struct world *w, uint64_t page)
{
	return atomic_load_explicit(&w->pages[page], memory_order_acquire);
}

static void allow(struct world *w, struct lm_range range, uint32_t keep, enum page what)
{
	uint64_t page = page_of(w, range.start);

	for (uint64_t end = page + range.size / PAGE; page < end; page++) {
		uint32_t now = (allowed_at(w, page) & ~(ANYTHING & ~keep)) + ONE_CHANGE;

		atomic_store_explicit(&w->pages[page], now | (uint32_t)what,
				      memory_order_release);
	}
}

/* The old and the new are allowed from here, and the new alone from there. */
static void begin_change(struct world *w, struct lm_range range, enum page to)
{
	allow(w, range, ANYTHING, to);
}

static void end_change(struct world *w, struct lm_range range, enum page to)
{
	allow(w, range, 0, to);
}

/* What was seen at some time between two looks at what is allowed. */
static bool is_allowed(uint32_t before, uint32_t after, enum page seen)
{
	if (after - before > 2 * ONE_CHANGE - 1)
		return true; /* it may have been anything in between */
	return (before | after) & (uint32_t)seen;
}

/* -------------------------------------------------------------------- walkers */

static enum page kind_of(const struct lm_map *map, const struct lm_walk_item *item)
{
	if (!lm_item_is_leaf(map, item))
		return UNMAPPED;
	if (!lm_desc_is_valid(item->desc))
		return INVALID;
	return item->desc.v & READ_ONLY ? WRITE_PROTECTED : WRITABLE;
}

/* Each page of @item that is in the range of the walk. */
static void judge(struct thread *t, const struct lm_walk_item *item)
{
	struct world *w = t->w;
	const struct lm_map *map = &w->view;
	enum page seen = kind_of(map, item);
	uint64_t first = page_of(w, item->va);
	uint64_t end = first + lm_item_size(map, item) / PAGE;
	uint64_t from = page_of(w, t->walked.start);
	uint64_t to = from + t->walked.size / PAGE;
	uint64_t oa = lm_desc_oa(&map->fmt.oa, item->desc).v;
	uint64_t expected = RAM + first * PAGE;

	if (seen != UNMAPPED && oa != expected)
		fault(w, "output address", item->va.v, oa, expected);
	for (uint64_t page = first < from ? from : first; page < end && page < to;
	     page++) {
		uint32_t before = t->before[page];
		uint32_t after = allowed_at(w, page);

		if (!is_allowed(before, after, seen))
			fault(w, "a page that is", map->fmt.base + page * PAGE, seen,
			      (before | after) & ANYTHING);
		t->judged++;
	}
}

static int judge_item(void *ctx, struct lm_walk_item *item)
{
	if (item->entries == 1 && lm_desc_is_table(item->desc, item->level))
		return LM_WALK_DESCEND;
	/* A run that is on its way to something else. */
	if (item->entries > 1 && !lm_desc_is_contiguous(item->desc))
		return LM_WALK_MEMBERS;
	judge(ctx, item);
	return LM_WALK_NEXT;
}

static struct lm_range all(const struct world *w)
{
	return (struct lm_range){ { w->view.fmt.base }, ALL_SIZE };
}

static void walk(struct thread *t, struct lm_range range)
{
	struct world *w = t->w;
	uint64_t page = page_of(w, range.start);

	t->walked = range;
	for (uint64_t end = page + t->walked.size / PAGE; page < end; page++)
		t->before[page] = allowed_at(w, page);
	lm_walk(&w->view, t->walked, judge_item, t);
}

/* Between two walks: no pointer into a table is left. */
static void pass(struct thread *t)
{
	uint64_t epoch = atomic_load_explicit(&t->w->epoch, memory_order_acquire);

	atomic_store_explicit(&t->passed, epoch, memory_order_release);
}

static void no_line(void *ctx, const char *line)
{
}

static int no_finding(void *ctx, const struct lm_finding *finding)
{
	return 0;
}

/* Somebody in software, whom nothing holds: a dump of the tables, a debugger. */
static void *walker(void *arg)
{
	struct thread *t = arg;
	struct world *w = t->w;
	lm_pa_t seen[2 * POOL_TABLES];

	while (!atomic_load(&w->stop)) {
		walk(t, all(w));
		walk(t, random_range(&t->random, all(w), ALL_SIZE));
		/* These may see halves of changes, and say so; they still end. */
		if (!random_up_to(&t->random, 15))
			lm_dump(&w->view, all(w), no_line, NULL);
		if (!random_up_to(&t->random, 15))
			lm_check(&w->view, seen, 2 * POOL_TABLES, no_finding, NULL);
		pass(t);
	}
	return NULL;
}

/* --------------------------------------------------------- a CPU that can be held */

static void call(void *ctx, unsigned int cpu)
{
	struct world *w = ctx;

	atomic_store(&w->called, true);
}

static bool never(void *ctx)
{
	return false;
}

static void relax(void *ctx)
{
	sched_yield();
}

static void leave_map(void *ctx, unsigned int cpu)
{
	struct world *w = ctx;

	atomic_store(&w->on_map, false);
}

static void enter_map(void *ctx, unsigned int cpu)
{
	struct world *w = ctx;

	atomic_store(&w->on_map, true);
}

static struct lm_park_port port_of(struct world *w)
{
	return (struct lm_park_port){
		.ctx = w,
		.call = call,
		.expired = never,
		.relax = relax,
		.leave_map = leave_map,
		.enter_map = enter_map,
	};
}

/* One page at a time, as an MMU does. */
static void *cpu(void *arg)
{
	struct thread *t = arg;
	struct world *w = t->w;
	struct lm_park_port port = port_of(w);

	while (!atomic_load(&w->stop)) {
		for (unsigned int i = 0; i < 64; i++)
			walk(t, random_range(&t->random, all(w), PAGE));
		pass(t);
		if (atomic_exchange(&w->called, false))
			lm_park_answer(&w->park, &port, 1);
	}
	return NULL;
}

/* The leader goes to other tables, and only then: no other CPU may walk any. */
static void move(void *ctx, lm_pa_t root)
{
	struct world *w = ctx;

	if (atomic_load(&w->on_map))
		fault(w, "a CPU walks during a switch to", root.v, true, false);
}

/* -------------------------------------------------- lm_protect() beside the editor */

static struct lm_leaf_change change_to(enum page to)
{
	lm_attrs_t read_only = { READ_ONLY }, nothing = { 0 };

	return to == WRITE_PROTECTED ? lm_change_attrs(read_only, nothing) :
				       lm_change_attrs(nothing, read_only);
}

static void protect_pages(struct world *w, struct lm_range range,
			  struct lm_leaf_change change)
{
	int err = lm_protect(&w->view, range, change, LM_WALKED_BY_INTOLERANT, NULL);

	if (err)
		fault(w, lm_strerror(err), range.start.v, range.size, 0);
}

/*
 * Pages are taken away, and come back with other permissions. A reader of the tables
 * above them, so it passes as the others do.
 */
static void *protector(void *arg)
{
	struct thread *t = arg;
	struct world *w = t->w;
	const struct lm_format *fmt = &w->view.fmt;

	while (!atomic_load(&w->stop)) {
		enum page to = random_up_to(&t->random, 1) ? WRITE_PROTECTED : WRITABLE;
		struct lm_range range =
			random_range(&t->random, w->pool.range, 16 * PAGE);

		begin_change(w, range, INVALID);
		protect_pages(w, range, lm_change_to_invalid(fmt));
		end_change(w, range, INVALID);
		begin_change(w, range, to);
		protect_pages(w, range, change_to(to));
		protect_pages(w, range, lm_change_to_valid(fmt, (lm_attrs_t){ ATTRS }));
		end_change(w, range, to);
		pass(t);
	}
	return NULL;
}

/* ------------------------------------------------------------------- the editor */

/* Every walk that began before the commit has ended. */
static void wait_for_walkers(struct world *w)
{
	uint64_t epoch = atomic_fetch_add(&w->epoch, 1) + 1;

	for (unsigned int i = 0; i < THREADS; i++) {
		while (atomic_load_explicit(&w->thread[i].passed, memory_order_acquire) <
		       epoch)
			sched_yield();
	}
}

static int commit(struct world *w, struct lm_edit *edit, enum lm_hold hold)
{
	static const struct lm_cpu levels[2] = { { LM_BBM_LIVE }, { LM_BBM_LIVE } };
	static const struct lm_cpus cpus = { levels, 2 };
	struct lm_park_port port = port_of(w);
	struct lm_window window;
	unsigned int culprit;
	int err;

	if (hold == LM_OTHERS_HELD)
		lm_park_gather(&w->park, &port, 0, &culprit);
	err = lm_window_open(&window, &w->map, &cpus, 0, hold);
	if (!err)
		err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	if (hold == LM_OTHERS_HELD)
		lm_park_let_go(&w->park);
	return err;
}

static int run_edit(struct world *w, struct lm_edit *edit, struct way way)
{
	int err = lm_edit_prepare(edit, way.way);

	if (!err)
		err = commit(w, edit, way.hold);
	wait_for_walkers(w);
	lm_edit_release(edit);
	return err;
}

static int protect(struct world *w, struct lm_range range, enum page to, struct way way)
{
	struct lm_edit edit;
	int err;

	lm_edit_protect(&edit, &w->map, range, change_to(to));
	begin_change(w, range, to);
	err = run_edit(w, &edit, way);
	end_change(w, range, to);
	return err;
}

/* There may be nothing left that can be one leaf. */
static int collapse(struct world *w, struct lm_range range, struct way way)
{
	struct lm_edit edit;
	int err;

	if (way.way == LM_IN_PLACE)
		way.way = LM_LIVE;
	lm_edit_collapse(&edit, &w->map, range);
	err = run_edit(w, &edit, way);
	return err == -LM_ENOLEAF ? 0 : err;
}

/* Anywhere, or inside what was edited last: splits what was just protected. */
static struct lm_range somewhere(struct world *w)
{
	bool inside = w->last.size && random_up_to(&w->random, 1);

	w->last = random_range(&w->random, inside ? w->last : w->linear.range, 32 * MIB);
	return w->last;
}

static int edit_something(struct world *w, struct way way)
{
	struct lm_range range = somewhere(w);
	struct lm_edit edit;

	switch (random_up_to(&w->random, 4)) {
	case 0:
		lm_edit_to_pages(&edit, &w->map, range);
		return run_edit(w, &edit, way);
	case 1:
		lm_edit_to_boundaries(&edit, &w->map, range);
		return run_edit(w, &edit, way);
	case 2:
		return protect(w, range, WRITE_PROTECTED, way);
	case 3:
		return protect(w, range, WRITABLE, way);
	default:
		return collapse(w, w->linear.range, way);
	}
}

/* --------------------------------------------------------------------- a world */

static int map_ram(struct world *w, struct lm_region *region)
{
	lm_pa_t pa = { RAM + page_of(w, region->range.start) * PAGE };
	int err = lm_map_add_region(&w->map, region);

	return err ? err :
		     lm_map_range(&w->map, region->range, pa, (lm_attrs_t){ ATTRS });
}

static void start(struct world *w)
{
	static const struct lm_format_config config = { .granule_shift = 12,
							.ia_bits = 39,
							.oa_bits = 48,
							.half = LM_UPPER,
							.present_invalid =
								PRESENT_INVALID };
	struct lm_env env = { .ctx = w,
			      .alloc = get_table,
			      .free = put_table,
			      .table = table_at,
			      .move = move };
	struct lm_format fmt;
	lm_pa_t root = { 0 };

	/* A table that was given back would lead to unused memory. */
	table_pool_start(&w->memory, 0xff);
	assert_int_equal(lm_format_init(&fmt, &config), 0);
	assert_int_equal(get_table(w, fmt.start_level, 1, &root), 1);
	memset(table_at(w, root), 0, PAGE);
	lm_map_init(&w->map, &fmt, &env, root);
	w->view = w->map;
	w->linear.range = (struct lm_range){ { fmt.base }, LINEAR_SIZE };
	w->pool.range = (struct lm_range){ { fmt.base + POOL_OFFSET }, POOL_SIZE };
	w->pool.flags = LM_NO_BLOCKS | LM_NO_RUNS | LM_VOLATILE;
	assert_int_equal(map_ram(w, &w->linear), 0);
	assert_int_equal(map_ram(w, &w->pool), 0);
	end_change(w, all(w), UNMAPPED);
	end_change(w, w->linear.range, WRITABLE);
	end_change(w, w->pool.range, WRITABLE);
	lm_park_init(&w->park, w->last_held, 2);
	w->on_map = true;
	w->random = 1;
}

static void start_thread(struct world *w, unsigned int i, void *(*main)(void *))
{
	w->thread[i].w = w;
	w->thread[i].random = i + 2;
	assert_int_equal(pthread_create(&w->thread[i].thread, NULL, main, &w->thread[i]),
			 0);
}

static void start_threads(struct world *w)
{
	for (unsigned int i = 0; i < WALKERS; i++)
		start_thread(w, i, walker);
	start_thread(w, CPU, cpu);
	start_thread(w, PROTECTOR, protector);
}

static void join_threads(struct world *w)
{
	atomic_store(&w->stop, true);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(w->thread[i].thread, NULL);
}

/* ------------------------------------------------------------------- properties */

static const struct way live = { LM_LIVE, LM_NONE_HELD };
static const struct way in_place = { LM_IN_PLACE, LM_NONE_HELD };
static const struct way by_switch = { LM_SWITCH, LM_OTHERS_HELD };

/* All that was split and protected is undone, so the map is what it was. */
static void expect_as_before(struct world *w, const struct lm_census *linear,
			     unsigned int tables)
{
	int64_t findings;

	assert_memory_equal(w->linear.census.leaves, linear->leaves,
			    sizeof(linear->leaves));
	assert_int_equal(w->memory.used_count, tables);
	findings = lm_check(&w->map, NULL, 0, no_finding, NULL);
	assert_int_equal(findings, 0);
}

static void edits_beside_walks(const struct way *ways, unsigned int count)
{
	struct world *w = calloc(1, sizeof(*w));
	struct lm_census linear;
	unsigned int tables;
	int err = 0;

	assert_non_null(w);
	start(w);
	linear = w->linear.census;
	tables = w->memory.used_count;

	start_threads(w);
	for (unsigned int i = 0; !err && i < EDITS; i++)
		err = edit_something(w, ways[i % count]);
	if (!err)
		err = protect(w, w->linear.range, WRITABLE, ways[0]);
	if (!err)
		err = collapse(w, w->linear.range, ways[0]);
	join_threads(w);

	if (w->wrong.was_seen)
		fail_msg("%s", w->wrong.text);
	assert_string_equal(lm_strerror(err), lm_strerror(0));
	for (unsigned int i = 0; i <= CPU; i++)
		assert_true(w->thread[i].judged > 0);
	expect_as_before(w, &linear, tables);
	table_pool_stop(&w->memory);
	free(w);
}

static void walks_beside_live_edits_see_what_holds(void **state)
{
	edits_beside_walks(&live, 1);
}

static void walks_beside_edits_in_place_see_what_holds(void **state)
{
	edits_beside_walks(&in_place, 1);
}

static void walks_beside_switches_see_what_holds(void **state)
{
	edits_beside_walks(&by_switch, 1);
}

static void walks_beside_edits_of_all_kinds_see_what_holds(void **state)
{
	const struct way all[] = { live, by_switch, in_place };

	edits_beside_walks(all, 3);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_beside_live_edits_see_what_holds),
		cmocka_unit_test(walks_beside_edits_in_place_see_what_holds),
		cmocka_unit_test(walks_beside_switches_see_what_holds),
		cmocka_unit_test(walks_beside_edits_of_all_kinds_see_what_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
