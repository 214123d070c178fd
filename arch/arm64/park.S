/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parking: the side of docs/parking.md that waits, for kernels that run in the map that
 * is about to change. The word is that of src/park.c.
 *
 * From the empty TTBR1 until the old one is back, nothing is touched but this code
 * and the word, both at their identity addresses; all else is in registers:
 *
 *	x0 struct lm_idmap	x4 DAIF			x9  word, identity address
 *	x1 struct lm_park	x5 VBAR			x10 the empty table
 *	w2 CPU			x6 TTBR0, x8 TCR	x11 from identity to kernel
 *	w3 generation		x7 TTBR1		w12 whether it parked
 */
#include "idmap_macros.inc"

	.section .idmap.text, "ax", %progbits

	.globl	lm_idmap_answer
	.type	lm_idmap_answer, %function
lm_idmap_answer:
	called_indirectly
	ldar	x3, [x1]		/* LM_PARK_WORD is 0 */
	lsr	x3, x3, #32
	b	lm_idmap_answer_to
	.size	lm_idmap_answer, . - lm_idmap_answer

	.globl	lm_idmap_answer_to
	.type	lm_idmap_answer_to, %function
lm_idmap_answer_to:
	called_indirectly
	/*
	 * Even: closed. No leader would wait for a CPU that parks now, and none would let
	 * it go.
	 */
	tbz	w3, #0, .Lclosed
	mrs	x4, daif
	msr	daifset, #0xf
	mrs	x5, vbar_el1
	mrs	x6, ttbr0_el1
	mrs	x7, ttbr1_el1
	mrs	x8, tcr_el1

	/* To the identity map and its vectors: SError cannot stay masked for ever. */
	ldp	x13, x14, [x0, #LM_IDMAP_TTBR0]
	ldp	x10, x15, [x0, #LM_IDMAP_EMPTY]
	ldr	x11, [x0, #LM_IDMAP_OFFSET]
	sub	x9, x1, x11
	bic	x13, x13, #LM_TTBR_CNP
	use_ttbr0 x13, x14, x10, x16
	to_idmap x11, x13
	msr	vbar_el1, x15

	/* Off the map. The TLB holds nothing of it before this CPU counts in. */
	msr	ttbr1_el1, x10
	isb
	tlbi	vmalle1
	dsb	nsh
	isb

	/* Count in, if the generation is still the caller's. */
	mov	w12, #0
.Lcount_in:
	ldaxr	x13, [x9]
	lsr	x14, x13, #32
	cmp	w14, w3
	b.ne	.Lback
	add	x13, x13, #1
	stlxr	w14, x13, [x9]
	cbnz	w14, .Lcount_in
	mov	w12, #1

	/* The exclusive load arms the monitor: a change of the word ends the wfe. */
.Lstay:
	ldaxr	x13, [x9]
	lsr	x14, x13, #32
	cmp	w14, w3
	b.ne	.Lback
	wfe
	b	.Lstay

	/*
	 * The leader's invalidations are complete, and this CPU fetched nothing of the
	 * map since its own: no TLBI needed.
	 */
.Lback:
	clrex
	msr	ttbr1_el1, x7
	isb
	from_idmap x11, x13
	use_ttbr0 x6, x8, x10, x13
	msr	vbar_el1, x5
	isb

	/* Count out, after setting last_held, which is in the map. */
	cbz	w12, .Lanswered
	ldr	x13, [x1, #LM_PARK_LAST_HELD]
	str	w3, [x13, w2, uxtw #2]
.Lcount_out:
	ldxr	x13, [x1]
	sub	x13, x13, #1
	stlxr	w14, x13, [x1]
	cbnz	w14, .Lcount_out
.Lanswered:
	msr	daif, x4
	mov	w0, w12
	ret
.Lclosed:
	mov	w0, #0
	ret
	.size	lm_idmap_answer_to, . - lm_idmap_answer_to
