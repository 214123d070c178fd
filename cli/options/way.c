// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names of the ways to commit. */
#include "options/way.h"

#include <strings.h>

static const char *const names[LM_WAYS] = {
	[LM_IN_PLACE] = "in-place",
	[LM_LIVE] = "live",
	[LM_BREAK] = "break",
	[LM_SWITCH] = "switch",
};

const char *way_name(enum lm_way way)
{
	return names[way];
}

bool way_parse(const char *name, enum lm_way *way)
{
	for (int i = 0; i < LM_WAYS; i++) {
		if (strcasecmp(name, names[i]) != 0)
			continue;
		*way = (enum lm_way)i;
		return true;
	}
	return false;
}
