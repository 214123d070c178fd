// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Taking all CPUs from one root to another, with one word that says on which root they
 * must be and how many of them are where. Knows nothing of tables.
 *
 *	 63        40    39    38     26 25        13 12      0
 *	+------------+-------+---------+------------+---------+
 *	| generation | equal | present | on root 1  | moving  |
 *	+------------+-------+---------+------------+---------+
 *
 * An even generation names root 0, an odd one root 1: every CPU must be there. A CPU
 * counts itself as moving before it leaves its root, and as being on the other root after
 * it has arrived. So the leader knows of every CPU that is on its way: if none moves, the
 * count of CPUs on root 1 is exact.
 *
 * A generation never permits anything by its number: a CPU acts on the word as it is when
 * it counts, in one atomic step. So generations may wrap around after 2^24: see age_of().
 */
#include "core.h"

#include <linmap/roll.h>

#define COUNT_BITS	13
#define COUNT_MASK	((UINT64_C(1) << COUNT_BITS) - 1)
#define GENERATION_MASK ((UINT32_C(1) << 24) - 1)

#define ONE_MOVING     UINT64_C(1)
#define ONE_ON_ROOT_1  (ONE_MOVING << COUNT_BITS)
#define ONE_PRESENT    (ONE_ON_ROOT_1 << COUNT_BITS)
#define EQUAL	       (ONE_PRESENT << COUNT_BITS)
#define ONE_GENERATION (EQUAL << 1)

_Static_assert(ONE_GENERATION == UINT64_C(1) << 40 && LM_ROLL_MOST_CPUS == COUNT_MASK,
	       "24 bits of generation, and no more CPUs than can be counted");

static uint32_t generation_of(uint64_t word)
{
	return (uint32_t)(word >> 40);
}

/* The root that the word names. */
static unsigned int target_of(uint64_t word)
{
	return generation_of(word) & 1;
}

static uint64_t moving_of(uint64_t word)
{
	return word & COUNT_MASK;
}

static uint64_t on_root_1_of(uint64_t word)
{
	return word / ONE_ON_ROOT_1 & COUNT_MASK;
}

static uint64_t present_of(uint64_t word)
{
	return word / ONE_PRESENT & COUNT_MASK;
}

/*
 * Whether all CPUs are where the word says. One on its way is not, even if it is not
 * counted on root 1.
 */
static bool all_are_there(uint64_t word)
{
	uint64_t expected = target_of(word) ? present_of(word) : 0;

	return !moving_of(word) && on_root_1_of(word) == expected;
}

static uint64_t read_word(const struct lm_roll *roll)
{
	return __atomic_load_n(&roll->word, __ATOMIC_ACQUIRE);
}

static bool replace_word(struct lm_roll *roll, uint64_t *seen, uint64_t word)
{
	return __atomic_compare_exchange_n(&roll->word, seen, word, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void add_to_word(struct lm_roll *roll, uint64_t what)
{
	__atomic_add_fetch(&roll->word, what, __ATOMIC_ACQ_REL);
}

static uint32_t last_of(const struct lm_roll *roll, unsigned int cpu)
{
	return __atomic_load_n(&roll->last[cpu], __ATOMIC_RELAXED);
}

static void set_last(struct lm_roll *roll, unsigned int cpu, uint32_t generation)
{
	__atomic_store_n(&roll->last[cpu], generation, __ATOMIC_RELAXED);
}

/*
 * How many generations ago the CPU followed one: if that is odd, it is on the other root.
 * This is exact at any age, as 2^24 is even. Wrapping around can only affect which CPU is
 * named as missing: one that has not come 2^23 times in a row, each time after the
 * leader's full time-out.
 */
static uint32_t age_of(const struct lm_roll *roll, unsigned int cpu, uint64_t word)
{
	uint32_t last = last_of(roll, cpu);

	return last == LM_ROLL_ABSENT ? 0 :
					(generation_of(word) - last) & GENERATION_MASK;
}

static bool is_asked(const struct lm_roll *roll, unsigned int cpu, uint64_t word)
{
	return age_of(roll, cpu, word) & 1;
}

int lm_roll_init(struct lm_roll *roll, uint32_t *last, unsigned int cpus)
{
	if (!cpus || cpus > LM_ROLL_MOST_CPUS)
		return -LM_EINVAL;
	*roll = (struct lm_roll){ .cpus = cpus, .last = last };
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		last[cpu] = LM_ROLL_ABSENT;
	return 0;
}

/* ------------------------------------------------------------------- leader */

static bool is_home(const struct lm_roll *roll, uint64_t word)
{
	return target_of(word) == roll->home;
}

static void call_all_asked(const struct lm_roll *roll, const struct lm_roll_port *port)
{
	for (unsigned int cpu = 0; cpu < roll->cpus; cpu++) {
		if (is_asked(roll, cpu, read_word(roll)))
			port->call(port->ctx, cpu);
	}
}

/* Only CPUs that are on their way are missing, and they have nothing to wait for. */
static bool all_have_announced(uint64_t word)
{
	uint64_t expected = target_of(word) ? present_of(word) - moving_of(word) :
					      moving_of(word);

	return on_root_1_of(word) == expected;
}

/*
 * Wait until all CPUs are on the root that the word names. False if that took too long:
 * the word names the other root then, in the same step that found a CPU missing.
 */
static bool wait_or_give_up(struct lm_roll *roll, const struct lm_roll_port *port)
{
	uint64_t word = read_word(roll);

	while (!all_are_there(word)) {
		if (!all_have_announced(word) && port->expired(port->ctx) &&
		    replace_word(roll, &word, word + ONE_GENERATION))
			return false;
		port->relax(port->ctx);
		word = read_word(roll);
	}
	return true;
}

/*
 * After giving up. A CPU that came has followed the generation that was given up. So has
 * one that announced itself, which has recorded this by the time it is counted: it has
 * nothing to wait for. After that, only CPUs that are called move.
 */
static unsigned int find_missing(const struct lm_roll *roll,
				 const struct lm_roll_port *port)
{
	unsigned int cpu = 0;
	uint64_t word;

	while (moving_of(word = read_word(roll)))
		port->relax(port->ctx);
	while (cpu < roll->cpus && age_of(roll, cpu, word) <= 1)
		cpu++;
	return cpu;
}

int lm_roll_out(struct lm_roll *roll, const struct lm_roll_port *port,
		unsigned int *culprit)
{
	if (roll->away)
		return -LM_ESTATE;
	roll->away = true;
	add_to_word(roll, ONE_GENERATION);
	call_all_asked(roll, port);
	if (wait_or_give_up(roll, port))
		return 0;
	*culprit = find_missing(roll, port);
	return -LM_ETIMEOUT;
}

static unsigned int find_asked(const struct lm_roll *roll)
{
	unsigned int cpu = 0;

	while (cpu < roll->cpus && !is_asked(roll, cpu, read_word(roll)))
		cpu++;
	return cpu;
}

/*
 * For CPUs that must come, however long it takes. The time-out counts only if a CPU can
 * be named: else the last one has just come, gone offline, or is just coming up.
 */
static int call_and_wait(struct lm_roll *roll, const struct lm_roll_port *port,
			 unsigned int *culprit)
{
	call_all_asked(roll, port);
	while (!all_are_there(read_word(roll))) {
		unsigned int cpu = find_asked(roll);

		if (cpu < roll->cpus && port->expired(port->ctx)) {
			*culprit = cpu;
			return -LM_ETIMEOUT;
		}
		port->relax(port->ctx);
	}
	return 0;
}

int lm_roll_back(struct lm_roll *roll, const struct lm_roll_port *port,
		 unsigned int *culprit)
{
	uint64_t word = read_word(roll);
	int err;

	if (!roll->away || word & EQUAL)
		return -LM_ESTATE;
	if (!is_home(roll, word))
		add_to_word(roll, ONE_GENERATION);
	err = call_and_wait(roll, port, culprit);
	if (err)
		return err;
	/* Each CPU has invalidated its own TLB; this is for TLBs that CPUs share. */
	port->invalidate(port->ctx);
	roll->away = false;
	return 0;
}

int lm_roll_home(struct lm_roll *roll, const struct lm_roll_port *port,
		 unsigned int *culprit)
{
	uint64_t word = read_word(roll);
	int err;

	if (!roll->away || (is_home(roll, word) && !(word & EQUAL)))
		return -LM_ESTATE;
	if (!is_home(roll, word))
		add_to_word(roll, ONE_GENERATION + EQUAL);
	err = call_and_wait(roll, port, culprit);
	if (err)
		return err;
	/* No CPU moves, so none looks at it. */
	add_to_word(roll, -EQUAL);
	roll->away = false;
	return 0;
}

int lm_roll_settle(struct lm_roll *roll, const struct lm_roll_port *port)
{
	uint64_t word = read_word(roll);

	if (!roll->away || is_home(roll, word))
		return -LM_ESTATE;
	port->invalidate(port->ctx);
	roll->home = target_of(word);
	roll->away = false;
	return 0;
}

/* ---------------------------------------------------------------- every CPU */

static void go(const struct lm_roll_port *port, unsigned int cpu, uint64_t word)
{
	if (word & EQUAL)
		port->go_home(port->ctx, cpu, target_of(word));
	else
		port->move(port->ctx, cpu, target_of(word));
}

/* The CPU has arrived: no longer moving, and one more on root 1, or one less. */
static void count_in(struct lm_roll *roll, unsigned int root)
{
	add_to_word(roll, (root ? ONE_ON_ROOT_1 : -ONE_ON_ROOT_1) - ONE_MOVING);
}

/*
 * A CPU that is counted after the leader has given up stays where it is until it is
 * called again: the leader waits for it before it looks which CPUs to call.
 */
bool lm_roll_answer(struct lm_roll *roll, const struct lm_roll_port *port,
		    unsigned int cpu)
{
	uint64_t word = read_word(roll);

	do {
		if (!is_asked(roll, cpu, word))
			return false;
	} while (!replace_word(roll, &word, word + ONE_MOVING));
	go(port, cpu, word);
	set_last(roll, cpu, generation_of(word));
	count_in(roll, target_of(word));
	return true;
}

unsigned int lm_roll_arrive(struct lm_roll *roll, unsigned int cpu)
{
	uint64_t word = read_word(roll);
	uint32_t last = last_of(roll, cpu);
	uint64_t added;

	if (last != LM_ROLL_ABSENT)
		return last & 1;
	do
		added = ONE_PRESENT + (target_of(word) ? ONE_ON_ROOT_1 : 0);
	while (!replace_word(roll, &word, word + added));
	set_last(roll, cpu, generation_of(word));
	return target_of(word);
}

void lm_roll_leave(struct lm_roll *roll, unsigned int cpu)
{
	uint32_t last = last_of(roll, cpu);

	if (last == LM_ROLL_ABSENT)
		return;
	set_last(roll, cpu, LM_ROLL_ABSENT);
	add_to_word(roll, -(ONE_PRESENT + (last & 1 ? ONE_ON_ROOT_1 : 0)));
}
