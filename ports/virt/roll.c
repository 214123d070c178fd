// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How a CPU is called to move, and what it does then. Knows nothing of edits. */
#include "roll.h"

#include "features.h"
#include "gic.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "timer.h"

static struct lm_roll roll;
static struct lm_roll_commit commit;
static uint32_t last[MAX_CPUS];
static struct roll_counts counts[MAX_CPUS];
static unsigned int ignoring = MAX_CPUS;
static unsigned int dawdler = MAX_CPUS;

/*
 * @rests: how often the leader has looked, and not found what it waits for
 * @ignored: it gives up because of the CPU that ignores it
 */
static struct {
	unsigned int ms;
	uint64_t deadline;
	uint64_t rests;
	bool ignored;
} patience;

/* --------------------------------------------------------------------- a CPU */

struct masked {
	uint64_t daif;
	uint64_t from;
};

/*
 * Masks all exceptions, and counts what is executed until unmask(). Nothing can come
 * between masking and reading the counter. That read is in the count, and is no part of
 * moving; the unmasking instruction is not in it, and is one: so the count is exact.
 */
static inline struct masked mask(void)
{
	struct masked masked;

	__asm__ volatile("mrs	%0, daif\n\t"
			 "msr	daifset, #0xf\n\t"
			 "mrs	%1, pmevcntr0_el0"
			 : "=&r"(masked.daif), "=&r"(masked.from)::"memory");
	return masked;
}

static inline uint32_t unmask(const struct masked *masked)
{
	uint64_t to;

	__asm__ volatile("mrs	%0, pmevcntr0_el0\n\t"
			 "msr	daif, %1"
			 : "=&r"(to)
			 : "r"(masked->daif)
			 : "memory");
	return (uint32_t)(to - masked->from);
}

static void note_masked(struct roll_masked *all, const struct masked *one, uint32_t count)
{
	all->nested += (one->daif & DAIF_ALL) == DAIF_ALL;
	if (!all->times++ || count < all->least)
		all->least = count;
	if (count > all->most)
		all->most = count;
}

/*
 * One CPU's next move begins late: when all others have moved, the leader's time is over,
 * and it has looked a hundred times since, or has given up.
 */
static void dawdle(unsigned int cpu)
{
	uint64_t rests;

	if (cpu != read_once(dawdler))
		return;
	while (roll_on_clone() != cpu_levels.count - 1)
		relax();
	roll_time_is_over();
	rests = read_once(patience.rests);
	while (read_once(patience.rests) - rests < 100 && roll_on_clone())
		relax();
	__atomic_store_n(&dawdler, MAX_CPUS, __ATOMIC_RELEASE);
}

/*
 * All of it is mapped by both trees, but for the middle of lm_idmap_move(). What can be
 * read before exceptions are masked, is.
 */
static __attribute__((noinline)) void move_now(void *ctx, unsigned int cpu,
					       unsigned int root)
{
	uint64_t ttbr1 = commit.root[root].v;
	struct lm_idmap_saved saved;
	struct masked masked = mask();

	lm_idmap_install(ctx, &saved);
	lm_idmap_move(ctx, ttbr1);
	lm_idmap_uninstall(ctx, &saved);
	note_masked(&counts[cpu].moves, &masked, unmask(&masked));
}

static void move(void *ctx, unsigned int cpu, unsigned int root)
{
	dawdle(cpu);
	move_now(ctx, cpu, root);
}

static void go_home(void *ctx, unsigned int cpu, unsigned int root)
{
	uint64_t ttbr1 = commit.root[root].v | (features_has_cnp() ? LM_TTBR_CNP : 0);
	struct masked masked;

	(void)ctx;
	masked = mask();
	write_sysreg(ttbr1_el1, ttbr1);
	isb();
	note_masked(&counts[cpu].homes, &masked, unmask(&masked));
}

void roll_answer(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->id == read_once(ignoring))
		return;
	lm_roll_answer(&roll, commit.port, cpu->id);
}

/* ----------------------------------------------------------------- the leader */

static void call(void *ctx, unsigned int cpu)
{
	(void)ctx;
	cpus[cpu].called = 1;
	gic_send(cpus[cpu].mpidr, GIC_ROLL);
}

/* Nobody need wait for a CPU that ignores its call, once all others have moved. */
static bool expired(void *ctx)
{
	(void)ctx;
	if (read_once(ignoring) != MAX_CPUS && roll_on_clone() == cpu_levels.count - 1)
		patience.ignored = true;
	if (patience.ignored)
		return true;
	return timer_is_past(read_once(patience.deadline));
}

static void rest(void *ctx)
{
	(void)ctx;
	__atomic_store_n(&patience.rests, patience.rests + 1, __ATOMIC_RELAXED);
	relax();
}

static void invalidate(void *ctx)
{
	(void)ctx;
	dsb(ishst);
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	dsb(ish);
	isb();
}

static void begin(void *ctx)
{
	(void)ctx;
	if (patience.ignored)
		roll_ignore(MAX_CPUS);
	patience.ignored = false;
	patience.deadline = timer_deadline(patience.ms);
}

static void late(void *ctx, unsigned int cpu)
{
	(void)ctx;
	note("CPU %u is late on its way home", cpu);
}

static const struct lm_roll_port port = {
	.ctx = &idmap,
	.call = call,
	.expired = expired,
	.relax = rest,
	.move = move,
	.go_home = go_home,
	.invalidate = invalidate,
};

void roll_init(void)
{
	int err = lm_roll_init(&roll, last, cpu_levels.count);

	if (err)
		panic("roll: %s", lm_strerror(err));
	lm_roll_arrive(&roll, this_cpu()->id);
	lm_roll_commit_init(&commit, &roll, &port, kernel_map.root);
	commit.begin = begin;
	commit.late = late;
	kernel_map.env.roller = &commit.roller;
}

static void add(struct roll_masked *all, const struct roll_masked *one)
{
	if (!all->times || one->least < all->least)
		all->least = one->least;
	if (one->most > all->most)
		all->most = one->most;
	all->times += one->times;
	all->nested += one->nested;
}

struct roll_counts roll_counts(void)
{
	struct roll_counts all = { 0 };

	for (unsigned int cpu = 0; cpu < cpu_levels.count; cpu++) {
		add(&all.moves, &counts[cpu].moves);
		add(&all.homes, &counts[cpu].homes);
	}
	return all;
}

uint64_t roll_arrive(unsigned int cpu)
{
	unsigned int root = lm_roll_arrive(&roll, cpu);
	bool shares = root == roll.home && features_has_cnp();

	return commit.root[root].v | (shares ? LM_TTBR_CNP : 0);
}

void roll_leave(unsigned int cpu)
{
	lm_roll_leave(&roll, cpu);
}

uint64_t roll_root(unsigned int root)
{
	return commit.root[root].v;
}

unsigned int roll_on_clone(void)
{
	unsigned int count = 0;

	for (unsigned int cpu = 0; cpu < cpu_levels.count; cpu++) {
		uint32_t generation = read_once(last[cpu]);

		count += generation != LM_ROLL_ABSENT && (generation & 1) != roll.home;
	}
	return count;
}

void roll_dawdle(unsigned int cpu)
{
	__atomic_store_n(&dawdler, cpu, __ATOMIC_RELEASE);
}

void roll_dawdle_end(void)
{
	while (read_once(dawdler) != MAX_CPUS)
		relax();
}

void roll_time_is_over(void)
{
	__atomic_store_n(&patience.deadline, 0, __ATOMIC_RELEASE);
}

void roll_ignore(unsigned int cpu)
{
	__atomic_store_n(&ignoring, cpu, __ATOMIC_RELEASE);
}

int roll_and_commit(struct lm_edit *edit, struct stop *stop)
{
	struct lm_window window;
	int err = lm_window_open(&window, edit->map, &cpu_levels, this_cpu()->id,
				 LM_NONE_HELD);

	if (err)
		return err;
	patience.ms = stop->patience_ms;
	pages_stop_begins();
	err = lm_edit_commit(&window, edit);
	pages_stop_ends();
	lm_window_close(&window);
	stop->culprit = edit->culprit;
	return err;
}
