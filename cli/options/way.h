/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ways to commit, as --commit and JSON spell them. */
#ifndef WAY_H
#define WAY_H

#include <stdbool.h>

#include <linmap/linmap.h>

/* In either case. False for an unknown way. */
bool way_parse(const char *name, enum lm_way *way);

#endif
