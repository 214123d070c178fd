/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System registers, barriers and interrupt masking, for C. */
#ifndef VIRT_SYSREG_H
#define VIRT_SYSREG_H

#include <stdint.h>

#define read_sysreg(name)                                                    \
	({                                                                   \
		uint64_t value_;                                             \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_;                                                      \
	})

#define write_sysreg(name, value) \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

#define dsb(domain) __asm__ volatile("dsb " #domain ::: "memory")
#define isb()	    __asm__ volatile("isb" ::: "memory")

/* A field of an ID register, and one that is signed. */
static inline unsigned int id_field(uint64_t reg, unsigned int shift)
{
	return (reg >> shift) & 0xf;
}

static inline int id_signed_field(uint64_t reg, unsigned int shift)
{
	return (int)((int64_t)(reg << (60 - shift)) >> 60);
}

#define DAIF_ALL 0x3c0

static inline uint64_t mask_exceptions(void)
{
	uint64_t daif = read_sysreg(daif);

	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	return daif;
}

static inline void restore_exceptions(uint64_t daif)
{
	write_sysreg(daif, daif);
}

static inline void unmask_exceptions(void)
{
	__asm__ volatile("msr daifclr, #0xf" ::: "memory");
}

#endif
