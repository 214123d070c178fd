// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One descriptor, in each of the three layouts of an output address: every bit of
 * the address and every attribute comes back, and nothing else changes.
 */
#include "proofs/prove.h"

struct layout {
	unsigned int granule_shift;
	bool lpa2;
	struct lm_oa_layout oa;
};

static struct layout any_layout(void)
{
	struct layout layout = { 12 + 2 * any_bit(0, 3), nondet_bool() };

	assume(!(layout.granule_shift == 16 && layout.lpa2));
	layout.oa = lm_oa_layout((uint8_t)layout.granule_shift, layout.lpa2);
	return layout;
}

static bool is_oa_bit(const struct layout *layout, unsigned int n)
{
	return arm_is_oa_bit(n, layout->granule_shift, layout->lpa2);
}

static lm_pa_t any_oa(const struct layout *layout)
{
	lm_pa_t oa = { nondet_u64() };

	assume(!(oa.v & ((UINT64_C(1) << layout->granule_shift) - 1)));
	assume(!(oa.v >> arm_oa_bits(layout->granule_shift, layout->lpa2)));
	return oa;
}

static lm_attrs_t any_attrs(const struct layout *layout)
{
	lm_attrs_t attrs = { nondet_u64() };

	assume(!(attrs.v & lm_desc_not_attrs(&layout->oa)));
	return attrs;
}

static int any_level(void)
{
	return (int)any_bit(0, LM_LEVELS) + LM_FIRST_LEVEL;
}

static void prove_oa(const struct layout *layout)
{
	lm_pa_t oa = any_oa(layout);
	lm_desc_t before = { nondet_u64() };
	lm_desc_t desc = lm_desc_with_oa(&layout->oa, before, oa);
	unsigned int n = any_bit(0, 64);
	unsigned int oa_bit = any_bit(layout->granule_shift,
				      arm_oa_bits(layout->granule_shift, layout->lpa2));
	unsigned int place =
		arm_place_of_oa_bit(oa_bit, layout->granule_shift, layout->lpa2);

	expect("place", bit(desc.v, place) == bit(oa.v, oa_bit));
	expect("same_oa", lm_desc_oa(&layout->oa, desc).v == oa.v);
	expect("oa_only", is_oa_bit(layout, n) || bit(desc.v, n) == bit(before.v, n));
}

static void prove_leaf(const struct layout *layout)
{
	lm_pa_t oa = any_oa(layout);
	lm_attrs_t attrs = any_attrs(layout);
	int level = any_level();
	lm_desc_t desc = lm_desc_leaf(&layout->oa, oa, attrs, level);
	unsigned int n = any_bit(0, 64);
	bool is_attr = n > 1 && n != 52 && !is_oa_bit(layout, n);

	expect("attrs_mask", is_attr != bit(lm_desc_not_attrs(&layout->oa), n));
	expect("same_attrs", lm_desc_attrs(&layout->oa, desc).v == attrs.v);
	expect("same_oa", lm_desc_oa(&layout->oa, desc).v == oa.v);
	expect("leaf_type", (desc.v & 3) == (level == 3 ? 3 : 1));
	expect("leaf_type", lm_desc_is_valid_leaf(desc, level));
	expect("leaf_type", lm_desc_is_valid(desc) && !lm_desc_is_table(desc, level));
	expect("hint", !bit(desc.v, 52));
}

static void prove_hints(void)
{
	lm_desc_t before = { nondet_u64() };
	lm_desc_t with = lm_desc_with_hint(before);
	lm_desc_t without = lm_desc_without_hint(before);
	unsigned int n = any_bit(0, 64);

	expect("hint", lm_desc_is_contiguous(with) && bit(with.v, 52));
	expect("hint", !lm_desc_is_contiguous(without) && !bit(without.v, 52));
	expect("hint_only", n == 52 || bit(with.v, n) == bit(before.v, n));
	expect("hint_only", n == 52 || bit(without.v, n) == bit(before.v, n));
}

static void prove_table(const struct layout *layout)
{
	lm_pa_t pa = any_oa(layout);
	lm_attrs_t attrs = any_attrs(layout);
	uint64_t wanted = nondet_u64();
	unsigned int n = any_bit(2, 64);
	int level = any_level();
	lm_desc_t desc;

	assume(!(wanted & (LM_DESC_ADDRESS | LM_DESC_TYPE | layout->oa.moved)));
	desc = lm_desc_table(&layout->oa, pa, wanted, attrs);

	expect("same_oa", lm_desc_oa(&layout->oa, desc).v == pa.v);
	expect("table_type", (desc.v & 3) == 3);
	expect("table_type", lm_desc_is_table(desc, level) == (level < 3));

	/* PXNTable 59, UXNTable 60, APTable 61 and 62, NSTable 63; PXN 53, UXN 54. */
	expect("harmless", !(desc.v >> 61));
	expect("harmless", implies(bit(desc.v, 59), bit(attrs.v, 53)));
	expect("harmless", implies(bit(desc.v, 60), bit(attrs.v, 54)));
	expect("as_wanted",
	       is_oa_bit(layout, n) || n >= 59 || bit(desc.v, n) == bit(wanted, n));
	expect("as_wanted",
	       implies(bit(attrs.v, 53), bit(desc.v, 59) == bit(wanted, 59)));
	expect("as_wanted",
	       implies(bit(attrs.v, 54), bit(desc.v, 60) == bit(wanted, 60)));
}

static void prove_first_child(const struct layout *layout)
{
	lm_desc_t parent = { nondet_u64() };
	unsigned int shift = any_bit(layout->granule_shift + 1, 48);
	int level = any_level();
	lm_desc_t child =
		lm_desc_first_child(&layout->oa, parent, UINT64_C(1) << shift, level);
	uint64_t oa = lm_desc_oa(&layout->oa, parent).v >> shift << shift;
	unsigned int n = any_bit(0, 64);

	expect("same_oa", lm_desc_oa(&layout->oa, child).v == oa);
	expect("same_attrs", lm_desc_attrs(&layout->oa, child).v ==
				     lm_desc_attrs(&layout->oa, parent).v);
	expect("same_attrs", n == 1 || n == 52 || is_oa_bit(layout, n) ||
				     bit(child.v, n) == bit(parent.v, n));
	expect("same_validity", lm_desc_is_valid(child) == lm_desc_is_valid(parent));
	expect("leaf_type", bit(child.v, 1) == (level == 3));
	expect("hint", !bit(child.v, 52));
}

int main(void)
{
	struct layout layout = any_layout();

	prove_oa(&layout);
	prove_leaf(&layout);
	prove_hints();
	prove_table(&layout);
	prove_first_child(&layout);

	expect_possible("4K", layout.granule_shift == 12 && !layout.lpa2);
	expect_possible("16K", layout.granule_shift == 14 && !layout.lpa2);
	expect_possible("64K", layout.granule_shift == 16);
	expect_possible("LPA2", layout.granule_shift == 12 && layout.lpa2);
	expect_possible("LPA2, 16K", layout.granule_shift == 14 && layout.lpa2);
	return 0;
}
