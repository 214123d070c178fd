// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The part of <string.h> that the core, the compiler and libfdt call. */
#include <stdint.h>

#include "string.h"

#define WORD sizeof(uint64_t)

static int are_aligned(const void *a, const void *b)
{
	return !(((uintptr_t)a | (uintptr_t)b) & (WORD - 1));
}

void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (are_aligned(to, from)) {
		for (; size >= WORD; size -= WORD, t += WORD, f += WORD)
			*(uint64_t *)(void *)t = *(const uint64_t *)(const void *)f;
	}
	while (size--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f || t >= f + size)
		return memcpy(to, from, size);
	while (size--)
		t[size] = f[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	unsigned char *t = to;
	uint64_t word = (unsigned char)byte * UINT64_C(0x0101010101010101);

	if (are_aligned(to, to)) {
		for (; size >= WORD; size -= WORD, t += WORD)
			*(uint64_t *)(void *)t = word;
	}
	while (size--)
		*t++ = (unsigned char)byte;
	return to;
}

static int are_equal_pairs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	/*
	 * Whole tables are compared while the machine is stopped: so use pairs of words.
	 */
	if (are_aligned(a, b)) {
		for (; size >= 2 * WORD && are_equal_pairs(x, y); size -= 2 * WORD)
			x += 2 * WORD, y += 2 * WORD;
	}
	for (; size; size--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

void *memchr(const void *memory, int byte, size_t size)
{
	const unsigned char *m = memory;

	for (; size; size--, m++) {
		if (*m == (unsigned char)byte)
			return (void *)(uintptr_t)m;
	}
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t length = 0;

	while (length < max && s[length])
		length++;
	return length;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max && *a && *a == *b; max--)
		a++, b++;
	return max ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	return memchr(s, c, strlen(s) + 1);
}

char *strrchr(const char *s, int c)
{
	const char *at = s + strlen(s);

	while (at > s && *at != (char)c)
		at--;
	return *at == (char)c ? (char *)(uintptr_t)at : NULL;
}

/* Decimal only: nobody here asks for another base. */
unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long value = 0;

	(void)base;
	for (; *s >= '0' && *s <= '9'; s++)
		value = value * 10 + (unsigned long)(*s - '0');
	if (end)
		*end = (char *)(uintptr_t)s;
	return value;
}
