/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A text built piece by piece in a buffer. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Append to a text in a buffer of @size bytes; what does not fit is cut off. */
__attribute__((format(printf, 3, 4))) void text_append(char *text, size_t size,
						       const char *format, ...);

#endif
