// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many parts of a range in one edit: which arrays of them are refused, what lies between
 * them, and what adjacent ones are. What comes of two parts by every goal and way is
 * asked with all goals.
 */
#include "support.h"

#include <inttypes.h>

/* One block of 1 GiB. */
static const struct machine_config one_gib = { .name = "one-gib",
					       .ram = { { 1 * GIB, 1 * GIB } } };

/* ------------------------------------------------------------------- refusals */

#define PARTS 4

/* Offsets in the RAM. The region inside is at 512 MiB, of 2 MiB. */
struct bad_parts {
	const char *name;
	struct bank parts[PARTS];
	size_t count;
	int err;
	size_t part;
};

static const struct bad_parts bad_parts[] = {
	{ "in-order", { { 0, 4 * KIB }, { 8 * KIB, 4 * KIB } }, 2, 0, 0 },
	{ "adjacent", { { 0, 4 * KIB }, { 4 * KIB, 4 * KIB } }, 2, 0, 0 },
	{ "none", { { 0, 0 } }, 0, LM_EINVAL, 0 },
	{ "disorder",
	  { { 0, 4 * KIB }, { 8 * KIB, 4 * KIB }, { 4 * KIB, 4 * KIB } },
	  3,
	  LM_EINVAL,
	  2 },
	{ "overlap", { { 0, 8 * KIB }, { 4 * KIB, 8 * KIB } }, 2, LM_EINVAL, 1 },
	{ "twice", { { 0, 4 * KIB }, { 0, 4 * KIB } }, 2, LM_EINVAL, 1 },
	{ "unaligned", { { 0, 4 * KIB }, { 6 * KIB, 4 * KIB } }, 2, LM_EINVAL, 1 },
	{ "size-unaligned",
	  { { 0, 4 * KIB }, { 8 * KIB, 4 * KIB }, { 16 * KIB, 2 * KIB } },
	  3,
	  LM_EINVAL,
	  2 },
	{ "empty", { { 0, 4 * KIB }, { 8 * KIB, 0 } }, 2, LM_EINVAL, 1 },
	/* The range ends at 768 MiB. */
	{ "outside",
	  { { 0, 4 * KIB }, { 4 * MIB, 4 * KIB }, { 768 * MIB, 4 * KIB } },
	  3,
	  LM_EINVAL,
	  2 },
	{ "across-the-end", { { 0, 4 * KIB }, { 767 * MIB, 2 * MIB } }, 2, LM_EINVAL, 1 },
	{ "around-the-region-inside",
	  { { 510 * MIB, 2 * MIB }, { 514 * MIB, 2 * MIB } },
	  2,
	  0,
	  0 },
	{ "into-the-region-inside",
	  { { 0, 4 * KIB }, { 4 * MIB, 4 * KIB }, { 512 * MIB, 4 * KIB } },
	  3,
	  LM_EREGION,
	  2 },
	/* The first part chooses the region. */
	{ "out-of-the-region-inside",
	  { { 512 * MIB, 4 * KIB }, { 513 * MIB, 4 * KIB }, { 514 * MIB, 4 * KIB } },
	  3,
	  LM_EREGION,
	  2 },
};

static void parts_that_are_wrong_are_refused_by_index(void **state)
{
	const struct bad_parts *c = *state;
	struct machine_config config = one_gib;
	struct lm_range parts[PARTS];
	struct lm_edit edit;
	struct machine m;

	config.flags = LM_NO_BLOCKS;
	config.alias = (struct bank){ 1 * GIB + 512 * MIB, 2 * MIB };
	machine_start(&m, &config);
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = machine_part(&m, c->parts[i].pa, c->parts[i].size);
	lm_edit_protect(&edit, &m.map, machine_part(&m, 0, 768 * MIB), read_only());
	lm_edit_only(&edit, parts, c->count);
	expect_error(lm_edit_plan(&edit, LM_LIVE), c->err);
	if (c->err)
		expect_count(edit.part, c->part, "%s: the part that is wrong", c->name);
	if (c->err && c->count && edit.where.v != parts[c->part].start.v &&
	    edit.where.v != m.alias.range.start.v)
		fail_msg("%s: expected to be told of 0x%" PRIx64 ", saw 0x%" PRIx64,
			 c->name, parts[c->part].start.v, edit.where.v);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void parts_after_the_plan_spoil_the_edit(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &one_gib);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(lm_edit_plan(&edit, LM_LIVE));
	lm_edit_only(&edit, &m.linear.range, 1);
	expect_error(lm_edit_reserve(&edit), LM_ESTATE);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

static void all_of_a_map_becomes_non_global_or_nothing(void **state)
{
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &one_gib);
	lm_edit_non_global(&edit, &m.map);
	lm_edit_only(&edit, &m.linear.range, 1);
	expect_error(lm_edit_plan(&edit, LM_SWITCH), LM_EINVAL);
	machine_stop(&m);
}

/* ------------------------------------------------------------------ many parts */

/*
 * The first page of each 2 MiB of a GiB. The block of 1 GiB becomes 512 tables of pages,
 * and of each the first run of 16 is unfolded: 512 * 16 pages, and 512 * 31 runs.
 */
static void a_page_in_each_of_512_blocks_is_one_edit(void **state)
{
	const enum lm_way *way = *state;
	const struct leaf_count after[] = { { 64 * KIB, true, 512 * 31 },
					    { 4 * KIB, false, 512 * 16 },
					    { 0 } };
	static struct lm_range parts[512];
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &one_gib);
	for (uint64_t i = 0; i < 512; i++)
		parts[i] = machine_part(&m, i * 2 * MIB, 4 * KIB);
	lm_edit_protect(&edit, &m.map, m.linear.range, read_only());
	lm_edit_only(&edit, parts, 512);
	expect_edited(&m, &edit, *way);
	expect_count(edit.plan.new_tables[2 - LM_FIRST_LEVEL], 1, "tables of blocks");
	expect_count(edit.plan.new_tables[3 - LM_FIRST_LEVEL], 512, "tables of pages");
	expect_leaves(&m, after);
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t pa = 1 * GIB + i * 2 * MIB;

		assert_true(*machine_slot_of(&m, pa, 3) & LM_ATTR_READ_ONLY);
		assert_false(*machine_slot_of(&m, pa + 4 * KIB, 3) & LM_ATTR_READ_ONLY);
	}
	machine_stop(&m);
}

/* A run of 64 KiB, and its halves. */
static void start_halves(struct machine *m, struct lm_range halves[2])
{
	machine_start(m, &(struct machine_config){ .name = "a-run",
						   .ram = { { 1 * GIB, 64 * KIB } } });
	halves[0] = machine_part(m, 0, 32 * KIB);
	halves[1] = machine_part(m, 32 * KIB, 32 * KIB);
}

/* Both halves of a run: it changes as one. */
static void adjacent_parts_are_one(void **state)
{
	struct lm_range halves[2];
	struct lm_edit edit;
	struct machine m;

	(void)state;
	start_halves(&m, halves);
	lm_edit_protect(&edit, &m.map, m.linear.range, read_only());
	lm_edit_only(&edit, halves, 2);
	expect_edited(&m, &edit, LM_LIVE);
	expect_count(edit.plan.leaves, 0, "leaves that go");
	expect_leaves(&m, (struct leaf_count[]){ { 64 * KIB, true, 1 }, { 0 } });
	machine_stop(&m);
}

/* But as boundaries they are asked for one by one: the run becomes 16 pages. */
static void adjacent_parts_end_where_they_end(void **state)
{
	struct lm_range halves[2];
	struct lm_edit edit;
	struct machine m;

	(void)state;
	start_halves(&m, halves);
	lm_edit_to_boundaries(&edit, &m.map, m.linear.range);
	lm_edit_only(&edit, halves, 2);
	expect_edited(&m, &edit, LM_LIVE);
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 16 }, { 0 } });
	machine_stop(&m);
}

/* A part begins in the middle of a run, after the walk was in the same table before it. */
static void a_part_inside_a_run_finds_the_run(void **state)
{
	struct lm_range parts[2];
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &(struct machine_config){ .name = "two-runs",
						    .ram = { { 1 * GIB, 128 * KIB } } });
	parts[0] = machine_part(&m, 0, 4 * KIB);
	parts[1] = machine_part(&m, 80 * KIB, 4 * KIB);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_only(&edit, parts, 2);
	expect_edited(&m, &edit, LM_LIVE);
	expect_count(edit.plan.leaves, 2, "runs that go");
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 32 }, { 0 } });
	machine_stop(&m);
}

/* An exception takes 2 MiB and, with it, the second of three parts. */
static void exceptions_and_parts_go_together(void **state)
{
	struct lm_range parts[3];
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &(struct machine_config){ .name = "blocks",
						    .ram = { { 1 * GIB, 6 * MIB } } });
	for (uint64_t i = 0; i < 3; i++)
		parts[i] = machine_part(&m, i * 2 * MIB, 64 * KIB);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_only(&edit, parts, 3);
	lm_edit_except(&edit, machine_part(&m, 3 * MIB, 1 * MIB));
	lm_edit_except(&edit, machine_part(&m, 2 * MIB, 1 * MIB + 4 * KIB));
	expect_edited(&m, &edit, LM_LIVE);
	expect_count(edit.exceptions.count, 1, "exceptions, as they overlap");
	expect_leaves(&m, (struct leaf_count[]){ { 2 * MIB, false, 1 },
						 { 64 * KIB, true, 2 * 31 },
						 { 4 * KIB, false, 2 * 16 },
						 { 0 } });
	machine_stop(&m);
}

static uint64_t tables_seen;

static void *(*table_of)(void *ctx, lm_pa_t pa);

static void *count_table(void *ctx, lm_pa_t pa)
{
	tables_seen++;
	return table_of(ctx, pa);
}

/*
 * 512 tables of pages. A walk that goes to two of them comes through the root, a table of
 * level 1, one of level 2, and the two.
 */
static void what_lies_between_is_not_looked_at(void **state)
{
	struct machine_config config = one_gib;
	struct lm_range parts[2];
	struct lm_edit edit;
	struct machine m;

	(void)state;
	config.flags = LM_NO_BLOCKS;
	machine_start(&m, &config);
	parts[0] = machine_part(&m, 0, 4 * KIB);
	parts[1] = machine_part(&m, 1 * GIB - 4 * KIB, 4 * KIB);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_only(&edit, parts, 2);
	table_of = m.map.env.table;
	m.map.env.table = count_table;
	tables_seen = 0;
	expect_ok(lm_edit_plan(&edit, LM_LIVE));
	expect_count(tables_seen, 5, "tables that the plan looked at");
	expect_count(edit.plan.leaves, 2, "runs that go");
	m.map.env.table = table_of;
	expect_ok(lm_edit_abort(&edit));
	machine_stop(&m);
}

int test_main(void)
{
	struct test_list list = { 0 };

	for (size_t i = 0; i < sizeof(bad_parts) / sizeof(bad_parts[0]); i++)
		ADD_CASE(&list, parts_that_are_wrong_are_refused_by_index,
			 bad_parts[i].name, &bad_parts[i]);
	ADD(&list, parts_after_the_plan_spoil_the_edit);
	ADD(&list, all_of_a_map_becomes_non_global_or_nothing);
	ADD_WAYS(&list, a_page_in_each_of_512_blocks_is_one_edit, LM_IN_PLACE);
	ADD(&list, adjacent_parts_are_one);
	ADD(&list, adjacent_parts_end_where_they_end);
	ADD(&list, a_part_inside_a_run_finds_the_run);
	ADD(&list, exceptions_and_parts_go_together);
	ADD(&list, what_lies_between_is_not_looked_at);
	return test_list_run(&list, "parts");
}
