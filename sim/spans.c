/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which CPU walked which root, and when: opens, closes and cuts the spans of each CPU.
 * CPUs that cannot be told apart are one class.
 */
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

/* ---------------------------------------------------------------------------- roots */

static unsigned int new_root(struct sim *sim, uint64_t pa, uint16_t asid)
{
	unsigned int root = 0;

	while (root < SIM_ROOTS && sim->roots[root].spans)
		root++;
	if (root == SIM_ROOTS) {
		sim_misuse(sim, "more than %d roots in TLBs at once: no root", SIM_ROOTS);
		return SIM_NO_ROOT;
	}
	sim_log_forget_root(sim, root);
	sim->roots[root].pa = pa;
	sim->roots[root].asid = asid;
	return root;
}

/* Tables that nobody walked may have changed unseen, so read them again. */
static unsigned int activate_root(struct sim *sim, uint64_t pa, uint16_t asid)
{
	unsigned int root = sim_find_root(sim, pa, asid);

	if (root != SIM_NO_ROOT) {
		if (!(sim->walked & sim_root_bit(root)))
			sim_learn_root_again(sim, pa);
		return root;
	}
	root = new_root(sim, pa, asid);
	if (root != SIM_NO_ROOT)
		sim_learn_root(sim, pa);
	return root;
}

static void count_span(struct sim *sim, const struct sim_span *span)
{
	struct sim_root *root = &sim->roots[span->root];

	root->spans++;
	sim->active |= sim_root_bit(span->root);
	if (sim_span_goes_on(span)) {
		root->open++;
		sim->walked |= sim_root_bit(span->root);
	}
}

static void uncount_span(struct sim *sim, const struct sim_span *span)
{
	struct sim_root *root = &sim->roots[span->root];

	if (!--root->spans)
		sim->active &= ~sim_root_bit(span->root);
	if (sim_span_goes_on(span) && !--root->open)
		sim->walked &= ~sim_root_bit(span->root);
}

/* -------------------------------------------------------------------------- classes */

static bool same_class(const struct sim_class *a, const struct sim_class *b)
{
	if (a->bbm_level != b->bbm_level || a->ttbr != b->ttbr || a->asid != b->asid ||
	    a->span_count != b->span_count)
		return false;
	for (size_t i = 0; i < a->span_count; i++) {
		const struct sim_span *x = &a->spans[i], *y = &b->spans[i];

		if (x->root != y->root || x->since != y->since || x->until != y->until ||
		    x->since_tagged != y->since_tagged ||
		    x->only_global != y->only_global)
			return false;
	}
	return true;
}

/* The class in use that equals @wanted, before index @end; or @end. */
static size_t find_class(const struct sim *sim, const struct sim_class *wanted,
			 size_t end)
{
	size_t i = 0;

	while (i < end && !(sim->classes[i].cpus && same_class(&sim->classes[i], wanted)))
		i++;
	return i;
}

static size_t unused_class(struct sim *sim)
{
	size_t i = 0;

	while (i < sim->class_count && sim->classes[i].cpus)
		i++;
	sim->classes =
		sim_grow(sim->classes, &sim->class_room, i + 1, sizeof(*sim->classes));
	if (i == sim->class_count)
		sim->class_count++;
	return i;
}

/* Takes the spans from @class. */
static size_t enter_class(struct sim *sim, struct sim_class *class)
{
	size_t index = find_class(sim, class, sim->class_count);

	if (index < sim->class_count) {
		free(class->spans);
		sim->classes[index].cpus++;
		return index;
	}
	index = unused_class(sim);
	for (size_t i = 0; i < class->span_count; i++)
		count_span(sim, &class->spans[i]);
	class->cpus = 1;
	sim->classes[index] = *class;
	return index;
}

static void drop_class(struct sim *sim, struct sim_class *class)
{
	for (size_t i = 0; i < class->span_count; i++)
		uncount_span(sim, &class->spans[i]);
	free(class->spans);
	*class = (struct sim_class){ 0 };
}

static void leave_class(struct sim *sim, size_t index)
{
	if (!--sim->classes[index].cpus)
		drop_class(sim, &sim->classes[index]);
}

/* The state of @cpu, to change and pass to become(); with room for one more span. */
static struct sim_class state_of(const struct sim *sim, unsigned int cpu)
{
	struct sim_class state = *sim_class_of(sim, cpu);
	struct sim_span *spans = calloc(state.span_count + 1, sizeof(*spans));

	if (!spans)
		abort();
	if (state.span_count)
		memcpy(spans, state.spans, state.span_count * sizeof(*spans));
	state.spans = spans;
	return state;
}

static void become(struct sim *sim, unsigned int cpu, struct sim_class *state)
{
	size_t old = sim->cpus[cpu].class;

	sim->cpus[cpu].class = (unsigned int)enter_class(sim, state);
	leave_class(sim, old);
}

/* At first no CPU walks anything. */
bool sim_init_classes(struct sim *sim)
{
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		struct sim_class state = { .bbm_level = sim->cpus[cpu].bbm_level };

		sim->cpus[cpu].class = (unsigned int)enter_class(sim, &state);
	}
	return true;
}

void sim_free_classes(struct sim *sim)
{
	for (size_t i = 0; i < sim->class_count; i++)
		free(sim->classes[i].spans);
	free(sim->classes);
}

/* ---------------------------------------------------------------------------- spans */

static bool walks_already(const struct sim_class *class, unsigned int root)
{
	for (size_t i = 0; i < class->span_count; i++) {
		if (class->spans[i].root == root && sim_span_goes_on(&class->spans[i]))
			return true;
	}
	return false;
}

static struct sim_span new_span(struct sim *sim, unsigned int root)
{
	uint64_t now = sim_tick(sim, SIM_TICK_OPEN);

	return (struct sim_span){ .root = root,
				  .since = now,
				  .since_tagged = now,
				  .until = SIM_NEVER };
}

unsigned int sim_span_open(struct sim *sim, uint64_t pa, uint16_t asid)
{
	unsigned int root = pa ? activate_root(sim, pa, asid) : SIM_NO_ROOT;
	struct sim_class state = state_of(sim, sim->cpu);

	state.ttbr = root != SIM_NO_ROOT ? pa : 0;
	state.asid = asid;
	if (walks_already(&state, root))
		root = SIM_NO_ROOT;
	if (root != SIM_NO_ROOT)
		state.spans[state.span_count++] = new_span(sim, root);
	become(sim, sim->cpu, &state);
	return root;
}

static bool has_left(const struct sim *sim, const struct sim_class *class,
		     const struct sim_span *span)
{
	const struct sim_root *root = &sim->roots[span->root];

	return sim_span_goes_on(span) &&
	       (root->pa != class->ttbr || root->asid != class->asid);
}

/* -------------------------------------------------------- from a root to its equal */

/* Spans in which a CPU walked two roots, and the one that is as good as both. */
struct merger {
	const struct sim_span *left, *now, *both;
};

static bool merging_changes_nothing(void *ctx, struct sim_dead *dead)
{
	const struct merger *merger = ctx;
	struct sim_query query = sim_query_for(dead);

	return sim_span_holds(merger->both, &query) ==
	       (sim_span_holds(merger->left, &query) ||
		sim_span_holds(merger->now, &query));
}

static bool roots_are_equal(const struct sim *sim, unsigned int a, unsigned int b)
{
	return sim->roots[a].asid == sim->roots[b].asid &&
	       sim_roots_equal(sim, sim->roots[a].pa, sim->roots[b].pa);
}

/*
 * Whether what a CPU may hold of @left is what it may hold of @now, since the two roots
 * have the same entries and have had them for as long as matters: then the first need not
 * be remembered, and may be freed. @now is set to the span that is as good as both.
 */
static bool merge(struct sim *sim, const struct sim_span *left, struct sim_span *now)
{
	struct sim_span both = *now;
	struct merger merger = { left, now, &both };

	if (!sim_span_goes_on(now) || left->only_global ||
	    !roots_are_equal(sim, left->root, now->root))
		return false;
	if (left->since < both.since)
		both.since = left->since;
	if (left->since_tagged < both.since_tagged)
		both.since_tagged = left->since_tagged;
	if (!sim_log_for_each(sim, 0, UINT64_MAX, merging_changes_nothing, &merger) ||
	    !sim_log_for_each_table(sim, 0, UINT64_MAX, merging_changes_nothing, &merger))
		return false;
	*now = both;
	return true;
}

static bool merge_into_any(struct sim *sim, struct sim_class *class,
			   const struct sim_span *left)
{
	for (size_t i = 0; i < class->span_count; i++) {
		struct sim_span *span = &class->spans[i];

		if (span != left && !has_left(sim, class, span) && merge(sim, left, span))
			return true;
	}
	return false;
}

void sim_spans_close(struct sim *sim)
{
	struct sim_class state = state_of(sim, sim->cpu);
	size_t i = 0;

	while (i < state.span_count) {
		struct sim_span *span = &state.spans[i];

		if (has_left(sim, &state, span)) {
			if (merge_into_any(sim, &state, span)) {
				*span = state.spans[--state.span_count];
				continue;
			}
			span->until = sim_tick(sim, SIM_TICK_CLOSE);
		}
		i++;
	}
	become(sim, sim->cpu, &state);
}

/* Keep what a TLBI leaves of @class's spans. */
static void cut(struct sim_class *class, uint64_t issued)
{
	size_t kept = 0;

	for (size_t i = 0; i < class->span_count; i++) {
		struct sim_span span = class->spans[i];

		if (span.until <= issued)
			continue;
		if (span.since < issued)
			span.since = issued;
		if (span.since_tagged < issued)
			span.since_tagged = issued;
		class->spans[kept++] = span;
	}
	class->span_count = kept;
}

void sim_spans_cut(struct sim *sim, unsigned int cpu, uint64_t issued)
{
	struct sim_class state = state_of(sim, cpu);

	cut(&state, issued);
	become(sim, cpu, &state);
}

static void cut_class(struct sim *sim, struct sim_class *class, uint64_t issued)
{
	for (size_t i = 0; i < class->span_count; i++)
		uncount_span(sim, &class->spans[i]);
	cut(class, issued);
	for (size_t i = 0; i < class->span_count; i++)
		count_span(sim, &class->spans[i]);
}

/* Different classes may have become equal. */
static void unite_classes(struct sim *sim)
{
	for (unsigned int cpu = 0; cpu < sim->config.cpus; cpu++) {
		size_t old = sim->cpus[cpu].class;
		size_t same = find_class(sim, &sim->classes[old], old);

		if (same == old)
			continue;
		sim->classes[same].cpus++;
		sim->cpus[cpu].class = (unsigned int)same;
		leave_class(sim, old);
	}
}

void sim_spans_cut_all(struct sim *sim, uint64_t issued)
{
	for (size_t i = 0; i < sim->class_count; i++)
		cut_class(sim, &sim->classes[i], issued);
	unite_classes(sim);
}

/* ----------------------------------------------------------------------- by ASID */

/* A global translation that tables no longer hold, and that was cached from @span. */
struct global_search {
	const struct sim_span *span;
};

static bool is_not_global(void *ctx, struct sim_dead *dead)
{
	const struct global_search *search = ctx;
	struct sim_query query = sim_query_for(dead);

	return dead->what.tagged || !sim_span_holds(search->span, &query);
}

static bool holds_global(const struct sim *sim, const struct sim_span *span)
{
	struct global_search search = { span };
	uint64_t base = sim->geo.base;

	return sim_maps_globally(sim, sim->roots[span->root].pa, base,
				 base + sim->geo.range_mask) ||
	       !sim_log_for_each(sim, 0, UINT64_MAX, is_not_global, &search);
}

/*
 * A root that was left is walked through cached descriptors: these go, and only the
 * global leaves that they led to stay.
 */
static void cut_asid(const struct sim *sim, struct sim_class *class, uint16_t asid,
		     uint64_t issued)
{
	size_t kept = 0;

	for (size_t i = 0; i < class->span_count; i++) {
		struct sim_span span = class->spans[i];
		bool addressed = sim->roots[span.root].asid == asid;

		if (addressed && span.until <= issued)
			span.only_global = true;
		if (addressed && span.since_tagged < issued)
			span.since_tagged = issued;
		if (!span.only_global || holds_global(sim, &span))
			class->spans[kept++] = span;
	}
	class->span_count = kept;
}

static void cut_asid_of_all(struct sim *sim, uint16_t asid, uint64_t issued)
{
	for (size_t i = 0; i < sim->class_count; i++) {
		struct sim_class *class = &sim->classes[i];

		for (size_t j = 0; j < class->span_count; j++)
			uncount_span(sim, &class->spans[j]);
		cut_asid(sim, class, asid, issued);
		for (size_t j = 0; j < class->span_count; j++)
			count_span(sim, &class->spans[j]);
	}
	unite_classes(sim);
}

void sim_spans_cut_asid(struct sim *sim, unsigned int cpu, uint16_t asid, uint64_t issued)
{
	struct sim_class state;

	if (cpu == SIM_ALL_CPUS) {
		cut_asid_of_all(sim, asid, issued);
		return;
	}
	state = state_of(sim, cpu);
	cut_asid(sim, &state, asid, issued);
	become(sim, cpu, &state);
}
