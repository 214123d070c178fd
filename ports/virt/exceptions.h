/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Faults: the few that are expected, and all others, which end the run. */
#ifndef VIRT_EXCEPTIONS_H
#define VIRT_EXCEPTIONS_H

#include <stdint.h>

#define ESR_CLASS(esr)		((unsigned int)((esr) >> 26) & 0x3f)
#define CLASS_INSTRUCTION_ABORT 0x21U /* from EL1, as the next one */
#define CLASS_DATA_ABORT	0x25U

/* What save_frame in vectors.S stores. */
struct frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
};

/* From the vectors. */
void exception_sync(struct frame *frame);
void exception_unexpected(struct frame *frame);

/* ESR_EL1 and FAR_EL1; @esr is 0 if there was no fault. */
struct fault {
	uint64_t esr;
	uint64_t far;
};

/* The instructions that may fault, in vectors.S. */
struct fault probe_load(uint64_t va);
struct fault probe_store(uint64_t va);
struct fault probe_call(uint64_t va);

#endif
