/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Into EL1, and to other translation tables: code that runs at its physical address, as
 * the MMU is off before, between or after.
 */
#include "layout.h"

#define HCR_RW_APK_API	(1 << 31 | 3 << 40)
#define SPSR_EL1H_DAIF	0x3c5

	.section .idmap.text, "ax", %progbits

	/* x0, x1: TTBR0, TTBR1, x2: TCR, x3: MAIR. From the MMU off to on. */
	.globl	mmu_on
mmu_on:
	msr	mair_el1, x3
	msr	tcr_el1, x2
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, x1
	mov	x4, #(3 << 20)		/* libfdt was compiled to use FP registers */
	msr	cpacr_el1, x4
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x4, =SCTLR_MMU_ON
	msr	sctlr_el1, x4
	isb
	ret

	/*
	 * mmu_replace(TTBR0, TTBR1, TCR, MAIR, offset): granule and sizes must not change
	 * while the MMU is on, so it goes off and on again. Both the old and the new
	 * tables map the image at its link address, and this code at its identity
	 * address.
	 */
	.globl	mmu_replace
	.type	mmu_replace, %function
mmu_replace:
	mov	x5, x30
	adr	x6, 1f
	sub	x6, x6, x4
	br	x6
1:	hint	#36			/* BTI j */
	ldr	x6, =SCTLR_MMU_OFF
	msr	sctlr_el1, x6
	isb
	bl	mmu_on
	ret	x5
	.size	mmu_replace, . - mmu_replace

	/* From EL2, if we are there, to EL1. Returns the level in x0; clobbers x1. */
	.globl	drop_to_el1
drop_to_el1:
	mrs	x0, CurrentEL
	lsr	x0, x0, #2
	cmp	x0, #2
	b.eq	1f
	ldr	x1, =SCTLR_MMU_OFF
	msr	sctlr_el1, x1
	isb
	ret
1:	ldr	x1, =HCR_RW_APK_API
	msr	hcr_el2, x1
	isb
	mov	x1, #3			/* EL1 has the counter and the timer */
	msr	cnthctl_el2, x1
	msr	cntvoff_el2, xzr
	mov	x1, #0x33ff		/* no trap of FP */
	msr	cptr_el2, x1
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	mrs	x1, pmcr_el0		/* EL1 has all event counters */
	ubfx	x1, x1, #11, #5
	msr	mdcr_el2, x1
	mov	x1, #0xf		/* EL1 has the interrupt controller's registers */
	msr	s3_4_c12_c9_5, x1	/* ICC_SRE_EL2 */
	isb
	msr	s3_4_c12_c11_0, xzr	/* ICH_HCR_EL2 */
	ldr	x1, =SCTLR_MMU_OFF
	msr	sctlr_el1, x1
	mov	x1, #SPSR_EL1H_DAIF
	msr	spsr_el2, x1
	msr	elr_el2, x30
	eret
