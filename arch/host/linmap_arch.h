/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the core needs of the machine, on a host without an arm64 MMU: reports to the
 * embedder's recorder if there is one, else costs about what the instruction would.
 */
#ifndef LINMAP_ARCH_H
#define LINMAP_ARCH_H

#include <linmap/linmap.h>

/*
 * One single-copy atomic load of a descriptor that others may be changing. What it names
 * is read after it: on arm64 because the address depends on it, for which C11 has no
 * other word than acquire.
 */
static inline lm_desc_t lm_arch_load(const lm_desc_t *slot)
{
	return (lm_desc_t){ __atomic_load_n(&slot->v, __ATOMIC_ACQUIRE) };
}

/*
 * One single-copy atomic store to a table that may be walked. The barrier before it
 * ensures that what it names is visible; release says so again in terms that
 * ThreadSanitizer understands, and is a plain store on x86.
 */
static inline void lm_arch_store(const struct lm_env *env, lm_desc_t *slot,
				 lm_desc_t desc)
{
	if (!env->recorder)
		__atomic_store_n(&slot->v, desc.v, __ATOMIC_RELEASE);
	else
		env->recorder->store(env->ctx, slot, desc);
}

/* Plain stores were made to @table, which nobody walks yet. */
static inline void lm_arch_wrote(const struct lm_env *env, const lm_desc_t *table)
{
	if (env->recorder)
		env->recorder->wrote(env->ctx, table);
}

static inline void lm_arch_barrier(const struct lm_env *env, enum lm_barrier barrier)
{
	if (env->recorder)
		env->recorder->barrier(env->ctx, barrier);
	else
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* All entries of the map's regime, in the TLBs of all CPUs, walk caches included. */
static inline void lm_arch_tlbi_all(const struct lm_map *map)
{
	const struct lm_env *env = &map->env;

	if (env->recorder)
		env->recorder->tlbi_all(env->ctx);
}

/* All levels for the page at @va, whatever its ASID, in the TLBs of all CPUs. */
static inline void lm_arch_tlbi_va(const struct lm_map *map, lm_va_t va)
{
	const struct lm_env *env = &map->env;

	if (env->recorder)
		env->recorder->tlbi_va(env->ctx, va);
}

/* One more, for env->repeat_tlbi. */
static inline void lm_arch_tlbi_again(const struct lm_map *map)
{
	const struct lm_env *env = &map->env;

	if (env->recorder)
		env->recorder->tlbi_again(env->ctx);
}

#endif
