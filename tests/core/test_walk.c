// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The walker: what it calls an item, where it goes on request, and where it ends. */
#include "support.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------- what was visited */

/* An item as a visitor saw it, at the physical address that its place stands for. */
struct seen {
	uint64_t pa;
	int level;
	uint32_t entries;
	bool member;
	bool linked;
	uint64_t desc;
};

struct log {
	const struct machine *m;
	int (*choose)(const struct lm_walk_item *item);
	struct seen seen[4096];
	size_t count;
};

static int descend(const struct lm_walk_item *item)
{
	return lm_desc_is_table(item->desc, item->level) ? LM_WALK_DESCEND : LM_WALK_NEXT;
}

static int log_item(void *ctx, struct lm_walk_item *item)
{
	struct log *log = ctx;

	assert_true(log->count < sizeof(log->seen) / sizeof(log->seen[0]));
	log->seen[log->count++] = (struct seen){
		.pa = item->va.v - machine_base(log->m) - log->m->config.skew,
		.level = item->level,
		.entries = item->entries,
		.member = item->member,
		.linked = item->linked,
		.desc = item->desc.v,
	};
	if (item->slot && item->slot->v != item->desc.v)
		fail_msg("0x%" PRIx64 ": expected what the slot holds, 0x%" PRIx64
			 ", saw 0x%" PRIx64,
			 item->va.v, item->slot->v, item->desc.v);
	return log->choose(item);
}

/* Leaves and holes; tables on the way are left out by level and type. */
static void expect_item(const struct log *log, size_t n, struct seen expected)
{
	const struct seen *seen = &log->seen[n];

	if (n >= log->count)
		fail_msg("expected item %zu, level %d at 0x%" PRIx64 ", saw only %zu", n,
			 expected.level, expected.pa, log->count);
	if (seen->pa != expected.pa || seen->level != expected.level ||
	    seen->entries != expected.entries || seen->member != expected.member ||
	    seen->linked != expected.linked || seen->desc != expected.desc)
		fail_msg("item %zu: expected level %d, %u entries at 0x%" PRIx64
			 ", member %d, linked %d, 0x%016" PRIx64
			 "; saw level %d, %u at 0x%" PRIx64
			 ", member %d, linked %d, 0x%016" PRIx64,
			 n, expected.level, expected.entries, expected.pa,
			 expected.member, expected.linked, expected.desc, seen->level,
			 seen->entries, seen->pa, seen->member, seen->linked, seen->desc);
}

static void drop_tables(struct log *log)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->count; i++) {
		if (log->seen[i].level == 3 || (log->seen[i].desc & 3) != 3)
			log->seen[kept++] = log->seen[i];
	}
	log->count = kept;
}

/* @visit logs items by log_item(), which asks @choose where to go on. */
static void walk_by(struct log *log, const struct machine *m, struct bank bank,
		    lm_visit_fn *visit, int (*choose)(const struct lm_walk_item *item))
{
	*log = (struct log){ .m = m, .choose = choose };
	expect_ok(lm_walk(&m->map, machine_range(m, bank), visit, log));
}

static void walk(struct log *log, const struct machine *m, struct bank bank,
		 int (*choose)(const struct lm_walk_item *item))
{
	walk_by(log, m, bank, log_item, choose);
}

#define HINT UINT64_C(0x0010000000000000)

/* 32M run, 2M block, 64K run, page: at 1G. */
static const struct machine_config mixed = {
	.name = "mixed",
	.ram = { { 1 * GIB, 34 * MIB + 68 * KIB } },
};

/* ---------------------------------------------------------------------- items */

static void a_contiguous_run_is_one_item(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk(&log, &m, mixed.ram[0], descend);
	/* Tables on levels 0, 1 and, after the run and the block, 2. */
	expect_count(log.count, 3 + 4, "items");
	assert_int_equal(log.seen[0].level, 0);
	assert_int_equal(log.seen[1].level, 1);
	assert_int_equal(log.seen[4].level, 2);
	drop_tables(&log);
	expect_item(&log, 0,
		    (struct seen){ 1 * GIB, 2, 16, false, true,
				   HINT | UINT64_C(0x0040000040000701) });
	expect_item(&log, 1,
		    (struct seen){ 1 * GIB + 32 * MIB, 2, 1, false, true,
				   UINT64_C(0x0040000042000701) });
	expect_item(&log, 2,
		    (struct seen){ 1 * GIB + 34 * MIB, 3, 16, false, true,
				   HINT | UINT64_C(0x0040000042200703) });
	expect_item(&log, 3,
		    (struct seen){ 1 * GIB + 34 * MIB + 64 * KIB, 3, 1, false, true,
				   UINT64_C(0x0040000042210703) });
	machine_stop(&m);
}

struct inside_case {
	const char *name;
	struct bank range;
	uint64_t pa; /* of the only leaf that is seen */
	int level;
	uint32_t entries;
};

static const struct inside_case inside_cases[] = {
	{ "first-page-of-a-run", { 1 * GIB, 4 * KIB }, 1 * GIB, 2, 16 },
	{ "last-page-of-a-run",
	  { 1 * GIB + 32 * MIB - 4 * KIB, 4 * KIB },
	  1 * GIB,
	  2,
	  16 },
	{ "middle-of-a-run", { 1 * GIB + 9 * MIB, 5 * MIB }, 1 * GIB, 2, 16 },
	{ "inside-a-block", { 1 * GIB + 33 * MIB, 4 * KIB }, 1 * GIB + 32 * MIB, 2, 1 },
	{ "inside-a-run-of-pages",
	  { 1 * GIB + 34 * MIB + 4 * KIB, 56 * KIB },
	  1 * GIB + 34 * MIB,
	  3,
	  16 },
};

static void a_leaf_that_sticks_out_of_the_range_is_visited_whole(void **state)
{
	const struct inside_case *c = *state;
	static struct log log;
	struct machine m;

	machine_start(&m, &mixed);
	walk(&log, &m, c->range, descend);
	drop_tables(&log);
	expect_count(log.count, 1, "leaves");
	assert_true(log.seen[0].pa == c->pa);
	assert_int_equal(log.seen[0].level, c->level);
	assert_int_equal(log.seen[0].entries, c->entries);
	machine_stop(&m);
}

static void an_item_knows_its_size(void **state)
{
	static const struct {
		int level;
		uint32_t entries;
		uint64_t size;
	} sizes[] = {
		{ 0, 1, 512 * GIB }, { 1, 1, 1 * GIB },	  { 1, 16, 16 * GIB },
		{ 2, 1, 2 * MIB },   { 2, 16, 32 * MIB }, { 3, 1, 4 * KIB },
		{ 3, 16, 64 * KIB },
	};
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct lm_walk_item item = { .level = sizes[i].level,
					     .entries = sizes[i].entries };

		expect_count(lm_item_size(&m.map, &item), sizes[i].size,
			     "level %d, %u entries", item.level, item.entries);
	}
	machine_stop(&m);
}

static void an_entry_that_maps_nothing_is_visited_as_large_as_it_is(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	/* The last page, the rest of its table, of the next ones, of the root. */
	walk(&log, &m, (struct bank){ 1 * GIB + 34 * MIB + 64 * KIB, 1024 * GIB },
	     descend);
	drop_tables(&log);
	/* 1 page; 512 - 17 holes of 4K */
	expect_item(&log, 1,
		    (struct seen){ 1 * GIB + 34 * MIB + 68 * KIB, 3, 1, false, true, 0 });
	/* 2M at 36M up to 1024M: 494 */
	expect_item(&log, 496, (struct seen){ 1 * GIB + 36 * MIB, 2, 1, false, true, 0 });
	/* 1G at 2G up to 512G: 510; then 512G at 512G, and at 1024G */
	expect_item(&log, 496 + 494, (struct seen){ 2 * GIB, 1, 1, false, true, 0 });
	expect_item(&log, 496 + 494 + 510,
		    (struct seen){ 512 * GIB, 0, 1, false, true, 0 });
	expect_count(log.count, 496 + 494 + 510 + 2, "items");
	machine_stop(&m);
}

static int pass(const struct lm_walk_item *item)
{
	return LM_WALK_NEXT;
}

static void a_table_that_is_not_descended_into_is_passed_whole(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk(&log, &m, (struct bank){ 0, 1024 * GIB }, pass);
	expect_count(log.count, 2, "entries of the root");
	assert_true(log.seen[0].pa == 0);
	assert_true(log.seen[1].pa == 512 * GIB);
	machine_stop(&m);
}

static void each_kind_of_leaf_is_one_item(void **state)
{
	const struct geometry *g = *state;
	uint32_t members = (uint32_t)geometry_run_entries(g);
	static struct log log;
	struct machine m;
	size_t n = 0;

	machine_start(&m, &g->machine);
	walk(&log, &m, geometry_ram(g), descend);
	drop_tables(&log);
	expect_count(log.count, geometry_leaves(g) + 1, "leaves");
	if (g->blocks > 1)
		expect_item(&log, n++,
			    (struct seen){ geometry_ram(g).pa, 2, g->blocks - 1, false,
					   true,
					   HINT | machine_leaf(&m, geometry_ram(g).pa,
							       m.config.attrs, 2) });
	if (g->blocks)
		expect_item(&log, n++,
			    (struct seen){ geometry_block(g), 2, 1, false, true,
					   machine_leaf(&m, geometry_block(g),
							m.config.attrs, 2) });
	expect_item(&log, n++,
		    (struct seen){ geometry_run(g), 3, members, false, true,
				   HINT | machine_leaf(&m, geometry_run(g),
						       m.config.attrs, 3) });
	expect_item(
		&log, n,
		(struct seen){ geometry_page(g), 3, 1, false, true,
			       machine_leaf(&m, geometry_page(g), m.config.attrs, 3) });
	machine_stop(&m);
}

/* ------------------------------------------------------------ the ends of a half */

/* The last page of its half, at the highest output address there is; and the first. */
static struct machine_config end_of_half(const struct geometry *g, bool last)
{
	uint64_t half = UINT64_C(1) << g->machine.ia_bits;
	uint64_t highest = UINT64_C(1) << g->machine.oa_bits;
	struct machine_config config = g->machine;

	config.ram[0] = (struct bank){ last ? highest - g->page : 0, g->page };
	config.skew = last ? half - highest : 0;
	return config;
}

static void walk_to_an_end(const struct machine_config *config)
{
	const struct bank page = config->ram[0];
	static struct log log;
	struct lm_range all;
	struct machine m;
	size_t leaves = 0;

	machine_start(&m, config);
	expect_translations(&m);
	walk(&log, &m, page, descend);
	drop_tables(&log);
	expect_count(log.count, 1, "leaves");
	assert_true(log.seen[0].pa == page.pa);
	assert_int_equal(log.seen[0].level, 3);
	assert_true(machine_output(&m, log.seen[0].desc) == page.pa);

	/* All of the half at once, but only the root's entries and what they lead to. */
	all = (struct lm_range){ { machine_base(&m) }, UINT64_C(1) << m.config.ia_bits };
	if (m.config.granule_shift == 12) {
		log = (struct log){ .m = &m, .choose = descend };
		expect_ok(lm_walk(&m.map, all, log_item, &log));
		for (size_t i = 0; i < log.count; i++)
			leaves += log.seen[i].level == 3 && log.seen[i].desc;
		expect_count(leaves, 1, "leaves of the half");
	}
	machine_stop(&m);
}

static bool has_another_half(const struct geometry *g)
{
	return g->machine.regime == LM_EL1_0 || g->machine.regime == LM_EL2_0;
}

static void a_walk_reaches_the_ends_of_its_half(void **state)
{
	const struct geometry *g = *state;

	for (int last = 0; last < 2; last++) {
		struct machine_config config = end_of_half(g, last);

		walk_to_an_end(&config);
		config.lower = !config.lower;
		if (has_another_half(g))
			walk_to_an_end(&config);
	}
}

struct wrong_case {
	const char *name;
	bool lower;
	struct lm_range range;
};

#define UPPER48 UINT64_C(0xffff000000000000)

static const struct wrong_case wrong_ranges[] = {
	{ "empty", false, { { UPPER48 }, 0 } },
	{ "start-unaligned", false, { { UPPER48 + 8 }, 4 * KIB } },
	{ "size-unaligned", false, { { UPPER48 }, 4 * KIB + 1 } },
	{ "size-half-a-page", false, { { UPPER48 }, 2 * KIB } },
	{ "below-the-upper-half", false, { { UPPER48 - 4 * KIB }, 4 * KIB } },
	{ "into-the-upper-half", false, { { UPPER48 - 4 * KIB }, 8 * KIB } },
	{ "lower-address-in-upper-half", false, { { 0 }, 4 * KIB } },
	{ "beyond-the-top", false, { { -4 * KIB }, 8 * KIB } },
	{ "size-wraps", false, { { UPPER48 + 4 * KIB }, -4 * KIB } },
	{ "after-the-lower-half", true, { { UINT64_C(1) << 48 }, 4 * KIB } },
	{ "out-of-the-lower-half", true, { { (UINT64_C(1) << 48) - 4 * KIB }, 8 * KIB } },
	{ "upper-address-in-lower-half", true, { { UPPER48 }, 4 * KIB } },
	{ "larger-than-the-lower-half", true, { { 0 }, (UINT64_C(1) << 48) + 4 * KIB } },
	{ "size-wraps-in-lower-half", true, { { 8 * KIB }, -4 * KIB } },
};

static int never(void *ctx, struct lm_walk_item *item)
{
	fail_msg("visited 0x%" PRIx64, item->va.v);
	return LM_WALK_NEXT;
}

static void a_wrong_range_is_refused_and_nothing_visited(void **state)
{
	const struct wrong_case *c = *state;
	struct machine_config config = mixed;
	struct machine m;

	config.lower = c->lower;
	machine_start(&m, &config);
	expect_error(lm_walk(&m.map, c->range, never, NULL), LM_EINVAL);
	machine_stop(&m);
}

static void a_range_outside_its_half_is_refused(void **state)
{
	const struct geometry *g = *state;
	uint64_t half = UINT64_C(1) << g->machine.ia_bits;
	uint64_t base = g->machine.lower ? 0 : -half;
	const struct lm_range ranges[] = {
		{ { base - g->page }, g->page },
		{ { base - g->page }, 2 * g->page },
		{ { base + half }, g->page },
		{ { base + half - g->page }, 2 * g->page },
		{ { base }, half + g->page },
		{ { base + g->page / 2 }, g->page },
		{ { base + g->page }, g->page / 2 },
		{ { base }, 0 },
	};
	struct machine m;

	machine_start(&m, &g->machine);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		expect_error(lm_walk(&m.map, ranges[i], never, NULL), LM_EINVAL);
	machine_stop(&m);
}

static int stop_at_second(void *ctx, struct lm_walk_item *item)
{
	int *visited = ctx;

	return ++*visited == 2 ? -LM_EREGION : LM_WALK_DESCEND;
}

static void what_a_visitor_refuses_ends_the_walk(void **state)
{
	struct machine m;
	int visited = 0;

	(void)state;
	machine_start(&m, &mixed);
	expect_error(lm_walk(&m.map, m.linear.range, stop_at_second, &visited),
		     LM_EREGION);
	assert_int_equal(visited, 2);
	machine_stop(&m);
}

/* -------------------------------------------------------------------- members */

static int members(const struct lm_walk_item *item)
{
	return item->entries > 1 ? LM_WALK_MEMBERS : descend(item);
}

static void members_come_one_by_one_even_outside_the_range(void **state)
{
	static const struct bank ranges[] = {
		{ 1 * GIB + 12 * MIB, 4 * KIB },
		{ 1 * GIB, 32 * MIB },
		{ 1 * GIB + 30 * MIB, 2 * MIB },
		{ 1 * GIB, 4 * KIB },
	};

	(void)state;
	for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
		static struct log log;
		struct machine m;

		machine_start(&m, &mixed);
		walk(&log, &m, ranges[r], members);
		drop_tables(&log);
		expect_count(log.count, 17, "a run and its members");
		for (uint64_t i = 0; i < 16; i++)
			expect_item(&log, i + 1,
				    (struct seen){ 1 * GIB + i * 2 * MIB, 2, 1, true,
						   true,
						   HINT | UINT64_C(0x0040000000000701) |
							   (1 * GIB + i * 2 * MIB) });
		machine_stop(&m);
	}
}

static int members_inside(const struct lm_walk_item *item)
{
	return item->entries > 1 ? LM_WALK_INSIDE : descend(item);
}

/* From the middle of member 5 to the middle of member 7 of a run of 16 blocks of 2 MiB. */
static void members_outside_the_range_are_left_out_if_the_visitor_says_so(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk(&log, &m, (struct bank){ 1 * GIB + 11 * MIB, 4 * MIB }, members_inside);
	drop_tables(&log);
	expect_count(log.count, 1 + 3, "the run, and members");
	for (uint64_t i = 0; i < 3; i++) {
		const struct seen *member = &log.seen[i + 1];

		expect_count(member->pa, 1 * GIB + (5 + i) * 2 * MIB, "memory");
		expect_count(member->member, true, "is a member");
	}
	machine_stop(&m);
}

/* ------------------------------------------------------------ where it goes on */

/* 2M block at 1G + 30M, 32M run. */
static const struct machine_config late_run = {
	.name = "late-run",
	.ram = { { 1 * GIB + 30 * MIB, 34 * MIB } },
};

/* From the block, over five members of the run after it. */
static int skip_into_run(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (item->level != 2 || item->entries > 1)
		return next;
	item->next.v = item->va.v + 6 * 2 * MIB;
	return LM_WALK_SKIP;
}

static void a_run_is_whole_if_the_visitor_skipped_to_its_middle(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &late_run);
	walk_by(&log, &m, late_run.ram[0], skip_into_run, descend);
	drop_tables(&log);
	expect_count(log.count, 2, "the block and the run");
	expect_item(&log, 1,
		    (struct seen){ 1 * GIB + 32 * MIB, 2, 16, false, true,
				   HINT | UINT64_C(0x0040000042000701) });
	machine_stop(&m);
}

/* Two pages each in tables of their own: two below one table, and one far away. */
static const struct machine_config far_apart = {
	.name = "far-apart",
	.ram = { { 1 * GIB, 8 * KIB },
		 { 1 * GIB + 4 * MIB, 8 * KIB },
		 { 3 * GIB, 8 * KIB } },
};

struct skip {
	struct log log; /* first: the context of visitors */
	uint64_t to;	/* from the first page on: bytes */
	size_t all;	/* items, with tables */
};

static int skip_from_first_page(void *ctx, struct lm_walk_item *item)
{
	struct skip *skip = ctx;
	int next = log_item(&skip->log, item);

	if (item->level != 3 || skip->log.seen[skip->log.count - 1].pa != 1 * GIB)
		return next;
	item->next.v = item->va.v + skip->to;
	return LM_WALK_SKIP;
}

/* All of it, but what is skipped from the first page on. Tables are left out. */
static void walk_skipping(struct skip *skip, uint64_t to)
{
	struct machine m;

	machine_start(&m, &far_apart);
	skip->to = to;
	walk_by(&skip->log, &m, (struct bank){ 1 * GIB, 2 * GIB + 8 * KIB },
		skip_from_first_page, descend);
	skip->all = skip->log.count;
	drop_tables(&skip->log);
	machine_stop(&m);
}

static void a_visitor_skips_to_whatever_table_an_address_is_in(void **state)
{
	static struct skip skip;

	(void)state;
	/* Nothing but the page skipped from, and those of the table skipped to. */
	walk_skipping(&skip, 2 * GIB + 4 * KIB);
	expect_count(skip.log.count, 1 + 2, "items");
	expect_count(skip.log.seen[1].pa, 3 * GIB, "first page there");
	expect_count(skip.log.seen[2].pa, 3 * GIB + 4 * KIB, "second page there");

	/* The next table but one below the same table; after it 510 holes, and 509 above. */
	walk_skipping(&skip, 4 * MIB);
	expect_count(skip.log.seen[1].pa, 1 * GIB + 4 * MIB, "first page there");
	expect_count(skip.log.seen[3].pa, 1 * GIB + 4 * MIB + 8 * KIB, "first hole");
	expect_count(skip.log.count, 1 + 2 + 510 + 509 + 1 + 2, "items");
}

static void a_skip_out_of_the_range_ends_the_walk(void **state)
{
	static struct skip skip;

	(void)state;
	walk_skipping(&skip, 2 * GIB + 8 * KIB);
	expect_count(skip.log.count, 1 + 2, "items: the entry is visited whole");
	walk_skipping(&skip, 4 * GIB);
	expect_count(skip.log.count, 1, "items");
	/* Nor is the root's first entry visited again if addresses begin again there. */
	walk_skipping(&skip, UINT64_C(1) << 48);
	expect_count(skip.all, 3 + 1, "items");
}

/*
 * Through the first member, and from the first page below it to the sixth member; from each
 * other member to the sixth after it.
 */
static int skip_in_member(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (item->entries > 1)
		return LM_WALK_MEMBERS;
	if (item->level == 2 && item->desc.v == (HINT | UINT64_C(0x0040000040000701))) {
		item->child.v = UINT64_C(0x0040000040000703);
		return LM_WALK_THROUGH;
	}
	if (next == LM_WALK_DESCEND)
		return next;
	item->next.v = item->va.v + 10 * MIB;
	return LM_WALK_SKIP;
}

static void members_of_a_run_in_the_map_are_not_skipped(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk_by(&log, &m, (struct bank){ 1 * GIB, 32 * MIB }, skip_in_member, descend);
	drop_tables(&log);
	/* The run, its first member, one page there, 15 other members. */
	expect_count(log.count, 1 + 1 + 1 + 15, "items");
	for (uint64_t i = 1; i < 16; i++) {
		expect_count(log.seen[2 + i].pa, 1 * GIB + i * 2 * MIB, "member");
		expect_count(log.seen[2 + i].member, true, "is a member");
	}
	machine_stop(&m);
}

/* Not after the item: from the run to its second half, from the block to before it. */
static int skip_too_little(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (next == LM_WALK_DESCEND || item->level != 2)
		return next;
	item->next.v = item->entries > 1 ? item->va.v + 16 * MIB : item->va.v - 1 * GIB;
	return LM_WALK_SKIP;
}

static void a_skip_to_before_the_end_of_the_item_goes_there(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk_by(&log, &m, mixed.ram[0], skip_too_little, descend);
	drop_tables(&log);
	/* Each run, the block and the page once. */
	expect_count(log.count, 4, "items");
	expect_count(log.seen[1].pa, 1 * GIB + 32 * MIB, "block");
	expect_count(log.seen[2].pa, 1 * GIB + 34 * MIB, "run of pages");
	machine_stop(&m);
}

/* In the table below level 1 from the block on, in the run of pages from its page 3 on. */
static int begin_inside(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (item->level == 1)
		item->va.v += 33 * MIB;
	if (item->entries == 1)
		return next;
	item->va.v += 3 * 4 * KIB + 8;
	return LM_WALK_INSIDE;
}

static void a_visitor_says_where_inside_an_item_the_walk_goes_on(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk_by(&log, &m, mixed.ram[0], begin_inside, descend);
	drop_tables(&log);
	/* The block, the run of pages, its members from the fourth on, the page after it. */
	expect_count(log.count, 1 + 1 + 13 + 1, "items");
	assert_true(log.seen[0].pa == 1 * GIB + 32 * MIB);
	for (uint64_t i = 0; i < 14; i++)
		assert_true(log.seen[2 + i].pa == 1 * GIB + 34 * MIB + (3 + i) * 4 * KIB);
	machine_stop(&m);
}

static lm_pa_t no_memory;
static void *(*table_of_port)(void *ctx, lm_pa_t pa);

static void *table_unless_missing(void *ctx, lm_pa_t pa)
{
	return pa.v == no_memory.v ? NULL : table_of_port(ctx, pa);
}

static int begin_inside_tables(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (next == LM_WALK_DESCEND && item->level == 1)
		item->va.v += 33 * MIB;
	return next;
}

/* On level 1, 1 GiB for each entry: a table that cannot be read, and two holes after it. */
static void
a_table_without_memory_is_passed_whole_wherever_the_walk_should_go_on(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	no_memory.v = machine_output(&m, *machine_slot_of(&m, 1 * GIB, 1));
	table_of_port = m.map.env.table;
	m.map.env.table = table_unless_missing;
	walk_by(&log, &m, (struct bank){ 1 * GIB, 3 * GIB }, begin_inside_tables,
		descend);
	/* The table on level 0, and those. */
	expect_count(log.count, 1 + 3, "items");
	for (uint64_t i = 1; i < 4; i++) {
		assert_int_equal(log.seen[i].level, 1);
		expect_count(log.seen[i].pa, i * GIB, "start of item %u",
			     (unsigned int)i);
	}
	machine_stop(&m);
}

static void what_follows_the_members_is_no_member(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk(&log, &m, mixed.ram[0], members);
	drop_tables(&log);
	/* run, 16 members, block, run, 16 members, page */
	expect_count(log.count, 1 + 16 + 1 + 1 + 16 + 1, "items");
	for (size_t i = 0; i < log.count; i++)
		expect_count(log.seen[i].member,
			     (i >= 1 && i <= 16) || (i >= 19 && i <= 34),
			     "item %zu is a member", i);
	machine_stop(&m);
}

/* The second member of the run of blocks becomes 32 runs, the first of these 16 pages. */
static int run_inside_run(void *ctx, struct lm_walk_item *item)
{
	struct log *log = ctx;
	int next = log_item(ctx, item);
	uint64_t pa = log->seen[log->count - 1].pa;

	if (next == LM_WALK_DESCEND)
		return next;
	if (item->entries > 1)
		return pa == 1 * GIB || pa == 1 * GIB + 2 * MIB ? LM_WALK_MEMBERS :
								  LM_WALK_NEXT;
	if (item->level == 2 && pa == 1 * GIB + 2 * MIB) {
		item->child = (lm_desc_t){ HINT | UINT64_C(0x0040000040200703) };
		return LM_WALK_THROUGH;
	}
	return LM_WALK_NEXT;
}

static void a_run_below_a_member_of_a_run_is_unfolded_by_itself(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	walk_by(&log, &m, (struct bank){ 1 * GIB, 32 * MIB }, run_inside_run, descend);
	drop_tables(&log);
	/*
	 * The run, members 0 and 1; a run and its 16 members, 31 runs more; members 2
	 * to 15.
	 */
	expect_count(log.count, 3 + 17 + 31 + 14, "items");
	expect_item(&log, 3,
		    (struct seen){ 1 * GIB + 2 * MIB, 3, 16, false, false,
				   HINT | UINT64_C(0x0040000040200703) });
	expect_item(&log, 19,
		    (struct seen){ 1 * GIB + 2 * MIB + 60 * KIB, 3, 1, true, false,
				   HINT | UINT64_C(0x004000004020f703) });
	expect_item(&log, 20,
		    (struct seen){ 1 * GIB + 2 * MIB + 64 * KIB, 3, 16, false, false,
				   HINT | UINT64_C(0x0040000040210703) });
	expect_item(&log, 50,
		    (struct seen){ 1 * GIB + 4 * MIB - 64 * KIB, 3, 16, false, false,
				   HINT | UINT64_C(0x00400000403f0703) });
	expect_item(&log, 51,
		    (struct seen){ 1 * GIB + 4 * MIB, 2, 1, true, true,
				   HINT | UINT64_C(0x0040000040400701) });
	machine_stop(&m);
}

/*
 * All members of the run are visited, whatever the range has of it: 1 + 16. Below the
 * second one, what the range has there: one run, or two.
 */
static void below_a_member_the_walk_stays_in_its_range(void **state)
{
	static const struct {
		struct bank range;
		size_t below; /* items */
		uint64_t first;
		size_t after; /* index of the third member */
	} cases[] = {
		/* a run, of which each member is visited */
		{ { 1 * GIB + 2 * MIB, 4 * KIB }, 17, 2 * MIB, 20 },
		{ { 1 * GIB + 2 * MIB + 60 * KIB, 4 * KIB }, 17, 2 * MIB, 20 },
		{ { 1 * GIB + 1 * MIB, 1 * MIB + 64 * KIB }, 17, 2 * MIB, 20 },
		/* and one more */
		{ { 1 * GIB + 2 * MIB + 60 * KIB, 8 * KIB }, 18, 2 * MIB, 21 },
		/* runs in the middle, whole */
		{ { 1 * GIB + 2 * MIB + 100 * KIB, 4 * KIB }, 1, 2 * MIB + 64 * KIB, 4 },
		{ { 1 * GIB + 2 * MIB + 100 * KIB, 32 * KIB }, 2, 2 * MIB + 64 * KIB, 5 },
		/* up to the end of the member, and beyond that */
		{ { 1 * GIB + 4 * MIB - 4 * KIB, 8 * KIB }, 1, 4 * MIB - 64 * KIB, 4 },
		/* nothing */
		{ { 1 * GIB, 4 * KIB }, 0, 4 * MIB, 3 },
		{ { 1 * GIB + 30 * MIB, 2 * MIB }, 0, 4 * MIB, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct log log;
		struct machine m;

		machine_start(&m, &mixed);
		log = (struct log){ .m = &m, .choose = descend };
		expect_ok(lm_walk(&m.map, machine_range(&m, cases[i].range),
				  run_inside_run, &log));
		drop_tables(&log);
		expect_count(log.count, 17 + cases[i].below, "items of case %zu", i);
		expect_count(log.seen[3].pa, 1 * GIB + cases[i].first,
			     "below member 1, or after it, in case %zu", i);
		expect_item(&log, cases[i].after,
			    (struct seen){ 1 * GIB + 4 * MIB, 2, 1, true, true,
					   HINT | UINT64_C(0x0040000040400701) });
		machine_stop(&m);
	}
}

/* ------------------------------------------------------------------- imagining */

static int through_blocks(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (next == LM_WALK_DESCEND || item->level == 3 || item->entries > 1)
		return next;
	if (!item->linked)
		assert_null(item->slot);
	/* A table of pages in the place of a block, of nothing in that of nothing. */
	item->child = item->desc;
	if (item->child.v)
		item->child.v |= 2;
	return LM_WALK_THROUGH;
}

static void below_a_leaf_there_is_what_would_be_there(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	log = (struct log){ .m = &m, .choose = descend };
	/* The last 8K of the block. */
	expect_ok(lm_walk(
		&m.map,
		machine_range(&m, (struct bank){ 1 * GIB + 34 * MIB - 8 * KIB, 8 * KIB }),
		through_blocks, &log));
	drop_tables(&log);
	expect_count(log.count, 3, "the block and two pages");
	expect_item(&log, 1,
		    (struct seen){ 1 * GIB + 34 * MIB - 8 * KIB, 3, 1, false, false,
				   UINT64_C(0x00400000421fe703) });
	expect_item(&log, 2,
		    (struct seen){ 1 * GIB + 34 * MIB - 4 * KIB, 3, 1, false, false,
				   UINT64_C(0x00400000421ff703) });
	machine_stop(&m);
}

static void below_nothing_there_is_nothing(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	log = (struct log){ .m = &m, .choose = descend };
	/* From the root: 512G, 1G, 2M and 2 pages. */
	expect_ok(lm_walk(&m.map, machine_range(&m, (struct bank){ 600 * GIB, 8 * KIB }),
			  through_blocks, &log));
	expect_count(log.count, 5, "items");
	for (int level = 0; level <= 3; level++) {
		assert_int_equal(log.seen[level].level, level);
		assert_true(log.seen[level].desc == 0);
		assert_int_equal(log.seen[level].linked, level == 0);
	}
	expect_item(&log, 4, (struct seen){ 600 * GIB + 4 * KIB, 3, 1, false, false, 0 });
	machine_stop(&m);
}

/* ------------------------------------------------------- what visitors may change */

struct replacing {
	struct log log;
	lm_desc_t table;
};

static int put_table_in_hole(void *ctx, struct lm_walk_item *item)
{
	struct replacing *r = ctx;
	int next = log_item(&r->log, item);

	if (item->level == 2 && !item->desc.v) {
		item->desc = r->table;
		return LM_WALK_DESCEND;
	}
	return next;
}

static void below_a_table_that_the_visitor_put_nothing_is_linked(void **state)
{
	static struct replacing r;
	struct machine m;
	uint64_t pa;

	(void)state;
	machine_start(&m, &mixed);
	assert_int_equal(sim_alloc(m.sim, 3, 1, &pa), 1);
	memset(sim_pointer(m.sim, pa), 0, 4 * KIB);
	r = (struct replacing){ .log = { .m = &m, .choose = descend },
				.table = { pa | 3 } };
	/* 2M of nothing, then the next 2M. */
	expect_ok(lm_walk(&m.map,
			  machine_range(&m, (struct bank){ 1 * GIB + 64 * MIB, 4 * KIB }),
			  put_table_in_hole, &r));
	/* two tables, the hole, a page of the new table */
	expect_count(r.log.count, 4, "items");
	assert_true(r.log.seen[2].linked);
	expect_item(&r.log, 3,
		    (struct seen){ 1 * GIB + 64 * MIB, 3, 1, false, false, 0 });
	machine_stop(&m);
}

static int three_at_a_time(void *ctx, struct lm_walk_item *item)
{
	int next = log_item(ctx, item);

	if (item->level == 3 && !item->desc.v)
		item->entries = 3;
	return next;
}

static void a_visitor_says_how_many_entries_it_took_care_of(void **state)
{
	static struct log log;
	struct machine m;

	(void)state;
	machine_start(&m, &mixed);
	log = (struct log){ .m = &m, .choose = descend };
	/* 9 holes after the last page. */
	expect_ok(lm_walk(&m.map,
			  machine_range(&m, (struct bank){ 1 * GIB + 34 * MIB + 68 * KIB,
							   36 * KIB }),
			  three_at_a_time, &log));
	drop_tables(&log);
	expect_count(log.count, 3, "items");
	assert_true(log.seen[1].pa == 1 * GIB + 34 * MIB + 80 * KIB);
	machine_stop(&m);
}

/* ------------------------------------------------------------ what an entry is */

struct leaf_case {
	const char *name;
	int level;
	uint64_t desc;
	bool leaf;
};

/* nG, bit 11, marks an invalid descriptor that holds a mapping. */
static const struct leaf_case leaf_cases[] = {
	{ "nothing", 2, 0, false },
	{ "block", 2, 0x40000701, true },
	{ "block-on-level-1", 1, 0x40000701, true },
	{ "reserved-on-level-0", 0, 0x40000701, false },
	{ "page", 3, 0x40000703, true },
	{ "reserved-on-level-3", 3, 0x40000701, false },
	{ "table", 2, 0x40000703, false },
	{ "invalid-without-mark", 2, 0x40000700, false },
	{ "present-invalid-block", 2, 0x40000f00, true },
	{ "present-invalid-page", 3, 0x40000f02, true },
	{ "present-invalid-on-level-0", 0, 0x40000f00, false },
};

static void an_entry_is_a_leaf_only_where_one_can_be(void **state)
{
	const struct leaf_case *c = *state;
	const struct machine_config config = { .present_invalid = 0x800,
					       .ram = { { 0, 4 * KIB } } };
	struct lm_walk_item item = { .level = c->level,
				     .entries = 1,
				     .desc = { c->desc } };
	struct machine m;

	machine_start(&m, &config);
	expect_count(lm_item_is_leaf(&m.map, &item), c->leaf, "0x%" PRIx64 " on level %d",
		     c->desc, c->level);
	machine_stop(&m);
}

static void
the_reserved_type_on_the_last_level_is_one_item_that_maps_nothing(void **state)
{
	static struct log log;
	struct machine m;
	lm_va_t va;

	(void)state;
	machine_start(&m, &mixed);
	va = machine_va(&m, 1 * GIB + 34 * MIB + 64 * KIB);
	/* Even with the hint. */
	machine_poke(&m, machine_slot(&m, va.v, 3), UINT64_C(0x0050000042210701));
	walk(&log, &m, (struct bank){ 1 * GIB + 34 * MIB + 64 * KIB, 4 * KIB }, members);
	drop_tables(&log);
	expect_count(log.count, 1, "items");
	assert_int_equal(log.seen[0].entries, 1);
	machine_stop(&m);
}

static void a_hint_on_a_table_or_on_nothing_makes_no_run(void **state)
{
	static struct log log;
	struct machine m;
	uint64_t *table, *hole;

	(void)state;
	machine_start(&m, &mixed);
	table = machine_slot(&m, machine_va(&m, 1 * GIB + 34 * MIB).v, 2);
	hole = machine_slot(&m, machine_va(&m, 1 * GIB + 36 * MIB).v, 2);
	machine_poke(&m, table, *table | HINT);
	machine_poke(&m, hole, HINT);
	walk(&log, &m, (struct bank){ 1 * GIB + 34 * MIB, 4 * MIB }, descend);
	for (size_t i = 0; i < log.count; i++) {
		if (log.seen[i].level == 2)
			expect_count(log.seen[i].entries, 1, "entries of item %zu", i);
	}
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD(&list, a_contiguous_run_is_one_item);
	for (size_t i = 0; i < sizeof(inside_cases) / sizeof(inside_cases[0]); i++)
		ADD_CASE(&list, a_leaf_that_sticks_out_of_the_range_is_visited_whole,
			 inside_cases[i].name, &inside_cases[i]);
	ADD(&list, an_item_knows_its_size);
	ADD(&list, an_entry_that_maps_nothing_is_visited_as_large_as_it_is);
	ADD(&list, a_table_that_is_not_descended_into_is_passed_whole);
	ADD_GEOMETRIES(&list, each_kind_of_leaf_is_one_item, every_geometry);
	ADD_GEOMETRIES(&list, a_walk_reaches_the_ends_of_its_half, every_geometry);
	ADD_GEOMETRIES(&list, a_range_outside_its_half_is_refused, every_geometry);
	for (size_t i = 0; i < sizeof(wrong_ranges) / sizeof(wrong_ranges[0]); i++)
		ADD_CASE(&list, a_wrong_range_is_refused_and_nothing_visited,
			 wrong_ranges[i].name, &wrong_ranges[i]);
	ADD(&list, what_a_visitor_refuses_ends_the_walk);
	ADD(&list, members_come_one_by_one_even_outside_the_range);
	ADD(&list, members_outside_the_range_are_left_out_if_the_visitor_says_so);
	ADD(&list, a_run_is_whole_if_the_visitor_skipped_to_its_middle);
	ADD(&list, a_visitor_skips_to_whatever_table_an_address_is_in);
	ADD(&list, a_skip_out_of_the_range_ends_the_walk);
	ADD(&list, members_of_a_run_in_the_map_are_not_skipped);
	ADD(&list, a_skip_to_before_the_end_of_the_item_goes_there);
	ADD(&list, a_visitor_says_where_inside_an_item_the_walk_goes_on);
	ADD(&list, a_table_without_memory_is_passed_whole_wherever_the_walk_should_go_on);
	ADD(&list, what_follows_the_members_is_no_member);
	ADD(&list, a_run_below_a_member_of_a_run_is_unfolded_by_itself);
	ADD(&list, below_a_member_the_walk_stays_in_its_range);
	ADD(&list, below_a_leaf_there_is_what_would_be_there);
	ADD(&list, below_nothing_there_is_nothing);
	ADD(&list, below_a_table_that_the_visitor_put_nothing_is_linked);
	ADD(&list, a_visitor_says_how_many_entries_it_took_care_of);
	for (size_t i = 0; i < sizeof(leaf_cases) / sizeof(leaf_cases[0]); i++)
		ADD_CASE(&list, an_entry_is_a_leaf_only_where_one_can_be,
			 leaf_cases[i].name, &leaf_cases[i]);
	ADD(&list, the_reserved_type_on_the_last_level_is_one_item_that_maps_nothing);
	ADD(&list, a_hint_on_a_table_or_on_nothing_makes_no_run);
	return test_list_run(&list, "walk");
}
