// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What may be done to an entry in use, by which CPU's leave: as data. */
#include "core.h"

/*
 * Arm ARM D8.16.1 (break-before-make) and FEAT_BBM; the column for tolerant
 * walkers is what level 3 adds. Levels 0, 1 and 2 count alike: level 2 keeps
 * the translation right but may raise a TLB conflict abort, which no kernel
 * takes in the middle of its own linear map. Global to not-global is never live:
 * the old entry matches every ASID and would go on beside the new one.
 */
static const enum lm_rule rules[LM_CHANGES][LM_WALKERS] = {
	/*			    nobody	    all tolerant	some intolerant */
	[LM_CHANGE_SIZE] = { LM_RULE_FREELY, LM_RULE_TLBI_LATER, LM_RULE_NEVER },
	[LM_CHANGE_OUTPUT] = { LM_RULE_BREAK, LM_RULE_BREAK, LM_RULE_BREAK },
	[LM_CHANGE_NOT_GLOBAL] = { LM_RULE_FREELY, LM_RULE_NEVER, LM_RULE_NEVER },
	[LM_CHANGE_PERMISSIONS] = { LM_RULE_FREELY, LM_RULE_AFTER_SIZE,
				    LM_RULE_ON_OWN_LEAF },
};

enum lm_rule lm_rule(enum lm_change change, enum lm_walkers walkers)
{
	return rules[change][walkers];
}

/* ID_AA64MMFR2_EL1.BBM */
#define MMFR2_BBM_SHIFT 52
#define MMFR2_BBM_MASK	0xf

uint8_t lm_cpu_bbm_level(uint32_t midr, uint64_t mmfr2, const struct lm_cpu_model *models,
			 unsigned int count)
{
	uint8_t level = (mmfr2 >> MMFR2_BBM_SHIFT) & MMFR2_BBM_MASK;

	for (unsigned int i = 0; i < count; i++) {
		if ((midr & models[i].midr_mask) == models[i].midr)
			return models[i].bbm_level;
	}
	return level < LM_BBM_LIVE ? level : LM_BBM_LIVE;
}

/* ------------------------------------------------------- who stands in the way */

/*
 * Who can walk what changes. In place and live, the leader does too; what break and
 * switch change it has broken, or moved away from.
 */
static enum lm_walkers walkers_of(bool live, const struct lm_walking *who,
				  unsigned int *culprit)
{
	for (unsigned int cpu = 0; cpu < who->cpus->count; cpu++) {
		if (cpu == who->leader ? !live : who->hold != LM_NONE_HELD)
			continue;
		if (live && who->cpus->cpu[cpu].bbm_level >= LM_BBM_LIVE)
			continue;
		*culprit = cpu;
		return LM_WALKED_BY_INTOLERANT;
	}
	return live ? LM_WALKED_BY_TOLERANT : LM_WALKED_BY_NONE;
}

int lm_way_check(enum lm_way way, unsigned int changes, const struct lm_walking *who,
		 unsigned int *culprit)
{
	bool live = way == LM_IN_PLACE || way == LM_LIVE;
	enum lm_walkers walkers;

	*culprit = who->leader;
	walkers = walkers_of(live, who, culprit);
	/* What is cut off for a while nobody else may need. */
	if (!live && walkers != LM_WALKED_BY_NONE)
		return -LM_EUNSAFE;
	for (enum lm_change change = 0; change < LM_CHANGES; change++) {
		enum lm_rule rule = lm_rule(change, walkers);

		if (!(changes & 1U << change))
			continue;
		if (rule == LM_RULE_NEVER || (rule == LM_RULE_BREAK && live))
			return -LM_EUNSAFE;
	}
	return 0;
}

unsigned int lm_change_kinds(const struct lm_map *map, struct lm_leaf_change change)
{
	uint64_t bits = change.set | change.clear;
	unsigned int kinds = 0;

	/* What is not valid is in no TLB, and its mark is no attribute. */
	if (bits & LM_DESC_VALID) {
		kinds |= 1U << LM_CHANGE_PERMISSIONS;
		bits &= ~(LM_DESC_VALID | map->fmt.config.present_invalid);
	}
	if ((bits & LM_ATTR_MEMORY) || (change.clear & bits & LM_ATTR_NOT_GLOBAL))
		kinds |= 1U << LM_CHANGE_OUTPUT;
	if (change.set & bits & LM_ATTR_NOT_GLOBAL)
		kinds |= 1U << LM_CHANGE_NOT_GLOBAL;
	if (bits & ~(LM_ATTR_MEMORY | LM_ATTR_NOT_GLOBAL))
		kinds |= 1U << LM_CHANGE_PERMISSIONS;
	return kinds;
}
