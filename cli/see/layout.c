// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Linux' use of the upper half: Documentation/arch/arm64/memory.rst,
 * arch/arm64/include/asm/memory.h. The linear map begins with the half and ends where
 * modules begin.
 */
#include "see/layout.h"

#include <stdio.h>
#include <string.h>

#include "source/vmcoreinfo.h"

void layout_of_all(struct layout *layout, uint64_t first, uint64_t last)
{
	*layout = (struct layout){ .count = 1 };
	layout->part[0].first = first;
	layout->part[0].last = last;
}

static void add(struct layout *layout, const char *name, uint64_t first, uint64_t last)
{
	struct layout_part *part = &layout->part[layout->count++];

	snprintf(part->name, sizeof(part->name), "%s", name);
	part->first = first;
	part->last = last;
}

/* [@first_name, @end_name) of VMCOREINFO, if it has both. */
static void add_said(struct layout *layout, const char *info, const char *name,
		     const char *first_name, const char *end_name)
{
	uint64_t first;
	uint64_t end;

	if (vmcoreinfo_number(info, first_name, 10, &first) &&
	    vmcoreinfo_number(info, end_name, 10, &end) && end > first)
		add(layout, name, first, end - 1);
}

/* Where the linear map ends: in the middle of the smallest half that the kernel allows. */
static uint64_t linear_last(const struct source *source)
{
	const struct lm_format *fmt = &source->map.fmt;
	unsigned int bits = fmt->config.ia_bits;
	uint64_t modules;

	if (vmcoreinfo_number(source->memory.vmcoreinfo, "NUMBER(MODULES_VADDR)", 10,
			      &modules) &&
	    modules > fmt->base)
		return modules - 1;
	return -(UINT64_C(1) << ((bits > 48 ? 48 : bits) - 1)) - 1;
}

void layout_of_source(struct layout *layout, const struct source *source)
{
	struct lm_range all = source_input(source);
	const char *info = source->memory.vmcoreinfo;

	layout_of_all(layout, all.start.v, all.start.v + (all.size - 1));
	if (!info || source->map.fmt.config.half != LM_UPPER)
		return;
	layout->count = 0;
	layout->is_known = true;
	add(layout, "linear map", all.start.v, linear_last(source));
	add_said(layout, info, "modules", "NUMBER(MODULES_VADDR)", "NUMBER(MODULES_END)");
	add_said(layout, info, "vmalloc and kernel", "NUMBER(VMALLOC_START)",
		 "NUMBER(VMALLOC_END)");
	add_said(layout, info, "vmemmap", "NUMBER(VMEMMAP_START)", "NUMBER(VMEMMAP_END)");
	add(layout, "other", 0, 0);
}

size_t layout_find(const struct layout *layout, uint64_t va)
{
	for (size_t i = 0; i + 1 < layout->count; i++)
		if (va >= layout->part[i].first && va <= layout->part[i].last)
			return i;
	return layout->count - 1;
}
