/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the core wants of <stdint.h>: the kernel's types, and the constants it lacks. */
#ifndef LINMAP_SHIM_STDINT_H
#define LINMAP_SHIM_STDINT_H

#include <linux/limits.h>
#include <linux/types.h>

#define UINT64_C(c) c##ULL
#define UINT32_C(c) c##U
#define UINT32_MAX  U32_MAX
#define UINT64_MAX  U64_MAX

#endif
