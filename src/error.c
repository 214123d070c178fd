// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One sentence for each error, which says what the caller can do. */
#include "core.h"

static const char *const sentences[LM_ERRORS] = {
	[0] = "No error.",
	[LM_EINVAL] = "An argument is unaligned, empty or out of range.",
	[LM_EFORMAT] =
		"There is no such translation geometry; lm_format_refusal() says why.",
	[LM_EEXIST] = "Something else is mapped there; map->where has the address.",
	[LM_EREGION] =
		"The range is in no region, or across the border of one; add a region, "
		"or except the regions inside.",
	[LM_ENOMEM] =
		"The allocator ran out of tables; the plan says how many the edit needs.",
	[LM_ESTATE] =
		"Steps out of order; an edit's are plan, reserve, stage, commit, release.",
	[LM_ESTALE] =
		"The map changed after the edit was planned; release it and plan again, "
		"after a recount if sizes were changed without linmap.",
	[LM_EWINDOW] =
		"A commit needs an open window of the map; everything else, none open.",
	[LM_EUNSAFE] =
		"A CPU that can walk the map does not tolerate the change; hold it or "
		"choose another way to commit.",
	[LM_EHWUPDATE] =
		"Hardware may update a leaf; set its access flag and dirty state first.",
	[LM_EWAY] =
		"Goal or port does not support this way to commit; switch needs env->move, "
		"roll env->roller and lm_edit_locked().",
	[LM_ESELF] =
		"The commit needs memory that it would unmap; except it, or use switch if it "
		"stays mapped afterwards.",
	[LM_EVOLATILE] =
		"A table with leaves of a volatile region would be copied or replaced; keep "
		"them in tables of their own, or clear the flag while nobody writes them.",
	[LM_ETIMEOUT] =
		"A CPU did not park or move in time; the map is unchanged, try again.",
	[LM_ESIZE] = "A leaf reaches beyond the range; split it with an edit first.",
	[LM_ENOLEAF] =
		"Nothing in the range forms a larger leaf; edit->obstacle says why.",
	[LM_ETABLE] =
		"A table above takes away what the attributes give; give less, or use "
		"tables without these table_attrs.",
	[LM_ECPU] = "There is no such CPU; indices count from 0, below cpus->count.",
	[LM_EMARK] =
		"Leaves become invalid only with a mark; use lm_change_to_invalid(), and set "
		"present_invalid of the format.",
	[LM_EAWAY] =
		"A CPU may still walk the clone of an edit that failed; release that edit "
		"again later, its culprit is that CPU.",
	[LM_EBUG] = "This is a bug in linmap; please report it.",
};

const char *lm_strerror(int err)
{
	if (err > 0 || err <= -LM_ERRORS)
		return "Not an error of linmap.";
	return sentences[-err];
}
