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

struct dump {
	struct lm_look look;
	struct stretch stretch;
	uint64_t end; /* of what is shown */
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
	const char *text = single_permissions[(attrs & LM_ATTR_READ_ONLY) != 0];

	if (lm_regime_has_two_ranges(fmt->config.regime))
		text = permissions[(attrs & LM_ATTR_AP) / LM_ATTR_EL0];
	for (; *text; text++) {
		uint64_t bars = *text == 'p' ? LM_ATTR_PXN : LM_ATTR_UXN;

		*at++ = *text != 'p' && *text != 'u' ? *text : attrs & bars ? '-' : 'x';
	}
	return at;
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

/* A line with every name is shorter than this. */
#define LINE_SIZE 160

static void end_stretch(struct dump *d)
{
	const struct lm_map *map = d->look.map;
	const struct stretch *s = &d->stretch;
	char line[LINE_SIZE];
	char *at = line;

	if (s->span.start == s->span.end)
		return;
	at = put_hex(at, lm_va_of(map, s->span.start).v, 16);
	*at++ = '-';
	at = put_hex(at, lm_va_of(map, s->span.end - 1).v, 16);
	*at++ = ' ';
	at = put_hex(at, s->oa, 13);
	*at++ = ' ';
	at = put_size(at, s->size);
	at = put_string(at, " L");
	at = put_hex(at, (uint64_t)s->level, 1);
	at = put_string(at, kind_of(s));
	at = put_permissions(at, &map->fmt, s->attrs);
	at = put_string(at, " attr");
	at = put_hex(at, (s->attrs & LM_ATTR_INDEX(7)) / LM_ATTR_INDEX(1), 1);
	at = put_names(at, s->attrs);
	*at = '\0';
	d->line(d->ctx, line);
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
