/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where things are in TTBR1's half, for C, assembly and the linker script. All of it fits
 * into every input size from 36 bits on, so one image is enough.
 *
 *	2^64 - 2^bits + PA	the linear map: all RAM
 *	2^64 - 4 GiB + PA	devices, which are in the first GiB of physical memory
 *	2^64 - 2 GiB		the image
 */
#ifndef VIRT_LAYOUT_H
#define VIRT_LAYOUT_H

#define IMAGE_VA   0xffffffff80000000
#define DEVICES_VA 0xffffffff00000000

/* The image may be loaded at any multiple of this, and covers at most two. */
#define IMAGE_ALIGN 0x200000

/* Parts of the image with different permissions begin at the largest granule. */
#define PART_ALIGN 0x10000

#define MAX_CPUS   8
#define STACK_SIZE 0x4000

/* MAIR_EL1: index 0 is write-back memory, index 1 is Device-nGnRE. */
#define MAIR	    0x04ff
#define MAIR_NORMAL 0
#define MAIR_DEVICE 1

/* SCTLR_EL1: bits that are RES1 without newer features, caches, and the MMU. */
#define SCTLR_MMU_OFF 0x30d00800
#define SCTLR_MMU_ON  (SCTLR_MMU_OFF | 0x1005)

#endif
