/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's map, as linmap sees it, and the registers that make the MMU use it. Knows
 * how memory is laid out; never changes a table itself.
 */
#ifndef VIRT_MMU_H
#define VIRT_MMU_H

#include <linmap/linmap.h>

#include "devtree.h"
#include "linmap_idmap.h"

/* In the identity map: code in .idmap.text, and the data that it uses. */
#define IDMAP_DATA __attribute__((section(".idmap.data")))

/* Values of struct lm_idmap and of registers that are the same on each CPU. */
struct mmu_registers {
	uint64_t ttbr0; /* the identity map's */
	uint64_t ttbr1;
	uint64_t tcr;
	uint64_t mair;
};

extern struct lm_map kernel_map;
extern struct lm_region linear; /* RAM, from its first byte to its last */
extern struct lm_region alias;	/* inside it: the image's code and constants, again */
extern struct lm_idmap idmap;
extern struct mmu_registers mmu_registers;

/*
 * Build all maps, while the MMU still uses the tables of boot.S. On guarded pages an
 * indirect branch must end at a landing pad; these attributes are the identity map's.
 */
void mmu_build(const struct devtree *tree, const struct lm_format_config *config,
	       uint64_t image_pa, uint64_t guard);

/* Map a part of RAM that was unmapped, as it was. */
void mmu_map_again(struct lm_range at);

/* Switch to them. */
void mmu_enter(void);

/* TTBR0 translates nothing from now on; a CPU starts with the identity map there. */
void mmu_leave_identity_map(void);

/*
 * Set CnP in TTBR1, if the CPU has it: CPUs that walk the kernel's root may share what
 * they fetch. A move clears it.
 */
void mmu_share_tlb(void);

#endif
