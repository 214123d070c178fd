// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One descriptor, bit by bit, against literals worked out from the Arm ARM, D8.3. */
#include "support.h"

#include <inttypes.h>

static lm_desc_t desc(uint64_t v)
{
	return (lm_desc_t){ v };
}

static lm_pa_t pa(uint64_t v)
{
	return (lm_pa_t){ v };
}

static lm_attrs_t attrs(uint64_t v)
{
	return (lm_attrs_t){ v };
}

static void expect_bits(uint64_t seen, uint64_t expected)
{
	if (seen != expected)
		fail_msg("expected 0x%016" PRIx64 ", saw 0x%016" PRIx64, expected, seen);
}

/**
 * struct layout_case - where a descriptor has its output address
 * @granule_shift, @lpa2: what decides it
 * @oa: all bits that an output address can have
 * @in_desc: where a descriptor has them
 * @attrs: what a descriptor has besides, less type and hint
 * @moved_oa, @moved_desc: one bit of the address that does not stand at its own
 *	place, and where it stands; 0: all do
 */
struct layout_case {
	const char *name;
	uint8_t granule_shift;
	bool lpa2;
	uint64_t oa, in_desc, attrs;
	uint64_t moved_oa, moved_desc;
};

static const struct layout_case layouts[] = {
	{
		/* OA[47:12] in place. */
		.name = "4k",
		.granule_shift = 12,
		.oa = UINT64_C(0x0000fffffffff000),
		.in_desc = UINT64_C(0x0000fffffffff000),
		.attrs = UINT64_C(0xffef000000000ffc),
	},
	{
		/* OA[47:14] in place. */
		.name = "16k",
		.granule_shift = 14,
		.oa = UINT64_C(0x0000ffffffffc000),
		.in_desc = UINT64_C(0x0000ffffffffc000),
		.attrs = UINT64_C(0xffef000000003ffc),
	},
	{
		/* OA[47:16] in place, OA[51:48] in [15:12]. */
		.name = "64k-lpa",
		.granule_shift = 16,
		.oa = UINT64_C(0x000fffffffff0000),
		.in_desc = UINT64_C(0x0000fffffffff000),
		.attrs = UINT64_C(0xffef000000000ffc),
		.moved_oa = UINT64_C(0x0001000000000000),
		.moved_desc = UINT64_C(0x0000000000001000),
	},
	{
		/* OA[49:12] in place, OA[51:50] in [9:8], which was shareability. */
		.name = "4k-lpa2",
		.granule_shift = 12,
		.lpa2 = true,
		.oa = UINT64_C(0x000ffffffffff000),
		.in_desc = UINT64_C(0x0003fffffffff300),
		.attrs = UINT64_C(0xffec000000000cfc),
		.moved_oa = UINT64_C(0x0004000000000000),
		.moved_desc = UINT64_C(0x0000000000000100),
	},
	{
		/* OA[49:14] in place, OA[51:50] in [9:8]. */
		.name = "16k-lpa2",
		.granule_shift = 14,
		.lpa2 = true,
		.oa = UINT64_C(0x000fffffffffc000),
		.in_desc = UINT64_C(0x0003ffffffffc300),
		.attrs = UINT64_C(0xffec000000003cfc),
		.moved_oa = UINT64_C(0x0008000000000000),
		.moved_desc = UINT64_C(0x0000000000000200),
	},
};

static struct lm_oa_layout layout_of(const struct layout_case *c)
{
	return lm_oa_layout(c->granule_shift, c->lpa2);
}

static void each_attribute_is_where_the_architecture_has_it(void **state)
{
	(void)state;
	expect_bits(LM_ATTR_INDEX(7), 0x1c);
	expect_bits(LM_ATTR_INDEX(1), 0x4);
	expect_bits(LM_ATTR_NS, 0x20);
	expect_bits(LM_ATTR_EL0, 0x40);
	expect_bits(LM_ATTR_READ_ONLY, 0x80);
	expect_bits(LM_ATTR_OUTER_SHAREABLE, 0x200);
	expect_bits(LM_ATTR_INNER_SHAREABLE, 0x300);
	expect_bits(LM_ATTR_AF, 0x400);
	expect_bits(LM_ATTR_NOT_GLOBAL, 0x800);
	expect_bits(LM_ATTR_GP, UINT64_C(0x0004000000000000));
	expect_bits(LM_ATTR_DBM, UINT64_C(0x0008000000000000));
	expect_bits(LM_DESC_CONTIGUOUS, UINT64_C(0x0010000000000000));
	expect_bits(LM_ATTR_PXN, UINT64_C(0x0020000000000000));
	expect_bits(LM_ATTR_UXN, UINT64_C(0x0040000000000000));
	expect_bits(LM_ATTR_XN, UINT64_C(0x0040000000000000));
	expect_bits(LM_ATTR_SOFTWARE, UINT64_C(0x0780000000000000));
	expect_bits(LM_TABLE_PXN, UINT64_C(0x0800000000000000));
	expect_bits(LM_TABLE_UXN, UINT64_C(0x1000000000000000));
	expect_bits(LM_TABLE_AP, UINT64_C(0x6000000000000000));
	expect_bits(LM_TABLE_NS, UINT64_C(0x8000000000000000));
	expect_bits(LM_DESC_ADDRESS, UINT64_C(0x0003fffffffff000));
	expect_bits(LM_BLOCK_NT, 0x10000);
}

static void every_bit_of_an_output_address_comes_back(void **state)
{
	const struct layout_case *c = *state;
	struct lm_oa_layout layout = layout_of(c);

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t oa = UINT64_C(1) << bit & c->oa;
		lm_desc_t zeros = lm_desc_with_oa(&layout, desc(0), pa(oa));
		lm_desc_t ones = lm_desc_with_oa(&layout, desc(UINT64_MAX), pa(oa));

		/* One bit of the descriptor for one of the address, and no other. */
		expect_count((uint64_t)__builtin_popcountll(zeros.v), oa != 0,
			     "bits of a descriptor for OA bit %u", bit);
		expect_bits(lm_desc_oa(&layout, zeros).v, oa);
		expect_bits(lm_desc_oa(&layout, ones).v, oa);
	}
	expect_bits(lm_desc_with_oa(&layout, desc(0), pa(c->oa)).v, c->in_desc);
	expect_bits(lm_desc_oa(&layout, desc(UINT64_MAX)).v, c->oa);
}

static void the_highest_bits_of_an_address_stand_where_the_layout_moved_them(void **state)
{
	const struct layout_case *c = *state;
	struct lm_oa_layout layout = layout_of(c);

	expect_bits(lm_desc_with_oa(&layout, desc(0), pa(c->moved_oa)).v, c->moved_desc);
	expect_bits(lm_desc_oa(&layout, desc(c->moved_desc)).v, c->moved_oa);
	/* Everything below the moved ones is where it always was. */
	expect_bits(lm_desc_oa(&layout, desc(UINT64_C(0x0000800000010000))).v,
		    UINT64_C(0x0000800000010000));
}

static void another_address_changes_no_other_bit(void **state)
{
	const struct layout_case *c = *state;
	struct lm_oa_layout layout = layout_of(c);
	uint64_t others = ~c->in_desc;

	expect_bits(lm_desc_with_oa(&layout, desc(UINT64_MAX), pa(0)).v, others);
	expect_bits(lm_desc_with_oa(&layout, desc(others), pa(c->oa)).v, UINT64_MAX);
	/* What the layout has no room for does not spill into attributes. */
	expect_bits(lm_desc_with_oa(&layout, desc(0), pa(~c->oa)).v, 0);
}

static void attributes_are_all_but_type_address_and_hint(void **state)
{
	const struct layout_case *c = *state;
	struct lm_oa_layout layout = layout_of(c);

	expect_bits(lm_desc_attrs(&layout, desc(UINT64_MAX)).v, c->attrs);
	expect_bits(lm_desc_not_attrs(&layout), ~c->attrs);
}

static void a_leaf_keeps_every_attribute_and_address_bit(void **state)
{
	const struct layout_case *c = *state;
	struct lm_oa_layout layout = layout_of(c);
	uint64_t bits = c->attrs | c->in_desc;

	expect_bits(lm_desc_leaf(&layout, pa(c->oa), attrs(c->attrs), 3).v, bits | 3);
	expect_bits(lm_desc_leaf(&layout, pa(c->oa), attrs(c->attrs), 2).v, bits | 1);
	expect_bits(lm_desc_leaf(&layout, pa(c->oa), attrs(0), 3).v, c->in_desc | 3);
	expect_bits(lm_desc_leaf(&layout, pa(0), attrs(c->attrs), 3).v, c->attrs | 3);
}

static void the_type_bits_of_a_leaf_differ_on_the_last_level(void **state)
{
	struct lm_oa_layout layout = lm_oa_layout(12, false);

	(void)state;
	/* A block is 0b01, a page 0b11. */
	expect_bits(lm_desc_leaf(&layout, pa(0x40000000), attrs(0x700), 1).v, 0x40000701);
	expect_bits(lm_desc_leaf(&layout, pa(0x40200000), attrs(0x700), 2).v, 0x40200701);
	expect_bits(lm_desc_leaf(&layout, pa(0x40201000), attrs(0x700), 3).v, 0x40201703);
}

static void a_table_anywhere_is_type_0b11_with_its_address(void **state)
{
	const struct layout_case *c = *state;
	struct lm_oa_layout layout = layout_of(c);
	lm_desc_t table = lm_desc_table(&layout, pa(c->oa), 0, attrs(0));

	expect_bits(table.v, c->in_desc | 3);
	expect_bits(lm_desc_oa(&layout, table).v, c->oa);
}

static void a_table_descriptor_has_the_attributes_that_are_wanted(void **state)
{
	struct lm_oa_layout layout = lm_oa_layout(12, false);

	(void)state;
	/* PXNTable, bit 59, and AF, bit 10, as Linux sets them, above leaves with PXN. */
	expect_bits(lm_desc_table(&layout, pa(0x80001000), UINT64_C(0x0800000000000400),
				  attrs(UINT64_C(1) << 53))
			    .v,
		    UINT64_C(0x0800000080001403));
	/* The same at 2^50 under LPA2: bit 8. */
	layout = lm_oa_layout(12, true);
	expect_bits(lm_desc_table(&layout, pa(UINT64_C(0x4000080001000)),
				  UINT64_C(0x0800000000000400), attrs(UINT64_C(1) << 53))
			    .v,
		    UINT64_C(0x0800000080001503));
}

static void a_table_descriptor_takes_no_permission_away(void **state)
{
	struct lm_oa_layout layout = lm_oa_layout(12, false);
	uint64_t wanted = UINT64_C(0xf800000000000400);

	(void)state;
	/* NSTable, APTable, UXNTable and PXNTable: bits 63 to 59; AF stays. */
	expect_bits(lm_desc_table(&layout, pa(0x80001000), wanted, attrs(0)).v,
		    0x80001403);
	/* Leaves that have UXN, bit 54, lose nothing by UXNTable, bit 60. */
	expect_bits(
		lm_desc_table(&layout, pa(0x80001000), wanted, attrs(UINT64_C(1) << 54)).v,
		UINT64_C(0x1000000080001403));
}

static void what_a_type_means_depends_on_the_level(void **state)
{
	static const struct {
		uint64_t desc;
		int level;
		bool valid, table, leaf;
	} cases[] = {
		{ 0x0, 0, false, false, false },
		{ 0x2, 1, false, false, false }, /* bit 0 alone says valid */
		{ 0x2, 3, false, false, false },
		{ 0x40000001, 0, true, false, true }, /* 512 GiB under LPA2 */
		{ 0x40000001, 1, true, false, true },
		{ 0x40000001, 2, true, false, true },
		{ 0x40000001, 3, true, false, false }, /* reserved */
		{ 0x40000003, -1, true, true, false },
		{ 0x40000003, 0, true, true, false },
		{ 0x40000003, 1, true, true, false },
		{ 0x40000003, 2, true, true, false },
		{ 0x40000003, 3, true, false, true }, /* a page */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lm_desc_t d = desc(cases[i].desc);
		int level = cases[i].level;

		expect_count(lm_desc_is_valid(d), cases[i].valid,
			     "0x%" PRIx64 " is valid", d.v);
		expect_count(lm_desc_is_table(d, level), cases[i].table,
			     "0x%" PRIx64 " on level %d is a table", d.v, level);
		expect_count(lm_desc_is_valid_leaf(d, level), cases[i].leaf,
			     "0x%" PRIx64 " on level %d is a leaf", d.v, level);
	}
}

/* A leaf, its size, and what the first entry below it holds on @level. */
struct child_case {
	const char *name;
	uint8_t granule_shift;
	bool lpa2;
	uint64_t parent, size;
	int level;
	uint64_t child;
};

#define ALL_BUT_TABLE UINT64_C(0xfffffffffffffffd)

static const struct child_case children[] = {
	/* From level 1 to level 2 the type stays 0b01, to level 3 it becomes 0b11. */
	{ "block-of-a-block", 12, false, UINT64_C(0x0040000040000701), 1 * GIB, 2,
	  UINT64_C(0x0040000040000701) },
	{ "page-of-a-block", 12, false, UINT64_C(0x0040000040200701), 2 * MIB, 3,
	  UINT64_C(0x0040000040200703) },
	/*
	 * All bits but bit 1. The child of 1 GiB on level 2 loses bit 52, and what
	 * is below the address of its parent: bits 29 to 12.
	 */
	{ "all-bits-of-a-gib", 12, false, ALL_BUT_TABLE, 1 * GIB, 2,
	  UINT64_C(0xffefffffc0000ffd) },
	/* The page, of 2 MiB, loses bits 20 to 12, and gains bit 1. */
	{ "all-bits-of-2m", 12, false, ALL_BUT_TABLE, 2 * MIB, 3,
	  UINT64_C(0xffefffffffe00fff) },
	/*
	 * 32 MiB of 16K: bits 24 to 14. Bits 13 and 12 are not address: they
	 * are neither set nor cleared.
	 */
	{ "all-bits-of-32m", 14, false, ALL_BUT_TABLE, 32 * MIB, 3,
	  UINT64_C(0xffeffffffe003fff) },
	/* 512 MiB of 64K: bits 28 to 16; [15:12] are OA[51:48] and stay. */
	{ "all-bits-of-512m", 16, false, ALL_BUT_TABLE, 512 * MIB, 3,
	  UINT64_C(0xffefffffe000ffff) },
	/* 4 TiB of 64K, a block too: bits 41 to 16. */
	{ "all-bits-of-4t", 16, false, ALL_BUT_TABLE, 4096 * GIB, 2,
	  UINT64_C(0xffeffc000000fffd) },
	/* LPA2: [49:30] and [9:8] are address, [29:12] go. */
	{ "all-bits-of-a-gib-lpa2", 12, true, ALL_BUT_TABLE, 1 * GIB, 2,
	  UINT64_C(0xffefffffc0000ffd) },
	/* 512 GiB: bits 38 to 12. */
	{ "all-bits-of-512g-lpa2", 12, true, ALL_BUT_TABLE, 512 * GIB, 1,
	  UINT64_C(0xffefff8000000ffd) },
	/* 64 GiB of 16K: bits 35 to 14. */
	{ "all-bits-of-64g-lpa2", 14, true, ALL_BUT_TABLE, 64 * GIB, 2,
	  UINT64_C(0xffeffff000003ffd) },
	/* nT, bit 16 of a block, says that it will change its size. A page has no such bit. */
	{ "nt-of-2m", 12, false, UINT64_C(0x0040000040210701), 2 * MIB, 3,
	  UINT64_C(0x0040000040200703) },
	{ "nt-of-512m", 16, false, UINT64_C(0x0040000040010701), 512 * MIB, 3,
	  UINT64_C(0x0040000040000703) },
	/* nG, bit 11, marks it; the page form has bit 1, which must not look like 0b01. */
	{ "present-invalid-gib", 12, false, UINT64_C(0x0040000040000f00), 1 * GIB, 2,
	  UINT64_C(0x0040000040000f00) },
	{ "present-invalid-2m", 12, false, UINT64_C(0x0040000040200f00), 2 * MIB, 3,
	  UINT64_C(0x0040000040200f02) },
	{ "present-invalid-32m-lpa2", 14, true, UINT64_C(0x0042000042000f00), 32 * MIB, 3,
	  UINT64_C(0x0042000042000f02) },
};

static void a_first_child_keeps_all_but_size_and_hint(void **state)
{
	const struct child_case *c = *state;
	struct lm_oa_layout layout = lm_oa_layout(c->granule_shift, c->lpa2);

	expect_bits(lm_desc_first_child(&layout, desc(c->parent), c->size, c->level).v,
		    c->child);
}

static void the_reserved_type_of_the_last_level_is_never_made(void **state)
{
	struct lm_oa_layout layout = lm_oa_layout(12, false);

	(void)state;
	for (uint64_t low = 0; low < 4096; low++) {
		lm_desc_t child = lm_desc_first_child(
			&layout, desc(UINT64_C(0x40200000) | low), 2 << 20, 3);
		lm_desc_t leaf =
			lm_desc_leaf(&layout, pa(0x40200000), attrs(low & 0xffc), 3);

		if ((child.v & 3) == 1 || (leaf.v & 3) == 1)
			fail_msg("low bits 0x%03" PRIx64
				 ": expected no 0b01, saw 0x%" PRIx64 " and 0x%" PRIx64,
				 low, child.v, leaf.v);
	}
}

static void the_hint_is_bit_52_and_nothing_else(void **state)
{
	(void)state;
	expect_bits(lm_desc_with_hint(desc(0x40000701)).v, UINT64_C(0x0010000040000701));
	expect_bits(lm_desc_without_hint(desc(UINT64_MAX)).v,
		    UINT64_C(0xffefffffffffffff));
	assert_true(lm_desc_is_contiguous(desc(UINT64_C(0x0010000000000000))));
	assert_false(lm_desc_is_contiguous(desc(UINT64_C(0xffefffffffffffff))));
}

static void hardware_may_update_a_leaf_without_af_or_with_dbm_and_read_only(void **state)
{
	static const struct {
		uint64_t desc;
		bool awaits;
	} cases[] = {
		{ UINT64_C(0x0000000040000701), false },
		{ UINT64_C(0x0000000040000301), true },	 /* AF clear */
		{ UINT64_C(0x0000000040000781), false }, /* read-only, no DBM */
		{ UINT64_C(0x0008000040000701),
		  false },				/* DBM, writable: dirty already */
		{ UINT64_C(0x0008000040000781), true }, /* DBM, read-only */
		{ UINT64_C(0x0008000040000303), true },
		{ UINT64_C(0x0008000040000380),
		  false }, /* invalid: hardware does not update it */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_count(lm_desc_awaits_hw_update(desc(cases[i].desc)),
			     cases[i].awaits, "0x%016" PRIx64 " may be updated",
			     cases[i].desc);
}

static void add_layout(struct test_list *list, const struct layout_case *c)
{
	ADD_CASE(list, every_bit_of_an_output_address_comes_back, c->name, c);
	if (c->moved_oa)
		ADD_CASE(list,
			 the_highest_bits_of_an_address_stand_where_the_layout_moved_them,
			 c->name, c);
	ADD_CASE(list, another_address_changes_no_other_bit, c->name, c);
	ADD_CASE(list, attributes_are_all_but_type_address_and_hint, c->name, c);
	ADD_CASE(list, a_leaf_keeps_every_attribute_and_address_bit, c->name, c);
	ADD_CASE(list, a_table_anywhere_is_type_0b11_with_its_address, c->name, c);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD(&list, each_attribute_is_where_the_architecture_has_it);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		add_layout(&list, &layouts[i]);
	ADD(&list, the_type_bits_of_a_leaf_differ_on_the_last_level);
	ADD(&list, a_table_descriptor_has_the_attributes_that_are_wanted);
	ADD(&list, a_table_descriptor_takes_no_permission_away);
	ADD(&list, what_a_type_means_depends_on_the_level);
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++)
		ADD_CASE(&list, a_first_child_keeps_all_but_size_and_hint,
			 children[i].name, &children[i]);
	ADD(&list, the_reserved_type_of_the_last_level_is_never_made);
	ADD(&list, the_hint_is_bit_52_and_nothing_else);
	ADD(&list, hardware_may_update_a_leaf_without_af_or_with_dbm_and_read_only);
	return test_list_run(&list, "desc");
}
