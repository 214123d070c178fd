// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counting what a pass over a map does, into edit->counted and edit->census: the same for
 * a plan, which does nothing else, and for staging, which must do what was planned. Knows
 * nothing of how anything is done.
 */
#include "core.h"

void lm_count_begin(struct lm_edit *edit)
{
	edit->counted = (struct lm_plan){ 0 };
	edit->has_staying = false;
	memset(edit->path, 0, sizeof(edit->path));
	if (edit->region)
		edit->census = edit->region->census;
	else
		edit->census = (struct lm_census){ 0 };
	edit->census.tables_unknown = true;
}

/*
 * If more leaves have gone than the census knew of, the census was wrong: somebody
 * changed sizes without linmap. Without large leaves no table leads to one.
 */
int lm_count_end(struct lm_edit *edit)
{
	struct lm_census *census = &edit->census;
	uint64_t all = census->stray_hints;

	for (int level = 0; level < LM_LEVELS; level++)
		all |= census->leaves[level][LM_SINGLE] | census->leaves[level][LM_RUN];
	if ((int64_t)all < 0) {
		edit->where = edit->range.start;
		return -LM_ESTALE;
	}
	if (!lm_census_has_large(census))
		lm_census_forget_tables(census);
	return 0;
}

/* edit->plan has fields that are computed from these; edit->counted has not. */
static bool is_same_plan(const struct lm_plan *a, const struct lm_plan *b)
{
	return a->leaves == b->leaves && a->updates == b->updates &&
	       a->replaced == b->replaced &&
	       !memcmp(a->new_tables, b->new_tables, sizeof(a->new_tables)) &&
	       !memcmp(a->copied_tables, b->copied_tables, sizeof(a->copied_tables)) &&
	       !memcmp(a->retired_tables, b->retired_tables, sizeof(a->retired_tables));
}

int lm_count_compare(struct lm_edit *edit)
{
	const struct lm_census *census = &edit->planned;

	if (is_same_plan(&edit->counted, &edit->plan) &&
	    edit->census.stray_hints == census->stray_hints &&
	    !memcmp(edit->census.leaves, census->leaves, sizeof(census->leaves)))
		return 0;
	edit->where = edit->range.start;
	return -LM_ESTALE;
}

int lm_count_limit(const struct lm_edit *edit)
{
	const struct lm_plan *counted = &edit->counted;
	const struct lm_plan *plan = &edit->plan;

	return counted->leaves > plan->leaves || counted->updates > plan->updates ||
			       counted->replaced > plan->replaced ?
		       -LM_ESTALE :
		       0;
}

/* ------------------------------------------------------------------ counting */

static uint64_t *leaves_of(struct lm_edit *edit, int level, enum lm_leaf_kind kind)
{
	return &edit->census.leaves[level - LM_FIRST_LEVEL][kind];
}

void lm_count_to_pages(struct lm_edit *edit, int level, uint64_t leaves)
{
	*leaves_of(edit, level, LM_SINGLE) -= leaves;
	for (int below = level + 1; below <= LM_LAST_LEVEL; below++) {
		edit->counted.new_tables[below - LM_FIRST_LEVEL] += leaves;
		leaves *= lm_level(&edit->map->fmt, below)->entries;
	}
	*leaves_of(edit, LM_LAST_LEVEL, LM_SINGLE) += leaves;
}

void lm_count_one_level(struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	int level = leaf->level + 1;
	const struct lm_level *below = lm_level(&edit->map->fmt, level);

	edit->counted.new_tables[level - LM_FIRST_LEVEL]++;
	*leaves_of(edit, leaf->level, LM_SINGLE) -= 1;
	if (lm_desc_is_contiguous(leaf->child))
		*leaves_of(edit, level, LM_RUN) += below->entries / below->run;
	else
		*leaves_of(edit, level, LM_SINGLE) += below->entries;
}

void lm_count_unfolded(struct lm_edit *edit, int level, uint64_t runs, uint32_t entries)
{
	*leaves_of(edit, level, LM_RUN) -= runs;
	*leaves_of(edit, level, LM_SINGLE) += runs * entries;
}

void lm_count_replaced(struct lm_edit *edit, int level, uint64_t entries,
		       bool tables_change)
{
	if (!lm_edit_copies(edit) || level == edit->map->fmt.start_level)
		edit->counted.updates += entries;
	else if (tables_change)
		edit->counted.replaced += entries;
}

void lm_count_copied(struct lm_edit *edit, int level, uint64_t tables)
{
	edit->counted.copied_tables[level - LM_FIRST_LEVEL] += tables;
	lm_count_replaced(edit, level - 1, tables, false);
}

/* A change copies all tables on the way to it, and clones the root. */
void lm_count_change(struct lm_edit *edit, const struct lm_walk_item *item,
		     bool tables_change)
{
	int root = edit->map->fmt.start_level;

	if (!item->linked)
		return;
	lm_count_replaced(edit, item->level, item->entries, tables_change);
	if (!lm_edit_copies(edit))
		return;
	edit->counted.copied_tables[root - LM_FIRST_LEVEL] = !lm_edit_port_clone(edit);
	for (int level = item->level; level > root; level--) {
		struct lm_step *step = lm_step_at(edit, level);

		if (step->is_copied)
			break;
		step->is_copied = true;
		lm_count_copied(edit, level, 1);
	}
}

/* A leaf goes. One below another leaf that goes does not count. */
static void count_leaf(struct lm_edit *edit, const struct lm_walk_item *leaf)
{
	if (leaf->linked && !leaf->member)
		edit->counted.leaves++;
}

/* -------------------------------------------------------------------- the pass */

void lm_pass_enter(const struct lm_pass *pass, const struct lm_walk_item *table)
{
	struct lm_step *step = lm_step_at(pass->edit, table->level + 1);

	if (table->linked && step->slot != table->slot)
		*step = (struct lm_step){ .slot = table->slot, .desc = table->desc };
}

void lm_pass_goes(const struct lm_pass *pass, const struct lm_walk_item *leaf)
{
	if (!pass->ops->counts)
		return;
	pass->edit->changes |= 1U << LM_CHANGE_SIZE;
	count_leaf(pass->edit, leaf);
	if (leaf->entries > 1)
		lm_count_unfolded(pass->edit, leaf->level, 1, leaf->entries);
}

void lm_count_unmapped(struct lm_edit *edit, const struct lm_walk_item *leaf,
		       uint32_t leaves)
{
	enum lm_leaf_kind kind = leaf->entries > 1 ? LM_RUN : LM_SINGLE;

	*leaves_of(edit, leaf->level, kind) -= leaves;
	if (leaf->level == LM_LAST_LEVEL && lm_item_has_stray_hint(leaf))
		edit->census.stray_hints -= leaves;
	if (leaf->linked && !leaf->member)
		edit->counted.leaves += leaves;
}

void lm_pass_unhint(const struct lm_pass *pass, const struct lm_walk_item *leaf)
{
	if (!pass->ops->counts)
		return;
	count_leaf(pass->edit, leaf);
	if (leaf->level == LM_LAST_LEVEL)
		pass->edit->census.stray_hints--;
}

int lm_pass_change(const struct lm_pass *pass, const struct lm_walk_item *entry,
		   lm_desc_t after)
{
	bool tables_change = lm_item_is_table(entry) !=
			     lm_desc_is_table(after, entry->level);

	if (pass->ops->counts)
		lm_count_change(pass->edit, entry, tables_change);
	return pass->ops->change(pass, entry, after);
}
