// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What happens while the machine is stopped, or while all CPUs roll. Everything is checked
 * before the first store to a live table; after it nothing can fail.
 */
#include "core.h"

/*
 * Waits until all TLBs are invalidated and accesses that were translated before are
 * complete. Some CPUs do the second only for another TLBI, issued after the first DSB.
 */
void lm_tlbi_complete(const struct lm_map *map)
{
	const struct lm_env *env = &map->env;

	lm_arch_barrier(env, LM_DSB_ISH);
	if (env->repeat_tlbi) {
		lm_arch_tlbi_again(map);
		lm_arch_barrier(env, LM_DSB_ISH);
	}
	lm_arch_barrier(env, LM_ISB);
}

/*
 * Blocks became tables, so a TLB may hold more than last-level entries: only an all-level
 * invalidation will do. The DSB before it makes sure that nobody fetches the old entries
 * again; it must be complete before any CPU is let go.
 */
void lm_invalidate(const struct lm_map *map)
{
	lm_arch_barrier(&map->env, LM_DSB_ISHST);
	lm_arch_tlbi_all(map);
	lm_tlbi_complete(map);
}

/* ------------------------------------------------------------- what the map holds */

static int check_goal(void *ctx, const struct lm_update *update)
{
	struct lm_edit *edit = ctx;

	edit->where = update->va;
	return edit->goal->verify(edit, update);
}

/* Check what is below the entries, once the entries are known to be unchanged. */
static int check_goals(struct lm_edit *edit)
{
	int err;

	if (edit->locked || !edit->goal->verify)
		return 0;
	err = lm_updates_for_each(&edit->updates, check_goal, edit);
	return err ? err : lm_updates_for_each(&edit->replaced, check_goal, edit);
}

/* A table that is known to be linked: the updates of its entries come one after the other. */
struct linked {
	uintptr_t table;
	size_t size;
};

static bool is_linked(struct linked *linked, const struct lm_map *map,
		      const struct lm_update *update)
{
	const lm_desc_t *slot = update->slot;

	linked->table = (uintptr_t)(slot - lm_index(map, update->level, update->va));
	linked->size = lm_level(&map->fmt, update->level)->entries * sizeof(*slot);
	return lm_find_slot(map, update->va, update->level) == slot;
}

/* How many of its entries are as they were: all, or those before the first that is not. */
static LM_NOINLINE uint32_t count_unchanged(const struct lm_map *map,
					    const struct lm_update *update)
{
	uint64_t step = lm_step_of(map, update->before, update->level);

	return lm_count_alike(update->slot, update->entries, update->before, step);
}

/* The entries must still be in the map, and unchanged. */
static int check_updates(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	struct linked linked = { 0 };
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, &edit->updates)
	{
		bool is_known = (uintptr_t)update->slot - linked.table < linked.size;
		uint32_t same = 0;

		if (is_known || is_linked(&linked, map, update)) {
			if (update->entries == 1 &&
			    lm_arch_load(update->slot).v == update->before.v)
				continue;
			same = count_unchanged(map, update);
			if (same == update->entries)
				continue;
		}
		edit->where.v =
			update->va.v + same * lm_entry_size(&map->fmt, update->level);
		return -LM_ESTALE;
	}
	return 0;
}

static int check_live(struct lm_edit *edit)
{
	int err = check_updates(edit);

	/*
	 * Makes sure that the rest, done later, cannot fail. In new tables it was checked
	 * when they were filled.
	 */
	if (!err && lm_goal_finishes_later(edit) && edit->has_staying)
		err = lm_plan_recheck(edit);
	return err;
}

/* ------------------------------------------------------------------- publishing */

/* Store to the entries of an update after the first, to which @desc was stored. */
static LM_NOINLINE void publish_others(const struct lm_map *map,
				       const struct lm_update *update, lm_desc_t desc)
{
	uint64_t step = lm_step_of(map, desc, update->level);

	for (uint32_t i = 1; i < update->entries; i++) {
		desc.v += step;
		lm_arch_store(&map->env, &update->slot[i], desc);
	}
}

/* Store to all entries of an update, to the first one @desc. */
static inline void publish_all(const struct lm_map *map, const struct lm_update *update,
			       lm_desc_t desc)
{
	lm_arch_store(&map->env, update->slot, desc);
	if (update->entries > 1)
		publish_others(map, update, desc);
}

static int publish(void *ctx, const struct lm_update *update)
{
	publish_all(ctx, update, update->after);
	return 0;
}

/* -------------------------------------------------------------------- live */

static void publish_without_hints(const struct lm_map *map,
				  const struct lm_update_list *list)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		if (lm_update_unhints(update))
			publish_all(map, update, lm_desc_without_hint(update->before));
	}
}

static void publish_other_sizes(const struct lm_map *map,
				const struct lm_update_list *list)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		lm_desc_t after = update->after;

		if (!lm_update_resizes(update))
			continue;
		if (lm_update_hints(update))
			after = lm_desc_without_hint(after);
		publish_all(map, update, after);
	}
}

static void publish_hints(const struct lm_map *map, const struct lm_update_list *list)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, list)
	{
		if (lm_update_hints(update))
			publish_all(map, update, update->after);
	}
}

/*
 * A hint must be gone from a whole run before one member changes, and is set only when
 * all members are in place: a walker that sees a mixed run may use either size for any
 * member. So what one step stores is visible before the next step begins. What was staged
 * is visible before the first, by the barrier at the end of lm_edit_stage(), and
 * lm_invalidate() begins with one for the last.
 */
static int commit_live(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	const struct lm_update_list *list = &edit->updates;

	/* Where no size changes a run that goes invalid does so with its hints. */
	bool unhints = list->unhints && edit->changes & 1U << LM_CHANGE_SIZE;

	if (unhints)
		publish_without_hints(map, list);
	if (unhints && (list->resizes || list->hints))
		lm_arch_barrier(&map->env, LM_DSB_ISHST);
	if (list->resizes)
		publish_other_sizes(map, list);
	if (list->resizes && list->hints)
		lm_arch_barrier(&map->env, LM_DSB_ISHST);
	if (list->hints)
		publish_hints(map, list);
	return 0;
}

/* ------------------------------------------------------------------- break */

static int publish_invalid(void *ctx, const struct lm_update *update)
{
	publish_all(ctx, update, (lm_desc_t){ 0 });
	return 0;
}

/* What is to stay invalid is. */
static int publish_broken(void *ctx, const struct lm_update *update)
{
	return update->after.v ? publish(ctx, update) : 0;
}

/* All at once: nobody needs what the entries map until the end anyway. */
static int commit_break(struct lm_edit *edit)
{
	if (!edit->updates.first)
		return 0;
	lm_updates_for_each(&edit->updates, publish_invalid, edit->map);
	lm_invalidate(edit->map);
	lm_updates_for_each(&edit->updates, publish_broken, edit->map);
	return 0;
}

/* ------------------------------------------------------------------ switch */

/* Check a table on @level that begins at @va. */
static int check_table(struct lm_edit *edit, const lm_desc_t *table,
		       const lm_desc_t *snapshot, int level, lm_va_t va)
{
	const struct lm_level *geometry = lm_level(&edit->map->fmt, level);
	uint64_t same = 0;

	if (!memcmp(table, snapshot, geometry->entries * sizeof(*table)))
		return 0;
	while (same < geometry->entries && table[same].v == snapshot[same].v)
		same++;
	edit->where.v = va.v + (same << geometry->shift);
	return -LM_ESTALE;
}

static int check_copied(void *ctx, const struct lm_update *copied)
{
	struct lm_edit *edit = ctx;
	const struct lm_map *map = edit->map;

	return check_table(edit, lm_table_of(map, copied->before),
			   lm_table(map, copied->snapshot), copied->level + 1,
			   copied->va);
}

/*
 * What somebody wrote to a table after it was copied would be lost. So all copied tables
 * must still be what they were: this is most of the time of a stop. It also shows that
 * they are still in the map: each one's descriptor is in another one of them, up to the
 * root.
 */
static int check_switch(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;
	int err;

	if (edit->locked || !edit->clone.tables)
		return 0;
	err = check_table(edit, lm_table(map, map->root),
			  lm_table(map, edit->clone.first), map->fmt.start_level,
			  lm_va_of(map, 0));
	if (!err)
		err = lm_updates_for_each(&edit->copies, check_copied, edit);
	return err;
}

/*
 * While the leader walks the clone nobody walks the root, so its entries may be replaced
 * in any way. On a live map a table must not replace another table.
 */
static int commit_switch(struct lm_edit *edit)
{
	struct lm_map *map = edit->map;

	if (!edit->clone.tables)
		return 0;
	map->env.move(map->env.ctx, edit->clone.first);
	lm_updates_for_each(&edit->updates, publish, map);
	lm_arch_barrier(&map->env, LM_DSB_ISHST);
	map->env.move(map->env.ctx, map->root);
	return 0;
}

/* -------------------------------------------------------------------- roll */

/* The lock's promise says that nothing else has changed. */
static int check_roll(struct lm_edit *edit)
{
	const struct lm_map *map = edit->map;

	/* Another edit may have filled the port's only clone since. */
	if (edit->clone.tables && lm_edit_port_clone(edit) && map->clone_of != edit)
		return -LM_ESTALE;
	return 0;
}

/* Whether nothing has changed, since a CPU did not come. */
static int roll_out(struct lm_edit *edit)
{
	struct lm_map *map = edit->map;
	const struct lm_roller *roller = map->env.roller;
	int err;

	if (!edit->clone.tables)
		return 0;
	err = roller->out(roller->ctx, map->root, edit->clone.first, &edit->culprit);
	if (err == -LM_EAWAY)
		map->away = edit;
	return err;
}

/* The clone becomes the root, and the root memory for the next clone. */
static void settle(struct lm_map *map, lm_pa_t clone)
{
	const struct lm_roller *roller = map->env.roller;

	roller->settle(roller->ctx);
	*roller->clone = map->root;
	map->root = clone;
}

/*
 * All CPUs walk the clone, so the root may change in any way. Before they go home by a
 * TTBR write alone, nothing of the old tree may be left in any TLB: CPUs may share one.
 */
static int commit_roll(struct lm_edit *edit)
{
	struct lm_map *map = edit->map;
	const struct lm_roller *roller = map->env.roller;

	if (!edit->clone.tables)
		return 0;
	if (roller->settle) {
		settle(map, edit->clone.first);
		return 0;
	}
	lm_updates_for_each(&edit->updates, publish, map);
	lm_invalidate(map);
	roller->go_home(roller->ctx);
	return 0;
}

/* ---------------------------------------------------------------- in place */

static int in_place_unfold(const struct lm_pass *pass, struct lm_walk_item *run)
{
	const struct lm_env *env = &pass->edit->map->env;

	for (uint32_t i = 0; i < run->entries; i++)
		lm_arch_store(env, &run->slot[i],
			      lm_desc_without_hint(lm_arch_load(&run->slot[i])));
	lm_arch_barrier(env, LM_DSB_ISHST);
	return LM_WALK_MEMBERS;
}

static int in_place_split(const struct lm_pass *pass, struct lm_walk_item *leaf)
{
	const struct lm_env *env = &pass->edit->map->env;
	int next = lm_split_new_table(pass->edit, leaf, &leaf->desc);

	if (next < 0)
		return next;
	/* The table's contents must be visible before the descriptor that links it. */
	lm_arch_barrier(env, LM_DSB_ISHST);
	lm_arch_store(env, leaf->slot, leaf->desc);
	return next;
}

/*
 * Remove a hint: of a leaf in no run, or of a run in a new table. Attributes change
 * later.
 */
static int in_place_change(const struct lm_pass *pass, const struct lm_walk_item *entry,
			   lm_desc_t after)
{
	const struct lm_env *env = &pass->edit->map->env;

	lm_arch_store(env, entry->slot, after);
	lm_arch_barrier(env, LM_DSB_ISHST);
	return 0;
}

static const struct lm_pass_ops in_place_ops = {
	.unfold = in_place_unfold,
	.split = in_place_split,
	.change = in_place_change,
};

static int commit_in_place(struct lm_edit *edit)
{
	struct lm_pass pass = { .edit = edit, .ops = &in_place_ops };

	return edit->goal->run(&pass);
}

/* ---------------------------------------------------------------- the step */

/*
 * How to commit one way: check the map; then what may still fail, with nothing changed, or
 * NULL; then what cannot. @invalidates: that has invalidated the TLBs, too.
 */
struct way_ops {
	int (*check_map)(struct lm_edit *edit);
	int (*start)(struct lm_edit *edit);
	int (*commit)(struct lm_edit *edit);
	bool invalidates;
};

static const struct way_ops ways[LM_WAYS] = {
	[LM_IN_PLACE] = { lm_plan_recount, NULL, commit_in_place, false },
	[LM_LIVE] = { check_live, NULL, commit_live, false },
	[LM_BREAK] = { check_updates, NULL, commit_break, false },
	[LM_SWITCH] = { check_switch, NULL, commit_switch, false },
	[LM_ROLL] = { check_roll, roll_out, commit_roll, true },
};

static int check(const struct lm_window *window, struct lm_edit *edit)
{
	struct lm_walking who;
	int err;

	if (edit->state != LM_EDIT_STAGED)
		return -LM_ESTATE;
	if (!window || edit->map->window != window)
		return -LM_EWINDOW;
	/* A CPU on a clone would not see what is stored to the tables that it copies. */
	if (edit->map->away)
		return -LM_EAWAY;
	if (edit->generation != edit->map->generation)
		return -LM_ESTALE;
	who = (struct lm_walking){ window->cpus, window->leader, window->hold };
	err = lm_way_check(edit->way, edit->changes, &who, &edit->culprit);
	if (!err)
		err = ways[edit->way].check_map(edit);
	return err ? err : check_goals(edit);
}

int lm_edit_commit(struct lm_window *window, struct lm_edit *edit)
{
	const struct way_ops *way;
	int err = check(window, edit);

	if (err)
		return err;
	way = &ways[edit->way];
	if (way->start)
		err = way->start(edit);
	if (err)
		return err;
	err = way->commit(edit);
	if (edit->plan.updates && !way->invalidates)
		lm_invalidate(edit->map);
	if (!err && lm_goal_finishes_later(edit))
		err = edit->goal->finish(edit);
	if (edit->region)
		edit->region->census = edit->census;
	edit->map->generation++;
	edit->state = LM_EDIT_COMMITTED;
	edit->committed = true;
	return err ? -LM_EBUG : 0;
}
