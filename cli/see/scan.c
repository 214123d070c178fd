// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The walk through a source's tables. */
#include "see/scan.h"

#include <linmap/check.h>

struct scanner {
	struct source *source;
	const struct scan *scan;
	struct seen_leaf leaf;
	uint64_t above[LM_LEVELS]; /* hierarchical attributes on the way to a level */
	uint64_t done;
	uint64_t total;
};

static const struct lm_format *format_of(const struct scanner *scanner)
{
	return &scanner->source->map.fmt;
}

/* Leaves of a kind are gathered, and reported together when something else follows. */
static void report_leaves(struct scanner *scanner)
{
	const struct scan *scan = scanner->scan;

	if (!scanner->leaf.count)
		return;
	census_add(scan->census, &scanner->leaf);
	if (scan->leaf)
		scan->leaf(scan->ctx, &scanner->leaf);
	scanner->done += scanner->leaf.size * scanner->leaf.count;
	progress_update(scan->progress, scanner->done, scanner->total);
	scanner->leaf.count = 0;
}

static unsigned int bits_of(const struct lm_format *fmt, lm_attrs_t attrs, bool is_valid)
{
	bool has_user = lm_regime_has_two_ranges(fmt->config.regime);
	uint64_t never = has_user ? LM_ATTR_PXN : LM_ATTR_XN;

	return (attrs.v & LM_ATTR_READ_ONLY ? SEEN_READ_ONLY : 0U) |
	       (attrs.v & never ? 0U : SEEN_EXECUTABLE) |
	       (has_user && (attrs.v & LM_ATTR_EL0) ? SEEN_USER : 0U) |
	       (has_user && !(attrs.v & LM_ATTR_UXN) ? SEEN_USER_EXECUTABLE : 0U) |
	       (is_valid ? 0U : SEEN_INVALID);
}

static struct seen_leaf see_leaf(const struct scanner *scanner,
				 const struct lm_walk_item *item)
{
	const struct lm_format *fmt = format_of(scanner);
	uint64_t size = lm_item_size(&scanner->source->map, item);
	lm_attrs_t attrs = lm_desc_below(lm_desc_attrs(&fmt->oa, item->desc),
					 scanner->above[item->level - LM_FIRST_LEVEL],
					 lm_regime_has_two_ranges(fmt->config.regime));

	return (struct seen_leaf){
		.va = item->va.v,
		.pa = lm_desc_oa(&fmt->oa, item->desc).v & ~(size - 1),
		.has_pa = true,
		.size = size,
		.count = 1,
		.level = item->level,
		.is_run = item->entries > 1,
		.bits = bits_of(fmt, attrs, lm_desc_is_valid(item->desc)),
		.attr_index = (unsigned int)(attrs.v / LM_ATTR_INDEX(1) & 7),
		.attrs = attrs.v | (item->desc.v & LM_DESC_VALID),
	};
}

/* Whether @next goes on where the leaves before it end. */
static bool goes_on(const struct seen_leaf *leaf, const struct seen_leaf *next)
{
	uint64_t bytes = leaf->size * leaf->count;

	return leaf->count && next->va == leaf->va + bytes &&
	       next->pa == leaf->pa + bytes && next->size == leaf->size &&
	       next->level == leaf->level && next->is_run == leaf->is_run &&
	       next->attrs == leaf->attrs;
}

static int visit_leaf(struct scanner *scanner, const struct lm_walk_item *item)
{
	struct seen_leaf next = see_leaf(scanner, item);

	if (goes_on(&scanner->leaf, &next)) {
		scanner->leaf.count++;
		return LM_WALK_NEXT;
	}
	report_leaves(scanner);
	scanner->leaf = next;
	return LM_WALK_NEXT;
}

/* A table that was entered before maps the same again; it is counted, and not entered. */
static int visit_table(struct scanner *scanner, const struct lm_walk_item *item)
{
	const struct lm_format *fmt = format_of(scanner);
	uint64_t *above = &scanner->above[item->level - LM_FIRST_LEVEL];
	uint64_t pa = lm_desc_oa(&fmt->oa, item->desc).v;
	struct census *census = scanner->scan->census;
	int level = item->level + 1;

	if (table_cache_see(&scanner->source->cache, pa, level)) {
		if (!scanner->source->cache.out_of_memory)
			census_add_twice(census, item->va.v,
					 lm_entry_size(fmt, item->level));
		return LM_WALK_NEXT;
	}
	if (pa >> fmt->config.oa_bits)
		return LM_WALK_NEXT;
	census_add_table(census, item->va.v, level);
	above[1] = above[0] | (item->desc.v & LM_TABLE_ATTRS);
	return LM_WALK_DESCEND;
}

static int visit(void *ctx, struct lm_walk_item *item)
{
	struct scanner *scanner = ctx;

	if (lm_item_is_leaf(&scanner->source->map, item))
		return visit_leaf(scanner, item);
	if (item->entries == 1 && lm_desc_is_table(item->desc, item->level))
		return visit_table(scanner, item);
	scanner->scan->census->broken += lm_desc_is_valid(item->desc);
	return LM_WALK_NEXT;
}

int scan_source(struct source *source, const struct scan *scan, struct error *error)
{
	struct scanner scanner = {
		.source = source,
		.scan = scan,
		.total = banks_size(&source->memory.ram),
	};
	struct layout layout;

	layout_of_source(&layout, source);
	census_begin(scan->census, &source->map.fmt, &layout);
	scan->census->has_tables = true;
	progress_step(scan->progress, "reading tables");
	table_cache_see(&source->cache, source->map.root.v, source->map.fmt.start_level);
	lm_walk(&source->map, source_input(source), visit, &scanner);
	report_leaves(&scanner);
	census_end(scan->census);
	progress_end(scan->progress);
	if (!source->cache.out_of_memory)
		return 0;
	return error_set(error, "%s: out of memory (close other programs)", source->path);
}
