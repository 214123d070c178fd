/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Physical addresses, and input addresses that lead there. */
#ifndef VIRT_PHYSICAL_H
#define VIRT_PHYSICAL_H

#include <linmap/linmap.h>

/* From mmu.c: where the image is, where the linear map begins, and that it is in use. */
void physical_image_at(uint64_t pa);
void physical_linear_at(uint64_t base);
void physical_is_linear(void);

/* Where the CPU reaches physical memory now; and its address in the linear map. */
void *physical_pointer(uint64_t pa);
lm_va_t physical_linear(uint64_t pa);

/* Physical address of something in the image; and of an address in the linear map. */
uint64_t physical_of_image(const void *object);
uint64_t physical_of_linear(lm_va_t va);

#endif
