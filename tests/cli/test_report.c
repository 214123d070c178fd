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

#include "lines.h"
#include "main.h"
#include "report_edit.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

static void report_of(struct report *report, struct lm_format *fmt,
		      const struct lm_format_config *config)
{
	static struct bank bank = { .start = GIB, .size = GIB };
	static struct machine machine = { .ram = { &bank, 1, 1 } };

	assert_int_equal(lm_format_init(fmt, config), 0);
	report_init(report, &machine, fmt, LM_LIVE);
	report->pages_checked = GIB / lm_granule_size(fmt);
}

static void assert_does_not_hold(const struct report *report, const char *about)
{
	char sentence[512];

	assert_false(report_all_held(report));
	report_verdict(report, sentence, sizeof(sentence));
	if (!strstr(sentence, about))
		fail_msg("expected \"%s\", saw \"%s\"", about, sentence);
}

static void what_the_verifier_finds_does_not_hold(void **state)
{
	static const struct lm_format_config config = { 12, 48, 48, .half = LM_UPPER };
	struct lm_format fmt;
	struct report report;

	report_of(&report, &fmt, &config);
	assert_true(report_all_held(&report));
	report.verifier_before = 2;
	assert_does_not_hold(&report, "faults in the tables (2)");
	report.verifier_before = 0;
	report.verifier_after = 1;
	assert_does_not_hold(&report, "faults in the tables (1)");
	assert_int_equal(report_found(&report), 1);
}

/* An edit of 1 GiB of pages about which there is nothing to say. */
static struct report_edit *edit_of(struct report_edits *edits)
{
	static const struct lm_format_config config = { 12, 48, 48, .half = LM_UPPER };
	struct lm_format fmt;
	struct report boot;
	struct report_edit *edit;

	report_of(&boot, &fmt, &config);
	memset(edits, 0, sizeof(*edits));
	edit = report_edits_add(edits, &boot);
	edit->numbers.pages_checked = GIB / 4096;
	return edit;
}

static void assert_edit_does_not_hold(const struct report_edits *edits, const char *about)
{
	char sentence[512];

	assert_false(report_edit_held(&edits->edit[0]));
	assert_false(report_edits_held(edits));
	report_edit_verdict(&edits->edit[0], sentence, sizeof(sentence));
	if (!strstr(sentence, about))
		fail_msg("expected \"%s\", saw \"%s\"", about, sentence);
}

/* Each count that must be 0, by itself, and what the sentence says then. */
static void whatever_is_wrong_with_an_edit_does_not_hold(void **state)
{
	static const struct {
		size_t offset;
		const char *about;
	} counts[] = {
		{ offsetof(struct report_edit, not_shaped), "as large as asked (2)" },
		{ offsetof(struct report_edit, numbers.mismatches), "as asked (2)" },
		{ offsetof(struct report_edit, numbers.conflicts), "conflicts (2)" },
		{ offsetof(struct report_edit, numbers.stale), "stale TLB entries (2)" },
		{ offsetof(struct report_edit, numbers.faults), "other faults (2)" },
		{ offsetof(struct report_edit, numbers.verifier_after),
		  "faults in the tables (2)" },
		{ offsetof(struct report_edit, numbers.allocations_in_stop),
		  "allocations and frees in the stop (2)" },
		{ offsetof(struct report_edit, numbers.frees_in_stop),
		  "allocations and frees in the stop (2)" },
		{ offsetof(struct report_edit, numbers.tables_used),
		  "tables between plan and use (2)" },
		{ offsetof(struct report_edit, numbers.tables_left), "tables left (2)" },
	};
	struct report_edits edits;
	const uint64_t two = 2;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct report_edit *edit = edit_of(&edits);

		assert_true(report_edits_held(&edits));
		memcpy((char *)edit + counts[i].offset, &two, sizeof(two));
		assert_edit_does_not_hold(&edits, counts[i].about);
	}
}

static void a_page_that_an_edit_left_unchecked_does_not_hold(void **state)
{
	struct report_edits edits;

	edit_of(&edits)->numbers.pages_checked--;
	assert_edit_does_not_hold(&edits, "pages not checked (1)");
}

/* Global leaves are as they should be, unless none was to be left. */
static void a_global_leaf_behind_non_global_does_not_hold(void **state)
{
	struct report_edits edits;
	struct report_edit *edit = edit_of(&edits);

	edit->global = true;
	assert_true(report_edits_held(&edits));
	edit->becomes_not_global = true;
	assert_edit_does_not_hold(&edits, "leaves that ASIDs leave in a TLB (1)");
}

static void an_edit_that_failed_does_not_hold(void **state)
{
	struct report_edits edits;
	struct report_edit *edit = edit_of(&edits);

	snprintf(edit->failure, sizeof(edit->failure), "reserving: none");
	assert_edit_does_not_hold(&edits, "failed: reserving: none");
}

/* Neither of the edit that was to commit it, nor if no edit did. */
static void a_fault_of_which_nothing_was_found_does_not_hold(void **state)
{
	struct report_edits edits;

	edit_of(&edits)->numbers.fault = "no-tlbi";
	assert_edit_does_not_hold(&edits, "--fault no-tlbi had no occasion here");
	edit_of(&edits);
	edits.fault = "no-tlbi";
	assert_false(report_edits_held(&edits));
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
		struct lm_format fmt;
		struct report report;
		size_t count = 0;

		report_of(&report, &fmt, &formats[i].config);
		for (; sizes[count]; count++)
			assert_int_equal(report.leaves_before.leaf[count].size,
					 sizes[count]);
		assert_int_equal(report.leaves_before.sizes, count);
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
	/* 81 columns: at the last blank, or behind the last comma, if that is not far. */
	assert_printed(SEVENTY "12345678901", SEVENTY_AND("\n  12345678901\n"));
	assert_printed(FORTY ", " TEN TEN TEN "1234567890",
		       FORTY ",\n  " TEN TEN TEN "1234567890\n");
	assert_printed("12, " SEVENTY "1234567", "12, " SEVENTY_AND("\n  1234567\n"));
	/* The indentation counts: 2 and 78, of which 72 stand before the last word. */
	assert_printed(SEVENTY "12345678901 " SIXTY "123456 1",
		       SEVENTY_AND("\n  12345678901 ") SIXTY "123456\n  1\n");
	assert_printed(SEVENTY "12345678901 " SIXTY "1234567 1",
		       SEVENTY_AND("\n  12345678901 ") SIXTY_AND("\n  1234567 1\n"));
	/* A word is as long as it is. */
	assert_printed(LONG_WORD " 1", LONG_WORD "\n  1\n");
}

static void print_three(FILE *out, const void *reports)
{
	report_print(out, reports, 3);
}

/* 16 TiB of 1 GiB, of which each becomes 1 + 512 tables: 8,404,992 (32.1 GiB). */
static void three_ways_with_all_the_ram_there_can_be_stand_in_80_columns(void **state)
{
	static const struct lm_format_config config = { 12, 48, 48, .half = LM_UPPER };
	struct report reports[3];
	struct lm_format fmt;
	char *text;

	report_of(&reports[0], &fmt, &config);
	reports[0].tables_planned = 8404992;
	reports[0].tables_used = 8404992;
	reports[0].tables_by_level[LM_LAST_LEVEL - LM_FIRST_LEVEL] = 8388608;
	report_add_leaves(&reports[0].leaves_after, 4096, false, UINT64_C(1) << 32);
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
		cmocka_unit_test(a_global_leaf_behind_non_global_does_not_hold),
		cmocka_unit_test(an_edit_that_failed_does_not_hold),
		cmocka_unit_test(a_fault_of_which_nothing_was_found_does_not_hold),
		cmocka_unit_test(every_size_of_leaf_of_a_format_has_its_place),
		cmocka_unit_test(every_obstacle_has_a_name_and_a_sentence),
		cmocka_unit_test(a_line_ends_where_it_reads_well_and_nothing_is_lost),
		cmocka_unit_test(
			three_ways_with_all_the_ram_there_can_be_stand_in_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
