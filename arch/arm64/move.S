/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Moving one CPU from one set of tables in TTBR1 to another. linmap_idmap.h says what the
 * caller must guarantee.
 */
#include "idmap_macros.inc"

	.section .idmap.text, "ax", %progbits

	/* x0: struct lm_idmap, x1: struct lm_idmap_saved */
	.globl	lm_idmap_install
	.type	lm_idmap_install, %function
lm_idmap_install:
	called_indirectly
	mrs	x2, ttbr0_el1
	mrs	x3, tcr_el1
	stp	x2, x3, [x1]
	ldp	x2, x3, [x0, #LM_IDMAP_TTBR0]
	bic	x2, x2, #LM_TTBR_CNP
.Linstall:
	ldr	x4, [x0, #LM_IDMAP_EMPTY]
	use_ttbr0 x2, x3, x4, x5
	ret
	.size	lm_idmap_install, . - lm_idmap_install

	/* x0: struct lm_idmap, x1: struct lm_idmap_saved */
	.globl	lm_idmap_uninstall
	.type	lm_idmap_uninstall, %function
lm_idmap_uninstall:
	called_indirectly
	ldp	x2, x3, [x1]
	b	.Linstall
	.size	lm_idmap_uninstall, . - lm_idmap_uninstall

	/*
	 * x0: struct lm_idmap, x1: TTBR1_EL1 to go to
	 *
	 * Between the two writes nothing is translated by TTBR1, so there is no
	 * stack, and no literal pool.
	 */
	.globl	lm_idmap_move
	.type	lm_idmap_move, %function
lm_idmap_move:
	called_indirectly
	ldr	x2, [x0, #LM_IDMAP_EMPTY]
	ldr	x3, [x0, #LM_IDMAP_OFFSET]
	bic	x1, x1, #LM_TTBR_CNP
	to_idmap x3, x4
	msr	ttbr1_el1, x2
	isb				/* until here the old tables are walked */
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	ttbr1_el1, x1
	isb
	ret
	.size	lm_idmap_move, . - lm_idmap_move
