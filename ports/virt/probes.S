/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few instructions that may fault, for exceptions.c to recognise. */
	.text

	/*
	 * struct fault probe_*(va): x0 is 0, or ESR_EL1 of the fault and x1 its FAR_EL1.
	 * The handler sets both and continues after the instruction; for probe_call, at
	 * the call's return address.
	 */
	.globl	probe_load, probe_load_at, probe_store, probe_store_at
	.globl	probe_call, probe_call_back
probe_load:
	mov	x1, x0
	mov	x0, #0
probe_load_at:
	ldr	x1, [x1]
	ret

	/* Stores what was there before: either it faults, or nothing changes. */
probe_store:
	mov	x1, x0
	ldr	x2, [x1]
	mov	x0, #0
probe_store_at:
	str	x2, [x1]
	ret

probe_call:
	stp	x29, x30, [sp, #-16]!
	mov	x1, x0
	mov	x0, #0
	blr	x1
probe_call_back:
	ldp	x29, x30, [sp], #16
	ret
