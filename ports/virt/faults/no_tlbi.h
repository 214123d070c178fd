/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fault that a run must catch: files compiled with this included first have no TLBI.
 * The assembler takes the macro for the instruction.
 */
#ifdef __ASSEMBLER__
/* clang-format off */
.macro tlbi operation:vararg
.endm
/* clang-format on */
#else
__asm__(".macro tlbi operation:vararg\n"
	".endm\n");
#endif
