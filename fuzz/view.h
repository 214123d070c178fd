/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What tables map, found by a plain walk written from the Arm ARM, and what they must
 * map, kept as a list. Neither asks the core anything.
 */
#ifndef FUZZ_VIEW_H
#define FUZZ_VIEW_H

#include "memory.h"

/*
 * Adjacent input addresses, as offsets into the half, mapped to adjacent memory with the
 * same attributes: all bits of the descriptor but address, hint and the "page" bit; bit 0
 * is validity. @above: hierarchical attributes of the tables on the way, or-ed. @leaf:
 * bytes of each leaf, a run being one; 0 if that does not matter.
 */
struct stretch {
	uint64_t start, end;
	uint64_t pa;
	uint64_t attrs;
	uint64_t above;
	uint64_t leaf;
};

#define VIEW_STRETCHES 2048

/**
 * struct view - stretches in ascending order
 * @overflow: there are more than fit
 */
struct view {
	struct stretch stretch[VIEW_STRETCHES];
	size_t count;
	bool overflow;
};

/* Leaves below @root. Return: how many tables it reaches. */
size_t view_take(struct view *view, const struct lm_format_config *config,
		 struct memory *memory, lm_pa_t root);

/*
 * Whether a table below the root that has a part of it from @start to @end maps nothing, but
 * for those that have a part of @kept.
 */
bool view_has_empty_table(const struct lm_format_config *config, struct memory *memory,
			  lm_pa_t root, uint64_t start, uint64_t end,
			  const struct stretch *kept, size_t kept_count);

/* The same: without sizes; with what leaves give; with what remains below the tables. */
typedef void stretch_fn(struct stretch *s, const struct lm_format_config *config);
stretch_fn stretch_translated, stretch_given, stretch_effective;
void view_as(struct view *to, const struct view *from, stretch_fn *as,
	     const struct lm_format_config *config);

/* Whether tables take anything away. */
bool view_is_restricted(const struct view *view, const struct lm_format_config *config);

/* NULL if both are the same, else the first stretch of @a that differs, or of @b. */
const struct stretch *view_difference(const struct view *a, const struct view *b);

/* What must be mapped changes; @mark is the present-invalid mark. */
void view_map(struct view *view, struct stretch what);
void view_unmap(struct view *view, uint64_t start, uint64_t end);
void view_change(struct view *view, struct lm_range offsets, struct lm_leaf_change change,
		 uint64_t mark);
/* Whether @change changes its leaves. */
bool stretch_changes(const struct stretch *s, struct lm_leaf_change change,
		     uint64_t mark);
/* The mapped part of a stretch gets the attributes of the tables above it. */
void view_restrict(struct view *view, struct stretch what);
bool view_maps_any(const struct view *view, uint64_t start, uint64_t end);

/* Whether a leaf reaches across @at. */
bool view_has_leaf_across(const struct view *view, uint64_t at);

/* Bits of a descriptor that are, with this geometry, attributes of a leaf. */
uint64_t arm_attrs_mask(const struct lm_format_config *config);

/* Hierarchical attributes that this regime has. */
uint64_t arm_table_attrs(const struct lm_format_config *config);

/*
 * The descriptor of the table that @root reaches for @offset, this many levels down, and
 * what it maps, in @what; NULL if there is none.
 */
uint64_t *arm_table_slot(const struct lm_format_config *config, struct memory *memory,
			 lm_pa_t root, uint64_t offset, unsigned int down,
			 struct stretch *what);

/* The descriptor of the leaf, or of the member of a run, that maps @offset; or NULL. */
uint64_t *arm_leaf_slot(const struct lm_format_config *config, struct memory *memory,
			lm_pa_t root, uint64_t offset);

/* Sizes of leaves, the smallest first, blocks and runs; how many. */
#define ARM_LEAF_SIZES 8
unsigned int arm_leaf_sizes(const struct lm_format_config *config,
			    uint64_t sizes[ARM_LEAF_SIZES]);

#endif
