// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one table of sentences, each saying what the caller can do. */
#include "core.h"

static const char *const sentences[LM_ERRORS] = {
	[0] = "No error.",
	[LM_EINVAL] =
		"An address, size or attribute is unaligned, empty or out of range; "
		"see the function's description.",
	[LM_EFORMAT] = "No such combination of granule, input and output address size; "
		       "choose one that lm_format_init() describes.",
	[LM_EEXIST] =
		"Something else is mapped there already; map->where says at which address.",
	[LM_EREGION] =
		"The range is not inside one region; add the region, or except what "
		"belongs to others.",
	[LM_ENOMEM] =
		"The allocator ran out of tables; the plan says how many are needed.",
	[LM_ESTATE] =
		"The edit's steps are plan, reserve, stage, commit, release, in this order.",
	[LM_ESTALE] =
		"The map changed after the edit was planned; release it and plan anew, and if "
		"leaf sizes were changed without linmap, recount the region first.",
	[LM_EWINDOW] =
		"Committing needs an open window of this map; allocating, staging and "
		"releasing need that there is none.",
	[LM_EUNSAFE] =
		"A CPU that can walk the map does not tolerate live changes of leaf size; "
		"hold it or choose another way to commit.",
	[LM_EHWUPDATE] =
		"Hardware may update a leaf that is to be copied; set its access flag "
		"and dirty state first.",
	[LM_EWAY] = "This way to commit needs something that the embedder did not give: "
		    "switch needs env->move.",
	[LM_ESELF] =
		"What is needed meanwhile lies behind a leaf that would be broken; except it "
		"or commit by switch.",
	[LM_EVOLATILE] =
		"A table that holds leaves of a volatile region would have to be copied; "
		"make that region pages first.",
	[LM_ETIMEOUT] =
		"A CPU did not come to be held, and nothing has changed; try again later.",
	[LM_EBUG] = "This is a bug in linmap; please report it.",
};

const char *lm_strerror(int err)
{
	if (err > 0 || err <= -LM_ERRORS)
		return "Not an error of linmap.";
	return sentences[-err];
}
