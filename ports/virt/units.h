/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sizes for people. */
#ifndef VIRT_UNITS_H
#define VIRT_UNITS_H

#include <stdint.h>

#define UNITS_SIZE 16

/* Write @bytes, a multiple of 1 KiB below 64 TiB, into @text: "512 MiB". Returns it. */
const char *units(char text[UNITS_SIZE], uint64_t bytes);

#endif
