// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of cmocka tests, one for each case; and messages of those that fail.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_list_add(struct test_list *list, const char *property, const char *name,
		   CMUnitTestFunction function, const void *state)
{
	size_t length = strlen(property) + (name ? strlen(name) + 1 : 0) + 1;
	char *full = malloc(length);

	if (!full)
		abort();
	snprintf(full, length, "%s%s%s", property, name ? "/" : "", name ? name : "");
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->tests = realloc(list->tests, list->room * sizeof(*list->tests));
		if (!list->tests)
			abort();
	}
	/* Tests do not write to their case; cmocka's type does not say so. */
	list->tests[list->count++] = (struct CMUnitTest){
		.name = full,
		.test_func = function,
		.initial_state = (void *)(uintptr_t)state,
	};
}

int test_list_run(struct test_list *list, const char *group)
{
	int failed = _cmocka_run_group_tests(group, list->tests, list->count, NULL, NULL);

	for (size_t i = 0; i < list->count; i++)
		free((void *)(uintptr_t)list->tests[i].name);
	free(list->tests);
	return failed;
}

static const char *error_name(int err)
{
	static const char *const names[LM_ERRORS] = {
		[0] = "0",
		[LM_EINVAL] = "-LM_EINVAL",
		[LM_EFORMAT] = "-LM_EFORMAT",
		[LM_EEXIST] = "-LM_EEXIST",
		[LM_EREGION] = "-LM_EREGION",
		[LM_ENOMEM] = "-LM_ENOMEM",
		[LM_ESTATE] = "-LM_ESTATE",
		[LM_ESTALE] = "-LM_ESTALE",
		[LM_EWINDOW] = "-LM_EWINDOW",
		[LM_EUNSAFE] = "-LM_EUNSAFE",
		[LM_EHWUPDATE] = "-LM_EHWUPDATE",
		[LM_EWAY] = "-LM_EWAY",
		[LM_ESELF] = "-LM_ESELF",
		[LM_EVOLATILE] = "-LM_EVOLATILE",
		[LM_ETIMEOUT] = "-LM_ETIMEOUT",
		[LM_ESIZE] = "-LM_ESIZE",
		[LM_ENOLEAF] = "-LM_ENOLEAF",
		[LM_ETABLE] = "-LM_ETABLE",
		[LM_ECPU] = "-LM_ECPU",
		[LM_EMARK] = "-LM_EMARK",
		[LM_EBUG] = "-LM_EBUG",
	};
	bool known = err <= 0 && err > -LM_ERRORS && names[-err];

	return known ? names[-err] : "another error";
}

void expect_error_at(int seen, int expected, const char *call, const char *file, int line)
{
	if (seen == expected)
		return;
	print_error("%s: expected %s, saw %s (%d)\n", call, error_name(expected),
		    error_name(seen), seen);
	_fail(file, line);
}

void expect_count_at(uint64_t seen, uint64_t expected, const char *file, int line,
		     const char *format, ...)
{
	char about[200];
	va_list args;

	if (seen == expected)
		return;
	va_start(args, format);
	vsnprintf(about, sizeof(about), format, args);
	va_end(args);
	print_error("%s: expected %" PRIu64 ", saw %" PRIu64 "\n", about, expected, seen);
	_fail(file, line);
}
