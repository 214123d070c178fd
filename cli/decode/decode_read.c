// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lines of an oops are those of Linux' show_pte(), arch/arm64/mm/fault.c; until 4.16 each
 * name had a '*' before it.
 */
#include "decode/decode_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "machine/geometry.h"
#include "base/units.h"

static struct decode_item *add_item(struct decode_items *items, const char *where,
				    struct error *error)
{
	size_t room = items->room ? 2 * items->room : 16;
	struct decode_item *larger;

	if (items->count == items->room) {
		larger = realloc(items->item, room * sizeof(*larger));
		if (!larger) {
			error_set(error,
				  "out of memory (give fewer descriptors at a time)");
			return NULL;
		}
		items->item = larger;
		items->room = room;
	}
	items->item[items->count] = (struct decode_item){ .descriptor = 0 };
	snprintf(items->item[items->count].where, sizeof(items->item[0].where), "%s",
		 where);
	return &items->item[items->count++];
}

void decode_items_free(struct decode_items *items)
{
	free(items->item);
}

/* ---------------------------------------------------------------------- words */

static int read_number(const char *where, const char *word, const char *digits,
		       uint64_t *value, struct error *error)
{
	const char *problem = hexadecimal_parse(digits, value);

	return problem ? error_set(error, "%s%s: %s", where, word, problem) : 0;
}

static int begin_walk(struct decode_items *items, const char *where, struct error *error)
{
	struct decode_item *item = add_item(items, where, error);

	if (!item)
		return -1;
	item->is_walk = true;
	item->walk.has_va = items->has_va;
	item->walk.va = items->va;
	items->is_in_walk = true;
	items->has_va = false;
	return 0;
}

/* NAME=NUMBER */
static int read_entry(struct decode_items *items, const char *where, const char *word,
		      struct error *error)
{
	const char *name = word + (*word == '*');
	const char *equals = strchr(name, '=');
	size_t length = (size_t)(equals - name);
	size_t index = 0;
	struct walk *walk;

	while (walk_name(index) && (strlen(walk_name(index)) != length ||
				    strncmp(walk_name(index), name, length) != 0))
		index++;
	if (!walk_name(index))
		return error_set(error,
				 "%s%s: no such entry (a walk has pgd=, p4d=, pud=, pmd= "
				 "and pte=)",
				 where, word);
	if (!index && begin_walk(items, where, error))
		return -1;
	if (!items->is_in_walk)
		return error_set(error, "%s%s: no pgd= before it (give the whole line)",
				 where, word);
	walk = &items->item[items->count - 1].walk;
	if (walk->given[index])
		return error_set(error, "%s%s: a second one (a walk begins with pgd=)",
				 where, word);
	walk->given[index] = true;
	return read_number(where, word, equals + 1, &walk->entry[index], error);
}

/* [NUMBER], the address that was walked for */
static int read_va(struct decode_items *items, const char *where, const char *word,
		   struct error *error)
{
	char digits[24];
	size_t length = strlen(word);

	if (length < 3 || length - 2 >= sizeof(digits) || word[length - 1] != ']')
		return error_set(error,
				 "%s%s: no address (write it as [ffff0000c0001000])",
				 where, word);
	memcpy(digits, word + 1, length - 2);
	digits[length - 2] = '\0';
	items->has_va = true;
	items->is_in_walk = false;
	return read_number(where, word, digits, &items->va, error);
}

static int read_word(struct decode_items *items, const char *where, const char *word,
		     struct error *error)
{
	struct decode_item *item;
	uint64_t descriptor;

	if (strchr(word, '='))
		return read_entry(items, where, word, error);
	if (word[0] == '[')
		return read_va(items, where, word, error);
	if (read_number(where, word, word, &descriptor, error))
		return -1;
	items->is_in_walk = false;
	item = add_item(items, where, error);
	if (!item)
		return -1;
	item->descriptor = descriptor;
	return 0;
}

/* ---------------------------------------------------------------------- lines */

/* Text before "pgd=", and before its address if there is one, is a log prefix. */
static char *without_prefix(char *line)
{
	char *pgd = strstr(line, "pgd=");
	char *at = pgd;

	if (!pgd)
		return line;
	if (at > line && at[-1] == '*')
		at--;
	pgd = at;
	while (at > line && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	if (at == line || at[-1] != ']')
		return pgd;
	while (at > line && at[-1] != '[')
		at--;
	/* "[   12.345678] pgd=" is a time. */
	if (at == line || strcspn(at, " .") < strcspn(at, "]"))
		return pgd;
	return at - 1;
}

/* "swapper pgtable: 4k pages, 48-bit VAs, pgdp=0000000041d2b000" */
static bool read_geometry(struct decode_items *items, const char *line)
{
	const char *text = strstr(line, " pgtable: ");
	unsigned int pages;
	unsigned int bits;
	char granule[8];

	if (!text ||
	    sscanf(text, " pgtable: %2uk pages, %2u-bit VAs", &pages, &bits) != 2)
		return false;
	snprintf(granule, sizeof(granule), "%uk", pages);
	if (!granule_parse(granule, &items->granule_shift))
		return false;
	items->va_bits = (uint8_t)bits;
	return true;
}

int decode_read(struct decode_items *items, const char *where, char *line,
		struct error *error)
{
	static const char blanks[] = " \t\r\n,";
	char *rest;
	int err = 0;

	if (read_geometry(items, line))
		return 0;
	line = without_prefix(line);
	for (char *word = strtok_r(line, blanks, &rest); word && !err;
	     word = strtok_r(NULL, blanks, &rest))
		err = read_word(items, where, word, error);
	return err;
}
