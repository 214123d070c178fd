// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A CPU that does not come: the time-out of a stop, from both sides. */
#include "scenes.h"

#include "load.h"
#include "mmu.h"
#include "pages.h"
#include "report.h"
#include "smp.h"
#include "translation.h"

#define PATIENCE_MS 1000

static struct {
	uint32_t deaf;
	uint32_t closed; /* the generation that it was called in */
	bool let_in;
	bool let_in_closed;
} latecomer;

/*
 * Nothing reaches this CPU until it learns that the generation is closed. Then it arrives
 * three times: as a CPU that saw the generation while it was open, left the map, and
 * counts itself in only now; as one that sees the closed one; and by the interrupt, which
 * is still pending.
 */
static void be_late(struct cpu *cpu)
{
	uint64_t daif = mask_exceptions();
	uint32_t closed;

	__atomic_store_n(&latecomer.deaf, 1, __ATOMIC_RELEASE);
	while (!(closed = __atomic_load_n(&latecomer.closed, __ATOMIC_ACQUIRE)))
		relax();
	latecomer.let_in = lm_idmap_answer_to(&idmap, &park, cpu->id, closed);
	latecomer.let_in_closed = lm_idmap_answer_to(&idmap, &park, cpu->id, closed + 1);
	restore_exceptions(daif);
}

static void wait_until_deaf(void)
{
	while (!__atomic_load_n(&latecomer.deaf, __ATOMIC_ACQUIRE))
		relax();
}

void scene_late(const struct world *world)
{
	struct cpu *late = &cpus[cpu_levels.count - 1];
	struct stop stop = { .patience_ms = PATIENCE_MS };
	uint64_t in_use = pages_count().in_use;
	uint64_t fingerprint = linear_fingerprint();
	uint64_t generation = kernel_map.generation;
	uint64_t was_held = late->held, was_late = late->late;
	struct lm_edit edit;
	int err;

	scene("A CPU that does not come");
	if (cpu_levels.count == 1) {
		skip("a CPU that does not come", "there is only one CPU");
		return;
	}
	smp_work(late, be_late);
	wait_until_deaf();
	load_start();
	note("CPU %u has its interrupts masked, unknown to the others", late->id);
	scene_begin_to_pages(&edit);
	scene_prepare(world, &edit, scene_stop_way(world), LM_OTHERS_HELD);

	err = stop_and_commit(&edit, &stop);
	expect(err == -LM_ETIMEOUT && stop.culprit == late->id,
	       "the stop is given up because of CPU %u: %s", stop.culprit,
	       lm_strerror(err));
	expect(linear_fingerprint() == fingerprint && kernel_map.generation == generation,
	       "no entry of the map has changed");
	load_expect_progress(late, "meanwhile");

	/*
	 * The word's upper half was odd while the generation was open; now it is one
	 * more.
	 */
	__atomic_store_n(&latecomer.closed, (uint32_t)(park.word >> 32) - 1,
			 __ATOMIC_RELEASE);
	smp_wait(late);
	expect(!latecomer.let_in, "CPU %u, late, leaves the map and is not let in",
	       late->id);
	expect(!latecomer.let_in_closed && !(uint32_t)park.word,
	       "nor does it park in the generation that was closed when it arrived");
	load_start();
	load_expect_progress(NULL, "after it");
	expect(late->late == was_late + 1 && late->held == was_held,
	       "nor on the interrupt that it takes now");
	load_stop();

	expect(!lm_edit_abort(&edit), "the edit is given up");
	scene_release(&edit, in_use);
}
