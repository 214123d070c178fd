/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A text that grows piece by piece, in the room that there is. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Append to a text of @size bytes what still fits. */
__attribute__((format(printf, 3, 4))) void text_append(char *text, size_t size,
						       const char *format, ...);

#endif
