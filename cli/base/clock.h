/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The host's time, for measuring how long things take. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Nanoseconds since some fixed time in the past; never goes back. */
uint64_t now_ns(void);

#endif
