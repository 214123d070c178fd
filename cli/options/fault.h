/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The known faults of the protocol that --fault injects: their names, what each does
 * wrong, and where that does harm. Knows nothing of how they are injected.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

#include <linmap/linmap.h>

enum fault {
	FAULT_NONE,
	FAULT_NO_TLBI,
	FAULT_LAST_LEVEL_TLBI,
	FAULT_NO_DSB_ISHST,
	FAULT_NO_DSB_AFTER_TLBI,
	FAULT_NO_ISB,
	FAULT_NO_PARKING,
	FAULT_COUNTED_IN_EARLY,
	FAULT_MEMBERS_ONE_BY_ONE,
	FAULT_LEVEL_2_LIVE,
	FAULT_BLIND_BREAK,
	FAULT_FREED_BEFORE_TLBI,
	FAULT_WRITTEN_BEFORE_TLBI,
	FAULT_ALLOCATE_IN_STOP,
	FAULT_WRONG_ADDRESS,
	FAULT_COMMITTER_WALKS,
	FAULT_GUARD_WITHOUT_TLBI,
	FAULT_TLBI_BY_GRANULE,
	FAULT_COLLAPSE_FREED_EARLY,
	FAULT_TLBI_ONCE,
	FAULT_RUN_ONE_BY_ONE,
	FAULT_RANGE_FORGOTTEN,
	FAULT_FIRST_RANGE_TLBI,
	FAULT_UNMAP_WITHOUT_TLBI,
	FAULT_UNMAP_FREED_EARLY,
	FAULT_ROLL_NO_TLBI,
	FAULT_ROLL_NO_BROADCAST,
	FAULT_MOVED_UNANNOUNCED,
	FAULT_BACK_NO_TLBI,
	FAULT_BELIEVED_EARLY,
	FAULT_HOME_EARLY,
	FAULT_STORED_EARLY,
	FAULT_UNMOVABLE_WALKER,
	FAULT_FREED_EARLY,
	FAULT_RESUMED_AT_HOME,
	FAULT_CNP_LEFT_ON,
	FAULTS
};

/* As --fault spells it; NULL for FAULT_NONE. */
const char *fault_name(enum fault fault);

/* What it does wrong, in a sentence. */
const char *fault_what(enum fault fault);

/* The edit at run time that has it; NULL: the boot edit. */
const char *fault_edit(enum fault fault);

/* Whether it does harm if the edit is committed in this way. */
bool fault_harms(enum fault fault, enum lm_way way);

/* In either case. False for an unknown fault. */
bool fault_parse(const char *name, enum fault *fault);

#endif
