// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "main.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

int main(int argc, char **argv)
{
	static char pattern[256]; /* cmocka keeps the pointer */
	const char *wildcard;

	if (argc > 2) {
		fprintf(stderr, "usage: %s [PATTERN]\n", argv[0]);
		return 2;
	}
	if (argc == 2) {
		wildcard = strpbrk(argv[1], "*?") ? "" : "*";
		snprintf(pattern, sizeof(pattern), "%s%s%s", wildcard, argv[1], wildcard);
		cmocka_set_test_filter(pattern);
	}
	/* cmocka returns how many failed; meson takes an exit above 128 for a signal. */
	return test_main() ? 1 : 0;
}
