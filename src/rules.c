// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What may be done to an entry in use, depending on which CPUs can walk it. */
#include "core.h"

/*
 * Arm ARM D8.16.1 (break-before-make) and FEAT_BBM; the column for tolerant walkers is
 * what level 3 adds. Levels 0, 1 and 2 count as one: level 2 keeps the translation right
 * but may raise a TLB conflict abort, which no kernel can take for its own linear map.
 * Global to not-global is never live: the old entry matches every ASID and would stay in
 * use beside the new one.
 *
 * An entry of any kind, and on any level, may become invalid while it is walked: that is
 * the first half of a break-before-make, and the rest of it only matters if something is
 * stored there later. A CPU may use what the entry mapped, or the table that it linked,
 * until a TLBI is complete; of all levels, if it was a table. A whole run that becomes
 * invalid is no change of its size, for what the last paragraph says.
 *
 * Members of a contiguous run that differ in their attributes misprogram the contiguous
 * bit (Arm ARM D8.7.1), which may cause a TLB conflict abort or attributes that neither
 * member has. Changing a run entry by entry makes such a run for a while. On level 3,
 * which takes members with and without the hint as they come and raises no abort, either
 * attributes may be used until the TLBI, as with a page; below level 3 the hints must go
 * first, and only break and switch remove them.
 *
 * No row is needed for a whole run to become invalid, or valid again. An invalid entry is
 * in no TLB, so a TLB can only hold the run's own translation, the same from every
 * member. These stores, and a TLBI and DSB between them, are what the Arm ARM calls
 * break-before-make: there is no other way to change a run.
 *
 * Linux changes a whole run's write permission and access flag entry by entry on any
 * CPU (contpte_wrprotect_ptes()), and unfolds it by break-before-make for everything
 * else, so this is stricter in the one case and the same in the others.
 */
static const enum lm_rule rules[LM_CHANGES][LM_WALKERS] = {
	/*			    nobody	    all tolerant	some intolerant */
	[LM_CHANGE_SIZE] = { LM_RULE_FREELY, LM_RULE_TLBI_LATER, LM_RULE_NEVER },
	[LM_CHANGE_OUTPUT] = { LM_RULE_BREAK, LM_RULE_BREAK, LM_RULE_BREAK },
	[LM_CHANGE_NOT_GLOBAL] = { LM_RULE_FREELY, LM_RULE_NEVER, LM_RULE_NEVER },
	[LM_CHANGE_PERMISSIONS] = { LM_RULE_FREELY, LM_RULE_AFTER_SIZE,
				    LM_RULE_ON_OWN_LEAF },
	[LM_CHANGE_UNMAP] = { LM_RULE_FREELY, LM_RULE_TLBI_LATER, LM_RULE_TLBI_LATER },
	[LM_CHANGE_RUN] = { LM_RULE_FREELY, LM_RULE_AFTER_SIZE, LM_RULE_NEVER },
};

enum lm_rule lm_rule(enum lm_change change, enum lm_walkers walkers)
{
	return rules[change][walkers];
}

/* ------------------------------------------------------- who prevents a change */

/*
 * Whether a CPU prevents it that is not held, if others are. In place and live, the leader
 * walks what changes, too; what break and switch change, the leader has broken, or moved
 * away from. In a roll each CPU moves away by itself, so one that is held cannot.
 */
static bool prevents(enum lm_way way, const struct lm_walking *who, unsigned int cpu)
{
	if (way == LM_IN_PLACE || way == LM_LIVE)
		return who->cpus->cpu[cpu].bbm_level < LM_BBM_LIVE;
	return cpu != who->leader && (way != LM_ROLL || who->hold != LM_NONE_HELD);
}

/* Who can walk what changes. */
static enum lm_walkers walkers_of(enum lm_way way, const struct lm_walking *who,
				  unsigned int *culprit)
{
	unsigned int end = who->cpus->count;
	unsigned int cpu = 0;

	/* Inside the stop nothing grows with the number of CPUs. */
	if (who->hold != LM_NONE_HELD && way != LM_ROLL) {
		cpu = who->leader;
		end = cpu + 1;
	}
	for (; cpu < end; cpu++) {
		if (!prevents(way, who, cpu))
			continue;
		*culprit = cpu;
		return LM_WALKED_BY_INTOLERANT;
	}
	return way == LM_IN_PLACE || way == LM_LIVE ? LM_WALKED_BY_TOLERANT :
						      LM_WALKED_BY_NONE;
}

int lm_rules_check(unsigned int changes, enum lm_walkers walkers, bool live)
{
	for (; changes; changes &= changes - 1) {
		enum lm_rule rule = rules[__builtin_ctz(changes)][walkers];

		if (rule == LM_RULE_NEVER || (rule == LM_RULE_BREAK && live))
			return -LM_EUNSAFE;
	}
	return 0;
}

int lm_way_check(enum lm_way way, unsigned int changes, const struct lm_walking *who,
		 unsigned int *culprit)
{
	bool live = way == LM_IN_PLACE || way == LM_LIVE;
	enum lm_walkers walkers;

	*culprit = who->leader;
	walkers = walkers_of(way, who, culprit);
	/* No other CPU may need what is cut off for a while. */
	if (!live && walkers != LM_WALKED_BY_NONE)
		return -LM_EUNSAFE;
	/*
	 * While some CPUs have moved and others have not, the old entry and the new one are
	 * in use: where a break is needed, they must not be.
	 */
	return lm_rules_check(changes, walkers, live || way == LM_ROLL);
}

unsigned int lm_change_kinds(const struct lm_map *map, struct lm_leaf_change change)
{
	uint64_t bits = change.set | change.clear;
	uint64_t output = LM_ATTR_MEMORY;
	unsigned int kinds = 0;

	/* At EL3 it is NSE, which chooses an address space (FEAT_RME), not nG. */
	if (map->fmt.config.regime == LM_EL3)
		output |= LM_ATTR_NOT_GLOBAL;
	/* What is not valid is in no TLB, and its mark is no attribute. */
	if (bits & LM_DESC_VALID) {
		kinds |= 1U << LM_CHANGE_PERMISSIONS;
		bits &= ~(LM_DESC_VALID | map->fmt.config.present_invalid);
	}
	if ((bits & output) || (change.clear & bits & LM_ATTR_NOT_GLOBAL))
		kinds |= 1U << LM_CHANGE_OUTPUT;
	if (change.set & bits & LM_ATTR_NOT_GLOBAL & ~output)
		kinds |= 1U << LM_CHANGE_NOT_GLOBAL;
	if (bits & ~(output | LM_ATTR_NOT_GLOBAL))
		kinds |= 1U << LM_CHANGE_PERMISSIONS;
	return kinds;
}
