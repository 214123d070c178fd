// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the architecture says about a leaf's attributes: which it reserves, which the
 * tables above take away, and in which the members of a run may differ. Code that makes
 * leaves uses this, and the verifier; it knows nothing of either.
 */
#include "core.h"

uint64_t lm_attrs_wrong(const struct lm_format *fmt, lm_desc_t leaf)
{
	uint64_t attrs = lm_desc_attrs(&fmt->oa, leaf).v;
	uint64_t wrong = attrs & fmt->not_attrs;

	/*
	 * With LPA2 these bits are part of the address, so none of them is an attribute.
	 */
	if ((attrs & LM_ATTR_SHAREABILITY) == LM_ATTR_RESERVED_SHAREABILITY)
		wrong |= LM_ATTR_SHAREABILITY;
	/* AP[1] is RES1 where there is no EL0. */
	if (!lm_regime_has_two_ranges(fmt->config.regime))
		wrong |= ~attrs & LM_ATTR_EL0;
	return wrong;
}

uint64_t lm_attrs_lost(const struct lm_format *fmt, lm_desc_t leaf, uint64_t above)
{
	bool two_ranges = lm_regime_has_two_ranges(fmt->config.regime);
	lm_attrs_t attrs = lm_desc_attrs(&fmt->oa, leaf);

	return lm_desc_below(attrs, above, two_ranges).v ^ attrs.v;
}

/*
 * Hardware that manages AF and dirty state may record either in any one member of a run,
 * which then counts for all (Arm ARM D8.5).
 */
uint64_t lm_attrs_hw_writes(const struct lm_format *fmt, lm_desc_t member)
{
	if (!fmt->config.hw_updates)
		return 0;
	return LM_ATTR_AF | (member.v & LM_ATTR_DBM ? LM_ATTR_READ_ONLY : 0);
}

bool lm_attrs_differ_in_run(const struct lm_format *fmt, lm_desc_t before,
			    lm_desc_t after)
{
	uint64_t differ = lm_desc_attrs(&fmt->oa, before).v ^
			  lm_desc_attrs(&fmt->oa, after).v;

	/* No walk reads these, or hardware itself may have written them. */
	differ &= ~(LM_ATTR_SOFTWARE |
		    (lm_attrs_hw_writes(fmt, before) & lm_attrs_hw_writes(fmt, after)));
	return lm_desc_is_valid(before) && lm_desc_is_valid(after) && differ;
}

int lm_attrs_check_change(const struct lm_format *fmt, lm_desc_t before, lm_desc_t after,
			  uint64_t above)
{
	if (!((before.v ^ after.v) & lm_attrs_asked(fmt, above)))
		return 0;
	if (lm_attrs_wrong(fmt, after) & ~lm_attrs_wrong(fmt, before))
		return -LM_EINVAL;
	if (lm_attrs_lost(fmt, after, above) & ~lm_attrs_lost(fmt, before, above))
		return -LM_ETABLE;
	return 0;
}
