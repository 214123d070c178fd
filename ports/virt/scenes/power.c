// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A CPU goes offline and comes up around the steps of edits that roll, or park CPUs. */
#include "scenes.h"

#include "access.h"
#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "power.h"
#include "report.h"
#include "roll.h"
#include "smp.h"
#include "translation.h"

#define AT_OFFSET 0x500000 /* of the area: in the middle of a leaf */
#define PAGES	  4

/**
 * struct kind - how edits are committed
 * @counted: how often CPUs have moved, or have been held, so far
 * @leader: whether the leader is among these
 */
struct kind {
	const char *name;
	int (*prepare)(const struct world *world, struct lm_edit *edit);
	int (*commit)(struct lm_edit *edit, struct stop *stop);
	uint64_t (*counted)(void);
	bool leader;
};

static uint64_t moves(void)
{
	return roll_counts().moves.times;
}

static uint64_t times_held(void)
{
	uint64_t times = 0;

	for (unsigned int id = 0; id < cpu_levels.count; id++)
		times += read_once(cpus[id].held);
	return times;
}

static int prepare_roll(const struct world *world, struct lm_edit *edit)
{
	(void)world;
	lm_edit_locked(edit);
	return lm_edit_prepare(edit, LM_ROLL);
}

static int prepare_stop(const struct world *world, struct lm_edit *edit)
{
	if (!world->options->verify)
		lm_edit_locked(edit);
	return lm_edit_prepare(edit, scene_cheapest_way(edit, LM_OTHERS_HELD));
}

static const struct kind rolling = { "roll", prepare_roll, roll_and_commit, moves, true };
static const struct kind parking = { "all others parked", prepare_stop, stop_and_commit,
				     times_held, false };

static void change(const struct world *world, struct lm_edit *edit, bool read_only)
{
	lm_edit_protect(edit, &kernel_map, scene_pages(world, AT_OFFSET, PAGES),
			scene_read_only(read_only));
}

/* Steps of an edit, and between which ones the CPU is switched off and on. */
enum moment { BEFORE, STAGED, COMMITTING, COMMITTED };

static const struct turn {
	enum moment off, on;
	const char *text;
} turns[] = {
	{ BEFORE, COMMITTED, "off during an edit" },
	{ STAGED, COMMITTED, "switched off between staging and commit" },
	{ BEFORE, STAGED, "on again between staging and commit" },
	{ STAGED, STAGED, "switched off and on between staging and commit" },
	{ BEFORE, COMMITTING, "started before the commit, and slow to come up" },
};

#define TURNS (sizeof(turns) / sizeof(turns[0]))

static void at_moment(const struct turn *turn, struct cpu *cpu, enum moment now)
{
	if (turn->off == now)
		power_off(cpu);
	cpu->misses_call = turn->on == COMMITTING;
	if (turn->on == now)
		power_on(cpu);
	if (turn->on == now && now != COMMITTING)
		power_wait(cpu);
}

static int edit_around(const struct world *world, const struct kind *kind,
		       const struct turn *turn, struct cpu *cpu, bool read_only)
{
	struct stop stop = { .patience_ms = STOP_PATIENCE_MS };
	struct lm_edit edit;
	int err;

	change(world, &edit, read_only);
	at_moment(turn, cpu, BEFORE);
	err = kind->prepare(world, &edit);
	at_moment(turn, cpu, STAGED);
	at_moment(turn, cpu, COMMITTING);
	if (!err)
		err = kind->commit(&edit, &stop);
	if (err)
		note("CPU %u: %s", stop.culprit, lm_strerror(err));
	at_moment(turn, cpu, COMMITTED);
	power_wait(cpu);
	return err ? err : lm_edit_release(&edit);
}

static bool is_home(const struct cpu *cpu)
{
	return (cpu->came_up_on & ~(uint64_t)LM_TTBR_CNP) == kernel_map.root.v;
}

/*
 * It comes up on the root of the map; every CPU that was there took part, no other was
 * waited for; and the next load or store of each finds what the edit made.
 */
static void expect_turn(const struct world *world, const struct kind *kind,
			const struct turn *turn, struct cpu *cpu, bool read_only)
{
	lm_va_t page = scene_pages(world, AT_OFFSET, 1).start;
	unsigned int there = cpu_levels.count - (turn->on == COMMITTED) - !kind->leader;
	uint64_t before = kind->counted();
	int err = edit_around(world, kind, turn, cpu, read_only);
	uint64_t took_part;
	bool alike;

	alike = every_cpu_finds(try_store, page,
				read_only ? PERMISSION_FAULT(LM_LAST_LEVEL) : NO_FAULT);
	took_part = kind->counted() - before;
	expect(!err && took_part == there && is_home(cpu) && alike,
	       "%s: CPU %u %s: %lu CPUs took part, it comes up at home, all see the change",
	       kind->name, cpu->id, turn->text, took_part);
}

static void play(const struct world *world, const struct kind *kind, struct cpu *cpu)
{
	bool read_only = false;

	for (unsigned int i = 0; i < TURNS; i++) {
		read_only = !read_only;
		expect_turn(world, kind, &turns[i], cpu, read_only);
	}
	if (read_only)
		expect_turn(world, kind, &turns[0], cpu, false);
}

void scene_power(const struct world *world)
{
	struct cpu *cpu = &cpus[cpu_levels.count - 1];

	scene("CPUs that go, and come");
	if (cpu_levels.count == 1) {
		skip("CPUs that go and come", "there is only one CPU");
		return;
	}
	load_spare(1U << cpu->id);
	load_start();
	play(world, &rolling, cpu);
	play(world, &parking, cpu);
	load_stop();
	load_spare(0);
	expect(!pages_count().in_a_stop, "nothing was allocated in a commit");
	scene_to_largest(world);
}
