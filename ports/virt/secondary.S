/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From PSCI to C. Knows nothing of the kernel: all that it needs, and its destination, is
 * in struct secondary of power.c.
 */
	.section .idmap.text, "ax", %progbits

	/* x0: struct secondary, at its physical address. The MMU is off. */
	.globl	secondary_entry
secondary_entry:
	mov	x20, x0
	bl	drop_to_el1
	ldp	x0, x1, [x20]
	ldp	x2, x3, [x20, #16]
	bl	mmu_on
	ldp	x4, x5, [x20, #32]	/* stack, vectors */
	ldp	x0, x6, [x20, #48]	/* the CPU's number, main() */
	ldr	x1, =secondary_at_link_address
	br	x1

	.text
secondary_at_link_address:
	mov	sp, x4
	msr	vbar_el1, x5
	isb
	mov	x29, xzr
	blr	x6
	b	.
