/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a run tells: a story for people or, with "tap" among the boot arguments,
 * the same as TAP. Only the boot CPU tells; any CPU may panic.
 */
#ifndef VIRT_REPORT_H
#define VIRT_REPORT_H

#include <stdbool.h>

#define PRINTF(text, arguments) __attribute__((format(printf, text, arguments)))

/* How the lines look from now on. */
void report_as_tap(bool tap);

/*
 * All of them take %s %c %d %u %x %lu %lx, a width, 0, - and ' (1,234,567).
 *
 * print()   text as it is
 * scene()   the title of what follows
 * note()    a line of the story
 * expect()  a check with its outcome; returns it
 * skip()    a check that cannot be made here, and why
 * refuse()  the end: what was asked for is not to be had here
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
