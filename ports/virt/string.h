/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The part of <string.h> that string.c implements. */
#ifndef VIRT_STRING_H
#define VIRT_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *memory, int byte, size_t size);
size_t strnlen(const char *s, size_t max);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t max);
int strcmp(const char *a, const char *b);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
unsigned long strtoul(const char *s, char **end, int base);

#endif
