/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The main() of every test program. A command-line argument chooses cases: those whose
 * name contains it, or match it if it has * or ?.
 */
#ifndef TESTS_MAIN_H
#define TESTS_MAIN_H

/* The program's one group of tests; returns how many failed. */
int test_main(void);

#endif
