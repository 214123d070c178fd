// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The part of <string.h> that the core, the compiler and libfdt call. */
#include <stdint.h>

#include "string.h"

#define WORD sizeof(uint64_t)

static int are_aligned(const void *a, const void *b)
{
	return !(((uintptr_t)a | (uintptr_t)b) & (WORD - 1));
}

/* Tables are copied and cleared often: four words at a time, by pairs of registers. */
#define BLOCK (4 * WORD)

static void copy_block(uint64_t *to, const uint64_t *from)
{
	uint64_t a = from[0], b = from[1], c = from[2], d = from[3];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
}

static void set_block(uint64_t *to, uint64_t word)
{
	to[0] = word;
	to[1] = word;
	to[2] = word;
	to[3] = word;
}

void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (are_aligned(to, from)) {
		for (; size >= BLOCK; size -= BLOCK, t += BLOCK, f += BLOCK)
			copy_block((void *)t, (const void *)f);
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
		for (; size >= BLOCK; size -= BLOCK, t += BLOCK)
			set_block((void *)t, word);
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
