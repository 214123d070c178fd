/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers as people write them: sizes with binary suffixes, and counts. Read
 * from the command line, and written for people.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Decimal, or hexadecimal with 0x; size_parse() also takes one suffix of K, M,
 * G, T in either case, for 2^10, 2^20, 2^30, 2^40. The whole text must be one
 * number: its first @length bytes, not followed by a digit, or all of it.
 *
 * Return: NULL, and *@value is set; else what is wrong, for an error.
 */
const char *size_parse(const char *text, uint64_t *value);
const char *size_parse_n(const char *text, size_t length, uint64_t *value);
const char *number_parse(const char *text, uint64_t *value);

/* Hexadecimal with or without 0x; returns as above. */
const char *hexadecimal_parse(const char *text, uint64_t *value);

/* A short text by value, for use as an argument of printf: size_text(n).s */
struct short_text {
	char s[40];
};

struct short_text size_text(uint64_t bytes);  /* "2 MiB", "256.5 MiB" */
struct short_text count_text(uint64_t count); /* "33,554,432" */
/* "1 leaf", "3,072 leaves" */
struct short_text counted_text(uint64_t count, const char *one, const char *many);

#endif
