/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Faults: the few that are expected, and all others, which end the run. */
#ifndef VIRT_EXCEPTIONS_H
#define VIRT_EXCEPTIONS_H

#include <linmap/linmap.h>

/* What save_frame in vectors.S stores. */
struct frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
};

/* From the vectors. */
void exception_sync(struct frame *frame);
void exception_unexpected(struct frame *frame);

/*
 * Whether an access by this CPU is allowed, found out by doing it. A store stores
 * what is there; a call should find a return instruction. Anything but a
 * permission fault is a panic.
 */
bool can_load(lm_va_t va);
bool can_store(lm_va_t va);
bool can_call(lm_va_t va);

#endif
