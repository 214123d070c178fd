// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The names of the ways to commit. */
#include "options/way.h"

#include <strings.h>

bool way_parse(const char *name, enum lm_way *way)
{
	for (int i = 0; i < LM_WAYS; i++) {
		if (strcasecmp(name, lm_way_name((enum lm_way)i)) != 0)
			continue;
		*way = (enum lm_way)i;
		return true;
	}
	return false;
}
