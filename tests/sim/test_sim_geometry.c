/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine model's geometry, with tables made by hand: where walks start, what
 * a leaf maps at each level of each granule, 52 bits of address, small roots,
 * hierarchical attributes. Knows nothing of linmap, and expects numbers that were
 * taken from the Arm ARM.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "main.h"
#include "sim.h"

#define TABLE	   UINT64_C(3)
#define BLOCK	   UINT64_C(0x401) /* AF */
#define PAGE	   UINT64_C(0x403)
#define BIT(n)	   (UINT64_C(1) << (n))
#define CONTIGUOUS BIT(52)

#define KIB UINT64_C(0x400)
#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)
#define TIB UINT64_C(0x10000000000)

#define POOL_PA	    BIT(31)
#define POOL_TABLES 16

struct shape {
	uint8_t granule_shift, ia_bits, oa_bits;
	bool lpa2;
	int start;
	unsigned int root_entries;
};

/* One table of each level, linked through its last entry or another one. */
struct chain {
	struct sim *sim;
	uint64_t pa[5], *table[5]; /* by level + 1 */
	int start;
};

static struct sim *machine(const struct shape *shape, uint64_t pool_pa)
{
	static const uint8_t level_3[1] = { 3 };
	struct sim_config config = {
		.cpus = 1,
		.bbm_level = level_3,
		.granule_shift = shape->granule_shift,
		.ia_bits = shape->ia_bits,
		.oa_bits = shape->oa_bits,
		.lpa2 = shape->lpa2,
		.pool_pa = pool_pa,
		.pool_tables = POOL_TABLES,
	};

	return sim_new(&config);
}

static uint64_t *zeroed(struct sim *sim, uint8_t granule_shift, uint64_t *pa)
{
	uint64_t *table;

	assert_int_equal(sim_alloc(sim, 0, 1, pa), 1);
	table = sim_pointer(sim, *pa);
	memset(table, 0, (size_t)1 << granule_shift);
	return table;
}

/* Linked through @index of each table; in the root through @root_index. */
static struct chain chain_of(const struct shape *shape, uint64_t pool_pa,
			     unsigned int root_index, unsigned int index)
{
	struct chain chain = { .sim = machine(shape, pool_pa), .start = shape->start };

	assert_non_null(chain.sim);
	for (int level = 3; level >= shape->start; level--) {
		unsigned int at = level == shape->start ? root_index : index;
		uint64_t *pa = &chain.pa[level + 1];

		chain.table[level + 1] = zeroed(chain.sim, shape->granule_shift, pa);
		if (level < 3)
			chain.table[level + 1][at] = chain.pa[level + 2] | TABLE;
	}
	return chain;
}

static uint64_t root_of(const struct chain *chain)
{
	return chain->pa[chain->start + 1];
}

static void walk_on_cpu(struct chain *chain)
{
	for (int level = chain->start; level <= 3; level++)
		sim_wrote(chain->sim, chain->table[level + 1]);
	sim_barrier(chain->sim, SIM_DSB_ISHST);
	sim_write_ttbr(chain->sim, root_of(chain));
	sim_barrier(chain->sim, SIM_ISB);
}

static uint64_t findings(const struct sim *sim)
{
	uint64_t count = 0;

	while (sim_finding(sim, count))
		count++;
	return count;
}

/* -------------------------------------------------------------------- start levels */

/*
 * 4K resolves 9 bits a level, 16K 11, 64K 13, and the root what is left: 25 bits of
 * 4K are 12 + 9 + 4, so level 2 with 16 entries.
 */
static const struct shape shapes[] = {
	{ 12, 25, 48, false, 2, 16 },	{ 12, 30, 32, false, 2, 512 },
	{ 12, 36, 36, false, 1, 64 },	{ 12, 39, 40, false, 1, 512 },
	{ 12, 42, 42, false, 0, 8 },	{ 12, 48, 48, false, 0, 512 },
	{ 12, 48, 52, true, 0, 512 },	{ 12, 49, 52, true, -1, 2 },
	{ 12, 52, 52, true, -1, 16 },	{ 14, 25, 48, false, 3, 2048 },
	{ 14, 36, 44, false, 2, 2048 }, { 14, 42, 48, false, 1, 64 },
	{ 14, 47, 48, false, 1, 2048 }, { 14, 48, 48, false, 0, 2 },
	{ 14, 52, 52, true, 0, 32 },	{ 16, 25, 48, false, 3, 512 },
	{ 16, 29, 48, false, 3, 8192 }, { 16, 36, 48, false, 2, 128 },
	{ 16, 42, 48, false, 2, 8192 }, { 16, 48, 48, false, 1, 64 },
	{ 16, 48, 52, false, 1, 64 },	{ 16, 52, 52, false, 1, 1024 },
};
#define SHAPES (sizeof(shapes) / sizeof(*shapes))

static void note_level(void *ctx, uint64_t pa, int level, uint64_t va)
{
	int *next = ctx;

	(void)pa;
	(void)va;
	assert_int_equal(level, *next);
	(*next)++;
}

/* The last page of the range is after the last entry of each table. */
static void check_last_page(const struct shape *shape)
{
	unsigned int entries = 1u << (shape->granule_shift - 3);
	struct chain chain =
		chain_of(shape, POOL_PA, shape->root_entries - 1, entries - 1);
	uint64_t granule = BIT(shape->granule_shift), last = BIT(shape->ia_bits) - 1;
	unsigned int last_entry = shape->start == 3 ? shape->root_entries : entries;
	struct sim_translation t;
	int level = shape->start;

	chain.table[4][last_entry - 1] = (GIB + granule) | PAGE;
	t = sim_walk(chain.sim, root_of(&chain), last - 7);
	assert_true(t.valid);
	assert_int_equal(t.level, 3);
	assert_int_equal(t.size, granule);
	assert_int_equal(t.pa, GIB + 2 * granule - 8);
	assert_false(sim_walk(chain.sim, root_of(&chain), last - granule).valid);
	assert_false(sim_walk(chain.sim, root_of(&chain), last + 1).valid);
	sim_for_each_table(chain.sim, root_of(&chain), note_level, &level);
	assert_int_equal(level, 4);
	sim_free(chain.sim);
}

static void a_walk_starts_where_the_input_size_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHAPES; i++)
		check_last_page(&shapes[i]);
}

/* ------------------------------------------------------------- leaves of each level */

/* All leaves that there are: the size of one, the entries of a run. */
static const struct {
	struct shape shape;
	int level;
	uint64_t size;
	unsigned int run;
} leaves[] = {
	{ { 12, 52, 52, true, -1, 16 }, 0, 512 * GIB, 0 },
	{ { 12, 48, 52, true, 0, 512 }, 0, 512 * GIB, 0 },
	{ { 12, 52, 52, true, -1, 16 }, 1, GIB, 16 },
	{ { 12, 48, 48, false, 0, 512 }, 1, GIB, 16 },
	{ { 12, 39, 48, false, 1, 512 }, 1, GIB, 16 },
	{ { 12, 48, 48, false, 0, 512 }, 2, 2 * MIB, 16 },
	{ { 12, 25, 48, false, 2, 16 }, 2, 2 * MIB, 16 },
	{ { 12, 48, 48, false, 0, 512 }, 3, 4 * KIB, 16 },
	{ { 14, 52, 52, true, 0, 32 }, 1, 64 * GIB, 0 },
	{ { 14, 47, 48, true, 1, 2048 }, 1, 64 * GIB, 0 },
	{ { 14, 48, 48, false, 0, 2 }, 2, 32 * MIB, 32 },
	{ { 14, 48, 48, false, 0, 2 }, 3, 16 * KIB, 128 },
	{ { 14, 25, 48, false, 3, 2048 }, 3, 16 * KIB, 128 },
	{ { 16, 52, 52, false, 1, 1024 }, 1, 4 * TIB, 0 },
	{ { 16, 48, 52, false, 1, 64 }, 1, 4 * TIB, 0 },
	{ { 16, 48, 48, false, 1, 64 }, 2, 512 * MIB, 32 },
	{ { 16, 48, 48, false, 1, 64 }, 3, 64 * KIB, 32 },
	{ { 16, 25, 48, false, 3, 512 }, 3, 64 * KIB, 32 },
};
#define LEAVES (sizeof(leaves) / sizeof(*leaves))

static void one_leaf(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	struct sim_translation *seen = ctx;

	(void)va;
	assert_false(seen->valid);
	*seen = *leaf;
}

/* The second of four entries, and 16 GiB to 4 PiB of address. */
static void a_leaf_of_each_level_maps_its_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEAVES; i++) {
		struct chain chain = chain_of(&leaves[i].shape, POOL_PA, 0, 0);
		uint64_t type = leaves[i].level == 3 ? PAGE : BLOCK;
		uint64_t size = leaves[i].size, va = size + size / 2 + 8;
		struct sim_translation t;

		chain.table[leaves[i].level + 1][1] = 3 * size | type;
		t = sim_walk(chain.sim, root_of(&chain), va);
		assert_true(t.valid && !t.contiguous);
		assert_int_equal(t.level, leaves[i].level);
		assert_int_equal(t.size, size);
		assert_int_equal(t.pa, 3 * size + size / 2 + 8);
		/* A hint where there are no runs means nothing. */
		chain.table[leaves[i].level + 1][1] |= CONTIGUOUS;
		t = sim_walk(chain.sim, root_of(&chain), va);
		assert_int_equal(t.contiguous, leaves[i].run != 0);
		sim_free(chain.sim);
	}
}

static void a_run_of_each_level_is_one_leaf(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEAVES; i++) {
		struct chain chain = chain_of(&leaves[i].shape, POOL_PA, 0, 0);
		uint64_t type = leaves[i].level == 3 ? PAGE : BLOCK;
		uint64_t size = leaves[i].size, run_size = leaves[i].run * size;
		uint64_t *table = chain.table[leaves[i].level + 1];
		struct sim_translation t = { .valid = false };

		/* In a root of 16 blocks the second run begins after its end. */
		unsigned int first = leaves[i].shape.root_entries == 16 ? 0 :
									  leaves[i].run;

		for (unsigned int j = 0; j < leaves[i].run; j++)
			table[first + j] = (2 * run_size + j * size) | type | CONTIGUOUS;
		if (leaves[i].run) {
			sim_for_each_leaf(chain.sim, root_of(&chain), first * size,
					  run_size, one_leaf, &t);
			assert_true(t.valid && t.contiguous);
			assert_int_equal(t.size, run_size);
			assert_int_equal(t.pa, 2 * run_size);
		}
		sim_free(chain.sim);
	}
}

static void a_run_longer_than_its_root_is_none(void **state)
{
	/* 4K, 42 bits: 8 entries at level 0; 16K, 48: 2. 4K, 32: 4 of 1 GiB. */
	static const struct shape shape = { 12, 32, 48, false, 1, 4 };
	struct chain chain = chain_of(&shape, POOL_PA, 0, 0);
	struct sim_translation t;

	(void)state;
	chain.table[2][1] = GIB | BLOCK | CONTIGUOUS;
	t = sim_walk(chain.sim, root_of(&chain), GIB);
	assert_true(t.valid && !t.contiguous);
	assert_int_equal(t.size, GIB);
	sim_free(chain.sim);
}

/* Bit 1 clear is reserved there: it maps nothing. */
static void there_are_no_blocks_further_up(void **state)
{
	static const struct {
		struct shape shape;
		int level;
	} cases[] = {
		{ { 12, 48, 48, false, 0, 512 }, 0 },
		{ { 12, 52, 52, true, -1, 16 }, -1 },
		{ { 14, 47, 48, false, 1, 2048 }, 1 },
		{ { 14, 52, 52, true, 0, 32 }, 0 },
		{ { 16, 48, 48, false, 1, 64 }, 1 },
		{ { 12, 39, 48, false, 1, 512 }, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct chain chain = chain_of(&cases[i].shape, POOL_PA, 0, 0);
		struct sim_translation t;

		chain.table[cases[i].level + 1][0] = BLOCK;
		t = sim_walk(chain.sim, root_of(&chain), 0);
		assert_false(t.valid);
		assert_int_equal(t.level, cases[i].level);
		sim_free(chain.sim);
	}
}

/* ------------------------------------------------------------- 52 bits of output */

/* Where a descriptor has OA[51:48]: FEAT_LPA, and FEAT_LPA2 with both granules. */
static const struct {
	struct shape shape;
	int level;
	uint8_t bit[4];
} high_bits[] = {
	{ { 16, 52, 52, false, 1, 1024 }, 1, { 12, 13, 14, 15 } },
	{ { 16, 52, 52, false, 1, 1024 }, 2, { 12, 13, 14, 15 } },
	{ { 16, 52, 52, false, 1, 1024 }, 3, { 12, 13, 14, 15 } },
	{ { 12, 52, 52, true, -1, 16 }, 0, { 48, 49, 8, 9 } },
	{ { 12, 52, 52, true, -1, 16 }, 1, { 48, 49, 8, 9 } },
	{ { 12, 52, 52, true, -1, 16 }, 2, { 48, 49, 8, 9 } },
	{ { 12, 52, 52, true, -1, 16 }, 3, { 48, 49, 8, 9 } },
	{ { 14, 52, 52, true, 0, 32 }, 1, { 48, 49, 8, 9 } },
	{ { 14, 52, 52, true, 0, 32 }, 2, { 48, 49, 8, 9 } },
	{ { 14, 52, 52, true, 0, 32 }, 3, { 48, 49, 8, 9 } },
};

static void each_high_address_bit_has_its_place_in_a_leaf(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(high_bits) / sizeof(*high_bits); i++) {
		struct chain chain = chain_of(&high_bits[i].shape, POOL_PA, 0, 0);
		int level = high_bits[i].level;

		for (unsigned int j = 0; j < 4; j++) {
			struct sim_translation t;

			chain.table[level + 1][0] = BIT(high_bits[i].bit[j]) |
						    (level == 3 ? PAGE : BLOCK);
			t = sim_walk(chain.sim, root_of(&chain), 0x123);
			assert_true(t.valid);
			assert_int_equal(t.pa, BIT(48 + j) + 0x123);
		}
		sim_free(chain.sim);
	}
}

static void each_high_address_bit_has_its_place_in_a_table_descriptor(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(high_bits) / sizeof(*high_bits); i++) {
		const struct shape *shape = &high_bits[i].shape;

		for (unsigned int j = 0; j < 4 && high_bits[i].level == 3; j++) {
			struct sim *sim = machine(shape, BIT(48 + j));
			struct chain chain = { .sim = sim, .start = shape->start };
			struct sim_translation t;

			for (int level = 3; level >= shape->start; level--) {
				uint64_t below = chain.pa[level + 2 > 4 ? 4 : level + 2];
				uint64_t *pa = &chain.pa[level + 1];
				uint64_t *table = zeroed(sim, shape->granule_shift, pa);

				/* The low bits of the address are below 2^48. */
				table[0] = level == 3 ? GIB | PAGE :
							(below & (BIT(48) - 1)) |
								BIT(high_bits[i].bit[j]) |
								TABLE;
			}
			t = sim_walk(sim, root_of(&chain), 0);
			assert_true(t.valid);
			assert_int_equal(t.level, 3);
			assert_int_equal(t.pa, GIB);
			sim_free(sim);
		}
	}
}

/* An Address size fault: nothing is mapped, and nothing cached. */
static void an_address_beyond_the_output_size_maps_nothing(void **state)
{
	static const struct {
		struct shape shape;
		uint64_t bad, good;
	} cases[] = {
		{ { 12, 48, 40, false, 0, 512 }, BIT(40), BIT(39) },
		{ { 12, 48, 32, false, 0, 512 }, BIT(32), BIT(31) },
		{ { 12, 48, 48, true, 0, 512 }, BIT(8), BIT(47) },
		{ { 14, 48, 48, true, 0, 2 }, BIT(48), BIT(47) },
		{ { 16, 48, 48, false, 1, 64 }, BIT(12), BIT(47) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct chain chain = chain_of(&cases[i].shape, BIT(30), 0, 0);

		chain.table[4][0] = cases[i].bad | PAGE;
		assert_false(sim_walk(chain.sim, root_of(&chain), 0).valid);
		chain.table[4][0] = cases[i].good | PAGE;
		assert_true(sim_walk(chain.sim, root_of(&chain), 0).valid);
		sim_free(chain.sim);
	}
}

/* With LPA2, bits 9 and 8 are address; without, shareability. */
static void shareability_is_address_with_lpa2(void **state)
{
	static const struct shape with = { 12, 48, 52, true, 0, 512 };
	static const struct shape without = { 12, 48, 48, false, 0, 512 };

	(void)state;
	for (int lpa2 = 0; lpa2 < 2; lpa2++) {
		struct chain chain = chain_of(lpa2 ? &with : &without, POOL_PA, 0, 0);
		const char *text = lpa2 ? "output address" : "memory type or nG";

		chain.table[4][0] = GIB | PAGE;
		walk_on_cpu(&chain);
		sim_store(chain.sim, &chain.table[4][0], GIB | PAGE | BIT(9));
		assert_int_equal(findings(chain.sim), 1);
		assert_non_null(strstr(sim_finding(chain.sim, 0)->text, text));
		sim_free(chain.sim);
	}
}

/* A block at 2^51 + 2^48 becomes pages; in one of them bit 51 is forgotten. */
static void check_split(bool forgotten)
{
	static const struct shape shape = { 16, 52, 52, false, 1, 1024 };
	struct chain chain = chain_of(&shape, POOL_PA, 0, 0);
	uint64_t high = BIT(15) | BIT(12);

	for (uint64_t i = 0; i < 8192; i++)
		chain.table[4][i] = (i * 64 * KIB) | high | PAGE;
	if (forgotten)
		chain.table[4][4711] &= ~BIT(15);
	chain.table[3][0] = high | BLOCK;
	walk_on_cpu(&chain);
	sim_store(chain.sim, &chain.table[3][0], chain.pa[4] | TABLE);
	sim_barrier(chain.sim, SIM_DSB_ISHST);
	assert_int_equal(sim_finding_count(chain.sim, SIM_CONFLICT), forgotten);
	if (forgotten)
		assert_int_equal(sim_finding(chain.sim, 0)->va, 4711 * 64 * KIB);
	sim_tlbi(chain.sim, SIM_VMALLE1);
	sim_barrier(chain.sim, SIM_DSB_NSH);
	sim_expect_clean(chain.sim);
	assert_int_equal(findings(chain.sim), forgotten);
	sim_free(chain.sim);
}

static void a_split_has_to_keep_the_high_address_bits(void **state)
{
	(void)state;
	check_split(false);
	check_split(true);
}

/* ------------------------------------------------------------------------ level -1 */

static void a_table_below_level_minus_1_is_held_until_all_levels_go(void **state)
{
	static const struct shape shape = { 12, 52, 52, true, -1, 16 };
	struct chain chain = chain_of(&shape, POOL_PA, 3, 0);

	(void)state;
	chain.table[4][0] = GIB | PAGE;
	walk_on_cpu(&chain);
	sim_store(chain.sim, &chain.table[0][3], 0);
	sim_barrier(chain.sim, SIM_DSB_ISHST);
	sim_tlbi(chain.sim, SIM_VAALE1IS);
	sim_barrier(chain.sim, SIM_DSB_ISH);
	sim_release(chain.sim, 0, chain.pa[1], 1);
	assert_int_equal(findings(chain.sim), 1);
	assert_int_equal(sim_finding_count(chain.sim, SIM_USE_AFTER_FREE), 1);
	sim_free(chain.sim);

	chain = chain_of(&shape, POOL_PA, 3, 0);
	chain.table[4][0] = GIB | PAGE;
	walk_on_cpu(&chain);
	sim_store(chain.sim, &chain.table[0][3], 0);
	sim_barrier(chain.sim, SIM_DSB_ISHST);
	sim_expect_clean(chain.sim);
	assert_int_equal(sim_finding_count(chain.sim, SIM_STALE), 1);
	assert_int_equal(sim_finding(chain.sim, 0)->va, 3 * BIT(48));
	sim_tlbi(chain.sim, SIM_VAAE1IS);
	sim_barrier(chain.sim, SIM_DSB_ISH);
	sim_release(chain.sim, 0, chain.pa[1], 1);
	sim_expect_clean(chain.sim);
	assert_int_equal(findings(chain.sim), 1);
	sim_free(chain.sim);
}

/* ---------------------------------------------------------------------- small roots */

/* 16K, 48 bits: 2 entries, so 64 bytes, 8 words, from one root to the next. */
static const struct shape small = { 14, 48, 48, false, 0, 2 };
#define SMALL_ROOT 64

/* Two roots in one granule; CPU 0 walks the one at the second place. */
struct roots {
	struct sim *sim;
	uint64_t pa, l1_pa;
	uint64_t *words, *l1;
};

static struct roots two_roots(void)
{
	struct roots r = { .sim = machine(&small, POOL_PA) };

	assert_non_null(r.sim);
	r.words = zeroed(r.sim, 14, &r.pa);
	r.l1 = zeroed(r.sim, 14, &r.l1_pa);
	r.words[8] = r.l1_pa | TABLE;
	sim_wrote(r.sim, r.words);
	sim_wrote(r.sim, r.l1);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	sim_write_ttbr(r.sim, r.pa + SMALL_ROOT);
	sim_barrier(r.sim, SIM_ISB);
	return r;
}

static void a_small_root_is_walked_where_it_is(void **state)
{
	struct roots r = two_roots();
	uint64_t l2_pa, *l2 = zeroed(r.sim, 14, &l2_pa);

	(void)state;
	l2[0] = 32 * MIB | BLOCK;
	r.l1[0] = l2_pa | TABLE;
	assert_int_equal(sim_walk(r.sim, r.pa + SMALL_ROOT, 8).pa, 32 * MIB + 8);
	assert_false(sim_walk(r.sim, r.pa, 8).valid);
	assert_int_equal(findings(r.sim), 0);
	sim_free(r.sim);
}

static void roots_in_one_granule_are_tables_of_their_own(void **state)
{
	struct roots r = two_roots();

	(void)state;
	/* Before it and after it: stores and plain stores. */
	r.words[0] = r.l1_pa | TABLE;
	sim_wrote(r.sim, &r.words[0]);
	sim_store(r.sim, &r.words[16], r.l1_pa | TABLE);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	sim_write_ttbr(r.sim, r.pa);
	sim_barrier(r.sim, SIM_ISB);
	sim_write_ttbr(r.sim, r.pa + 2 * SMALL_ROOT);
	sim_barrier(r.sim, SIM_ISB);
	sim_expect_clean(r.sim);
	assert_int_equal(findings(r.sim), 0);
	/* The one that is walked. */
	sim_wrote(r.sim, &r.words[16]);
	assert_int_equal(sim_finding_count(r.sim, SIM_USE_AFTER_FREE), 1);
	sim_free(r.sim);
}

static void a_small_root_needs_its_dsb(void **state)
{
	struct roots r = two_roots();

	(void)state;
	sim_store(r.sim, &r.words[24], r.l1_pa | TABLE);
	sim_write_ttbr(r.sim, r.pa + 3 * SMALL_ROOT);
	assert_int_equal(sim_finding_count(r.sim, SIM_INVISIBLE_TABLE), 1);
	assert_int_equal(findings(r.sim), 1);
	sim_free(r.sim);
}

static void an_entry_of_a_small_root_is_followed(void **state)
{
	struct roots r = two_roots();

	(void)state;
	sim_store(r.sim, &r.words[8], 0);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	sim_release(r.sim, 1, r.l1_pa, 1);
	assert_int_equal(sim_finding_count(r.sim, SIM_USE_AFTER_FREE), 1);
	sim_release(r.sim, 0, r.pa, 1);
	assert_int_equal(sim_finding_count(r.sim, SIM_USE_AFTER_FREE), 2);
	sim_free(r.sim);
}

/* It has two entries; the rest of its 64 bytes is padding. */
static void what_is_after_the_last_entry_is_not_an_entry(void **state)
{
	struct roots r = two_roots();

	(void)state;
	sim_store(r.sim, &r.words[10], r.l1_pa | TABLE);
	sim_store(r.sim, &r.words[10], 0);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	sim_expect_clean(r.sim);
	assert_int_equal(findings(r.sim), 0);
	sim_free(r.sim);
}

static void walk_alone(struct sim *sim, uint64_t root)
{
	sim_write_ttbr(sim, root);
	sim_barrier(sim, SIM_ISB);
	sim_tlbi(sim, SIM_VMALLE1IS);
	sim_barrier(sim, SIM_DSB_ISH);
}

/*
 * sim_wrote() named all of the granule; then a root of it changed that has 2 of its 2048
 * words. The others are still as named: of the next root, and of a table of level 2.
 */
static void a_small_root_may_become_a_table(void **state)
{
	struct roots r = two_roots();
	uint64_t pa, *words = zeroed(r.sim, 14, &pa);

	(void)state;
	sim_wrote(r.sim, words);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	walk_alone(r.sim, pa);
	sim_store(r.sim, &words[1], r.l1_pa | TABLE);
	sim_store(r.sim, &words[1], 0);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	walk_alone(r.sim, pa + SMALL_ROOT);
	walk_alone(r.sim, r.pa + SMALL_ROOT);
	sim_store(r.sim, &r.l1[5], pa | TABLE);
	sim_barrier(r.sim, SIM_DSB_ISHST);
	sim_expect_clean(r.sim);
	assert_int_equal(findings(r.sim), 0);
	sim_free(r.sim);
}

static void a_root_is_aligned_to_its_size(void **state)
{
	static const struct {
		struct shape shape;
		uint64_t good, bad;
	} cases[] = {
		{ { 14, 48, 48, false, 0, 2 }, 64, 32 },
		{ { 12, 52, 52, true, -1, 16 }, 128, 64 },
		{ { 12, 36, 48, false, 1, 64 }, 512, 256 },
		{ { 12, 48, 48, false, 0, 512 }, 4096, 2048 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sim *sim = machine(&cases[i].shape, POOL_PA);
		uint64_t pa;

		assert_non_null(sim);
		assert_int_equal(sim_alloc(sim, 0, 2, &pa), 2);
		memset(sim_pointer(sim, pa), 0,
		       (size_t)2 << cases[i].shape.granule_shift);
		sim_wrote(sim, sim_pointer(sim, pa + cases[i].good));
		sim_barrier(sim, SIM_DSB_ISHST);
		sim_write_ttbr(sim, pa + cases[i].good);
		assert_int_equal(findings(sim), 0);
		sim_write_ttbr(sim, pa + cases[i].bad);
		assert_int_equal(sim_finding_count(sim, SIM_BAD_ROOT), 1);
		assert_int_equal(findings(sim), 1);
		sim_free(sim);
	}
}

/* ------------------------------------------------------------ hierarchical attributes */

#define AP_EL0	     BIT(6)
#define AP_READ_ONLY BIT(7)
#define NS	     BIT(5)
#define NG	     BIT(11)
#define PXN	     BIT(53)
#define UXN	     BIT(54)
#define PXN_TABLE    BIT(59)
#define UXN_TABLE    BIT(60)
#define AP_TABLE_EL0 BIT(61)
#define AP_TABLE_RO  BIT(62)
#define NS_TABLE     BIT(63)

static struct sim *machine_of(enum sim_regime regime, uint64_t *root, uint64_t *tables[2])
{
	struct sim_config config = { .cpus = 1,
				     .granule_shift = 12,
				     .ia_bits = 30,
				     .regime = regime,
				     .pool_pa = POOL_PA,
				     .pool_tables = 4 };
	struct sim *sim = sim_new(&config);
	uint64_t pa;

	assert_non_null(sim);
	tables[0] = zeroed(sim, 12, root);
	tables[1] = zeroed(sim, 12, &pa);
	tables[0][0] = pa | TABLE;
	return sim;
}

static void see_attrs(void *ctx, uint64_t va, const struct sim_translation *leaf)
{
	uint64_t *attrs = ctx;

	(void)va;
	*attrs = leaf->attrs;
}

/* By one walk, and by all of them. */
static uint64_t attrs_below(enum sim_regime regime, uint64_t above, uint64_t leaf)
{
	uint64_t root, *tables[2], attrs = 0;
	struct sim *sim = machine_of(regime, &root, tables);

	tables[0][0] |= above;
	tables[1][0] = GIB | PAGE | leaf;
	sim_for_each_leaf(sim, root, 0, 1, see_attrs, &attrs);
	assert_int_equal(sim_walk(sim, root, 0).attrs, attrs);
	sim_free(sim);
	return attrs;
}

static void tables_take_permissions_away(void **state)
{
	static const struct {
		uint64_t above, leaf, effective;
	} cases[] = {
		{ 0, AP_EL0, AP_EL0 },
		{ 0, AP_EL0 | NG | PXN, AP_EL0 | NG | PXN },
		{ PXN_TABLE, AP_EL0, AP_EL0 | PXN },
		{ UXN_TABLE, AP_EL0, AP_EL0 | UXN },
		{ AP_TABLE_EL0, AP_EL0, 0 },
		{ AP_TABLE_RO, AP_EL0, AP_EL0 | AP_READ_ONLY },
		/* Read-only above: the dirty bit gives no leave to write. */
		{ AP_TABLE_RO, BIT(51), AP_READ_ONLY },
		{ NS_TABLE, 0, NS },
		{ PXN_TABLE | UXN_TABLE | AP_TABLE_EL0 | AP_TABLE_RO | NS_TABLE, AP_EL0,
		  PXN | UXN | AP_READ_ONLY | NS },
		/* AF and software bits are not permissions. */
		{ BIT(10) | BIT(55), BIT(56) | BIT(58), 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(attrs_below(SIM_EL1_0, cases[i].above, cases[i].leaf),
				 cases[i].effective);
		assert_int_equal(attrs_below(SIM_EL2_0, cases[i].above, cases[i].leaf),
				 cases[i].effective);
	}
}

static void one_range_has_xn_and_nothing_of_el0(void **state)
{
	(void)state;
	for (enum sim_regime regime = SIM_EL2; regime <= SIM_EL3; regime++) {
		assert_int_equal(attrs_below(regime, UXN_TABLE, 0), UXN);
		assert_int_equal(
			attrs_below(regime, PXN_TABLE | AP_TABLE_EL0, PXN | AP_EL0), 0);
		assert_int_equal(attrs_below(regime, AP_TABLE_RO, UXN),
				 UXN | AP_READ_ONLY);
	}
	assert_int_equal(attrs_below(SIM_EL2, 0, NG), 0);
}

static void a_slot_that_is_read_only_by_its_table_is_no_slot(void **state)
{
	uint64_t root, *tables[2];
	struct sim *sim = machine_of(SIM_EL1_0, &root, tables);

	(void)state;
	/* The pool is at 2 GiB; its first page at address 0. */
	tables[1][0] = POOL_PA | PAGE;
	sim_wrote(sim, tables[0]);
	sim_wrote(sim, tables[1]);
	sim_barrier(sim, SIM_DSB_ISHST);
	sim_linear_map(sim, UINT64_C(0) - POOL_PA);
	sim_write_ttbr(sim, root);
	sim_barrier(sim, SIM_ISB);
	sim_store(sim, &tables[0][1], 0);
	assert_int_equal(findings(sim), 0);
	sim_store(sim, &tables[0][0], tables[0][0] | AP_TABLE_RO);
	sim_barrier(sim, SIM_DSB_ISHST);
	sim_store(sim, &tables[0][1], 0);
	assert_int_equal(sim_finding_count(sim, SIM_SELF_COVER), 1);
	sim_free(sim);
}

/* ------------------------------------------------------------------------ refusals */

static void machines_that_do_not_exist_are_refused(void **state)
{
	static const struct sim_config good = { .cpus = 1,
						.granule_shift = 12,
						.ia_bits = 48,
						.oa_bits = 48,
						.pool_pa = POOL_PA,
						.pool_tables = 4 };
	static const struct {
		uint8_t granule_shift, ia_bits, oa_bits;
		bool lpa2, upper, exists;
		enum sim_regime regime;
	} cases[] = {
		{ 12, 48, 48, false, true, true, SIM_EL1_0 },
		{ 12, 48, 0, false, true, true, SIM_EL2_0 },
		{ 12, 48, 48, false, false, true, SIM_EL2 },
		{ 12, 48, 48, false, true, false, SIM_EL2 },
		{ 12, 48, 48, false, true, false, SIM_EL3 },
		{ 12, 48, 48, false, false, false, (enum sim_regime)4 },
		{ 13, 48, 48, false, false, false, SIM_EL1_0 },
		{ 12, 24, 48, false, false, false, SIM_EL1_0 },
		{ 12, 49, 48, false, false, false, SIM_EL1_0 },
		{ 14, 49, 48, false, false, false, SIM_EL1_0 },
		{ 12, 49, 48, true, false, true, SIM_EL1_0 },
		{ 14, 52, 52, true, false, true, SIM_EL1_0 },
		{ 16, 52, 48, false, false, true, SIM_EL1_0 },
		{ 16, 53, 52, false, false, false, SIM_EL1_0 },
		{ 12, 48, 52, false, false, false, SIM_EL1_0 },
		{ 12, 48, 47, false, false, false, SIM_EL1_0 },
		{ 16, 48, 52, false, false, true, SIM_EL1_0 },
		{ 16, 48, 48, true, false, false, SIM_EL1_0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sim_config config = good;
		struct sim *sim;

		config.granule_shift = cases[i].granule_shift;
		config.ia_bits = cases[i].ia_bits;
		config.oa_bits = cases[i].oa_bits;
		config.lpa2 = cases[i].lpa2;
		config.upper = cases[i].upper;
		config.regime = cases[i].regime;
		sim = sim_new(&config);
		if (!sim != !cases[i].exists)
			fail_msg("case %u: expected %s", (unsigned int)i,
				 cases[i].exists ? "a machine" : "a refusal");
		sim_free(sim);
	}
}

static void a_pool_beyond_the_output_size_is_refused(void **state)
{
	struct sim_config config = { .cpus = 1,
				     .granule_shift = 12,
				     .ia_bits = 39,
				     .oa_bits = 32,
				     .pool_pa = BIT(32) - 4 * 4 * KIB,
				     .pool_tables = 4 };
	struct sim *sim = sim_new(&config);

	(void)state;
	assert_non_null(sim);
	sim_free(sim);
	config.pool_tables = 5;
	assert_null(sim_new(&config));
	config.pool_tables = 0;
	assert_null(sim_new(&config));
	config.pool_tables = 4;
	config.pool_pa = BIT(33);
	assert_null(sim_new(&config));
	config.pool_pa = POOL_PA + 64;
	assert_null(sim_new(&config));
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_starts_where_the_input_size_says),
		cmocka_unit_test(a_leaf_of_each_level_maps_its_size),
		cmocka_unit_test(a_run_of_each_level_is_one_leaf),
		cmocka_unit_test(a_run_longer_than_its_root_is_none),
		cmocka_unit_test(there_are_no_blocks_further_up),
		cmocka_unit_test(each_high_address_bit_has_its_place_in_a_leaf),
		cmocka_unit_test(
			each_high_address_bit_has_its_place_in_a_table_descriptor),
		cmocka_unit_test(an_address_beyond_the_output_size_maps_nothing),
		cmocka_unit_test(shareability_is_address_with_lpa2),
		cmocka_unit_test(a_split_has_to_keep_the_high_address_bits),
		cmocka_unit_test(a_table_below_level_minus_1_is_held_until_all_levels_go),
		cmocka_unit_test(a_small_root_is_walked_where_it_is),
		cmocka_unit_test(roots_in_one_granule_are_tables_of_their_own),
		cmocka_unit_test(a_small_root_needs_its_dsb),
		cmocka_unit_test(an_entry_of_a_small_root_is_followed),
		cmocka_unit_test(what_is_after_the_last_entry_is_not_an_entry),
		cmocka_unit_test(a_small_root_may_become_a_table),
		cmocka_unit_test(a_root_is_aligned_to_its_size),
		cmocka_unit_test(tables_take_permissions_away),
		cmocka_unit_test(one_range_has_xn_and_nothing_of_el0),
		cmocka_unit_test(a_slot_that_is_read_only_by_its_table_is_no_slot),
		cmocka_unit_test(machines_that_do_not_exist_are_refused),
		cmocka_unit_test(a_pool_beyond_the_output_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
