/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef VIRT_INTERRUPTS_H
#define VIRT_INTERRUPTS_H

/* From the vectors, interrupts masked. */
void interrupt(void);

#endif
