// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The scenarios, and how an edit is made of one of them.
 */
#include "trials.h"

/* ------------------------------------------------------------------- scenarios */

static struct bank all_of_it(const struct geometry *g)
{
	return geometry_ram(g);
}

/* From the second page on to the middle of the run. */
static struct bank not_quite_all(const struct geometry *g)
{
	struct bank ram = geometry_ram(g);

	return (struct bank){ ram.pa + g->page, ram.size - 3 * g->page };
}

/* One page in the middle of the run of pages. */
static struct bank one_page(const struct geometry *g)
{
	return (struct bank){ geometry_run(g) + g->page, g->page };
}

/* Two runs inside the last block: both ends are between runs. */
static struct bank inside_a_block(const struct geometry *g)
{
	return (struct bank){ geometry_block(g) + g->run, 2 * g->run };
}

/* Of the run of pages, with a page between them that stays as it is. */
static struct bank second_and_third_page(const struct geometry *g)
{
	return (struct bank){ geometry_run(g) + g->page, 2 * g->page };
}

static struct bank fifth_page(const struct geometry *g)
{
	return (struct bank){ geometry_run(g) + 4 * g->page, g->page };
}

/* The run of pages, which need not be split. */
static struct bank the_run(const struct geometry *g)
{
	return (struct bank){ geometry_run(g), g->run };
}

/* The last 96 pages, or fewer: runs of pages, and with 4K what is before them. */
static struct bank strided(const struct geometry *g)
{
	struct bank ram = geometry_ram(g);
	uint64_t most = 3 * TRIAL_PARTS * g->page;
	uint64_t size = ram.size < most ? ram.size : most;

	return (struct bank){ ram.pa + ram.size - size, size };
}

static bool has_two_ranges(const struct geometry *g)
{
	return g->machine.regime == LM_EL1_0 || g->machine.regime == LM_EL2_0;
}

#define EVERY_WAY    (1 << LM_IN_PLACE | NOT_IN_PLACE)
#define NOT_IN_PLACE (1 << LM_LIVE | NOBODY_WALKS)
#define NOBODY_WALKS (BREAKS | 1 << LM_ROLL)
#define BREAKS	     (1 << LM_BREAK | 1 << LM_SWITCH)

#define READ_ONLY    UINT64_C(0x80)
#define MEMORY_INDEX UINT64_C(0x14)
#define NOT_GLOBAL   UINT64_C(0x800)
#define SOFTWARE     UINT64_C(0x0100000000000000)
#define MARK	     UINT64_C(0x0400000000000000)
#define UXN	     UINT64_C(0x0040000000000000)

const struct scenario scenarios[] = {
	{ .name = "pages-all",
	  .goal = PAGES,
	  .where = all_of_it,
	  .is_for = every_geometry,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-all",
	  .goal = BOUNDARIES,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-page",
	  .goal = BOUNDARIES,
	  .where = one_page,
	  .is_for = every_geometry,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-block",
	  .goal = BOUNDARIES,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .ways = EVERY_WAY },
	{ .name = "protect-all",
	  .goal = PROTECT,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = READ_ONLY | SOFTWARE,
	  .clear = UXN,
	  .ways = EVERY_WAY },
	{ .name = "protect-page",
	  .goal = PROTECT,
	  .where = one_page,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "protect-block",
	  .goal = PROTECT,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "protect-run",
	  .goal = PROTECT,
	  .where = the_run,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY,
	  .splits_nothing = true,
	  .changes_runs = true },
	{ .name = "protect-no-runs",
	  .goal = PROTECT,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY,
	  .flags = LM_NO_RUNS },
	{ .name = "hold",
	  .goal = HOLD,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = MARK,
	  .ways = EVERY_WAY },
	{ .name = "hold-run",
	  .goal = HOLD,
	  .where = the_run,
	  .is_for = every_geometry,
	  .set = MARK,
	  .ways = EVERY_WAY,
	  .splits_nothing = true },
	{ .name = "memory-type",
	  .goal = PROTECT,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .set = MEMORY_INDEX,
	  .ways = BREAKS },
	{ .name = "non-global",
	  .goal = NON_GLOBAL,
	  .where = all_of_it,
	  .is_for = has_two_ranges,
	  .set = NOT_GLOBAL,
	  .ways = NOBODY_WALKS },
	{ .name = "collapse-all",
	  .goal = COLLAPSE,
	  .where = all_of_it,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE,
	  .pages_first = true },
	{ .name = "collapse-no-runs",
	  .goal = COLLAPSE,
	  .where = all_of_it,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE,
	  .flags = LM_NO_RUNS,
	  .pages_first = true },
	{ .name = "pages-parts",
	  .goal = PAGES,
	  .where = inside_a_block,
	  .also = one_page,
	  .is_for = geometry_has_blocks,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-parts",
	  .goal = BOUNDARIES,
	  .where = inside_a_block,
	  .also = one_page,
	  .is_for = geometry_has_blocks,
	  .ways = EVERY_WAY },
	{ .name = "protect-parts",
	  .goal = PROTECT,
	  .where = second_and_third_page,
	  .also = fifth_page,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "protect-strided",
	  .goal = PROTECT,
	  .where = strided,
	  .is_strided = true,
	  .is_for = every_geometry,
	  .set = READ_ONLY,
	  .ways = EVERY_WAY },
	{ .name = "boundaries-strided",
	  .goal = BOUNDARIES,
	  .where = strided,
	  .is_strided = true,
	  .is_for = every_geometry,
	  .ways = EVERY_WAY },
	{ .name = "unmap-strided",
	  .goal = UNMAP,
	  .where = strided,
	  .is_strided = true,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE },
	{ .name = "collapse-parts",
	  .goal = COLLAPSE,
	  .where = inside_a_block,
	  .also = the_run,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE,
	  .pages_first = true },
	{ .name = "unmap-all",
	  .goal = UNMAP,
	  .where = all_of_it,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE,
	  .splits_nothing = true },
	{ .name = "unmap-most",
	  .goal = UNMAP,
	  .where = not_quite_all,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE },
	{ .name = "unmap-run",
	  .goal = UNMAP,
	  .where = the_run,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE,
	  .splits_nothing = true },
	{ .name = "unmap-page",
	  .goal = UNMAP,
	  .where = one_page,
	  .is_for = every_geometry,
	  .ways = NOT_IN_PLACE },
	{ .name = "unmap-parts",
	  .goal = UNMAP,
	  .where = inside_a_block,
	  .also = fifth_page,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE },
	{ .name = "unmap-pages",
	  .goal = UNMAP,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE,
	  .pages_first = true,
	  .splits_nothing = true },
	{ .name = "collapse-part",
	  .goal = COLLAPSE,
	  .where = inside_a_block,
	  .is_for = geometry_has_blocks,
	  .ways = NOT_IN_PLACE,
	  .pages_first = true },
};

const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);

static void choose_parts(struct trial *t, const struct scenario *s,
			 const struct geometry *g)
{
	struct bank all = s->where(g);

	if (s->also)
		t->more[t->more_count++] = s->also(g);
	if (!s->is_strided)
		return;
	t->range.size = g->page;
	for (uint64_t at = 3 * g->page; at < all.size; at += 3 * g->page)
		t->more[t->more_count++] = (struct bank){ all.pa + at, g->page };
}

struct trial trial_of_scenario(const struct scenario *s, const struct geometry *g,
			       enum lm_way way)
{
	struct trial t = {
		.config = g->machine,
		.goal = s->goal,
		.way = way,
		.range = s->where(g),
		.set = s->set,
		.clear = s->clear,
		.pages_first = s->pages_first,
		.splits_nothing = s->splits_nothing,
		.changes_runs = s->changes_runs,
		.is_possible = s->ways & 1u << way,
	};

	choose_parts(&t, s, g);
	t.config.flags = s->flags;
	t.config.present_invalid = s->goal == HOLD ? s->set : 0;
	t.config.attrs = machine_plain_attrs(&t.config);
	return t;
}

struct trial trial_of_split_case(const struct split_case *c, enum lm_way way)
{
	struct trial t = {
		.config = c->machine,
		.goal = PAGES,
		.way = way,
		.range = c->goal,
		.is_possible = true,
	};
	struct bank *exception = t.exceptions;

	for (const struct bank *e = c->exceptions; e->size; e++)
		*exception++ = *e;
	*exception = c->machine.alias;
	return t;
}

/* ---------------------------------------------------------------------- trials */

static void make_pages(struct trial *t)
{
	struct lm_range all = t->m.linear.range;

	lm_edit_to_pages(&t->edit, &t->m.map, all);
	expect_ok(edit_prepare(&t->edit, LM_BREAK));
	expect_ok(machine_commit(&t->m, &t->edit));
	expect_ok(lm_edit_release(&t->edit));
	leaves_to_pages(&t->before, &t->m, (struct stretch){ all.start.v, all.size },
			NULL, 0);
}

static struct stretch stretch_of(struct lm_range range)
{
	return (struct stretch){ range.start.v, range.size };
}

struct stretch trial_range(const struct trial *t)
{
	return stretch_of(t->range.size ? machine_range(&t->m, t->range) :
					  t->m.linear.range);
}

static size_t exceptions_of(const struct trial *t,
			    struct stretch exceptions[TRIAL_EXCEPTIONS])
{
	size_t count = 0;

	while (count < TRIAL_EXCEPTIONS && t->exceptions[count].size) {
		struct bank bank = t->exceptions[count];

		exceptions[count++] =
			(struct stretch){ machine_va(&t->m, bank.pa).v, bank.size };
	}
	return count;
}

/* What comes of one range, after what came of those before it. */
static void expect_range(struct trial *t, struct stretch range)
{
	struct stretch exceptions[TRIAL_EXCEPTIONS];
	size_t count = exceptions_of(t, exceptions);

	switch (t->goal) {
	case PAGES:
		leaves_to_pages(&t->after, &t->m, range, exceptions, count);
		break;
	case BOUNDARIES:
		leaves_to_boundaries(&t->after, &t->m, range, exceptions, count);
		break;
	case PROTECT:
	case HOLD:
	case NON_GLOBAL:
		leaves_protect(&t->after, &t->m, range, exceptions, count, t->set,
			       t->clear);
		break;
	case UNMAP:
		leaves_unmap(&t->after, &t->m, range, exceptions, count);
		break;
	case COLLAPSE:
		leaves_collapse(&t->after, &t->m, range, exceptions, count);
		break;
	}
}

static void expect_after(struct trial *t)
{
	leaves_copy(&t->after, &t->before);
	expect_range(t, trial_range(t));
	for (size_t i = 0; i < t->more_count; i++)
		expect_range(t, stretch_of(machine_range(&t->m, t->more[i])));
}

void trial_begin_edit(struct trial *t)
{
	struct stretch at = trial_range(t), exceptions[TRIAL_EXCEPTIONS];
	struct lm_range range = { { at.va }, at.size };
	struct lm_map *map = &t->m.map;
	size_t count = exceptions_of(t, exceptions);

	t->parts[0] = range;
	for (size_t i = 0; i < t->more_count; i++)
		t->parts[i + 1] = machine_range(&t->m, t->more[i]);
	if (t->more_count)
		range = t->m.linear.range;
	switch (t->goal) {
	case PAGES:
		lm_edit_to_pages(&t->edit, map, range);
		break;
	case BOUNDARIES:
		lm_edit_to_boundaries(&t->edit, map, range);
		break;
	case PROTECT:
		lm_edit_protect(&t->edit, map, range,
				lm_change_attrs((lm_attrs_t){ t->set },
						(lm_attrs_t){ t->clear }));
		break;
	case HOLD:
		lm_edit_protect(&t->edit, map, range, lm_change_to_invalid(&map->fmt));
		break;
	case NON_GLOBAL:
		lm_edit_non_global(&t->edit, map);
		break;
	case UNMAP:
		lm_edit_unmap(&t->edit, map, range);
		break;
	case COLLAPSE:
		lm_edit_collapse(&t->edit, map, range);
		break;
	}
	if (t->more_count)
		lm_edit_only(&t->edit, t->parts, t->more_count + 1);
	for (size_t i = 0; i < count; i++)
		lm_edit_except(&t->edit, (struct lm_range){ { exceptions[i].va },
							    exceptions[i].size });
}

void trial_begin(struct trial *t)
{
	machine_start(&t->m, &t->config);
	leaves_of_mappings(&t->before, &t->m);
	if (t->pages_first)
		make_pages(t);
	expect_after(t);
	trial_begin_edit(t);
}

void trial_end(struct trial *t)
{
	leaves_free(&t->before);
	leaves_free(&t->after);
	machine_stop(&t->m);
}

bool trial_holds(const struct trial *t, const struct leaf *leaf)
{
	return leaf->attrs & t->config.present_invalid;
}
