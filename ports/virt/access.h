/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tries an access, to find out whether it is allowed. */
#ifndef VIRT_ACCESS_H
#define VIRT_ACCESS_H

#include <linmap/linmap.h>

/* The outcome: the fault status code of ESR_EL1, with the level. */
#define NO_FAULT		 0U
#define TRANSLATION_FAULT(level) (0x04U | (level))
#define PERMISSION_FAULT(level)	 (0x0cU | (level))

/*
 * By the executing CPU. A store stores the value that it read, so the address must be
 * readable; a call must find a return instruction. A fault of another class than the
 * access, with another FAR_EL1 than @va, or with the wrong WnR, is a panic.
 */
typedef unsigned int access_fn(lm_va_t va);
access_fn try_load, try_store, try_call;

/* Whether every CPU finds @outcome; prints which ones do not. */
bool every_cpu_finds(access_fn *access, lm_va_t va, unsigned int outcome);

/* The same of many addresses, each of which every CPU tries in this order. */
struct expected {
	lm_va_t va;
	unsigned int outcome;
};
bool every_cpu_finds_all(access_fn *access, const struct expected *expected,
			 unsigned int count);

/* Any fault but one of permissions is a panic. */
bool can_store(lm_va_t va);
bool can_call(lm_va_t va);

#endif
