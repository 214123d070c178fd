/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The log of translations and table descriptors that tables no longer hold:
 * intervals of addresses with the time of their end, in a treap for each size,
 * ordered by address. Neighbours that no TLB could tell apart are one interval.
 * Knows nothing of CPUs but their DSBs.
 */
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

static struct sim_dead **tree_of(struct sim *sim, const struct sim_mapping *what)
{
	int level = what->level - SIM_FIRST_LEVEL;

	if (what->table)
		return &sim->log[SIM_LEAF_TREES + level];
	return &sim->log[level * 2 + what->contiguous];
}

static int level_of(unsigned int tree)
{
	return SIM_FIRST_LEVEL +
	       (int)(tree < SIM_LEAF_TREES ? tree / 2 : tree - SIM_LEAF_TREES);
}

struct sim_mapping sim_table_mapping(const struct sim_geometry *geo,
				     const struct sim_linked *linked)
{
	int level = linked->level;
	uint64_t va = linked->va, size = sim_entry_size(geo, level);

	return (struct sim_mapping){
		.start = va & ~(size - 1),
		.last = va | (size - 1),
		.offset = linked->pa - (va >> sim_shift(geo, level)) * geo->granule_size,
		.attrs = linked->attrs,
		.level = level,
		.table = true,
		.tagged = true,
	};
}

/* ------------------------------------------------------------------------ treap */

/* Fixed, so that all runs are the same. */
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

static bool visit_trees(const struct sim *sim, unsigned int first, unsigned int end,
			const struct sim_mapping *range, sim_log_fn *visit, void *ctx)
{
	for (unsigned int i = first; i < end; i++) {
		if (!visit_overlaps(sim->log[i], range->start, range->last, visit, ctx))
			return false;
	}
	return true;
}

bool sim_log_for_each(const struct sim *sim, uint64_t start, uint64_t last,
		      sim_log_fn *visit, void *ctx)
{
	const struct sim_mapping range = { .start = start, .last = last };

	return visit_trees(sim, 0, SIM_LEAF_TREES, &range, visit, ctx);
}

bool sim_log_for_each_table(const struct sim *sim, uint64_t start, uint64_t last,
			    sim_log_fn *visit, void *ctx)
{
	const struct sim_mapping range = { .start = start, .last = last };

	return visit_trees(sim, SIM_LEAF_TREES, SIM_LOG_TREES, &range, visit, ctx);
}

bool sim_log_for_each_near(const struct sim *sim, uint64_t start, uint64_t last,
			   sim_log_fn *visit, void *ctx)
{
	for (unsigned int i = 0; i < SIM_LOG_TREES; i++) {
		uint64_t low_bits = sim_entry_size(&sim->geo, level_of(i)) - 1;

		if (sim->log[i] && !visit_overlaps(sim->log[i], start & ~low_bits,
						   last | low_bits, visit, ctx))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------------- merging */

static size_t gone_size(const struct sim *sim)
{
	return (sim->config.cpus + 63) / 64 * sizeof(uint64_t);
}

static bool same_gone(const struct sim *sim, const uint64_t *a, const uint64_t *b)
{
	return a == b || (a && b && !memcmp(a, b, gone_size(sim)));
}

static bool same_life(const struct sim *sim, const struct sim_dead *a,
		      const struct sim_dead *b)
{
	return a->death == b->death && a->roots == b->roots &&
	       same_gone(sim, a->gone, b->gone) &&
	       (a->death != SIM_PENDING || a->cpu == b->cpu);
}

static bool touch(const struct sim_mapping *a, const struct sim_mapping *b)
{
	return a->start - 1 <= b->last || b->last == UINT64_MAX || a->start == 0;
}

/* What lives on ends run by run, so keep it run by run. */
static bool can_join(const struct sim_dead *a, const struct sim_dead *b)
{
	if (a->death == SIM_NEVER)
		return a->what.start == b->what.start && a->what.last == b->what.last;
	return touch(&a->what, &b->what) && touch(&b->what, &a->what);
}

struct search {
	const struct sim *sim;
	const struct sim_dead *like;
	struct sim_dead *found;
};

static bool find_like(void *ctx, struct sim_dead *dead)
{
	struct search *search = ctx;
	const struct sim_dead *like = search->like;

	if (dead == like || dead->what.offset != like->what.offset ||
	    dead->what.attrs != like->what.attrs || dead->what.nt != like->what.nt ||
	    !same_life(search->sim, dead, like) || !can_join(dead, like))
		return true;
	search->found = dead;
	return false;
}

/* An interval that @dead could be merged with. */
static struct sim_dead *find_neighbour(struct sim *sim, const struct sim_dead *dead)
{
	struct search search = { .sim = sim, .like = dead };
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

static uint64_t *copy_gone(const struct sim *sim, const uint64_t *gone)
{
	uint64_t *copy;

	if (!gone)
		return NULL;
	copy = malloc(gone_size(sim));
	if (!copy)
		abort();
	return memcpy(copy, gone, gone_size(sim));
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
	entry->gone = copy_gone(sim, dead->gone);
	entry->serial = ++sim->log_serial;
	entry->priority = priority_of(entry->serial);
	insert(tree_of(sim, &entry->what), entry);
	sim->log_count++;
	if (entry->death == SIM_NEVER)
		sim->log_living++;
	if (entry->death == SIM_PENDING)
		wait_for_dsb(sim, entry);
}

/* @dead must not be waiting for a DSB. */
void sim_log_remove(struct sim *sim, struct sim_dead *dead)
{
	take_out(tree_of(sim, &dead->what), dead);
	sim->log_count--;
	if (dead->death == SIM_NEVER)
		sim->log_living--;
	free(dead->gone);
	free(dead);
}

static void add_piece(struct sim *sim, const struct sim_dead *dead, uint64_t start,
		      uint64_t last)
{
	struct sim_dead piece = *dead;

	piece.what.start = start;
	piece.what.last = last;
	sim_log_add(sim, &piece);
}

static void add_piece_without(struct sim *sim, const struct sim_dead *dead,
			      uint64_t start, uint64_t last, unsigned int cpu)
{
	struct sim_dead piece = *dead;

	piece.gone = copy_gone(sim, dead->gone);
	if (!piece.gone)
		piece.gone = calloc(1, gone_size(sim));
	if (!piece.gone)
		abort();
	piece.gone[cpu / 64] |= UINT64_C(1) << cpu % 64;
	add_piece(sim, &piece, start, last);
	free(piece.gone);
}

/* @dead must be dead: not waiting for a DSB, and not living on. */
void sim_log_clear(struct sim *sim, struct sim_dead *dead,
		   const struct sim_cleared *cleared)
{
	uint64_t start = cleared->start, last = cleared->last;
	struct sim_dead rest = *dead;

	rest.gone = copy_gone(sim, dead->gone);
	sim_log_remove(sim, dead);
	if (rest.what.start < start)
		add_piece(sim, &rest, rest.what.start, start - 1);
	if (rest.what.last > last)
		add_piece(sim, &rest, last + 1, rest.what.last);
	if (cleared->cpu != SIM_ALL_CPUS) {
		struct sim_dead elsewhere = rest;

		elsewhere.roots &= cleared->roots;
		add_piece_without(sim, &elsewhere, start, last, cleared->cpu);
	}
	rest.roots &= ~cleared->roots;
	if (rest.roots)
		add_piece(sim, &rest, start, last);
	free(rest.gone);
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

		dead->death = sim_tick(sim, SIM_TICK_DEATH);
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

static bool collect_unheld(void *ctx, struct sim_dead *dead)
{
	struct sweep *sweep = ctx;
	struct sim_query query;

	dead->roots &= ~sweep->forget;
	query = sim_query_for(dead);
	/* What waits for a DSB is in a CPU's list, too. */
	if (dead->death == SIM_PENDING || sim_anybody_holds(sweep->sim, &query))
		return true;
	dead->next = sweep->drop;
	sweep->drop = dead;
	return true;
}

static void drop_unheld(struct sim *sim, uint64_t forget)
{
	struct sweep sweep = { .sim = sim, .forget = forget };

	sim_log_for_each(sim, 0, UINT64_MAX, collect_unheld, &sweep);
	sim_log_for_each_table(sim, 0, UINT64_MAX, collect_unheld, &sweep);
	while (sweep.drop) {
		struct sim_dead *next = sweep.drop->next;

		sim_log_remove(sim, sweep.drop);
		sweep.drop = next;
	}
	sim->log_swept = sim->log_count;
}

/* Often enough to stay small, seldom enough to cost little for each entry. */
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

static void free_tree(struct sim_dead *tree)
{
	if (!tree)
		return;
	free_tree(tree->left);
	free_tree(tree->right);
	free(tree->gone);
	free(tree);
}

void sim_log_free(struct sim *sim)
{
	for (unsigned int i = 0; i < SIM_LOG_TREES; i++)
		free_tree(sim->log[i]);
}
