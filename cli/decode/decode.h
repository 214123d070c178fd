/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a descriptor means, in words: its type on a level, its address, each field,
 * and what is wrong with it. Knows its format; not how the result is printed.
 */
#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linmap/linmap.h>

#include "decode/decoding.h"
#include "base/object.h"

/* As a descriptor on @level, which the format has. */
void decode(struct decoding *decoding, const struct lm_format *fmt, uint64_t descriptor,
	    int level);

/* All levels of the format. Return: how many decodings differ. */
size_t decode_levels(struct decoding decodings[LM_LEVELS], const struct lm_format *fmt,
		     uint64_t descriptor);

/* For people. */
void decode_print(FILE *out, const struct lm_format *fmt, uint64_t descriptor,
		  const struct decoding *decodings, size_t count);

/* For programs; the names are documented in linmap(1). */
struct object decode_object(uint64_t descriptor, const struct decoding *decodings,
			    size_t count);

#endif
