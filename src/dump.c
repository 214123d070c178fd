// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a map maps, as text: one line for each stretch of leaves that differ in
 * nothing but their addresses. Knows names of attributes; judges nothing.
 */
#include <linmap/check.h>

#include "core.h"

/* Leaves of one size and kind, with the same attributes, adjacent, of adjacent memory. */
struct stretch {
	struct lm_span span; /* empty if there is none */
	uint64_t oa;
	uint64_t size;	/* of one leaf */
	uint64_t attrs; /* effective attributes, and other bits that have a name */
	int level;
	bool is_run;
};

/* A line with every name is shorter than this. */
#define LINE_SIZE 144

/* A line, and what it says: of the next one only what differs has to be written. */
struct line {
	struct stretch says; /* empty if it was not written yet */
	char text[LINE_SIZE];
};

struct dump {
	struct lm_look look;
	struct stretch stretch;
	uint64_t end; /* of what is shown */
	struct line last;
	lm_line_fn *line;
	void *ctx;
};

/* By AP: what EL1 (EL2, EL3), then EL0 may do; p and u are x unless PXN or UXN. */
static const char permissions[4][9] = {
	" rwp --u",
	" rw- rwu", /* what EL0 may write, EL1 never executes */
	" r-p --u",
	" r-p r-u",
};

static const char single_permissions[2][5] = { " rwu", " r-u" };

#define EL1_EXECUTES 3 /* index of its letter */

/* Shown if it is not 0, as a number if it has more than one bit. */
struct name {
	uint64_t bits;
	char text[8];
};

static const struct name names[] = {
	{ LM_ATTR_SHAREABILITY, "sh" },
	{ LM_ATTR_NS, "NS" },
	{ LM_ATTR_AF, "AF" },
	{ LM_ATTR_NOT_GLOBAL, "nG" },
	{ LM_ATTR_GP, "GP" },
	{ LM_ATTR_DBM, "DBM" },
	{ LM_BLOCK_NT, "nT" },
	{ LM_DESC_CONTIGUOUS, "hint" },
	{ LM_ATTR_SOFTWARE, "sw" },
	{ LM_ATTR_PBHA, "pbha" },
	{ LM_BIT(63), "bit63" },
	{ LM_DESC_VALID, "invalid" }, /* inverted: it is no attribute */
};

/* Each returns where the line continues. */
static char *put_string(char *at, const char *string)
{
	while (*string)
		*at++ = *string++;
	return at;
}

static char *put_hex(char *at, uint64_t value, unsigned int digits)
{
	while (digits--)
		*at++ = "0123456789abcdef"[value >> 4 * digits & 15];
	return at;
}

/* A power of two from 1K on, in four characters: " 64K". */
static char *put_size(char *at, uint64_t size)
{
	const char *unit = "KMGT";

	for (size >>= 10; size >> 10; size >>= 10)
		unit++;
	*at++ = size < 100 ? ' ' : '5'; /* 512 is the only one of three digits */
	*at++ = size < 10 ? ' ' : (char)('0' + size / 10 % 10);
	*at++ = (char)('0' + size % 10);
	*at++ = *unit;
	return at;
}

static char *put_permissions(char *at, const struct lm_format *fmt, uint64_t attrs)
{
	bool two_ranges = lm_regime_has_two_ranges(fmt->config.regime);
	const char *text = two_ranges ?
				   permissions[(attrs & LM_ATTR_AP) / LM_ATTR_EL0] :
				   single_permissions[(attrs & LM_ATTR_READ_ONLY) != 0];
	size_t size = two_ranges ? sizeof(permissions[0]) - 1 :
				   sizeof(single_permissions[0]) - 1;

	for (size_t i = 0; i < size; i++)
		at[i] = text[i];
	/* Each exception level has its letter for execution last. */
	if (two_ranges && text[EL1_EXECUTES] == 'p')
		at[EL1_EXECUTES] = attrs & LM_ATTR_PXN ? '-' : 'x';
	if (text[size - 1] == 'u')
		at[size - 1] = attrs & LM_ATTR_UXN ? '-' : 'x';
	return at + size;
}

static char *put_names(char *at, uint64_t attrs)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t lowest = names[i].bits & -names[i].bits;
		uint64_t value = (attrs & names[i].bits) / lowest;

		if (!value)
			continue;
		*at++ = ' ';
		at = put_string(at, names[i].text);
		if (lowest != names[i].bits)
			at = put_hex(at, value, 1);
	}
	return at;
}

static const char *kind_of(const struct stretch *s)
{
	if (s->is_run)
		return " run  ";
	return s->level == LM_LAST_LEVEL ? " page " : " block";
}

/* Where things are in a line, counted in characters. */
#define DIGITS		16
#define OA_DIGITS	13
#define END_OF_START	DIGITS
#define END_OF_LAST	(END_OF_START + 1 + DIGITS)
#define END_OF_OA	(END_OF_LAST + 1 + OA_DIGITS)
#define END_OF_SHAPE	(END_OF_OA + 1 + 4 + 3 + 6)
#define IN_PAGE_NIBBLES 3 /* no address differs in fewer than 4K */

/* Digits of a number that ends at @end, where @before is written. */
static void put_other_digits(char *end, uint64_t value, uint64_t before)
{
	uint64_t differs = (value ^ before) >> 4 * IN_PAGE_NIBBLES;

	end -= IN_PAGE_NIBBLES;
	for (value >>= 4 * IN_PAGE_NIBBLES; differs; differs >>= 4, value >>= 4)
		*--end = "0123456789abcdef"[value & 15];
}

static void write_addresses(struct line *line, const struct lm_map *map,
			    const struct stretch *s)
{
	char *at = line->text;

	at = put_hex(at, lm_va_of(map, s->span.start).v, DIGITS);
	*at++ = '-';
	at = put_hex(at, lm_va_of(map, s->span.end - 1).v, DIGITS);
	*at++ = ' ';
	at = put_hex(at, s->oa, OA_DIGITS);
	*at++ = ' ';
	at = put_size(at, s->size);
	at = put_string(at, " L");
	at = put_hex(at, (uint64_t)s->level, 1);
	put_string(at, kind_of(s));
}

static void rewrite_addresses(struct line *line, const struct lm_map *map,
			      const struct stretch *s)
{
	const struct stretch *says = &line->says;
	uint64_t base = map->fmt.base;

	put_other_digits(line->text + END_OF_START, base + s->span.start,
			 base + says->span.start);
	put_other_digits(line->text + END_OF_LAST, base + s->span.end - 1,
			 base + says->span.end - 1);
	put_other_digits(line->text + END_OF_OA, s->oa, says->oa);
}

/* All of @attrs but the permissions. */
static bool is_named_alike(uint64_t a, uint64_t b)
{
	return !((a ^ b) & ~(LM_ATTR_AP | LM_ATTR_PXN | LM_ATTR_UXN));
}

static void end_stretch(struct dump *d)
{
	const struct lm_map *map = d->look.map;
	const struct stretch *s = &d->stretch;
	struct line *line = &d->last;
	const struct stretch *says = &line->says;
	bool is_alike = s->size == says->size && s->level == says->level &&
			s->is_run == says->is_run;
	char *at = line->text + END_OF_SHAPE;

	if (s->span.start == s->span.end)
		return;
	if (is_alike)
		rewrite_addresses(line, map, s);
	else
		write_addresses(line, map, s);
	at = put_permissions(at, &map->fmt, s->attrs);
	if (!is_alike || !is_named_alike(s->attrs, says->attrs)) {
		at = put_string(at, " attr");
		at = put_hex(at, (s->attrs & LM_ATTR_INDEX(7)) / LM_ATTR_INDEX(1), 1);
		at = put_names(at, s->attrs);
		*at = '\0';
	}
	line->says = *s;
	d->line(d->ctx, line->text);
}

/* Effective attributes, and the other bits of a leaf that are shown. */
static uint64_t shown_attrs(const struct lm_look *look, const struct lm_walk_item *leaf)
{
	uint64_t also = 0;

	if (leaf->entries == 1)
		also |= LM_DESC_CONTIGUOUS;
	if (leaf->level < LM_LAST_LEVEL)
		also |= LM_BLOCK_NT;
	return lm_look_effective(look, leaf).v | (leaf->desc.v & also) |
	       (~leaf->desc.v & LM_DESC_VALID);
}

static void add_leaves(struct dump *d, struct lm_walk_item *item)
{
	struct stretch *s = &d->stretch;
	struct lm_span span = d->look.span;
	uint64_t size = span.end - span.start;
	uint64_t oa = d->look.oa & -lm_entry_size(&d->look.map->fmt, item->level);
	uint64_t attrs = shown_attrs(&d->look, item);

	if (span.start != s->span.end || oa != s->oa + (s->span.end - s->span.start) ||
	    size != s->size || item->level != s->level || attrs != s->attrs) {
		end_stretch(d);
		*s = (struct stretch){ span,  oa,	   size,
				       attrs, item->level, item->entries > 1 };
	}
	item->entries *= lm_walk_alike(d->look.map, item, ~UINT64_C(0), size, d->end);
	s->span.end = lm_item_span(d->look.map, item).end;
}

static int dump_visit(void *ctx, struct lm_walk_item *item)
{
	struct dump *d = ctx;

	switch (lm_look_at(&d->look, item)) {
	case LM_LOOK_TABLE:
		return lm_look_enter(&d->look, item) ? LM_WALK_DESCEND : LM_WALK_NEXT;
	case LM_LOOK_BROKEN_RUN:
		return LM_WALK_MEMBERS;
	case LM_LOOK_LEAF:
		add_leaves(d, item);
		break;
	case LM_LOOK_HOLE:
		break;
	}
	return LM_WALK_NEXT;
}

int lm_dump(const struct lm_map *map, struct lm_range range, lm_line_fn *line, void *ctx)
{
	struct dump d = { .line = line, .ctx = ctx };
	struct lm_span span;
	int err = lm_span_of(map, range, &span);

	if (err)
		return err;
	d.end = span.end;

	lm_look_init(&d.look, map);
	err = lm_walk(map, range, dump_visit, &d);
	end_stretch(&d);
	return err;
}
