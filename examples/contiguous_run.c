/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pages of a contiguous run change: one of them becomes read-only, so the run has to
 * become single pages first, and when all are alike again it becomes a run. All members
 * go, are invalidated, and come back without the hint, or with it: the hint must never be
 * in some entries of a run and not in others, and members never differ while they have it.
 *
 *	contiguous_run          exits with 0 if nothing was found
 *	contiguous_run fault    the member is changed while all have the hint: a TLB may use
 *				the run with the attributes of any of them. Exits with 0 if
 *				that was found
 */
#include "on_model.h"

static pte_t *run_of(uint64_t va)
{
	return entry_of(va & ~(RUN * PAGE - 1), 3);
}

static bool is_run(uint64_t va)
{
	return *entry_of(va, 3) & PTE_CONTIGUOUS;
}

/* Break-before-make of all members; each gets or loses the hint. */
static void remake_run(uint64_t va, bool hint)
{
	pte_t *run = run_of(va), members[RUN];

	for (unsigned int i = 0; i < RUN; i++) {
		members[i] = run[i] & ~PTE_CONTIGUOUS;
		write_pte(&run[i], 0);
	}
	dsb_ishst();
	tlbi_range(va & ~(RUN * PAGE - 1), RUN * PAGE);
	dsb_ish();
	for (unsigned int i = 0; i < RUN; i++)
		write_pte(&run[i], members[i] | (hint ? PTE_CONTIGUOUS : 0));
	dsb_ishst();
}

static void change_page(uint64_t va, pte_t set, pte_t clear)
{
	pte_t *entry = entry_of(va, 3);

	if (is_run(va) && !fault)
		remake_run(va, false);
	write_pte(entry, (*entry & ~clear) | set);
	dsb_ishst();
	tlbi_last_level(va, PAGE);
	dsb_ish();
}

/* Whether all members have adjacent addresses and the same attributes. */
static bool can_be_run(uint64_t va)
{
	const pte_t *run = run_of(va);

	for (unsigned int i = 1; i < RUN; i++) {
		if (run[i] != run[0] + i * PAGE)
			return false;
	}
	return !((run[0] & PTE_ADDRESS) & (RUN * PAGE - 1));
}

static void fold_if_possible(uint64_t va)
{
	if (!is_run(va) && can_be_run(va))
		remake_run(va, true);
}

int main(int argc, char **argv)
{
	if (!begin(argc, argv))
		return 1;
	change_page(RUN_VA + 5 * PAGE, PTE_READONLY, 0);
	fold_if_possible(RUN_VA);
	change_page(RUN_VA + 5 * PAGE, 0, PTE_READONLY);
	fold_if_possible(RUN_VA);
	return verdict(SIM_MIXED_RUN);
}
