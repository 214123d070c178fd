// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which addresses lead to physical memory: before the maps are built, and with them. */
#include "physical.h"

#include "layout.h"

static uint64_t image_offset;
static uint64_t linear_base;
static uint64_t pointer_offset; /* none while the tables of boot.S are in use */

void physical_image_at(uint64_t pa)
{
	image_offset = IMAGE_VA - pa;
}

void physical_linear_at(uint64_t base)
{
	linear_base = base;
}

void physical_is_linear(void)
{
	pointer_offset = linear_base;
}

void *physical_pointer(uint64_t pa)
{
	return (void *)(pa + pointer_offset);
}

lm_va_t physical_linear(uint64_t pa)
{
	return (lm_va_t){ linear_base + pa };
}

uint64_t physical_of_image(const void *object)
{
	return (uint64_t)object - image_offset;
}

uint64_t physical_of_linear(lm_va_t va)
{
	return va.v - linear_base;
}
