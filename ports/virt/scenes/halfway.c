// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The middle of a roll, held open by CPU 1, which does not answer yet: what do CPUs see that
 * have moved, and one that comes up meanwhile? CPU 1 asks them, as the leader waits.
 */
#include "scenes.h"

#include "access.h"
#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "power.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "sysreg.h"
#include "translation.h"

#define AT_OFFSET 0x600000 /* of the area: in the middle of a leaf */
#define PAGES	  4

#define MOVED	  PERMISSION_FAULT(LM_LAST_LEVEL)
#define NOT_MOVED NO_FAULT

/* What a CPU sees: TTBR1, and what becomes of a store that only the old tree allows. */
struct sight {
	uint64_t ttbr1;
	unsigned int outcome;
};

/**
 * struct halfway - what CPU 1 finds out
 * @other: the CPU that it asks, and switches off and on
 * @gives_up: the leader's time ends while CPU 1 has not answered
 * @moved: the other CPU's sight when all others have moved
 * @up: the same, switched off and on meanwhile
 * @back: the same, switched off and on after the leader has given up
 * @own: CPU 1's before it answers
 */
static struct {
	lm_va_t page;
	struct cpu *other;
	bool gives_up;
	uint32_t ready;
	struct sight sight[MAX_CPUS];
	struct sight moved, up, back, own;
} halfway;

static void look(struct cpu *cpu)
{
	halfway.sight[cpu->id] = (struct sight){
		.ttbr1 = read_sysreg(ttbr1_el1) & ~(uint64_t)LM_TTBR_CNP,
		.outcome = try_store(halfway.page),
	};
}

static struct sight ask(struct cpu *cpu)
{
	smp_work(cpu, look);
	smp_wait(cpu);
	return halfway.sight[cpu->id];
}

static void off_and_on(struct cpu *cpu)
{
	power_off(cpu);
	power_on(cpu);
	power_wait(cpu);
}

static void wait_until_on_clone(unsigned int count)
{
	while (roll_on_clone() != count)
		relax();
}

/* CPU 1's work. Its interrupts are masked, so the leader waits for it. */
static void hold_open(struct cpu *cpu)
{
	uint64_t daif = mask_exceptions();

	/* Its TLB has the old entry. */
	ask(halfway.other);
	__atomic_store_n(&halfway.ready, 1, __ATOMIC_RELEASE);
	wait_until_on_clone(cpu_levels.count - 1);
	halfway.moved = ask(halfway.other);
	off_and_on(halfway.other);
	halfway.up = ask(halfway.other);
	look(cpu);
	halfway.own = halfway.sight[cpu->id];
	if (halfway.gives_up) {
		roll_time_is_over();
		wait_until_on_clone(0);
		off_and_on(halfway.other);
		halfway.back = ask(halfway.other);
	}
	restore_exceptions(daif);
}

static bool is(struct sight sight, uint64_t ttbr1, unsigned int outcome)
{
	return sight.ttbr1 == ttbr1 && sight.outcome == outcome;
}

static void expect_both_trees(void)
{
	uint64_t home = roll_root(0), clone = roll_root(1);

	expect(is(halfway.moved, clone, MOVED),
	       "CPU %u has moved, and sees the new tree: a store faults",
	       halfway.other->id);
	expect(is(halfway.up, clone, MOVED),
	       "switched off and on, it comes up on the clone");
	expect(is(halfway.own, home, NOT_MOVED),
	       "CPU 1 has not moved, and may still store");
}

/* Staged first: nobody would let CPU 1 go if that failed. */
static int commit_held_open(struct lm_edit *edit, bool gives_up, struct stop *stop)
{
	int err;

	lm_edit_locked(edit);
	err = lm_edit_prepare(edit, LM_ROLL);
	if (err)
		return err;
	halfway.gives_up = gives_up;
	halfway.ready = 0;
	smp_work(&cpus[1], hold_open);
	while (!__atomic_load_n(&halfway.ready, __ATOMIC_ACQUIRE))
		relax();
	err = roll_and_commit(edit, stop);
	smp_wait(&cpus[1]);
	return err;
}

static void given_up(struct lm_range range)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	uint64_t fingerprint = linear_fingerprint();
	struct lm_edit edit;
	int err;

	lm_edit_protect(&edit, &kernel_map, range, scene_read_only(true));
	err = commit_held_open(&edit, true, &stop);
	expect_both_trees();
	expect(err == -LM_ETIMEOUT && stop.culprit == 1 &&
		       linear_fingerprint() == fingerprint,
	       "CPU 1 is named, and no entry has changed: %s", lm_strerror(err));
	expect(is(halfway.back, roll_root(0), NOT_MOVED),
	       "CPU %u, switched off and on then, comes up at home", halfway.other->id);
	expect(!lm_edit_abort(&edit) && !lm_edit_release(&edit) &&
		       every_cpu_finds(try_store, halfway.page, NO_FAULT),
	       "given up, the pages are writable on every CPU");
}

static void committed(const struct world *world, struct lm_range range)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_edit edit;
	int err;

	lm_edit_protect(&edit, &kernel_map, range, scene_read_only(true));
	err = commit_held_open(&edit, false, &stop);
	expect_both_trees();
	expect(!err && !lm_edit_release(&edit) &&
		       every_cpu_finds(try_store, halfway.page, MOVED),
	       "then CPU 1 answers, and a store faults on every CPU");
	lm_edit_protect(&edit, &kernel_map, range, scene_read_only(false));
	err = scene_commit_by(world, &edit, LM_ROLL, &stop);
	expect(!err && !lm_edit_release(&edit) &&
		       every_cpu_finds(try_store, halfway.page, NO_FAULT),
	       "made writable again, it does not");
}

void scene_halfway(const struct world *world)
{
	struct lm_range range = scene_pages(world, AT_OFFSET, PAGES);

	scene("While some have moved");
	if (cpu_levels.count < 3) {
		skip("while some have moved", "that takes three CPUs");
		return;
	}
	halfway.page = range.start;
	halfway.other = &cpus[cpu_levels.count - 1];
	load_spare(1U << 1 | 1U << halfway.other->id);
	load_start();
	expect(every_cpu_finds(try_store, halfway.page, NO_FAULT),
	       "a page in the middle of a leaf is writable on every CPU");
	given_up(range);
	committed(world, range);
	load_stop();
	load_spare(0);
	scene_to_largest(world);
}
