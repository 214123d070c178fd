/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fault that a run must catch: files compiled with this included first invalidate only
 * the TLB of the executing CPU. The instruction is TLBI VMALLE1, by number, as the macro
 * has taken its name.
 */
#ifdef __ASSEMBLER__
/* clang-format off */
.macro tlbi operation:vararg
	sys	#0, c8, c7, #0
.endm
/* clang-format on */
#else
__asm__(".macro tlbi operation:vararg\n"
	"	sys	#0, c8, c7, #0\n"
	".endm\n");
#endif
