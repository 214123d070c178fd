// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Semihosting calls, by HLT. */
#include "host.h"

#include <stdint.h>

#define SYS_WRITEC		    0x03
#define SYS_EXIT		    0x18
#define ADP_STOPPED_APPLICATIONEXIT 0x20026

static void semihost(uint64_t operation, const void *block)
{
	register uint64_t x0 __asm__("x0") = operation;
	register const void *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

_Noreturn void host_exit(int status)
{
	const uint64_t block[] = { ADP_STOPPED_APPLICATIONEXIT, (uint64_t)status };

	for (;;)
		semihost(SYS_EXIT, block);
}

void host_put(char c)
{
	semihost(SYS_WRITEC, &c);
}
