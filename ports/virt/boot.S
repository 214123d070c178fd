/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the boot loader to C. Builds tables of three entries by hand, with 4 KiB granule
 * and 39 bits, which is enough to read the device tree; mmu.c replaces them.
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
	.quad	0			/* any multiple of 2 MiB */
	.quad	image_size
	.quad	0xa			/* little endian, 4 KiB, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	/* x0: physical address of the device tree. The MMU is off. */
boot_cpu:
	mov	x20, x0
	bl	drop_to_el1
	mov	x21, x0			/* the exception level at entry */
	adr	x22, _start

	/* TTBR0: devices, and the GiB that contains the image, identity-mapped. */
	adrp	x0, early_low
	ldr	x2, =BLOCK_DEVICE
	put_entry x2, x0
	lsr	x1, x22, #GIB_SHIFT
	add	x4, x0, x1, lsl #3
	lsl	x2, x1, #GIB_SHIFT
	mov	x3, #BLOCK_NORMAL
	orr	x2, x2, x3
	put_entry x2, x4

	/* TTBR1: the image at its link address, in two blocks. */
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
