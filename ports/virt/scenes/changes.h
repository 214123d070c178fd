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
	PARTS_UNMAPPED, /* mapped again by change_end() */
	LARGE,
	CHANGES
};

const char *change_name(enum change change);

/* Begin the edit. The place is any number: the same one for a change and its reverse. */
void change_begin(struct lm_edit *edit, const struct world *world, enum change change,
		  unsigned int place);

/* Whether every CPU finds the committed change, and nothing beside it. */
bool change_is_seen(const struct world *world, enum change change, unsigned int place);

/* Map again what was unmapped. Return: whether the memory is what it was. */
bool change_end(const struct world *world, enum change change, unsigned int place);

#endif
