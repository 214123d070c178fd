// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Machines, a goal for each, and what becomes of it, worked out by hand.
 */
#include "support.h"

/* Has bits in all the places to which 52-bit descriptors move address bits. */
#define HIGH (UINT64_C(10) << 48)

#define PAGE4  (4 * KIB)
#define PAGE16 (16 * KIB)
#define PAGE64 (64 * KIB)

const struct split_case split_cases[] = {
	{
		/* One block becomes 512 * 512 pages: 1 table on level 2, 512 on level 3. */
		.machine = { .name = "one-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { PAGE4, false, 262144 } },
		.tables = { 0, 0, 1, 512 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 513,
		.copied = 2, /* the root and level 1 */
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * At 16G: 16G + 1G + 32M + 2M + 64K + 8K, each in the largest leaf.
		 * Pages: 17 * 262144 + 16 * 512 + 512 + 16 + 2 = 4465170.
		 * Tables: 16 + 1 on level 2; 17 * 512 + 16 + 1 = 8721 on level 3.
		 * Hints go from three runs, 48 members. Tables are linked under
		 * 16 + 1 + 16 + 1 = 34 entries: 82 stores live. In place all 8738
		 * tables are: 8786.
		 */
		.machine = { .name = "every-size-of-4k",
			     .ram = { { 16 * GIB, 17 * GIB + 34 * MIB + 72 * KIB } } },
		.before = { { 16 * GIB, true, 1 },
			    { 1 * GIB, false, 1 },
			    { 32 * MIB, true, 1 },
			    { 2 * MIB, false, 1 },
			    { 64 * KIB, true, 1 },
			    { PAGE4, false, 2 } },
		.after = { { PAGE4, false, 4465170 } },
		.tables = { 0, 0, 17, 8721 },
		.leaves = 5,
		.updates = 16 + 1 + 16 + 1 + 16,
		.live_stores = 82,
		.in_place_stores = 8786,
		.copied = 4,
		.replaced = 34,
		.root_entries = 1,
	},
	{
		/*
		 * 4 pages at 2M + 8K of a 1G block. It becomes 32 runs of 32M, the
		 * first of which becomes 16 blocks, the second of these 32 runs of
		 * 64K, the first of which becomes pages.
		 * In place: 2 tables, and the hints of 2 runs of 16.
		 */
		.machine = { .name = "inside-a-gib", .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 2 * MIB + 8 * KIB, 16 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 32,
		.copied = 2,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* The same place without hints: 511 blocks and 512 pages. */
		.machine = { .name = "inside-a-gib-no-runs",
			     .flags = LM_NO_RUNS,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 2 * MIB + 8 * KIB, 16 * KIB },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 2 * MIB, false, 511 }, { PAGE4, false, 512 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2,
		.copied = 2,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* Ends in the middle of three runs of 64K: all three go, 48 members. */
		.machine = { .name = "across-runs-of-pages",
			     .ram = { { 1 * GIB + 64 * KIB, 192 * KIB } } },
		.goal = { 1 * GIB + 96 * KIB, 128 * KIB },
		.before = { { 64 * KIB, true, 3 } },
		.after = { { PAGE4, false, 48 } },
		.leaves = 3,
		.updates = 48,
		.live_stores = 48,
		.in_place_stores = 48,
		.copied = 4,
		.root_entries = 1,
	},
	{
		/* Just the middle one of the three. */
		.machine = { .name = "one-run-of-pages",
			     .ram = { { 1 * GIB + 64 * KIB, 192 * KIB } } },
		.goal = { 1 * GIB + 128 * KIB, 64 * KIB },
		.before = { { 64 * KIB, true, 3 } },
		.after = { { 64 * KIB, true, 2 }, { PAGE4, false, 16 } },
		.leaves = 1,
		.updates = 16,
		.live_stores = 16,
		.in_place_stores = 16,
		.copied = 4,
		.root_entries = 1,
	},
	{
		/*
		 * All of a 1G block but 2M at 4M and 32M at 512M. Of 32 runs of 32M
		 * the one at 512M stays, of the first one's members the third; the
		 * other 31 * 16 - 1 = 495 become tables: 495 * 512 = 253440 pages.
		 * In place: 1 + 495 tables, hints of 31 runs of 16.
		 */
		.machine = { .name = "two-exceptions", .ram = { { 1 * GIB, 1 * GIB } } },
		.exceptions = { { 1 * GIB + 4 * MIB, 2 * MIB },
				{ 1 * GIB + 512 * MIB, 32 * MIB } },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 1 },
			   { 2 * MIB, false, 1 },
			   { PAGE4, false, 253440 } },
		.tables = { 0, 0, 1, 495 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 495 + 31 * 16,
		.copied = 2,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * Two banks of 1G, the alias 34M at 514M of the first. Before it 512M,
		 * 16 runs, and a block. In it 514M to 548M: no 32M aligned but 544M, of
		 * which it has 4M: 17 blocks. After it 548M to 576M: 14 blocks, then
		 * 448M: 14 runs. Then a block of 1G.
		 * Pages: (2048 - 34) * 256 = 515584.
		 * Tables: 1; 512 + 30 * 16 + 15 = 1007. Hints: 480.
		 * Updates: 1 + 480 + 15 = 496.
		 */
		.machine = { .name = "alias-inside-a-gib",
			     .ram = { { 1 * GIB, 2 * GIB } },
			     .alias = { 1 * GIB + 514 * MIB, 34 * MIB } },
		.before = { { 1 * GIB, false, 1 },
			    { 32 * MIB, true, 30 },
			    { 2 * MIB, false, 15 + 17 } },
		.after = { { 2 * MIB, false, 17 }, { PAGE4, false, 515584 } },
		.tables = { 0, 0, 1, 1007 },
		.leaves = 46,
		.updates = 496,
		.live_stores = 480 + 496,
		.in_place_stores = 480 + 1008,
		.copied = 3, /* the second GiB is a block on level 1 */
		.replaced = 496,
		.root_entries = 1,
	},
	{
		/* 4M are 64 runs of 16 pages. */
		.machine = { .name = "no-blocks",
			     .flags = LM_NO_BLOCKS,
			     .ram = { { 1 * GIB, 4 * MIB } } },
		.before = { { 64 * KIB, true, 64 } },
		.after = { { PAGE4, false, 1024 } },
		.leaves = 64,
		.updates = 1024,
		.live_stores = 1024,
		.in_place_stores = 1024,
		.copied = 5, /* two tables of runs */
		.root_entries = 1,
	},
	{
		/* 1G + 34M + 68K: 1, 17 and 17 leaves; 1 and 512 + 17 tables. */
		.machine = { .name = "no-runs",
			     .flags = LM_NO_RUNS,
			     .ram = { { 1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB } } },
		.before = { { 1 * GIB, false, 1 },
			    { 2 * MIB, false, 17 },
			    { PAGE4, false, 17 } },
		.after = { { PAGE4, false, 262144 + 17 * 512 + 17 } },
		.tables = { 0, 0, 1, 529 },
		.leaves = 18,
		.updates = 18,
		.live_stores = 18,
		.in_place_stores = 530,
		.copied = 3, /* the pages stay */
		.replaced = 18,
		.root_entries = 1,
	},
	{
		/* Pages already: nothing to do. */
		.machine = { .name = "pages-only",
			     .flags = LM_NO_RUNS | LM_NO_BLOCKS,
			     .ram = { { 1 * GIB, 2 * MIB } } },
		.before = { { PAGE4, false, 512 } },
		.after = { { PAGE4, false, 512 } },
	},
	{
		/* 2M + 1M, a hole, 6M + 4K: 4 blocks, 16 runs, a page. */
		.machine = { .name = "holes",
			     .ram = { { 1 * GIB, 3 * MIB },
				      { 1 * GIB + 512 * MIB, 6 * MIB + 4 * KIB } } },
		.before = { { 2 * MIB, false, 4 },
			    { 64 * KIB, true, 16 },
			    { PAGE4, false, 1 } },
		.after = { { PAGE4, false, 4 * 512 + 16 * 16 + 1 } },
		.tables = { 0, 0, 0, 4 },
		.leaves = 20,
		.updates = 4 + 256,
		.live_stores = 256 + 4,
		.in_place_stores = 256 + 4,
		.copied = 4, /* the page stays */
		.replaced = 4,
		.root_entries = 1,
	},
	{
		/*
		 * From the middle of one bank over the hole into the other: 1M of the
		 * 1M of runs, and 1M + 4K of the first block. Its last 14 * 64K and
		 * the run with the border aside, 15 runs stay.
		 * 16 runs of the first bank; 1 block: a table of 32 runs, 17 unfolded.
		 */
		.machine = { .name = "across-a-hole",
			     .ram = { { 1 * GIB, 3 * MIB },
				      { 1 * GIB + 512 * MIB, 6 * MIB + 4 * KIB } } },
		.goal = { 1 * GIB + 2 * MIB, 511 * MIB + 4 * KIB },
		.before = { { 2 * MIB, false, 4 },
			    { 64 * KIB, true, 16 },
			    { PAGE4, false, 1 } },
		.after = { { 2 * MIB, false, 3 },
			   { 64 * KIB, true, 15 },
			   { PAGE4, false, 1 + 16 * 16 + 17 * 16 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 17,
		.updates = 256 + 1,
		.live_stores = 256 + 1,
		.in_place_stores = 256 + 1 + 17 * 16,
		.copied = 4,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * 3G + 1M to 5G of a run of 16G: 14 blocks stay, the member at 4G
		 * becomes 262144 pages. That at 3G becomes 512 tables; the first keeps
		 * 16 runs of 64K and has 256 pages, the others have 511 * 512.
		 * 262144 + 256 + 261632 = 524032 pages.
		 * In place: hints of the run; 2 + 1024 tables; hints of 32 runs of 32M
		 * and of 16 runs of 64K.
		 */
		.machine = { .name = "inside-a-run-of-gib",
			     .ram = { { 16 * GIB, 16 * GIB } } },
		.goal = { 19 * GIB + 1 * MIB, 2 * GIB - 1 * MIB },
		.before = { { 16 * GIB, true, 1 } },
		.after = { { 1 * GIB, false, 14 },
			   { 64 * KIB, true, 16 },
			   { PAGE4, false, 524032 } },
		.tables = { 0, 0, 2, 1024 },
		.leaves = 1,
		.updates = 16,
		.live_stores = 16 + 2,
		.in_place_stores = 16 + 1026 + 32 * 16 + 16 * 16,
		.copied = 2,
		.replaced = 2,
		.root_entries = 1,
	},
	{
		/*
		 * 3M to 5M of a run of 32M, that sticks out at both ends: the members
		 * at 2M and 4M become tables, each half pages, half runs.
		 */
		.machine = { .name = "inside-a-run-of-blocks",
			     .ram = { { 1 * GIB, 32 * MIB } } },
		.goal = { 1 * GIB + 3 * MIB, 2 * MIB },
		.before = { { 32 * MIB, true, 1 } },
		.after = { { 2 * MIB, false, 14 },
			   { 64 * KIB, true, 32 },
			   { PAGE4, false, 512 } },
		.tables = { 0, 0, 0, 2 },
		.leaves = 1,
		.updates = 16,
		.live_stores = 16 + 2,
		.in_place_stores = 16 + 2 + 32 * 16,
		.copied = 3,
		.replaced = 2,
		.root_entries = 1,
	},
	{
		/*
		 * The last page of an upper half of 39 bits: 31 runs of 32M, 15 blocks,
		 * 31 runs of 64K, 16 pages.
		 */
		.machine = { .name = "last-page-of-the-upper-half",
			     .ia_bits = 39,
			     .ram = { { 511 * GIB, 1 * GIB } } },
		.goal = { 512 * GIB - PAGE4, PAGE4 },
		.before = { { 1 * GIB, false, 1 } },
		.after = { { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 34,
		.copied = 1, /* the block is in the root */
		.root_entries = 1,
	},
	{
		/* The lower half of 39 bits, from its first page to its last: 1 + 1 blocks. */
		.machine = { .name = "ends-of-the-lower-half",
			     .ia_bits = 39,
			     .lower = true,
			     .ram = { { 0, 1 * GIB }, { 511 * GIB, 1 * GIB } } },
		.before = { { 1 * GIB, false, 2 } },
		.after = { { PAGE4, false, 2 * 262144 } },
		.tables = { 0, 0, 2, 1024 },
		.leaves = 2,
		.updates = 2,
		.live_stores = 2,
		.in_place_stores = 1026,
		.copied = 1,
		.root_entries = 2,
	},
	{
		/* Congruent modulo 2M only: 512 blocks, no runs of them. */
		.machine = { .name = "skewed-by-2m",
			     .ia_bits = 39,
			     .lower = true,
			     .skew = 2 * MIB,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.before = { { 2 * MIB, false, 512 } },
		.after = { { PAGE4, false, 262144 } },
		.tables = { 0, 0, 0, 512 },
		.leaves = 512,
		.updates = 512,
		.live_stores = 512,
		.in_place_stores = 512,
		.copied = 3, /* the first GiB less 2M, 2M of the next */
		.replaced = 512,
		.root_entries = 2,
	},
	{
		/* Congruent modulo 4K only: pages, however much there is. */
		.machine = { .name = "skewed-by-4k",
			     .skew = 4 * KIB,
			     .ram = { { 1 * GIB, 4 * MIB } } },
		.before = { { PAGE4, false, 1024 } },
		.after = { { PAGE4, false, 1024 } },
	},
	{
		/*
		 * 16K: 1G in a run of 32 blocks of 32M, a block, 2M in a run of 128
		 * pages, 3 pages. Pages: 33 * 2048 + 128 + 3 = 67715.
		 */
		.machine = { .name = "every-size-of-16k",
			     .granule_shift = 14,
			     .ia_bits = 47,
			     .ram = { { 1 * GIB, 1 * GIB + 34 * MIB + 48 * KIB } } },
		.before = { { 1 * GIB, true, 1 },
			    { 32 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE16, false, 3 } },
		.after = { { PAGE16, false, 67715 } },
		.tables = { 0, 0, 0, 33 },
		.leaves = 3,
		.updates = 32 + 1 + 128,
		.live_stores = 32 + 128 + 33,
		.in_place_stores = 32 + 128 + 33,
		.copied = 3,
		.replaced = 33,
		.root_entries = 1,
	},
	{
		/*
		 * One page at 40M + 16K of that run: 31 blocks, and of the 16 runs of
		 * 2M in the new table 15, the fifth becomes 128 pages.
		 */
		.machine = { .name = "one-page-of-16k",
			     .granule_shift = 14,
			     .ia_bits = 48,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.goal = { 1 * GIB + 40 * MIB + 16 * KIB, PAGE16 },
		.before = { { 1 * GIB, true, 1 } },
		.after = { { 32 * MIB, false, 31 },
			   { 2 * MIB, true, 15 },
			   { PAGE16, false, 128 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1 + 128,
		.copied = 3,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* The same with 36 bits: the blocks are in the root. */
		.machine = { .name = "one-page-of-16k-36",
			     .granule_shift = 14,
			     .ia_bits = 36,
			     .ram = { { 63 * GIB, 1 * GIB } } },
		.goal = { 63 * GIB + 40 * MIB + 16 * KIB, PAGE16 },
		.before = { { 1 * GIB, true, 1 } },
		.after = { { 32 * MIB, false, 31 },
			   { 2 * MIB, true, 15 },
			   { PAGE16, false, 128 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1 + 128,
		.copied = 1, /* the run is in the root */
		.root_entries = 32,
	},
	{
		/*
		 * 64K: 16G in a run of 32 blocks of 512M, a block, 2M in a run of 32
		 * pages, 3 pages. Pages: 33 * 8192 + 32 + 3 = 270371.
		 */
		.machine = { .name = "every-size-of-64k",
			     .granule_shift = 16,
			     .ram = { { 16 * GIB, 16 * GIB + 514 * MIB + 192 * KIB } } },
		.before = { { 16 * GIB, true, 1 },
			    { 512 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE64, false, 3 } },
		.after = { { PAGE64, false, 270371 } },
		.tables = { 0, 0, 0, 33 },
		.leaves = 3,
		.updates = 32 + 1 + 32,
		.live_stores = 64 + 33,
		.in_place_stores = 64 + 33,
		.copied = 3,
		.replaced = 33,
		.root_entries = 1,
	},
	{
		/*
		 * The last 128K + 64K of a block of 512M, of 256 runs of 2M the last
		 * one becomes 32 pages. The root holds the block.
		 */
		.machine = { .name = "inside-a-block-of-64k",
			     .granule_shift = 16,
			     .ia_bits = 42,
			     .lower = true,
			     .ram = { { 1 * GIB, 512 * MIB } } },
		.goal = { 1 * GIB + 512 * MIB - 192 * KIB, 192 * KIB },
		.before = { { 512 * MIB, false, 1 } },
		.after = { { 2 * MIB, true, 255 }, { PAGE64, false, 32 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 1 + 32,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/* 25 bits: the root is the only table; two runs of 32 pages, and a page. */
		.machine = { .name = "root-of-pages",
			     .granule_shift = 16,
			     .ia_bits = 25,
			     .ram = { { 26 * MIB, 4 * MIB + 64 * KIB } } },
		.goal = { 28 * MIB, 2 * MIB },
		.before = { { 2 * MIB, true, 2 }, { PAGE64, false, 1 } },
		.after = { { 2 * MIB, true, 1 }, { PAGE64, false, 33 } },
		.leaves = 1,
		.updates = 32,
		.live_stores = 32,
		.in_place_stores = 32,
		.copied = 1,
		.root_entries = 32,
	},
	{
		/*
		 * LPA2 has blocks of 512G. One page of it, in its 4th 16G: 31 runs of
		 * 16G stay, 15 blocks of 1G, 31 runs of 32M, 15 blocks, 31 runs of 64K,
		 * 16 pages. 3 tables and the hints of 3 runs.
		 */
		.machine = { .name = "one-page-of-512g",
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .root_offset = 0x100,
			     .ram = { { HIGH, 512 * GIB } } },
		.goal = { HIGH + 53 * GIB + 70 * MIB + 132 * KIB, PAGE4 },
		.before = { { 512 * GIB, false, 1 } },
		.after = { { 16 * GIB, true, 31 },
			   { 1 * GIB, false, 15 },
			   { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 1, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 3 + 3 * 16,
		.copied = 2, /* levels -1 and 0 */
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* The same with 48 bits of input: the block is in the root. */
		.machine = { .name = "one-page-of-512g-48",
			     .oa_bits = 52,
			     .lpa2 = true,
			     .lower = true,
			     .regime = LM_EL2,
			     .skew = -HIGH,
			     .ram = { { HIGH + 512 * GIB, 512 * GIB } } },
		.goal = { HIGH + 1 * TIB - PAGE4, PAGE4 },
		.before = { { 512 * GIB, false, 1 } },
		.after = { { 16 * GIB, true, 31 },
			   { 1 * GIB, false, 15 },
			   { 32 * MIB, true, 31 },
			   { 2 * MIB, false, 15 },
			   { 64 * KIB, true, 31 },
			   { PAGE4, false, 16 } },
		.tables = { 0, 1, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 3 + 3 * 16,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/*
		 * 52 bits: 32M, 2M, 64K and two pages. 17 * 512 + 16 + 2 = 8722 pages,
		 * 16 + 1 tables, hints of 2 runs.
		 */
		.machine = { .name = "every-size-of-4k-lpa2",
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL3,
			     .lower = true,
			     .ram = { { HIGH + 1 * GIB, 34 * MIB + 72 * KIB } } },
		.before = { { 32 * MIB, true, 1 },
			    { 2 * MIB, false, 1 },
			    { 64 * KIB, true, 1 },
			    { PAGE4, false, 2 } },
		.after = { { PAGE4, false, 8722 } },
		.tables = { 0, 0, 0, 17 },
		.leaves = 3,
		.updates = 16 + 1 + 16,
		.live_stores = 32 + 17,
		.in_place_stores = 32 + 17,
		.copied = 5, /* levels -1 to 3 */
		.replaced = 17,
		.root_entries = 1,
	},
	{
		/*
		 * LPA2 has blocks of 64G at 16K. One page of it: 63 runs of 1G, 31
		 * blocks, 15 runs of 2M, 128 pages.
		 */
		.machine = { .name = "one-page-of-64g",
			     .granule_shift = 14,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .root_offset = 0x1200,
			     .ram = { { HIGH, 64 * GIB } } },
		.goal = { HIGH + 3 * GIB + 40 * MIB + 16 * KIB, PAGE16 },
		.before = { { 64 * GIB, false, 1 } },
		.after = { { 1 * GIB, true, 63 },
			   { 32 * MIB, false, 31 },
			   { 2 * MIB, true, 15 },
			   { PAGE16, false, 128 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 32 + 128,
		.copied = 2, /* levels 0 and 1 */
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/* A block, a run, 3 pages: 2048 + 128 + 3 pages, 1 table. */
		.machine = { .name = "every-size-of-16k-lpa2",
			     .granule_shift = 14,
			     .ia_bits = 47,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .regime = LM_EL2_0,
			     .skew = 320 * GIB - HIGH,
			     .ram = { { HIGH, 34 * MIB + 48 * KIB } } },
		.before = { { 32 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE16, false, 3 } },
		.after = { { PAGE16, false, 2179 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 2,
		.updates = 1 + 128,
		.live_stores = 128 + 1,
		.in_place_stores = 128 + 1,
		.copied = 3,
		.replaced = 1,
		.root_entries = 1,
	},
	{
		/*
		 * LPA has blocks of 4T. One page of it: 255 runs of 16G, 31 blocks, 255
		 * runs of 2M, 32 pages. The block is in the root.
		 */
		.machine = { .name = "one-page-of-4t",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .root_offset = 0xe000,
			     .ram = { { HIGH, 4 * TIB } } },
		.goal = { HIGH + 1 * TIB + 40 * GIB + 514 * MIB + 64 * KIB, PAGE64 },
		.before = { { 4 * TIB, false, 1 } },
		.after = { { 16 * GIB, true, 255 },
			   { 512 * MIB, false, 31 },
			   { 2 * MIB, true, 255 },
			   { PAGE64, false, 32 } },
		.tables = { 0, 0, 1, 1 },
		.leaves = 1,
		.updates = 1,
		.live_stores = 1,
		.in_place_stores = 2 + 32 + 32,
		.copied = 1,
		.root_entries = 1,
	},
	{
		/* A block, a run, 3 pages: 8192 + 32 + 3 pages, 1 table. */
		.machine = { .name = "every-size-of-64k-lpa",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .oa_bits = 52,
			     .lower = true,
			     .ram = { { HIGH + 16 * GIB, 514 * MIB + 192 * KIB } } },
		.before = { { 512 * MIB, false, 1 },
			    { 2 * MIB, true, 1 },
			    { PAGE64, false, 3 } },
		.after = { { PAGE64, false, 8227 } },
		.tables = { 0, 0, 0, 1 },
		.leaves = 2,
		.updates = 1 + 32,
		.live_stores = 32 + 1,
		.in_place_stores = 32 + 1,
		.copied = 3,
		.replaced = 1,
		.root_entries = 1,
	},
};

const size_t split_case_count = sizeof(split_cases) / sizeof(split_cases[0]);

void split_case_edit(const struct split_case *c, struct machine *m, struct lm_edit *edit)
{
	struct lm_range range = c->goal.size ? machine_range(m, c->goal) :
					       m->linear.range;

	lm_edit_to_pages(edit, &m->map, range);
	if (m->alias.name)
		lm_edit_except(edit, m->alias.range);
	for (const struct bank *exception = c->exceptions; exception->size; exception++)
		lm_edit_except(edit, machine_range(m, *exception));
}

uint64_t split_case_tables(const struct split_case *c)
{
	return c->tables[0] + c->tables[1] + c->tables[2] + c->tables[3];
}

uint64_t split_case_stores(const struct split_case *c, enum lm_way way)
{
	switch (way) {
	case LM_IN_PLACE:
		return c->in_place_stores;
	case LM_LIVE:
		return c->live_stores;
	case LM_BREAK:
		return 2 * c->updates; /* invalid, then new */
	case LM_SWITCH:
	case LM_ROLL:
	default:
		return c->root_entries;
	}
}

/*
 * None if nothing is stored. One at the end; a break one before it makes, a switch
 * one in each of two moves. A roll one for each CPU that moves, and none on the way home.
 */
uint64_t split_case_tlbis(const struct split_case *c, enum lm_way way)
{
	if (!c->updates)
		return 0;
	if (way == LM_BREAK)
		return 2;
	if (way == LM_ROLL)
		return CPUS + 1;
	return way == LM_SWITCH && c->copied ? 3 : 1;
}
