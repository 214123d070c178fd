/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * "Did you mean": the name among several that a mistyped word is nearest to. Knows
 * nothing of what the names are for.
 */
#ifndef NEAR_H
#define NEAR_H

#include <stddef.h>

/**
 * struct near - a word, and the best of the names tried so far
 * @word: what was typed
 * @name: the nearest, or NULL as long as none is near
 * @distance: how many letters are wrong in it
 */
struct near {
	const char *word;
	const char *name;
	size_t distance;
};

void near_begin(struct near *near, const char *word);

/*
 * One more name. It is near if at most a third of the word's letters, and at least one, are
 * wrong, missing, too many or swapped with the next; in either case.
 */
void near_try(struct near *near, const char *name);

/* "did you mean NAME?", with @prefix before the name; or @otherwise. */
struct near_text {
	char s[160];
};

struct near_text near_advice(const struct near *near, const char *prefix,
			     const char *otherwise);

#endif
