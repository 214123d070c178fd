// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the port does wrong for each fault. */
#include "scenario/inject.h"

/* The invalidation is late: what must come after it has happened. */
bool inject_frees_early(enum fault fault)
{
	return fault == FAULT_FREED_BEFORE_TLBI || fault == FAULT_COLLAPSE_FREED_EARLY ||
	       fault == FAULT_UNMAP_FREED_EARLY;
}

struct model_faults inject_port_faults(enum fault fault, const struct lm_format *fmt,
				       lm_va_t start)
{
	return (struct model_faults){
		.no_tlbi = fault == FAULT_NO_TLBI || fault == FAULT_UNMAP_WITHOUT_TLBI ||
			   fault == FAULT_WRITTEN_BEFORE_TLBI ||
			   inject_frees_early(fault),
		.last_level_tlbi = fault == FAULT_LAST_LEVEL_TLBI,
		.no_dsb_ishst = fault == FAULT_NO_DSB_ISHST,
		.no_dsb_after_tlbi = fault == FAULT_NO_DSB_AFTER_TLBI,
		.no_isb = fault == FAULT_NO_ISB,
		.members_one_by_one = fault == FAULT_MEMBERS_ONE_BY_ONE,
		.blind = fault == FAULT_BLIND_BREAK,
		.wrong_address = fault == FAULT_WRONG_ADDRESS,
		.no_tlbi_va = fault == FAULT_GUARD_WITHOUT_TLBI,
		.tlbi_shift = fault == FAULT_TLBI_BY_GRANULE ? fmt->config.granule_shift :
							       0,
		.tlbi_only = fault == FAULT_FIRST_RANGE_TLBI,
		.only = start,
		.no_move = fault == FAULT_COMMITTER_WALKS,
		.tlbi_once = fault == FAULT_TLBI_ONCE,
		.roll_no_tlbi = fault == FAULT_ROLL_NO_TLBI,
		.roll_no_broadcast = fault == FAULT_ROLL_NO_BROADCAST,
		.back_no_tlbi = fault == FAULT_BACK_NO_TLBI,
		.believed_early = fault == FAULT_BELIEVED_EARLY,
		.home_early = fault == FAULT_HOME_EARLY,
		.stored_early = fault == FAULT_STORED_EARLY,
		.unmovable = fault == FAULT_UNMOVABLE_WALKER,
		.freed_early = fault == FAULT_FREED_EARLY,
		.resumed = fault == FAULT_RESUMED_AT_HOME,
		.late_mover = fault == FAULT_MOVED_UNANNOUNCED ||
			      fault == FAULT_BACK_NO_TLBI,
		.cnp_left_on = fault == FAULT_CNP_LEFT_ON,
	};
}
