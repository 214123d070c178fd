// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Joining leaves into stretches, and stretches into fewer. */
#include "see/stretches.h"

#include <stdlib.h>

unsigned int stretch_rank(const struct stretch *stretch)
{
	return (unsigned int)(LM_LAST_LEVEL - stretch->level) * 2 + stretch->is_run;
}

static bool look_alike(const struct stretch *a, const struct stretch *b)
{
	return a->level == b->level && a->is_run == b->is_run && a->bits == b->bits;
}

/* Whether @next can be part of the stretch before it. */
static bool joins(const struct stretches *all, const struct stretch *before,
		  const struct stretch *next)
{
	if (next->first == before->last + 1 && look_alike(before, next))
		return true;
	return all->grain && next->first / all->grain == before->first / all->grain;
}

static void join(struct stretch *before, const struct stretch *next)
{
	if (stretch_rank(next) < stretch_rank(before)) {
		before->level = next->level;
		before->is_run = next->is_run;
		before->bits = next->bits;
	}
	before->last = next->last;
}

/* Half as many, or fewer. */
static void coarsen(struct stretches *all)
{
	uint64_t grain = all->grain ? all->grain * 2 :
				      (all->last - all->first) >> 17 | 4096;
	size_t kept = 0;

	all->grain = grain;
	for (size_t i = 0; i < all->count; i++) {
		if (kept && joins(all, &all->stretch[kept - 1], &all->stretch[i]))
			join(&all->stretch[kept - 1], &all->stretch[i]);
		else
			all->stretch[kept++] = all->stretch[i];
	}
	all->count = kept;
}

static int make_room(struct stretches *all)
{
	struct stretch *larger;
	size_t room = all->room ? all->room * 2 : 256;

	while (all->count >= STRETCHES_MOST)
		coarsen(all);
	if (all->count < all->room)
		return 0;
	larger = realloc(all->stretch, room * sizeof(*larger));
	if (!larger)
		return -1;
	all->stretch = larger;
	all->room = room;
	return 0;
}

/* Whether something of it is in [@first, @last]; then it is cut to that. */
static bool clip(struct stretch *stretch, uint64_t first, uint64_t last)
{
	if (stretch->last < first || stretch->first > last)
		return false;
	if (stretch->first < first)
		stretch->first = first;
	if (stretch->last > last)
		stretch->last = last;
	return true;
}

void stretches_cut(struct stretches *all, uint64_t first, uint64_t last)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++)
		if (clip(&all->stretch[i], first, last))
			all->stretch[kept++] = all->stretch[i];
	all->count = kept;
}

void stretches_add(void *ctx, const struct seen_leaf *leaf)
{
	struct stretches *all = ctx;
	struct stretch next = {
		.first = leaf->va,
		.last = leaf->va + (leaf->size * leaf->count - 1),
		.level = leaf->level,
		.is_run = leaf->is_run,
		.bits = leaf->bits,
	};

	if (all->failed || !clip(&next, all->first, all->last))
		return;
	if (all->count && joins(all, &all->stretch[all->count - 1], &next)) {
		join(&all->stretch[all->count - 1], &next);
		return;
	}
	if (make_room(all)) {
		all->failed = true;
		return;
	}
	all->stretch[all->count++] = next;
}

void stretches_free(struct stretches *stretches)
{
	free(stretches->stretch);
	stretches->stretch = NULL;
	stretches->count = stretches->room = 0;
}
