// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Single translations, and what they say about a root. */
#include "source/root.h"

#include <inttypes.h>
#include <stdio.h>

#include "source/vmcoreinfo.h"

void translate(const struct lm_map *map, uint64_t va, struct translation *translation)
{
	const struct lm_format *fmt = &map->fmt;
	uint64_t pa = map->root.v;

	*translation = (struct translation){ .count = 0 };
	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++) {
		const struct lm_level *geometry = lm_level(fmt, level);
		const lm_desc_t *table = map->env.table(map->env.ctx, (lm_pa_t){ pa });
		uint32_t index = (uint32_t)(va >> geometry->shift) &
				 (geometry->entries - 1);
		struct step *step = &translation->step[translation->count];

		translation->pa = pa;
		translation->unreadable = !table;
		if (!table)
			return;
		*step = (struct step){ level, table[index],
				       pa + index * sizeof(lm_desc_t) };
		translation->count++;
		pa = lm_desc_oa(&fmt->oa, step->desc).v;
		if (lm_desc_is_table(step->desc, level))
			continue;
		translation->translates = lm_desc_is_valid_leaf(step->desc, level) &&
					  geometry->leaf;
		pa &= ~(lm_entry_size(fmt, level) - 1);
		translation->pa = pa | (va & (lm_entry_size(fmt, level) - 1));
		return;
	}
}

/* ------------------------------------------------------------------------ the root */

struct root_count {
	uint32_t valid;
	uint32_t wrong;
};

/* Whether a valid entry of the root can be one. */
static bool is_sane(const struct lm_map *map, const struct memory *memory, lm_desc_t desc)
{
	const struct lm_format *fmt = &map->fmt;
	uint64_t oa = lm_desc_oa(&fmt->oa, desc).v;
	lm_desc_t first;

	if (oa >> fmt->config.oa_bits)
		return false;
	if (lm_desc_is_table(desc, fmt->start_level))
		return !memory->read(memory->ctx, oa, &first, sizeof(first));
	return lm_level(fmt, fmt->start_level)->leaf &&
	       lm_desc_is_valid_leaf(desc, fmt->start_level);
}

static struct root_count count_entries(const struct lm_map *map,
				       const struct memory *memory,
				       const lm_desc_t *table)
{
	uint32_t entries = lm_level(&map->fmt, map->fmt.start_level)->entries;
	struct root_count count = { 0, 0 };

	for (uint32_t i = 0; i < entries; i++) {
		count.valid += lm_desc_is_valid(table[i]);
		count.wrong += lm_desc_is_valid(table[i]) &&
			       !is_sane(map, memory, table[i]);
	}
	return count;
}

/* What may be the cause, after what was seen. */
static int refuse(const struct lm_map *map, const struct memory *memory, const char *path,
		  const char *what, struct error *error)
{
	return error_set(error, "%s: the root table at 0x%" PRIx64 " %s%s%s", path,
			 map->root.v, what, memory->trap[0] ? "; " : "", memory->trap);
}

/*
 * Linux maps its root, swapper_pg_dir, in its image, and where VMCOREINFO says the root
 * is, the tables must lead to it.
 */
static int check_swapper(const struct lm_map *map, const struct memory *memory,
			 const char *path, struct error *error)
{
	struct translation translation;
	char what[200];
	uint64_t va;

	if (!memory->vmcoreinfo ||
	    !vmcoreinfo_number(memory->vmcoreinfo, "SYMBOL(swapper_pg_dir)", 16, &va) ||
	    va - map->fmt.base >= UINT64_C(1) << map->fmt.config.ia_bits)
		return 0;
	translate(map, va, &translation);
	if (translation.translates && translation.pa == map->root.v)
		return 0;
	if (translation.translates)
		snprintf(what, sizeof(what),
			 "is not what it maps at swapper_pg_dir, 0x%" PRIx64
			 ", which is memory at 0x%" PRIx64,
			 va, translation.pa);
	else
		snprintf(what, sizeof(what),
			 "does not map swapper_pg_dir, 0x%" PRIx64 ", as Linux' does",
			 va);
	return refuse(map, memory, path, what, error);
}

int root_check(const struct lm_map *map, const struct memory *memory,
	       const struct facts *facts, const char *path, struct error *error)
{
	const lm_desc_t *table = map->env.table(map->env.ctx, map->root);
	struct root_count count;
	char what[200];

	if (!table)
		return refuse(map, memory, path,
			      "cannot be read: its memory is not in the file", error);
	count = count_entries(map, memory, table);
	if (!count.valid)
		return refuse(map, memory, path,
			      "has no valid entry (is this the right register?)", error);
	if (count.wrong * 2 >= count.valid) {
		snprintf(what, sizeof(what),
			 "is none: %u of its %u valid entries are no tables or blocks of "
			 "this machine",
			 count.wrong, count.valid);
		return refuse(map, memory, path, what, error);
	}
	/* Only if the root is the one that VMCOREINFO is about. */
	if (facts->fact[FACT_ROOT].origin != FACT_READ)
		return 0;
	return check_swapper(map, memory, path, error);
}
