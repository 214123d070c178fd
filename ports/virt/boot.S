/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the boot loader, or PSCI, to C. The boot CPU builds tables of three
 * entries by hand, with 4 KiB granule and 39 bits, which is enough to read the
 * device tree; mmu.c replaces them.
 */
#include "layout.h"

#define EARLY_BITS	39
#define EARLY_TCR_T0	((64 - EARLY_BITS) | 0x3500)		/* WB, inner shareable */
#define EARLY_TCR_T1	(((64 - EARLY_BITS) | 0x3500) << 16)
#define EARLY_TCR_TG1	(2 << 30)				/* 4 KiB */
#define EARLY_TCR_IPS	(2 << 32)				/* 40 bits */
#define BLOCK_NORMAL	0x701		/* AF, inner shareable, MAIR index 0 */
#define BLOCK_DEVICE	(0x405 | 3 << 53)			/* never executed */
#define TABLE		3
#define GIB_SHIFT	30

#define HCR_RW_APK_API	(1 << 31 | 3 << 40)
#define SPSR_EL1H_DAIF	0x3c5

/*
 * Store an entry with the MMU off. The loader may have left a clean copy of the line
 * in a cache, which is where the walker will look.
 */
.macro put_entry value, slot
	str	\value, [\slot]
	dmb	sy
	dc	ivac, \slot
.endm

	/* The header of Documentation/arch/arm64/booting.rst in Linux. */
	.section .head.text, "ax", %progbits
	.globl	_start
_start:
	b	boot_cpu
	.long	0
	.quad	0			/* any multiple of 2 MiB will do */
	.quad	image_size
	.quad	0xa			/* little endian, 4 KiB, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	/* x0: physical address of the device tree. The MMU is off. */
boot_cpu:
	mov	x20, x0
	bl	drop_to_el1
	mov	x21, x0			/* the exception level that we came in */
	adr	x22, _start

	/* TTBR0: devices, and the GiB that the image is in, where they are. */
	adrp	x0, early_low
	ldr	x2, =BLOCK_DEVICE
	put_entry x2, x0
	lsr	x1, x22, #GIB_SHIFT
	add	x4, x0, x1, lsl #3
	lsl	x2, x1, #GIB_SHIFT
	mov	x3, #BLOCK_NORMAL
	orr	x2, x2, x3
	put_entry x2, x4

	/* TTBR1: the image where it was linked, in two blocks. */
	adrp	x1, early_image
	orr	x2, x22, x3
	put_entry x2, x1
	add	x4, x1, #8
	add	x2, x2, #IMAGE_ALIGN
	put_entry x2, x4
	orr	x2, x1, #TABLE
	adrp	x1, early_high
	add	x4, x1, #(((IMAGE_VA >> GIB_SHIFT) & 511) * 8)
	put_entry x2, x4
	dsb	sy

	ldr	x2, =(EARLY_TCR_T0 | EARLY_TCR_T1 | EARLY_TCR_TG1 | EARLY_TCR_IPS)
	mov	x3, #MAIR
	bl	mmu_on
	ldr	x0, =boot_cpu_at_link_address
	br	x0

boot_cpu_at_link_address:
	ldr	x0, =bss_start
	ldr	x1, =bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	ldr	x0, =(cpu_stacks + STACK_SIZE)
	mov	sp, x0
	ldr	x0, =vectors
	msr	vbar_el1, x0
	isb
	mov	x29, xzr
	mov	x0, x20
	mov	x1, x22
	mov	x2, x21
	bl	kernel_main
	b	.

	.section .early, "aw", %progbits
	.balign	4096
early_low:
	.zero	4096
early_high:
	.zero	4096
early_image:
	.zero	4096

	.section .idmap.text, "ax", %progbits

	/* x0, x1: TTBR0, TTBR1, x2: TCR, x3: MAIR. From the MMU off to on. */
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
	 * mmu_replace(TTBR0, TTBR1, TCR, MAIR, offset): granule and sizes may not
	 * change while the MMU is on, so it goes off and on again. Both the tables
	 * before and those behind have the image where it is linked, and this code
	 * at its identity address.
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

	/*
	 * Where PSCI starts a CPU. x0: struct secondary of smp.c, at its physical
	 * address. The MMU is off.
	 */
	.globl	secondary_entry
secondary_entry:
	mov	x20, x0
	bl	drop_to_el1
	ldp	x0, x1, [x20]
	ldp	x2, x3, [x20, #16]
	bl	mmu_on
	ldp	x4, x5, [x20, #32]	/* stack, and the CPU's number */
	ldr	x0, =secondary_at_link_address
	br	x0

	/* From EL2, if we are there, to EL1. Returns the level in x0; clobbers x1. */
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

	.text
secondary_at_link_address:
	mov	sp, x4
	ldr	x0, =vectors
	msr	vbar_el1, x0
	isb
	mov	x29, xzr
	mov	x0, x5
	bl	secondary_main
	b	.
