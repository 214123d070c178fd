/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs at EL2 of QEMU's virt machine (virtualization=on) and shows each CPU's EL1 another
 * MIDR_EL1 than its own: QEMU's CPUs are all alike, and Linux splits its linear map only
 * if they are not. It is in flash and keeps no state in memory, so it does not change the
 * guest's RAM and device tree.
 *
 * CPU 0 starts here at reset instead of in QEMU's boot stub, which it enters at EL1.
 * HCR_EL2.TSC traps PSCI calls: CPU_ON is changed to start the CPU here, with the
 * kernel's entry as its context, which Linux does not use. CPU_SUSPEND to a state that
 * loses the registers, which QEMU's firmware does not have, is made here: the CPU waits for
 * an interrupt, and begins where the call says, with its MMU off, TLB empty and the
 * registers of EL1 that Linux has to restore changed. The other calls pass.
 *
 * Assembled with MIDR_BOOT and MIDR_OTHERS; 0 is the CPU's own.
 */
#define QEMU_BOOT_STUB	0x40000000	/* start of RAM */
#define PSCI_CPU_ON	0xc4000003
#define PSCI_CPU_SUSPEND 0xc4000001
#define POWER_DOWN_BIT	16		/* of a PSCI power state */
#define EC_SMC64	0x17

#define HCR_TSC		(1 << 19)
#define HCR_RW		(1 << 31)
#define HCR_APK		(1 << 40)	/* pointer authentication, tags: EL1's business */
#define HCR_API		(1 << 41)
#define HCR_ATA		(1 << 56)
#define SPSR_EL1H_MASKED 0x3c5
#define SCTLR_EL1_OFF	0x30d00800	/* RES1 bits: no MMU, no caches */
#define CPTR_NO_TRAPS	0x32ff

#define ICC_SRE_EL2	s3_4_c12_c9_5
#define ICC_SRE_EL1S	0xf		/* system registers, for EL1, too */
#define ICH_HCR_EL2	s3_4_c12_c11_0

#define HCRX_EL2	s3_4_c1_c2_2
#define HCRX_MSCEN	(1 << 11)	/* memory copies */
#define HCRX_TCR2EN	(1 << 14)
#define HCRX_ENFPM	(1 << 23)
#define HFGRTR_EL2	s3_4_c1_c1_4
#define HFGWTR_EL2	s3_4_c1_c1_5
#define HFG_NO_TRAPS	0xfff4000000000000 /* those that trap while clear */

	.text
	.globl	_start
_start:
	ldr	x1, =MIDR_BOOT
	ldr	x2, =QEMU_BOOT_STUB
	mov	x3, xzr
	b	enter_el1

secondary:				/* x0: the kernel's entry */
	ldr	x1, =MIDR_OTHERS
	mov	x2, x0
	mov	x3, xzr

/* x1: MIDR for EL1, x2: where to go, x3: x0 there */
enter_el1:
	msr	spsel, #1
	mrs	x4, midr_el1
	cmp	x1, #0
	csel	x1, x4, x1, eq
	msr	vpidr_el2, x1
	mrs	x4, mpidr_el1
	msr	vmpidr_el2, x4

	/* Timers and performance counters are EL1's. */
	mov	x4, #3
	msr	cnthctl_el2, x4
	msr	cntvoff_el2, xzr
	mrs	x4, pmcr_el0
	ubfx	x4, x4, #11, #5
	msr	mdcr_el2, x4
	msr	hstr_el2, xzr
	ldr	x4, =CPTR_NO_TRAPS
	msr	cptr_el2, x4
	msr	vttbr_el2, xzr

	/* Features of later CPUs that Linux uses where they exist. */
	mrs	x4, id_aa64mmfr1_el1
	ubfx	x4, x4, #40, #4		/* HCX */
	cbz	x4, 1f
	ldr	x4, =(HCRX_MSCEN | HCRX_TCR2EN | HCRX_ENFPM)
	msr	HCRX_EL2, x4
1:	mrs	x4, id_aa64mmfr0_el1
	ubfx	x4, x4, #56, #4		/* FGT */
	cbz	x4, 1f
	ldr	x4, =HFG_NO_TRAPS
	msr	HFGRTR_EL2, x4
	msr	HFGWTR_EL2, x4
1:
	mrs	x4, id_aa64pfr0_el1
	ubfx	x4, x4, #24, #4		/* GIC: a GICv3 */
	cbz	x4, 1f
	mov	x4, #ICC_SRE_EL1S
	msr	ICC_SRE_EL2, x4
	isb
	msr	ICH_HCR_EL2, xzr
1:
	adr	x4, vectors
	msr	vbar_el2, x4
	ldr	x4, =(HCR_RW | HCR_TSC | HCR_APK | HCR_API | HCR_ATA)
	msr	hcr_el2, x4
	ldr	x4, =SCTLR_EL1_OFF
	msr	sctlr_el1, x4
	mov	x4, #SPSR_EL1H_MASKED
	msr	spsr_el2, x4
	msr	elr_el2, x2
	mov	x0, x3
	isb
	eret

power_down:				/* x2: where to go, x3: x0 there */
	dsb	sy
	wfi
	mrs	x1, vpidr_el2
	ldr	x4, =0xdead0000		/* no table has this address */
	msr	ttbr0_el1, x4
	msr	ttbr1_el1, x4
	msr	vbar_el1, x4
	msr	tpidr_el1, x4
	msr	sp_el0, x4
	msr	sp_el1, x4
	msr	tcr_el1, xzr
	msr	mair_el1, xzr
	msr	cpacr_el1, xzr
	isb
	tlbi	vmalle1
	dsb	nsh
	b	enter_el1

	.balign	0x800
vectors:
	.rept	8
	.balign	0x80
	b	.
	.endr
	.balign	0x80			/* synchronous, from EL1 */
	msr	tpidr_el2, x16
	mrs	x16, esr_el2
	lsr	x16, x16, #26
	cmp	x16, #EC_SMC64
	b.ne	.
	mrs	x16, elr_el2		/* a trapped SMC has not been executed yet */
	add	x16, x16, #4
	msr	elr_el2, x16
	ldr	x16, =PSCI_CPU_ON
	cmp	x0, x16
	b.ne	1f
	mov	x3, x2
	adr	x2, secondary
1:	ldr	x16, =PSCI_CPU_SUSPEND
	cmp	x0, x16
	b.ne	1f
	tbnz	x1, #POWER_DOWN_BIT, power_down
1:	mrs	x16, tpidr_el2
	smc	#0
	eret
	.balign	0x80
	.rept	7
	b	.
	.balign	0x80
	.endr
	.ltorg
