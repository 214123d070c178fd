// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One GiB of each kind of leaf, 4K and 48 bits: every word of its tables before
 * an edit, after all of it became pages, and after one page did. All words are
 * written out by hand.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

/* @count adjacent words, each by @step more than the one before it. */
struct words {
	unsigned int count;
	uint64_t first, step;
};

#define TABLES UINT64_C(3) /* instead of a first word: tables, anywhere */

#define STEP_1G UINT64_C(0x40000000)
#define STEP_2M UINT64_C(0x200000)
#define STEP_4K UINT64_C(0x1000)

/**
 * struct words_of_gib - what a GiB is made of. Lists end with a count of 0
 * @level_1: 16 words, the GiB's among them
 * @level_2: the 512 words of its table, if there is one
 * @level_3: the 512 words of the first table there, if there are any; those of the
 *	next one are by 2 MiB more, and so on
 * @in_35: other ones in the 36th table, given as if it were the first
 */
struct words_of_gib {
	struct words level_1[4];
	struct words level_2[6];
	struct words level_3[2];
	struct words in_35[4];
};

/**
 * struct gib_case - a GiB of one kind of leaf
 * @at: linear address of the GiB, less that of the half
 * @first_of_16: the same of the first word of @level_1
 */
struct gib_case {
	struct machine_config machine;
	uint64_t at, first_of_16;
	struct words_of_gib before, pages, page;
};

/*
 * The page is the one at 70 MiB + 132 KiB: in block 35 of 512, which is in the
 * run of blocks 32 to 47, its page 33, which is in the run of pages 32 to 47.
 */
#define PAGE_AT (70 * MIB + 132 * KIB)

static const struct gib_case gibs[] = {
	{
		.machine = { .name = "block-of-1g", .ram = { { 1 * GIB, 1 * GIB } } },
		.at = 1 * GIB,
		.before = { .level_1 = { { 1, 0, 0 },
					 { 1, UINT64_C(0x0040000040000701), 0 },
					 { 14, 0, 0 } } },
		.pages = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			   .level_2 = { { 512, TABLES, 0 } },
			   .level_3 = { { 512, UINT64_C(0x0040000040000703), STEP_4K } } },
		.page = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			  .level_2 = { { 32, UINT64_C(0x0050000040000701), STEP_2M },
				       { 3, UINT64_C(0x0040000044000701), STEP_2M },
				       { 1, TABLES, 0 },
				       { 12, UINT64_C(0x0040000044800701), STEP_2M },
				       { 464, UINT64_C(0x0050000046000701), STEP_2M } },
			  .in_35 = { { 32, UINT64_C(0x0050000040000703), STEP_4K },
				     { 16, UINT64_C(0x0040000040020703), STEP_4K },
				     { 464, UINT64_C(0x0050000040030703), STEP_4K } } },
	},
	{
		/* The fourth of the run: 19 GiB is 0x4c0000000. */
		.machine = { .name = "run-of-1g", .ram = { { 16 * GIB, 16 * GIB } } },
		.at = 19 * GIB,
		.first_of_16 = 16 * GIB,
		.before = { .level_1 = { { 16, UINT64_C(0x0050000400000701), STEP_1G } } },
		.pages = { .level_1 = { { 3, UINT64_C(0x0040000400000701), STEP_1G },
					{ 1, TABLES, 0 },
					{ 12, UINT64_C(0x0040000500000701), STEP_1G } },
			   .level_2 = { { 512, TABLES, 0 } },
			   .level_3 = { { 512, UINT64_C(0x00400004c0000703), STEP_4K } } },
		.page = { .level_1 = { { 3, UINT64_C(0x0040000400000701), STEP_1G },
				       { 1, TABLES, 0 },
				       { 12, UINT64_C(0x0040000500000701), STEP_1G } },
			  .level_2 = { { 32, UINT64_C(0x00500004c0000701), STEP_2M },
				       { 3, UINT64_C(0x00400004c4000701), STEP_2M },
				       { 1, TABLES, 0 },
				       { 12, UINT64_C(0x00400004c4800701), STEP_2M },
				       { 464, UINT64_C(0x00500004c6000701), STEP_2M } },
			  .in_35 = { { 32, UINT64_C(0x00500004c0000703), STEP_4K },
				     { 16, UINT64_C(0x00400004c0020703), STEP_4K },
				     { 464, UINT64_C(0x00500004c0030703), STEP_4K } } },
	},
	{
		/* Output 2 MiB below: blocks, and no runs of them. */
		.machine = { .name = "blocks-of-2m",
			     .skew = 2 * MIB,
			     .ram = { { 1 * GIB - 2 * MIB, 1 * GIB } } },
		.at = 1 * GIB,
		.before = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			    .level_2 = { { 512, UINT64_C(0x004000003fe00701),
					   STEP_2M } } },
		.pages = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			   .level_2 = { { 512, TABLES, 0 } },
			   .level_3 = { { 512, UINT64_C(0x004000003fe00703), STEP_4K } } },
		.page = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			  .level_2 = { { 35, UINT64_C(0x004000003fe00701), STEP_2M },
				       { 1, TABLES, 0 },
				       { 476, UINT64_C(0x0040000044600701), STEP_2M } },
			  .in_35 = { { 32, UINT64_C(0x005000003fe00703), STEP_4K },
				     { 16, UINT64_C(0x004000003fe20703), STEP_4K },
				     { 464, UINT64_C(0x005000003fe30703), STEP_4K } } },
	},
	{
		/* Output 32 MiB below: runs of blocks. */
		.machine = { .name = "runs-of-2m",
			     .skew = 32 * MIB,
			     .ram = { { 1 * GIB - 32 * MIB, 1 * GIB } } },
		.at = 1 * GIB,
		.before = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			    .level_2 = { { 512, UINT64_C(0x005000003e000701),
					   STEP_2M } } },
		.pages = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			   .level_2 = { { 512, TABLES, 0 } },
			   .level_3 = { { 512, UINT64_C(0x004000003e000703), STEP_4K } } },
		.page = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			  .level_2 = { { 32, UINT64_C(0x005000003e000701), STEP_2M },
				       { 3, UINT64_C(0x0040000042000701), STEP_2M },
				       { 1, TABLES, 0 },
				       { 12, UINT64_C(0x0040000042800701), STEP_2M },
				       { 464, UINT64_C(0x0050000044000701), STEP_2M } },
			  .in_35 = { { 32, UINT64_C(0x005000003e000703), STEP_4K },
				     { 16, UINT64_C(0x004000003e020703), STEP_4K },
				     { 464, UINT64_C(0x005000003e030703), STEP_4K } } },
	},
	{
		.machine = { .name = "runs-of-4k",
			     .flags = LM_NO_BLOCKS,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.at = 1 * GIB,
		.before = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			    .level_2 = { { 512, TABLES, 0 } },
			    .level_3 = { { 512, UINT64_C(0x0050000040000703),
					   STEP_4K } } },
		.pages = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			   .level_2 = { { 512, TABLES, 0 } },
			   .level_3 = { { 512, UINT64_C(0x0040000040000703), STEP_4K } } },
		.page = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			  .level_2 = { { 512, TABLES, 0 } },
			  .level_3 = { { 512, UINT64_C(0x0050000040000703), STEP_4K } },
			  .in_35 = { { 32, UINT64_C(0x0050000040000703), STEP_4K },
				     { 16, UINT64_C(0x0040000040020703), STEP_4K },
				     { 464, UINT64_C(0x0050000040030703), STEP_4K } } },
	},
	{
		.machine = { .name = "pages-of-4k",
			     .flags = LM_NO_BLOCKS | LM_NO_RUNS,
			     .ram = { { 1 * GIB, 1 * GIB } } },
		.at = 1 * GIB,
		.before = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			    .level_2 = { { 512, TABLES, 0 } },
			    .level_3 = { { 512, UINT64_C(0x0040000040000703),
					   STEP_4K } } },
		.pages = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			   .level_2 = { { 512, TABLES, 0 } },
			   .level_3 = { { 512, UINT64_C(0x0040000040000703), STEP_4K } } },
		.page = { .level_1 = { { 1, 0, 0 }, { 1, TABLES, 0 }, { 14, 0, 0 } },
			  .level_2 = { { 512, TABLES, 0 } },
			  .level_3 = { { 512, UINT64_C(0x0040000040000703), STEP_4K } } },
	},
};

#define GIBS (sizeof(gibs) / sizeof(gibs[0]))

/* ------------------------------------------------------------------------ comparing */

/* A table descriptor: nothing but an address and its type. */
static bool is_table(uint64_t word)
{
	return (word & ~UINT64_C(0x0000fffffffff000)) == 3 && word != 3;
}

static void expect_words(const char *name, const uint64_t *seen, unsigned int count,
			 const struct words *words, uint64_t more)
{
	unsigned int at = 0;

	for (; words->count; words++) {
		for (unsigned int i = 0; i < words->count; i++, at++) {
			uint64_t expected = words->first + i * words->step;

			if (words->first == TABLES && is_table(seen[at]))
				continue;
			if (words->first && words->first != TABLES)
				expected += more;
			if (seen[at] != expected)
				fail_msg("%s: word %u: expected 0x%016" PRIx64
					 ", saw 0x%016" PRIx64,
					 name, at, expected, seen[at]);
		}
	}
	expect_count(at, count, "%s: words that were looked at", name);
}

/* Says where it looks. */
static void expect_table(const struct gib_case *c, const char *when,
			 const struct machine *m, uint64_t at, int level,
			 unsigned int count, const struct words *words, uint64_t more)
{
	uint64_t va = machine_base(m) + at;
	char name[100];

	snprintf(name, sizeof(name), "%s, %s, level %d at 0x%" PRIx64, c->machine.name,
		 when, level, va);
	expect_words(name, machine_slot(m, va, level), count, words, more);
}

static void expect_gib(const struct gib_case *c, const char *when,
		       const struct machine *m, const struct words_of_gib *words)
{
	expect_table(c, when, m, c->first_of_16, 1, 16, words->level_1, 0);
	if (!words->level_2[0].count)
		return;
	expect_table(c, when, m, c->at, 2, 512, words->level_2, 0);
	for (unsigned int i = 0; i < 512; i++) {
		const struct words *in =
			i == 35 && words->in_35[0].count ? words->in_35 : words->level_3;

		if (in->count)
			expect_table(c, when, m, c->at + i * STEP_2M, 3, 512, in,
				     i * STEP_2M);
	}
}

/* --------------------------------------------------------------------------- tests */

struct gib_way {
	const struct gib_case *c;
	enum lm_way way;
};

static void edit_words(const struct gib_way *life, struct lm_range range,
		       const char *when, const struct words_of_gib *after)
{
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &life->c->machine);
	expect_gib(life->c, "before", &m, &life->c->before);
	lm_edit_to_pages(&edit, &m.map, range);
	expect_ok(edit_prepare(&edit, life->way));
	expect_gib(life->c, "staged", &m, &life->c->before);
	expect_ok(machine_commit(&m, &edit));
	expect_ok(lm_edit_release(&edit));
	expect_gib(life->c, when, &m, after);
	machine_stop(&m);
}

#define HALF UINT64_C(0xffff000000000000)

static void a_gib_that_becomes_pages_is_right_word_by_word(void **state)
{
	const struct gib_way *life = *state;

	edit_words(life, (struct lm_range){ { HALF + life->c->at }, 1 * GIB }, "pages",
		   &life->c->pages);
}

static void a_gib_of_which_one_page_is_taken_is_right_word_by_word(void **state)
{
	const struct gib_way *life = *state;

	edit_words(life, (struct lm_range){ { HALF + life->c->at + PAGE_AT }, 4 * KIB },
		   "one page", &life->c->page);
}

int test_main(void)
{
	struct gib_way lives[GIBS * LM_WAYS];
	char names[GIBS * LM_WAYS][64];
	struct test_list list = { 0 };

	for (size_t n = 0; n < GIBS * LM_WAYS; n++) {
		lives[n] = (struct gib_way){ &gibs[n / LM_WAYS],
					     (enum lm_way)(n % LM_WAYS) };
		snprintf(names[n], sizeof(names[n]), "%s/%s", lives[n].c->machine.name,
			 way_names[lives[n].way]);
		ADD_CASE(&list, a_gib_that_becomes_pages_is_right_word_by_word, names[n],
			 &lives[n]);
		ADD_CASE(&list, a_gib_of_which_one_page_is_taken_is_right_word_by_word,
			 names[n], &lives[n]);
	}
	return test_list_run(&list, "words");
}
