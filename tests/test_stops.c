// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine stops before every store of a commit: whatever was stored by then,
 * each page is where it was, by its old size or its new one.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLES 512

/* A page that is looked at, and what maps it before and after the commit. */
struct sample {
	uint64_t va, pa, attrs;
	const struct leaf *before, *after;
};

struct stops {
	const struct split_case *c;
	enum lm_way way;
	struct machine m;
	struct lm_edit edit;
	struct leaves before, after;
	struct sample samples[2 * SAMPLES];
	size_t sample_count;
	uint64_t stores; /* before the commit */
	uint64_t looked;
	uint64_t stop_at; /* of the stores of the commit, from 1; 0: never */
	jmp_buf out;
};

/* --------------------------------------------------------------------- samples */

static const struct leaf *leaf_at(const struct leaves *l, size_t *hint, uint64_t va)
{
	while (va - l->leaf[*hint].va >= l->leaf[*hint].size)
		++*hint;
	return &l->leaf[*hint];
}

static void add_sample(struct stops *s, uint64_t va, const struct leaf *after,
		       size_t *hint)
{
	s->samples[s->sample_count++] = (struct sample){
		.va = va,
		.pa = after->pa + (va - after->va),
		.attrs = after->attrs,
		.before = leaf_at(&s->before, hint, va),
		.after = after,
	};
}

/* First and last page of every leaf there will be, or of so many of them, evenly. */
static void choose_samples(struct stops *s)
{
	size_t step = s->after.count / SAMPLES + 1;
	uint64_t granule = machine_granule(&s->m);
	size_t hint = 0;

	for (size_t i = 0; i < s->after.count; i += step) {
		const struct leaf *leaf = &s->after.leaf[i];

		add_sample(s, leaf->va, leaf, &hint);
		add_sample(s, leaf->va + leaf->size - granule, leaf, &hint);
	}
}

static void prepare(struct stops *s)
{
	struct machine_config config = s->c->machine;
	struct stretch exceptions[4];
	struct lm_edit *edit = &s->edit;
	size_t count = 0;

	/* The weakest CPUs that the way allows. */
	config.levels_given = true;
	if (s->way == LM_IN_PLACE || s->way == LM_LIVE)
		config.bbm_level[0] = LM_BBM_LIVE;
	machine_start(&s->m, &config);
	leaves_of_mappings(&s->before, &s->m);
	leaves_of_mappings(&s->after, &s->m);
	split_case_edit(s->c, &s->m, edit);
	for (; count < edit->exceptions.count; count++)
		exceptions[count] =
			(struct stretch){ edit->exceptions.ranges[count].start.v,
					  edit->exceptions.ranges[count].size };
	leaves_to_pages(&s->after, &s->m,
			(struct stretch){ edit->range.start.v, edit->range.size },
			exceptions, count);
	s->sample_count = 0;
	choose_samples(s);
	expect_ok(lm_edit_prepare(edit, s->way));
	s->stores = sim_events(s->m.sim).stores;
}

static void finish(struct stops *s)
{
	machine_stop(&s->m);
	leaves_free(&s->before);
	leaves_free(&s->after);
}

/* --------------------------------------------------------------------- looking */

/* A dissolved run is leaves of their own; in place there are levels between, too. */
static bool may_have_size(const struct stops *s, const struct sample *sample,
			  uint64_t size, int level)
{
	if (s->way == LM_IN_PLACE)
		return size <= sample->before->size && size >= sample->after->size;
	return size == sample->before->size || size == sample->after->size ||
	       (sample->before->run && level == sample->before->level);
}

static void look_at(const struct stops *s, const struct sample *sample, uint64_t root)
{
	struct sim_translation t = sim_walk(s->m.sim, root, sample->va);

	/* What is broken is nowhere until it is made; the rest stays. */
	if (!t.valid && s->way == LM_BREAK && sample->before->size > sample->after->size)
		return;
	if (!t.valid && s->way == LM_BREAK && sample->before->run && !sample->after->run)
		return;
	if (!t.valid || t.pa != sample->pa ||
	    machine_attrs(&s->m, t.descriptor) != sample->attrs)
		fail_msg("%s, before store %" PRIu64 ": 0x%" PRIx64
			 ": expected output 0x%" PRIx64 ", saw descriptor 0x%016" PRIx64
			 " on level %d",
			 s->c->machine.name, s->looked, sample->va, sample->pa,
			 t.descriptor, t.level);
	if (!may_have_size(s, sample, t.size, t.level))
		fail_msg("%s, before store %" PRIu64 ": 0x%" PRIx64
			 ": expected a leaf of 0x%" PRIx64 " or 0x%" PRIx64
			 ", saw one of 0x%" PRIx64,
			 s->c->machine.name, s->looked, sample->va, sample->before->size,
			 sample->after->size, t.size);
}

static void look(const struct stops *s)
{
	for (size_t i = 0; i < s->sample_count; i++)
		look_at(s, &s->samples[i], s->m.map.root.v);
	/* Nobody walks the root of a switch; the leader walks its clone, which nobody stores to. */
	if (s->way != LM_SWITCH)
		expect_no_mixed_run(&s->m, s->way == LM_BREAK);
	for (size_t i = 0; s->edit.clone.tables && i < s->sample_count; i++)
		look_at(s, &s->samples[i], s->edit.clone.first.v);
}

static void before_store(void *ctx, uint64_t nth)
{
	struct stops *s = ctx;

	s->looked++;
	if (nth != s->stores + s->looked)
		fail_msg("expected store %" PRIu64 ", saw %" PRIu64,
			 s->stores + s->looked, nth);
	if (s->stop_at == s->looked)
		longjmp(s->out, 1);
	if (!s->stop_at)
		look(s);
}

static uint64_t expected_stores(const struct stops *s)
{
	switch (s->way) {
	case LM_IN_PLACE:
		return s->c->in_place_stores;
	case LM_LIVE:
		return s->c->live_stores;
	case LM_BREAK:
		return 2 * s->c->publishes;
	case LM_SWITCH:
	default:
		return s->c->root_entries;
	}
}

static void before_each_store_a_page_is_where_it_was(void **state)
{
	struct stops *s = *state;

	prepare(s);
	s->looked = 0;
	s->stop_at = 0;
	sim_on_store(s->m.sim, before_store, s);
	expect_ok(machine_commit(&s->m, &s->edit));
	sim_on_store(s->m.sim, NULL, NULL);
	expect_count(s->looked, expected_stores(s), "stores that were looked at");
	look(s);
	expect_these_leaves(&s->m, &s->after);
	expect_ok(lm_edit_release(&s->edit));
	expect_clean(&s->m);
	finish(s);
}

static void a_commit_that_never_ends_leaves_every_page_where_it_was(void **state)
{
	struct stops *s = *state;
	uint64_t stores = expected_stores(s);

	for (s->stop_at = 1; s->stop_at <= stores; s->stop_at++) {
		prepare(s);
		s->looked = 0;
		sim_on_store(s->m.sim, before_store, s);
		if (!setjmp(s->out)) {
			machine_commit(&s->m, &s->edit);
			fail_msg("expected a stop before store %" PRIu64 ", saw the end",
				 s->stop_at);
		}
		sim_on_store(s->m.sim, NULL, NULL);
		look(s);
		if (s->way != LM_BREAK)
			expect_translations(&s->m);
		finish(s);
	}
}

/* ------------------------------------------------------------------------- the list */

/* All of a geometry to pages, counted as split_cases are. */
static struct split_case case_of(const struct geometry *g)
{
	uint64_t hints = g->blocks > 1 ? g->blocks - 1 : 0;
	struct split_case c = { .machine = g->machine };

	hints += geometry_run_entries(g);
	c.publishes = geometry_publishes(g);
	c.live_stores = hints + g->blocks;
	c.in_place_stores = hints + g->blocks;
	/* What is in the root, and the copy of the table of pages, unless that is the root. */
	c.root_entries = 1;
	if (g->start_level == 2)
		c.root_entries = g->blocks + 1;
	if (g->start_level == 3)
		c.root_entries = geometry_run_entries(g);
	return c;
}

static void add_stops(struct test_list *list, struct stops *s)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", s->c->machine.name, way_names[s->way]);
	/* Every page of a few GiB at every one of thousands of stores takes long. */
	if (s->c->in_place_stores > 600)
		return;
	ADD_CASE(list, before_each_store_a_page_is_where_it_was, name, s);
	if (expected_stores(s) <= 100)
		ADD_CASE(list, a_commit_that_never_ends_leaves_every_page_where_it_was,
			 name, s);
}

int main(void)
{
	size_t cases = split_case_count + geometry_count;
	struct split_case *of_geometries = calloc(geometry_count, sizeof(*of_geometries));
	struct stops *stops = calloc(LM_WAYS * cases, sizeof(*stops));
	struct test_list list = { 0 };
	int failed;

	if (!stops || !of_geometries)
		abort();
	for (size_t i = 0; i < geometry_count; i++)
		of_geometries[i] = case_of(&geometries[i]);
	for (size_t n = 0; n < LM_WAYS * cases; n++) {
		size_t which = n / LM_WAYS;

		stops[n].c = which < split_case_count ?
				     &split_cases[which] :
				     &of_geometries[which - split_case_count];
		stops[n].way = (enum lm_way)(n % LM_WAYS);
		add_stops(&list, &stops[n]);
	}
	failed = test_list_run(&list, "stops");
	free(of_geometries);
	free(stops);
	return failed;
}
