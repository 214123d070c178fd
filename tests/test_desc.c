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

static void each_attribute_stands_where_the_architecture_has_it(void **state)
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
	expect_bits(LM_ATTR_SOFTWARE, UINT64_C(0x0780000000000000));
	expect_bits(LM_TABLE_PXN, UINT64_C(0x0800000000000000));
	expect_bits(LM_TABLE_UXN, UINT64_C(0x1000000000000000));
	expect_bits(LM_TABLE_AP, UINT64_C(0x6000000000000000));
	expect_bits(LM_TABLE_NS, UINT64_C(0x8000000000000000));
	expect_bits(LM_DESC_OA, UINT64_C(0x0000fffffffff000));
}

static void the_type_bits_of_a_leaf_differ_on_the_last_level(void **state)
{
	(void)state;
	/* A block is 0b01, a page 0b11. */
	expect_bits(lm_desc_leaf(pa(0x40000000), attrs(0x700), 1).v, 0x40000701);
	expect_bits(lm_desc_leaf(pa(0x40200000), attrs(0x700), 2).v, 0x40200701);
	expect_bits(lm_desc_leaf(pa(0x40201000), attrs(0x700), 3).v, 0x40201703);
}

static void a_leaf_keeps_every_attribute_and_address_bit(void **state)
{
	(void)state;
	expect_bits(lm_desc_leaf(pa(UINT64_C(0xfffffffff000)), attrs(ATTRS_MASK), 3).v,
		    UINT64_C(0xffeffffffffffffF));
	expect_bits(lm_desc_oa(desc(UINT64_MAX)).v, UINT64_C(0x0000fffffffff000));
	expect_bits(lm_desc_attrs(desc(UINT64_MAX)).v, ATTRS_MASK);
}

static void a_table_descriptor_is_type_0b11_with_its_attributes(void **state)
{
	(void)state;
	expect_bits(lm_desc_table(pa(0x80001000), 0, attrs(0)).v, 0x80001003);
	/* PXNTable, bit 59, and AF, bit 10, as Linux sets them, above leaves with PXN. */
	expect_bits(lm_desc_table(pa(0x80001000), UINT64_C(0x0800000000000400),
				  attrs(UINT64_C(1) << 53))
			    .v,
		    UINT64_C(0x0800000080001403));
}

static void a_table_descriptor_takes_no_permission_away(void **state)
{
	(void)state;
	/* NSTable, APTable, UXNTable and PXNTable: bits 63 to 59; AF stays. */
	expect_bits(
		lm_desc_table(pa(0x80001000), UINT64_C(0xf800000000000400), attrs(0)).v,
		0x80001403);
	/* Leaves that have UXN, bit 54, lose nothing by UXNTable, bit 60. */
	expect_bits(lm_desc_table(pa(0x80001000), UINT64_C(0xf800000000000400),
				  attrs(UINT64_C(1) << 54))
			    .v,
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

static void a_first_child_is_a_block_above_the_last_level_and_a_page_on_it(void **state)
{
	(void)state;
	/* From level 1 to level 2 the type stays 0b01. */
	expect_bits(lm_desc_first_child(desc(UINT64_C(0x0040000040000701)), 1 << 30, 2).v,
		    UINT64_C(0x0040000040000701));
	/* From level 2 to level 3 it becomes 0b11. */
	expect_bits(lm_desc_first_child(desc(UINT64_C(0x0040000040200701)), 2 << 20, 3).v,
		    UINT64_C(0x0040000040200703));
}

static void a_first_child_keeps_every_attribute_but_the_hint(void **state)
{
	(void)state;
	/*
	 * All bits but bit 1. The child of 1 GiB on level 2 loses bit 52, and what
	 * is below the address of its parent: bits 29 to 12.
	 */
	expect_bits(lm_desc_first_child(desc(UINT64_C(0xfffffffffffffffd)), 1 << 30, 2).v,
		    UINT64_C(0xffefffffc0000ffd));
	/* The page, of 2 MiB, loses bits 20 to 12, and gains bit 1. */
	expect_bits(lm_desc_first_child(desc(UINT64_C(0xfffffffffffffffd)), 2 << 20, 3).v,
		    UINT64_C(0xffefffffffe00fff));
}

static void a_first_child_of_an_invalid_leaf_is_invalid(void **state)
{
	(void)state;
	/* nG, bit 11, marks it; the page form has bit 1, which must not look like 0b01. */
	expect_bits(lm_desc_first_child(desc(UINT64_C(0x0040000040000f00)), 1 << 30, 2).v,
		    UINT64_C(0x0040000040000f00));
	expect_bits(lm_desc_first_child(desc(UINT64_C(0x0040000040200f00)), 2 << 20, 3).v,
		    UINT64_C(0x0040000040200f02));
}

static void the_reserved_type_of_the_last_level_is_never_made(void **state)
{
	(void)state;
	for (uint64_t low = 0; low < 4096; low++) {
		lm_desc_t child =
			lm_desc_first_child(desc(UINT64_C(0x40200000) | low), 2 << 20, 3);
		lm_desc_t leaf = lm_desc_leaf(pa(0x40200000), attrs(low & 0xffc), 3);

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
		{ UINT64_C(0x0008000040000380), false }, /* invalid: nobody updates it */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_count(lm_desc_awaits_hw_update(desc(cases[i].desc)),
			     cases[i].awaits, "0x%016" PRIx64 " may be updated",
			     cases[i].desc);
}

int main(void)
{
	struct test_list list = { 0 };

	ADD(&list, each_attribute_stands_where_the_architecture_has_it);
	ADD(&list, the_type_bits_of_a_leaf_differ_on_the_last_level);
	ADD(&list, a_leaf_keeps_every_attribute_and_address_bit);
	ADD(&list, a_table_descriptor_is_type_0b11_with_its_attributes);
	ADD(&list, a_table_descriptor_takes_no_permission_away);
	ADD(&list, what_a_type_means_depends_on_the_level);
	ADD(&list, a_first_child_is_a_block_above_the_last_level_and_a_page_on_it);
	ADD(&list, a_first_child_keeps_every_attribute_but_the_hint);
	ADD(&list, a_first_child_of_an_invalid_leaf_is_invalid);
	ADD(&list, the_reserved_type_of_the_last_level_is_never_made);
	ADD(&list, the_hint_is_bit_52_and_nothing_else);
	ADD(&list, hardware_may_update_a_leaf_without_af_or_with_dbm_and_read_only);
	return test_list_run(&list, "desc");
}
