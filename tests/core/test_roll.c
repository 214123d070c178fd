// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rolling, with threads as CPUs: who moves, who comes home, and who is named. Knows of
 * the word what roll.c says at its top.
 *
 * A tree is plain memory, and all that a test shares besides goes through relaxed
 * atomics. So the word alone orders the leader's stores and the CPUs' walks, and
 * ThreadSanitizer reports every walk that it does not order. Nothing here waits for a
 * time: a leader's patience ends when the test says so.
 */
/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linmap/roll.h>

#include "main.h"
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_CPUS	8
#define ENTRIES		16
#define NOBODY		MOST_CPUS
#define NOTHING		2    /* no root */
#define FREED		(-1) /* in a tree that no CPU may walk */
#define EMPTY		(-2) /* a TLB */
#define ONE_ON_ROOT_1	(UINT64_C(1) << 13)
#define ONE_PRESENT	(UINT64_C(1) << 26)
#define ONE_GENERATION	(UINT64_C(1) << 40)
#define LAST_GENERATION ((UINT32_C(1) << 24) - 1)

/**
 * struct cpu - a CPU, played by a thread of its own or by the test's
 * @root: what it walks: its own knowledge
 * @tlb: which tree it may hold something of
 * @called: its interrupt is pending
 * @call: what becomes of a call; set before the leader asks
 * @moving: gate in the move, while the CPU walks nothing
 * @exceptions: gate before it takes a call; shut: masked
 * @moves: how often it moved with an invalidation, @ways_home: without
 * @comes_and_goes: goes offline and comes up at random
 * @random: state of its random numbers
 */
struct cpu {
	struct machine *m;
	unsigned int index;
	pthread_t thread;
	unsigned int root;
	int tlb;
	atomic_bool called;
	_Atomic(enum call) call;
	struct gate moving, exceptions;
	atomic_uint walks, answers, moves, ways_home, arrivals;
	bool comes_and_goes;
	uint32_t random;
};

/**
 * struct machine - CPUs, and two trees that they walk
 * @tree: all entries of one are the same: which edit made it
 * @version: of the tree that is home, of which all CPUs know that
 * @leader: the CPU that leads; NOBODY if the test does that, and is no CPU
 * @lead: what a CPU does when it is its turn to lead; NULL if the test leads
 * @turn, @turns: CPU @turn % @roll.cpus is next, and nobody after @turns
 * @patience: how often the leader may ask before its time is over
 * @fault: what was wrong first; threads cannot fail a test themselves
 */
struct machine {
	struct lm_roll roll;
	struct lm_roll_port port;
	uint32_t last[MOST_CPUS];
	struct cpu cpu[MOST_CPUS];
	int tree[2][ENTRIES];
	atomic_int version;
	unsigned int leader;
	void (*lead)(struct cpu *cpu);
	atomic_uint turn;
	unsigned int turns;
	unsigned int patience;
	unsigned int relaxes, calls, invalidations;
	atomic_bool stop;
	first_fault_t fault;
};

static void fault(struct machine *m, const char *what)
{
	fault_seen(&m->fault, what);
}

static uint64_t word_of(struct machine *m)
{
	return __atomic_load_n(&m->roll.word, __ATOMIC_RELAXED);
}

static unsigned int moving_of(struct machine *m)
{
	return word_of(m) & 0x1fff;
}

static unsigned int on_root_1(struct machine *m)
{
	return word_of(m) >> 13 & 0x1fff;
}

static unsigned int present(struct machine *m)
{
	return word_of(m) >> 26 & 0x1fff;
}

static uint32_t generation_of(struct machine *m)
{
	return (uint32_t)(word_of(m) >> 40);
}

/* -------------------------------------------------------------- what CPUs do */

static void walk(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	const int *tree = m->tree[cpu->root];
	int before = get(m->version);
	int first = tree[0];

	for (int i = 1; i < ENTRIES; i++) {
		if (tree[i] != first)
			fault(m, "a CPU saw a tree in change");
	}
	if (first == FREED)
		fault(m, "a CPU walked a tree that is free");
	else if (first < before || first > get(m->version) + 1)
		fault(m, "a CPU saw a tree that is neither the old nor the new one");
	if (cpu->tlb != EMPTY && cpu->tlb != first)
		fault(m, "a TLB holds something of two trees");
	cpu->tlb = first;
	add_one(cpu->walks);
}

static void answer(struct cpu *cpu)
{
	lm_roll_answer(&cpu->m->roll, &cpu->m->port, cpu->index);
	add_one(cpu->answers);
}

/* The call is taken before it is answered, so that the next one counts again. */
static void take_call(struct cpu *cpu)
{
	if (get(cpu->exceptions.shut))
		set(cpu->exceptions.reached, true);
	else if (atomic_exchange_explicit(&cpu->called, false, memory_order_relaxed))
		answer(cpu);
}

static void arrive(struct cpu *cpu)
{
	cpu->root = lm_roll_arrive(&cpu->m->roll, cpu->index);
	add_one(cpu->arrivals);
	walk(cpu);
}

static void leave(struct cpu *cpu)
{
	cpu->root = NOTHING;
	cpu->tlb = EMPTY;
	lm_roll_leave(&cpu->m->roll, cpu->index);
}

static void come_and_go(struct cpu *cpu)
{
	leave(cpu);
	for (unsigned int rest = random_up_to(&cpu->random, 10); rest; rest--)
		sched_yield();
	arrive(cpu);
	answer(cpu);
}

static bool is_turn_of(const struct cpu *cpu)
{
	struct machine *m = cpu->m;
	unsigned int turn = get(m->turn);

	return m->lead && turn < m->turns && turn % m->roll.cpus == cpu->index;
}

static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	struct machine *m = cpu->m;

	while (!get(m->stop)) {
		take_call(cpu);
		walk(cpu);
		if (cpu->comes_and_goes && !random_up_to(&cpu->random, 3))
			come_and_go(cpu);
		if (is_turn_of(cpu)) {
			/* One leader at a time; the embedder has a lock for that. */
			atomic_load_explicit(&m->turn, memory_order_acquire);
			m->leader = cpu->index;
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

static void call(void *ctx, unsigned int index)
{
	struct machine *m = ctx;
	struct cpu *cpu = &m->cpu[index];

	m->calls++;
	if (get(cpu->call) == CALL_IS_HELD_BACK)
		return;
	if (index == m->leader)
		answer(cpu);
	else
		deliver(cpu);
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

static unsigned int count_coming(struct machine *m)
{
	unsigned int coming = 0;

	for (unsigned int i = 0; i < m->roll.cpus; i++)
		coming += get(m->cpu[i].call) == CALL_ARRIVES;
	return coming;
}

/* All calls that were not held back have been answered: home is root 0. */
static bool all_who_come_have_moved(void *ctx)
{
	return on_root_1(ctx) == count_coming(ctx);
}

static void relax(void *ctx)
{
	struct machine *m = ctx;

	m->relaxes++;
	sched_yield();
}

static void move(void *ctx, unsigned int index, unsigned int root)
{
	struct machine *m = ctx;
	struct cpu *cpu = &m->cpu[index];

	walk(cpu);
	if (!moving_of(m))
		fault(m, "a CPU moves, and the word does not say so");
	cpu->root = NOTHING;
	cpu->tlb = EMPTY;
	while (get(cpu->moving.shut)) {
		set(cpu->moving.reached, true);
		sched_yield();
	}
	cpu->root = root;
	walk(cpu);
	add_one(cpu->moves);
}

static void go_home(void *ctx, unsigned int index, unsigned int root)
{
	struct machine *m = ctx;
	struct cpu *cpu = &m->cpu[index];

	walk(cpu);
	cpu->root = root;
	walk(cpu);
	add_one(cpu->ways_home);
}

static void invalidate(void *ctx)
{
	struct machine *m = ctx;

	m->invalidations++;
}

/* -------------------------------------------------------------- the machine */

static void fill(struct machine *m, unsigned int root, int with)
{
	for (int i = 0; i < ENTRIES; i++) {
		m->tree[root][i] = with;
		if (i == ENTRIES / 2)
			sched_yield();
	}
}

/* @leader: the CPU that the test itself plays, or NOBODY. */
static struct machine *new_machine(unsigned int cpus, unsigned int leader,
				   uint32_t generation)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	assert_int_equal(lm_roll_init(&m->roll, m->last, cpus), 0);
	m->roll.word = generation * ONE_GENERATION;
	m->roll.home = generation & 1;
	m->port =
		(struct lm_roll_port){ m, call, never, relax, move, go_home, invalidate };
	m->leader = leader;
	fill(m, !m->roll.home, FREED);
	for (unsigned int i = 0; i < cpus; i++) {
		m->cpu[i].m = m;
		m->cpu[i].index = i;
		m->cpu[i].random = 2463534242u + i;
		m->cpu[i].tlb = EMPTY;
		arrive(&m->cpu[i]);
	}
	return m;
}

/* All but the one that is @played by the test's own thread. */
static void start_cpus(struct machine *m, unsigned int played)
{
	for (unsigned int i = 0; i < m->roll.cpus; i++) {
		struct cpu *cpu = &m->cpu[i];

		if (i != played)
			assert_int_equal(pthread_create(&cpu->thread, NULL, run_cpu, cpu),
					 0);
	}
}

static struct machine *start(unsigned int cpus)
{
	struct machine *m = new_machine(cpus, 0, 0);

	start_cpus(m, 0);
	return m;
}

static void expect_no_fault(struct machine *m)
{
	const char *what = get(m->fault);

	if (what)
		fail_msg("%s", what);
}

/* @played: by the test's own thread, or NOBODY. */
static void stop(struct machine *m, unsigned int played)
{
	set(m->stop, true);
	for (unsigned int i = 0; i < m->roll.cpus; i++) {
		if (i != played)
			assert_int_equal(pthread_join(m->cpu[i].thread, NULL), 0);
	}
	expect_no_fault(m);
	free(m);
}

/* CPUs take turns to lead, and the test looks on. */
static void run_turns(struct machine *m, void (*lead)(struct cpu *), unsigned int turns)
{
	m->lead = lead;
	m->turns = turns;
	start_cpus(m, NOBODY);
	until(get(m->turn) == turns);
	atomic_load_explicit(&m->turn, memory_order_acquire);
	expect_no_fault(m);
}

/* Each CPU walks the tree that it is on again, and then again. */
static void expect_all_walk(struct machine *m)
{
	for (unsigned int i = 1; i < m->roll.cpus; i++) {
		unsigned int walks = get(m->cpu[i].walks);

		until(get(m->cpu[i].walks) - walks >= 2);
	}
	walk(&m->cpu[0]);
	expect_no_fault(m);
}

/* ------------------------------------------------------------- steps of an edit */

static void stage(struct machine *m)
{
	fill(m, !m->roll.home, get(m->version) + 1);
}

static void free_other_tree(struct machine *m)
{
	fill(m, !m->roll.home, FREED);
}

static void make_equal(struct machine *m)
{
	fill(m, m->roll.home, get(m->version) + 1);
}

static void end_edit(struct machine *m)
{
	set(m->version, get(m->version) + 1);
	free_other_tree(m);
}

static int out(struct machine *m, bool (*expired)(void *), unsigned int *culprit)
{
	struct lm_roll_port port = m->port;

	*culprit = NOBODY + 1;
	port.expired = expired;
	stage(m);
	return lm_roll_out(&m->roll, &port, culprit);
}

static void expect_out(struct machine *m)
{
	unsigned int culprit;

	assert_int_equal(out(m, never, &culprit), 0);
	assert_int_equal(on_root_1(m), m->roll.home ? 0 : present(m));
	assert_int_equal(moving_of(m), 0);
}

static void expect_back(struct machine *m)
{
	unsigned int culprit, invalidations = m->invalidations;

	assert_int_equal(lm_roll_back(&m->roll, &m->port, &culprit), 0);
	assert_int_equal(m->invalidations, invalidations + 1);
	assert_int_equal(on_root_1(m), m->roll.home ? present(m) : 0);
	free_other_tree(m);
}

static void expect_all_home(struct machine *m)
{
	unsigned int culprit;

	assert_int_equal(lm_roll_home(&m->roll, &m->port, &culprit), 0);
	assert_int_equal(on_root_1(m), m->roll.home ? present(m) : 0);
	end_edit(m);
}

static void expect_home(struct machine *m)
{
	make_equal(m);
	expect_all_home(m);
}

static void expect_edit(struct machine *m)
{
	expect_out(m);
	expect_home(m);
	expect_all_walk(m);
}

static void expect_time_out(struct machine *m, unsigned int missing)
{
	unsigned int culprit;
	int err = out(m, all_who_come_have_moved, &culprit);

	if (err != -LM_ETIMEOUT || culprit != missing)
		fail_msg("expected a time-out (%d) for CPU %u, saw %d for CPU %u",
			 -LM_ETIMEOUT, missing, err, culprit);
	/* The word names root 0 again, and no CPU is on the way. */
	assert_int_equal(generation_of(m) & 1, 0);
	assert_int_equal(moving_of(m), 0);
	assert_int_equal(on_root_1(m), count_coming(m));
	assert_true(m->roll.away);
}

/* ------------------------------------------------------------ a roll as it should be */

static void lead_an_edit(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	unsigned int culprit;

	stage(m);
	if (lm_roll_out(&m->roll, &m->port, &culprit))
		fault(m, "a roll without a time-out failed");
	make_equal(m);
	if (lm_roll_home(&m->roll, &m->port, &culprit))
		fault(m, "going home without a time-out failed");
	end_edit(m);
}

static void every_cpu_moves_once_and_goes_home_once(void **state)
{
	enum { CPUS = 5, TURNS = 200 * CPUS };
	struct machine *m = new_machine(CPUS, NOBODY, 0);

	(void)state;
	run_turns(m, lead_an_edit, TURNS);
	assert_int_equal(get(m->version), TURNS);
	for (unsigned int i = 0; i < CPUS; i++) {
		assert_int_equal(get(m->cpu[i].moves), TURNS);
		assert_int_equal(get(m->cpu[i].ways_home), TURNS);
	}
	/* Two generations an edit; 5 CPUs; none on root 1, none moves. */
	assert_int_equal(word_of(m), 2 * TURNS * ONE_GENERATION + 5 * ONE_PRESENT);
	stop(m, NOBODY);
}

static void lead_a_settlement(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	unsigned int culprit;

	stage(m);
	if (lm_roll_out(&m->roll, &m->port, &culprit) ||
	    lm_roll_settle(&m->roll, &m->port))
		fault(m, "a roll without a time-out failed");
	end_edit(m);
}

static void a_map_whose_root_may_be_anywhere_takes_one_move(void **state)
{
	enum { CPUS = 4, TURNS = 101 };
	struct machine *m = new_machine(CPUS, NOBODY, 0);

	(void)state;
	run_turns(m, lead_a_settlement, TURNS);
	for (unsigned int i = 0; i < CPUS; i++) {
		assert_int_equal(get(m->cpu[i].moves), TURNS);
		assert_int_equal(get(m->cpu[i].ways_home), 0);
	}
	/* From 0 to 1 and back, 101 times: all 4 are on root 1. */
	assert_int_equal(m->roll.home, 1);
	assert_int_equal(word_of(m),
			 TURNS * ONE_GENERATION + 4 * ONE_PRESENT + 4 * ONE_ON_ROOT_1);
	assert_int_equal(m->invalidations, TURNS);
	stop(m, NOBODY);
}

/* CPU 2 is called only when the others have moved, and all have walked after that. */
static void relax_until_two_have_moved(void *ctx)
{
	struct machine *m = ctx;

	relax(m);
	if (on_root_1(m) == 2) {
		expect_all_walk(m);
		deliver(&m->cpu[2]);
	}
}

static void all_walk_while_some_have_moved_and_others_not(void **state)
{
	struct machine *m = start(3);
	struct lm_roll_port port = m->port;
	unsigned int culprit;

	(void)state;
	port.relax = relax_until_two_have_moved;
	for (unsigned int round = 0; round < 50; round++) {
		set(m->cpu[2].call, CALL_IS_HELD_BACK);
		stage(m);
		assert_int_equal(lm_roll_out(&m->roll, &port, &culprit), 0);
		set(m->cpu[2].call, CALL_ARRIVES);
		expect_all_walk(m);
		expect_home(m);
		expect_all_walk(m);
	}
	stop(m, 0);
}

static void a_single_cpu_moves_by_itself(void **state)
{
	struct machine *m = start(1);

	(void)state;
	expect_edit(m);
	assert_int_equal(m->calls, 2);
	assert_int_equal(m->relaxes, 0);
	assert_int_equal(get(m->cpu[0].moves), 1);
	assert_int_equal(get(m->cpu[0].ways_home), 1);
	assert_int_equal(word_of(m), 2 * ONE_GENERATION + ONE_PRESENT);
	stop(m, 0);
}

static void a_call_that_nobody_made_moves_nobody(void **state)
{
	struct machine *m = new_machine(2, 0, 0);

	(void)state;
	assert_false(lm_roll_answer(&m->roll, &m->port, 1));
	assert_int_equal(get(m->cpu[1].moves), 0);
	assert_int_equal(word_of(m), 2 * ONE_PRESENT);
	free(m);
}

static void a_roll_may_be_taken_back_before_the_first_store(void **state)
{
	struct machine *m = start(3);

	(void)state;
	for (unsigned int round = 1; round <= 50; round++) {
		expect_out(m);
		expect_back(m);
		expect_all_walk(m);
		assert_int_equal(get(m->cpu[1].moves), 2 * round);
	}
	assert_int_equal(get(m->cpu[1].ways_home), 0);
	expect_edit(m);
	stop(m, 0);
}

/* ------------------------------------------------------------------ time-outs */

static unsigned int lowest(unsigned int set)
{
	unsigned int cpu = 0;

	while (!(set >> cpu & 1))
		cpu++;
	return cpu;
}

/* For every set of CPUs that do not come, the leader's own among them. */
static void a_time_out_names_the_first_cpu_that_did_not_come(void **state)
{
	enum { CPUS = 4 };
	struct machine *m = start(CPUS);

	(void)state;
	for (unsigned int missing = 1; missing < 1 << CPUS; missing++) {
		unsigned int moves[CPUS];

		for (unsigned int i = 0; i < CPUS; i++) {
			moves[i] = get(m->cpu[i].moves);
			set(m->cpu[i].call,
			    missing >> i & 1 ? CALL_IS_HELD_BACK : CALL_ARRIVES);
		}
		expect_time_out(m, lowest(missing));
		expect_all_walk(m);
		expect_back(m);
		expect_all_walk(m);
		/* There and back; who did not come is not even called. */
		for (unsigned int i = 0; i < CPUS; i++)
			assert_int_equal(get(m->cpu[i].moves) - moves[i],
					 missing >> i & 1 ? 0 : 2);
	}
	for (unsigned int i = 0; i < CPUS; i++)
		set(m->cpu[i].call, CALL_ARRIVES);
	expect_edit(m);
	stop(m, 0);
}

static void a_call_that_arrives_after_the_time_out_moves_nobody(void **state)
{
	struct machine *m = start(3);
	struct cpu *late = &m->cpu[2];

	(void)state;
	for (unsigned int round = 1; round <= 50; round++) {
		set(late->call, CALL_IS_HELD_BACK);
		expect_time_out(m, 2);
		if (round & 1) { /* before the others are back, or after */
			deliver(late);
			until(get(late->answers) == round);
			expect_back(m);
		} else {
			expect_back(m);
			deliver(late);
			until(get(late->answers) == round);
		}
		assert_int_equal(get(late->moves), 0);
	}
	expect_all_walk(m);
	set(late->call, CALL_ARRIVES);
	expect_edit(m);
	stop(m, 0);
}

static bool cpu_1_is_on_its_way(void *ctx)
{
	struct machine *m = ctx;

	return get(m->cpu[1].moving.reached);
}

/* Rests of a leader that has given up, and waits for who has announced himself. */
static void relax_three_times_then_open(void *ctx)
{
	struct machine *m = ctx;

	relax(m);
	if (generation_of(m) & 1 || !get(m->cpu[1].moving.shut))
		return;
	if (on_root_1(m) != 1)
		fault(m, "only the leader can be there");
	if (m->relaxes >= 3)
		set(m->cpu[1].moving.shut, false);
}

static void a_cpu_on_its_way_at_the_time_out_is_waited_for_and_not_named(void **state)
{
	struct machine *m = start(3);
	struct lm_roll_port port = m->port;
	unsigned int culprit;

	(void)state;
	port.expired = cpu_1_is_on_its_way;
	port.relax = relax_three_times_then_open;
	set(m->cpu[2].call, CALL_IS_HELD_BACK);
	for (unsigned int round = 1; round <= 50; round++) {
		set(m->cpu[1].moving.reached, false);
		set(m->cpu[1].moving.shut, true);
		m->relaxes = 0;
		stage(m);
		assert_int_equal(lm_roll_out(&m->roll, &port, &culprit), -LM_ETIMEOUT);
		assert_in_range(m->relaxes, 3, UINT32_MAX);
		assert_int_equal(culprit, 2);
		/* It and the leader's are on the clone. */
		assert_int_equal(on_root_1(m), 2);
		expect_back(m);
		assert_int_equal(get(m->cpu[1].moves), 2 * round);
		expect_all_walk(m);
	}
	stop(m, 0);
}

/* At the moment of the time-out a CPU announces itself: looked, and now it is there. */
static bool expires_as_cpu_1_announces_itself(void *ctx)
{
	struct machine *m = ctx;

	if (get(m->cpu[1].call) == CALL_IS_HELD_BACK) {
		set(m->cpu[1].call, CALL_ARRIVES);
		deliver(&m->cpu[1]);
		until(get(m->cpu[1].moving.reached));
	}
	return true;
}

static void relax_and_open(void *ctx)
{
	struct machine *m = ctx;

	relax(m);
	if (get(m->cpu[1].moving.reached))
		set(m->cpu[1].moving.shut, false);
}

static void the_leader_does_not_give_up_on_those_that_have_announced(void **state)
{
	struct machine *m = start(2);
	struct lm_roll_port port = m->port;
	unsigned int culprit;

	(void)state;
	port.expired = expires_as_cpu_1_announces_itself;
	port.relax = relax_and_open;
	for (unsigned int round = 1; round <= 50; round++) {
		set(m->cpu[1].moving.reached, false);
		set(m->cpu[1].moving.shut, true);
		set(m->cpu[1].call, CALL_IS_HELD_BACK);
		stage(m);
		assert_int_equal(lm_roll_out(&m->roll, &port, &culprit), 0);
		assert_int_equal(on_root_1(m), 2);
		expect_home(m);
		expect_all_walk(m);
	}
	stop(m, 0);
}

static void mask_exceptions(struct cpu *cpu)
{
	set(cpu->exceptions.reached, false);
	set(cpu->exceptions.shut, true);
	until(get(cpu->exceptions.reached));
}

static void unmask_exceptions(struct cpu *cpu)
{
	set(cpu->exceptions.shut, false);
}

static int wait_once(struct machine *m,
		     int (*wait)(struct lm_roll *, const struct lm_roll_port *,
				 unsigned int *),
		     unsigned int *culprit)
{
	struct lm_roll_port port = m->port;

	port.expired = at_once;
	return wait(&m->roll, &port, culprit);
}

/* Until all but CPU 1 have done what they are asked for. */
static void expect_only_cpu_1_missing(struct machine *m,
				      int (*wait)(struct lm_roll *,
						  const struct lm_roll_port *,
						  unsigned int *))
{
	unsigned int culprit;

	do
		assert_int_equal(wait_once(m, wait, &culprit), -LM_ETIMEOUT);
	while (culprit != 1 || on_root_1(m) != 1 || moving_of(m));
	assert_true(m->roll.away);
}

static void a_cpu_that_does_not_come_back_is_named_until_it_does(void **state)
{
	struct machine *m = start(4);
	unsigned int culprit, invalidations = m->invalidations;

	(void)state;
	set(m->cpu[3].call, CALL_IS_HELD_BACK);
	expect_time_out(m, 3);
	mask_exceptions(&m->cpu[1]);
	expect_only_cpu_1_missing(m, lm_roll_back);
	assert_int_equal(m->invalidations, invalidations);
	/* Another edit would write the tree that it walks. */
	assert_int_equal(lm_roll_out(&m->roll, &m->port, &culprit), -LM_ESTATE);
	expect_all_walk(m);
	unmask_exceptions(&m->cpu[1]);
	expect_back(m);
	set(m->cpu[3].call, CALL_ARRIVES);
	expect_edit(m);
	stop(m, 0);
}

static void a_cpu_that_does_not_go_home_is_named_until_it_does(void **state)
{
	struct machine *m = start(4);
	unsigned int culprit;

	(void)state;
	expect_out(m);
	make_equal(m);
	mask_exceptions(&m->cpu[1]);
	expect_only_cpu_1_missing(m, lm_roll_home);
	assert_int_equal(lm_roll_out(&m->roll, &m->port, &culprit), -LM_ESTATE);
	/* There is no giving up after the first store. */
	assert_int_equal(lm_roll_back(&m->roll, &m->port, &culprit), -LM_ESTATE);
	expect_all_walk(m);
	unmask_exceptions(&m->cpu[1]);
	expect_all_home(m);
	expect_all_walk(m);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(get(m->cpu[i].ways_home), 1);
	stop(m, 0);
}

static void a_call_that_was_lost_is_made_again(void **state)
{
	struct machine *m = start(2);
	unsigned int culprit;

	(void)state;
	expect_out(m);
	make_equal(m);
	set(m->cpu[1].call, CALL_IS_HELD_BACK);
	assert_int_equal(wait_once(m, lm_roll_home, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 1);
	set(m->cpu[1].call, CALL_ARRIVES);
	expect_all_home(m);
	stop(m, 0);
}

/* ------------------------------------------------------- between two accesses */

/*
 * Where a CPU looks at `last`, or writes it, there is no callback. So `last` lies in a
 * page that can be out of reach, and something happens before the access is made.
 */
static struct {
	struct machine *m;
	void *page;
	size_t size;
	void (*meanwhile)(struct machine *m);
	unsigned int times;
} trap;

static void spring(int signal)
{
	mprotect(trap.page, trap.size, PROT_READ | PROT_WRITE);
	trap.times++;
	trap.meanwhile(trap.m);
}

static void arm(void)
{
	assert_int_equal(mprotect(trap.page, trap.size, PROT_NONE), 0);
}

static void set_trap(struct machine *m, void (*meanwhile)(struct machine *m),
		     struct sigaction *before)
{
	struct sigaction action = { .sa_handler = spring };

	trap.m = m;
	trap.meanwhile = meanwhile;
	trap.times = 0;
	trap.size = (size_t)sysconf(_SC_PAGESIZE);
	trap.page = aligned_alloc(trap.size, trap.size);
	assert_non_null(trap.page);
	memcpy(trap.page, m->last, sizeof(m->last));
	m->roll.last = trap.page;
	assert_int_equal(sigaction(SIGSEGV, &action, before), 0);
}

static void remove_trap(const struct sigaction *before)
{
	assert_int_equal(sigaction(SIGSEGV, before, NULL), 0);
	free(trap.page);
}

static bool told_to_expire(void *ctx)
{
	struct machine *m = ctx;

	return get(m->cpu[1].called);
}

/* CPU 0, which gives up when it is told so. */
static void *give_up_and_free(void *arg)
{
	struct machine *m = arg;
	struct lm_roll_port port = m->port;
	unsigned int culprit;

	port.expired = told_to_expire;
	stage(m);
	if (lm_roll_out(&m->roll, &port, &culprit) != -LM_ETIMEOUT || culprit != 1)
		fault(m, "the leader did not give up on CPU 1");
	if (lm_roll_back(&m->roll, &m->port, &culprit))
		fault(m, "CPU 0 did not come back");
	free_other_tree(m);
	set(m->stop, true);
	return NULL;
}

static void let_it_expire(struct machine *m)
{
	set(m->cpu[1].called, true);
	until(get(m->stop));
}

static void
a_cpu_that_looks_before_the_leader_gives_up_and_acts_after_it_stays(void **state)
{
	struct machine *m = new_machine(2, 0, 0);
	struct sigaction before;

	(void)state;
	set_trap(m, let_it_expire, &before);
	set(m->cpu[1].call, CALL_IS_HELD_BACK);
	assert_int_equal(pthread_create(&m->cpu[0].thread, NULL, give_up_and_free, m), 0);
	until(on_root_1(m) == 1 && !moving_of(m));
	/* The word asks it to go to root 1, and when it has seen that, no longer. */
	arm();
	assert_false(lm_roll_answer(&m->roll, &m->port, 1));
	assert_int_equal(pthread_join(m->cpu[0].thread, NULL), 0);
	assert_int_equal(trap.times, 1);
	assert_int_equal(m->cpu[1].root, 0);
	assert_int_equal(word_of(m), 2 * ONE_GENERATION + 2 * ONE_PRESENT);
	expect_no_fault(m);
	remove_trap(&before);
	free(m);
}

static void move_and_arm(void *ctx, unsigned int index, unsigned int root)
{
	move(ctx, index, root);
	arm();
}

static void expect_not_counted(struct machine *m)
{
	if (moving_of(m) != 1 || on_root_1(m))
		fault(m, "a CPU is counted before it has noted where it is");
}

static void a_cpu_notes_where_it_is_before_it_is_counted(void **state)
{
	struct machine *m = new_machine(1, 0, 0);
	struct sigaction before;

	(void)state;
	set_trap(m, expect_not_counted, &before);
	m->port.move = move_and_arm;
	expect_out(m);
	assert_int_equal(trap.times, 1);
	expect_home(m);
	expect_no_fault(m);
	remove_trap(&before);
	free(m);
}

/* -------------------------------------------------------- CPUs that come and go */

static void a_cpu_that_comes_up_begins_where_the_others_are(void **state)
{
	struct machine *m = start(2);
	struct cpu *other = &m->cpu[1];
	unsigned int culprit;

	(void)state;
	/* CPU 1 is played by the test from here. */
	set(m->stop, true);
	assert_int_equal(pthread_join(other->thread, NULL), 0);
	leave(other);
	assert_int_equal(present(m), 1);

	/* The leader is alone, and then it is not. */
	expect_out(m);
	arrive(other);
	assert_int_equal(other->root, 1);
	assert_int_equal(on_root_1(m), 2);
	make_equal(m);
	assert_int_equal(wait_once(m, lm_roll_home, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 1);
	/* While the others go home it would begin there. */
	leave(other);
	arrive(other);
	assert_int_equal(other->root, 0);
	assert_int_equal(lm_roll_home(&m->roll, &m->port, &culprit), 0);
	end_edit(m);
	assert_int_equal(get(other->ways_home), 0);
	assert_int_equal(word_of(m), 2 * ONE_GENERATION + 2 * ONE_PRESENT);
	expect_no_fault(m);
	free(m);
}

static void a_cpu_that_is_counted_resumes_where_it_was(void **state)
{
	struct machine *m = new_machine(2, 0, 0);
	unsigned int culprit;

	(void)state;
	set(m->cpu[1].call, CALL_IS_HELD_BACK);
	assert_int_equal(out(m, all_who_come_have_moved, &culprit), -LM_ETIMEOUT);
	/* The leader's is on the clone, and asked back; CPU 1 slept on the root. */
	assert_int_equal(lm_roll_arrive(&m->roll, 0), 1);
	assert_int_equal(lm_roll_arrive(&m->roll, 1), 0);
	assert_int_equal(present(m), 2);
	expect_back(m);
	free(m);
}

static void a_cpu_that_went_offline_is_not_waited_for(void **state)
{
	struct machine *m = new_machine(3, 0, 0);
	struct cpu *dead = &m->cpu[2];
	unsigned int culprit;

	(void)state;
	set(m->cpu[1].call, CALL_IS_HELD_BACK);
	leave(&m->cpu[1]);
	leave(&m->cpu[1]); /* nothing is counted twice */
	assert_int_equal(present(m), 2);
	assert_false(lm_roll_answer(&m->roll, &m->port, 1));

	/* One that would keep all from being freed is switched off. */
	stage(m);
	lm_roll_leave(&m->roll, 2);
	expect_out(m);
	dead->root = lm_roll_arrive(&m->roll, 2);
	make_equal(m);
	assert_int_equal(wait_once(m, lm_roll_home, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 2);
	leave(dead);
	assert_int_equal(lm_roll_home(&m->roll, &m->port, &culprit), 0);
	assert_int_equal(word_of(m), 2 * ONE_GENERATION + ONE_PRESENT);
	free(m);
}

/* The one that is missing goes, in the moment in which the leader gives up. */
static void leaves_before_it_is_named(void *ctx)
{
	struct machine *m = ctx;

	if (!(generation_of(m) & 1) && m->cpu[2].root != NOTHING) {
		leave(&m->cpu[2]);
		set(m->cpu[1].moving.shut, false);
	}
	sched_yield();
}

static void a_time_out_names_nobody_if_who_was_missing_has_gone(void **state)
{
	struct machine *m = new_machine(3, 0, 0);
	struct lm_roll_port port = m->port;
	unsigned int culprit;

	(void)state;
	/* CPU 1 is a thread and on its way, CPU 2 the test's. */
	assert_int_equal(pthread_create(&m->cpu[1].thread, NULL, run_cpu, &m->cpu[1]), 0);
	port.expired = cpu_1_is_on_its_way;
	port.relax = leaves_before_it_is_named;
	set(m->cpu[1].moving.shut, true);
	stage(m);
	assert_int_equal(lm_roll_out(&m->roll, &port, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 3);
	expect_back(m);
	set(m->stop, true);
	assert_int_equal(pthread_join(m->cpu[1].thread, NULL), 0);
	expect_no_fault(m);
	free(m);
}

/* ---------------------------------------------------------------- all at random */

static void bring_back(struct cpu *leader)
{
	struct machine *m = leader->m;
	unsigned int culprit;

	while (lm_roll_back(&m->roll, &m->port, &culprit) == -LM_ETIMEOUT)
		m->patience = 3;
	free_other_tree(m);
}

static void send_home(struct cpu *leader)
{
	struct machine *m = leader->m;
	unsigned int culprit;

	make_equal(m);
	while (lm_roll_home(&m->roll, &m->port, &culprit) == -LM_ETIMEOUT)
		m->patience = 3;
	end_edit(m);
}

static void lead_with_random_patience(struct cpu *cpu)
{
	struct machine *m = cpu->m;
	unsigned int culprit = NOBODY;
	int err;

	m->patience = random_up_to(&cpu->random, 30);
	stage(m);
	err = lm_roll_out(&m->roll, &m->port, &culprit);
	if (err && (err != -LM_ETIMEOUT || culprit > m->roll.cpus))
		fault(m, "a roll ended as none can");
	if (err || !random_up_to(&cpu->random, 7))
		bring_back(cpu);
	else if (random_up_to(&cpu->random, 1))
		send_home(cpu);
	else if (lm_roll_settle(&m->roll, &m->port))
		fault(m, "all have moved, and settling was refused");
	else
		end_edit(m);
}

static void run_random_turns(unsigned int cpus, bool come_and_go, uint32_t generation,
			     unsigned int turns)
{
	struct machine *m = new_machine(cpus, NOBODY, generation);

	m->port.expired = patience_is_over;
	for (unsigned int i = 0; i < cpus; i++)
		m->cpu[i].comes_and_goes = come_and_go && i % 2;
	run_turns(m, lead_with_random_patience, turns);
	if (!come_and_go) {
		assert_int_equal(present(m), cpus);
		assert_int_equal(on_root_1(m), m->roll.home ? cpus : 0);
	}
	assert_int_equal(moving_of(m), 0);
	assert_in_range(get(m->version), 1, turns);
	stop(m, NOBODY);
}

static void no_cpu_ever_walks_what_is_free_or_two_trees(void **state)
{
	(void)state;
	for (unsigned int cpus = 1; cpus <= MOST_CPUS; cpus++)
		run_random_turns(cpus, false, 0, 200);
}

static void nor_if_cpus_come_and_go(void **state)
{
	(void)state;
	for (unsigned int cpus = 2; cpus <= MOST_CPUS; cpus += 2)
		run_random_turns(cpus, true, 0, 200);
}

static void generations_may_wrap_around(void **state)
{
	(void)state;
	run_random_turns(3, false, LAST_GENERATION - 20, 200);
	run_random_turns(4, true, LAST_GENERATION - 21, 200);
}

static void a_time_out_in_the_last_generation_names_who_is_missing(void **state)
{
	struct machine *m = new_machine(3, 0, LAST_GENERATION - 3);

	(void)state;
	start_cpus(m, 0);
	expect_edit(m);
	set(m->cpu[1].call, CALL_IS_HELD_BACK);
	expect_time_out(m, 1); /* in generation 2^24 - 1 */
	expect_back(m);
	assert_int_equal(word_of(m), 3 * ONE_PRESENT);
	expect_time_out(m, 1); /* in generation 1 */
	expect_back(m);
	set(m->cpu[1].call, CALL_ARRIVES);
	expect_edit(m);
	assert_int_equal(generation_of(m), 4);
	stop(m, 0);
}

/* ------------------------------------------------------------- what is refused */

struct many {
	struct lm_roll roll;
	struct lm_roll_port port;
	unsigned int moves;
};

static void answer_at_once(void *ctx, unsigned int cpu)
{
	struct many *many = ctx;

	assert_true(lm_roll_answer(&many->roll, &many->port, cpu));
}

static void count_move(void *ctx, unsigned int cpu, unsigned int root)
{
	struct many *many = ctx;

	many->moves++;
}

static void do_nothing(void *ctx)
{
}

static void as_many_cpus_as_can_be_counted(void **state)
{
	enum { CPUS = 8191 };
	static uint32_t last[CPUS];
	struct many many = { .port = { &many, answer_at_once, never, do_nothing,
				       count_move, count_move, do_nothing } };
	const uint64_t all_present = CPUS * ONE_PRESENT;
	unsigned int culprit;

	(void)state;
	assert_int_equal(lm_roll_init(&many.roll, last, CPUS + 1), -LM_EINVAL);
	assert_int_equal(lm_roll_init(&many.roll, last, 0), -LM_EINVAL);
	assert_int_equal(lm_roll_init(&many.roll, last, CPUS), 0);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(lm_roll_arrive(&many.roll, cpu), 0);
	assert_int_equal(many.roll.word, all_present);
	assert_int_equal(lm_roll_out(&many.roll, &many.port, &culprit), 0);
	assert_int_equal(many.roll.word,
			 ONE_GENERATION + all_present + CPUS * ONE_ON_ROOT_1);
	assert_int_equal(many.moves, CPUS);
	assert_int_equal(lm_roll_home(&many.roll, &many.port, &culprit), 0);
	assert_int_equal(many.roll.word, 2 * ONE_GENERATION + all_present);
	assert_int_equal(many.moves, 2 * CPUS);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		lm_roll_leave(&many.roll, cpu);
	assert_int_equal(many.roll.word, 2 * ONE_GENERATION);
}

static void steps_out_of_order_are_refused(void **state)
{
	struct machine *m = new_machine(1, 0, 0);
	unsigned int culprit;

	(void)state;
	assert_int_equal(lm_roll_back(&m->roll, &m->port, &culprit), -LM_ESTATE);
	assert_int_equal(lm_roll_home(&m->roll, &m->port, &culprit), -LM_ESTATE);
	assert_int_equal(lm_roll_settle(&m->roll, &m->port), -LM_ESTATE);
	expect_out(m);
	assert_int_equal(lm_roll_out(&m->roll, &m->port, &culprit), -LM_ESTATE);
	expect_home(m);
	assert_int_equal(lm_roll_home(&m->roll, &m->port, &culprit), -LM_ESTATE);

	/* After giving up there is only one way. */
	set(m->cpu[0].call, CALL_IS_HELD_BACK);
	assert_int_equal(out(m, at_once, &culprit), -LM_ETIMEOUT);
	assert_int_equal(culprit, 0);
	assert_int_equal(lm_roll_home(&m->roll, &m->port, &culprit), -LM_ESTATE);
	assert_int_equal(lm_roll_settle(&m->roll, &m->port), -LM_ESTATE);
	assert_int_equal(lm_roll_out(&m->roll, &m->port, &culprit), -LM_ESTATE);
	expect_back(m);
	assert_int_equal(m->calls, 3);
	expect_no_fault(m);
	free(m);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cpu_moves_once_and_goes_home_once),
		cmocka_unit_test(a_map_whose_root_may_be_anywhere_takes_one_move),
		cmocka_unit_test(all_walk_while_some_have_moved_and_others_not),
		cmocka_unit_test(a_single_cpu_moves_by_itself),
		cmocka_unit_test(a_call_that_nobody_made_moves_nobody),
		cmocka_unit_test(a_roll_may_be_taken_back_before_the_first_store),
		cmocka_unit_test(a_time_out_names_the_first_cpu_that_did_not_come),
		cmocka_unit_test(a_call_that_arrives_after_the_time_out_moves_nobody),
		cmocka_unit_test(
			a_cpu_on_its_way_at_the_time_out_is_waited_for_and_not_named),
		cmocka_unit_test(
			the_leader_does_not_give_up_on_those_that_have_announced),
		cmocka_unit_test(a_cpu_that_does_not_come_back_is_named_until_it_does),
		cmocka_unit_test(a_cpu_that_does_not_go_home_is_named_until_it_does),
		cmocka_unit_test(a_call_that_was_lost_is_made_again),
		cmocka_unit_test(
			a_cpu_that_looks_before_the_leader_gives_up_and_acts_after_it_stays),
		cmocka_unit_test(a_cpu_notes_where_it_is_before_it_is_counted),
		cmocka_unit_test(a_cpu_that_comes_up_begins_where_the_others_are),
		cmocka_unit_test(a_cpu_that_is_counted_resumes_where_it_was),
		cmocka_unit_test(a_cpu_that_went_offline_is_not_waited_for),
		cmocka_unit_test(a_time_out_names_nobody_if_who_was_missing_has_gone),
		cmocka_unit_test(no_cpu_ever_walks_what_is_free_or_two_trees),
		cmocka_unit_test(nor_if_cpus_come_and_go),
		cmocka_unit_test(generations_may_wrap_around),
		cmocka_unit_test(a_time_out_in_the_last_generation_names_who_is_missing),
		cmocka_unit_test(as_many_cpus_as_can_be_counted),
		cmocka_unit_test(steps_out_of_order_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
