// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a map maps, as text: one line for each stretch of leaves that differ in
 * nothing but their addresses. Knows names of attributes; judges nothing.
 */
#include <linmap/check.h>

#include "core.h"

/*
 * Leaves of one size and kind, with the same attributes, adjacent, of adjacent memory.
 * Addresses are in units of 4K: the digits that can be other ones than 000, or fff.
 */
struct stretch {
	uint64_t first;
	uint64_t last;	 /* before @first if there is no stretch */
	uint64_t offset; /* from input to output addresses */
	uint64_t attrs;	 /* effective attributes, and other bits that have a name */
};

#define IN_PAGE_DIGITS 3
#define IN_PAGE_BITS   (4 * IN_PAGE_DIGITS)

/* A line with every name is shorter than this. */
#define LINE_SIZE 128

/* A line, and what it says: of the next one only what differs has to be written. */
struct line {
	struct stretch says; /* empty if it was not written yet */
	uint64_t size;	     /* of a leaf in it */
	char text[LINE_SIZE];
};

struct dump {
	struct lm_look look;
	struct stretch stretch;
	uint64_t size; /* of one leaf in it, in bytes; no two kinds of leaves are as large */
	bool has_two_ranges;
	struct lm_span span; /* to be shown */
	struct line line;
	lm_line_fn *show;
	void *ctx;
};

/* What EL1 may do, then EL0: by UXN, PXN and AP. What EL0 may write, EL1 never executes. */
static const char permissions[16][8] = {
	" rwx --x", " rw- rwx", " r-x --x", " r-x r-x", /* neither */
	" rw- --x", " rw- rwx", " r-- --x", " r-- r-x", /* PXN */
	" rwx ---", " rw- rw-", " r-x ---", " r-x r--", /* UXN */
	" rw- ---", " rw- rw-", " r-- ---", " r-- r--", /* both */
};

/* What EL2 or EL3 may do, by UXN and AP[2]. */
static const char single_permissions[4][4] = { " rwx", " r-x", " rw-", " r--" };

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

static const char digits[] = "0123456789abcdef";

static char *put_hex(char *at, uint64_t value, unsigned int count)
{
	while (count--)
		*at++ = digits[value >> 4 * count & 15];
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

__attribute__((__always_inline__)) static inline char *
put_permissions(char *at, const struct dump *d, uint64_t attrs)
{
	uint64_t never = (attrs & (LM_ATTR_UXN | LM_ATTR_PXN)) / (LM_ATTR_PXN / 4);
	uint64_t access = (attrs & LM_ATTR_AP) / LM_ATTR_EL0;

	if (!d->has_two_ranges) {
		__builtin_memcpy(at, single_permissions[never >> 3 << 1 | access >> 1],
				 4);
		return at + 4;
	}
	__builtin_memcpy(at, permissions[never | access], 8);
	return at + 8;
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

/* Level and kind of leaves of @size bytes. */
static char *put_kind(char *at, const struct lm_format *fmt, uint64_t size)
{
	int level = LM_LAST_LEVEL;

	/* The entries of a run are the largest that are not larger than it. */
	while (level > fmt->start_level && lm_entry_size(fmt, level - 1) <= size)
		level--;
	at = put_string(at, " L");
	at = put_hex(at, (uint64_t)level, 1);
	if (size != lm_entry_size(fmt, level))
		return put_string(at, " run  ");
	return put_string(at, level == LM_LAST_LEVEL ? " page " : " block");
}

/* Where things are in a line: the digits of addresses that differ, and permissions. */
#define DIGITS		  16
#define OA_DIGITS	  13
#define LAST_OF_FIRST	  (DIGITS - IN_PAGE_DIGITS - 1)
#define LAST_OF_LAST	  (LAST_OF_FIRST + 1 + DIGITS)
#define LAST_OF_OA	  (LAST_OF_LAST + 1 + OA_DIGITS)
#define START_PERMISSIONS (LAST_OF_OA + IN_PAGE_DIGITS + 1 + 1 + 4 + 3 + 6)

static void show_line(struct dump *d)
{
	d->line.says = d->stretch;
	d->show(d->ctx, d->line.text);
}

/* Kept out of the way of lines that differ only in some digits and letters. */
static LM_NOINLINE void say_whole_line(struct dump *d)
{
	const struct stretch *s = &d->stretch;
	char *at = d->line.text;

	at = put_hex(at, s->first << IN_PAGE_BITS, DIGITS);
	*at++ = '-';
	at = put_hex(at, (s->last << IN_PAGE_BITS) + LM_BITS(IN_PAGE_BITS - 1, 0),
		     DIGITS);
	*at++ = ' ';
	at = put_hex(at, (s->first + s->offset) << IN_PAGE_BITS, OA_DIGITS);
	*at++ = ' ';
	at = put_size(at, d->size);
	at = put_kind(at, &d->look.map->fmt, d->size);
	at = put_permissions(at, d, s->attrs);
	at = put_string(at, " attr");
	at = put_hex(at, (s->attrs & LM_ATTR_INDEX(7)) / LM_ATTR_INDEX(1), 1);
	at = put_names(at, s->attrs);
	*at = '\0';
	d->line.size = d->size;
	show_line(d);
}

/* Of each address the last digit that can differ from what is written, and all that do. */
static void rewrite_addresses(struct line *line, const struct stretch *s)
{
	const struct stretch *says = &line->says;
	uint64_t first = s->first;
	uint64_t last = s->last;
	uint64_t oa = first + s->offset;
	uint64_t differs = (first ^ says->first) | (last ^ says->last) |
			   (oa ^ (says->first + says->offset));

	for (size_t i = 0;; i++, first >>= 4, last >>= 4, oa >>= 4) {
		line->text[LAST_OF_FIRST - i] = digits[first & 15];
		line->text[LAST_OF_LAST - i] = digits[last & 15];
		line->text[LAST_OF_OA - i] = digits[oa & 15];
		differs >>= 4;
		if (!differs)
			return;
	}
}

/* Whether only addresses and permissions differ. */
static bool is_like_the_line(const struct dump *d)
{
	uint64_t others = ~(LM_ATTR_AP | LM_ATTR_PXN | LM_ATTR_UXN);

	return d->size == d->line.size &&
	       !((d->stretch.attrs ^ d->line.says.attrs) & others);
}

static void say_stretch(struct dump *d)
{
	const struct stretch *s = &d->stretch;

	if (!is_like_the_line(d)) {
		say_whole_line(d);
		return;
	}
	rewrite_addresses(&d->line, s);
	put_permissions(d->line.text + START_PERMISSIONS, d, s->attrs);
	show_line(d);
}

static void end_stretch(struct dump *d)
{
	if (d->stretch.first <= d->stretch.last)
		say_stretch(d);
}

/* Which bits of a descriptor are shown as they are, and those that are in any case. */
struct shown {
	uint64_t bits;
	uint64_t also;
};

/* For @leaf and others that differ from it in nothing but attributes. */
static struct shown shown_of(const struct lm_look *look, const struct lm_walk_item *leaf)
{
	struct lm_leaf_change change = lm_look_change(look, leaf->level);
	struct shown shown = {
		.bits = ~(lm_desc_not_attrs(&look->map->fmt.oa) | change.clear |
			  change.set),
		.also = change.set | (~leaf->desc.v & LM_DESC_VALID),
	};

	if (leaf->entries == 1)
		shown.also |= leaf->desc.v & LM_DESC_CONTIGUOUS;
	if (leaf->level < LM_LAST_LEVEL)
		shown.also |= leaf->desc.v & LM_BLOCK_NT;
	return shown;
}

/*
 * After a leaf without a hint: the entries of its table that are leaves like it, of the
 * memory that comes next. Only their attributes may differ. The hot path of a dump.
 */
static void add_next_leaves(struct dump *d, struct lm_walk_item *leaf, struct shown shown)
{
	const struct lm_map *map = d->look.map;
	struct stretch *s = &d->stretch;
	uint64_t fixed = lm_desc_not_attrs(&map->fmt.oa) |
			 map->fmt.config.present_invalid;
	uint64_t size = d->size;
	uint64_t alike = lm_walk_alike(map, leaf, ~UINT64_C(0), size, d->span.end);
	uint64_t expected = leaf->desc.v + alike * size;
	const lm_desc_t *entry = leaf->slot + alike;
	const lm_desc_t *end =
		leaf->slot +
		lm_entries_in_place(map, leaf, (lm_pa_t){ d->look.oa }, d->span.end);

	s->last += (alike - 1) * (size >> IN_PAGE_BITS);
	for (; entry < end; entry++, expected += size) {
		uint64_t next = lm_arch_load(entry).v;

		if ((next ^ expected) & fixed)
			break;
		/* Tables above may have taken away all that differs. */
		if ((next ^ expected) & shown.bits) {
			say_stretch(d);
			s->first = s->last + 1;
			s->attrs = (next & shown.bits) | shown.also;
		}
		s->last += size >> IN_PAGE_BITS;
		expected = next;
	}
	leaf->entries = (uint32_t)(entry - leaf->slot);
}

static void add_leaves(struct dump *d, struct lm_walk_item *item)
{
	struct stretch *s = &d->stretch;
	struct shown shown = shown_of(&d->look, item);
	uint64_t attrs = (item->desc.v & shown.bits) | shown.also;
	uint64_t size = d->look.span.end - d->look.span.start;
	uint64_t first = item->va.v >> IN_PAGE_BITS;
	uint64_t oa = d->look.oa & -lm_entry_size(&d->look.map->fmt, item->level);
	uint64_t offset = (oa >> IN_PAGE_BITS) - first;

	if (first != s->last + 1 || offset != s->offset || size != d->size ||
	    attrs != s->attrs) {
		end_stretch(d);
		s->first = first;
		s->offset = offset;
		s->attrs = attrs;
		d->size = size;
	}
	s->last = first + (size >> IN_PAGE_BITS) - 1;
	if (item->entries == 1 && !lm_desc_is_contiguous(item->desc))
		add_next_leaves(d, item, shown);
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
	struct dump d = { .show = line, .ctx = ctx, .stretch.first = 1 };
	int err = lm_span_of(map, range, &d.span);

	if (err)
		return err;
	d.has_two_ranges = lm_regime_has_two_ranges(map->fmt.config.regime);
	lm_look_init(&d.look, map);
	err = lm_walk_within(map, d.span, dump_visit, &d);
	end_stretch(&d);
	return err;
}
