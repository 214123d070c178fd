// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names for people and programs: of the library's version, of ways, and of goals. */
#include "core.h"

#define TEXT(number)		    #number
#define DOTTED(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *lm_version(void)
{
	return DOTTED(LM_VERSION_MAJOR, LM_VERSION_MINOR, LM_VERSION_PATCH);
}

const char *lm_way_name(enum lm_way way)
{
	static const char *const names[LM_WAYS] = {
		[LM_IN_PLACE] = "in-place", [LM_LIVE] = "live", [LM_BREAK] = "break",
		[LM_SWITCH] = "switch",	    [LM_ROLL] = "roll",
	};

	return way < LM_WAYS ? names[way] : "unknown";
}

const char *lm_goal_name(const struct lm_edit *edit)
{
	return edit->goal->name;
}
