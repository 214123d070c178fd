// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An edit's tables: filled from the embedder's allocator before they are needed, then
 * handed out without it. The only file that calls that allocator.
 */
#include "core.h"

/*
 * A pool is a list of runs of adjacent free tables. The first table of a run says how
 * long the run is and which one comes next. The run that tables are taken from is kept in
 * the pool itself, so a table that is handed out contains nothing of ours.
 */
struct link {
	lm_pa_t next;
	uint64_t tables;
};

static void push_run(const struct lm_map *map, struct lm_pool *pool,
		     struct lm_table_run run)
{
	struct link *link = (struct link *)(void *)lm_table(map, run.first);

	*link = (struct link){ pool->next, run.tables };
	pool->next = run.first;
	pool->tables += run.tables;
}

static void open_next_run(const struct lm_map *map, struct lm_pool *pool)
{
	const struct link *link =
		(const struct link *)(const void *)lm_table(map, pool->next);

	pool->open = (struct lm_table_run){ pool->next, link->tables };
	pool->next = link->next;
}

/* From the deposit first, and then from the embedder's allocator. */
static struct lm_table_run obtain(const struct lm_reserve *reserve, int level,
				  size_t wanted)
{
	const struct lm_env *env = &reserve->map->env;
	struct lm_table_run run = { .tables = 0 };

	if (reserve->deposit)
		run.tables = lm_reserve_take(reserve->deposit, level, wanted, &run.first);
	if (!run.tables)
		run.tables = env->alloc(env->ctx, level, wanted, &run.first);
	return run;
}

static int pool_fill(struct lm_reserve *reserve, int level, uint64_t wanted)
{
	struct lm_pool *pool = &reserve->pools[lm_pool_index(level)];

	while (wanted) {
		struct lm_table_run run = obtain(reserve, level, (size_t)wanted);

		if (!run.tables)
			return -LM_ENOMEM;
		push_run(reserve->map, pool, run);
		wanted -= run.tables < wanted ? run.tables : wanted;
	}
	return 0;
}

int lm_reserve_fill(struct lm_reserve *reserve, const uint64_t tables[LM_LEVELS],
		    uint64_t log_granules)
{
	int err;

	if (reserve->map->window)
		return -LM_EWINDOW;

	err = pool_fill(reserve, LM_LEVEL_NONE, log_granules);
	for (int level = LM_FIRST_LEVEL; !err && level <= LM_LAST_LEVEL; level++) {
		if (tables[level - LM_FIRST_LEVEL])
			err = pool_fill(reserve, level, tables[level - LM_FIRST_LEVEL]);
	}
	if (err)
		lm_reserve_empty(reserve);
	return err;
}

size_t lm_reserve_take(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct lm_reserve *reserve = ctx;
	struct lm_pool *pool = &reserve->pools[lm_pool_index(level)];
	size_t tables;

	if (!pool->open.tables && pool->tables)
		open_next_run(reserve->map, pool);

	tables = wanted < pool->open.tables ? wanted : (size_t)pool->open.tables;
	*first = pool->open.first;
	pool->open.first.v += tables * lm_granule_size(&reserve->map->fmt);
	pool->open.tables -= tables;
	pool->tables -= tables;
	return tables;
}

void lm_reserve_put_back(struct lm_reserve *reserve, int level, lm_pa_t table)
{
	struct lm_table_run run = { table, 1 };

	push_run(reserve->map, &reserve->pools[lm_pool_index(level)], run);
}

void lm_reserve_give_back(const struct lm_reserve *reserve, int level,
			  struct lm_table_run run, enum lm_origin origin)
{
	const struct lm_env *env = &reserve->map->env;

	if (reserve->deposit)
		push_run(reserve->map, &reserve->deposit->pools[lm_pool_index(level)],
			 run);
	else
		env->free(env->ctx, level, run.first, (size_t)run.tables, origin);
}

static void pool_empty(struct lm_reserve *reserve, int level)
{
	struct lm_pool *pool = &reserve->pools[lm_pool_index(level)];

	while (pool->tables) {
		struct lm_table_run run;

		run.tables =
			lm_reserve_take(reserve, level, (size_t)pool->tables, &run.first);
		lm_reserve_give_back(reserve, level, run,
				     reserve->is_deposit ? LM_RETIRED : LM_UNUSED);
	}
}

void lm_reserve_empty(struct lm_reserve *reserve)
{
	for (int level = LM_FIRST_LEVEL; level <= LM_LEVEL_NONE; level++)
		pool_empty(reserve, level);
}

void lm_deposit_init(struct lm_reserve *deposit, const struct lm_map *map)
{
	*deposit = (struct lm_reserve){ .map = map, .is_deposit = true };
}

int lm_deposit_release(struct lm_reserve *deposit)
{
	if (deposit->map->window)
		return -LM_EWINDOW;
	lm_reserve_empty(deposit);
	return 0;
}

uint64_t lm_reserve_tables_left(const struct lm_reserve *reserve)
{
	uint64_t left = 0;

	for (int level = LM_FIRST_LEVEL; level <= LM_LAST_LEVEL; level++)
		left += reserve->pools[lm_pool_index(level)].tables;
	return left;
}
