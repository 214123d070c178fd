/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One stage 1 descriptor of VMSAv8-64: type, output address, attributes,
 * contiguous hint. This file knows every bit position and nothing else does;
 * it knows nothing of tables, levels above and below, or who is walking.
 *
 * Source: Arm ARM D8.3, "Translation table descriptor formats".
 */
#ifndef LINMAP_DESC_H
#define LINMAP_DESC_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A physical address, an input address, a descriptor as it is in a table. */
typedef struct {
	uint64_t v;
} lm_pa_t;

typedef struct {
	uint64_t v;
} lm_va_t;

typedef struct {
	uint64_t v;
} lm_desc_t;

/*
 * Attributes of a leaf: the bits of its descriptor that are neither type, nor
 * output address, nor contiguous hint. Made by or-ing LM_ATTR_* together.
 */
typedef struct {
	uint64_t v;
} lm_attrs_t;

#define LM_BIT(n)	   (UINT64_C(1) << (n))
#define LM_BITS(high, low) ((~UINT64_C(0) >> (63 - (high))) & (~UINT64_C(0) << (low)))

/* Type: bit 0 says valid; bit 1 says table above the last level, page on it. */
#define LM_DESC_VALID	      LM_BIT(0)
#define LM_DESC_TABLE_OR_PAGE LM_BIT(1)
#define LM_DESC_TYPE	      LM_BITS(1, 0)

/* Attributes of a leaf. */
#define LM_ATTR_INDEX(mair)	      ((uint64_t)(mair) << 2) /* index into MAIR_ELx, 0 to 7 */
#define LM_ATTR_NS		      LM_BIT(5)
#define LM_ATTR_EL0		      LM_BIT(6) /* AP[1]: EL0 may access; RES1 at EL2, EL3 */
#define LM_ATTR_READ_ONLY	      LM_BIT(7) /* AP[2] */
#define LM_ATTR_AP		      LM_BITS(7, 6)
#define LM_ATTR_OUTER_SHAREABLE	      (UINT64_C(2) << 8)
#define LM_ATTR_INNER_SHAREABLE	      (UINT64_C(3) << 8)
#define LM_ATTR_SHAREABILITY	      LM_BITS(9, 8) /* 0b01 is reserved */
#define LM_ATTR_RESERVED_SHAREABILITY (UINT64_C(1) << 8)
#define LM_ATTR_AF		      LM_BIT(10)
#define LM_ATTR_NOT_GLOBAL	      LM_BIT(11)
#define LM_ATTR_GP		      LM_BIT(50)
#define LM_ATTR_DBM		      LM_BIT(51)
#define LM_ATTR_PXN		      LM_BIT(53)
#define LM_ATTR_UXN		      LM_BIT(54)
#define LM_ATTR_XN		      LM_ATTR_UXN /* at EL2 and EL3, which know no other */
#define LM_ATTR_SOFTWARE	      LM_BITS(58, 55)
#define LM_ATTR_PBHA		      LM_BITS(62, 59) /* ignored without FEAT_HPDS2 */

/* Those that say what memory it is: type, shareability, physical address space. */
#define LM_ATTR_MEMORY (LM_ATTR_INDEX(7) | LM_ATTR_NS | LM_ATTR_INNER_SHAREABLE)

#define LM_DESC_CONTIGUOUS LM_BIT(52)

/* What is never an attribute: part of the address, or reserved, with every granule. */
#define LM_DESC_ADDRESS LM_BITS(49, 12)

/* Of a block only: it is on its way to another size (FEAT_BBM level 1). */
#define LM_BLOCK_NT LM_BIT(16)

/* Hierarchical attributes of a table descriptor (Arm ARM D8.4). */
#define LM_TABLE_PXN LM_BIT(59)
#define LM_TABLE_UXN LM_BIT(60)
#define LM_TABLE_AP  LM_BITS(62, 61)
#define LM_TABLE_NS  LM_BIT(63)

/* APTable[0] and APTable[1]. */
#define LM_TABLE_NO_EL0	   LM_BIT(61)
#define LM_TABLE_READ_ONLY LM_BIT(62)
#define LM_TABLE_ATTRS	   LM_BITS(63, 59)

/*
 * Where an output address is in a descriptor: most of its bits at their own
 * places, and those that came later in bits that mean nothing else there.
 */
struct lm_oa_layout {
	uint64_t in_place; /* bits of the address and of the descriptor */
	uint64_t moved;	   /* bits of the descriptor that hold higher ones */
	uint8_t moved_by;  /* how much higher */
};

/*
 * FEAT_LPA puts OA[51:48] into [15:12] with a 64K granule, where they are zero
 * without it. FEAT_LPA2 (TCR_ELx.DS) puts OA[51:50] into [9:8] with 4K and 16K;
 * shareability is then in TCR_ELx alone.
 */
static inline struct lm_oa_layout lm_oa_layout(uint8_t granule_shift, bool lpa2)
{
	if (lpa2)
		return (struct lm_oa_layout){ LM_BITS(49, granule_shift), LM_BITS(9, 8),
					      50 - 8 };
	if (granule_shift == 16)
		return (struct lm_oa_layout){ LM_BITS(47, 16), LM_BITS(15, 12), 48 - 12 };
	return (struct lm_oa_layout){ LM_BITS(47, granule_shift), 0, 0 };
}

/* The level on which a descriptor with type 0b11 is a page. */
#define LM_LAST_LEVEL 3

static inline bool lm_desc_is_valid(lm_desc_t desc)
{
	return desc.v & LM_DESC_VALID;
}

static inline bool lm_desc_is_table(lm_desc_t desc, int level)
{
	return level < LM_LAST_LEVEL && (desc.v & LM_DESC_TYPE) == LM_DESC_TYPE;
}

/* A valid block or page. On the last level 0b01 is reserved: it maps nothing. */
static inline bool lm_desc_is_valid_leaf(lm_desc_t desc, int level)
{
	uint64_t type = level == LM_LAST_LEVEL ? LM_DESC_TYPE : LM_DESC_VALID;

	return (desc.v & LM_DESC_TYPE) == type;
}

static inline bool lm_desc_is_contiguous(lm_desc_t desc)
{
	return desc.v & LM_DESC_CONTIGUOUS;
}

/*
 * Where hardware manages AF and dirty state, it may rewrite such a leaf at any
 * moment (Arm ARM D8.5): a copy of it could lose what hardware noted.
 */
static inline bool lm_desc_awaits_hw_update(lm_desc_t desc)
{
	uint64_t clean = LM_ATTR_DBM | LM_ATTR_READ_ONLY;

	return lm_desc_is_valid(desc) &&
	       (!(desc.v & LM_ATTR_AF) || (desc.v & clean) == clean);
}

/* Of a block, bits below its size may be no address: see lm_desc_first_child(). */
static inline lm_pa_t lm_desc_oa(const struct lm_oa_layout *layout, lm_desc_t desc)
{
	uint64_t moved = (desc.v & layout->moved) << layout->moved_by;

	return (lm_pa_t){ (desc.v & layout->in_place) | moved };
}

/* The same descriptor for another output address: no other bit changes. */
static inline lm_desc_t lm_desc_with_oa(const struct lm_oa_layout *layout, lm_desc_t desc,
					lm_pa_t oa)
{
	uint64_t moved = (oa.v >> layout->moved_by) & layout->moved;

	return (lm_desc_t){ (desc.v & ~(layout->in_place | layout->moved)) |
			    (oa.v & layout->in_place) | moved };
}

/* All that is not an attribute of a leaf. */
static inline uint64_t lm_desc_not_attrs(const struct lm_oa_layout *layout)
{
	return LM_DESC_TYPE | LM_DESC_CONTIGUOUS | layout->in_place | layout->moved;
}

static inline lm_attrs_t lm_desc_attrs(const struct lm_oa_layout *layout, lm_desc_t desc)
{
	return (lm_attrs_t){ desc.v & ~lm_desc_not_attrs(layout) };
}

/*
 * Bits of a leaf's descriptor that are to be set and to be cleared: attributes, or
 * being valid together with the mark of invalid leaves that hold a mapping.
 */
struct lm_leaf_change {
	uint64_t set;
	uint64_t clear;
};

static inline lm_desc_t lm_desc_without_hint(lm_desc_t desc)
{
	return (lm_desc_t){ desc.v & ~LM_DESC_CONTIGUOUS };
}

static inline lm_desc_t lm_desc_with_hint(lm_desc_t desc)
{
	return (lm_desc_t){ desc.v | LM_DESC_CONTIGUOUS };
}

static inline lm_desc_t lm_desc_leaf(const struct lm_oa_layout *layout, lm_pa_t oa,
				     lm_attrs_t attrs, int level)
{
	uint64_t type = level == LM_LAST_LEVEL ? LM_DESC_TYPE : LM_DESC_VALID;

	return lm_desc_with_oa(layout, (lm_desc_t){ attrs.v | type }, oa);
}

/*
 * The descriptor of a table of leaves with @attrs. Of the hierarchical attributes
 * that are wanted it gets those that take nothing away from these leaves.
 */
static inline lm_desc_t lm_desc_table(const struct lm_oa_layout *layout, lm_pa_t table,
				      uint64_t wanted, lm_attrs_t attrs)
{
	uint64_t harmful = LM_TABLE_AP | LM_TABLE_NS;

	if (!(attrs.v & LM_ATTR_PXN))
		harmful |= LM_TABLE_PXN;
	if (!(attrs.v & LM_ATTR_UXN))
		harmful |= LM_TABLE_UXN;
	return lm_desc_with_oa(layout, (lm_desc_t){ (wanted & ~harmful) | LM_DESC_TYPE },
			       table);
}

/*
 * What the first entry of a table on @level holds when that table takes the
 * place of the leaf @parent, of @size bytes, one level up. Every attribute stays,
 * and so does being invalid; only the encoding of "page" differs from that of
 * "block". Bits below a block's address are no address there (RES0, or nT), but
 * would be in a page.
 */
static inline lm_desc_t lm_desc_first_child(const struct lm_oa_layout *layout,
					    lm_desc_t parent, uint64_t size, int level)
{
	uint64_t page = level == LM_LAST_LEVEL ? LM_DESC_TABLE_OR_PAGE : 0;
	uint64_t drop = LM_DESC_CONTIGUOUS | LM_DESC_TABLE_OR_PAGE |
			(layout->in_place & (size - 1));

	return (lm_desc_t){ (parent.v & ~drop) | page };
}

/*
 * What the attributes of a leaf come to below tables whose hierarchical attributes,
 * or-ed together, are @tables (Arm ARM D8.4.2, "Hierarchical control of data access
 * and instruction execution permissions"). Where writing is taken away, hardware
 * does not give it back: DBM says nothing any more. A regime of one exception level
 * knows neither APTable[0] nor PXNTable, and its XNTable is where UXNTable is.
 */
static inline lm_attrs_t lm_desc_below(lm_attrs_t leaf, uint64_t tables, bool two_ranges)
{
	if (tables & LM_TABLE_NS)
		leaf.v |= LM_ATTR_NS;
	if (tables & LM_TABLE_UXN)
		leaf.v |= LM_ATTR_UXN;
	if (tables & LM_TABLE_READ_ONLY)
		leaf.v = (leaf.v | LM_ATTR_READ_ONLY) & ~LM_ATTR_DBM;
	if (two_ranges && (tables & LM_TABLE_PXN))
		leaf.v |= LM_ATTR_PXN;
	if (two_ranges && (tables & LM_TABLE_NO_EL0))
		leaf.v &= ~LM_ATTR_EL0;
	return leaf;
}

/*
 * Bits of a table descriptor that have to be zero: [50], what of [49:12] is no
 * address, and in a regime of one exception level APTable[0] and PXNTable (Arm ARM
 * D8.3.1, "Table descriptor format"). The others that say nothing are ignored.
 */
static inline uint64_t lm_desc_table_reserved(const struct lm_oa_layout *layout,
					      bool two_ranges)
{
	uint64_t bits = LM_BITS(50, 12) & ~(layout->in_place | layout->moved);

	return two_ranges ? bits : bits | LM_TABLE_NO_EL0 | LM_TABLE_PXN;
}

#ifdef __cplusplus
}
#endif

#endif
