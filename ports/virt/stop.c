// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gather, window, commit, let go, in this order and with nothing in between. */
#include "stop.h"

#include "mmu.h"
#include "pages.h"
#include "smp.h"
#include "sysreg.h"
#include "timer.h"

/* ------------------------------------------------------ how deep the stack goes */

#define PAINT	    UINT64_C(0x7374616b7374616b)
#define PAINT_WORDS 1024 /* 8 KiB: half of a stack */

/* Inlined, so that nothing is below @frame, its caller's, while this paints. */
static inline __attribute__((always_inline)) void paint_stack(uint64_t *frame)
{
	for (unsigned int i = 1; i <= PAINT_WORDS; i++)
		*(volatile uint64_t *)(frame - i) = PAINT;
}

/* Bytes below @frame that are no longer as painted. */
static size_t painted_over(const uint64_t *frame)
{
	unsigned int i = PAINT_WORDS;

	while (i && *(const volatile uint64_t *)(frame - i) == PAINT)
		i--;
	return i * sizeof(*frame);
}

/* --------------------------------------------------------------- committing */

static int commit(struct lm_edit *edit, enum lm_hold hold)
{
	struct lm_window window;
	int err = lm_window_open(&window, edit->map, &cpu_levels, this_cpu()->id, hold);

	if (err)
		return err;
	pages_stop_begins();
	err = lm_edit_commit(&window, edit);
	pages_stop_ends();
	lm_window_close(&window);
	return err;
}

static int hold_and_commit(struct lm_edit *edit, struct stop *stop)
{
	uint64_t from;
	int err = smp_gather(stop->patience_ms, &stop->culprit);

	if (err)
		return err;
	from = instructions();
	err = commit(edit, LM_OTHERS_HELD);
	lm_park_let_go(&park);
	stop->instructions = (uint32_t)(instructions() - from);
	return err;
}

int stop_and_commit(struct lm_edit *edit, struct stop *stop)
{
	uint64_t *frame = __builtin_frame_address(0);
	uint64_t daif = mask_exceptions();
	struct lm_idmap_saved saved;
	int err;

	paint_stack(frame);
	lm_idmap_install(&idmap, &saved);
	err = hold_and_commit(edit, stop);
	lm_idmap_uninstall(&idmap, &saved);
	mmu_share_tlb();
	stop->stack = painted_over(frame);
	restore_exceptions(daif);
	return err;
}

int commit_unheld(struct lm_edit *edit, struct stop *stop)
{
	uint64_t *frame = __builtin_frame_address(0);
	uint64_t daif = mask_exceptions();
	int err;

	paint_stack(frame);
	err = commit(edit, LM_NONE_HELD);
	stop->stack = painted_over(frame);
	restore_exceptions(daif);
	return err;
}
