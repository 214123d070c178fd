// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of known faults. */
#include "options/fault.h"

#include <stddef.h>
#include <strings.h>

#define IN(way) (1U << (way))
#define LIVELY	(IN(LM_IN_PLACE) | IN(LM_LIVE))
#define MOVING	(IN(LM_SWITCH) | IN(LM_ROLL))
#define ANY	(LIVELY | IN(LM_BREAK) | MOVING)

/**
 * struct fault_row - a known fault
 * @name: for --fault
 * @ways: ways to commit in which it does harm, as bits
 * @what: what it does wrong, in 58 columns
 */
struct fault_row {
	const char *name;
	unsigned int ways;
	const char *what;
};

static const struct fault_row rows[FAULTS] = {
	[FAULT_NO_TLBI] = { "no-tlbi", ANY, "nothing is invalidated" },
	[FAULT_LAST_LEVEL_TLBI] = { "last-level-tlbi", MOVING,
				    "invalidations keep cached table descriptors" },
	[FAULT_NO_DSB_ISHST] = { "no-dsb-ishst", LIVELY | MOVING,
				 "no barrier orders filling a table before linking it" },
	[FAULT_NO_DSB_AFTER_TLBI] = { "no-dsb-after-tlbi", ANY,
				      "no DSB waits for an invalidation to be complete" },
	[FAULT_NO_ISB] = { "no-isb", MOVING,
			   "a move continues before the write to TTBR takes effect" },
	[FAULT_NO_PARKING] = { "no-parking", LIVELY | IN(LM_SWITCH),
			       "the other CPUs are not held" },
	[FAULT_COUNTED_IN_EARLY] = { "counted-in-early", LIVELY | IN(LM_SWITCH),
				     "the others count as held before they have left the "
				     "map" },
	[FAULT_MEMBERS_ONE_BY_ONE] = { "members-one-by-one", LIVELY,
				       "members of a contiguous run change one by one, hinted" },
	[FAULT_LEVEL_2_LIVE] = { "level-2-live", LIVELY,
				 "leaf sizes change while a CPU of BBM level 2 walks" },
	[FAULT_BLIND_BREAK] = { "blind-break", IN(LM_BREAK),
				"a break makes the tables that it works on unreachable" },
	[FAULT_FREED_BEFORE_TLBI] = { "freed-before-tlbi", MOVING,
				      "replaced tables are freed before the "
				      "invalidation" },
	[FAULT_WRITTEN_BEFORE_TLBI] = { "written-before-tlbi", IN(LM_SWITCH),
					"a replaced table is written before the "
					"invalidation" },
	[FAULT_ALLOCATE_IN_STOP] = { "allocate-in-stop", ANY,
				     "a table is allocated while the others are held" },
	[FAULT_WRONG_ADDRESS] = { "wrong-address", ANY,
				  "the first new table begins with a wrong address" },
	[FAULT_COMMITTER_WALKS] = { "committer-walks", MOVING,
				    "leaves become not-global while the committer walks them" },
	[FAULT_GUARD_WITHOUT_TLBI] = { "guard-without-tlbi", LIVELY,
				       "a guard page is not invalidated" },
	[FAULT_TLBI_BY_GRANULE] = { "tlbi-by-granule", LIVELY,
				    "a TLBI by address counts in granules, which are not 4K" },
	[FAULT_COLLAPSE_FREED_EARLY] = { "collapse-freed-early",
					 IN(LM_LIVE) | IN(LM_SWITCH),
					 "a collapse frees its tables before the invalidation" },
	[FAULT_TLBI_ONCE] = { "tlbi-once", LIVELY,
			      "CPUs that need a second TLBI do not get it" },
	[FAULT_RUN_ONE_BY_ONE] = { "run-one-by-one", ANY,
				   "entries of a run turn read-only one by one, hinted" },
	[FAULT_RANGE_FORGOTTEN] = { "range-forgotten", ANY,
				    "the last one of many ranges is forgotten" },
	[FAULT_FIRST_RANGE_TLBI] = { "first-range-tlbi", LIVELY,
				     "only the first one of many ranges is invalidated" },
	[FAULT_UNMAP_WITHOUT_TLBI] = { "unmap-without-tlbi", ANY & ~IN(LM_IN_PLACE),
				       "what is unmapped is not invalidated" },
	[FAULT_UNMAP_FREED_EARLY] = { "unmap-freed-early", IN(LM_LIVE) | IN(LM_SWITCH),
				      "an unmapping frees tables before the invalidation" },
	[FAULT_ROLL_NO_TLBI] = { "roll-no-tlbi", IN(LM_ROLL),
				 "CPUs do not invalidate on the way to the clone" },
	[FAULT_ROLL_NO_BROADCAST] = { "roll-no-broadcast", IN(LM_ROLL),
				      "no broadcast before the way home" },
	[FAULT_MOVED_UNANNOUNCED] = { "moved-unannounced", IN(LM_ROLL),
				      "a CPU moves when the leader has given up" },
	[FAULT_BACK_NO_TLBI] = { "back-no-tlbi", IN(LM_ROLL),
				 "CPUs asked back keep what they walked, and it is freed" },
	[FAULT_BELIEVED_EARLY] = { "believed-early", IN(LM_ROLL),
				   "the change is relied on before all have moved" },
	[FAULT_HOME_EARLY] = { "home-early", IN(LM_ROLL),
			       "CPUs go home before the root is equal to the clone" },
	[FAULT_STORED_EARLY] = { "stored-early", IN(LM_ROLL),
				 "the root changes before all have moved" },
	[FAULT_UNMOVABLE_WALKER] = { "unmovable-walker", IN(LM_ROLL),
				     "something walks the root and never moves (an SMMU)" },
	[FAULT_FREED_EARLY] = { "freed-early", IN(LM_ROLL),
				"the clone is freed before the last CPU is home" },
	[FAULT_RESUMED_AT_HOME] = { "resumed-at-home", IN(LM_ROLL),
				    "a CPU sleeps on the clone, and resumes on the root" },
	[FAULT_CNP_LEFT_ON] = { "cnp-left-on", IN(LM_ROLL),
				"CPUs keep CnP while they walk different roots" },
};

/* Edits at run time, by name. */
static const char *const edits[FAULTS] = {
	[FAULT_COMMITTER_WALKS] = "non-global",
	[FAULT_GUARD_WITHOUT_TLBI] = "guard",
	[FAULT_TLBI_BY_GRANULE] = "guard",
	[FAULT_COLLAPSE_FREED_EARLY] = "collapse",
	[FAULT_TLBI_ONCE] = "guard",
	[FAULT_RUN_ONE_BY_ONE] = "run-read-only",
	[FAULT_RANGE_FORGOTTEN] = "many-ranges",
	[FAULT_FIRST_RANGE_TLBI] = "many-ranges",
	[FAULT_UNMAP_WITHOUT_TLBI] = "unmap",
	[FAULT_UNMAP_FREED_EARLY] = "unmap",
};

const char *fault_name(enum fault fault)
{
	return rows[fault].name;
}

const char *fault_what(enum fault fault)
{
	return rows[fault].what;
}

const char *fault_edit(enum fault fault)
{
	return edits[fault];
}

bool fault_harms(enum fault fault, enum lm_way way)
{
	return rows[fault].ways & IN(way);
}

bool fault_parse(const char *name, enum fault *fault)
{
	for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
		if (strcasecmp(name, rows[i].name) != 0)
			continue;
		*fault = (enum fault)i;
		return true;
	}
	return false;
}
