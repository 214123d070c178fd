// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Putting leaves down: which ones, what is refused and changes nothing, and who is counted. */
#include "support.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------- largest leaves first */

static void the_largest_leaves_that_fit_are_put_down(void **state)
{
	const struct split_case *c = *state;
	struct leaves leaves;
	struct machine m;

	machine_start(&m, &c->machine);
	expect_leaves(&m, c->before);
	expect_translations(&m);
	expect_census(&m);
	leaves_of_mappings(&leaves, &m);
	expect_these_leaves(&m, &leaves);
	leaves_free(&leaves);
	expect_clean(&m);
	machine_stop(&m);
}

static void each_kind_of_leaf_is_put_down(void **state)
{
	const struct geometry *g = *state;
	struct leaf_count counts[LEAF_SIZES];
	struct machine m;

	machine_start(&m, &g->machine);
	expect_leaves(&m, geometry_leaf_counts(g, counts));
	expect_translations(&m);
	expect_census(&m);
	expect_clean(&m);
	machine_stop(&m);
}

struct fit_case {
	struct machine_config machine;
	struct leaf_count leaves[LEAF_SIZES];
};

static const struct fit_case fits[] = {
	{
		/* Up to 2M, 32M, 1G and 16G a leaf of each size on both sides of 16G. */
		.machine = { .name = "grows-and-shrinks",
			     .ram = { { 15 * GIB - 34 * MIB - 68 * KIB,
					18 * GIB + 68 * MIB + 136 * KIB } } },
		/*
		 * 15G - 34M - 68K: a page, a run of 64K, a block of 2M, a run of 32M,
		 * a block of 1G to 16G; a run of 16G to 32G; 1G to 33G, then the same
		 * backwards.
		 */
		.leaves = { { 4 * KIB, false, 2 },
			    { 64 * KIB, true, 2 },
			    { 2 * MIB, false, 2 },
			    { 32 * MIB, true, 2 },
			    { 1 * GIB, false, 2 },
			    { 16 * GIB, true, 1 } },
	},
	{
		/* 15 pages around each of two borders of 64K: not one run. */
		.machine = { .name = "a-run-less-a-page",
			     .ram = { { 1 * GIB + 4 * KIB, 60 * KIB } } },
		.leaves = { { 4 * KIB, false, 15 } },
	},
	{
		/* 16 pages that are not aligned to 16. */
		.machine = { .name = "an-unaligned-run",
			     .ram = { { 1 * GIB + 32 * KIB, 64 * KIB } } },
		.leaves = { { 4 * KIB, false, 16 } },
	},
	{
		/* 16 blocks that are not aligned to 16; 30M and 2M. */
		.machine = { .name = "an-unaligned-run-of-blocks",
			     .ram = { { 1 * GIB + 2 * MIB, 32 * MIB } } },
		.leaves = { { 2 * MIB, false, 16 } },
	},
	{
		/* Both addresses are aligned to 64K, congruent modulo 64K: 32 runs a block. */
		.machine = { .name = "skewed-by-64k",
			     .skew = 64 * KIB,
			     .ram = { { 1 * GIB, 2 * MIB } } },
		.leaves = { { 64 * KIB, true, 32 } },
	},
	{
		/* Congruent modulo 32M: runs of blocks, and never 1G. */
		.machine = { .name = "skewed-by-32m",
			     .skew = 32 * MIB,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.leaves = { { 32 * MIB, true, 32 } },
	},
	{
		/* Congruent modulo 1G: blocks of 1G, and never a run of them. */
		.machine = { .name = "skewed-by-1g",
			     .skew = 1 * GIB,
			     .ram = { { 16 * GIB, 16 * GIB } } },
		.leaves = { { 1 * GIB, false, 16 } },
	},
	{
		/* A root of 2 entries has no run of 16. */
		.machine = { .name = "31-bits", .ia_bits = 31, .ram = { { 0, 2 * GIB } } },
		.leaves = { { 1 * GIB, false, 2 } },
	},
	{
		/* A root of 16 entries is one. */
		.machine = { .name = "25-bits",
			     .ia_bits = 25,
			     .ram = { { 0, 32 * MIB } } },
		.leaves = { { 32 * MIB, true, 1 } },
	},
	{
		/* 16K has no blocks of 64G: 64 runs of 1G. */
		.machine = { .name = "16k-no-level-1-blocks",
			     .granule_shift = 14,
			     .ram = { { 64 * GIB, 64 * GIB } } },
		.leaves = { { 1 * GIB, true, 64 } },
	},
	{
		/* 64K has no blocks of 4T: 256 runs of 16G. */
		.machine = { .name = "64k-no-level-1-blocks",
			     .granule_shift = 16,
			     .ram = { { 4096 * GIB, 4096 * GIB } } },
		.leaves = { { 16 * GIB, true, 256 } },
	},
	{
		/* LPA2 has blocks of 512G, and no runs of them. */
		.machine = { .name = "lpa2-level-0-blocks",
			     .oa_bits = 52,
			     .lpa2 = true,
			     .ram = { { 8 * TIB, 8 * TIB } } },
		.leaves = { { 512 * GIB, false, 16 } },
	},
	{
		/* However many bits the addresses have. */
		.machine = { .name = "lpa2-level-0-blocks-of-48-bits",
			     .lpa2 = true,
			     .ram = { { 512 * GIB, 512 * GIB } } },
		.leaves = { { 512 * GIB, false, 1 } },
	},
	{
		/* A root on level 1 has none: 32 runs of 16G. */
		.machine = { .name = "lpa2-39-bits",
			     .ia_bits = 39,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .ram = { { 0, 512 * GIB } } },
		.leaves = { { 16 * GIB, true, 32 } },
	},
	{
		/* Congruent modulo 256G only: 16 runs of 16G for each. */
		.machine = { .name = "lpa2-skewed-by-256g",
			     .oa_bits = 52,
			     .lpa2 = true,
			     .skew = 256 * GIB,
			     .ram = { { 512 * GIB, 256 * GIB } } },
		.leaves = { { 16 * GIB, true, 16 } },
	},
	{
		/* 16K with LPA2 has blocks of 64G, and no runs of them. */
		.machine = { .name = "16k-lpa2-level-1-blocks",
			     .granule_shift = 14,
			     .oa_bits = 52,
			     .lpa2 = true,
			     .ram = { { 8 * TIB, 8 * TIB + 1 * GIB } } },
		.leaves = { { 64 * GIB, false, 128 }, { 1 * GIB, true, 1 } },
	},
	{
		/* 64K with 52 bits of output has blocks of 4T, and no runs of them. */
		.machine = { .name = "64k-lpa-level-1-blocks",
			     .granule_shift = 16,
			     .oa_bits = 52,
			     .ram = { { 128 * TIB, 128 * TIB } } },
		.leaves = { { 4 * TIB, false, 32 } },
	},
	{
		/* With 48 it has none, however many there are of input. */
		.machine = { .name = "64k-lva-no-level-1-blocks",
			     .granule_shift = 16,
			     .ia_bits = 52,
			     .ram = { { 4 * TIB, 4 * TIB } } },
		.leaves = { { 16 * GIB, true, 256 } },
	},
	{
		/* Without runs: 32M is 16 blocks, 64K 16 pages. */
		.machine = { .name = "no-runs",
			     .flags = LM_NO_RUNS,
			     .ram = { { 1 * GIB, 32 * MIB + 64 * KIB } } },
		.leaves = { { 2 * MIB, false, 16 }, { 4 * KIB, false, 16 } },
	},
	{
		/* Runs up to 32M, as Linux makes them: 32 blocks of 1G, not two runs. */
		.machine = { .name = "runs-up-to-32M",
			     .longest_contiguous = 32 * MIB,
			     .ram = { { 16 * GIB, 32 * GIB + 34 * MIB + 64 * KIB } } },
		.leaves = { { 1 * GIB, false, 32 },
			    { 32 * MIB, true, 1 },
			    { 2 * MIB, false, 1 },
			    { 64 * KIB, true, 1 } },
	},
	{
		/* A byte less: 17 blocks. */
		.machine = { .name = "runs-below-32M",
			     .longest_contiguous = 32 * MIB - 1,
			     .ram = { { 1 * GIB, 34 * MIB + 64 * KIB } } },
		.leaves = { { 2 * MIB, false, 17 }, { 64 * KIB, true, 1 } },
	},
	{
		/* Without blocks: runs of pages only, 34M / 64K. */
		.machine = { .name = "no-blocks",
			     .flags = LM_NO_BLOCKS,
			     .ram = { { 1 * GIB, 34 * MIB } } },
		.leaves = { { 64 * KIB, true, 544 } },
	},
	{
		/* Without either: 2M / 4K. */
		.machine = { .name = "neither",
			     .flags = LM_NO_BLOCKS | LM_NO_RUNS,
			     .ram = { { 1 * GIB, 2 * MIB } } },
		.leaves = { { 4 * KIB, false, 512 } },
	},
};

static void leaves_fit_address_size_and_flags(void **state)
{
	const struct fit_case *c = *state;
	struct machine m;

	machine_start(&m, &c->machine);
	expect_leaves(&m, c->leaves);
	expect_translations(&m);
	machine_stop(&m);
}

static void ranges_that_meet_keep_the_leaves_they_were_given(void **state)
{
	const struct machine_config config = {
		.ram = { { 1 * GIB, 32 * KIB }, { 1 * GIB + 32 * KIB, 32 * KIB } }
	};
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	/* 64K altogether, but mapping does not change the size of an existing leaf. */
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 16 }, { 0 } });
	expect_ok(lm_map_range(&m.map, m.linear.range, (lm_pa_t){ 1 * GIB },
			       (lm_attrs_t){ PLAIN_ATTRS }));
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 16 }, { 0 } });
	expect_census(&m);
	machine_stop(&m);
}

static void mapping_while_the_map_is_walked_is_clean(void **state)
{
	const struct machine_config config = { .name = "walked",
					       .ram = { { 1 * GIB, 34 * MIB + 68 * KIB },
							{ 2 * GIB,
							  34 * MIB + 68 * KIB } } };
	struct machine m;

	(void)state;
	machine_start_empty(&m, &config);
	machine_start_cpus(&m);
	m.linear = (struct lm_region){
		.name = "linear",
		.range = machine_range(&m, (struct bank){ 1 * GIB, 2 * GIB }),
	};
	expect_ok(lm_map_add_region(&m.map, &m.linear));
	/* The second bank shares tables with the first; pages follow in a table in use. */
	expect_ok(machine_map(&m, config.ram[0]));
	expect_ok(
		machine_map(&m, (struct bank){ 1 * GIB + 34 * MIB + 68 * KIB, 4 * KIB }));
	expect_ok(machine_map(&m, config.ram[1]));
	expect_translations(&m);
	expect_clean(&m);
	machine_stop(&m);
}

/* --------------------------------------------------------------- what is in the way */

/* 1G + 34M + 68K at 1G: 1G, 32M run, 2M, 64K run, page; room after it. */
static const struct machine_config taken = {
	.name = "taken",
	.ram = { { 1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB }, { 4 * GIB, 4 * KIB } },
	.present_invalid = 0x800,
};

struct way_case {
	const char *name;
	struct bank bank; /* mapped once more */
	uint64_t move;	  /* its output address is so much higher */
	uint64_t attrs;	  /* other ones; 0: the same */
	int err;
	uint64_t where; /* physical address whose linear one is reported */
};

static const struct way_case ways[] = {
	{ "same-page", { 2 * GIB + 34 * MIB + 64 * KIB, 4 * KIB }, 0, 0, 0, 0 },
	{ "same-run", { 2 * GIB + 34 * MIB, 64 * KIB }, 0, 0, 0, 0 },
	{ "same-page-of-a-run", { 2 * GIB + 34 * MIB + 8 * KIB, 4 * KIB }, 0, 0, 0, 0 },
	{ "same-page-of-a-gib", { 1 * GIB + 77 * MIB + 12 * KIB, 4 * KIB }, 0, 0, 0, 0 },
	{ "same-end-of-a-run-of-blocks", { 2 * GIB + 31 * MIB, 3 * MIB }, 0, 0, 0, 0 },
	{ "same-all", { 1 * GIB, 1 * GIB + 34 * MIB + 68 * KIB }, 0, 0, 0, 0 },
	{ "other-address",
	  { 2 * GIB + 34 * MIB + 64 * KIB, 4 * KIB },
	  4 * KIB,
	  0,
	  LM_EEXIST,
	  2 * GIB + 34 * MIB + 64 * KIB },
	{ "other-attributes",
	  { 2 * GIB + 34 * MIB + 64 * KIB, 4 * KIB },
	  0,
	  PLAIN_ATTRS | 0x80,
	  LM_EEXIST,
	  2 * GIB + 34 * MIB + 64 * KIB },
	{ "other-software-bit",
	  { 2 * GIB + 32 * MIB, 2 * MIB },
	  0,
	  PLAIN_ATTRS | UINT64_C(0x0400000000000000),
	  LM_EEXIST,
	  2 * GIB + 32 * MIB },
	{ "other-address-in-a-gib", { 1 * GIB, 1 * GIB }, 1 * GIB, 0, LM_EEXIST, 1 * GIB },
	{ "other-run",
	  { 2 * GIB + 34 * MIB, 64 * KIB },
	  64 * KIB,
	  0,
	  LM_EEXIST,
	  2 * GIB + 34 * MIB },
	/* 1G of nothing before it: leaves and tables would be put first. */
	{ "other-after-a-hole",
	  { 3 * GIB, 1 * GIB + 4 * KIB },
	  4 * KIB,
	  0,
	  LM_EEXIST,
	  4 * GIB },
	/* The same as far as it goes, then room, then the same. */
	{ "same-then-room", { 1 * GIB, 3 * GIB + 4 * KIB }, 0, PLAIN_ATTRS, 0, 0 },
};

static void what_is_in_the_way_stays_and_is_reported(void **state)
{
	const struct way_case *c = *state;
	struct snapshot snapshot;
	struct lm_census census;
	uint64_t generation;
	struct machine m;
	int err;

	machine_start(&m, &taken);
	snapshot_take(&snapshot, &m);
	census = m.linear.census;
	generation = m.map.generation;
	err = lm_map_range(&m.map, machine_range(&m, c->bank),
			   (lm_pa_t){ c->bank.pa + c->move },
			   (lm_attrs_t){ c->attrs ? c->attrs : PLAIN_ATTRS });
	expect_error(err, c->err);
	if (c->err && m.map.where.v != machine_va(&m, c->where).v)
		fail_msg("expected the address 0x%" PRIx64 ", saw 0x%" PRIx64,
			 machine_va(&m, c->where).v, m.map.where.v);
	if (c->err || c->bank.pa + c->bank.size <= 2 * GIB + 34 * MIB + 68 * KIB) {
		expect_unchanged(&snapshot, &m);
		assert_memory_equal(&m.linear.census, &census, sizeof(census));
	}
	if (c->err)
		expect_count(m.map.generation, generation,
			     "generation of an unchanged map");
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void expect_in_the_way(struct machine *m, struct bank bank, uint64_t pa,
			      uint64_t attrs)
{
	struct lm_range range = machine_range(m, bank);

	expect_error(lm_map_range(&m->map, range, (lm_pa_t){ pa }, (lm_attrs_t){ attrs }),
		     LM_EEXIST);
	if (m->map.where.v != range.start.v)
		fail_msg("%s: expected the address 0x%" PRIx64 ", saw 0x%" PRIx64,
			 m->config.name, range.start.v, m->map.where.v);
}

/* Every bit of the output address counts, also those that descriptors move. */
static void another_address_or_attribute_is_in_the_way(void **state)
{
	const struct geometry *g = *state;
	const struct bank kinds[] = { { geometry_page(g), g->page },
				      { geometry_run(g), g->run },
				      { geometry_ram(g).pa, g->blocks * g->block } };
	struct snapshot snapshot;
	struct machine m;

	machine_start(&m, &g->machine);
	snapshot_take(&snapshot, &m);
	for (size_t i = 0; i < 2 + (g->blocks > 0); i++) {
		const struct bank kind = kinds[i];
		uint64_t end = UINT64_C(1) << m.config.oa_bits;

		for (uint64_t bit = g->page; bit < end; bit <<= 1) {
			if (kind.pa + kind.size + bit < end)
				expect_in_the_way(&m, kind, kind.pa + bit,
						  m.config.attrs);
		}
		expect_in_the_way(&m, kind, kind.pa, m.config.attrs ^ LM_ATTR_READ_ONLY);
		expect_ok(lm_map_range(&m.map, machine_range(&m, kind),
				       (lm_pa_t){ kind.pa },
				       (lm_attrs_t){ m.config.attrs }));
	}
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void expect_map_again(struct machine *m, struct bank bank, int err, uint64_t where)
{
	int seen = lm_map_range(&m->map, machine_range(m, bank), (lm_pa_t){ bank.pa },
				(lm_attrs_t){ m->config.attrs });

	expect_error_at(seen, -err, "lm_map_range()", __FILE__, __LINE__);
	if (err)
		expect_count(m->map.where.v, machine_va(m, where).v, "where");
}

/* One member is read-only, or invalid with the mark, and the run is one all the same. */
static void a_member_that_is_not_as_asked_is_in_the_way(void **state)
{
	const struct geometry *g = *state;
	const struct bank run = { geometry_run(g), g->run };
	const uint64_t members[] = { 0, 5 * g->page, g->run - g->page };
	struct machine_config config = g->machine;
	struct machine m;

	config.present_invalid = UINT64_C(1) << 58;
	machine_start(&m, &config);
	for (size_t i = 0; i < 2 * sizeof(members) / sizeof(members[0]); i++) {
		uint64_t at = run.pa + members[i / 2];
		uint64_t other = at == run.pa ? at + g->page : run.pa;
		uint64_t *slot = machine_slot_of(&m, at, 3);
		uint64_t desc = *slot;
		struct snapshot snapshot;

		machine_poke(&m, slot,
			     i % 2 ? desc | LM_ATTR_READ_ONLY :
				     (desc & ~UINT64_C(1)) | config.present_invalid);
		snapshot_take(&snapshot, &m);
		expect_map_again(&m, run, LM_EEXIST, at);
		expect_map_again(&m, (struct bank){ at, g->page }, LM_EEXIST, at);
		/* Others are what they were asked to be. */
		expect_map_again(&m, (struct bank){ other, g->page }, 0, 0);
		expect_unchanged(&snapshot, &m);
		snapshot_free(&snapshot);
		machine_poke(&m, slot, desc);
	}
	expect_map_again(&m, run, 0, 0);
	machine_stop(&m);
}

static void an_invalid_entry_that_holds_a_mapping_is_in_the_way(void **state)
{
	static const uint64_t entries[] = {
		UINT64_C(0x0040000040000f02), /* holds this very page */
		UINT64_C(0x0040000040000701), /* reserved on level 3 */
		UINT64_C(0x0000000000000004), /* invalid, and somebody's */
	};
	const struct machine_config config = { .name = "walked",
					       .ram = { { 1 * GIB, 64 * KIB } },
					       .present_invalid = 0x800 };

	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		/* The first page of 64K, or the ninth. */
		for (uint64_t at = 0; at < 64 * KIB; at += 32 * KIB) {
			struct snapshot snapshot;
			struct machine m;
			lm_va_t va;

			machine_start(&m, &config);
			va = machine_va(&m, 1 * GIB + at);
			for (uint64_t page = 0; page < 64 * KIB; page += 4 * KIB)
				machine_poke(
					&m,
					machine_slot(&m, machine_va(&m, 1 * GIB + page).v,
						     3),
					0);
			machine_poke(&m, machine_slot(&m, va.v, 3), entries[i]);
			snapshot_take(&snapshot, &m);
			expect_error(lm_map_range(&m.map, m.linear.range,
						  (lm_pa_t){ 1 * GIB },
						  (lm_attrs_t){ PLAIN_ATTRS }),
				     LM_EEXIST);
			assert_true(m.map.where.v == va.v);
			expect_unchanged(&snapshot, &m);
			snapshot_free(&snapshot);
			machine_stop(&m);
		}
	}
}

static void a_run_is_not_put_over_pages_that_are_there(void **state)
{
	/* Page 5 of 64K is there; the other 15 become pages, not a run. */
	const struct machine_config config = { .ram = { { 1 * GIB, 64 * KIB } } };
	struct machine m;

	(void)state;
	machine_start_empty(&m, &config);
	m.linear = (struct lm_region){
		.name = "linear",
		.range = machine_range(&m, config.ram[0]),
	};
	expect_ok(lm_map_add_region(&m.map, &m.linear));
	expect_ok(lm_map_range(
		&m.map, machine_range(&m, (struct bank){ 1 * GIB + 20 * KIB, 4 * KIB }),
		(lm_pa_t){ 1 * GIB + 20 * KIB }, (lm_attrs_t){ PLAIN_ATTRS }));
	expect_ok(machine_map(&m, config.ram[0]));
	expect_leaves(&m, (struct leaf_count[]){ { 4 * KIB, false, 16 }, { 0 } });
	expect_translations(&m);
	expect_census(&m);
	machine_stop(&m);
}

/* A block above what is there would need that it goes. */
static void a_block_is_not_put_over_a_table(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } } };
	struct machine m;

	(void)state;
	machine_start_empty(&m, &config);
	m.linear = (struct lm_region){
		.name = "linear",
		.range = machine_range(&m, config.ram[0]),
	};
	expect_ok(lm_map_add_region(&m.map, &m.linear));
	/* The page at 34M + 4K: around it 15 pages, 31 runs, 15 blocks, 31 runs. */
	expect_ok(lm_map_range(
		&m.map,
		machine_range(&m, (struct bank){ 1 * GIB + 34 * MIB + 4 * KIB, 4 * KIB }),
		(lm_pa_t){ 1 * GIB + 34 * MIB + 4 * KIB }, (lm_attrs_t){ PLAIN_ATTRS }));
	expect_ok(machine_map(&m, config.ram[0]));
	expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 31 },
						 { 2 * MIB, false, 15 },
						 { 64 * KIB, true, 31 },
						 { 4 * KIB, false, 16 },
						 { 0 } });
	expect_translations(&m);
	expect_census(&m);
	machine_stop(&m);
}

/*
 * Eight pages of memory around the address from which on descriptors hold some of it in
 * other bits: four end there, four begin there.
 */
struct crossing {
	struct machine_config machine;
	uint64_t border;
	uint64_t moved; /* as a descriptor has the border */
};

static const struct crossing crossings[] = {
	/* OA[51:48] is in bits [15:12]. */
	{ { .name = "64k-lpa", .granule_shift = 16, .oa_bits = 52 },
	  UINT64_C(1) << 48,
	  UINT64_C(1) << 12 },
	/* OA[51:50] is in bits [9:8]. */
	{ { .name = "4k-lpa2", .granule_shift = 12, .oa_bits = 52, .lpa2 = true },
	  UINT64_C(1) << 50,
	  UINT64_C(1) << 8 },
};

static void expect_crossing(const struct machine *m, const struct crossing *c)
{
	const uint64_t page = 0x403; /* AF, and type 0b11 */
	uint64_t granule = machine_granule(m);

	for (uint64_t i = 0; i < 8; i++) {
		uint64_t expected = i < 4 ? c->border - (4 - i) * granule :
					    c->moved + (i - 4) * granule;
		uint64_t seen = *machine_slot_of(m, 1 * GIB + i * granule, 3);

		if (seen != (expected | page))
			fail_msg("page %" PRIu64 ": expected 0x%" PRIx64
				 ", saw 0x%" PRIx64,
				 i, expected | page, seen);
	}
}

static void addresses_cross_into_other_bits_inside_a_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(crossings) / sizeof(crossings[0]); i++) {
		const struct crossing *c = &crossings[i / 2];
		struct machine m;
		struct lm_range range;
		uint64_t oa;

		machine_start_empty(&m, &c->machine);
		range = machine_range(&m,
				      (struct bank){ 1 * GIB, 8 * machine_granule(&m) });
		oa = c->border - 4 * machine_granule(&m);
		m.linear = (struct lm_region){ .name = "linear", .range = range };
		expect_ok(lm_map_add_region(&m.map, &m.linear));
		/* The second time its table is there, and in use, already. */
		if (i % 2)
			expect_ok(lm_map_range(
				&m.map,
				(struct lm_range){ range.start, machine_granule(&m) },
				(lm_pa_t){ oa }, (lm_attrs_t){ LM_ATTR_AF }));
		expect_ok(lm_map_range(&m.map, range, (lm_pa_t){ oa },
				       (lm_attrs_t){ LM_ATTR_AF }));
		expect_crossing(&m, c);
		machine_stop(&m);
	}
}

/* -------------------------------------------------------------- wrong arguments */

struct bad_case {
	const char *name;
	struct lm_range range; /* start: an offset into the upper half */
	uint64_t oa;
	uint64_t attrs;
	int err;
};

/* Output addresses have 40 bits; the region is [1G, 3G). */
static const struct bad_case bad_mappings[] = {
	{ "empty", { { 1 * GIB }, 0 }, 0, 0, LM_EINVAL },
	{ "start-unaligned", { { 1 * GIB + 1 }, 4 * KIB }, 0, 0, LM_EINVAL },
	{ "size-unaligned", { { 1 * GIB }, 4 * KIB + 8 }, 0, 0, LM_EINVAL },
	{ "output-unaligned", { { 1 * GIB }, 4 * KIB }, 2 * KIB, 0, LM_EINVAL },
	{ "output-too-high", { { 1 * GIB }, 4 * KIB }, 1024 * GIB, 0, LM_EINVAL },
	{ "output-ends-too-high",
	  { { 1 * GIB }, 8 * KIB },
	  1024 * GIB - 4 * KIB,
	  0,
	  LM_EINVAL },
	{ "output-wraps", { { 1 * GIB }, 8 * KIB }, -4 * KIB, 0, LM_EINVAL },
	{ "output-ends-just-right", { { 1 * GIB }, 8 * KIB }, 1024 * GIB - 8 * KIB, 0, 0 },
	{ "size-wraps", { { 1 * GIB }, -4 * KIB }, 0, 0, LM_EINVAL },
	{ "in-the-other-half", { { UINT64_C(1) << 48 }, 4 * KIB }, 0, 0, LM_EINVAL },
	{ "attributes-valid", { { 1 * GIB }, 4 * KIB }, 0, 1, LM_EINVAL },
	{ "attributes-table", { { 1 * GIB }, 4 * KIB }, 0, 2, LM_EINVAL },
	{ "attributes-address", { { 1 * GIB }, 4 * KIB }, 0, 0x1000, LM_EINVAL },
	{ "attributes-high-address",
	  { { 1 * GIB }, 4 * KIB },
	  0,
	  UINT64_C(0x0000800000000000),
	  LM_EINVAL },
	{ "attributes-hint", { { 1 * GIB }, 4 * KIB }, 0, UINT64_C(1) << 52, LM_EINVAL },
	{ "before-the-region", { { 1 * GIB - 4 * KIB }, 4 * KIB }, 0, 0, LM_EREGION },
	{ "into-the-region", { { 1 * GIB - 4 * KIB }, 8 * KIB }, 0, 0, LM_EREGION },
	{ "out-of-the-region", { { 3 * GIB - 4 * KIB }, 8 * KIB }, 0, 0, LM_EREGION },
	{ "after-the-region", { { 3 * GIB }, 4 * KIB }, 0, 0, LM_EREGION },
	{ "around-the-region", { { 0 }, 4 * GIB }, 0, 0, LM_EREGION },
	{ "into-the-inner-region", { { 2 * GIB - 4 * KIB }, 8 * KIB }, 0, 0, LM_EREGION },
	{ "out-of-the-inner-region",
	  { { 2 * GIB + 1 * MIB }, 2 * MIB },
	  0,
	  0,
	  LM_EREGION },
	{ "around-the-inner-region", { { 1 * GIB }, 2 * GIB }, 0, 0, LM_EREGION },
	{ "the-inner-region", { { 2 * GIB }, 2 * MIB }, 0, 0, 0 },
	{ "inside-the-inner-region", { { 2 * GIB + 4 * KIB }, 4 * KIB }, 0, 0, 0 },
	{ "between-the-regions", { { 2 * GIB - 4 * KIB }, 4 * KIB }, 0, 0, 0 },
};

static void start_with_regions(struct machine *m)
{
	const struct machine_config config = { .oa_bits = 40 };

	machine_start_empty(m, &config);
	m->linear = (struct lm_region){
		.name = "linear",
		.range = machine_range(m, (struct bank){ 1 * GIB, 2 * GIB }),
	};
	m->alias = (struct lm_region){
		.name = "inner",
		.range = machine_range(m, (struct bank){ 2 * GIB, 2 * MIB }),
	};
	expect_ok(lm_map_add_region(&m->map, &m->linear));
	expect_ok(lm_map_add_region(&m->map, &m->alias));
}

static void a_wrong_mapping_is_refused_and_nothing_changes(void **state)
{
	const struct bad_case *c = *state;
	struct lm_range range = c->range;
	struct snapshot snapshot;
	struct machine m;
	uint64_t tables;

	start_with_regions(&m);
	snapshot_take(&snapshot, &m);
	tables = sim_tables_allocated(m.sim);
	range.start.v += machine_base(&m);
	expect_error(lm_map_range(&m.map, range, (lm_pa_t){ c->oa },
				  (lm_attrs_t){ c->attrs }),
		     c->err);
	if (c->err) {
		expect_unchanged(&snapshot, &m);
		expect_count(sim_tables_allocated(m.sim), tables, "tables allocated");
	}
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* Where nothing is mapped: a hole of a page after the run. */
static void start_with_a_hole(struct machine *m, const struct geometry *g)
{
	struct machine_config config = g->machine;

	config.ram[0].size -= g->page;
	config.ram[1] = (struct bank){ geometry_page(g) + g->page, g->page };
	machine_start(m, &config);
}

static void bits_that_are_no_attributes_are_refused(void **state)
{
	const struct geometry *g = *state;
	uint64_t allowed = machine_attrs_mask(&g->machine);
	/* AP[1], where it is RES1. */
	uint64_t res1 = lm_regime_has_two_ranges(g->machine.regime) ? 0 : 0x40;

	for (unsigned int bit = 0; bit < 64; bit++) {
		struct bank hole = { geometry_page(g), g->page };
		/* SH 0b01 is reserved, so bit 8 comes with bit 9. */
		uint64_t with = bit == 8 ? 0x200 | res1 : res1;
		uint64_t attrs = UINT64_C(1) << bit | with;
		struct snapshot snapshot;
		struct machine m;

		start_with_a_hole(&m, g);
		snapshot_take(&snapshot, &m);
		expect_error(lm_map_range(&m.map, machine_range(&m, hole),
					  (lm_pa_t){ hole.pa }, (lm_attrs_t){ attrs }),
			     allowed & UINT64_C(1) << bit ? 0 : LM_EINVAL);
		if (!(allowed & UINT64_C(1) << bit))
			expect_unchanged(&snapshot, &m);
		else if (*machine_slot_of(&m, hole.pa, 3) !=
			 machine_leaf(&m, hole.pa, attrs, 3))
			fail_msg("bit %u: expected a page with it, saw 0x%016" PRIx64,
				 bit, *machine_slot_of(&m, hole.pa, 3));
		snapshot_free(&snapshot);
		machine_stop(&m);
	}
}

/*
 * SH 0b01 means nothing; where there is no EL0, AP[1] has to be set. With LPA2 SH is no
 * attribute at all.
 */
static void what_the_architecture_reserves_is_not_mapped(void **state)
{
	const struct geometry *g = *state;
	bool one_range = !lm_regime_has_two_ranges(g->machine.regime);
	const uint64_t wrong[] = {
		0x500 | (one_range ? 0x40 : 0), /* AF, SH 0b01 */
		one_range ? 0x400 : 0x1000,	/* AF without AP[1]; bit 12 is address */
	};
	struct bank hole = { geometry_page(g), g->page };
	struct snapshot snapshot;
	struct machine m;

	start_with_a_hole(&m, g);
	snapshot_take(&snapshot, &m);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_error(lm_map_range(&m.map, machine_range(&m, hole),
					  (lm_pa_t){ hole.pa }, (lm_attrs_t){ wrong[i] }),
			     LM_EINVAL);
	expect_unchanged(&snapshot, &m);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* A table that is there, what it has at its top, and what is mapped below it then. */
struct restriction {
	const char *name;
	uint64_t table;
	uint64_t set, clear; /* of plain attributes */
	bool one_range;	     /* whether a regime of one range has it */
	int err;
};

static const struct restriction restrictions[] = {
	/* PXNTable takes away EL1's execution; plain attributes have UXN and no PXN. */
	{ "pxn-table", UINT64_C(1) << 59, 0, 0, false, LM_ETABLE },
	{ "pxn-table-and-pxn", UINT64_C(1) << 59, UINT64_C(1) << 53, 0, false, 0 },
	/* UXNTable, or XNTable: with UXN there is nothing to take away. */
	{ "uxn-table", UINT64_C(1) << 60, 0, UINT64_C(1) << 54, true, LM_ETABLE },
	{ "uxn-table-and-uxn", UINT64_C(1) << 60, 0, 0, true, 0 },
	/* APTable 0b10: no writes. */
	{ "read-only-table", UINT64_C(1) << 62, 0, 0, true, LM_ETABLE },
	{ "read-only-table-and-page", UINT64_C(1) << 62, 0x80, 0, true, 0 },
	/* APTable 0b01: EL0 has no access. */
	{ "no-el0-table", UINT64_C(1) << 61, 0x40, 0, false, LM_ETABLE },
	{ "no-el0-table-nor-page", UINT64_C(1) << 61, 0, 0, false, 0 },
	/* NSTable: Non-secure memory below it. */
	{ "ns-table", UINT64_C(1) << 63, 0, 0, true, LM_ETABLE },
	{ "ns-table-and-page", UINT64_C(1) << 63, 0x20, 0, true, 0 },
};

#define RESTRICTIONS (sizeof(restrictions) / sizeof(restrictions[0]))

/* On whichever table on the way it stands, and whether leaves are there or not. */
static void try_below(const struct geometry *g, const struct restriction *r, int level)
{
	const struct bank hole = { geometry_page(g), g->page };
	struct snapshot snapshot;
	struct machine m;
	uint64_t *slot;
	uint64_t attrs;
	int again;

	start_with_a_hole(&m, g);
	attrs = (m.config.attrs | r->set) & ~r->clear;
	slot = machine_slot_of(&m, hole.pa, level);
	machine_poke(&m, slot, *slot | r->table);
	snapshot_take(&snapshot, &m);
	m.map.where.v = 1;
	expect_error(lm_map_range(&m.map, machine_range(&m, hole), (lm_pa_t){ hole.pa },
				  (lm_attrs_t){ attrs }),
		     r->err);
	if (r->err) {
		expect_count(m.map.where.v, machine_va(&m, hole.pa).v, "where");
		expect_unchanged(&snapshot, &m);
	}
	/* A leaf that is there already is not what was asked for either. */
	machine_poke(&m, machine_slot_of(&m, hole.pa, 3),
		     machine_leaf(&m, hole.pa, attrs, 3));
	again = lm_map_range(&m.map, machine_range(&m, hole), (lm_pa_t){ hole.pa },
			     (lm_attrs_t){ attrs });
	expect_error(again, r->err);
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void what_a_table_above_takes_away_is_not_mapped(void **state)
{
	const struct geometry *g = *state;
	bool one_range = !lm_regime_has_two_ranges(g->machine.regime);
	struct machine m;
	int start;

	machine_start(&m, &g->machine);
	start = m.map.fmt.start_level;
	machine_stop(&m);
	for (size_t i = 0; i < RESTRICTIONS; i++) {
		for (int level = start; level < 3; level++) {
			if (!one_range || restrictions[i].one_range)
				try_below(g, &restrictions[i], level);
		}
	}
}

/*
 * The first mapping makes the table, with the PXNTable that suits it; the second one
 * would be executable below it.
 */
static void a_table_made_for_other_leaves_takes_away_nothing_silently(void **state)
{
	const uint64_t pxn = UINT64_C(1) << 53;
	const struct machine_config config = { .name = "two-in-one-table",
					       .table_attrs = UINT64_C(1) << 59,
					       .ram = { { 1 * GIB, 4 * KIB },
							{ 1 * GIB + 64 * KIB, 4 * KIB } },
					       .attrs = PLAIN_ATTRS | pxn };
	struct bank second = { 1 * GIB + 8 * KIB, 4 * KIB };
	struct snapshot snapshot;
	struct lm_range range;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	range = machine_range(&m, second);
	snapshot_take(&snapshot, &m);
	expect_error(lm_map_range(&m.map, range, (lm_pa_t){ second.pa },
				  (lm_attrs_t){ PLAIN_ATTRS }),
		     LM_ETABLE);
	expect_count(m.map.where.v, range.start.v, "where");
	expect_unchanged(&snapshot, &m);
	expect_ok(lm_map_range(&m.map, range, (lm_pa_t){ second.pa },
			       (lm_attrs_t){ PLAIN_ATTRS | pxn }));
	snapshot_free(&snapshot);
	machine_stop(&m);
}

static void the_highest_output_address_is_mapped_and_no_higher_one(void **state)
{
	const struct geometry *g = *state;
	struct bank hole = { geometry_page(g), g->page };
	uint64_t end = UINT64_C(1) << g->machine.oa_bits;
	struct lm_range range;
	struct machine m;

	start_with_a_hole(&m, g);
	range = machine_range(&m, hole);
	expect_error(lm_map_range(&m.map, range, (lm_pa_t){ end }, (lm_attrs_t){ 0 }),
		     LM_EINVAL);
	expect_error(lm_map_range(&m.map, range, (lm_pa_t){ end - g->page / 2 },
				  (lm_attrs_t){ 0 }),
		     LM_EINVAL);
	expect_ok(lm_map_range(&m.map, range, (lm_pa_t){ end - g->page },
			       (lm_attrs_t){ m.config.attrs }));
	if (sim_walk(m.sim, m.map.root.v, range.start.v).pa != end - g->page)
		fail_msg("%s: expected output 0x%" PRIx64
			 ", saw descriptor 0x%016" PRIx64,
			 g->machine.name, end - g->page,
			 *machine_slot_of(&m, hole.pa, 3));
	machine_stop(&m);
}

static void nothing_is_mapped_inside_a_window(void **state)
{
	struct lm_window window;
	struct snapshot snapshot;
	struct machine m;

	(void)state;
	start_with_regions(&m);
	snapshot_take(&snapshot, &m);
	expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(machine_map(&m, (struct bank){ 1 * GIB, 4 * KIB }), LM_EWINDOW);
	expect_unchanged(&snapshot, &m);
	lm_window_close(&window);
	expect_ok(machine_map(&m, (struct bank){ 1 * GIB, 4 * KIB }));
	snapshot_free(&snapshot);
	machine_stop(&m);
}

/* ------------------------------------------------------------ running out of tables */

struct failing_case {
	const char *name;
	uint64_t longest_run;
	uint64_t calls;
};

/*
 * From a page before 34M before 1G to a page after 34M after 2G: one table
 * on level 1; two on level 2, for what is below 1G and above 2G; two on level 3.
 */
static const struct failing_case failing_cases[] = {
	{ "as-many-as-wanted", 0, 3 },
	{ "one-by-one", 1, 5 },
	{ "up-to-three", 3, 3 },
};

static void start_with_one_region(struct machine *m, const struct machine_config *config)
{
	machine_start_empty(m, config);
	m->linear = (struct lm_region){
		.name = "linear",
		.range = machine_range(m, (struct bank){ 0, 4 * GIB }),
	};
	expect_ok(lm_map_add_region(&m->map, &m->linear));
}

static void expect_failure_changed_nothing(struct machine *m, uint64_t nth)
{
	struct lm_census census = m->linear.census;
	uint64_t tables = sim_tables_allocated(m->sim);
	uint64_t generation = m->map.generation;
	struct snapshot snapshot;

	snapshot_take(&snapshot, m);
	sim_fail_alloc(m->sim, nth);
	expect_error(machine_map(m, m->config.ram[0]), LM_ENOMEM);
	expect_unchanged(&snapshot, m);
	expect_count(sim_tables_allocated(m->sim), tables,
		     "tables after call %" PRIu64 " failed", nth);
	expect_count(m->map.generation, generation, "generation");
	assert_memory_equal(&m->linear.census, &census, sizeof(census));
	snapshot_free(&snapshot);
}

static void a_mapping_that_cannot_have_its_tables_changes_nothing(void **state)
{
	const struct failing_case *c = *state;
	const struct machine_config config = {
		.name = c->name,
		.longest_run = c->longest_run,
		.ram = { { 1 * GIB - 34 * MIB - 68 * KIB,
			   1 * GIB + 68 * MIB + 136 * KIB } },
	};

	for (uint64_t nth = 1; nth <= c->calls + 1; nth++) {
		struct machine m;

		start_with_one_region(&m, &config);
		if (nth <= c->calls)
			expect_failure_changed_nothing(&m, nth);
		/* One call more is one too many to fail; and what failed can be done again. */
		sim_fail_alloc(m.sim, nth <= c->calls ? 0 : nth);
		expect_ok(machine_map(&m, config.ram[0]));
		expect_translations(&m);
		expect_census(&m);
		/* and the root */
		expect_count(sim_tables_allocated(m.sim), 5 + 1, "tables");
		machine_stop(&m);
	}
}

/* All tables of its RAM: one on each level below the root, and no more. */
static void tables_that_cannot_be_had_change_nothing_in_any_geometry(void **state)
{
	const struct geometry *g = *state;
	const uint64_t tables = 3u - (uint64_t)g->start_level;

	for (uint64_t nth = 1; nth <= tables + 1; nth++) {
		struct machine_config config = g->machine;
		struct machine m;

		config.longest_run = 1;
		machine_start_empty(&m, &config);
		m.linear = (struct lm_region){
			.name = "linear",
			.range = machine_range(&m, geometry_ram(g)),
		};
		expect_ok(lm_map_add_region(&m.map, &m.linear));
		if (nth <= tables)
			expect_failure_changed_nothing(&m, nth);
		sim_fail_alloc(m.sim, nth <= tables ? 0 : nth);
		expect_ok(machine_map(&m, geometry_ram(g)));
		expect_translations(&m);
		expect_count(sim_tables_allocated(m.sim), tables + 1, "tables");
		machine_stop(&m);
	}
}

/* ------------------------------------------------------------------------ regions */

static uint64_t pages_of(const struct lm_region *region)
{
	return region->census.leaves[4][LM_SINGLE];
}

static void a_nested_region_counts_its_own_leaves(void **state)
{
	struct lm_region innermost = { .name = "innermost" };
	struct machine m;

	(void)state;
	start_with_regions(&m);
	innermost.range =
		machine_range(&m, (struct bank){ 2 * GIB + 64 * KIB, 64 * KIB });
	expect_ok(lm_map_add_region(&m.map, &innermost));
	/* Three pages, two and one. */
	expect_ok(machine_map(&m, (struct bank){ 1 * GIB + 4 * KIB, 12 * KIB }));
	expect_ok(machine_map(&m, (struct bank){ 2 * GIB + 4 * KIB, 8 * KIB }));
	expect_ok(machine_map(&m, (struct bank){ 2 * GIB + 68 * KIB, 4 * KIB }));
	expect_count(pages_of(&m.linear), 3, "pages of the outer region");
	expect_count(pages_of(&m.alias), 2, "pages of the inner region");
	expect_count(pages_of(&innermost), 1, "pages of the innermost region");
	machine_stop(&m);
}

static void a_region_takes_over_what_is_mapped_in_it(void **state)
{
	/* 2G: 1G, then 32 runs of 32M because of a hole after them; then one inside. */
	const struct machine_config config = { .ram = {
						       { 1 * GIB, 2 * GIB - 2 * MIB } } };
	struct lm_region inner = { .name = "inner" };
	struct lm_region after = { .name = "after" };
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	/* 1G; 31 runs; 15 blocks */
	expect_leaves(&m, (struct leaf_count[]){ { 1 * GIB, false, 1 },
						 { 32 * MIB, true, 31 },
						 { 2 * MIB, false, 15 },
						 { 0 } });
	/* 4 runs */
	inner.range = machine_range(&m, (struct bank){ 2 * GIB + 64 * MIB, 128 * MIB });
	expect_ok(lm_map_add_region(&m.map, &inner));
	expect_count(inner.census.leaves[3][LM_RUN], 4, "runs inside");
	expect_count(inner.census.leaves[3][LM_SINGLE], 0, "blocks inside");
	expect_count(m.linear.census.leaves[3][LM_RUN], 27, "runs outside");
	expect_count(m.linear.census.leaves[2][LM_SINGLE], 1, "blocks of 1G outside");
	/* Blocks at the end. */
	after.range = machine_range(&m, (struct bank){ 3 * GIB - 32 * MIB, 30 * MIB });
	expect_ok(lm_map_add_region(&m.map, &after));
	expect_count(after.census.leaves[3][LM_SINGLE], 15, "blocks after");
	expect_count(m.linear.census.leaves[3][LM_SINGLE], 0, "blocks outside");
	machine_stop(&m);
}

static void a_region_over_the_same_range_takes_all(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } } };
	struct lm_region same = { .name = "same" };
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	same.range = m.linear.range;
	expect_ok(lm_map_add_region(&m.map, &same));
	expect_count(same.census.leaves[2][LM_SINGLE], 1, "blocks of the inner region");
	expect_count(m.linear.census.leaves[2][LM_SINGLE], 0,
		     "blocks of the outer region");
	machine_stop(&m);
}

static void a_region_that_is_removed_gives_back_its_leaves(void **state)
{
	const struct machine_config config = { .ram = {
						       { 1 * GIB, 2 * GIB - 2 * MIB } } };
	struct lm_region inner = { .name = "inner" };
	struct lm_region innermost = { .name = "innermost" };
	struct lm_edit edit;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	/* Of 31 runs of 32M 4 are inside, of which one is in a region inside that. */
	inner.range = machine_range(&m, (struct bank){ 2 * GIB + 64 * MIB, 128 * MIB });
	innermost.range =
		machine_range(&m, (struct bank){ 2 * GIB + 64 * MIB, 32 * MIB });
	expect_ok(lm_map_add_region(&m.map, &inner));
	expect_ok(lm_map_add_region(&m.map, &innermost));
	lm_edit_to_pages(&edit, &m.map, innermost.range);
	expect_ok(lm_edit_plan(&edit, LM_LIVE));
	expect_ok(lm_map_remove_region(&m.map, &inner));
	expect_error(lm_edit_reserve(&edit), LM_ESTALE);
	expect_count(m.linear.census.leaves[3][LM_RUN], 30, "runs outside");
	expect_count(innermost.census.leaves[3][LM_RUN], 1, "runs inside");
	expect_error(lm_map_remove_region(&m.map, &inner), LM_EREGION);
	/* Now the innermost one is inside the linear one. */
	expect_ok(lm_map_remove_region(&m.map, &innermost));
	expect_count(m.linear.census.leaves[3][LM_RUN], 31, "runs outside");
	expect_census(&m);
	expect_ok(lm_map_add_region(&m.map, &inner));
	expect_count(inner.census.leaves[3][LM_RUN], 4, "runs of a region added again");
	/* Without a region around it an edit is in none. */
	expect_ok(lm_map_remove_region(&m.map, &m.linear));
	lm_edit_to_pages(&edit, &m.map, inner.range);
	expect_ok(lm_edit_plan(&edit, LM_LIVE));
	expect_ok(lm_map_remove_region(&m.map, &inner));
	lm_edit_to_pages(&edit, &m.map, inner.range);
	expect_error(lm_edit_plan(&edit, LM_LIVE), LM_EREGION);
	machine_stop(&m);
}

static void a_region_is_not_removed_inside_a_window(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } } };
	struct lm_window window;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_NONE_HELD));
	expect_error(lm_map_remove_region(&m.map, &m.linear), LM_EWINDOW);
	lm_window_close(&window);
	expect_ok(lm_map_remove_region(&m.map, &m.linear));
	machine_stop(&m);
}

struct region_case {
	const char *name;
	struct bank range;
	int err;
	uint64_t where; /* of a leaf across the border */
};

/*
 * The linear region is [1G, 4G), a region in it [3G, 3G + 2M). Mapped: a block
 * at 1G, a run of 32M at 2G, a run of 64K at 3G - 64K.
 */
static const struct region_case region_cases[] = {
	{ "empty", { 1 * GIB, 0 }, LM_EINVAL, 0 },
	{ "unaligned", { 1 * GIB + 2 * KIB, 4 * KIB }, LM_EINVAL, 0 },
	{ "size-unaligned", { 1 * GIB, 2 * KIB }, LM_EINVAL, 0 },
	{ "across-the-start", { 1 * GIB - 4 * KIB, 8 * KIB }, LM_EREGION, 0 },
	{ "across-the-end", { 4 * GIB - 4 * KIB, 8 * KIB }, LM_EREGION, 0 },
	{ "around", { 0, 8 * GIB }, LM_EREGION, 0 },
	{ "across-the-inner-start", { 3 * GIB - 64 * KIB, 128 * KIB }, LM_EREGION, 0 },
	{ "across-the-inner-end", { 3 * GIB + 1 * MIB, 2 * MIB }, LM_EREGION, 0 },
	{ "around-the-inner", { 2 * GIB + 32 * MIB, 2 * GIB - 32 * MIB }, LM_EREGION, 0 },
	{ "outside-the-half", { UINT64_C(1) << 48, 4 * KIB }, LM_EINVAL, 0 },
	{ "inside-a-block", { 1 * GIB + 4 * KIB, 4 * KIB }, LM_EEXIST, 1 * GIB },
	{ "end-inside-a-run", { 2 * GIB, 30 * MIB }, LM_EEXIST, 2 * GIB },
	{ "start-inside-a-run", { 2 * GIB + 2 * MIB, 64 * MIB }, LM_EEXIST, 2 * GIB },
	{ "start-inside-a-run-of-pages",
	  { 3 * GIB - 4 * KIB, 4 * KIB },
	  LM_EEXIST,
	  3 * GIB - 64 * KIB },
	{ "end-inside-a-run-of-pages",
	  { 2 * GIB + 32 * MIB, 1 * GIB - 32 * MIB - 32 * KIB },
	  LM_EEXIST,
	  3 * GIB - 64 * KIB },
	{ "a-run", { 2 * GIB, 32 * MIB }, 0, 0 },
	{ "a-run-of-pages", { 3 * GIB - 64 * KIB, 64 * KIB }, 0, 0 },
	{ "a-hole", { 2 * GIB + 64 * MIB, 4 * KIB }, 0, 0 },
	{ "elsewhere", { 8 * GIB, 1 * GIB }, 0, 0 },
	{ "in-the-inner", { 3 * GIB + 1 * MIB, 1 * MIB }, 0, 0 },
};

static void no_leaf_and_no_region_crosses_the_border_of_a_region(void **state)
{
	const struct region_case *c = *state;
	const struct machine_config config = { .name = "regions" };
	struct lm_region region = { .name = "tried" };
	struct lm_census census, inner;
	struct lm_region *first;
	uint64_t generation;
	struct machine m;

	machine_start_empty(&m, &config);
	m.linear.range = machine_range(&m, (struct bank){ 1 * GIB, 3 * GIB });
	m.alias.range = machine_range(&m, (struct bank){ 3 * GIB, 2 * MIB });
	expect_ok(lm_map_add_region(&m.map, &m.linear));
	expect_ok(lm_map_add_region(&m.map, &m.alias));
	expect_ok(machine_map(&m, (struct bank){ 1 * GIB, 1 * GIB }));
	expect_ok(machine_map(&m, (struct bank){ 2 * GIB, 32 * MIB }));
	expect_ok(machine_map(&m, (struct bank){ 3 * GIB - 64 * KIB, 64 * KIB }));
	census = m.linear.census;
	inner = m.alias.census;
	first = m.map.regions;
	generation = m.map.generation;

	region.range = machine_range(&m, c->range);
	expect_error(lm_map_add_region(&m.map, &region), c->err);
	if (c->err) {
		assert_memory_equal(&m.linear.census, &census, sizeof(census));
		assert_memory_equal(&m.alias.census, &inner, sizeof(inner));
		assert_ptr_equal(m.map.regions, first);
		expect_count(m.map.generation, generation, "generation");
	}
	if (c->err == LM_EEXIST && m.map.where.v != machine_va(&m, c->where).v)
		fail_msg("expected the address 0x%" PRIx64 ", saw 0x%" PRIx64,
			 machine_va(&m, c->where).v, m.map.where.v);
	machine_stop(&m);
}

static void a_region_is_added_once(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } } };
	struct lm_region same;
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	expect_error(lm_map_add_region(&m.map, &m.linear), LM_EREGION);
	same = (struct lm_region){ .range = m.linear.range };
	expect_ok(lm_map_add_region(&m.map, &same));
	expect_error(lm_map_add_region(&m.map, &m.linear), LM_EREGION);
	expect_error(lm_map_add_region(&m.map, &same), LM_EREGION);
	machine_stop(&m);
}

static void a_region_is_not_added_inside_a_window(void **state)
{
	struct lm_region region = { .name = "late" };
	struct lm_window window;
	struct machine m;

	(void)state;
	start_with_regions(&m);
	region.range = machine_range(&m, (struct bank){ 1 * GIB, 4 * KIB });
	expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(lm_map_add_region(&m.map, &region), LM_EWINDOW);
	lm_window_close(&window);
	expect_ok(lm_map_add_region(&m.map, &region));
	machine_stop(&m);
}

static void a_region_is_not_counted_again_inside_a_window(void **state)
{
	struct lm_window window;
	struct machine m;
	uint64_t generation;

	(void)state;
	start_with_regions(&m);
	generation = m.map.generation;
	expect_ok(lm_window_open(&window, &m.map, &m.cpus, 0, LM_OTHERS_HELD));
	expect_error(lm_region_recount(&m.map, &m.linear), LM_EWINDOW);
	expect_count(m.map.generation, generation, "generation");
	lm_window_close(&window);
	expect_ok(lm_region_recount(&m.map, &m.linear));
	machine_stop(&m);
}

static void a_leaf_does_not_cross_the_border_of_a_region_when_mapped(void **state)
{
	/* The alias is a page in the middle of a GiB that would be one block. */
	const struct machine_config config = { .ram = { { 1 * GIB, 1 * GIB } },
					       .alias = { 1 * GIB + 512 * MIB,
							  4 * KIB } };
	struct machine m;

	(void)state;
	machine_start(&m, &config);
	/*
	 * 16 runs of 32M before it; after it 15 pages, 31 runs of 64K, 15 blocks,
	 * 15 runs of 32M; and the page itself.
	 */
	expect_leaves(&m, (struct leaf_count[]){ { 32 * MIB, true, 31 },
						 { 2 * MIB, false, 15 },
						 { 64 * KIB, true, 31 },
						 { 4 * KIB, false, 16 },
						 { 0 } });
	expect_census(&m);
	expect_count(pages_of(&m.alias), 1, "pages of the alias");
	machine_stop(&m);
}

/* ---------------------------------------------------------------- is a split needed */

struct needed_case {
	const char *name;
	struct machine_config machine;
	uint8_t levels[CPUS];
	bool needed;
};

static const struct needed_case needed_cases[] = {
	{ "block", { .ram = { { 1 * GIB, 1 * GIB } } }, { 3, 3, 2 }, true },
	{ "block-and-tolerant-cpus",
	  { .ram = { { 1 * GIB, 1 * GIB } } },
	  { 3, 3, 3 },
	  false },
	{ "block-and-weak-leader",
	  { .ram = { { 1 * GIB, 1 * GIB } } },
	  { 0, 3, 3 },
	  true },
	{ "run-of-blocks", { .ram = { { 1 * GIB, 32 * MIB } } }, { 3, 0, 3 }, true },
	{ "small-block", { .ram = { { 1 * GIB, 2 * MIB } } }, { 3, 1, 3 }, true },
	{ "run-of-pages", { .ram = { { 1 * GIB, 64 * KIB } } }, { 3, 0, 0 }, true },
	{ "run-of-gib", { .ram = { { 16 * GIB, 16 * GIB } } }, { 3, 0, 0 }, true },
	{ "pages", { .ram = { { 1 * GIB, 60 * KIB } } }, { 0, 0, 0 }, false },
	/* What is large is in the other region. */
	{ "only-the-alias-is-large",
	  { .ram = { { 1 * GIB, 2 * MIB + 4 * KIB } }, .alias = { 1 * GIB, 2 * MIB } },
	  { 0, 0, 0 },
	  false },
};

static void a_split_is_needed_where_a_weak_cpu_meets_a_large_leaf(void **state)
{
	const struct needed_case *c = *state;
	struct machine m;

	machine_start(&m, &c->machine);
	for (unsigned int i = 0; i < CPUS; i++)
		m.cpu[i].bbm_level = c->levels[i];
	expect_count(lm_region_needs_split(&m.linear, &m.cpus), c->needed, "%s", c->name);
	machine_stop(&m);
}

/* -------------------------------------------------------------------- interruption */

struct power_cut {
	jmp_buf out;
	uint64_t at;
};

static void cut(void *ctx, uint64_t nth)
{
	struct power_cut *p = ctx;

	if (nth == p->at)
		longjmp(p->out, 1);
}

/* Every page of @bank is at its place, or, where it need not be mapped, nowhere. */
static void expect_old_or_new(const struct machine *m, struct bank bank,
			      bool may_be_missing)
{
	for (uint64_t pa = bank.pa; pa < bank.pa + bank.size; pa += 4 * KIB) {
		lm_va_t va = machine_va(m, pa);
		struct sim_translation t = sim_walk(m->sim, m->map.root.v, va.v);

		if (!t.valid && may_be_missing)
			continue;
		if (!t.valid || t.pa != pa ||
		    machine_attrs(m, t.descriptor) != m->config.attrs)
			fail_msg("0x%" PRIx64 ": expected 0x%" PRIx64
				 ", saw descriptor 0x%016" PRIx64,
				 va.v, pa, t.descriptor);
	}
}

static void a_mapping_that_stops_half_way_leaves_the_rest_as_it_was(void **state)
{
	const struct machine_config config = { .ram = { { 1 * GIB,
							  34 * MIB + 68 * KIB } } };
	const struct bank bank = { 600 * GIB, 2 * MIB + 4 * KIB };
	static struct power_cut power;
	static struct machine m;
	volatile uint64_t nth = 0;
	volatile bool stopped;

	(void)state;
	do {
		struct lm_region far = { .name = "far" };

		nth++;
		machine_start(&m, &config);
		far.range = machine_range(&m, (struct bank){ 600 * GIB, 3 * GIB });
		expect_ok(lm_map_add_region(&m.map, &far));
		power.at = sim_events(m.sim).stores + nth;
		sim_on_store(m.sim, cut, &power);
		stopped = setjmp(power.out);
		if (!stopped)
			expect_ok(lm_map_range(&m.map, machine_range(&m, bank),
					       (lm_pa_t){ bank.pa },
					       (lm_attrs_t){ PLAIN_ATTRS }));
		sim_on_store(m.sim, NULL, NULL);
		expect_old_or_new(&m, config.ram[0], false);
		expect_old_or_new(&m, bank, stopped);
		machine_stop(&m);
	} while (stopped);
	/* New tables are filled first, and then linked by at least one store. */
	assert_true(nth >= 2);
}

int test_main(void)
{
	struct test_list list = { 0 };

	for (size_t i = 0; i < split_case_count; i++)
		ADD_CASE(&list, the_largest_leaves_that_fit_are_put_down,
			 split_cases[i].machine.name, &split_cases[i]);
	ADD_GEOMETRIES(&list, each_kind_of_leaf_is_put_down, every_geometry);
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		ADD_CASE(&list, leaves_fit_address_size_and_flags, fits[i].machine.name,
			 &fits[i]);
	ADD(&list, ranges_that_meet_keep_the_leaves_they_were_given);
	ADD(&list, mapping_while_the_map_is_walked_is_clean);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		ADD_CASE(&list, what_is_in_the_way_stays_and_is_reported, ways[i].name,
			 &ways[i]);
	ADD_GEOMETRIES(&list, another_address_or_attribute_is_in_the_way, every_geometry);
	ADD_GEOMETRIES(&list, a_member_that_is_not_as_asked_is_in_the_way,
		       every_geometry);
	ADD(&list, an_invalid_entry_that_holds_a_mapping_is_in_the_way);
	ADD(&list, a_run_is_not_put_over_pages_that_are_there);
	ADD(&list, a_block_is_not_put_over_a_table);
	ADD(&list, addresses_cross_into_other_bits_inside_a_table);
	for (size_t i = 0; i < sizeof(bad_mappings) / sizeof(bad_mappings[0]); i++)
		ADD_CASE(&list, a_wrong_mapping_is_refused_and_nothing_changes,
			 bad_mappings[i].name, &bad_mappings[i]);
	ADD_GEOMETRIES(&list, bits_that_are_no_attributes_are_refused, every_geometry);
	ADD_GEOMETRIES(&list, what_the_architecture_reserves_is_not_mapped,
		       every_geometry);
	ADD_GEOMETRIES(&list, what_a_table_above_takes_away_is_not_mapped,
		       every_geometry);
	ADD(&list, a_table_made_for_other_leaves_takes_away_nothing_silently);
	ADD_GEOMETRIES(&list, the_highest_output_address_is_mapped_and_no_higher_one,
		       every_geometry);
	ADD(&list, nothing_is_mapped_inside_a_window);
	for (size_t i = 0; i < sizeof(failing_cases) / sizeof(failing_cases[0]); i++)
		ADD_CASE(&list, a_mapping_that_cannot_have_its_tables_changes_nothing,
			 failing_cases[i].name, &failing_cases[i]);
	ADD_GEOMETRIES(&list, tables_that_cannot_be_had_change_nothing_in_any_geometry,
		       every_geometry);
	ADD(&list, a_nested_region_counts_its_own_leaves);
	ADD(&list, a_region_takes_over_what_is_mapped_in_it);
	ADD(&list, a_region_over_the_same_range_takes_all);
	ADD(&list, a_region_that_is_removed_gives_back_its_leaves);
	ADD(&list, a_region_is_not_removed_inside_a_window);
	for (size_t i = 0; i < sizeof(region_cases) / sizeof(region_cases[0]); i++)
		ADD_CASE(&list, no_leaf_and_no_region_crosses_the_border_of_a_region,
			 region_cases[i].name, &region_cases[i]);
	ADD(&list, a_region_is_added_once);
	ADD(&list, a_region_is_not_added_inside_a_window);
	ADD(&list, a_region_is_not_counted_again_inside_a_window);
	ADD(&list, a_leaf_does_not_cross_the_border_of_a_region_when_mapped);
	for (size_t i = 0; i < sizeof(needed_cases) / sizeof(needed_cases[0]); i++)
		ADD_CASE(&list, a_split_is_needed_where_a_weak_cpu_meets_a_large_leaf,
			 needed_cases[i].name, &needed_cases[i]);
	ADD(&list, a_mapping_that_stops_half_way_leaves_the_rest_as_it_was);
	return test_list_run(&list, "map");
}
