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

/* A physical address, an input address, a descriptor as it stands in a table. */
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
#define LM_ATTR_INDEX(mair)	((uint64_t)(mair) << 2) /* index into MAIR_ELx, 0 to 7 */
#define LM_ATTR_NS		LM_BIT(5)
#define LM_ATTR_EL0		LM_BIT(6) /* AP[1]: EL0 may access */
#define LM_ATTR_READ_ONLY	LM_BIT(7) /* AP[2] */
#define LM_ATTR_OUTER_SHAREABLE (UINT64_C(2) << 8)
#define LM_ATTR_INNER_SHAREABLE (UINT64_C(3) << 8)
#define LM_ATTR_AF		LM_BIT(10)
#define LM_ATTR_NOT_GLOBAL	LM_BIT(11)
#define LM_ATTR_GP		LM_BIT(50)
#define LM_ATTR_DBM		LM_BIT(51)
#define LM_ATTR_PXN		LM_BIT(53)
#define LM_ATTR_UXN		LM_BIT(54)
#define LM_ATTR_SOFTWARE	LM_BITS(58, 55)

#define LM_DESC_CONTIGUOUS LM_BIT(52)

/* Hierarchical attributes of a table descriptor (Arm ARM D8.4). */
#define LM_TABLE_PXN LM_BIT(59)
#define LM_TABLE_UXN LM_BIT(60)
#define LM_TABLE_AP  LM_BITS(62, 61)
#define LM_TABLE_NS  LM_BIT(63)

/* Output address of up to 48 bits; its lower bits depend on level and granule. */
#define LM_DESC_OA LM_BITS(47, 12)

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

static inline lm_pa_t lm_desc_oa(lm_desc_t desc)
{
	return (lm_pa_t){ desc.v & LM_DESC_OA };
}

/* The same descriptor for another output address: no other bit changes. */
static inline lm_desc_t lm_desc_with_oa(lm_desc_t desc, lm_pa_t oa)
{
	return (lm_desc_t){ (desc.v & ~LM_DESC_OA) | oa.v };
}

static inline lm_attrs_t lm_desc_attrs(lm_desc_t desc)
{
	return (lm_attrs_t){ desc.v & ~(LM_DESC_TYPE | LM_DESC_OA | LM_DESC_CONTIGUOUS) };
}

static inline lm_desc_t lm_desc_without_hint(lm_desc_t desc)
{
	return (lm_desc_t){ desc.v & ~LM_DESC_CONTIGUOUS };
}

static inline lm_desc_t lm_desc_with_hint(lm_desc_t desc)
{
	return (lm_desc_t){ desc.v | LM_DESC_CONTIGUOUS };
}

static inline lm_desc_t lm_desc_leaf(lm_pa_t oa, lm_attrs_t attrs, int level)
{
	uint64_t type = level == LM_LAST_LEVEL ? LM_DESC_TYPE : LM_DESC_VALID;

	return (lm_desc_t){ oa.v | attrs.v | type };
}

/*
 * The descriptor of a table of leaves with @attrs. Of the hierarchical attributes
 * that are wanted it gets those that take nothing away from these leaves.
 */
static inline lm_desc_t lm_desc_table(lm_pa_t table, uint64_t wanted, lm_attrs_t attrs)
{
	uint64_t harmful = LM_TABLE_AP | LM_TABLE_NS;

	if (!(attrs.v & LM_ATTR_PXN))
		harmful |= LM_TABLE_PXN;
	if (!(attrs.v & LM_ATTR_UXN))
		harmful |= LM_TABLE_UXN;
	return (lm_desc_t){ table.v | (wanted & ~harmful) | LM_DESC_TYPE };
}

/*
 * What the first entry of a table on @level holds when that table takes the
 * place of the leaf @parent, of @size bytes, one level up. Every attribute stays,
 * and so does being invalid; only the encoding of "page" differs from that of
 * "block". Bits below a block's address are no address there (RES0, or nT), but
 * would be in a page.
 */
static inline lm_desc_t lm_desc_first_child(lm_desc_t parent, uint64_t size, int level)
{
	uint64_t page = level == LM_LAST_LEVEL ? LM_DESC_TABLE_OR_PAGE : 0;
	uint64_t drop = LM_DESC_CONTIGUOUS | LM_DESC_TABLE_OR_PAGE |
			(LM_DESC_OA & (size - 1));

	return (lm_desc_t){ (parent.v & ~drop) | page };
}

#endif
