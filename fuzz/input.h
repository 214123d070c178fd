/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes of a fuzzer as choices, and how a target reports an error. After the end of the
 * bytes every choice is the first one.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	const uint8_t *end;
};

static inline bool input_is_empty(const struct input *in)
{
	return in->at == in->end;
}

static inline uint8_t take_byte(struct input *in)
{
	return input_is_empty(in) ? 0 : *in->at++;
}

static inline uint64_t take_word(struct input *in)
{
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word |= (uint64_t)take_byte(in) << 8 * i;
	return word;
}

/* A number below @count, 256 at most. */
static inline unsigned int take(struct input *in, unsigned int count)
{
	return take_byte(in) % count;
}

static inline bool take_flag(struct input *in)
{
	return take_byte(in) & 1;
}

/* Ends the run: libFuzzer keeps the input. */
#define wrong(...)                                              \
	do {                                                    \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
		fprintf(stderr, __VA_ARGS__);                   \
		fputc('\n', stderr);                            \
		abort();                                        \
	} while (0)

#endif
