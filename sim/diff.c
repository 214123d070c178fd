/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How translations differ: tables from a translation that was held, tables from other
 * tables. Skips identical sub-trees. Knows nothing of time.
 */
#include "sim_internal.h"

bool sim_desc_same(const struct sim_geometry *geo, int level, uint64_t a, uint64_t b)
{
	enum sim_desc_kind kind = sim_desc_kind(geo, level, a);

	if (kind != sim_desc_kind(geo, level, b))
		return false;
	if (kind == SIM_TABLE)
		return sim_table_output(geo, a) == sim_table_output(geo, b) &&
		       !((a ^ b) & geo->table_attrs);
	if (kind == SIM_LEAF)
		return sim_leaf_output(geo, level, a) == sim_leaf_output(geo, level, b) &&
		       sim_desc_hinted(geo, level, a) == sim_desc_hinted(geo, level, b) &&
		       sim_desc_nt(level, a) == sim_desc_nt(level, b) &&
		       !((a ^ b) & geo->attrs);
	return true;
}

struct sim_mapping sim_leaf_mapping(const struct sim_geometry *geo, int level,
				    uint64_t va, uint64_t desc, uint64_t above)
{
	bool contiguous = sim_desc_hinted(geo, level, desc);
	uint64_t size = contiguous ? sim_run_size(geo, level) :
				     sim_entry_size(geo, level);

	return (struct sim_mapping){
		.start = va & ~(size - 1),
		.last = va | (size - 1),
		.offset = sim_leaf_output(geo, level, desc) - va,
		.attrs = sim_effective_attrs(geo, desc, above),
		.level = level,
		.contiguous = contiguous,
		.nt = sim_desc_nt(level, desc),
		.tagged = (desc & geo->not_global) != 0,
	};
}

/* A descriptor and its place. */
struct place {
	int level;
	uint64_t va;
	uint64_t desc;
	uint64_t above; /* hierarchical attributes of the tables on the way, or-ed */
};

static uint64_t place_attrs(const struct sim_geometry *geo, const struct place *place)
{
	return sim_effective_attrs(geo, place->desc, place->above);
}

/* What a table descriptor passes on to what is below it. */
static uint64_t passed_on(const struct sim_geometry *geo, const struct place *place)
{
	return place->above | (place->desc & geo->table_attrs);
}

/* Do two places of one level and address say the same to a walker that comes there? */
static bool same_places(const struct sim_geometry *geo, const struct place *a,
			const struct place *b)
{
	uint64_t attrs = geo->attrs | geo->table_attrs;

	if (a->above == b->above)
		return sim_desc_same(geo, a->level, a->desc, b->desc);
	if (!sim_desc_same(geo, a->level, a->desc & ~attrs, b->desc & ~attrs))
		return false;
	if (sim_desc_kind(geo, a->level, a->desc) == SIM_TABLE)
		return passed_on(geo, a) == passed_on(geo, b);
	return sim_desc_kind(geo, a->level, a->desc) == SIM_INVALID ||
	       place_attrs(geo, a) == place_attrs(geo, b);
}

/* The MMU makes a leaf with DBM writable when it is written to. */
static bool is_writable(uint64_t attrs)
{
	return !(attrs & SIM_DESC_READ_ONLY) || (attrs & SIM_DESC_DBM);
}

/* Whether @attrs forbid a data access that @before allowed. */
static bool takes_away(const struct sim_geometry *geo, uint64_t before, uint64_t attrs)
{
	return (is_writable(before) && !is_writable(attrs)) ||
	       (before & ~attrs & geo->attrs & SIM_DESC_EL0);
}

/* Hardware itself writes AP[2] where both have DBM (Arm ARM D8.5). */
static bool attrs_differ(uint64_t a, uint64_t b, uint64_t differ)
{
	return (a & b & SIM_DESC_DBM) ? differ & ~SIM_DESC_READ_ONLY : differ;
}

static inline unsigned int kinds_of(const struct sim_geometry *geo,
				    const struct sim_mapping *held,
				    const struct place *place)
{
	int level = place->level;
	uint64_t desc = place->desc;
	uint64_t now = place_attrs(geo, place), attrs = now ^ held->attrs;
	unsigned int kinds = 0;

	if (sim_desc_kind(geo, level, desc) != SIM_LEAF)
		return SIM_DIFF_GONE;
	if (level != held->level || sim_desc_hinted(geo, level, desc) != held->contiguous)
		kinds |= SIM_DIFF_SIZE;
	if ((kinds & SIM_DIFF_SIZE) && !sim_desc_nt(level, desc))
		kinds |= SIM_DIFF_MEETS;
	if (sim_leaf_output(geo, level, desc) - place->va != held->offset)
		kinds |= SIM_DIFF_OA;
	if (attrs & geo->type)
		kinds |= SIM_DIFF_TYPE;
	if (attrs & ~geo->type)
		kinds |= SIM_DIFF_ATTRS;
	if (attrs & geo->type & ~geo->not_global)
		kinds |= SIM_DIFF_MEMORY;
	if ((kinds & SIM_DIFF_MEETS) && attrs_differ(held->attrs, now, attrs))
		kinds |= SIM_DIFF_BOTH;
	if (attrs && takes_away(geo, held->attrs, now))
		kinds |= SIM_DIFF_TAKEN;
	return kinds;
}

/* Whether both map, and differ in size, address or type. */
bool sim_mappings_differ(const struct sim_geometry *geo, const struct sim_mapping *a,
			 const struct sim_mapping *b, struct sim_difference *difference)
{
	unsigned int kinds = 0;

	if (a->level != b->level || a->contiguous != b->contiguous)
		kinds |= SIM_DIFF_SIZE | SIM_DIFF_MEETS;
	if (a->offset != b->offset)
		kinds |= SIM_DIFF_OA;
	if ((a->attrs ^ b->attrs) & geo->type)
		kinds |= SIM_DIFF_TYPE;
	if ((kinds & SIM_DIFF_SIZE) &&
	    attrs_differ(a->attrs, b->attrs, a->attrs ^ b->attrs))
		kinds |= SIM_DIFF_BOTH;
	*difference = (struct sim_difference){
		.kind = kinds,
		.va = a->start > b->start ? a->start : b->start,
		.size = sim_entry_size(geo, b->level),
		.held = *a,
		.level = b->level,
		.contiguous = b->contiguous,
	};
	return kinds != 0;
}

/* ---------------------------------------------------- a held translation, tables */

struct comparison {
	const struct sim *sim;
	const struct sim_mapping *held;
	unsigned int wanted;
	struct sim_difference *difference;
};

static void fill_difference(const struct comparison *compare, const struct place *place,
			    unsigned int kind)
{
	const struct sim_geometry *geo = &compare->sim->geo;
	uint64_t va = place->va > compare->held->start ? place->va : compare->held->start;

	*compare->difference = (struct sim_difference){
		.kind = kind,
		.va = va,
		.size = sim_entry_size(geo, place->level),
		.held = *compare->held,
		.level = place->level,
		.contiguous = kind != SIM_DIFF_GONE &&
			      sim_desc_hinted(geo, place->level, place->desc),
	};
}

/* No look-up matches both: they are tagged with different ASIDs. */
static bool is_no_concern(const struct comparison *compare, const struct place *place)
{
	const struct sim_geometry *geo = &compare->sim->geo;

	return (compare->wanted & SIM_DIFF_OTHER_ASID) && compare->held->tagged &&
	       (sim_desc_kind(geo, place->level, place->desc) != SIM_LEAF ||
		(place->desc & geo->not_global));
}

/* True if the leaf or hole at @place differs in one of the wanted ways. */
static bool place_differs(const struct comparison *compare, const struct place *place)
{
	unsigned int kinds;

	if (is_no_concern(compare, place))
		return false;
	kinds = kinds_of(&compare->sim->geo, compare->held, place);
	kinds &= compare->wanted;
	if (!kinds)
		return false;
	fill_difference(compare, place, kinds);
	return true;
}

#define SIZES (SIM_DIFF_SIZE | SIM_DIFF_MEETS | SIM_DIFF_BOTH)

/* Bits of a page descriptor in which a difference could be wanted. */
static uint64_t page_bits(const struct comparison *compare)
{
	const struct sim_geometry *geo = &compare->sim->geo;
	uint64_t bits = SIM_DESC_VALID | SIM_DESC_TABLE | geo->beyond;

	if (compare->wanted & SIM_DIFF_OA)
		bits |= geo->in_place | geo->moved;
	if (compare->wanted & SIM_DIFF_TYPE)
		bits |= geo->type;
	if (compare->wanted &
	    (SIM_DIFF_ATTRS | SIM_DIFF_MEMORY | SIM_DIFF_TAKEN | SIM_DIFF_BOTH))
		bits |= geo->attrs;
	if (compare->wanted & SIZES)
		bits |= SIM_DESC_CONTIGUOUS;
	return bits;
}

/* The first page from @index to @end that needs a closer look: most are as expected. */
static unsigned int skip_pages(const struct comparison *compare, const uint64_t *table,
			       uint64_t table_va, unsigned int index, unsigned int end)
{
	const struct sim_geometry *geo = &compare->sim->geo;
	const struct sim_mapping *held = compare->held;
	uint64_t bits = page_bits(compare);
	uint64_t rest = held->attrs | SIM_DESC_VALID | SIM_DESC_TABLE;
	uint64_t pa = table_va + index * geo->granule_size + held->offset;

	if (held->contiguous)
		rest |= SIM_DESC_CONTIGUOUS;
	for (; index <= end; index++, pa += geo->granule_size) {
		if ((table[index] ^ (sim_output_bits(geo, pa) | rest)) & bits)
			break;
	}
	return index;
}

static bool subtree_differs(const struct comparison *compare, const struct place *place);

/* @at: where its first entry is. */
static bool table_differs(const struct comparison *compare, const uint64_t *table,
			  const struct place *at)
{
	const struct sim_geometry *geo = &compare->sim->geo;
	uint64_t table_va = at->va, above = at->above;
	int level = at->level;
	uint64_t table_last =
		table_va + ((uint64_t)sim_entries(geo, level) << sim_shift(geo, level)) -
		1;
	uint64_t start = compare->held->start > table_va ? compare->held->start :
							   table_va;
	uint64_t last = compare->held->last < table_last ? compare->held->last :
							   table_last;
	unsigned int index = sim_index(geo, level, start),
		     end = sim_index(geo, level, last);
	bool skip = level == SIM_LAST_LEVEL && !above &&
		    (compare->held->level == level || !(compare->wanted & SIZES));

	for (; index <= end; index++) {
		struct place place;

		if (skip)
			index = skip_pages(compare, table, table_va, index, end);
		if (index > end)
			break;
		place.level = level;
		place.va = table_va + ((uint64_t)index << sim_shift(geo, level));
		place.desc = table[index];
		place.above = above;
		if (subtree_differs(compare, &place))
			return true;
	}
	return false;
}

static bool subtree_differs(const struct comparison *compare, const struct place *place)
{
	const struct sim_geometry *geo = &compare->sim->geo;
	struct place below = { place->level + 1, place->va, 0, passed_on(geo, place) };
	const uint64_t *table;

	if (sim_desc_kind(geo, place->level, place->desc) != SIM_TABLE)
		return place_differs(compare, place);
	table = sim_table_at(compare->sim, sim_table_output(geo, place->desc));
	if (!table)
		return place_differs(compare, place);
	return table_differs(compare, table, &below);
}

bool sim_differs(const struct sim *sim, uint64_t root, const struct sim_mapping *held,
		 unsigned int wanted, struct sim_difference *difference)
{
	struct comparison compare = { sim, held, wanted, difference };
	const uint64_t *table = sim_table_at(sim, root);
	struct place top = { sim->geo.start, sim->geo.base, 0, 0 };

	return table && wanted && table_differs(&compare, table, &top);
}

/* ------------------------------------------------------------------ tables, tables */

/*
 * Visits each leaf in [@start, @last] below one descriptor that another one does not
 * reach in the same place, and each table on the way. @leaf gets what is there instead,
 * and returns false to stop.
 */
struct changes {
	const struct sim *sim;
	uint64_t start, last;
	bool (*leaf)(void *ctx, const struct place *old, const struct place *now);
	void (*table)(void *ctx, const struct place *place);
	void *ctx;
};

static bool visit_change(const struct changes *changes, const struct place *old,
			 const struct place *now);

static struct place place_below(const struct sim_geometry *geo, const struct place *place,
				const uint64_t *table, unsigned int index)
{
	int level = place->level + 1;

	return (struct place){
		.level = level,
		.va = place->va + ((uint64_t)index << sim_shift(geo, level)),
		.desc = table[index],
		.above = passed_on(geo, place),
	};
}

static const uint64_t *table_behind(const struct sim *sim, const struct place *place)
{
	if (sim_desc_kind(&sim->geo, place->level, place->desc) != SIM_TABLE)
		return NULL;
	return sim_table_at(sim, sim_table_output(&sim->geo, place->desc));
}

/* Each entry of the old table against its counterpart, or against what maps it instead. */
static bool visit_table_change(const struct changes *changes, const uint64_t *old_table,
			       const struct place *old, const struct place *now)
{
	const struct sim_geometry *geo = &changes->sim->geo;
	const uint64_t *table =
		now->level == old->level ? table_behind(changes->sim, now) : NULL;
	uint64_t old_last = old->va + (sim_entry_size(geo, old->level) - 1);
	uint64_t start = changes->start > old->va ? changes->start : old->va;
	uint64_t last = changes->last < old_last ? changes->last : old_last;
	unsigned int end = sim_index(geo, old->level + 1, last);

	for (unsigned int i = sim_index(geo, old->level + 1, start); i <= end; i++) {
		struct place child = place_below(geo, old, old_table, i);
		struct place instead = table ? place_below(geo, now, table, i) : *now;

		if (!visit_change(changes, &child, &instead))
			return false;
	}
	return true;
}

static bool visit_change(const struct changes *changes, const struct place *old,
			 const struct place *now)
{
	const struct sim_geometry *geo = &changes->sim->geo;
	enum sim_desc_kind kind = sim_desc_kind(geo, old->level, old->desc);
	const uint64_t *table;

	if (kind == SIM_INVALID)
		return true;
	if (old->level == now->level && same_places(geo, old, now))
		return true;
	if (kind == SIM_LEAF)
		return changes->leaf(changes->ctx, old, now);
	if (changes->table)
		changes->table(changes->ctx, old);
	table = table_behind(changes->sim, old);
	return !table || visit_table_change(changes, table, old, now);
}

static bool held_leaf_agrees(void *ctx, const struct place *old, const struct place *now)
{
	struct comparison compare = *(const struct comparison *)ctx;
	const struct sim_geometry *geo = &compare.sim->geo;
	struct sim_mapping held =
		sim_leaf_mapping(geo, old->level, old->va, old->desc, old->above);

	/* The other members of a run get their own visits. */
	held.start = old->va;
	held.last = old->va + (sim_entry_size(geo, old->level) - 1);
	compare.held = &held;
	if (held.tagged && (compare.wanted & SIM_DIFF_ONLY_GLOBAL))
		return true;
	return !subtree_differs(&compare, now);
}

bool sim_roots_differ(const struct sim *sim, uint64_t held_root, uint64_t root,
		      uint64_t start, uint64_t last, unsigned int wanted,
		      struct sim_difference *difference)
{
	struct comparison compare = { sim, NULL, wanted, difference };
	struct changes changes = { .sim = sim,
				   .start = start,
				   .last = last,
				   .leaf = held_leaf_agrees,
				   .ctx = &compare };
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *held_table = sim_table_at(sim, held_root);
	const uint64_t *table = sim_table_at(sim, root);
	unsigned int end = sim_index(geo, geo->start, last);

	if (!held_table || !table || !wanted)
		return false;
	for (unsigned int i = sim_index(geo, geo->start, start); i <= end; i++) {
		uint64_t va = geo->base + ((uint64_t)i << sim_shift(geo, geo->start));
		struct place old = { geo->start, va, held_table[i], 0 };
		struct place now = { geo->start, va, table[i], 0 };

		if (!visit_change(&changes, &old, &now))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ what is lost */

/* Leaves that follow each other are gathered before they are handed on. */
struct gathering {
	struct sim *sim;
	const struct sim_lost *lost;
	struct sim_mapping mapping;
	bool any;
};

static void hand_on(struct gathering *gathering)
{
	if (gathering->any)
		gathering->lost->mapping(gathering->sim, gathering->lost->ctx,
					 &gathering->mapping);
	gathering->any = false;
}

static bool continues(const struct sim_mapping *mapping, const struct sim_mapping *next)
{
	return mapping->last + 1 >= next->start && mapping->start <= next->start &&
	       mapping->offset == next->offset && mapping->attrs == next->attrs &&
	       mapping->level == next->level && mapping->contiguous == next->contiguous &&
	       mapping->nt == next->nt;
}

static bool gather_leaf(void *ctx, const struct place *old, const struct place *now)
{
	struct gathering *gathering = ctx;
	struct sim_mapping mapping = sim_leaf_mapping(&gathering->sim->geo, old->level,
						      old->va, old->desc, old->above);

	(void)now;
	if (gathering->any && continues(&gathering->mapping, &mapping)) {
		gathering->mapping.last = mapping.last;
		return true;
	}
	hand_on(gathering);
	gathering->mapping = mapping;
	gathering->any = true;
	return true;
}

static void gather_table(void *ctx, const struct place *place)
{
	struct gathering *gathering = ctx;
	const struct sim_geometry *geo = &gathering->sim->geo;
	struct sim_linked linked = { place->level, place->va,
				     sim_table_output(geo, place->desc),
				     passed_on(geo, place) };

	gathering->lost->table(gathering->sim, gathering->lost->ctx, &linked);
}

static void for_each_lost(struct sim *sim, const struct place *before,
			  const struct place *after, const struct sim_lost *lost)
{
	struct gathering gathering = { .sim = sim, .lost = lost };
	struct changes changes = {
		.sim = sim,
		.start = before->va,
		.last = before->va + (sim_entry_size(&sim->geo, before->level) - 1),
		.leaf = gather_leaf,
		.table = gather_table,
		.ctx = &gathering,
	};

	visit_change(&changes, before, after);
	hand_on(&gathering);
}

void sim_for_each_lost(struct sim *sim, const struct sim_replaced *replaced,
		       const struct sim_lost *lost)
{
	int level = replaced->level;
	struct place before = { level, replaced->va, replaced->old, replaced->above };
	struct place after = { level, replaced->va, replaced->value, replaced->above };

	for_each_lost(sim, &before, &after, lost);
}

/* -------------------------------------------------------- a table that was replaced */

/* A descriptor that leads to the table, with all that those above it take away. */
static struct place place_of_table(const struct sim_geometry *geo,
				   const struct sim_linked *linked)
{
	return (struct place){ linked->level,
			       linked->va & ~(sim_entry_size(geo, linked->level) - 1),
			       sim_output_bits(geo, linked->pa) | SIM_DESC_TABLE |
				       SIM_DESC_VALID,
			       linked->attrs };
}

/* What @root has at @va: a descriptor of @level, or what a walk ends at before it. */
static struct place place_on_path(const struct sim *sim, uint64_t root, int level,
				  uint64_t va)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *table = sim_table_at(sim, root);
	struct place place = { geo->start, geo->base, 0, 0 };

	for (int at = geo->start; table && at <= level; at++) {
		place.above = passed_on(geo, &place);
		place.level = at;
		place.va = va & ~(sim_entry_size(geo, at) - 1);
		place.desc = table[sim_index(geo, at, va)];
		table = table_behind(sim, &place);
	}
	return place;
}

void sim_for_each_lost_to(struct sim *sim, uint64_t root, const struct sim_linked *linked,
			  const struct sim_lost *lost)
{
	struct place before = place_of_table(&sim->geo, linked);
	struct place after = place_on_path(sim, root, linked->level, linked->va);

	for_each_lost(sim, &before, &after, lost);
}

/* True if a leaf at or below @held is missing, or differs, from @now. */
static bool leaves_differ(const struct sim *sim, const struct place *held,
			  const struct place *now, struct sim_difference *difference)
{
	struct comparison compare = { sim, NULL, SIM_DIFF_ANY, difference };
	struct changes changes = {
		.sim = sim,
		.start = held->va,
		.last = held->va + (sim_entry_size(&sim->geo, held->level) - 1),
		.leaf = held_leaf_agrees,
		.ctx = &compare,
	};

	return !visit_change(&changes, held, now);
}

/* Whether nothing below the table is like a leaf that maps all of it. */
static bool leaf_differs(const struct sim *sim, const struct place *leaf, uint64_t va,
			 uint64_t size, struct sim_difference *difference)
{
	*difference = (struct sim_difference){
		.kind = SIM_DIFF_SIZE,
		.va = va,
		.size = size,
		.level = leaf->level,
	};
	return sim_desc_kind(&sim->geo, leaf->level, leaf->desc) == SIM_LEAF;
}

bool sim_table_differs(const struct sim *sim, uint64_t root,
		       const struct sim_linked *linked, struct sim_difference *difference)
{
	int level = linked->level;
	uint64_t va = linked->va;
	struct place held = place_of_table(&sim->geo, linked);
	struct place now = place_on_path(sim, root, level, va);

	if (sim_desc_kind(&sim->geo, now.level, now.desc) == SIM_LEAF)
		return leaf_differs(sim, &now, va, sim_entry_size(&sim->geo, level),
				    difference);
	if (leaves_differ(sim, &held, &now, difference))
		return true;
	return now.level == level && leaves_differ(sim, &now, &held, difference);
}

/* Only CPUs that walk @held_root now read its own entries. */
bool sim_root_leads_astray(const struct sim *sim, uint64_t held_root, bool walked,
			   uint64_t root, struct sim_difference *difference)
{
	const struct sim_geometry *geo = &sim->geo;
	const uint64_t *held_table = sim_table_at(sim, held_root);
	const uint64_t *table = sim_table_at(sim, root);

	for (unsigned int i = 0; held_table && table && i < sim_entries(geo, geo->start);
	     i++) {
		uint64_t va = geo->base + ((uint64_t)i << sim_shift(geo, geo->start));
		struct place held = { geo->start, va, held_table[i], 0 };
		struct place now = { geo->start, va, table[i], 0 };

		if (!walked && sim_desc_kind(geo, held.level, held.desc) != SIM_TABLE)
			continue;
		if (leaves_differ(sim, &now, &held, difference))
			return true;
	}
	return false;
}

struct sighting {
	const struct sim *sim;
	const struct sim_mapping *wanted;
};

static bool is_another_leaf(void *ctx, const struct place *old, const struct place *now)
{
	const struct sighting *sighting = ctx;

	(void)now;
	return kinds_of(&sighting->sim->geo, sighting->wanted, old) != 0;
}

bool sim_table_maps(const struct sim *sim, const struct sim_linked *linked,
		    const struct sim_mapping *held)
{
	struct place table = place_of_table(&sim->geo, linked);
	struct place nothing = { linked->level, table.va, 0, 0 };
	struct sighting sighting = { sim, held };
	struct changes changes = {
		.sim = sim,
		.start = held->start,
		.last = held->last,
		.leaf = is_another_leaf,
		.ctx = &sighting,
	};

	return !visit_change(&changes, &table, &nothing);
}
