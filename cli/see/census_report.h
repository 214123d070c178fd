/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A census for people, for monitoring, and for programs. Knows nothing of how it was
 * taken.
 */
#ifndef CENSUS_REPORT_H
#define CENSUS_REPORT_H

#include <stdio.h>

#include "base/object.h"
#include "machine/cpus.h"
#include "see/census.h"

/**
 * struct seen_map - a census, and whose it is
 * @path, @kind: of the source, in words
 * @source: the source, or NULL if it has no tables
 * @census: what was counted
 * @cpus: of that machine, or NULL if they are not known
 */
struct seen_map {
	const char *path;
	const char *kind;
	const struct source *source;
	const struct census *census;
	const struct cpus *cpus;
};

/* Bytes of RAM as far as the source tells, or of the linear map; 0 if neither is known. */
uint64_t seen_ram(const struct seen_map *seen);

void census_print(FILE *out, const struct seen_map *seen);
/* In the shape of x86's lines in /proc/meminfo. */
void census_print_meminfo(FILE *out, const struct census *census);
struct object census_object(const struct seen_map *seen);

/* What this map is, and what it could be. */
void census_words(const struct seen_map *seen, char *text, size_t size);

/* "rw- ---": what the kernel may do, and EL0. */
struct seen_text {
	char s[24];
};

struct seen_text seen_bits_text(const struct census *census, unsigned int bits);

/* Facts of a source, one a line, and what could not be read. */
void source_print(FILE *out, const struct source *source);
struct object source_object(const struct source *source);

#endif
