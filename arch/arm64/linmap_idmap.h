/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Leaving a map that translates the very code that leaves it: the identity map as move.S
 * and park.S use it, for any kernel at EL1 whose linear map is in TTBR1. Knows neither
 * who builds that identity map nor how CPUs are called.
 *
 * All of .idmap.text, the struct lm_park and the vectors must be in the identity map,
 * cacheable and inner shareable as they are in the kernel's map. Everything here is
 * called at the kernel's addresses and returns to them. Its pages may be guarded
 * (FEAT_BTI) in both maps.
 *
 * CPUs whose TTBRn_EL1 has CnP set share TLB entries, and must have the same tables there
 * for the same ASID (Arm ARM, TTBR1_EL1.CnP). During a stop they have not: one is in the
 * identity map where another has a process, one is on a clone of the root, one on the
 * empty table. So everything written here has CnP clear, except the old value when it is
 * restored.
 */
#ifndef LINMAP_IDMAP_H
#define LINMAP_IDMAP_H

/* Offsets into struct lm_idmap and struct lm_park. */
#define LM_IDMAP_TTBR0	 0
#define LM_IDMAP_TCR	 8
#define LM_IDMAP_EMPTY	 16
#define LM_IDMAP_VECTORS 24
#define LM_IDMAP_OFFSET	 32

#define LM_TTBR_CNP 1 /* TTBRn_EL1.CnP */

#define LM_PARK_WORD	  0
#define LM_PARK_LAST_HELD 16

#ifndef __ASSEMBLER__

#include <linmap/park.h>

/**
 * struct lm_idmap - how to get to the identity map
 * @ttbr0: TTBR0_EL1 for it, all bits; it is used with CnP clear
 * @tcr: TCR_EL1 that goes with it
 * @empty: TTBRn_EL1 of a table without a valid entry, CnP clear
 * @vectors: VBAR_EL1 while a CPU is parked: an identity address
 * @offset: from an identity address to the kernel's address of the same byte
 */
struct lm_idmap {
	uint64_t ttbr0;
	uint64_t tcr;
	uint64_t empty;
	uint64_t vectors;
	uint64_t offset;
};

/* What lm_idmap_install() replaces. */
struct lm_idmap_saved {
	uint64_t ttbr0;
	uint64_t tcr;
};

_Static_assert(offsetof(struct lm_idmap, ttbr0) == LM_IDMAP_TTBR0 &&
		       offsetof(struct lm_idmap, tcr) == LM_IDMAP_TCR &&
		       offsetof(struct lm_idmap, empty) == LM_IDMAP_EMPTY &&
		       offsetof(struct lm_idmap, vectors) == LM_IDMAP_VECTORS &&
		       offsetof(struct lm_idmap, offset) == LM_IDMAP_OFFSET &&
		       offsetof(struct lm_park, word) == LM_PARK_WORD &&
		       offsetof(struct lm_park, last_held) == LM_PARK_LAST_HELD,
	       "offsets for the assembly");

/**
 * lm_idmap_install() - translate TTBR0's range by the identity map
 * @idmap: the identity map
 * @saved: the old values; in the kernel's map
 *
 * The leader does this before lm_park_gather(), so that it can move.
 *
 * Context: exceptions masked until lm_idmap_uninstall().
 */
void lm_idmap_install(const struct lm_idmap *idmap, struct lm_idmap_saved *saved);
void lm_idmap_uninstall(const struct lm_idmap *idmap, const struct lm_idmap_saved *saved);

/**
 * lm_idmap_move() - what struct lm_env calls move
 * @idmap: the identity map, installed
 * @ttbr1: TTBR1_EL1 to go to, all bits
 *
 * This CPU's TLB holds nothing of the old tables when it walks the new ones. Both must
 * translate the caller's code and stack to the same memory.
 *
 * CnP is cleared on the way back, too: TLB entries shared before may be used again only
 * once the commit has invalidated all TLBs. A port that uses CnP sets it in TTBR1_EL1
 * after lm_edit_commit() has returned, and executes an ISB.
 *
 * Context: exceptions masked; a window is open. Units that use TTBR1 by themselves are
 * off: see struct lm_env.
 */
void lm_idmap_move(const struct lm_idmap *idmap, uint64_t ttbr1);

/**
 * lm_idmap_answer() - park, as lm_park_answer()
 * @idmap: the identity map, which need not be installed
 * @park: where to park, in the identity map
 * @cpu: the caller's
 *
 * docs/parking.md lists the steps, in this order.
 *
 * Context: any; masks exceptions meanwhile.
 * Return: whether it was held.
 */
bool lm_idmap_answer(const struct lm_idmap *idmap, struct lm_park *park,
		     unsigned int cpu);

/**
 * lm_idmap_answer_to() - answer to a generation that was open a moment ago
 * @idmap, @park, @cpu: as above
 * @generation: the upper half of the word, as it was read then
 *
 * Leaves the map, and parks if @generation is still the park's. If @generation is even,
 * the park was closed when it was read, and nothing is done: no leader would wait for
 * this CPU, and only the next gathering would let it go, which itself waits for it.
 *
 * Return: whether it was held.
 */
bool lm_idmap_answer_to(const struct lm_idmap *idmap, struct lm_park *park,
			unsigned int cpu, uint32_t generation);

#endif
#endif
