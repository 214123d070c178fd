// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What others do to a map while an edit is on its way, what must not be copied,
 * and what a break must not cut off.
 */
#include "support.h"

#include <inttypes.h>
#include <string.h>

static const enum lm_way ways[LM_WAYS] = { LM_IN_PLACE, LM_LIVE, LM_BREAK, LM_SWITCH };
static const char *const way_names[LM_WAYS] = { "in-place", "live", "break", "switch" };

/* 64K run, page; a pool of 16 pages from 1 GiB + 64 KiB on in the same table. */
static const struct machine_config config_64k = { .ram = { { 1 * GIB, 256 * KIB } } };

static uint64_t *slot_of(const struct machine *m, uint64_t pa, int level)
{
	return machine_slot(m, machine_va(m, pa).v, level);
}

/* Somebody puts a copy of the table on @level over @pa in its place. */
static void replace_table(struct machine *m, uint64_t pa, int level)
{
	uint64_t *link = slot_of(m, pa, level - 1);
	uint64_t old = *link;
	uint64_t copy;

	assert_int_equal(sim_alloc(m->sim, level, 1, &copy), 1);
	memcpy(sim_pointer(m->sim, copy),
	       sim_pointer(m->sim, old & UINT64_C(0x0000fffffffff000)), 4096);
	sim_wrote(m->sim, sim_pointer(m->sim, copy));
	sim_barrier(m->sim, SIM_DSB_ISH);
	machine_poke(m, link, (old & ~UINT64_C(0x0000fffffffff000)) | copy);
}

static void a_table_that_was_replaced_after_staging_is_not_written(void **state)
{
	const enum lm_way *way = *state;
	const struct machine_config config = { .ram = { { 1 * GIB, 64 * MIB } } };
	struct lm_edit edit;
	struct machine m;
	int err;

	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(lm_edit_prepare(&edit, *way));
	replace_table(&m, 1 * GIB, 2);
	err = machine_commit(&m, &edit);
	if (*way == LM_IN_PLACE) {
		/* It walks when it commits, and finds what is there now. */
		expect_ok(err);
		expect_leaves(&m,
			      (struct leaf_count[]){ { 4 * KIB, false, 16384 }, { 0 } });
	} else {
		expect_error(err, LM_ESTALE);
		expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 2 }, { 0 } });
	}
	expect_translations(&m);
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

/* The table that the walk goes down into is replaced by one whose page is read-only. */
static struct machine *watched;
static void *(*table_of_port)(void *ctx, lm_pa_t pa);
static unsigned int looks_left;

static void *replace_while_looking(void *ctx, lm_pa_t pa)
{
	void *table = table_of_port(ctx, pa);

	if (looks_left && !--looks_left) {
		replace_table(watched, 1 * GIB, 3);
		*slot_of(watched, 1 * GIB + 8 * KIB, 3) |= LM_ATTR_READ_ONLY;
	}
	return table;
}

static void a_table_that_is_replaced_while_it_is_copied_is_noticed(void **state)
{
	(void)state;
	/* At any of the looks that staging takes at a table. */
	for (unsigned int nth = 1; nth <= 12; nth++) {
		struct lm_edit edit;
		struct machine m;
		int err;

		machine_start(&m, &config_64k);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(lm_edit_plan(&edit, LM_SWITCH));
		expect_ok(lm_edit_reserve(&edit));
		watched = &m;
		table_of_port = m.map.env.table;
		m.map.env.table = replace_while_looking;
		looks_left = nth;
		err = lm_edit_stage(&edit);
		m.map.env.table = table_of_port;
		if (!err)
			err = machine_commit(&m, &edit);
		if (!err && !looks_left &&
		    !(*slot_of(&m, 1 * GIB + 8 * KIB, 3) & LM_ATTR_READ_ONLY))
			fail_msg("look %u: a page became writable again", nth);
		expect_ok(lm_edit_release(&edit));
		machine_stop(&m);
	}
}

static void staging_that_ends_half_way_leaves_no_table_behind(void **state)
{
	const enum lm_way *way = *state;
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } } };
	struct lm_edit edit;
	struct machine m;
	uint64_t tables, pa;
	uint64_t *table;

	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(lm_edit_plan(&edit, *way));
	expect_ok(lm_edit_reserve(&edit));
	/* The block that was counted has become 512 of 2 MiB: there are notes for one. */
	assert_int_equal(sim_alloc(m.sim, 2, 1, &pa), 1);
	table = sim_pointer(m.sim, pa);
	for (uint64_t i = 0; i < 512; i++)
		table[i] = (1 * GIB + i * 2 * MIB) | PLAIN_ATTRS | 1;
	sim_wrote(m.sim, table);
	sim_barrier(m.sim, SIM_DSB_ISH);
	machine_poke(&m, slot_of(&m, 1 * GIB, 1), pa | 3);
	expect_error(lm_edit_stage(&edit), LM_ESTALE);
	expect_ok(lm_edit_release(&edit));
	/* Root, tables on levels 1 and 2. */
	tables = sim_tables_allocated(m.sim);
	expect_count(tables, 3, "tables");
	machine_stop(&m);
}

static void a_region_that_others_changed_is_right_after_a_recount(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 64 * MIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	/* 16 blocks of the first run without their hints. */
	for (int i = 0; i < 16; i++)
		machine_poke(&m, slot_of(&m, 1 * GIB + (uint64_t)i * 2 * MIB, 2),
			     (1 * GIB + (uint64_t)i * 2 * MIB) | PLAIN_ATTRS | 1);
	/* A part of them: more single blocks go than the census knows of. */
	lm_edit_to_pages(&edit, &m.map,
			 machine_range(&m, (struct bank){ 1 * GIB, 4 * MIB }));
	expect_error(lm_edit_plan(&edit, LM_LIVE), LM_ESTALE);
	expect_ok(lm_edit_release(&edit));

	expect_ok(lm_region_recount(&m.map, &m.linear));
	expect_census(&m);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	expect_ok(lm_edit_prepare(&edit, LM_LIVE));
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 16384 }, { 0 } });
	expect_census(&m);
	machine_stop(&m);
}

static void what_is_said_after_the_plan_spoils_the_edit(void **state)
{
	const enum lm_way *way = *state;

	for (int what = 0; what < 3; what++) {
		struct lm_edit edit;
		struct machine m;
		uint64_t tables;

		machine_start(&m, &config_64k);
		tables = sim_tables_allocated(m.sim);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		expect_ok(lm_edit_prepare(&edit, *way));
		if (what == 0)
			lm_edit_except(&edit, m.linear.range);
		if (what == 1)
			lm_edit_needs(&edit, m.linear.range);
		if (what == 2)
			lm_edit_locked(&edit);
		expect_error(machine_commit(&m, &edit), LM_ESTATE);
		expect_ok(lm_edit_release(&edit));
		expect_count(sim_tables_allocated(m.sim), tables, "tables");
		machine_stop(&m);
	}
}

/* ---------------------------------------------------------------- volatile */

static void a_table_with_volatile_entries_is_not_copied(void **state)
{
	(void)state;
	/* Valid, and invalid without a trace, as a pool's guard pages are. */
	for (int valid = 0; valid < 2; valid++) {
		struct lm_region pool = { .name = "pool", .flags = LM_VOLATILE };
		struct machine_config config = config_64k;
		struct lm_edit edit;
		struct machine m;

		config.flags = LM_NO_BLOCKS;
		machine_start(&m, &config);
		pool.range =
			machine_range(&m, (struct bank){ 1 * GIB + 64 * KIB, 64 * KIB });
		expect_ok(lm_map_add_region(&m.map, &pool));
		for (uint64_t at = 0; !valid && at < 64 * KIB; at += 4 * KIB)
			machine_poke(&m, slot_of(&m, 1 * GIB + 64 * KIB + at, 3), 0);
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		lm_edit_except(&edit, pool.range);
		expect_error(lm_edit_prepare(&edit, LM_SWITCH), LM_EVOLATILE);
		expect_ok(lm_edit_release(&edit));

		/* It is no matter where nothing is copied. */
		lm_edit_to_pages(&edit, &m.map, m.linear.range);
		lm_edit_except(&edit, pool.range);
		expect_ok(lm_edit_prepare(&edit, LM_LIVE));
		expect_ok(machine_commit(&m, &edit));
		expect_ok(lm_edit_release(&edit));
		machine_stop(&m);
	}
}

/* -------------------------------------------------------------- self-cover */

static void a_need_is_found_however_it_lies(void **state)
{
	const uint64_t base = UINT64_C(0xffff000000000000);
	const struct machine_config config = { .ram = { { 0, 2 * MIB } } };
	struct lm_edit edit;
	struct machine m;
	lm_va_t first;

	(void)state;
	machine_start(&m, &config);
	first = machine_va(&m, 0);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	assert_true(lm_edit_touches(&edit, (struct lm_range){ first, 1 }));
	assert_true(lm_edit_touches(&edit,
				    (struct lm_range){ { first.v + 2 * MIB - 1 }, 1 }));
	assert_true(lm_edit_touches(&edit, (struct lm_range){ { first.v - 1 }, 2 }));
	assert_false(
		lm_edit_touches(&edit, (struct lm_range){ { first.v + 2 * MIB }, 1 }));
	/* Over the borders of the half. */
	assert_true(lm_edit_touches(&edit, (struct lm_range){ { base - 4096 },
							      first.v - base + 8192 }));
	assert_true(lm_edit_touches(&edit, (struct lm_range){ { 0 }, UINT64_MAX }));
	assert_false(lm_edit_touches(&edit, (struct lm_range){ { 0x1000 }, 0x1000 }));
	machine_stop(&m);
}

static void a_break_that_cuts_off_what_is_needed_is_refused(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 2 * MIB } } };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_needs(&edit, (struct lm_range){ machine_va(&m, 1 * GIB + 4 * KIB), 100 });
	expect_error(lm_edit_prepare(&edit, LM_BREAK), LM_ESELF);
	expect_ok(lm_edit_release(&edit));
	/* A switch leaves it where it is. */
	lm_edit_to_pages(&edit, &m.map, m.linear.range);
	lm_edit_needs(&edit, (struct lm_range){ machine_va(&m, 1 * GIB + 4 * KIB), 100 });
	expect_ok(lm_edit_prepare(&edit, LM_SWITCH));
	expect_ok(lm_edit_release(&edit));
	machine_stop(&m);
}

int main(void)
{
	struct test_list list = { 0 };

	for (int way = 0; way < LM_WAYS; way++) {
		ADD_CASE(&list, a_table_that_was_replaced_after_staging_is_not_written,
			 way_names[way], &ways[way]);
		ADD_CASE(&list, staging_that_ends_half_way_leaves_no_table_behind,
			 way_names[way], &ways[way]);
		ADD_CASE(&list, what_is_said_after_the_plan_spoils_the_edit,
			 way_names[way], &ways[way]);
	}
	ADD(&list, a_table_that_is_replaced_while_it_is_copied_is_noticed);
	ADD(&list, a_region_that_others_changed_is_right_after_a_recount);
	ADD(&list, a_table_with_volatile_entries_is_not_copied);
	ADD(&list, a_need_is_found_however_it_lies);
	ADD(&list, a_break_that_cuts_off_what_is_needed_is_refused);
	return test_list_run(&list, "meanwhile");
}
