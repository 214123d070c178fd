// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The sentences that errors have. */
#include "support.h"

#include <limits.h>
#include <string.h>

static void every_error_has_a_sentence_of_its_own(void **state)
{
	(void)state;
	for (int err = 0; err < LM_ERRORS; err++) {
		const char *sentence = lm_strerror(-err);

		assert_non_null(sentence);
		if (strlen(sentence) < 8 || sentence[strlen(sentence) - 1] != '.')
			fail_msg("error %d: expected a sentence, saw \"%s\"", -err,
				 sentence);
		for (int other = 0; other < err; other++)
			assert_string_not_equal(sentence, lm_strerror(-other));
	}
}

static void one_error_says_that_it_is_a_bug_in_linmap(void **state)
{
	int bugs = 0;

	(void)state;
	for (int err = 1; err < LM_ERRORS; err++)
		bugs += strstr(lm_strerror(-err), "bug in linmap") != NULL;
	assert_int_equal(bugs, 1);
	assert_non_null(strstr(lm_strerror(-LM_EBUG), "bug in linmap"));
}

static void what_is_no_error_has_a_sentence_too(void **state)
{
	static const int none[] = { 1,		LM_EINVAL,	INT_MAX,
				    -LM_ERRORS, -LM_ERRORS - 1, INT_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_string_equal(lm_strerror(none[i]), "Not an error of linmap.");
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD(&list, every_error_has_a_sentence_of_its_own);
	ADD(&list, one_error_says_that_it_is_a_bug_in_linmap);
	ADD(&list, what_is_no_error_has_a_sentence_too);
	return test_list_run(&list, "error");
}
