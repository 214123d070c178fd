// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What tables map, from the Arm ARM (D8.3, D8.7.1), and lists of it. */
#include "view.h"

#include <string.h>

#include "input.h"

/* -------------------------------------------------------------------- geometry */

#define BITS(high, low) ((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))

static unsigned int entry_shift(const struct lm_format_config *config, int level)
{
	unsigned int stride = config->granule_shift - 3u;

	return config->granule_shift + (unsigned int)(3 - level) * stride;
}

static int start_level(const struct lm_format_config *config)
{
	int level = 3;

	while (entry_shift(config, level - 1) < config->ia_bits)
		level--;
	return level;
}

static unsigned int entries_of(const struct lm_format_config *config, int level)
{
	if (level > start_level(config))
		return 1u << (config->granule_shift - 3);
	return 1u << (config->ia_bits - entry_shift(config, level));
}

static int first_leaf_level(const struct lm_format_config *config)
{
	if (config->granule_shift == 12)
		return config->lpa2 ? 0 : 1;
	if (config->granule_shift == 14)
		return config->lpa2 ? 1 : 2;
	return config->oa_bits == 52 ? 1 : 2;
}

/* Entries of a run; a run longer than its table does not exist. */
static unsigned int run_of(const struct lm_format_config *config, int level)
{
	unsigned int run = 1;

	if (config->granule_shift == 12)
		run = level >= 1 ? 16 : 1;
	else if (config->granule_shift == 14)
		run = level == 3 ? 128 : level == 2 ? 32 : 1;
	else
		run = level >= 2 ? 32 : 1;
	return run <= entries_of(config, level) ? run : 1;
}

static uint64_t address_bits(const struct lm_format_config *config)
{
	return config->lpa2 ? BITS(49, 12) | BITS(9, 8) : BITS(47, 12);
}

static uint64_t output_of(const struct lm_format_config *config, uint64_t desc)
{
	if (config->lpa2)
		return (desc & BITS(49, 12)) | (desc & BITS(9, 8)) << 42;
	if (config->granule_shift == 16)
		return (desc & BITS(47, 16)) | (desc & BITS(15, 12)) << 36;
	return desc & BITS(47, 12);
}

uint64_t arm_attrs_mask(const struct lm_format_config *config)
{
	return ~(address_bits(config) | BITS(1, 0) | BITS(52, 52));
}

static bool has_two_ranges(const struct lm_format_config *config)
{
	return config->regime == LM_EL1_0 || config->regime == LM_EL2_0;
}

/* APTable[0] and PXNTable are reserved where the regime is of one exception level. */
uint64_t arm_table_attrs(const struct lm_format_config *config)
{
	return has_two_ranges(config) ? BITS(63, 59) : BITS(63, 62) | BITS(60, 60);
}

/* What tables take away (D8.4.2); DBM has no effect where nobody may write. */
static uint64_t effective(const struct lm_format_config *config,
			  const struct stretch *leaves)
{
	uint64_t above = leaves->above & arm_table_attrs(config);
	uint64_t attrs = leaves->attrs;

	if (above & BITS(59, 59))
		attrs |= BITS(53, 53);
	if (above & BITS(60, 60))
		attrs |= BITS(54, 54);
	if (above & BITS(61, 61))
		attrs &= ~BITS(6, 6);
	if (above & BITS(62, 62))
		attrs = (attrs & ~BITS(51, 51)) | BITS(7, 7);
	if (above & BITS(63, 63))
		attrs |= BITS(5, 5);
	return attrs;
}

unsigned int arm_leaf_sizes(const struct lm_format_config *config,
			    uint64_t sizes[ARM_LEAF_SIZES])
{
	int start = start_level(config);
	unsigned int count = 0;

	for (int level = 3; level >= start && level >= first_leaf_level(config);
	     level--) {
		uint64_t size = UINT64_C(1) << entry_shift(config, level);

		sizes[count++] = size;
		if (run_of(config, level) > 1)
			sizes[count++] = run_of(config, level) * size;
	}
	return count;
}

/* ------------------------------------------------------------------------ lists */

static bool continues(const struct stretch *last, const struct stretch *next)
{
	return last->end == next->start && last->attrs == next->attrs &&
	       last->above == next->above && last->leaf == next->leaf &&
	       last->pa + (last->end - last->start) == next->pa;
}

static void append(struct view *view, struct stretch next)
{
	if (next.start == next.end)
		return;
	if (view->count && continues(&view->stretch[view->count - 1], &next)) {
		view->stretch[view->count - 1].end = next.end;
		return;
	}
	if (view->count == VIEW_STRETCHES) {
		view->overflow = true;
		return;
	}
	view->stretch[view->count++] = next;
}

/* The part of a stretch between two addresses; may be empty. */
static struct stretch part(struct stretch s, uint64_t start, uint64_t end)
{
	uint64_t from = start > s.start ? start : s.start;
	uint64_t to = end < s.end ? end : s.end;

	if (from >= to)
		return (struct stretch){ 0 };
	s.pa += from - s.start;
	s.start = from;
	s.end = to;
	return s;
}

void stretch_translated(struct stretch *s, const struct lm_format_config *config)
{
	(void)config;
	s->leaf = 0;
}

void stretch_given(struct stretch *s, const struct lm_format_config *config)
{
	(void)config;
	s->leaf = s->above = 0;
}

void stretch_effective(struct stretch *s, const struct lm_format_config *config)
{
	s->attrs = effective(config, s);
	s->leaf = s->above = 0;
}

void view_as(struct view *to, const struct view *from, stretch_fn *as,
	     const struct lm_format_config *config)
{
	to->count = 0;
	to->overflow = from->overflow;
	for (size_t i = 0; i < from->count; i++) {
		struct stretch s = from->stretch[i];

		as(&s, config);
		append(to, s);
	}
}

bool view_is_restricted(const struct view *view, const struct lm_format_config *config)
{
	for (size_t i = 0; i < view->count; i++) {
		if (effective(config, &view->stretch[i]) != view->stretch[i].attrs)
			return true;
	}
	return false;
}

const struct stretch *view_difference(const struct view *a, const struct view *b)
{
	size_t i = 0;

	while (i < a->count && i < b->count &&
	       !memcmp(&a->stretch[i], &b->stretch[i], sizeof(a->stretch[i])))
		i++;
	if (i < a->count)
		return &a->stretch[i];
	return i < b->count ? &b->stretch[i] : NULL;
}

void view_map(struct view *view, struct stretch what)
{
	static struct view old;

	old = *view;
	view->count = 0;
	for (size_t i = 0; i < old.count; i++)
		append(view, part(old.stretch[i], 0, what.start));
	append(view, what);
	for (size_t i = 0; i < old.count; i++)
		append(view, part(old.stretch[i], what.end, UINT64_MAX));
}

void view_unmap(struct view *view, uint64_t start, uint64_t end)
{
	static struct view old;

	old = *view;
	view->count = 0;
	for (size_t i = 0; i < old.count; i++) {
		append(view, part(old.stretch[i], 0, start));
		append(view, part(old.stretch[i], end, UINT64_MAX));
	}
}

/* A leaf whose validity does not change stays; an invalid one keeps its mark. */
static uint64_t changed(uint64_t attrs, struct lm_leaf_change change, uint64_t mark)
{
	bool is_valid = attrs & 1;
	uint64_t keep = is_valid ? 0 : mark;

	if ((change.set | change.clear) & 1) {
		keep = 0;
		if (is_valid == (change.set & 1))
			return attrs;
	}
	return (attrs & ~(change.clear & ~keep)) | (change.set & ~keep);
}

bool stretch_changes(const struct stretch *s, struct lm_leaf_change change, uint64_t mark)
{
	return changed(s->attrs, change, mark) != s->attrs;
}

void view_change(struct view *view, struct lm_range offsets, struct lm_leaf_change change,
		 uint64_t mark)
{
	uint64_t start = offsets.start.v, end = start + offsets.size;
	static struct view old;

	old = *view;
	view->count = 0;
	for (size_t i = 0; i < old.count; i++) {
		struct stretch inside = part(old.stretch[i], start, end);

		inside.attrs = changed(inside.attrs, change, mark);
		append(view, part(old.stretch[i], 0, start));
		append(view, inside);
		append(view, part(old.stretch[i], end, UINT64_MAX));
	}
}

void view_restrict(struct view *view, struct stretch what)
{
	static struct view old;

	old = *view;
	view->count = 0;
	for (size_t i = 0; i < old.count; i++) {
		struct stretch inside = part(old.stretch[i], what.start, what.end);

		inside.above |= what.above;
		append(view, part(old.stretch[i], 0, what.start));
		append(view, inside);
		append(view, part(old.stretch[i], what.end, UINT64_MAX));
	}
}

bool view_maps_any(const struct view *view, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < view->count; i++) {
		if (view->stretch[i].start < end && start < view->stretch[i].end)
			return true;
	}
	return false;
}

bool view_has_leaf_across(const struct view *view, uint64_t at)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct stretch *s = &view->stretch[i];

		if (s->start < at && at < s->end)
			return (at - s->start) % s->leaf;
	}
	return false;
}

/* ------------------------------------------------------------------------- walk */

struct walk {
	struct view *view;
	const struct lm_format_config *config;
	struct memory *memory;
	size_t tables;
};

static bool is_leaf(const struct lm_format_config *config, uint64_t desc, int level)
{
	if (level < first_leaf_level(config))
		return false;
	if (!(desc & 1))
		return desc & config->present_invalid;
	return level == 3 ? (desc & 3) == 3 : (desc & 3) == 1;
}

/* Whether the run of entry @i of @table consists of leaves of adjacent memory. */
static bool is_whole_run(const struct lm_format_config *config, const uint64_t *table,
			 unsigned int i, int level)
{
	unsigned int run = run_of(config, level);
	unsigned int first = i - i % run;

	for (unsigned int j = 0; j < run; j++) {
		uint64_t desc = table[first + j];

		if (!is_leaf(config, desc, level) || !(desc & BITS(52, 52)) ||
		    output_of(config, desc) !=
			    output_of(config, table[first]) +
				    ((uint64_t)j << entry_shift(config, level)))
			return false;
	}
	return run > 1;
}

/* @above: the descriptors of the tables on the way, or-ed. */
static void add_leaf(struct walk *walk, uint64_t desc, int level, uint64_t at,
		     uint64_t above, bool is_run)
{
	uint64_t size = UINT64_C(1) << entry_shift(walk->config, level);
	uint64_t attrs = desc & (arm_attrs_mask(walk->config) | 1);

	append(walk->view, (struct stretch){
				   at,
				   at + size,
				   output_of(walk->config, desc),
				   attrs,
				   above & BITS(63, 59),
				   is_run ? run_of(walk->config, level) * size : size,
			   });
}

static void walk_table(struct walk *walk, uint64_t pa, int level, uint64_t at,
		       uint64_t above)
{
	uint64_t entry_size = UINT64_C(1) << entry_shift(walk->config, level);
	unsigned int entries = entries_of(walk->config, level);
	size_t index = memory_index(walk->memory, pa);
	const uint64_t *table = memory_table(walk->memory, (lm_pa_t){ pa });

	if (index >= walk->memory->count || !walk->memory->taken[index])
		wrong("0x%" PRIx64 " leads to a table at 0x%" PRIx64
		      " that is not in use",
		      at, pa);
	if (++walk->tables > walk->memory->count)
		wrong("tables are reached more than once");
	for (unsigned int i = 0; i < entries; i++, at += entry_size) {
		if (!table[i])
			continue;
		if (level < 3 && (table[i] & 3) == 3)
			walk_table(walk, output_of(walk->config, table[i]), level + 1, at,
				   above | table[i]);
		else if (is_leaf(walk->config, table[i], level))
			add_leaf(walk, table[i], level, at, above,
				 is_whole_run(walk->config, table, i, level));
	}
}

size_t view_take(struct view *view, const struct lm_format_config *config,
		 struct memory *memory, lm_pa_t root)
{
	struct walk walk = { .view = view, .config = config, .memory = memory };

	view->count = 0;
	view->overflow = false;
	walk_table(&walk, root.v, start_level(config), 0, 0);
	return walk.tables;
}

/* A search for tables that map nothing and have a part of this. */
struct emptiness {
	const struct lm_format_config *config;
	struct memory *memory;
	uint64_t start, end;
	const struct stretch *kept;
	size_t kept_count;
	bool is_found;
};

static bool is_kept(const struct emptiness *search, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < search->kept_count; i++) {
		if (search->kept[i].start < end && start < search->kept[i].end)
			return true;
	}
	return false;
}

/* Return: whether something is mapped in it. */
static bool search_table(struct emptiness *search, lm_pa_t pa, int level, uint64_t at)
{
	unsigned int shift = entry_shift(search->config, level);
	unsigned int entries = entries_of(search->config, level);
	const uint64_t *table = memory_table(search->memory, pa);
	bool maps = false;

	for (unsigned int i = 0; i < entries; i++) {
		lm_pa_t below = { output_of(search->config, table[i]) };
		uint64_t first = at + ((uint64_t)i << shift);
		uint64_t end = first + (UINT64_C(1) << shift);
		bool has;

		if (level == 3 || (table[i] & 3) != 3) {
			maps = maps || is_leaf(search->config, table[i], level);
			continue;
		}
		has = search_table(search, below, level + 1, first);
		if (!has && first < search->end && search->start < end &&
		    !is_kept(search, first, end))
			search->is_found = true;
		maps = maps || has;
	}
	return maps;
}

bool view_has_empty_table(const struct lm_format_config *config, struct memory *memory,
			  lm_pa_t root, uint64_t start, uint64_t end,
			  const struct stretch *kept, size_t kept_count)
{
	struct emptiness search = { config, memory, start, end, kept, kept_count, false };

	search_table(&search, root, start_level(config), 0);
	return search.is_found;
}

uint64_t *arm_table_slot(const struct lm_format_config *config, struct memory *memory,
			 lm_pa_t root, uint64_t offset, unsigned int down,
			 struct stretch *what)
{
	for (int level = start_level(config); level < 3; level++) {
		unsigned int shift = entry_shift(config, level);
		uint64_t *slot = memory_table(memory, root);

		slot += (offset >> shift) % entries_of(config, level);
		if ((*slot & 3) != 3)
			return NULL;
		what->start = offset >> shift << shift;
		what->end = what->start + (UINT64_C(1) << shift);
		if (!down--)
			return slot;
		root.v = output_of(config, *slot);
	}
	return NULL;
}

uint64_t *arm_leaf_slot(const struct lm_format_config *config, struct memory *memory,
			lm_pa_t root, uint64_t offset)
{
	for (int level = start_level(config); level <= 3; level++) {
		uint64_t *slot = memory_table(memory, root);

		slot += (offset >> entry_shift(config, level)) %
			entries_of(config, level);
		if (is_leaf(config, *slot, level))
			return slot;
		if (level == 3 || (*slot & 3) != 3)
			return NULL;
		root.v = output_of(config, *slot);
	}
	return NULL;
}
