/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fault that has to be caught: what is compiled with this included first
 * invalidates the TLB of the executing CPU and of no other one. The instruction is
 * TLBI VMALLE1, by number: its name is the macro's now.
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
