/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Edits that scenes make again and again at changing places, and what CPUs see after each. */
#ifndef VIRT_CHANGES_H
#define VIRT_CHANGES_H

#include "scenes.h"

/* In an order in which each finds what it needs. */
enum change {
	TO_PAGES,
	TO_BOUNDARIES,
	READ_ONLY,
	WRITABLE,
	PARTS_READ_ONLY, /* many ranges in one edit */
	PARTS_WRITABLE,
	PARTS_UNMAPPED, /* mapped again after a look */
	LARGE,
	CHANGES
};

/* Begin the edit. The place is any number: the same one for a change and its reverse. */
void change_begin(struct lm_edit *edit, const struct world *world, enum change change,
		  unsigned int place);

/*
 * Begin, commit and release it; by break, the largest leaves by another way. Return:
 * whether all went well, tables are given back but for those that the map uses, and every
 * CPU finds the change, and nothing beside it. A note says what was not so.
 */
bool change_make(const struct world *world, enum change change, unsigned int place,
		 enum lm_way way);

#endif
