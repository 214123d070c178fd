// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The plain reference: which leaves an edit has to result in, computed leaf by leaf. It
 * asks nothing of the core.
 */
#include "expect.h"

#include <inttypes.h>
#include <stdlib.h>

static void leaves_add(struct leaves *l, struct leaf leaf)
{
	l->leaf = grow(l->leaf, &l->room, l->count, sizeof(*l->leaf));
	l->leaf[l->count++] = leaf;
}

void leaves_free(struct leaves *l)
{
	free(l->leaf);
	*l = (struct leaves){ 0 };
}

static bool has_runs(const struct machine *m, const struct shape *shape)
{
	uint64_t limit = m->config.longest_contiguous;

	return !(m->config.flags & LM_NO_RUNS) && run_size(m, shape) &&
	       (!limit || run_size(m, shape) <= limit);
}

/* The largest leaf that may begin at @va and ends before @end. */
static struct leaf largest_leaf(const struct machine *m, const struct mapping *mapping,
				uint64_t va)
{
	uint64_t pa = mapping->pa + (va - mapping->va);
	uint64_t left = mapping->size - (va - mapping->va);
	struct leaf leaf = { .va = va, .pa = pa, .attrs = mapping->attrs };

	for (const struct shape *shape = shapes_of(m); shape->entry_size; shape++) {
		if (shape->level < 3 && (m->config.flags & LM_NO_BLOCKS))
			continue;
		leaf.level = shape->level;
		leaf.size = shape->run * shape->entry_size;
		leaf.run = true;
		if (has_runs(m, shape) && leaf.size <= left && !((va | pa) % leaf.size))
			return leaf;
		leaf.size = shape->entry_size;
		leaf.run = false;
		if (leaf.size <= left && !((va | pa) % leaf.size))
			return leaf;
	}
	fail_msg("no leaf fits at 0x%" PRIx64, va);
	return leaf;
}

void leaves_of_mappings(struct leaves *l, const struct machine *m)
{
	*l = (struct leaves){ 0 };
	for (size_t i = 0; i < m->mapping_count; i++) {
		const struct mapping *mapping = &m->mappings[i];
		uint64_t done = 0;

		while (done < mapping->size) {
			struct leaf leaf = largest_leaf(m, mapping, mapping->va + done);

			leaves_add(l, leaf);
			done += leaf.size;
		}
	}
}

struct goal {
	const struct machine *m;
	struct stretch range;
	const struct stretch *exceptions;
	size_t exception_count;
	bool ends_only; /* only what is not taken whole */
};

/* Distance from the base of the half, so that nothing wraps. */
static uint64_t offset_of(const struct goal *goal, uint64_t va)
{
	return va - machine_base(goal->m);
}

/* The first byte at or after @offset that no exception has. */
static uint64_t after_exceptions(const struct goal *goal, uint64_t offset)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < goal->exception_count; i++) {
			const struct stretch *e = &goal->exceptions[i];

			if (offset - offset_of(goal, e->va) >= e->size)
				continue;
			offset = offset_of(goal, e->va) + e->size;
			moved = true;
		}
	}
	return offset;
}

/* Whether any page of the leaf is in the goal. */
static bool goal_reaches(const struct goal *goal, const struct leaf *leaf)
{
	uint64_t start = offset_of(goal, leaf->va);
	uint64_t end = start + leaf->size;
	uint64_t goal_start = offset_of(goal, goal->range.va);
	uint64_t goal_end = goal_start + goal->range.size;

	if (start < goal_start)
		start = goal_start;
	if (end > goal_end)
		end = goal_end;
	return start < end && after_exceptions(goal, start) < end;
}

/* Whether every page of it is. */
static bool goal_takes(const struct goal *goal, const struct leaf *leaf)
{
	uint64_t start = offset_of(goal, leaf->va);
	uint64_t goal_start = offset_of(goal, goal->range.va);

	if (start < goal_start || start + leaf->size > goal_start + goal->range.size)
		return false;
	for (size_t i = 0; i < goal->exception_count; i++) {
		uint64_t except = offset_of(goal, goal->exceptions[i].va);

		if (start < except + goal->exceptions[i].size &&
		    except < start + leaf->size)
			return false;
	}
	return true;
}

static void split_leaf(struct leaves *l, const struct goal *goal,
		       const struct leaf *leaf);

/* @leaf in equal parts of one @level, one after the other. */
static void split_into(struct leaves *l, const struct goal *goal, const struct leaf *leaf,
		       int level, uint64_t size, bool runs)
{
	for (uint64_t done = 0; done < leaf->size; done += size) {
		struct leaf part = *leaf;

		part.va += done;
		part.pa += done;
		part.size = size;
		part.level = level;
		part.run = runs;
		split_leaf(l, goal, &part);
	}
}

static void split_leaf(struct leaves *l, const struct goal *goal, const struct leaf *leaf)
{
	const struct shape *shape = shape_at(goal->m, leaf->level);
	bool runs;

	if (!goal_reaches(goal, leaf) || (leaf->level == 3 && !leaf->run) ||
	    (goal->ends_only && goal_takes(goal, leaf))) {
		leaves_add(l, *leaf);
	} else if (leaf->run) {
		split_into(l, goal, leaf, leaf->level, shape->entry_size, false);
	} else {
		runs = has_runs(goal->m, ++shape);
		split_into(l, goal, leaf, shape->level,
			   runs ? shape->run * shape->entry_size : shape->entry_size,
			   runs);
	}
}

static void split_leaves(struct leaves *l, const struct goal *goal)
{
	struct leaves split = { 0 };

	for (size_t i = 0; i < l->count; i++)
		split_leaf(&split, goal, &l->leaf[i]);
	leaves_free(l);
	*l = split;
}

void leaves_to_pages(struct leaves *l, const struct machine *m, struct stretch range,
		     const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, false };

	split_leaves(l, &goal);
}

void leaves_to_boundaries(struct leaves *l, const struct machine *m, struct stretch range,
			  const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, true };

	split_leaves(l, &goal);
}

void leaves_protect(struct leaves *l, const struct machine *m, struct stretch range,
		    const struct stretch *exceptions, size_t exception_count,
		    uint64_t set, uint64_t clear)
{
	struct goal goal = { m, range, exceptions, exception_count, true };

	split_leaves(l, &goal);
	for (size_t i = 0; i < l->count; i++) {
		if (goal_takes(&goal, &l->leaf[i]))
			l->leaf[i].attrs = (l->leaf[i].attrs & ~clear) | set;
	}
}

void leaves_unmap(struct leaves *l, const struct machine *m, struct stretch range,
		  const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, true };
	struct leaves left = { 0 };

	split_leaves(l, &goal);
	for (size_t i = 0; i < l->count; i++) {
		if (!goal_takes(&goal, &l->leaf[i]))
			leaves_add(&left, l->leaf[i]);
	}
	leaves_free(l);
	*l = left;
}

/* How many leaves from @from on map just what @large would; 0 if they do not. */
static size_t leaves_of(const struct leaves *l, size_t from, const struct leaf *large)
{
	uint64_t done = 0;
	size_t n = from;

	for (; n < l->count && done < large->size; n++) {
		const struct leaf *leaf = &l->leaf[n];

		if (leaf->va != large->va + done || leaf->pa != large->pa + done ||
		    leaf->attrs != large->attrs)
			return 0;
		done += leaf->size;
	}
	return done == large->size ? n - from : 0;
}

/* The largest leaf that can take the place of those from @from on; 0: there is none. */
static size_t collapse_from(const struct leaves *l, size_t from, const struct goal *goal,
			    struct leaf *large)
{
	const struct machine *m = goal->m;
	const struct leaf *first = &l->leaf[from];

	for (const struct shape *shape = shapes_of(m); shape->entry_size; shape++) {
		for (int run = 1; run >= 0; run--) {
			uint64_t size = shape->entry_size * (run ? shape->run : 1);
			size_t leaves;

			if (size <= first->size || (run && !has_runs(m, shape)) ||
			    (shape->level < 3 && (m->config.flags & LM_NO_BLOCKS)) ||
			    (offset_of(goal, first->va) | first->pa) % size)
				continue;
			*large = *first;
			large->size = size;
			large->level = shape->level;
			large->run = run;
			leaves = goal_takes(goal, large) ? leaves_of(l, from, large) : 0;
			if (leaves)
				return leaves;
		}
	}
	return 0;
}

uint64_t leaves_collapse(struct leaves *l, const struct machine *m, struct stretch range,
			 const struct stretch *exceptions, size_t exception_count)
{
	struct goal goal = { m, range, exceptions, exception_count, false };
	struct leaves collapsed = { 0 };
	uint64_t gone = 0;

	for (size_t i = 0; i < l->count;) {
		struct leaf large = l->leaf[i];
		size_t leaves = collapse_from(l, i, &goal, &large);

		leaves_add(&collapsed, leaves ? large : l->leaf[i]);
		gone += leaves;
		i += leaves ? leaves : 1;
	}
	leaves_free(l);
	*l = collapsed;
	return gone;
}

void leaves_copy(struct leaves *to, const struct leaves *from)
{
	*to = (struct leaves){ 0 };
	for (size_t i = 0; i < from->count; i++)
		leaves_add(to, from->leaf[i]);
}

struct comparing {
	const struct machine *m;
	const struct leaves *l;
	size_t at;
};

static void pass_present_invalid(struct comparing *c)
{
	while (c->at < c->l->count &&
	       (c->l->leaf[c->at].attrs & c->m->config.present_invalid))
		c->at++;
}

static void compare_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct comparing *c = ctx;
	const char *name = c->m->config.name;
	const struct leaf *expected;
	bool run;

	pass_present_invalid(c);
	expected = &c->l->leaf[c->at];
	if (c->at == c->l->count)
		fail_msg("%s: 0x%" PRIx64 ": expected nothing, saw a leaf of 0x%" PRIx64,
			 name, va, leaf->size);
	run = is_run(c->m, va, leaf);
	if (va != expected->va || leaf->size != expected->size ||
	    leaf->level != expected->level || run != expected->run)
		fail_msg("%s: expected %s of 0x%" PRIx64 ", level %d, at 0x%" PRIx64
			 ", saw %s of 0x%" PRIx64 ", level %d, at 0x%" PRIx64,
			 name, expected->run ? "a run" : "a leaf", expected->size,
			 expected->level, expected->va, run ? "a run" : "a leaf",
			 leaf->size, leaf->level, va);
	if (leaf->pa != expected->pa ||
	    machine_attrs(c->m, leaf->descriptor) != expected->attrs)
		fail_msg("%s: 0x%" PRIx64 ": expected output 0x%" PRIx64
			 ", attributes 0x%016" PRIx64 ", saw descriptor 0x%016" PRIx64,
			 name, va, expected->pa, expected->attrs, leaf->descriptor);
	c->at++;
}

void expect_these_leaves(const struct machine *m, const struct leaves *l)
{
	struct comparing c = { .m = m, .l = l };

	for_each_leaf(m, compare_leaf, &c);
	pass_present_invalid(&c);
	if (c.at < l->count)
		fail_msg("%s: 0x%" PRIx64 ": expected a leaf of 0x%" PRIx64 ", saw none",
			 m->config.name, l->leaf[c.at].va, l->leaf[c.at].size);
}
