// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Parking, with threads as CPUs: who is held, who is not, and who is named.
 * Knows of the word what linmap.h says: generation above, count below.
 *
 * The tree is plain memory, and all that a test shares besides goes through
 * relaxed atomics. So the park word alone orders the leader's stores and the
 * others' walks, and ThreadSanitizer reports every walk that it does not order.
 * Nothing here waits for a time: a leader's patience ends when the test says so.
 */
/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linmap/park.h>

#include "main.h"
#include "threads.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#define MOST_CPUS	8
#define ENTRIES		16
#define NOBODY		MOST_CPUS
#define ONE_GENERATION	(UINT64_C(1) << 32)
#define LAST_GENERATION UINT32_MAX

enum power { POWER_ON, POWER_OFF, POWER_STARTED };

/**
 * struct cpu - a CPU, played by a thread of its own or by the test's
 * @on_map: it may walk the tree at any moment
 * @called: its interrupt is pending
 * @call: what becomes of a call; set before the leader gathers
 * @leave, @enter: gates in the callbacks
 * @exceptions: gate before it takes a call; shut: masked
 * @walks: how often it walked the tree
 * @left: how often it left the map
 * @answers: how many calls it has answered
 * @held: in how many of them it was held
 * @power: whether it is on; a CPU that goes and comes does so at random
 * @comes_and_goes: it does
 * @ups: how often it came up
 * @dawdles: takes a random while to answer, to leave and to enter
 * @random: state of its random numbers
 * @last_seen: what it read in the tree last
 */
struct cpu {
	struct machine *m;
	unsigned int index;
	pthread_t thread;
	atomic_bool on_map;
	atomic_bool called;
	enum call call;
	struct gate leave, enter, exceptions;
	atomic_uint walks, left, answers, held;
	atomic_int power;
	bool comes_and_goes;
	unsigned int ups;
	bool dawdles;
	uint32_t random;
	int last_seen;
};

/**
 * struct machine - CPUs, and a tree that they walk
 * @tree: all entries are the same, but while it is changed
 * @changes: how often it was; the leader's
 * @leads: played by the test's thread, or NOBODY
 * @lead: what a CPU does when it is its turn to lead; NULL if the test leads
 * @turn: how many turns are over; CPU @turn % @park.cpus is next
 * @turns: after how many nobody leads any more
 * @patience: how often the leader may ask before its time is over
 * @relaxes: how often the leader has rested
 * @calls: how many calls it made
 * @fault: what was wrong first; threads cannot fail a test themselves
 */
struct machine {
	struct lm_park park;
	struct lm_park_port port;
	uint32_t last_held[MOST_CPUS];
	struct cpu cpu[MOST_CPUS];
	int tree[ENTRIES];
	int changes;
	unsigned int leads;
	void (*lead)(struct cpu *cpu);
	atomic_uint turn;
	unsigned int turns;
	unsigned int patience;
	unsigned int relaxes;
	unsigned int calls;
	atomic_bool stop;
	first_fault_t fault;
};

static void fault(struct machine *m, const char *what)
{
	fault_seen(&m->fault, what);
}

static uint64_t word_of(struct machine *m)
{
	return __atomic_load_n(&m->park.word, __ATOMIC_RELAXED);
}

static unsigned int count_of(struct machine *m)
{
	return (uint32_t)word_of(m);
}

static uint32_t generation_of(struct machine *m)
{
	return (uint32_t)(word_of(m) >> 32);
}

/* -------------------------------------------------------------- what CPUs do */

static void walk(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	int first = m->tree[0];

	for (int i = 1; i < ENTRIES; i++) {
		if (m->tree[i] != first)
			fault(m, "a CPU saw a tree in change");
	}
	if (first < cpu->last_seen)
		fault(m, "a CPU saw an old tree after a new one");
	cpu->last_seen = first;
	add_one(cpu->walks);
}

static void expect_nobody_else_on_map(struct machine *m, unsigned int leader)
{
	for (unsigned int i = 0; i < m->park.cpus; i++) {
		if (i != leader && get(m->cpu[i].on_map))
			fault(m, "a CPU was on the map while the leader changed it");
	}
}

static void change_tree(struct cpu *leader)
{
	struct machine *m = leader->m;

	expect_nobody_else_on_map(m, leader->index);
	m->changes++;
	for (int i = 0; i < ENTRIES; i++) {
		m->tree[i] = m->changes;
		if (i == ENTRIES / 2)
			sched_yield();
	}
	expect_nobody_else_on_map(m, leader->index);
	walk(leader);
}

static void dawdle(struct cpu *cpu)
{
	if (!cpu->dawdles || random_up_to(&cpu->random, 3))
		return;
	for (unsigned int left = random_up_to(&cpu->random, 20); left; left--)
		sched_yield();
}

static void answer(struct cpu *cpu)
{
	struct machine *m = cpu->m;

	dawdle(cpu);
	if (lm_park_answer(&m->park, &m->port, cpu->index))
		add_one(cpu->held);
	add_one(cpu->answers);
}

static bool is_turn_of(const struct cpu *cpu)
{
	struct machine *m = cpu->m;
	unsigned int turn = get(m->turn);

	return m->lead && turn < m->turns && turn % m->park.cpus == cpu->index;
}

/* The call is taken before it is answered, so that the next one counts again. */
static void take_call(struct cpu *cpu)
{
	if (get(cpu->exceptions.shut))
		set(cpu->exceptions.reached, true);
	else if (atomic_exchange_explicit(&cpu->called, false, memory_order_relaxed))
		answer(cpu);
}

/* A power controller orders what was stored before a CPU is started. */
static void set_power(struct cpu *cpu, enum power power)
{
	atomic_store_explicit(&cpu->power, power, memory_order_release);
}

static enum power power_of(struct cpu *cpu)
{
	return atomic_load_explicit(&cpu->power, memory_order_acquire);
}

static void go_offline(struct cpu *cpu)
{
	walk(cpu);
	set(cpu->on_map, false);
	lm_park_leave(&cpu->m->park, cpu->index);
	set(cpu->called, false);
	set_power(cpu, POWER_OFF);
}

/* It walks at once. The leader may have called when it was absent: it answers unasked. */
static void come_up(struct cpu *cpu)
{
	cpu->last_seen = 0;
	set(cpu->on_map, true);
	walk(cpu);
	set_power(cpu, POWER_ON);
	dawdle(cpu);
	walk(cpu);
	answer(cpu);
	cpu->ups++;
}

static void start_if_off(struct machine *m, struct cpu *cpu)
{
	if (power_of(cpu) != POWER_OFF)
		return;
	lm_park_arrive(&m->park, cpu->index);
	set_power(cpu, POWER_STARTED);
}

/* CPU 0 starts the one that goes. */
static void go_or_start(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	struct cpu *last = &m->cpu[m->park.cpus - 1];

	if (cpu->comes_and_goes && power_of(cpu) == POWER_ON && !is_turn_of(cpu) &&
	    !random_up_to(&cpu->random, 3))
		go_offline(cpu);
	else if (cpu->index == 0 && last->comes_and_goes)
		start_if_off(m, last);
}

/* Leading and answering exclude each other: a leader masks exceptions. */
static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	struct machine *m = cpu->m;

	while (!get(m->stop)) {
		go_or_start(cpu);
		if (power_of(cpu) == POWER_STARTED)
			come_up(cpu);
		if (power_of(cpu) == POWER_OFF) {
			sched_yield();
			continue;
		}
		take_call(cpu);
		walk(cpu);
		if (is_turn_of(cpu)) {
			/* One leader at a time; the embedder has a lock for that. */
			atomic_load_explicit(&m->turn, memory_order_acquire);
			m->lead(cpu);
			atomic_fetch_add_explicit(&m->turn, 1, memory_order_release);
		}
		sched_yield();
	}
	return NULL;
}

/* ------------------------------------------------------------------ the port */

static void deliver(struct cpu *cpu)
{
	set(cpu->called, true);
}

static void call(void *ctx, unsigned int cpu)
{
	struct machine *m = ctx;

	m->calls++;
	if (m->cpu[cpu].call == CALL_ARRIVES)
		deliver(&m->cpu[cpu]);
}

static bool never(void *ctx)
{
	return false;
}

static bool at_once(void *ctx)
{
	return true;
}

static bool patience_is_over(void *ctx)
{
	struct machine *m = ctx;

	if (m->patience)
		m->patience--;
	return m->patience == 0;
}

/* All calls that were not held back have been answered. */
static bool everybody_who_comes_is_there(void *ctx)
{
	struct machine *m = ctx;
	unsigned int coming = 0;

	for (unsigned int i = 0; i < m->park.cpus; i++)
		coming += i != m->leads && m->cpu[i].call == CALL_ARRIVES &&
			  !get(m->cpu[i].leave.shut);
	return count_of(m) == coming;
}

static void relax(void *ctx)
{
	sched_yield();
}

static void leave_map(void *ctx, unsigned int index)
{
	struct machine *m = ctx;
	struct cpu *cpu = &m->cpu[index];

	add_one(cpu->left);
	walk(cpu);
	while (get(cpu->leave.shut)) {
		set(cpu->leave.reached, true);
		walk(cpu);
		sched_yield();
	}
	dawdle(cpu);
	walk(cpu);
	set(cpu->on_map, false);
}

static void enter_map(void *ctx, unsigned int index)
{
	struct machine *m = ctx;
	struct cpu *cpu = &m->cpu[index];

	dawdle(cpu);
	while (get(cpu->enter.shut)) {
		set(cpu->enter.reached, true);
		sched_yield();
	}
	set(cpu->on_map, true);
	walk(cpu);
}

/* -------------------------------------------------------------- the machine */

static void start_cpus(struct machine *m)
{
	for (unsigned int i = 0; i < m->park.cpus; i++) {
		struct cpu *cpu = &m->cpu[i];

		if (i != m->leads)
			assert_int_equal(pthread_create(&cpu->thread, NULL, run_cpu, cpu),
					 0);
	}
}

static struct machine *new_machine(unsigned int cpus, unsigned int leads)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	lm_park_init(&m->park, m->last_held, cpus);
	m->port = (struct lm_park_port){ m, call, never, relax, leave_map, enter_map };
	m->leads = leads;
	for (unsigned int i = 0; i < cpus; i++) {
		m->cpu[i].m = m;
		m->cpu[i].index = i;
		m->cpu[i].random = 2463534242u + i;
		set(m->cpu[i].on_map, true);
	}
	return m;
}

/* A machine whose CPU @leader is the test itself. */
static struct machine *start(unsigned int cpus, unsigned int leader)
{
	struct machine *m = new_machine(cpus, leader);

	start_cpus(m);
	return m;
}

static void expect_no_fault(struct machine *m)
{
	const char *what = get(m->fault);

	if (what)
		fail_msg("%s", what);
}

static void join_cpus(struct machine *m)
{
	set(m->stop, true);
	for (unsigned int i = 0; i < m->park.cpus; i++) {
		if (i != m->leads)
			assert_int_equal(pthread_join(m->cpu[i].thread, NULL), 0);
	}
	expect_no_fault(m);
}

static void stop(struct machine *m)
{
	join_cpus(m);
	free(m);
}

/* CPUs take turns to lead, and the test looks on. */
static void run_turns(struct machine *m, void (*lead)(struct cpu *), unsigned int turns)
{
	m->lead = lead;
	m->turns = turns;
	start_cpus(m);
	until(get(m->turn) == turns);
	atomic_load_explicit(&m->turn, memory_order_acquire);
}

static int gather(struct machine *m, bool (*expired)(void *), unsigned int *culprit)
{
	*culprit = NOBODY;
	m->port.expired = expired;
	return lm_park_gather(&m->park, &m->port, m->leads, culprit);
}

/* All come; the tree is changed; all go on. */
static void expect_all_held(struct machine *m)
{
	unsigned int culprit;

	assert_int_equal(gather(m, never, &culprit), 0);
	assert_int_equal(count_of(m), m->park.cpus - 1);
	change_tree(&m->cpu[m->leads]);
	lm_park_let_go(&m->park);
}

static void expect_time_out(struct machine *m, unsigned int missing)
{
	int changes = m->changes;
	unsigned int culprit;
	int err = gather(m, everybody_who_comes_is_there, &culprit);

	if (err != -LM_ETIMEOUT || culprit != missing)
		fail_msg("expected a time-out (%d) for CPU %u, saw %d for CPU %u",
			 -LM_ETIMEOUT, missing, err, culprit);
	/* No CPU is held, and none can come any more. */
	assert_int_equal(count_of(m), 0);
	assert_int_equal(generation_of(m) & 1, 0);
	walk(&m->cpu[m->leads]);
	assert_int_equal(m->tree[0], changes);
}

/* Each CPU walks the tree again, and then again. */
static void expect_all_walk(struct machine *m)
{
	for (unsigned int i = 0; i < m->park.cpus; i++) {
		unsigned int walks = get(m->cpu[i].walks);

		if (i != m->leads)
			until(get(m->cpu[i].walks) - walks >= 2);
	}
	expect_no_fault(m);
}

static void call_nobody(void *ctx, unsigned int cpu)
{
	(void)ctx;
	(void)cpu;
}

static void rest(void *ctx)
{
	(void)ctx;
}

static const struct lm_park_port nobody_port = {
	.call = call_nobody,
	.expired = at_once,
	.relax = rest,
};

/* ------------------------------------------------------------------- who is held */

static void lead_a_change(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	unsigned int culprit;

	if (lm_park_gather(&m->park, &m->port, cpu->index, &culprit))
		fault(m, "a gather without a time-out failed");
	change_tree(cpu);
	lm_park_let_go(&m->park);
}

static void all_cpus_are_held_whichever_leads(void **state)
{
	enum { CPUS = 5, TURNS = 400 * CPUS };
	struct machine *m = new_machine(CPUS, NOBODY);

	(void)state;
	run_turns(m, lead_a_change, TURNS);
	assert_int_equal(m->changes, TURNS);
	/* The last ones to be held may be on their way back. */
	until(count_of(m) == 0);
	for (unsigned int i = 0; i < CPUS; i++) {
		/* Of 2000 turns a CPU leads 400. */
		until(get(m->cpu[i].held) >= 1600);
		assert_int_equal(get(m->cpu[i].held), 1600);
	}
	/* Each turn opens one generation and closes it. */
	assert_int_equal(generation_of(m), 2 * TURNS);
	stop(m);
}

/* No leader gives up here, so each must have waited for whom it had to, and no one else. */
static void a_cpu_may_go_and_come_at_any_time(void **state)
{
	enum { CPUS = 4, TURNS = 400 * CPUS };
	struct machine *m = new_machine(CPUS, NOBODY);
	struct cpu *goer = &m->cpu[CPUS - 1];

	(void)state;
	goer->comes_and_goes = true;
	for (unsigned int i = 0; i < CPUS; i++)
		m->cpu[i].dawdles = true;
	run_turns(m, lead_a_change, TURNS);
	assert_int_equal(m->changes, TURNS);
	until(count_of(m) == 0);
	join_cpus(m);
	assert_in_range(goer->ups, 1, UINT32_MAX);
	assert_int_equal(m->park.present, power_of(goer) == POWER_OFF ? CPUS - 1 : CPUS);
	free(m);
}

static void a_cpu_that_is_off_is_neither_called_nor_waited_for_nor_named(void **state)
{
	uint32_t last_held[3];
	struct lm_park park;
	unsigned int culprit = 99;

	(void)state;
	lm_park_init(&park, last_held, 3);
	lm_park_leave(&park, 1);
	lm_park_leave(&park, 1); /* once is enough */
	assert_int_equal(park.present, 2);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 0, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 2);
	lm_park_leave(&park, 2);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 0, &culprit), 0);
	lm_park_let_go(&park);
	lm_park_arrive(&park, 1);
	lm_park_arrive(&park, 1);
	assert_int_equal(park.present, 2);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 0, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 1);
}

static void nobody_walks_while_held(void **state)
{
	enum { CPUS = 4, ROUNDS = 50 };
	struct machine *m = start(CPUS, 0);
	unsigned int culprit;

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int walks[CPUS];

		assert_int_equal(gather(m, never, &culprit), 0);
		for (unsigned int i = 1; i < CPUS; i++)
			walks[i] = get(m->cpu[i].walks);
		change_tree(&m->cpu[0]);
		for (unsigned int i = 0; i < 100; i++)
			sched_yield();
		for (unsigned int i = 1; i < CPUS; i++) {
			assert_false(get(m->cpu[i].on_map));
			assert_int_equal(get(m->cpu[i].walks), walks[i]);
		}
		lm_park_let_go(&m->park);
		expect_all_walk(m);
	}
	stop(m);
}

static void a_single_cpu_gathers_at_once(void **state)
{
	struct machine *m = start(1, 0);
	unsigned int culprit;

	(void)state;
	assert_int_equal(gather(m, at_once, &culprit), 0);
	assert_int_equal(m->calls, 0);
	change_tree(&m->cpu[0]);
	lm_park_let_go(&m->park);
	assert_int_equal(word_of(m), 2 * ONE_GENERATION);
	stop(m);
}

static void a_call_that_nobody_made_holds_nobody(void **state)
{
	struct machine *m = new_machine(2, 0);

	(void)state;
	assert_false(lm_park_answer(&m->park, &m->port, 1));
	assert_int_equal(get(m->cpu[1].left), 0);
	assert_int_equal(word_of(m), 0);
	free(m);
}

/* Rests of a leader that waits for CPU 1 to be back on the map. */
static void relax_three_times_then_open(void *ctx)
{
	struct machine *m = ctx;

	if (get(m->cpu[1].enter.shut)) {
		/* 2 is the generation that closed the last gather. */
		assert_int_equal(generation_of(m), 2);
		assert_int_equal(m->calls, 2);
		if (++m->relaxes == 3)
			set(m->cpu[1].enter.shut, false);
	}
	sched_yield();
}

static void a_gather_begins_when_all_are_back_from_the_last(void **state)
{
	struct machine *m = start(3, 0);
	struct lm_park_port leader_port = m->port;
	unsigned int culprit;

	(void)state;
	leader_port.relax = relax_three_times_then_open;
	set(m->cpu[1].enter.shut, true);
	expect_all_held(m);
	until(get(m->cpu[1].enter.reached));
	assert_int_equal(lm_park_gather(&m->park, &leader_port, 0, &culprit), 0);
	assert_int_equal(m->relaxes, 3);
	assert_int_equal(m->calls, 4);
	change_tree(&m->cpu[0]);
	lm_park_let_go(&m->park);
	expect_all_walk(m);
	stop(m);
}

/* ------------------------------------------------------------------ time-outs */

static unsigned int lowest(unsigned int set)
{
	unsigned int cpu = 0;

	while (!(set >> cpu & 1))
		cpu++;
	return cpu;
}

/* For every leader and every set of CPUs that do not come. */
static void a_time_out_names_the_first_cpu_that_did_not_come(void **state)
{
	enum { CPUS = 4 };

	(void)state;
	for (unsigned int leader = 0; leader < CPUS; leader++) {
		struct machine *m = start(CPUS, leader);

		for (unsigned int missing = 1; missing < 1 << CPUS; missing++) {
			if (missing >> leader & 1)
				continue;
			for (unsigned int i = 0; i < CPUS; i++)
				m->cpu[i].call = missing >> i & 1 ? CALL_IS_HELD_BACK :
								    CALL_ARRIVES;
			expect_time_out(m, lowest(missing));
			expect_all_walk(m);
		}
		for (unsigned int i = 0; i < CPUS; i++)
			m->cpu[i].call = CALL_ARRIVES;
		expect_all_held(m);
		stop(m);
	}
}

static void a_call_that_arrives_after_the_time_out_holds_nobody(void **state)
{
	struct machine *m = start(3, 0);
	struct cpu *late = &m->cpu[2];

	(void)state;
	for (unsigned int round = 1; round <= 50; round++) {
		late->call = CALL_IS_HELD_BACK;
		expect_time_out(m, 2);
		deliver(late);
		until(get(late->answers) == round);
		assert_int_equal(get(late->held), 0);
		assert_int_equal(get(late->left), 0);
	}
	expect_all_walk(m);
	late->call = CALL_ARRIVES;
	expect_all_held(m);
	stop(m);
}

static bool everybody_else_is_there_and_one_at_its_gate(void *ctx)
{
	struct machine *m = ctx;

	return everybody_who_comes_is_there(m) && get(m->cpu[2].leave.reached);
}

/* CPU 2 has seen the generation open, and walks on its way off the map. */
static void expect_time_out_on_the_way(struct machine *m)
{
	unsigned int culprit;

	set(m->cpu[2].leave.reached, false);
	set(m->cpu[2].leave.shut, true);
	assert_int_equal(gather(m, everybody_else_is_there_and_one_at_its_gate, &culprit),
			 -LM_ETIMEOUT);
	assert_int_equal(culprit, 2);
	assert_int_equal(count_of(m), 0);
}

static void a_cpu_on_its_way_off_the_map_at_the_time_out_is_not_held(void **state)
{
	struct machine *m = start(3, 0);
	struct cpu *late = &m->cpu[2];

	(void)state;
	for (unsigned int round = 1; round <= 50; round++) {
		expect_time_out_on_the_way(m);
		set(late->leave.shut, false);
		until(get(late->answers) == round);
		assert_int_equal(get(late->left), round);
		assert_int_equal(get(late->held), 0);
		assert_true(get(late->on_map));
	}
	expect_all_walk(m);
	expect_all_held(m);
	stop(m);
}

/* Delivers, while the leader waits, the call that came too late the last time. */
static void relax_and_deliver(void *ctx)
{
	struct machine *m = ctx;

	if (m->cpu[2].call == CALL_IS_HELD_BACK && generation_of(m) & 1) {
		m->cpu[2].call = CALL_ARRIVES;
		deliver(&m->cpu[2]);
	}
	sched_yield();
}

static void a_late_call_that_arrives_during_the_next_gather_takes_part_in_it(void **state)
{
	struct machine *m = start(3, 0);
	struct lm_park_port leader_port = m->port;
	unsigned int culprit;

	(void)state;
	leader_port.relax = relax_and_deliver;
	for (unsigned int round = 1; round <= 50; round++) {
		m->cpu[2].call = CALL_IS_HELD_BACK;
		expect_time_out(m, 2);
		/* The call of this gathering to CPU 2 is lost. */
		assert_int_equal(lm_park_gather(&m->park, &leader_port, 0, &culprit), 0);
		change_tree(&m->cpu[0]);
		lm_park_let_go(&m->park);
		until(get(m->cpu[2].answers) == round);
		assert_int_equal(get(m->cpu[2].held), round);
	}
	expect_all_walk(m);
	stop(m);
}

/* A leader that, while it waits, lets the CPU go on that is still at its gate. */
static void relax_and_open(void *ctx)
{
	struct machine *m = ctx;

	if (generation_of(m) & 1)
		set(m->cpu[2].leave.shut, false);
	sched_yield();
}

static void a_cpu_refused_by_one_gather_takes_part_in_the_next(void **state)
{
	struct machine *m = start(3, 0);
	struct lm_park_port leader_port = m->port;
	unsigned int culprit;

	(void)state;
	leader_port.relax = relax_and_open;
	for (unsigned int round = 1; round <= 50; round++) {
		expect_time_out_on_the_way(m);
		/*
		 * It saw the closed generation and leaves the map in the open one:
		 * refused. The call of this gather waits meanwhile, and holds it.
		 */
		assert_int_equal(lm_park_gather(&m->park, &leader_port, 0, &culprit), 0);
		assert_int_equal(get(m->cpu[2].answers), 2 * round - 1);
		assert_int_equal(get(m->cpu[2].left), 2 * round);
		change_tree(&m->cpu[0]);
		lm_park_let_go(&m->park);
		until(get(m->cpu[2].answers) == 2 * round);
		assert_int_equal(get(m->cpu[2].held), round);
	}
	expect_all_walk(m);
	stop(m);
}

/* ------------------------------------------------- at the moment of a time-out */

/*
 * The leader has seen a count without CPU 1 and its time is over. Before it
 * acts on that, CPU 1 counts in.
 */
static bool expires_as_cpu_1_counts_in(void *ctx)
{
	struct machine *m = ctx;

	if (get(m->cpu[1].leave.shut)) {
		set(m->cpu[1].leave.shut, false);
		until(count_of(m) == 1);
	}
	return true;
}

static void the_last_cpu_may_count_in_while_the_leader_gives_up(void **state)
{
	struct machine *m = start(2, 0);
	unsigned int culprit;

	(void)state;
	for (unsigned int round = 1; round <= 50; round++) {
		set(m->cpu[1].leave.shut, true);
		assert_int_equal(gather(m, expires_as_cpu_1_counts_in, &culprit), 0);
		assert_int_equal(count_of(m), 1);
		change_tree(&m->cpu[0]);
		lm_park_let_go(&m->park);
		until(get(m->cpu[1].held) == round);
	}
	stop(m);
}

static void a_cpu_that_counts_in_while_the_leader_gives_up_is_let_go(void **state)
{
	struct machine *m = start(3, 0);
	unsigned int culprit;

	(void)state;
	m->cpu[2].call = CALL_IS_HELD_BACK;
	for (unsigned int round = 1; round <= 50; round++) {
		set(m->cpu[1].leave.shut, true);
		assert_int_equal(gather(m, expires_as_cpu_1_counts_in, &culprit),
				 -LM_ETIMEOUT);
		assert_int_equal(culprit, 2);
		assert_int_equal(count_of(m), 0);
		until(get(m->cpu[1].held) == round);
	}
	expect_all_walk(m);
	stop(m);
}

static void check_time_out(struct cpu *leader, unsigned int culprit)
{
	struct machine *m = leader->m;

	if (count_of(m) || generation_of(m) & 1)
		fault(m, "a gather timed out and somebody is, or can be, held");
	if (culprit >= m->park.cpus || culprit == leader->index)
		fault(m, "a time-out named nobody who was missing");
	walk(leader);
	if (m->tree[0] != m->changes)
		fault(m, "the tree was changed in a gather that timed out");
}

static void mask_exceptions(struct cpu *cpu)
{
	set(cpu->exceptions.reached, false);
	set(cpu->exceptions.shut, true);
	until(get(cpu->exceptions.reached));
}

/*
 * Calls are late by random whiles, and so is the end of patience. Of eight
 * turns one cannot time out, and one cannot but, as a CPU is deaf meanwhile; the
 * rest may go either way.
 */
static void lead_with_random_patience(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	struct cpu *next = &m->cpu[(cpu->index + 1) % m->park.cpus];
	unsigned int kind = get(m->turn) % 8;
	struct lm_park_port port = m->port;
	unsigned int culprit = NOBODY;
	int err;

	m->patience = random_up_to(&cpu->random, 30);
	port.expired = kind == 0 ? never : patience_is_over;
	if (kind == 1)
		mask_exceptions(next);
	err = lm_park_gather(&m->park, &port, cpu->index, &culprit);
	if (kind == 1)
		set(next->exceptions.shut, false); /* its call is late now */

	if (err == -LM_ETIMEOUT) {
		check_time_out(cpu, culprit);
	} else {
		change_tree(cpu);
		lm_park_let_go(&m->park);
	}
	if ((kind == 0 && err) || (kind == 1 && err != -LM_ETIMEOUT))
		fault(m, "a gather did not end as it had to");
}

/* Turns that time out at random, from @generation on. */
static void run_random_turns(unsigned int cpus, uint32_t generation, unsigned int turns)
{
	struct machine *m = new_machine(cpus, NOBODY);

	m->park.word = generation * ONE_GENERATION;
	for (unsigned int i = 0; i < cpus; i++)
		m->cpu[i].dawdles = true;
	run_turns(m, lead_with_random_patience, turns);
	until(count_of(m) == 0);
	/* The sum may pass 2^32. */
	assert_int_equal(generation_of(m), (uint32_t)(generation + 2 * turns));
	/* An eighth could not time out, another could not but. */
	assert_in_range(m->changes, turns / 8, turns - turns / 8);
	expect_all_walk(m);
	stop(m);
}

static void a_time_out_never_leaves_anybody_held(void **state)
{
	(void)state;
	for (unsigned int cpus = 2; cpus <= MOST_CPUS; cpus++)
		run_random_turns(cpus, 0, 800);
}

static void generations_may_wrap_around(void **state)
{
	(void)state;
	/* Closed, as all even ones; the eighth turn from there opens the last. */
	run_random_turns(3, LAST_GENERATION - 15, 400);
}

static void a_time_out_in_the_last_generation_names_who_is_missing(void **state)
{
	struct machine *m = new_machine(3, 1);

	(void)state;
	m->park.word = (LAST_GENERATION - 3) * ONE_GENERATION;
	start_cpus(m);
	expect_all_held(m);
	m->cpu[0].call = CALL_IS_HELD_BACK;
	expect_time_out(m, 0); /* in generation 2^32 - 1 */
	assert_int_equal(word_of(m), 0);
	expect_time_out(m, 0); /* in generation 1 */
	m->cpu[0].call = CALL_ARRIVES;
	expect_all_held(m);
	expect_all_walk(m);
	assert_int_equal(generation_of(m), 4);
	stop(m);
}

static void a_leader_that_does_not_exist_is_refused(void **state)
{
	uint32_t last_held[2];
	struct lm_park park;
	unsigned int culprit = 99;

	(void)state;
	lm_park_init(&park, last_held, 2);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 2, &culprit), -LM_ECPU);
	assert_int_equal(park.word, 0);
}

/* The count of CPUs to wait for is without it: one too few would be held. */
static void a_leader_that_is_absent_is_refused(void **state)
{
	uint32_t last_held[3];
	struct lm_park park;
	unsigned int culprit = 99;

	(void)state;
	lm_park_init(&park, last_held, 3);
	lm_park_leave(&park, 0);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 0, &culprit), -LM_ECPU);
	assert_int_equal(park.word, 0);
	lm_park_arrive(&park, 0);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 0, &culprit), -LM_ETIMEOUT);
}

static void letting_go_after_a_time_out_opens_nothing(void **state)
{
	uint32_t last_held[2];
	struct lm_park park;
	unsigned int culprit = 99;
	uint64_t closed;

	(void)state;
	lm_park_init(&park, last_held, 2);
	assert_int_equal(lm_park_gather(&park, &nobody_port, 0, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 1);
	closed = park.word;
	lm_park_let_go(&park);
	assert_int_equal(park.word, closed);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cpus_are_held_whichever_leads),
		cmocka_unit_test(a_cpu_may_go_and_come_at_any_time),
		cmocka_unit_test(
			a_cpu_that_is_off_is_neither_called_nor_waited_for_nor_named),
		cmocka_unit_test(nobody_walks_while_held),
		cmocka_unit_test(a_single_cpu_gathers_at_once),
		cmocka_unit_test(a_call_that_nobody_made_holds_nobody),
		cmocka_unit_test(a_gather_begins_when_all_are_back_from_the_last),
		cmocka_unit_test(a_time_out_names_the_first_cpu_that_did_not_come),
		cmocka_unit_test(a_call_that_arrives_after_the_time_out_holds_nobody),
		cmocka_unit_test(
			a_cpu_on_its_way_off_the_map_at_the_time_out_is_not_held),
		cmocka_unit_test(
			a_late_call_that_arrives_during_the_next_gather_takes_part_in_it),
		cmocka_unit_test(a_cpu_refused_by_one_gather_takes_part_in_the_next),
		cmocka_unit_test(the_last_cpu_may_count_in_while_the_leader_gives_up),
		cmocka_unit_test(
			a_cpu_that_counts_in_while_the_leader_gives_up_is_let_go),
		cmocka_unit_test(a_time_out_never_leaves_anybody_held),
		cmocka_unit_test(a_leader_that_does_not_exist_is_refused),
		cmocka_unit_test(a_leader_that_is_absent_is_refused),
		cmocka_unit_test(letting_go_after_a_time_out_opens_nothing),
		cmocka_unit_test(generations_may_wrap_around),
		cmocka_unit_test(a_time_out_in_the_last_generation_names_who_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
