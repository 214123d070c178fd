// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What has to be seen in the tables, and what is: translations, leaves, the census, runs,
 * findings; and that nothing changed.
 */
#include "expect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linmap/check.h>

void for_each_leaf(const struct machine *m, sim_leaf_fn *visit, void *ctx)
{
	sim_for_each_leaf(m->sim, m->map.root.v, machine_base(m), half_size(m), visit,
			  ctx);
}

struct translations {
	const struct machine *m;
	size_t mapping;
	uint64_t done; /* bytes of it */
};

static void check_translation(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct translations *t = ctx;
	const char *name = t->m->config.name;
	const struct mapping *mapping = &t->m->mappings[t->mapping];

	if (t->mapping == t->m->mapping_count)
		fail_msg("%s: 0x%" PRIx64 ": expected nothing, saw a leaf of 0x%" PRIx64,
			 name, va, leaf->size);
	if (va != mapping->va + t->done)
		fail_msg("%s: expected a leaf at 0x%" PRIx64
			 ", saw the next at 0x%" PRIx64,
			 name, mapping->va + t->done, va);
	if (leaf->pa != mapping->pa + t->done)
		fail_msg("%s: 0x%" PRIx64 ": expected output 0x%" PRIx64
			 ", saw 0x%" PRIx64,
			 name, va, mapping->pa + t->done, leaf->pa);
	if (machine_attrs(t->m, leaf->descriptor) != mapping->attrs)
		fail_msg("%s: 0x%" PRIx64 ": expected attributes 0x%016" PRIx64
			 ", saw 0x%016" PRIx64,
			 name, va, mapping->attrs, machine_attrs(t->m, leaf->descriptor));
	if (leaf->size > mapping->size - t->done)
		fail_msg("%s: 0x%" PRIx64 ": a leaf of 0x%" PRIx64
			 " sticks out of its mapping",
			 name, va, leaf->size);
	t->done += leaf->size;
	if (t->done == mapping->size) {
		t->mapping++;
		t->done = 0;
	}
}

void expect_translations(const struct machine *m)
{
	struct translations t = { .m = m };

	for_each_leaf(m, check_translation, &t);
	if (t.mapping < m->mapping_count)
		fail_msg("%s: 0x%" PRIx64 ": expected a leaf, saw none", m->config.name,
			 m->mappings[t.mapping].va + t.done);
}

struct tally {
	const struct machine *m;
	struct leaf_count seen[LEAF_SIZES + 1];
};

/* A hint on some members of a run only leaves the size of all to the walker's choice. */
bool is_run(const struct machine *m, uint64_t va, const struct sim_translation *leaf)
{
	bool run = leaf->size == run_size(m, shape_at(m, leaf->level));

	if (leaf->contiguous && !run)
		fail_msg("%s: 0x%" PRIx64 ": a hint outside a whole run", m->config.name,
			 va);
	return run;
}

static void tally_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct tally *tally = ctx;
	bool run = is_run(tally->m, va, leaf);
	struct leaf_count *count = tally->seen;

	while (count->size && (count->size != leaf->size || count->run != run))
		count++;
	assert_true(count < tally->seen + LEAF_SIZES);
	count->size = leaf->size;
	count->run = run;
	count->leaves++;
}

static uint64_t leaves_counted(const struct leaf_count *count, uint64_t size, bool run)
{
	while (count->size && (count->size != size || count->run != run))
		count++;
	return count->size ? count->leaves : 0;
}

void expect_leaves(const struct machine *m, const struct leaf_count *expected)
{
	struct tally tally = { .m = m };

	for_each_leaf(m, tally_leaf, &tally);
	for (const struct leaf_count *e = expected; e->size; e++)
		expect_count(leaves_counted(tally.seen, e->size, e->run), e->leaves,
			     "%s: %s of 0x%" PRIx64, m->config.name,
			     e->run ? "contiguous runs" : "leaves", e->size);
	for (const struct leaf_count *s = tally.seen; s->size; s++)
		expect_count(s->leaves, leaves_counted(expected, s->size, s->run),
			     "%s: %s of 0x%" PRIx64, m->config.name,
			     s->run ? "contiguous runs" : "leaves", s->size);
}

struct censuses {
	const struct machine *m;
	struct lm_census linear, alias;
};

static void count_census(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct censuses *c = ctx;
	const struct lm_region *alias = &c->m->alias;
	bool in_alias = va - alias->range.start.v < alias->range.size;
	struct lm_census *census = in_alias ? &c->alias : &c->linear;

	/* Levels from -1, LM_SINGLE is 0 and LM_RUN 1. */
	census->leaves[leaf->level + 1][is_run(c->m, va, leaf)]++;
}

static void compare_census(const struct machine *m, const struct lm_region *region,
			   const struct lm_census *expected)
{
	for (int level = -1; level <= 3; level++) {
		for (int kind = 0; kind < 2; kind++)
			expect_count(region->census.leaves[level + 1][kind],
				     expected->leaves[level + 1][kind],
				     "%s: census of %s, level %d, %s", m->config.name,
				     region->name, level,
				     kind ? "runs" : "single leaves");
	}
}

void expect_census(const struct machine *m)
{
	struct censuses c = { .m = m };

	for_each_leaf(m, count_census, &c);
	compare_census(m, &m->linear, &c.linear);
	if (m->alias.name)
		compare_census(m, &m->alias, &c.alias);
}

struct mixed {
	const struct machine *m;
	bool may_be_invalid;
	uint64_t may_differ;
};

static void check_run(const struct mixed *c, const uint64_t *run,
		      const struct shape *shape, uint64_t va)
{
	const uint64_t type = shape->level == 3 ? 3 : 1;
	unsigned int hinted = 0;
	uint64_t first;

	while (hinted < shape->run &&
	       !((run[hinted] >> 52 & 1) && (run[hinted] & 3) == type))
		hinted++;
	if (hinted == shape->run)
		return;
	first = machine_output(c->m, run[hinted]) - hinted * shape->entry_size;
	for (unsigned int i = 0; i < shape->run; i++) {
		uint64_t output = first + i * shape->entry_size;
		uint64_t differs = machine_attrs(c->m, run[i] ^ run[hinted]);

		if (!(run[i] & 1) && c->may_be_invalid)
			continue;
		if ((run[i] & 3) != type || machine_output(c->m, run[i]) != output ||
		    (differs & ~c->may_differ))
			fail_msg("%s: 0x%" PRIx64 ": a run with hints has 0x%016" PRIx64
				 " as member %u, 0x%016" PRIx64 " as member %u",
				 c->m->config.name, va, run[i], i, run[hinted], hinted);
	}
}

static void check_runs_of_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	const struct mixed *c = ctx;
	const struct shape *shape = shapes_of(c->m);
	const uint64_t *table = sim_pointer(c->m->sim, pa);
	uint64_t entries = table_bytes(c->m, level) / sizeof(*table);

	while (shape->entry_size && shape->level != level)
		shape++;
	if (!shape->entry_size || !run_size(c->m, shape))
		return;
	for (uint64_t i = 0; i < entries; i += shape->run)
		check_run(c, table + i, shape, va + i * shape->entry_size);
}

void expect_no_mixed_run(const struct machine *m, bool may_be_invalid,
			 uint64_t may_differ)
{
	struct mixed c = { m, may_be_invalid, may_differ };

	sim_for_each_table(m->sim, m->map.root.v, check_runs_of_table, &c);
}

void expect_no_findings(const struct machine *m)
{
	const struct sim_finding *finding = sim_finding(m->sim, 0);

	if (finding)
		fail_msg("%s: the model found, at event %" PRIu64 ", 0x%" PRIx64 ": %s",
			 m->config.name, finding->event, finding->va, finding->text);
	for (int kind = 0; kind < SIM_FINDING_KINDS; kind++)
		expect_count(sim_finding_count(m->sim, (enum sim_finding_kind)kind), 0,
			     "%s: findings of kind %s", m->config.name,
			     sim_finding_name((enum sim_finding_kind)kind));
}

void expect_clean(const struct machine *m)
{
	sim_expect_clean(m->sim);
	expect_no_findings(m);
}

static int tell_finding(void *ctx, const struct lm_finding *finding)
{
	const struct machine *m = ctx;

	print_error("%s: the verifier found at 0x%" PRIx64 ", level %d, 0x%016" PRIx64
		    ": %s\n",
		    m->config.name, finding->va.v, finding->level, finding->desc.v,
		    lm_finding_text(finding->kind));
	return 0;
}

void expect_well_formed(const struct machine *m)
{
	size_t room = 2 * sim_tables_allocated(m->sim) + 2;
	lm_pa_t *seen = calloc(room, sizeof(*seen));
	int64_t findings;

	assert_non_null(seen);
	findings = lm_check(&m->map, seen, room, tell_finding, (void *)(uintptr_t)m);
	free(seen);
	expect_count((uint64_t)findings, 0, "%s: findings of the verifier",
		     m->config.name);
}

struct taking {
	struct snapshot *s;
	const struct machine *m;
};

void *grow(void *array, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	array = realloc(array, *room * size);
	assert_non_null(array);
	return array;
}

static void take_table(void *ctx, uint64_t pa, int level, uint64_t va)
{
	struct taking *t = ctx;
	struct snapshot *s = t->s;
	size_t size = table_bytes(t->m, level);
	unsigned char *bytes = malloc(size);

	assert_non_null(bytes);
	memcpy(bytes, sim_pointer(t->m->sim, pa), size);
	s->tables = grow(s->tables, &s->room, s->count, sizeof(*s->tables));
	s->tables[s->count].pa = pa;
	s->tables[s->count].size = size;
	s->tables[s->count++].bytes = bytes;
}

void snapshot_take(struct snapshot *s, const struct machine *m)
{
	struct taking t = { s, m };

	*s = (struct snapshot){ 0 };
	sim_for_each_table(m->sim, m->map.root.v, take_table, &t);
}

void snapshot_free(struct snapshot *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->tables[i].bytes);
	free(s->tables);
	*s = (struct snapshot){ 0 };
}

static void compare_table(const struct snapshot *s, const struct snapshot *now, size_t i)
{
	const uint64_t *was = (const uint64_t *)(const void *)s->tables[i].bytes;
	const uint64_t *is = (const uint64_t *)(const void *)now->tables[i].bytes;

	if (s->tables[i].pa != now->tables[i].pa)
		fail_msg("expected the table at 0x%" PRIx64 ", saw the one at 0x%" PRIx64,
			 s->tables[i].pa, now->tables[i].pa);
	for (size_t n = 0; n < s->tables[i].size / sizeof(*was); n++) {
		if (was[n] != is[n])
			fail_msg("table 0x%" PRIx64 ", entry %zu: expected 0x%016" PRIx64
				 ", saw 0x%016" PRIx64,
				 s->tables[i].pa, n, was[n], is[n]);
	}
}

void expect_unchanged(const struct snapshot *s, const struct machine *m)
{
	struct snapshot now;

	snapshot_take(&now, m);
	for (size_t i = 0; i < s->count && i < now.count; i++)
		compare_table(s, &now, i);
	expect_count(now.count, s->count, "%s: tables of the map", m->config.name);
	snapshot_free(&now);
}
