/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the boards of the examples print: their UART, or standard output on a host. */
#ifndef EXAMPLES_CONSOLE_H
#define EXAMPLES_CONSOLE_H

#define CONSOLE 0x09000000

#if __STDC_HOSTED__
#include <stdio.h>

static void print(void *ctx, const char *line)
{
	puts(line);
}
#else
static void print_char(char c)
{
	*(volatile char *)CONSOLE = c;
}

static void print(void *ctx, const char *line)
{
	while (*line)
		print_char(*line++);
	print_char('\n');
}
#endif
#endif
