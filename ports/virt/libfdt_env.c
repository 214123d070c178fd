// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Debian's libfdt is built with stack protectors, which call these. */
#include "report.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): gcc's names */
extern const unsigned long __stack_chk_guard;
const unsigned long __stack_chk_guard = 0x6c696e6d61700a00;

_Noreturn void __stack_chk_fail(void);

_Noreturn void __stack_chk_fail(void)
{
	panic("libfdt wrote over its stack");
}
/* NOLINTEND(bugprone-reserved-identifier) */
