// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tables that hold anything, as an embedder may hand them to the verifier and the dump:
 * links to themselves, to each other, to places without memory. Verifier and dump must
 * come to an end, stay inside the tables, and say something sensible.
 */
#include <linmap/check.h>
#include <string.h>

#include "input.h"

#define TABLES 6
#define SEEN   18 /* room for addresses of tables */
#define LINKS  12 /* with more, tables that are reached again and again take too long */

#define TABLES_PA UINT64_C(0x50000000)

/* Allocated one by one, so that AddressSanitizer sees every access outside. */
struct tables {
	size_t granule;
	lm_desc_t *table[TABLES];
};

static void *find_table(void *ctx, lm_pa_t pa)
{
	const struct tables *t = ctx;
	uint64_t offset = pa.v - TABLES_PA;

	return offset / t->granule < TABLES ? t->table[offset / t->granule] : NULL;
}

static bool take_format(struct lm_format *fmt, struct input *in)
{
	static const uint8_t oa_bits[] = { 48, 52, 32, 36, 40, 42, 44 };
	struct lm_format_config config = {
		.granule_shift = (uint8_t)(12 + 2 * take(in, 3)),
		.ia_bits = (uint8_t)(25 + take(in, 28)),
		.oa_bits = oa_bits[take(in, sizeof(oa_bits))],
		.lpa2 = take_flag(in),
		.regime = (enum lm_regime)take(in, LM_REGIMES),
		.half = take_flag(in) ? LM_UPPER : LM_LOWER,
		.hw_updates = take_flag(in),
		.present_invalid = take_flag(in) ? LM_BIT(58) : 0,
	};

	return !lm_format_init(fmt, &config);
}

static lm_desc_t take_desc(const struct tables *t, const struct lm_format *fmt,
			   struct input *in, unsigned int *links)
{
	lm_desc_t desc = { take_word(in) };
	unsigned int choice = take(in, 4);
	lm_pa_t pa = { TABLES_PA + take(in, TABLES) * t->granule };

	if (choice == 0) /* a leaf, or a table where there is no memory */
		return desc;
	if (choice == 1 && ++*links <= LINKS)
		return (lm_desc_t){ lm_desc_with_oa(&fmt->oa, desc, pa).v | 3 };
	desc.v &= choice == 2 ? ~UINT64_C(2) : 0;
	return desc;
}

/* One entry, or as many as a run and more, with consecutive addresses. */
static void fill(const struct tables *t, const struct lm_format *fmt, struct input *in)
{
	unsigned int links = 0;

	while (!input_is_empty(in)) {
		unsigned int table = take(in, TABLES);
		unsigned int at = take_byte(in) * (1 + take(in, 2));
		unsigned int count = take_flag(in) ? 1 + take_byte(in) : 1;
		unsigned int shift = lm_level(fmt, 3)->shift +
				     take(in, 3) * (lm_level(fmt, 3)->shift - 3u);
		lm_desc_t desc = take_desc(t, fmt, in, &links);

		/* The root may be smaller than the others. */
		if ((desc.v & 3) == 3)
			count = 1;
		for (; count && at < (table ? t->granule / 8 :
					      lm_level(fmt, fmt->start_level)->entries);
		     at++, count--) {
			t->table[table][at] = desc;
			desc.v += UINT64_C(1) << shift;
		}
	}
}

static void allocate(struct tables *t, const struct lm_format *fmt)
{
	t->granule = lm_granule_size(fmt);
	for (int i = 0; i < TABLES; i++)
		t->table[i] = calloc(1, i ? t->granule :
					    lm_level(fmt, fmt->start_level)->entries *
							sizeof(lm_desc_t));
}

/* ------------------------------------------------------------------ output */

struct findings {
	const struct lm_map *map;
	int64_t count;
	int64_t last; /* stop after this many */
	bool is_census;
};

static int found(void *ctx, const struct lm_finding *finding)
{
	struct findings *f = ctx;
	uint64_t offset = finding->va.v - f->map->fmt.base;

	if (!lm_finding_text(finding->kind)[0] || offset >> f->map->fmt.config.ia_bits)
		wrong("finding %d at 0x%" PRIx64, finding->kind, finding->va.v);
	f->is_census = finding->kind == LM_FOUND_CENSUS;
	return ++f->count == f->last ? -LM_EINVAL : 0;
}

static void check(struct lm_map *map, struct input *in)
{
	lm_pa_t seen[SEEN];
	size_t room = take(in, SEEN) + 1;
	struct findings all = { .map = map }, some = { .map = map };
	int64_t ret = lm_check(map, seen, SEEN, found, &all);

	if (ret != all.count)
		wrong("%" PRId64 " findings, but %" PRId64, all.count, ret);
	some.last = take_byte(in);
	ret = lm_check(map, seen, room, found, &some);
	if (ret != all.count && ret != -LM_ENOMEM && ret != -LM_EINVAL)
		wrong("%" PRId64 " findings, then %" PRId64, all.count, ret);
	some.count = 0;
	lm_check(map, NULL, 0, found, &some);
	/* If nothing else is wrong its leaves can be counted. */
	if (all.count != 1 || !all.is_census)
		return;
	if (lm_region_recount(map, map->regions))
		wrong("leaves cannot be counted");
	if (lm_check(map, seen, SEEN, found, &all))
		wrong("a census that was just taken is wrong");
}

struct lines {
	uint64_t next;
	bool is_full; /* the last line ended at 2^64 */
};

static void line(void *ctx, const char *text)
{
	struct lines *lines = ctx;
	uint64_t start, last;

	if (sscanf(text, "%" SCNx64 "-%" SCNx64 " ", &start, &last) != 2 || last < start)
		wrong("a line without addresses: %s", text);
	if (start < lines->next || lines->is_full)
		wrong("lines out of order: %s", text);
	lines->next = last + 1;
	lines->is_full = !lines->next;
}

static void dump(const struct lm_map *map)
{
	struct lm_range all = { { map->fmt.base },
				UINT64_C(1) << map->fmt.config.ia_bits };
	struct lines lines = { 0 };
	int err = lm_dump(map, all, line, &lines);

	if (err)
		wrong("dump: %s", lm_strerror(err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct tables tables;
	struct lm_format fmt;
	struct lm_env env = { .ctx = &tables, .table = find_table };
	struct lm_region region = { 0 };
	struct lm_map map;
	struct input again;

	if (!take_format(&fmt, &in))
		return 0;
	allocate(&tables, &fmt);
	again = in;
	fill(&tables, &fmt, &in);
	lm_map_init(&map, &fmt, &env, (lm_pa_t){ TABLES_PA });
	region.range =
		(struct lm_range){ { fmt.base }, UINT64_C(1) << fmt.config.ia_bits };
	map.regions = &region; /* its census counts nothing */
	check(&map, &again);
	dump(&map);
	for (int i = 0; i < TABLES; i++)
		free(tables.table[i]);
	return 0;
}
