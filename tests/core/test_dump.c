// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The dump: text written by hand for tables made by hand, or mapped. */
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>

#include <linmap/check.h>

#define LINE_SIZE 200
#define LINES	  32

struct text {
	char line[LINES][LINE_SIZE];
	size_t count;
};

static void keep(void *ctx, const char *line)
{
	struct text *text = ctx;

	assert_true(text->count < LINES);
	snprintf(text->line[text->count++], LINE_SIZE, "%s", line);
}

static void dump(struct text *text, const struct tables *t, uint64_t offset,
		 uint64_t size)
{
	struct lm_range range = { { t->map.fmt.base + offset }, size };

	text->count = 0;
	expect_ok(lm_dump(&t->map, range, keep, text));
}

/* @lines end with NULL. */
static void expect_lines(const struct text *text, const char *const *lines)
{
	size_t n = 0;

	for (; lines[n]; n++) {
		if (n == text->count)
			fail_msg("expected line %zu\n  %s\nsaw none", n, lines[n]);
		if (strcmp(text->line[n], lines[n]) != 0)
			fail_msg("expected line %zu\n  %s\nsaw\n  %s", n, lines[n],
				 text->line[n]);
	}
	if (n != text->count)
		fail_msg("expected %zu lines, saw line %zu\n  %s", n, n, text->line[n]);
}

#define EXPECT_LINES(text, ...) \
	expect_lines((text), (const char *const[]){ __VA_ARGS__, NULL })

/* AttrIndx 0, inner shareable, AF, UXN. */
#define PLAIN  UINT64_C(0x0040000000000700)
#define BIT(n) (UINT64_C(1) << (n))

static void start(struct tables *t, uint8_t granule, uint8_t ia, enum lm_regime regime,
		  enum lm_half half, uint64_t mark)
{
	const struct lm_format_config config = {
		.granule_shift = granule,
		.ia_bits = ia,
		.oa_bits = 48,
		.regime = regime,
		.half = half,
		.present_invalid = mark,
	};

	tables_start(t, &config);
	tables_add_region(t, 0, UINT64_C(1) << ia);
}

/* ------------------------------------------------------------------ kinds of leaves */

/* Each size of 4K, then memory that is elsewhere, then a hole and one more page. */
static void every_kind_of_leaf_has_its_line(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_UPPER, 0);
	tables_map(&t, 16 * GIB, 16 * GIB, 18 * GIB + 34 * MIB + 72 * KIB, PLAIN);
	tables_map(&t, 36 * GIB, 1 * GIB + 4 * KIB, 4 * KIB, PLAIN);
	tables_map(&t, 36 * GIB + 4 * KIB, 1 * GIB + 12 * KIB, 4 * KIB, PLAIN);
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"ffffff8400000000-ffffff87ffffffff 0000400000000  16G L1 run   rwx --- attr0 sh3 AF",
		"ffffff8800000000-ffffff887fffffff 0000800000000   1G L1 block rwx --- attr0 sh3 AF",
		"ffffff8880000000-ffffff8881ffffff 0000880000000  32M L2 run   rwx --- attr0 sh3 AF",
		"ffffff8882000000-ffffff88821fffff 0000882000000   2M L2 block rwx --- attr0 sh3 AF",
		"ffffff8882200000-ffffff888220ffff 0000882200000  64K L3 run   rwx --- attr0 sh3 AF",
		"ffffff8882210000-ffffff8882211fff 0000882210000   4K L3 page  rwx --- attr0 sh3 AF",
		"ffffff8900000000-ffffff8900000fff 0000040001000   4K L3 page  rwx --- attr0 sh3 AF",
		"ffffff8900001000-ffffff8900001fff 0000040003000   4K L3 page  rwx --- attr0 sh3 AF");
	tables_stop(&t);
}

static void sizes_of_other_granules(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 14, 36, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 1 * GIB, 1 * GIB, 1 * GIB + 34 * MIB + 16 * KIB, PLAIN);
	dump(&text, &t, 0, 64 * GIB);
	EXPECT_LINES(
		&text,
		"0000000040000000-000000007fffffff 0000040000000   1G L2 run   rwx --- attr0 sh3 AF",
		"0000000080000000-0000000081ffffff 0000080000000  32M L2 block rwx --- attr0 sh3 AF",
		"0000000082000000-00000000821fffff 0000082000000   2M L3 run   rwx --- attr0 sh3 AF",
		"0000000082200000-0000000082203fff 0000082200000  16K L3 page  rwx --- attr0 sh3 AF");
	tables_stop(&t);

	start(&t, 16, 42, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 512 * MIB, 512 * MIB, 514 * MIB + 64 * KIB, PLAIN);
	dump(&text, &t, 0, 4096 * GIB);
	EXPECT_LINES(
		&text,
		"0000000020000000-000000003fffffff 0000020000000 512M L2 block rwx --- attr0 sh3 AF",
		"0000000040000000-00000000401fffff 0000040000000   2M L3 run   rwx --- attr0 sh3 AF",
		"0000000040200000-000000004020ffff 0000040200000  64K L3 page  rwx --- attr0 sh3 AF");
	tables_stop(&t);
}

/* The largest block and the highest address: OA[51:50] are in [9:8], and there is no SH. */
static void addresses_of_52_bits(void **state)
{
	static struct text text;
	const struct lm_format_config config = {
		.granule_shift = 12,
		.ia_bits = 52,
		.oa_bits = 52,
		.lpa2 = true,
		.half = LM_UPPER,
	};
	struct tables t;

	tables_start(&t, &config);
	((uint64_t *)t.table[0])[15] = tables_pa(&t, 1) | 3;
	t.count = 1;
	assert_int_equal(tables_alloc(&t, 0, 1, &(lm_pa_t){ 0 }), 1);
	((uint64_t *)t.table[1])[511] = UINT64_C(0x0043ff8000000701);
	dump(&text, &t, 0, UINT64_C(1) << 52);
	EXPECT_LINES(
		&text,
		"ffffff8000000000-ffffffffffffffff fff8000000000 512G L0 block rwx --- attr0 AF");
	tables_stop(&t);
}

/* ------------------------------------------------------------------------ attributes */

struct attrs_case {
	const char *name;
	enum lm_regime regime;
	uint64_t page; /* the bits beside type and address */
	const char *text;
};

static const struct attrs_case attrs_cases[] = {
	{ "nothing", LM_EL1_0, 0, "rwx --x attr0" },
	{ "kernel-text", LM_EL1_0, BIT(54) | BIT(7), "r-x --- attr0" },
	{ "kernel-data", LM_EL1_0, BIT(54) | BIT(53), "rw- --- attr0" },
	{ "user-text", LM_EL2_0, BIT(53) | BIT(7) | BIT(6), "r-- r-x attr0" },
	/* What EL0 may write, EL1 never executes. */
	{ "user-data", LM_EL1_0, BIT(54) | BIT(6), "rw- rw- attr0" },
	{ "el2-data", LM_EL2, BIT(54) | BIT(6), "rw- attr0" },
	{ "el3-text", LM_EL3, BIT(7) | BIT(6), "r-x attr0" },
	{ "device", LM_EL1_0, BIT(54) | BIT(53) | 1 << 2, "rw- --- attr1" },
	{ "outer", LM_EL1_0, BIT(9) | 7 << 2, "rwx --x attr7 sh2" },
	{ "ns-ng", LM_EL1_0, BIT(5) | BIT(11), "rwx --x attr0 NS nG" },
	{ "gp-dbm", LM_EL1_0, BIT(50) | BIT(51), "rwx --x attr0 GP DBM" },
	{ "software", LM_EL1_0, BIT(58) | BIT(55), "rwx --x attr0 sw9" },
	{ "pbha", LM_EL1_0, BIT(60) | BIT(59), "rwx --x attr0 pbha3" },
	{ "bit63", LM_EL1_0, BIT(63), "rwx --x attr0 bit63" },
	{ "a-hint-without-a-run", LM_EL1_0, BIT(52), "rwx --x attr0 hint" },
};

static void attributes_in_words(void **state)
{
	static struct text text;
	const struct attrs_case *c = *state;
	char expected[LINE_SIZE];
	struct tables t;

	start(&t, 16, 25, c->regime, LM_LOWER, 0);
	((uint64_t *)t.table[0])[2] = c->page | 0x30003;
	dump(&text, &t, 0, 32 * MIB);
	snprintf(expected, sizeof(expected),
		 "0000000000020000-000000000002ffff 0000000030000  64K L3 page  %s",
		 c->text);
	EXPECT_LINES(&text, expected);
	tables_stop(&t);
}

/* A letter for each that is allowed; what EL0 may write, EL1 never executes. */
static void permissions_of(char text[8], enum lm_regime regime, uint64_t page)
{
	bool el0 = page & BIT(6), read_only = page & BIT(7);
	bool pxn = page & BIT(53), uxn = page & BIT(54);

	if (regime == LM_EL2) {
		snprintf(text, 8, "r%c%c", read_only ? '-' : 'w', uxn ? '-' : 'x');
		return;
	}
	snprintf(text, 8, "r%c%c %c%c%c", read_only ? '-' : 'w',
		 pxn || (el0 && !read_only) ? '-' : 'x', el0 ? 'r' : '-',
		 el0 && !read_only ? 'w' : '-', uxn ? '-' : 'x');
}

/* 16 pages, one line each: AP[2:1], PXN and UXN count up. */
static void all_permissions(void **state)
{
	static struct text text;
	const enum lm_regime *regime = *state;
	char expected[LINE_SIZE], letters[8];
	struct tables t;
	uint64_t *pages;

	start(&t, 16, 25, *regime, LM_LOWER, 0);
	pages = t.table[0];
	for (uint64_t i = 0; i < 16; i++)
		pages[i] = i << 16 | 3 | (i & 3) << 6 | (i >> 2) << 53;
	dump(&text, &t, 0, 32 * MIB);
	for (uint64_t i = 0; i < 16; i++) {
		/* For EL2, which ignores AP[1] and PXN, they are attributes all the same. */
		permissions_of(letters, *regime, pages[i]);
		snprintf(expected, sizeof(expected),
			 "00000000000%" PRIx64 "0000-00000000000%" PRIx64
			 "ffff 00000000%" PRIx64 "0000  64K L3 page  %s attr0",
			 i, i, i, letters);
		assert_string_equal(text.line[i], expected);
	}
	tables_stop(&t);
}

/* Below APTable[1] and PXNTable; the block beside that table is as it says. */
static void what_tables_take_away_is_not_shown_as_given(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 1 * GIB, 1 * GIB, 1 * GIB + 4 * KIB, PLAIN);
	*tables_slot(&t, 2 * GIB, 1) |= BIT(62) | BIT(59);
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000040000000-000000007fffffff 0000040000000   1G L1 block rwx --- attr0 sh3 AF",
		"0000000080000000-0000000080000fff 0000080000000   4K L3 page  r-- --- attr0 sh3 AF");
	tables_stop(&t);
}

/*
 * Four pages below APTable[1] and PXNTable. The second and the fourth allow no less than the
 * others then; the third has one more bit that is shown.
 */
static void pages_that_tables_make_alike_have_one_line(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 2 * GIB, 2 * GIB, 16 * KIB, PLAIN);
	*tables_slot(&t, 2 * GIB, 1) |= BIT(62) | BIT(59);
	tables_slot(&t, 2 * GIB, 3)[1] |= BIT(7);
	tables_slot(&t, 2 * GIB, 3)[2] |= BIT(11);
	tables_slot(&t, 2 * GIB, 3)[3] |= BIT(11) | BIT(53);
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000080000000-0000000080001fff 0000080000000   4K L3 page  r-- --- attr0 sh3 AF",
		"0000000080002000-0000000080003fff 0000080002000   4K L3 page  r-- --- attr0 sh3 AF nG");
	tables_stop(&t);
}

/* ----------------------------------------------------------------------- stretches */

/* Of four pages the third is invalid, and holds its mapping. */
static void an_invalid_leaf_that_holds_a_mapping_says_so(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, BIT(58));
	tables_map(&t, 1 * GIB, 1 * GIB, 16 * KIB, PLAIN);
	*tables_slot(&t, 1 * GIB + 8 * KIB, 3) ^= 1 | BIT(58);
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000040000000-0000000040001fff 0000040000000   4K L3 page  rwx --- attr0 sh3 AF",
		"0000000040002000-0000000040002fff 0000040002000   4K L3 page  rwx --- attr0 sh3 AF sw8 invalid",
		"0000000040003000-0000000040003fff 0000040003000   4K L3 page  rwx --- attr0 sh3 AF");
	tables_stop(&t);
}

/* nT is no address. */
static void a_block_on_its_way_to_another_size_says_so(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 2 * MIB, 2 * MIB, 4 * MIB, PLAIN);
	*tables_slot(&t, 4 * MIB, 2) |= BIT(16);
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000000200000-00000000003fffff 0000000200000   2M L2 block rwx --- attr0 sh3 AF",
		"0000000000400000-00000000005fffff 0000000400000   2M L2 block rwx --- attr0 sh3 AF nT");
	tables_stop(&t);
}

/* The first of 16 pages has lost its hint, another one is not writable. */
static void members_of_a_broken_run_are_shown_as_they_are(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 0, 0, 64 * KIB, PLAIN);
	*tables_slot(&t, 0, 3) ^= BIT(52);
	*tables_slot(&t, 60 * KIB, 3) ^= BIT(7);
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000000000000-0000000000000fff 0000000000000   4K L3 page  rwx --- attr0 sh3 AF",
		"0000000000001000-000000000000efff 0000000001000   4K L3 page  rwx --- attr0 sh3 AF hint",
		"000000000000f000-000000000000ffff 000000000f000   4K L3 page  r-x --- attr0 sh3 AF hint");
	tables_stop(&t);
}

/* 2M of a block become pages: what is around it keeps its lines, but for where they end. */
static void an_edit_changes_the_lines_it_is_about(void **state)
{
	static struct text text;
	static const struct lm_cpu cpu = { 3 };
	const struct lm_cpus cpus = { &cpu, 1 };
	struct lm_window window;
	struct lm_edit edit;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 0, 0, 32 * MIB + 4 * MIB, PLAIN);
	tables_map(&t, 1 * GIB, 1 * GIB, 1 * GIB, PLAIN);
	lm_edit_to_pages(&edit, &t.map, (struct lm_range){ { 32 * MIB }, 2 * MIB });
	expect_ok(edit_prepare(&edit, LM_LIVE));
	expect_ok(lm_window_open(&window, &t.map, &cpus, 0, LM_NONE_HELD));
	expect_ok(lm_edit_commit(&window, &edit));
	lm_window_close(&window);
	expect_ok(lm_edit_release(&edit));
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000000000000-0000000001ffffff 0000000000000  32M L2 run   rwx --- attr0 sh3 AF",
		"0000000002000000-00000000021fffff 0000002000000   4K L3 page  rwx --- attr0 sh3 AF",
		"0000000002200000-00000000023fffff 0000002200000   2M L2 block rwx --- attr0 sh3 AF",
		"0000000040000000-000000007fffffff 0000040000000   1G L1 block rwx --- attr0 sh3 AF");
	tables_stop(&t);
}

struct lines {
	const struct tables *t;
	uint64_t pages, lines;
};

/* Nothing comes before it there, so it is written as a whole. */
static void expect_alone(void *ctx, const char *line)
{
	static struct text text;
	struct lines *lines = ctx;
	uint64_t start, last;

	assert_int_equal(sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &last), 2);
	dump(&text, lines->t, start - lines->t->map.fmt.base, last + 1 - start);
	EXPECT_LINES(&text, line);
	lines->pages += (last + 1 - start) / (4 * KIB);
	lines->lines++;
}

/*
 * 1,024 pages in two tables, from 0x...ffe00000 on, so that all digits above carry. By
 * chance, each has other permissions, another type, other memory, a hint; or is a hole.
 */
static void a_line_after_another_says_what_it_says_alone(void **state)
{
	static const uint64_t changes[] = { 0,	     BIT(7),	       BIT(6),	BIT(53),
					    BIT(54), BIT(7) | BIT(53), BIT(2),	BIT(11),
					    BIT(20), BIT(52),	       BIT(55), 3 };
	const enum lm_half *half = *state;
	uint64_t seed = 1, mapped = 0;
	struct lines lines;
	struct tables t;

	start(&t, 12, 48, LM_EL1_0, *half, 0);
	t.region.flags = LM_NO_BLOCKS | LM_NO_RUNS;
	tables_map(&t, 4 * GIB - 2 * MIB, 64 * GIB - 2 * MIB, 4 * MIB, PLAIN);
	for (uint64_t i = 0; i < 1024; i++) {
		uint64_t *slot = tables_slot(&t, 4 * GIB - 2 * MIB + i * 4 * KIB, 3);

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (seed >> 62)
			*slot ^= changes[(seed >> 32) % (sizeof(changes) / 8)];
		mapped += (*slot & 3) == 3;
	}
	lines = (struct lines){ .t = &t };
	expect_ok(lm_dump(&t.map, (struct lm_range){ { t.map.fmt.base }, 8 * GIB },
			  expect_alone, &lines));
	assert_int_equal(lines.pages, mapped);
	assert_true(lines.lines > 512);
	tables_stop(&t);
}

/* Descriptors of a reserved type, a table without memory, a table above itself. */
static void what_maps_nothing_has_no_line(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 0, 0, 8 * KIB, PLAIN);
	*tables_slot(&t, 4 * KIB, 3) ^= 2;
	*tables_slot(&t, 4 * GIB, 1) = 0xabcd0003;
	*tables_slot(&t, 5 * GIB, 1) = t.map.root.v | 3;
	dump(&text, &t, 0, 512 * GIB);
	EXPECT_LINES(
		&text,
		"0000000000000000-0000000000000fff 0000000000000   4K L3 page  rwx --- attr0 sh3 AF");
	t.map.root.v = 0;
	dump(&text, &t, 0, 512 * GIB);
	assert_int_equal(text.count, 0);
	tables_stop(&t);
}

/* Leaves that reach beyond it are shown whole. */
static void a_part_of_the_map(void **state)
{
	static struct text text;
	struct tables t;

	start(&t, 12, 39, LM_EL1_0, LM_LOWER, 0);
	tables_map(&t, 1 * GIB, 1 * GIB, 2 * GIB, PLAIN);
	dump(&text, &t, 1 * GIB + 4 * KIB, 4 * KIB);
	EXPECT_LINES(
		&text,
		"0000000040000000-000000007fffffff 0000040000000   1G L1 block rwx --- attr0 sh3 AF");
	expect_error(lm_dump(&t.map, (struct lm_range){ { 1 }, 4 * KIB }, keep, &text),
		     LM_EINVAL);
	tables_stop(&t);
}

int test_main(void)
{
	static const enum lm_regime regimes[] = { LM_EL1_0, LM_EL2 };
	static const enum lm_half halves[] = { LM_LOWER, LM_UPPER };
	struct test_list list = { 0 };

	ADD(&list, every_kind_of_leaf_has_its_line);
	ADD(&list, sizes_of_other_granules);
	ADD(&list, addresses_of_52_bits);
	for (size_t i = 0; i < sizeof(attrs_cases) / sizeof(attrs_cases[0]); i++)
		ADD_CASE(&list, attributes_in_words, attrs_cases[i].name,
			 &attrs_cases[i]);
	ADD_CASE(&list, all_permissions, "el1", &regimes[0]);
	ADD_CASE(&list, all_permissions, "el2", &regimes[1]);
	ADD_CASE(&list, a_line_after_another_says_what_it_says_alone, "lower",
		 &halves[0]);
	ADD_CASE(&list, a_line_after_another_says_what_it_says_alone, "upper",
		 &halves[1]);
	ADD(&list, what_tables_take_away_is_not_shown_as_given);
	ADD(&list, pages_that_tables_make_alike_have_one_line);
	ADD(&list, an_invalid_leaf_that_holds_a_mapping_says_so);
	ADD(&list, a_block_on_its_way_to_another_size_says_so);
	ADD(&list, members_of_a_broken_run_are_shown_as_they_are);
	ADD(&list, an_edit_changes_the_lines_it_is_about);
	ADD(&list, what_maps_nothing_has_no_line);
	ADD(&list, a_part_of_the_map);
	return test_list_run(&list, "dump");
}
