/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a test program ends. cmocka returns how many cases failed, and meson takes what a
 * program exits with beyond 128 for a signal.
 */
#ifndef RUN_GROUP_H
#define RUN_GROUP_H

/* After cmocka.h. What main() returns: 0, or 1 if any case failed. */
#define RUN_GROUP(name, tests) \
	(cmocka_run_group_tests_name(name, tests, NULL, NULL) ? 1 : 0)

#endif
