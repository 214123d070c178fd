// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The boot argument linmap=: how it is parsed, not what it selects. */
#define pr_fmt(fmt) "linmap: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "port.h"

static const char *const way_names[LM_WAYS] = {
	[LM_IN_PLACE] = "in-place",
	[LM_LIVE] = "live",
	[LM_SWITCH] = "switch",
};

static enum lm_way wanted_way __initdata = LM_WAYS;
static bool is_off __initdata;

const char *linmap_way_name(enum lm_way way)
{
	return way_names[way];
}

enum lm_way __init linmap_wanted_way(void)
{
	return wanted_way;
}

bool __init linmap_is_off(void)
{
	return is_off;
}

static int __init parse_linmap(char *arg)
{
	is_off = arg && !strcmp(arg, "off");
	wanted_way = LM_WAYS;
	if (is_off || (arg && !strcmp(arg, "auto")))
		return 0;
	for (int way = 0; arg && way < LM_WAYS; way++) {
		if (!way_names[way] || strcmp(arg, way_names[way]))
			continue;
		wanted_way = way;
		return 0;
	}
	pr_warn("linmap=%s: unknown; use auto, switch, live, in-place or off. Using auto\n",
		arg ?: "");
	return 0;
}
early_param("linmap", parse_linmap);
