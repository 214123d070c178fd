/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What tests share whose threads are CPUs. The tests' own atomics are relaxed, so that
 * only the code under test orders memory. Knows nothing of what the CPUs do.
 */
#ifndef TESTS_THREADS_H
#define TESTS_THREADS_H

#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define get(atomic)	   atomic_load_explicit(&(atomic), memory_order_relaxed)
#define set(atomic, value) atomic_store_explicit(&(atomic), value, memory_order_relaxed)
#define add_one(atomic)	   atomic_fetch_add_explicit(&(atomic), 1, memory_order_relaxed)

#define until(condition)               \
	do {                           \
		while (!(condition))   \
			sched_yield(); \
	} while (0)

/* What becomes of the leader's call to a CPU. */
enum call { CALL_ARRIVES, CALL_IS_HELD_BACK };

/* A place that a CPU does not pass for as long as the test keeps it shut. */
struct gate {
	atomic_bool shut;
	atomic_bool reached;
};

/* Marsaglia's xorshift: 0 to @most. */
static inline uint32_t random_up_to(uint32_t *state, uint32_t most)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % (most + 1);
}

/* The first fault that a thread saw: threads cannot fail a test themselves. */
typedef _Atomic(const char *) first_fault_t;

static inline void fault_seen(first_fault_t *first, const char *what)
{
	const char *none = NULL;

	atomic_compare_exchange_strong_explicit(first, &none, what, memory_order_relaxed,
						memory_order_relaxed);
}

/* The same for a translation that is wrong. */
struct wrong_translation {
	atomic_bool was_seen;
	char text[160];
};

static inline void translation_is_wrong(struct wrong_translation *first, const char *what,
					uint64_t va, uint64_t seen, uint64_t expected)
{
	if (!atomic_exchange(&first->was_seen, true))
		snprintf(first->text, sizeof(first->text),
			 "%s at 0x%" PRIx64 ": seen 0x%" PRIx64 ", expected 0x%" PRIx64,
			 what, va, seen, expected);
}

#endif
