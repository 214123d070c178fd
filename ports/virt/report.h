/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The output of a run: text for people or, with "tap" among the boot arguments, the same
 * as TAP. Only the boot CPU prints; any CPU may panic.
 */
#ifndef VIRT_REPORT_H
#define VIRT_REPORT_H

#include <stdbool.h>

#define PRINTF(text, arguments) __attribute__((format(printf, text, arguments)))

/* How lines look from now on. */
void report_as_tap(bool tap);

/*
 * All of them take %s %c %d %u %x %lu %lx, a width, 0, - and ' (1,234,567).
 *
 * print()   text as it is
 * scene()   the title of what follows
 * note()    a line of information
 * expect()  a check and its outcome, which it returns
 * skip()    a check that cannot be made here, and why
 * refuse()  the end: this machine does not support what was asked for
 * panic()   the end: something broke
 */
void print(const char *format, ...) PRINTF(1, 2);
void scene(const char *title);
void note(const char *format, ...) PRINTF(1, 2);
bool expect(bool good, const char *format, ...) PRINTF(2, 3);
void skip(const char *what, const char *why);
_Noreturn void refuse(const char *format, ...) PRINTF(1, 2);
_Noreturn void panic(const char *format, ...) PRINTF(1, 2);

/* The end: exits with 0 if every check was good, else with 1. */
_Noreturn void finish(void);

#endif
