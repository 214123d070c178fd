/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The log of translations that tables no longer hold: intervals of addresses
 * with the times of their life, in a treap for each size, ordered by address.
 * Neighbours that no TLB could tell apart are one interval. Knows nothing of
 * CPUs but their DSBs.
 */
#include <stdlib.h>

#include "sim_internal.h"

static struct sim_dead **tree_of(struct sim *sim, const struct sim_mapping *what)
{
	return &sim->log[what->level * 2 + what->contiguous];
}

/* ------------------------------------------------------------------------ treap */

/* Fixed, so that each run is like the last one. */
static uint64_t priority_of(uint64_t serial)
{
	uint64_t x = serial * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static bool before(const struct sim_dead *a, const struct sim_dead *b)
{
	if (a->what.start != b->what.start)
		return a->what.start < b->what.start;
	return a->serial < b->serial;
}

static void update(struct sim_dead *tree)
{
	tree->highest = tree->what.last;
	if (tree->left && tree->left->highest > tree->highest)
		tree->highest = tree->left->highest;
	if (tree->right && tree->right->highest > tree->highest)
		tree->highest = tree->right->highest;
}

static void split(struct sim_dead *tree, const struct sim_dead *at, struct sim_dead **low,
		  struct sim_dead **high)
{
	if (!tree) {
		*low = *high = NULL;
		return;
	}
	if (before(tree, at)) {
		split(tree->right, at, &tree->right, high);
		*low = tree;
	} else {
		split(tree->left, at, low, &tree->left);
		*high = tree;
	}
	update(tree);
}

static struct sim_dead *join(struct sim_dead *low, struct sim_dead *high)
{
	if (!low || !high)
		return low ? low : high;
	if (low->priority > high->priority) {
		low->right = join(low->right, high);
		update(low);
		return low;
	}
	high->left = join(low, high->left);
	update(high);
	return high;
}

static void insert(struct sim_dead **tree, struct sim_dead *dead)
{
	struct sim_dead *low, *high;

	dead->left = dead->right = NULL;
	update(dead);
	split(*tree, dead, &low, &high);
	*tree = join(join(low, dead), high);
}

static void take_out(struct sim_dead **tree, const struct sim_dead *dead)
{
	if (*tree == dead) {
		*tree = join(dead->left, dead->right);
		return;
	}
	take_out(before(dead, *tree) ? &(*tree)->left : &(*tree)->right, dead);
	update(*tree);
}

static bool visit_overlaps(struct sim_dead *tree, uint64_t start, uint64_t last,
			   sim_log_fn *visit, void *ctx)
{
	if (!tree || tree->highest < start)
		return true;
	if (!visit_overlaps(tree->left, start, last, visit, ctx))
		return false;
	if (tree->what.start > last)
		return true;
	if (tree->what.last >= start && !visit(ctx, tree))
		return false;
	return visit_overlaps(tree->right, start, last, visit, ctx);
}

bool sim_log_for_each(const struct sim *sim, uint64_t start, uint64_t last,
		      sim_log_fn *visit, void *ctx)
{
	for (unsigned int i = 0; i < SIM_LOG_TREES; i++) {
		if (!visit_overlaps(sim->log[i], start, last, visit, ctx))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------------- merging */

static bool same_life(const struct sim_dead *a, const struct sim_dead *b)
{
	return a->birth == b->birth && a->death == b->death && a->roots == b->roots &&
	       (a->death != SIM_PENDING || a->cpu == b->cpu);
}

static bool touch(const struct sim_mapping *a, const struct sim_mapping *b)
{
	return a->start - 1 <= b->last || b->last == UINT64_MAX || a->start == 0;
}

/* What lives on ends run by run, so it is kept run by run. */
static bool can_join(const struct sim_dead *a, const struct sim_dead *b)
{
	if (a->death == SIM_NEVER)
		return a->what.start == b->what.start && a->what.last == b->what.last;
	return touch(&a->what, &b->what) && touch(&b->what, &a->what);
}

struct search {
	const struct sim_dead *like;
	struct sim_dead *found;
};

static bool find_like(void *ctx, struct sim_dead *dead)
{
	struct search *search = ctx;
	const struct sim_dead *like = search->like;

	if (dead == like || dead->what.offset != like->what.offset ||
	    dead->what.attrs != like->what.attrs || !same_life(dead, like) ||
	    !can_join(dead, like))
		return true;
	search->found = dead;
	return false;
}

/* An interval that @dead could be one with. */
static struct sim_dead *find_neighbour(struct sim *sim, const struct sim_dead *dead)
{
	struct search search = { .like = dead };
	uint64_t start = dead->what.start ? dead->what.start - 1 : 0;
	uint64_t last = dead->what.last < UINT64_MAX ? dead->what.last + 1 : UINT64_MAX;

	visit_overlaps(*tree_of(sim, &dead->what), start, last, find_like, &search);
	return search.found;
}

static void widen(struct sim *sim, struct sim_dead *dead, const struct sim_mapping *by)
{
	struct sim_dead **tree = tree_of(sim, &dead->what);

	if (by->start >= dead->what.start && by->last <= dead->what.last)
		return;
	take_out(tree, dead);
	if (by->start < dead->what.start)
		dead->what.start = by->start;
	if (by->last > dead->what.last)
		dead->what.last = by->last;
	insert(tree, dead);
}

/* ---------------------------------------------------------------------- entries */

static void wait_for_dsb(struct sim *sim, struct sim_dead *dead)
{
	struct sim_cpu *cpu = &sim->cpus[dead->cpu];

	dead->next = cpu->pending;
	cpu->pending = dead;
}

void sim_log_add(struct sim *sim, const struct sim_dead *dead)
{
	struct sim_dead *entry = find_neighbour(sim, dead);

	if (entry) {
		widen(sim, entry, &dead->what);
		return;
	}
	entry = malloc(sizeof(*entry));
	if (!entry)
		abort();
	*entry = *dead;
	entry->serial = ++sim->log_serial;
	entry->priority = priority_of(entry->serial);
	insert(tree_of(sim, &entry->what), entry);
	sim->log_count++;
	if (entry->death == SIM_NEVER)
		sim->log_living++;
	if (entry->death == SIM_PENDING)
		wait_for_dsb(sim, entry);
}

/* @dead is not waiting for a DSB. */
void sim_log_remove(struct sim *sim, struct sim_dead *dead)
{
	take_out(tree_of(sim, &dead->what), dead);
	sim->log_count--;
	if (dead->death == SIM_NEVER)
		sim->log_living--;
	free(dead);
}

void sim_log_end(struct sim *sim, struct sim_dead *dead)
{
	sim->log_living--;
	dead->death = SIM_PENDING;
	dead->cpu = sim->cpu;
	wait_for_dsb(sim, dead);
}

static void merge_with_neighbours(struct sim *sim, struct sim_dead *dead)
{
	struct sim_dead *neighbour;

	while ((neighbour = find_neighbour(sim, dead))) {
		widen(sim, neighbour, &dead->what);
		sim_log_remove(sim, dead);
		dead = neighbour;
	}
}

void sim_log_settle(struct sim *sim, unsigned int cpu)
{
	struct sim_dead *dead = sim->cpus[cpu].pending;

	sim->cpus[cpu].pending = NULL;
	while (dead) {
		struct sim_dead *next = dead->next;

		dead->death = sim->epoch;
		merge_with_neighbours(sim, dead);
		dead = next;
	}
}

/* ---------------------------------------------------------------------- all of it */

struct sweep {
	const struct sim *sim;
	uint64_t forget;
	struct sim_dead *drop;
};

static bool anybody_holds(const struct sim *sim, const struct sim_dead *dead)
{
	struct sim_query query = {
		.roots = dead->roots,
		.birth = dead->birth,
		.death = dead->death,
		.walked = SIM_ANYWHERE,
		.below = SIM_ANY_LEVEL,
	};

	return sim_holders(sim, &query).count;
}

static bool collect_unheld(void *ctx, struct sim_dead *dead)
{
	struct sweep *sweep = ctx;

	dead->roots &= ~sweep->forget;
	/* What waits for a DSB is in a CPU's list, too. */
	if (dead->death == SIM_PENDING || anybody_holds(sweep->sim, dead))
		return true;
	dead->next = sweep->drop;
	sweep->drop = dead;
	return true;
}

static void drop_unheld(struct sim *sim, uint64_t forget)
{
	struct sweep sweep = { .sim = sim, .forget = forget };

	sim_log_for_each(sim, 0, UINT64_MAX, collect_unheld, &sweep);
	while (sweep.drop) {
		struct sim_dead *next = sweep.drop->next;

		sim_log_remove(sim, sweep.drop);
		sweep.drop = next;
	}
	sim->log_swept = sim->log_count;
}

/* Often enough to stay small, seldom enough to cost nothing for each entry. */
void sim_log_sweep(struct sim *sim)
{
	if (sim->log_count &&
	    (sim->log_count < 64 || sim->log_count > 2 * sim->log_swept))
		drop_unheld(sim, 0);
}

void sim_log_forget_root(struct sim *sim, unsigned int root)
{
	drop_unheld(sim, UINT64_C(1) << root);
}

struct heir {
	const struct sim *sim;
	unsigned int root;
};

static bool same_table(const struct heir *heir, const struct sim_dead *dead)
{
	const struct sim *sim = heir->sim;
	uint64_t pa = sim_table_on_path(sim, sim->roots[heir->root].pa, dead->what.level,
					dead->what.start);

	for (uint64_t left = dead->roots & sim->active; pa && left; left &= left - 1) {
		unsigned int root = (unsigned int)__builtin_ctzll(left);

		if (sim_table_on_path(sim, sim->roots[root].pa, dead->what.level,
				      dead->what.start) == pa)
			return true;
	}
	return false;
}

static bool inherit(void *ctx, struct sim_dead *dead)
{
	const struct heir *heir = ctx;

	/* An interval that waits for a DSB may come from several tables. */
	if (dead->death == SIM_PENDING ||
	    (dead->death == SIM_NEVER && same_table(heir, dead)))
		dead->roots |= UINT64_C(1) << heir->root;
	return true;
}

void sim_log_inherit(struct sim *sim, unsigned int root)
{
	struct heir heir = { sim, root };

	sim_log_for_each(sim, 0, UINT64_MAX, inherit, &heir);
}

static void free_tree(struct sim_dead *tree)
{
	if (!tree)
		return;
	free_tree(tree->left);
	free_tree(tree->right);
	free(tree);
}

void sim_log_free(struct sim *sim)
{
	for (unsigned int i = 0; i < SIM_LOG_TREES; i++)
		free_tree(sim->log[i]);
}
