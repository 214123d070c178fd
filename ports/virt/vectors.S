/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's exception vectors. */

#define FRAME_SIZE (34 * 8)

.macro save_frame
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x1, elr_el1
	stp	x30, x1, [sp, #240]
	mrs	x1, spsr_el1
	str	x1, [sp, #256]
.endm

/* A vector has room for 32 instructions; a few of them are used here. */
.macro vector handler
	.balign	128
	b	\handler
.endm

	.text
	.balign	2048
	.globl	vectors
vectors:
	/* With SP_EL0: not used. */
	.rept	4
	vector	take_unexpected
	.endr
	/* From EL1. */
	vector	take_sync
	vector	take_irq
	vector	take_unexpected
	vector	take_unexpected
	/* From EL0: not used. */
	.rept	8
	vector	take_unexpected
	.endr

take_sync:
	save_frame
	mov	x0, sp
	bl	exception_sync
	b	restore_frame

	/*
	 * Taking it masked all exceptions. A handler only needs interrupts masked: what
	 * masks more does so itself.
	 */
take_irq:
	save_frame
	msr	daifclr, #0xd
	bl	interrupt
	msr	daifset, #0xf
	b	restore_frame

take_unexpected:
	save_frame
	mov	x0, sp
	bl	exception_unexpected
	b	.

restore_frame:
	ldr	x1, [sp, #256]
	msr	spsr_el1, x1
	ldp	x30, x1, [sp, #240]
	msr	elr_el1, x1
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp]
	add	sp, sp, #FRAME_SIZE
	eret
