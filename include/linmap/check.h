/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Looking at a set of translation tables that anybody may have made: is it well formed, and
 * what does it map? Nothing here changes anything.
 */
#ifndef LINMAP_CHECK_H
#define LINMAP_CHECK_H

#include <linmap/linmap.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ verifier */

enum lm_finding_kind {
	LM_FOUND_TYPE,	      /* a type that its level does not have */
	LM_FOUND_RUN,	      /* a contiguous hint that does not belong to a whole run */
	LM_FOUND_ADDRESS,     /* an output address out of range or not aligned */
	LM_FOUND_RESERVED,    /* reserved bits, or SH 0b01; no AP[1] at EL2 and EL3 */
	LM_FOUND_NO_TABLE,    /* a table where there is no memory */
	LM_FOUND_TWICE,	      /* a table that was reached before, or above itself */
	LM_FOUND_PERMISSIONS, /* tables above take away what the leaf seems to give */
	LM_FOUND_CENSUS,      /* a region's leaves are not what its census says */
	LM_FINDINGS
};

/**
 * struct lm_finding - something that is wrong with a table set
 * @kind: what
 * @va: first input address that it is about
 * @level: of the descriptor
 * @desc: the descriptor; of a run its first one
 * @region: for LM_FOUND_CENSUS, where @level and @desc are 0; else NULL
 */
struct lm_finding {
	enum lm_finding_kind kind;
	lm_va_t va;
	int level;
	lm_desc_t desc;
	const struct lm_region *region;
};

/**
 * lm_finding_text() - one sentence for a kind of finding
 * @kind: which
 *
 * Context: any.
 */
const char *lm_finding_text(enum lm_finding_kind kind);

/**
 * lm_finding_fn - called for each finding, as the walk comes to it, regions last
 *
 * Return: 0 to go on, or a negative error, which ends the check.
 */
typedef int lm_finding_fn(void *ctx, const struct lm_finding *finding);

/**
 * lm_check() - verify a whole table set
 * @map: the map; env->table may answer NULL where there is no memory
 * @seen: memory for the addresses of tables, to find those that are reached twice;
 *	NULL to not look for these: what they map is then looked at each time
 * @seen_count: how many addresses have room there; has to be more than there are
 *	tables, and twice as many is faster
 * @found: called for each finding
 * @ctx: handed to @found
 *
 * Checks type bits by level, that contiguous runs are equal, aligned and complete,
 * output addresses, reserved bits, that no table is reached twice, permissions
 * under hierarchical attributes, and the census of each region. One descriptor may
 * be found for several reasons; a table that it is found for is not entered if
 * hardware, or its memory, would not have it. Members of a run that is not whole are
 * looked at one by one as well.
 *
 * Where hardware writes AF and dirty state (fmt->config.hw_updates), members of a run
 * may differ in these. What tables take away is found once, at the first leaf that
 * it is taken from, for all leaves in and below the table of that leaf. A census is
 * compared if nothing was found that makes leaves uncountable: anything but
 * LM_FOUND_RESERVED and LM_FOUND_PERMISSIONS.
 *
 * Context: any, no lock; the census takes the map's lock. A walk of all tables. While
 * others change the map it may see
 * halves of their changes.
 * Return: how many findings there were, or what @found returned if negative;
 * -LM_ENOMEM if @seen is too small.
 */
int64_t lm_check(const struct lm_map *map, lm_pa_t *seen, size_t seen_count,
		 lm_finding_fn *found, void *ctx);

/* ---------------------------------------------------------------------- dump */

/* Called with each line, without its newline; the text is gone afterwards. */
typedef void lm_line_fn(void *ctx, const char *line);

/**
 * lm_dump() - what a range maps, as text
 * @map: the map
 * @range: granule aligned, inside the input range
 * @line: called for each line
 * @ctx: handed to @line
 *
 * One line for each stretch of adjacent leaves of one size and kind that are alike
 * and map adjacent memory: input addresses, first output address, leaf size, level,
 * effective attributes; nothing for holes. Made to be compared by diff: an edit
 * changes the lines that it is about and no others.
 *
 *	ffff000040000000-ffff00007fffffff 0000040000000   1G L1 block rw- --- attr0 sh3 AF
 *	ffff000080000000-ffff000081ffffff 0000080000000  32M L2 run   rw- --- attr0 sh3 AF
 *	ffff000082000000-ffff000082000fff 0000082000000   4K L3 page  r-x --- attr0 sh3 AF
 *
 * Permissions are what EL1 (or EL2, EL3) may do, then, in regimes with two ranges,
 * EL0: below tables that take some away what is left of them. attr is AttrIndx; then,
 * if not 0, sh (SH), NS, AF, nG (at EL3 the same bit is NSE), GP, DBM, nT, hint (a
 * contiguous hint of a leaf that is no run, or of a broken one), sw (bits [58:55]),
 * pbha (bits [62:59]) and bit63; last, "invalid" for a leaf that holds a mapping
 * although it is. Of a run whose members differ in what hardware noted, the first one
 * is shown.
 *
 * Context: any, no lock; one walk.
 * Return: 0; -LM_EINVAL for a wrong range.
 */
int lm_dump(const struct lm_map *map, struct lm_range range, lm_line_fn *line, void *ctx);

#ifdef __cplusplus
}
#endif

#endif
