// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Parking all CPUs but one where they cannot walk the map, on one word: its upper half is
 * a generation, its lower half counts the parked CPUs.
 *
 * An odd generation is open: CPUs may count in. A CPU that counted in stays until the
 * generation has passed, and then counts out. The generation passes in one atomic step
 * with the count, so that no CPU can count in late.
 */
#include <linmap/park.h>

#include "core.h"

#define ONE_CPU	       UINT64_C(1)
#define ONE_GENERATION (UINT64_C(1) << 32)

static uint32_t generation_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t held_of(uint64_t word)
{
	return (uint32_t)word;
}

static bool is_open(uint64_t word)
{
	return generation_of(word) & 1;
}

static uint64_t read_word(const struct lm_park *park)
{
	return __atomic_load_n(&park->word, __ATOMIC_ACQUIRE);
}

static bool replace_word(struct lm_park *park, uint64_t *seen, uint64_t word)
{
	return __atomic_compare_exchange_n(&park->word, seen, word, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void lm_park_init(struct lm_park *park, uint32_t *last_held, unsigned int cpus)
{
	*park = (struct lm_park){ .cpus = cpus, .present = cpus, .last_held = last_held };
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		last_held[cpu] = 0;
}

static uint32_t last_held_of(const struct lm_park *park, unsigned int cpu)
{
	return __atomic_load_n(&park->last_held[cpu], __ATOMIC_RELAXED);
}

static void set_last_held(struct lm_park *park, unsigned int cpu, uint32_t generation)
{
	__atomic_store_n(&park->last_held[cpu], generation, __ATOMIC_RELAXED);
}

static bool is_absent(const struct lm_park *park, unsigned int cpu)
{
	return last_held_of(park, cpu) == LM_PARK_ABSENT;
}

/* ------------------------------------------------------------------- leader */

static void wait_for_all_to_leave(const struct lm_park *park,
				  const struct lm_park_port *port)
{
	while (held_of(read_word(park)))
		port->relax(port->ctx);
}

static unsigned int find_missing(const struct lm_park *park, unsigned int leader,
				 uint32_t generation)
{
	unsigned int cpu = 0;

	while (cpu < park->cpus && (cpu == leader || is_absent(park, cpu) ||
				    last_held_of(park, cpu) == generation))
		cpu++;
	return cpu;
}

/*
 * Who is present is read after the word: a CPU that was counted in then had started all
 * CPUs that it ever starts, for it is held now. So the full count is full for good. One
 * that leaves makes it full earlier.
 */
static bool is_full(const struct lm_park *park, uint64_t word)
{
	return held_of(word) + 1 >= __atomic_load_n(&park->present, __ATOMIC_ACQUIRE);
}

/*
 * Wait for the full count. False if that took too long: the generation has passed then,
 * in the same step that found the count not full.
 */
static bool wait_for_all(struct lm_park *park, const struct lm_park_port *port)
{
	uint64_t word = read_word(park);

	while (!is_full(park, word)) {
		if (port->expired(port->ctx) &&
		    replace_word(park, &word, word + ONE_GENERATION))
			return false;
		port->relax(port->ctx);
		word = read_word(park);
	}
	return true;
}

int lm_park_gather(struct lm_park *park, const struct lm_park_port *port,
		   unsigned int leader, unsigned int *culprit)
{
	uint64_t word;

	if (leader >= park->cpus)
		return -LM_ECPU;
	wait_for_all_to_leave(park, port);
	word = __atomic_add_fetch(&park->word, ONE_GENERATION, __ATOMIC_ACQ_REL);
	for (unsigned int cpu = 0; cpu < park->cpus; cpu++) {
		if (cpu != leader && !is_absent(park, cpu))
			port->call(port->ctx, cpu);
	}
	if (wait_for_all(park, port))
		return 0;

	wait_for_all_to_leave(park, port);
	*culprit = find_missing(park, leader, generation_of(word));
	return -LM_ETIMEOUT;
}

void lm_park_let_go(struct lm_park *park)
{
	/* After a time-out the generation has passed already. */
	if (is_open(read_word(park)))
		__atomic_add_fetch(&park->word, ONE_GENERATION, __ATOMIC_RELEASE);
}

/* --------------------------------------------------------------------- held */

/*
 * Counting in is the last thing a CPU does before it is parked: by then it cannot walk
 * the map any more and its TLB holds nothing of it.
 */
static bool count_in(struct lm_park *park, uint32_t generation)
{
	uint64_t word = read_word(park);

	while (generation_of(word) == generation) {
		if (replace_word(park, &word, word + ONE_CPU))
			return true;
	}
	return false;
}

static void stay(const struct lm_park *park, const struct lm_park_port *port,
		 uint32_t generation)
{
	while (generation_of(read_word(park)) == generation)
		port->relax(port->ctx);
}

bool lm_park_answer(struct lm_park *park, const struct lm_park_port *port,
		    unsigned int cpu)
{
	uint64_t word = read_word(park);
	uint32_t generation = generation_of(word);
	bool held;

	if (!is_open(word))
		return false;
	port->leave_map(port->ctx, cpu);
	held = count_in(park, generation);
	if (held)
		stay(park, port, generation);
	port->enter_map(port->ctx, cpu);
	if (held) {
		set_last_held(park, cpu, generation);
		__atomic_sub_fetch(&park->word, ONE_CPU, __ATOMIC_RELEASE);
	}
	return held;
}

/* --------------------------------------------------------------- coming and going */

void lm_park_arrive(struct lm_park *park, unsigned int cpu)
{
	if (!is_absent(park, cpu))
		return;
	set_last_held(park, cpu, 0);
	__atomic_add_fetch(&park->present, 1, __ATOMIC_ACQ_REL);
}

void lm_park_leave(struct lm_park *park, unsigned int cpu)
{
	if (is_absent(park, cpu))
		return;
	set_last_held(park, cpu, LM_PARK_ABSENT);
	__atomic_sub_fetch(&park->present, 1, __ATOMIC_ACQ_REL);
}
