/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the core wants of <stddef.h>, where there is no libc: the kernel's own. */
#ifndef LINMAP_SHIM_STDDEF_H
#define LINMAP_SHIM_STDDEF_H

#include <linux/stddef.h>
#include <linux/types.h>

#endif
