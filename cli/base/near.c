// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Edit distance, with neighbours swapped as one mistake. */
#include "base/near.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Longer words are ignored: no name is that long. */
#define LONGEST 31

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Cell [i][j]: how many mistakes turn the first i letters of @a into the first j of @b. */
static size_t distance_of(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t cell[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= a_length; i++)
		cell[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		cell[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			size_t changed =
				cell[i - 1][j - 1] + !is_same(a[i - 1], b[j - 1]);
			size_t moved = least(cell[i - 1][j], cell[i][j - 1]) + 1;

			cell[i][j] = least(changed, moved);
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]))
				cell[i][j] = least(cell[i][j], cell[i - 2][j - 2] + 1);
		}
	}
	return cell[a_length][b_length];
}

void near_begin(struct near *near, const char *word)
{
	*near = (struct near){ .word = word };
}

void near_try(struct near *near, const char *name)
{
	size_t length = strlen(near->word);
	size_t name_length = strlen(name);
	size_t limit = length < 6 ? 1 : length / 3;
	size_t distance;

	if (length < 2 || length > LONGEST || name_length > LONGEST)
		return;
	distance = distance_of(near->word, length, name, name_length);
	if (distance > limit || (near->name && distance >= near->distance))
		return;
	near->name = name;
	near->distance = distance;
}

struct near_text near_advice(const struct near *near, const char *prefix,
			     const char *otherwise)
{
	struct near_text text;

	if (near->name)
		snprintf(text.s, sizeof(text.s), "did you mean %s%s?", prefix,
			 near->name);
	else
		snprintf(text.s, sizeof(text.s), "%s", otherwise);
	return text;
}
