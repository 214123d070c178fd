// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A fault that a run must catch: a CPU moves to the clone first, announces itself then, and
 * goes back if it is not asked any more. The linker puts this around the core's answer
 * (--wrap).
 */
#include <linmap/roll.h>

bool __real_lm_roll_answer(struct lm_roll *roll, const struct lm_roll_port *port,
			   unsigned int cpu);
bool __wrap_lm_roll_answer(struct lm_roll *roll, const struct lm_roll_port *port,
			   unsigned int cpu);

/* The word: docs/roll.md. */
#define GENERATION(word) ((uint32_t)((word) >> 40))
#define EQUAL(word)	 ((word) >> 39 & 1)

static void stay(void *ctx, unsigned int cpu, unsigned int root)
{
	(void)ctx;
	(void)cpu;
	(void)root;
}

bool __wrap_lm_roll_answer(struct lm_roll *roll, const struct lm_roll_port *port,
			   unsigned int cpu)
{
	uint64_t word = __atomic_load_n(&roll->word, __ATOMIC_ACQUIRE);
	uint32_t last = roll->last[cpu];
	struct lm_roll_port moved = *port;

	if (last == LM_ROLL_ABSENT || EQUAL(word) || !((GENERATION(word) ^ last) & 1))
		return __real_lm_roll_answer(roll, port, cpu);
	port->move(port->ctx, cpu, GENERATION(word) & 1);
	moved.move = stay;
	if (__real_lm_roll_answer(roll, &moved, cpu))
		return true;
	port->move(port->ctx, cpu, last & 1);
	return false;
}
