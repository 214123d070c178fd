/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The interrupt controller, a GICv3: interrupts from CPU to CPU, and the timer's. */
#ifndef VIRT_GIC_H
#define VIRT_GIC_H

#include <stdbool.h>
#include <stdint.h>

enum gic_interrupt_id {
	GIC_CALL = 0, /* smp_call_all() */
	GIC_PARK = 1, /* the leader's call to park */
	GIC_ROLL = 2, /* the leader's call to move to other tables */
	GIC_TIMER = 27,
};

/* Both addresses as they are mapped. One is called once, the other on each CPU. */
void gic_init(uint64_t distributor, uint64_t redistributors);
void gic_init_cpu(void);

/* The executing CPU takes no interrupts any more. */
void gic_stop_cpu(void);

/* Earlier stores are visible to the CPU that takes the interrupt. */
void gic_send(uint64_t mpidr, enum gic_interrupt_id id);

/* Take an interrupt, if one is pending; and end it. Exceptions masked. */
bool gic_take(enum gic_interrupt_id *id);
void gic_end(enum gic_interrupt_id id);

#endif
