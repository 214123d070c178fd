/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The scenes, in the order in which main.c plays them. */
#ifndef VIRT_SCENES_H
#define VIRT_SCENES_H

#include <linmap/linmap.h>

#include "devtree.h"
#include "options.h"
#include "stop.h"

/**
 * struct world - what the scenes are played in
 * @area: the end of the linear map: memory that only scenes use, with the witness in its
 * 	last page
 * @at_boot: the linear map's leaves before anything was changed
 */
struct world {
	const struct devtree *tree;
	const struct options *options;
	struct lm_range area;
	struct lm_census at_boot;
};

#define AREA_SIZE 0x2000000

/* The machine, and a check that the MMU sees it as it should. */
void scene_map(const struct world *world);

/* A CPU does not park in time: nothing changes, and it cannot park late. */
void scene_late(const struct world *world);

/* Make pages of the whole linear map, if a CPU needs that. */
void scene_split(const struct world *world);

/* CPUs that may share TLB entries (CnP) do not while their tables differ. */
void scene_shared_tlb(void);

/* Make pages of a part while all CPUs run, if all tolerate that. */
void scene_unheld(const struct world *world);

/* Back to the largest leaves, and one of them split again without an allocator. */
void scene_collapse(const struct world *world);

/* Edits for which no CPU is held, one after the other. */
void scene_rolling(const struct world *world);

/* CPUs go offline and come up, before, between and after the steps of edits. */
void scene_power(const struct world *world);

/* What CPUs see while some have moved to the clone, and others have not. */
void scene_halfway(const struct world *world);

/* Many ranges in one edit, by every way. */
void scene_ways(const struct world *world);

/* Leaves that end where a range does, and a page that is read-only. */
void scene_boundaries(const struct world *world);

/* A page that becomes code, and data again; then the largest leaves once more. */
void scene_code(const struct world *world);

/* Another memory type, by break. */
void scene_memory_type(const struct world *world);

/* The whole upper half not-global. */
void scene_not_global(const struct world *world);

/* A pool of pages that guards come and go in. */
void scene_guard(const struct world *world);

/* One stop, nothing else: one line for scripts/measure-virt.sh. */
void measure(const struct world *world);

/* Edits of a map of their own, counted: a line for each, for scripts/measure-virt.sh. */
void measure_edits(const struct world *world);

/* ------------------------------------------------------- what they have in common */

/*
 * Plan, reserve and stage an edit: by @way or, if that is WAY_CHOSEN, by the cheapest one
 * that is safe with the others held as @hold says.
 */
void scene_prepare(const struct world *world, struct lm_edit *edit, enum lm_way way,
		   enum lm_hold hold);

/* The cheapest way that is safe with the others held, or not. */
enum lm_way scene_cheapest_way(const struct lm_edit *edit, enum lm_hold hold);

/* The way that was asked for, if it is one for windows: roll is not. */
enum lm_way scene_stop_way(const struct world *world);

/* Begin an edit of the linear map without its alias: to pages, or to the largest leaves. */
void scene_begin_to_pages(struct lm_edit *edit);
void scene_begin_collapse(struct lm_edit *edit);

/* Whether the linear map has as many leaves of each size as at boot. */
bool scene_is_as_at_boot(const struct world *world);

/* Collapse the linear map, with a check that its leaves are those at boot. */
void scene_to_largest(const struct world *world);

/* Checks on a committed edit. */
void scene_expect_committed(const struct lm_edit *edit, int err, const struct stop *stop);

/* Release the edit, and check that everything came back but what the map uses now. */
void scene_release(struct lm_edit *edit, uint64_t in_use_before);

/* Prepare and commit an edit by a way, without a check; no CPU is held if none has to be. */
int scene_commit_by(const struct world *world, struct lm_edit *edit, enum lm_way way,
		    struct stop *stop);

/* The change that makes memory read-only, or writable. Inline: measure_edits() counts it. */
static inline struct lm_leaf_change scene_read_only(bool read_only)
{
	const lm_attrs_t bit = { LM_ATTR_READ_ONLY }, none = { 0 };

	return read_only ? lm_change_attrs(bit, none) : lm_change_attrs(none, bit);
}

/* How many more tables the map has after an edit. */
int64_t scene_growth(const struct lm_edit *edit);

/* Whether a change at run time holds the other CPUs: only if it must. */
enum lm_hold scene_hold(void);

/* Prepare and commit, with one check. The caller releases. */
void scene_edit(const struct world *world, struct lm_edit *edit, enum lm_way way,
		enum lm_hold hold);

/* @count pages of the area, from the byte at @offset on. */
struct lm_range scene_pages(const struct world *world, uint64_t offset, uint64_t count);

#endif
