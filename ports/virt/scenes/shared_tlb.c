// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TTBRn_EL1.CnP, in every register that is written while CPUs have different tables.
 * QEMU shares no TLB, but keeps the bit.
 */
#include "scenes.h"

#include "features.h"
#include "mmu.h"
#include "report.h"
#include "smp.h"
#include "sysreg.h"

static uint32_t sharing; /* CPUs that have the bit set in TTBR1 */

static void count_if_sharing(struct cpu *cpu)
{
	(void)cpu;
	if (read_sysreg(ttbr1_el1) & LM_TTBR_CNP)
		__atomic_add_fetch(&sharing, 1, __ATOMIC_RELAXED);
}

static void expect_all_share(const char *when)
{
	sharing = 0;
	smp_call_all(count_if_sharing);
	expect(sharing == cpu_levels.count, "%s, CnP is set on %u of %u CPUs", when,
	       sharing, cpu_levels.count);
}

/* What a stop does with the registers, without a change. CnP is requested throughout. */
static int hold_and_move(bool *in_identity_map, bool *at_home)
{
	struct lm_idmap wanted = idmap;
	struct lm_idmap_saved saved;
	unsigned int culprit;
	int err;

	wanted.ttbr0 |= LM_TTBR_CNP;
	lm_idmap_install(&wanted, &saved);
	*in_identity_map = read_sysreg(ttbr0_el1) & LM_TTBR_CNP;
	err = smp_gather(STOP_PATIENCE_MS, &culprit);
	if (!err) {
		lm_idmap_move(&wanted, kernel_map.root.v | LM_TTBR_CNP);
		*at_home = read_sysreg(ttbr1_el1) & LM_TTBR_CNP;
		lm_park_let_go(&park);
	}
	lm_idmap_uninstall(&wanted, &saved);
	mmu_share_tlb();
	return err;
}

void scene_shared_tlb(void)
{
	bool in_identity_map = false, at_home = false;
	uint64_t daif;
	int err;

	scene("TLBs that CPUs share");
	if (!features_has_cnp()) {
		skip("CnP", "this CPU has none");
		return;
	}
	expect_all_share("before");
	daif = mask_exceptions();
	err = hold_and_move(&in_identity_map, &at_home);
	restore_exceptions(daif);
	expect(!err, "the others are parked: %s", lm_strerror(err));
	expect(!in_identity_map, "CnP is clear in the identity map's TTBR0");
	expect(!at_home, "and in TTBR1 on the way back, before the invalidation");
	expect_all_share("let go");
}
