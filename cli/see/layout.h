/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a kernel uses which input addresses for, where that is known: for Linux from
 * VMCOREINFO and from the size of its addresses.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "source/source.h"

#define LAYOUT_PARTS 8

/**
 * struct layout_part - addresses that have one purpose
 * @name: "linear map"; "" for all addresses, if nothing is known
 * @first, @last: the addresses
 */
struct layout_part {
	char name[32];
	uint64_t first;
	uint64_t last;
};

/**
 * struct layout - the parts, ascending; what lies in none is "other"
 * @part, @count: the last is "other" where there is more than one, and has no addresses
 * @linear: index of the linear map, or of the only part
 * @is_known: the linear map is known to be one
 */
struct layout {
	struct layout_part part[LAYOUT_PARTS];
	size_t count;
	size_t linear;
	bool is_known;
};

void layout_of_source(struct layout *layout, const struct source *source);

/* One part that holds everything. */
void layout_of_all(struct layout *layout, uint64_t first, uint64_t last);

/* Which part @va is in. */
size_t layout_find(const struct layout *layout, uint64_t va);

#endif
