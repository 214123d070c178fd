/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * "Did you mean": the name that is nearest to a mistyped word. Knows nothing of what the
 * names are for.
 */
#ifndef NEAR_H
#define NEAR_H

#include <stddef.h>

/**
 * struct near - a word, and the best of the names tried so far
 * @word: what was typed
 * @name: the nearest, or NULL if none is near so far
 * @distance: how many letters differ
 */
struct near {
	const char *word;
	const char *name;
	size_t distance;
};

void near_begin(struct near *near, const char *word);

/*
 * Try one more name. It is near if at most a third of the word's letters (but at least one)
 * are wrong, missing, too many or swapped with the next. Upper and lower case are the same.
 */
void near_try(struct near *near, const char *name);

/* "did you mean NAME?", with @prefix before the name; or @otherwise. */
struct near_text {
	char s[160];
};

struct near_text near_advice(const struct near *near, const char *prefix,
			     const char *otherwise);

#endif
