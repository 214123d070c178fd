// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the command makes of its numbers: which of them mean that something did not
 * hold, what it calls the sizes of leaves, and that it fits a terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "main.h"
#include "report/report_text.h"
#include "report/verdict.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

/* 1 GiB of RAM, and no edit. */
static void report_of(struct report *report, const struct lm_format_config *config)
{
	static struct bank bank = { .start = GIB, .size = GIB };
	static struct machine machine = { .ram = { &bank, 1, 1 } };
	struct lm_format fmt;

	assert_int_equal(lm_format_init(&fmt, config), 0);
	machine.format = *config;
	report_init(report, &machine, &fmt);
}

/* All pages of an edit were checked, and there is nothing more to say of it. */
static struct report_edit *edit_of(struct report *report, bool is_split)
{
	static const struct lm_format_config config = { 12, 48, 48, .half = LM_UPPER };
	struct report_edit *edit;

	report_of(report, &config);
	edit = is_split ? report_add_split(report) : report_add_edit(report);
	edit->commit = LM_LIVE;
	edit->pages_checked = GIB / 4096;
	return edit;
}

static void assert_does_not_hold(const struct report *report, const char *about)
{
	char sentence[512];

	assert_false(edit_held(&report->edit[0]));
	assert_false(report_held(report));
	edit_verdict(&report->edit[0], sentence, sizeof(sentence));
	if (!strstr(sentence, about))
		fail_msg("expected \"%s\", saw \"%s\"", about, sentence);
}

static void what_the_verifier_finds_does_not_hold(void **state)
{
	static struct report report;
	struct report_edit *edit = edit_of(&report, true);

	assert_true(report_held(&report));
	edit->verifier_before = 2;
	assert_does_not_hold(&report, "faults in the tables (2)");
	edit->verifier_before = 0;
	edit->verifier_after = 1;
	assert_does_not_hold(&report, "faults in the tables (1)");
	assert_int_equal(report_found(edit), 1);
}

/* Each count that must be 0, by itself, and what the sentence says then. */
static void whatever_is_wrong_with_an_edit_does_not_hold(void **state)
{
	static const struct {
		size_t offset;
		const char *about;
		const char *about_split; /* if that is another sentence */
	} counts[] = {
		{ offsetof(struct report_edit, not_shaped), "not as large as asked (2)",
		  "leaves that are not pages (2)" },
		{ offsetof(struct report_edit, mismatches),
		  "pages that are not as asked (2)",
		  "pages that translate differently (2)" },
		{ offsetof(struct report_edit, conflicts), "conflicts (2)", NULL },
		{ offsetof(struct report_edit, stale), "stale TLB entries (2)", NULL },
		{ offsetof(struct report_edit, faults), "other faults (2)", NULL },
		{ offsetof(struct report_edit, verifier_after),
		  "faults in the tables (2)", NULL },
		{ offsetof(struct report_edit, allocations_in_stop),
		  "allocations and frees in the stop (2)", NULL },
		{ offsetof(struct report_edit, frees_in_stop),
		  "allocations and frees in the stop (2)", NULL },
		{ offsetof(struct report_edit, tables_used),
		  "difference between tables planned and used (2)", NULL },
		{ offsetof(struct report_edit, tables_left), "tables left (2)", NULL },
	};
	static struct report report;
	const uint64_t two = 2;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (int is_split = 0; is_split < 2; is_split++) {
			struct report_edit *edit = edit_of(&report, is_split);
			const char *other = is_split ? counts[i].about_split : NULL;

			assert_true(report_held(&report));
			memcpy((char *)edit + counts[i].offset, &two, sizeof(two));
			assert_does_not_hold(&report, other ? other : counts[i].about);
		}
	}
}

static void a_page_that_an_edit_left_unchecked_does_not_hold(void **state)
{
	static struct report report;

	edit_of(&report, false)->pages_checked--;
	assert_does_not_hold(&report, "pages not checked (1)");
}

/* Global leaves may remain, unless the edit removes all. */
static void a_global_leaf_after_non_global_does_not_hold(void **state)
{
	static struct report report;
	struct report_edit *edit = edit_of(&report, false);

	edit->global = true;
	assert_true(report_held(&report));
	edit->becomes_not_global = true;
	assert_does_not_hold(&report, "global leaves that a TLB may hold (1)");
}

static void an_edit_that_failed_does_not_hold(void **state)
{
	static struct report report;
	struct report_edit *edit = edit_of(&report, false);

	snprintf(edit->failure, sizeof(edit->failure), "reserving: none");
	assert_does_not_hold(&report, "failed: reserving: none");
}

static void a_split_that_was_refused_does_not_hold(void **state)
{
	static struct report report;
	struct report_edit *edit = edit_of(&report, true);

	assert_false(report_is_refused(&report));
	snprintf(edit->refused, sizeof(edit->refused), "level 0");
	edit->given_up = true;
	assert_true(report_is_refused(&report));
	assert_does_not_hold(&report, "refused: level 0");
}

/* Neither if the edit that committed it shows nothing, nor if no edit did. */
static void a_fault_of_which_nothing_was_found_does_not_hold(void **state)
{
	static struct report report;

	edit_of(&report, false)->fault = "no-tlbi";
	assert_does_not_hold(&report, "--fault no-tlbi had no effect here");
	edit_of(&report, false);
	report.fault = "no-tlbi";
	assert_false(report_held(&report));
}

/* The second of two edits begins with what the first one left. */
static void an_edit_begins_where_the_one_before_ended(void **state)
{
	static struct report report;
	struct report_edit *split = edit_of(&report, true);
	const struct report_edit *edit;
	size_t count;

	report_add_leaves(&split->leaves_after, 4096, false, 7);
	report_add_edit(&report)->pages_checked = GIB / 4096;
	edit = report_runtime(&report, &count);
	assert_int_equal(count, 1);
	assert_ptr_equal(edit, &report.edit[1]);
	assert_int_equal(report_count_leaves(&edit->leaves_before), 7);
	assert_int_equal(report_count_leaves(&edit->leaves_after), 0);
	assert_true(report_held(&report));
	/* What is wrong with the first is not said of those at run time. */
	split->stale = 1;
	assert_true(runtime_held(&report));
	assert_false(report_held(&report));
}

static void every_size_of_leaf_of_a_format_has_its_place(void **state)
{
	/* Level by level, a run before what it is made of. */
	static const struct {
		struct lm_format_config config;
		uint64_t sizes[8];
	} formats[] = {
		{ { 12, 48, 48, .half = LM_UPPER },
		  { 16 * GIB, GIB, 32 * MIB, 2 * MIB, 65536, 4096 } },
		{ { 12, 52, 52, .lpa2 = true, .half = LM_UPPER },
		  { 512 * GIB, 16 * GIB, GIB, 32 * MIB, 2 * MIB, 65536, 4096 } },
		{ { 14, 48, 48, .half = LM_UPPER }, { GIB, 32 * MIB, 2 * MIB, 16384 } },
		{ { 14, 48, 52, .lpa2 = true, .half = LM_UPPER },
		  { 64 * GIB, GIB, 32 * MIB, 2 * MIB, 16384 } },
		{ { 16, 48, 48, .half = LM_UPPER },
		  { 16 * GIB, 512 * MIB, 2 * MIB, 65536 } },
		{ { 16, 52, 52, .half = LM_UPPER },
		  { 4096 * GIB, 16 * GIB, 512 * MIB, 2 * MIB, 65536 } },
		/* A root of 16 entries of 2 MiB is a run; one of 4 of 512 MiB has none. */
		{ { 12, 25, 48, .half = LM_UPPER }, { 32 * MIB, 2 * MIB, 65536, 4096 } },
		{ { 16, 31, 48, .regime = LM_EL3 }, { 512 * MIB, 2 * MIB, 65536 } },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const uint64_t *sizes = formats[i].sizes;
		static struct report report;
		size_t count = 0;

		report_of(&report, &formats[i].config);
		for (; sizes[count]; count++)
			assert_int_equal(report.machine.leaves.leaf[count].size,
					 sizes[count]);
		assert_int_equal(report.machine.leaves.sizes, count);
	}
}

static void every_obstacle_has_a_name_and_a_sentence(void **state)
{
	for (int i = LM_NO_OBSTACLE + 1; i < LM_OBSTACLES; i++) {
		enum lm_obstacle obstacle = (enum lm_obstacle)i;

		assert_non_null(report_obstacle_name(obstacle));
		assert_non_null(report_obstacle_text(obstacle));
	}
}

/* What is printed by @print about @ctx; to be freed. */
static char *printed(void (*print)(FILE *out, const void *ctx), const void *ctx)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print(out, ctx);
	fclose(out);
	return text;
}

static void print_lines(FILE *out, const void *text)
{
	lines_print(out, 2, text);
}

static void assert_printed(const char *text, const char *expected)
{
	char *seen = printed(print_lines, text);

	assert_string_equal(seen, expected);
	free(seen);
}

#define TEN	"123456789 "
#define SIXTY	TEN TEN TEN TEN TEN TEN
#define SEVENTY SIXTY TEN

/* Without the last blank. */
#define SIXTY_AND(rest)	  TEN TEN TEN TEN TEN "123456789" rest
#define SEVENTY_AND(rest) SIXTY "123456789" rest

#define FORTY	  "1234567890123456789012345678901234567890"
#define LONG_WORD FORTY FORTY FORTY

static void a_line_ends_where_it_reads_well_and_nothing_is_lost(void **state)
{
	assert_printed("", "\n");
	assert_printed(SEVENTY "1234567890", SEVENTY "1234567890\n");
	/* 81 columns: at the last blank, or after the last comma, if that is not far. */
	assert_printed(SEVENTY "12345678901", SEVENTY_AND("\n  12345678901\n"));
	assert_printed(FORTY ", " TEN TEN TEN "1234567890",
		       FORTY ",\n  " TEN TEN TEN "1234567890\n");
	assert_printed("12, " SEVENTY "1234567", "12, " SEVENTY_AND("\n  1234567\n"));
	/* The indentation counts: 2 and 78, of which 72 are before the last word. */
	assert_printed(SEVENTY "12345678901 " SIXTY "123456 1",
		       SEVENTY_AND("\n  12345678901 ") SIXTY "123456\n  1\n");
	assert_printed(SEVENTY "12345678901 " SIXTY "1234567 1",
		       SEVENTY_AND("\n  12345678901 ") SIXTY_AND("\n  1234567 1\n"));
	/* A word is as long as it is. */
	assert_printed(LONG_WORD " 1", LONG_WORD "\n  1\n");
}

static void print_three(FILE *out, const void *reports)
{
	report_print_splits(out, reports, 3);
}

/* 16 TiB of 1 GiB, of which each becomes 1 + 512 tables: 8,404,992 (32.1 GiB). */
static void three_ways_with_all_the_ram_there_can_be_stand_in_80_columns(void **state)
{
	static struct report reports[3];
	struct report_edit *edit = edit_of(&reports[0], true);
	char *text;

	edit->tables_planned = 8404992;
	edit->tables_used = 8404992;
	edit->tables_by_level[LM_LAST_LEVEL - LM_FIRST_LEVEL] = 8388608;
	report_add_leaves(&edit->leaves_after, 4096, false, UINT64_C(1) << 32);
	reports[2] = reports[1] = reports[0];
	text = printed(print_three, reports);
	assert_non_null(strstr(text, "\ntables used       8,404,992 (32.1 GiB) "));
	assert_non_null(strstr(text, "\n  4 KiB           4,294,967,296 "));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > LINES_COLUMNS)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(text);
}

int test_main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_verifier_finds_does_not_hold),
		cmocka_unit_test(whatever_is_wrong_with_an_edit_does_not_hold),
		cmocka_unit_test(a_page_that_an_edit_left_unchecked_does_not_hold),
		cmocka_unit_test(a_global_leaf_after_non_global_does_not_hold),
		cmocka_unit_test(an_edit_that_failed_does_not_hold),
		cmocka_unit_test(a_split_that_was_refused_does_not_hold),
		cmocka_unit_test(an_edit_begins_where_the_one_before_ended),
		cmocka_unit_test(a_fault_of_which_nothing_was_found_does_not_hold),
		cmocka_unit_test(every_size_of_leaf_of_a_format_has_its_place),
		cmocka_unit_test(every_obstacle_has_a_name_and_a_sentence),
		cmocka_unit_test(a_line_ends_where_it_reads_well_and_nothing_is_lost),
		cmocka_unit_test(
			three_ways_with_all_the_ram_there_can_be_stand_in_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
