/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What did not hold, as a list of counts and as a sentence. Knows nothing of where the
 * counts come from.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Something that must not be there, and how much of it there is. */
struct problem {
	const char *what;
	uint64_t count;
};

bool problems_any(const struct problem *problems, size_t count);

/* All of which there is any, into the sentence. */
void problems_say(const struct problem *problems, size_t count, char *sentence,
		  size_t size);

uint64_t problem_difference(uint64_t a, uint64_t b);

/* Append to a text of @size bytes what still fits. */
__attribute__((format(printf, 3, 4))) void text_append(char *text, size_t size,
						       const char *format, ...);

#endif
