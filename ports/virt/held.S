/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exception vectors of parked CPUs. */

	/*
	 * A parked CPU has no stack and no kernel: any exception there ends the run, and
	 * the exit status reports it to the host.
	 */
	.section .idmap.text, "ax", %progbits
	.balign	2048
	.globl	held_vectors
held_vectors:
	.rept	16
	.balign	128
	b	held_exception
	.endr
held_exception:
	adr	x1, held_exit
	mov	x0, #0x18		/* SYS_EXIT */
	hlt	#0xf000
	b	.
	.balign	8
held_exit:
	.quad	0x20026, 3		/* ADP_Stopped_ApplicationExit, 3 */
