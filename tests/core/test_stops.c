// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine stops before every store of a commit, whatever the edit is for: what was
 * stored so far leaves each page where it was, with its old attributes or the new ones.
 */
#include "trials.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 512
/* Where every page at every store takes long, some of the stores, evenly. */
#define WALKS (600 * 2 * SAMPLES)

/* A page that is looked at, and what maps it before and after the commit; NULL: nothing. */
struct sample {
	uint64_t va;
	const struct leaf *before, *after;
};

struct stops {
	struct trial t;
	struct sample samples[2 * SAMPLES];
	size_t sample_count;
	uint64_t stores;  /* before the commit */
	uint64_t looked;  /* stores of the commit that the machine came to */
	uint64_t step;	  /* one of so many is looked at; 0: none is */
	uint64_t stop_at; /* of the stores of the commit, from 1; 0: never */
	jmp_buf out;
};

/* --------------------------------------------------------------------- samples */

static const struct leaf *leaf_at(const struct leaves *l, size_t *hint, uint64_t va)
{
	while (*hint < l->count && l->leaf[*hint].va + (l->leaf[*hint].size - 1) < va)
		++*hint;
	return *hint < l->count && l->leaf[*hint].va <= va ? &l->leaf[*hint] : NULL;
}

/* First and last page of every leaf where they are small, or of so many of them, evenly. */
static void choose_samples(struct stops *s)
{
	const struct leaves *before = &s->t.before, *after = &s->t.after;
	bool is_before = before->count > after->count || s->t.goal == UNMAP;
	const struct leaves *small = is_before ? before : after;
	uint64_t granule = machine_granule(&s->t.m);
	size_t step = small->count / SAMPLES + 1;
	size_t in_before = 0, in_after = 0;

	s->sample_count = 0;
	for (size_t i = 0; i < 2 * small->count; i++) {
		const struct leaf *leaf = &small->leaf[i / 2];
		uint64_t va = leaf->va + (i % 2 ? leaf->size - granule : 0);

		if (i / 2 % step)
			continue;
		s->samples[s->sample_count++] = (struct sample){
			.va = va,
			.before = leaf_at(before, &in_before, va),
			.after = leaf_at(after, &in_after, va),
		};
	}
}

/* ----------------------------------------------------------------------- trials */

static bool is_live(const struct trial *t)
{
	return t->way == LM_IN_PLACE || t->way == LM_LIVE;
}

/* A page or block of its own may be changed while CPUs of any level walk it. */
static bool is_walked_by_all(const struct trial *t)
{
	return is_live(t) && t->splits_nothing && !t->changes_runs;
}

/* It is staged, and the CPUs are the weakest that it allows. */
static struct stops *prepare(const struct trial *trial)
{
	struct stops *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->t = *trial;
	s->t.config.levels_given = true;
	if (is_live(trial) && !is_walked_by_all(trial))
		s->t.config.bbm_level[0] = LM_BBM_LIVE;
	trial_begin(&s->t);
	choose_samples(s);
	expect_ok(edit_prepare(&s->t.edit, s->t.way));
	s->stores = sim_events(s->t.m.sim).stores;
	return s;
}

static void finish(struct stops *s)
{
	trial_end(&s->t);
	free(s);
}

static int commit(struct stops *s)
{
	if (is_walked_by_all(&s->t))
		return machine_commit_among(&s->t.m, &s->t.edit);
	return machine_commit(&s->t.m, &s->t.edit);
}

/* --------------------------------------------------------------------- looking */

/* An invalid entry is where its output would be, too. */
static uint64_t output_of(const struct trial *t, const struct sim_translation *seen,
			  uint64_t va)
{
	uint64_t size = machine_entry_size(&t->m, seen->level);

	return machine_output(&t->m, seen->descriptor) + (va & (size - 1));
}

/* Whether it maps what @leaf does, by whatever size; or nothing, if that is NULL. */
static bool maps_like(const struct trial *t, const struct sim_translation *seen,
		      const struct leaf *leaf, uint64_t va)
{
	if (!leaf)
		return !seen->descriptor;
	return seen->valid == !trial_holds(t, leaf) &&
	       output_of(t, seen, va) == leaf->pa + (va - leaf->va) &&
	       machine_attrs(&t->m, seen->descriptor) == leaf->attrs;
}

static bool is_as_large(const struct sim_translation *seen, const struct leaf *leaf)
{
	return !leaf ||
	       (seen->level == leaf->level && (!seen->valid || seen->size == leaf->size));
}

/*
 * Sizes change before attributes do. A run loses its hints before a member changes, and
 * gets them after that; in place there are levels between, too.
 */
static bool is_between(const struct trial *t, const struct sim_translation *seen,
		       const struct sample *sample)
{
	const struct leaf *before = sample->before, *after = sample->after;

	if (t->way == LM_IN_PLACE)
		return seen->size <= before->size && seen->size >= after->size;
	return t->way == LM_LIVE &&
	       ((before->run && seen->level == before->level) ||
		(after && (is_as_large(seen, after) ||
			   (after->run && seen->level == after->level))));
}

/* What is broken is nowhere until it is made. */
static bool is_broken(const struct trial *t, const struct sim_translation *seen,
		      const struct sample *sample)
{
	const struct leaf *before = sample->before, *after = sample->after;

	return t->way == LM_BREAK && !seen->descriptor && after &&
	       (before->size != after->size || before->run != after->run ||
		before->attrs != after->attrs);
}

static void look_at(const struct stops *s, const struct sample *sample, uint64_t root)
{
	const struct trial *t = &s->t;
	struct sim_translation seen = sim_walk(t->m.sim, root, sample->va);
	bool is_old = maps_like(t, &seen, sample->before, sample->va);
	bool is_new = maps_like(t, &seen, sample->after, sample->va);

	if ((is_new && is_as_large(&seen, sample->after)) ||
	    (is_old && is_as_large(&seen, sample->before)) ||
	    (is_old && is_between(t, &seen, sample)) || is_broken(t, &seen, sample))
		return;
	fail_msg("%s, before store %" PRIu64 ": 0x%" PRIx64
		 ": expected a leaf of 0x%" PRIx64 ", attributes 0x%" PRIx64
		 ", or of 0x%" PRIx64 ", 0x%" PRIx64
		 " (0: none), saw descriptor 0x%016" PRIx64
		 " on level %d, a leaf of 0x%" PRIx64,
		 t->config.name, s->looked, sample->va, sample->before->size,
		 sample->before->attrs, sample->after ? sample->after->size : 0,
		 sample->after ? sample->after->attrs : 0, seen.descriptor, seen.level,
		 seen.size);
}

static void look(const struct stops *s)
{
	const struct trial *t = &s->t;

	for (size_t i = 0; i < s->sample_count; i++)
		look_at(s, &s->samples[i], t->m.map.root.v);
	/*
	 * No CPU walks the root of a switch or a roll; the clone, which nothing stores to,
	 * is walked by the leader, or by all CPUs. Members of a run are broken one by one, and where they are walked
	 * meanwhile they differ in what is changed until the TLBI.
	 */
	if (!way_copies(t->way))
		expect_no_mixed_run(
			&t->m, t->way == LM_BREAK || t->goal == HOLD || t->goal == UNMAP,
			is_live(t) ? t->set | t->clear : 0);
	expect_no_findings(&t->m);
	for (size_t i = 0; t->edit.clone.tables && i < s->sample_count; i++)
		look_at(s, &s->samples[i], t->edit.clone.first.v);
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
	if (s->step && !(s->looked % s->step))
		look(s);
}

/* Return: how many stores it takes. */
static uint64_t run_to_end(struct stops *s)
{
	sim_on_store(s->t.m.sim, before_store, s);
	expect_ok(commit(s));
	sim_on_store(s->t.m.sim, NULL, NULL);
	expect_count(s->looked, s->t.m.in_stop.stores, "stores that were seen");
	return s->looked;
}

static uint64_t stores_of(const struct trial *t)
{
	struct stops *s = prepare(t);
	uint64_t stores = run_to_end(s);

	finish(s);
	return stores;
}

static void before_each_store_a_page_is_where_it_was(void **state)
{
	uint64_t stores = stores_of(*state);
	struct stops *s = prepare(*state);
	struct machine *m = &s->t.m;

	s->step = stores * s->sample_count / WALKS + 1;
	run_to_end(s);
	look(s);
	expect_these_leaves(m, &s->t.after);
	expect_ok(lm_edit_release(&s->t.edit));
	expect_clean(m);
	finish(s);
}

static void stop_before(const struct trial *trial, uint64_t store)
{
	struct stops *s = prepare(trial);

	s->stop_at = store;
	sim_on_store(s->t.m.sim, before_store, s);
	if (!setjmp(s->out)) {
		commit(s);
		fail_msg("expected a stop before store %" PRIu64 ", saw the end", store);
	}
	sim_on_store(s->t.m.sim, NULL, NULL);
	look(s);
	if (s->t.way != LM_BREAK && s->t.goal != UNMAP && !s->t.set && !s->t.clear)
		expect_translations(&s->t.m);
	finish(s);
}

#define FEW_STORES 100

static void a_commit_that_never_ends_leaves_every_page_where_it_was(void **state)
{
	uint64_t stores = stores_of(*state);

	for (uint64_t store = 1; store <= stores; store += stores / FEW_STORES + 1)
		stop_before(*state, store);
}

/* ------------------------------------------------------------------------- the list */

/* Every page of a few GiB at every one of thousands of stores takes long. */
#define MANY_STORES 600

static void add_stops(struct test_list *list, const char *name, const struct trial *t,
		      bool is_long)
{
	char full[96];

	snprintf(full, sizeof(full), "%s/%s/%s", name, t->config.name, way_names[t->way]);
	ADD_CASE(list, before_each_store_a_page_is_where_it_was, full, t);
	if (!is_long)
		ADD_CASE(list, a_commit_that_never_ends_leaves_every_page_where_it_was,
			 full, t);
}

/* One of each kind: each stop takes a machine of its own. */
static bool is_stopped_in(const struct geometry *g)
{
	static const char *const names[] = { "4k-48", "4k-52-lpa2", "16k-47-el2-0",
					     "64k-48-el2-0" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(g->machine.name, names[i]))
			return true;
	}
	return false;
}

static struct trial *add_scenarios(struct test_list *list, struct trial *t)
{
	for (size_t n = 0; n < scenario_count * geometry_count * LM_WAYS; n++) {
		const struct geometry *g = &geometries[n / LM_WAYS % geometry_count];
		const struct scenario *s = &scenarios[n / LM_WAYS / geometry_count];

		*t = trial_of_scenario(s, g, (enum lm_way)(n % LM_WAYS));
		if (s->is_for(g) && t->is_possible)
			add_stops(list, s->name, t++, !is_stopped_in(g));
	}
	return t;
}

static struct trial *add_split_cases(struct test_list *list, struct trial *t)
{
	for (size_t n = 0; n < split_case_count * LM_WAYS; n++) {
		const struct split_case *c = &split_cases[n / LM_WAYS];

		*t = trial_of_split_case(c, (enum lm_way)(n % LM_WAYS));
		if (c->in_place_stores <= MANY_STORES)
			add_stops(list, "pages", t++, c->in_place_stores > FEW_STORES);
	}
	return t;
}

int test_main(void)
{
	size_t room = (scenario_count * geometry_count + split_case_count) * LM_WAYS + 1;
	struct trial *trials = calloc(room, sizeof(*trials));
	struct test_list list = { 0 };
	int failed;

	if (!trials)
		abort();
	add_split_cases(&list, add_scenarios(&list, trials));
	failed = test_list_run(&list, "stops");
	free(trials);
	return failed;
}
