// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * GICv3: distributor, redistributors, CPU interface. interrupts.c knows what interrupts
 * mean.
 */
#include "gic.h"

#include "report.h"
#include "sysreg.h"

/* Distributor */
#define GICD_CTLR	     0x0000
#define GICD_CTLR_ARE_NS     (1u << 4)
#define GICD_CTLR_ENABLEGRP1 (1u << 1)

/* Redistributor: a frame of LPI registers, and one of SGIs and PPIs. */
#define GICR_STRIDE		  0x20000
#define GICR_TYPER		  0x0008
#define GICR_TYPER_LAST		  (1u << 4)
#define GICR_WAKER		  0x0014
#define GICR_WAKER_PROCESSORSLEEP (1u << 1)
#define GICR_WAKER_CHILDRENASLEEP (1u << 2)
#define GICR_IGROUPR0		  0x10080
#define GICR_ISENABLER0		  0x10100
#define GICR_ICPENDR0		  0x10280
#define GICR_IPRIORITYR		  0x10400

/* CPU interface, by number: not every assembler knows their names. */
#define ICC_PMR_EL1	s3_0_c4_c6_0
#define ICC_SGI1R_EL1	s3_0_c12_c11_5
#define ICC_IAR1_EL1	s3_0_c12_c12_0
#define ICC_EOIR1_EL1	s3_0_c12_c12_1
#define ICC_SRE_EL1	s3_0_c12_c12_5
#define ICC_IGRPEN1_EL1 s3_0_c12_c12_7

/* The macros of sysreg.h make a string of their argument; these expand a name first. */
#define read_icc(name)	       read_sysreg(name)
#define write_icc(name, value) write_sysreg(name, value)

static uint64_t gicd;
static uint64_t gicr;

static volatile uint32_t *reg(uint64_t base, uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

void gic_init(uint64_t distributor, uint64_t redistributors)
{
	gicd = distributor;
	gicr = redistributors;
	*reg(gicd, GICD_CTLR) = GICD_CTLR_ARE_NS | GICD_CTLR_ENABLEGRP1;
}

/* Aff3.Aff2.Aff1.Aff0 as in GICR_TYPER. */
static uint32_t affinity(uint64_t mpidr)
{
	return (uint32_t)((mpidr >> 8 & 0xff000000) | (mpidr & 0xffffff));
}

static uint64_t find_redistributor(uint32_t wanted)
{
	for (uint64_t frame = gicr;; frame += GICR_STRIDE) {
		if (*reg(frame, GICR_TYPER + 4) == wanted)
			return frame;
		if (*reg(frame, GICR_TYPER) & GICR_TYPER_LAST)
			panic("GIC: no redistributor for CPU 0x%x", wanted);
	}
}

void gic_init_cpu(void)
{
	uint64_t frame = find_redistributor(affinity(read_sysreg(mpidr_el1)));

	*reg(frame, GICR_WAKER) &= ~GICR_WAKER_PROCESSORSLEEP;
	while (*reg(frame, GICR_WAKER) & GICR_WAKER_CHILDRENASLEEP)
		;
	*reg(frame, GICR_IGROUPR0) = UINT32_MAX;
	for (uint64_t i = 0; i < 32; i += 4)
		*reg(frame, GICR_IPRIORITYR + i) = 0xa0a0a0a0;
	/* What was sent to a CPU without power is lost. */
	*reg(frame, GICR_ICPENDR0) = UINT32_MAX;
	*reg(frame, GICR_ISENABLER0) = 1 << GIC_CALL | 1 << GIC_PARK | 1 << GIC_ROLL |
				       1 << GIC_TIMER;

	write_icc(ICC_SRE_EL1, 7);
	isb();
	write_icc(ICC_PMR_EL1, 0xff);
	write_icc(ICC_IGRPEN1_EL1, 1);
	isb();
}

void gic_stop_cpu(void)
{
	write_icc(ICC_IGRPEN1_EL1, 0);
	isb();
}

void gic_send(uint64_t mpidr, enum gic_interrupt_id id)
{
	uint64_t aff1 = mpidr >> 8 & 0xff, aff2 = mpidr >> 16 & 0xff;
	uint64_t target = UINT64_C(1) << (mpidr & 0xf);

	/* A release does not order a write to a system register. */
	dsb(ishst);
	write_icc(ICC_SGI1R_EL1, aff2 << 32 | (uint64_t)id << 24 | aff1 << 16 | target);
	isb();
}

bool gic_take(enum gic_interrupt_id *id)
{
	uint64_t taken = read_icc(ICC_IAR1_EL1);

	*id = (enum gic_interrupt_id)taken;
	return taken < 1020; /* else it is spurious */
}

void gic_end(enum gic_interrupt_id id)
{
	write_icc(ICC_EOIR1_EL1, (uint64_t)id);
	isb();
}
