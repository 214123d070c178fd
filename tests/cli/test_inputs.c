// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which machines the command accepts and which it refuses: sizes, ranges,
 * device tree blobs, texts of /proc/iomem. Needs $LINMAP_SOURCE, or the
 * directory of the data as its argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/machine.h"
#include "machine/machine_notes.h"
#include "main.h"
#include "options/options_parse.h"
#include "base/units.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

/* What every test gets: the data, and a file of its own to write to. */
struct fixture {
	char data[512];
	char scratch[64];
	struct machine machine;
	struct options options;
	struct error error;
};

/* Lists grow by realloc() alone; the linker puts this in its place. */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names. */
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

static long reallocs_left = -1; /* before one fails; -1: none does */

void *__wrap_realloc(void *memory, size_t size)
{
	if (!reallocs_left)
		return NULL;
	if (reallocs_left > 0)
		reallocs_left--;
	return __real_realloc(memory, size);
}

static void machine_renew(struct fixture *f)
{
	machine_free(&f->machine);
	machine_init(&f->machine);
}

static void scratch_write(const struct fixture *f, const void *bytes, size_t size)
{
	FILE *out = fopen(f->scratch, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

/* One line, about something, and nothing that a terminal would act on. */
static void assert_error(const struct fixture *f, const char *about)
{
	if (!strstr(f->error.text, about))
		fail_msg("expected an error with \"%s\", saw \"%s\"", about,
			 f->error.text);
	if (strchr(f->error.text, '\n'))
		fail_msg("more than one line: %s", f->error.text);
}

static void assert_bank(const struct banks *banks, size_t n, uint64_t start,
			uint64_t size)
{
	if (n >= banks->count)
		fail_msg("expected range %zu, saw only %zu", n, banks->count);
	if (banks->bank[n].start != start || banks->bank[n].size != size)
		fail_msg("range %zu: expected 0x%" PRIx64 " bytes at 0x%" PRIx64
			 ", saw 0x%" PRIx64 " at 0x%" PRIx64,
			 n, size, start, banks->bank[n].size, banks->bank[n].start);
}

/* ------------------------------------------------------------------- sizes */

static void a_size_is_decimal_or_hexadecimal_with_a_binary_suffix(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "010", 10 }, /* no octal */
		{ "4k", 4096 },
		{ "4K", 4096 },
		{ "3m", 3145728 },
		{ "128G", UINT64_C(137438953472) },
		{ "2T", UINT64_C(2199023255552) },
		{ "0x10", 16 },
		{ "0XfF", 255 },
		{ "0x40M", UINT64_C(67108864) },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "16777215T", UINT64_C(0xffffff0000000000) },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t value = 1234567;
		const char *problem = size_parse(good[i].text, &value);

		if (problem || value != good[i].value)
			fail_msg("%s: expected %" PRIu64 ", saw %" PRIu64 " (%s)",
				 good[i].text, good[i].value, value,
				 problem ? problem : "no problem");
	}
}

static void what_is_no_size_is_told_why(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{ "", "empty" },
		{ "-1", "negative" },
		{ "-", "negative" },
		{ "+1", "not a number" },
		{ " 1", "not a number" },
		{ "k", "not a number" },
		{ "0x", "not a number" },
		{ "0xg", "not a number" },
		{ "12X", "unknown suffix" },
		{ "12GB", "unknown suffix" },
		{ "12GG", "unknown suffix" },
		{ "1.5G", "a fraction (use a whole number and a smaller suffix)" },
		{ "1 G", "unknown suffix" },
		{ "12\xff", "unknown suffix" },
		{ "18446744073709551616", "too large" },
		{ "99999999999999999999999999", "too large" },
		{ "0x10000000000000000", "too large" },
		{ "16777216T", "too large" },
		{ "0xffffffffffffffffK", "too large" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t value = 0;
		const char *problem = size_parse(bad[i].text, &value);

		if (!problem || !strstr(problem, bad[i].why))
			fail_msg("\"%s\": expected \"%s\", saw \"%s\"", bad[i].text,
				 bad[i].why, problem ? problem : "no problem");
	}
}

static void a_count_takes_no_suffix(void **state)
{
	uint64_t value = 0;

	assert_null(number_parse("20", &value));
	assert_int_equal(value, 20);
	assert_non_null(number_parse("4K", &value));
	assert_non_null(number_parse("", &value));
	assert_non_null(number_parse("-1", &value));
}

static void numbers_are_written_for_the_eye(void **state)
{
	assert_string_equal(size_text(0).s, "0 bytes");
	assert_string_equal(size_text(1).s, "1 byte");
	assert_string_equal(size_text(4096).s, "4 KiB");
	assert_string_equal(size_text(128 * GIB).s, "128 GiB");
	assert_string_equal(size_text(256 * MIB + MIB / 2).s, "256.5 MiB");
	/* What is not exact does not look so. */
	assert_string_equal(size_text(8 * MIB + 4096).s, "8 MiB");
	assert_string_equal(size_text(UINT64_MAX).s, "16 EiB");
	assert_string_equal(count_text(0).s, "0");
	assert_string_equal(count_text(999).s, "999");
	assert_string_equal(count_text(33554432).s, "33,554,432");
	assert_string_equal(count_text(UINT64_MAX).s, "18,446,744,073,709,551,615");
	/* Nearly a unit is one: 1023.99 KiB. */
	assert_string_equal(size_text(MIB - 8).s, "1 MiB");
	assert_string_equal(size_text(1023 * 1024).s, "1023 KiB");
	assert_string_equal(counted_text(1, "leaf", "leaves").s, "1 leaf");
	assert_string_equal(counted_text(0, "leaf", "leaves").s, "0 leaves");
	assert_string_equal(counted_text(3072, "leaf", "leaves").s, "3,072 leaves");
}

/* ----------------------------------------------------------------- options */

/* Parses "run" and these arguments, separated by single spaces. */
static int parse(struct fixture *f, const char *arguments)
{
	static char words[256];
	char *argv[24] = { "run" };
	int argc = 1;

	options_free(&f->options);
	snprintf(words, sizeof(words), "%s", arguments);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_parse(&f->options, COMMAND_RUN, argc, argv, &f->error);
}

static int load(struct fixture *f, const char *arguments)
{
	int err = parse(f, arguments);

	return err ? err : options_load_machine(&f->options, &f->error);
}

static void with_no_options_the_machine_is_that_of_the_demo(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, ""), 0);
	assert_int_equal(f->options.machine.ram.count, 1);
	assert_bank(&f->options.machine.ram, 0, GIB, 128 * GIB);
	assert_int_equal(f->options.machine.aliases.count, 0);
	assert_int_equal(f->options.machine.cpus, 20);
	assert_int_equal(f->options.machine.boot_bbm, 3);
	assert_int_equal(f->options.machine.secondary_bbm, 0);
	assert_true(f->options.choose_way);
}

static void options_say_what_the_machine_is(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		load(f, "--ram 2G@4G --ram=1G --kernel 0x40200000-0x405fffff --cpus 4 "
			"--boot-bbm 2 --secondary-bbm 1 --granule 4K --va-bits 48 "
			"--commit in-place"),
		0);
	assert_int_equal(f->options.machine.ram.count, 2);
	assert_bank(&f->options.machine.ram, 0, GIB, GIB);
	assert_bank(&f->options.machine.ram, 1, 4 * GIB, 2 * GIB);
	assert_bank(&f->options.machine.aliases, 0, 0x40200000, 4 * MIB);
	assert_int_equal(f->options.machine.cpus, 4);
	assert_int_equal(f->options.machine.boot_bbm, 2);
	assert_int_equal(f->options.machine.secondary_bbm, 1);
	assert_int_equal(f->options.way, LM_IN_PLACE);
}

static void flags_forbid_blocks_and_contiguous_runs(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "--no-blocks"), 0);
	assert_int_equal(f->options.region_flags, LM_NO_BLOCKS);
	assert_int_equal(parse(f, "--no-contiguous --json --quiet --longest-run 7"), 0);
	assert_int_equal(f->options.region_flags, LM_NO_RUNS);
	assert_true(f->options.json);
	assert_true(f->options.quiet);
	assert_int_equal(f->options.longest_run, 7);
}

static void wrong_usage_is_told_in_one_line(void **state)
{
	static const struct {
		const char *arguments;
		const char *about;
	} bad[] = {
		{ "--nonsense", "unknown option '--nonsense'" },
		{ "-x", "unknown option '-x'" },
		{ "--json=1", "'--json' takes no value" },
		{ "--no", "ambiguous" },
		{ "--ram", "'--ram' needs a value" },
		{ "file", "unexpected argument 'file'" },
		{ "--ram 12X", "--ram 12X: unknown suffix" },
		{ "--ram 0", "--ram 0: size 0" },
		{ "--ram -5", "negative" },
		{ "--ram=", "--ram: empty" },
		{ "--dtb=", "--dtb: empty" },
		{ "--ram 1G@", "empty" },
		{ "--ram 4K@0xfffffffffffff001", "beyond 2^64" },
		{ "--kernel 2M", "no range" },
		{ "--kernel 0x2000-0x1fff", "before its start" },
		{ "--kernel 0-0xffffffffffffffff", "2^64" },
		{ "--kernel -1-2", "no range" },
		{ "--kernel 40000000-400fffff", "write 0x before hexadecimal" },
		{ "--cpus 1 --cpus 1", "--cpus 1: a second one" },
		{ "--commit live --commit switch", "--commit switch: a second one" },
		{ "--fault none", "--fault none: unknown fault" },
		{ "--cpus 0", "out of range" },
		{ "--cpus 4097", "out of range" },
		{ "--cpus many", "not a number" },
		{ "--boot-bbm 4", "out of range" },
		{ "--secondary-bbm -1", "negative" },
		{ "--longest-run 0", "out of range" },
		{ "--longest-contiguous 0",
		  "no run fits (for no runs use --no-contiguous)" },
		{ "--longest-contiguous 1X", "--longest-contiguous 1X: unknown suffix" },
		{ "--linear-base ffff", "--linear-base ffff: not a number" },
		{ "--granule 5", "unknown granule (use 4k, 16k or 64k)" },
		{ "--granule 8k", "unknown granule (use 4k, 16k or 64k)" },
		{ "--va-bits 65", "out of range" },
		{ "--pa-bits many", "not a number" },
		{ "--regime el0", "unknown regime (use el1, el2-0, el2 or el3)" },
		{ "--lpa2=1", "'--lpa2' takes no value" },
		{ "--level 3", "unknown option '--level'" },
		{ "--commit nonsense", "unknown way" },
		{ "--ram 1G --iomem x", "--iomem together with --ram" },
		{ "--iomem x --dtb x", "--iomem together with --dtb" },
		{ "--dtb x --dtb y", "a second one" },
		{ "--iomem x --iomem y", "a second one" },
		{ "--iomem x --kernel 4K@4K", "--kernel together with --iomem" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!parse(f, bad[i].arguments))
			fail_msg("%s: expected to be refused", bad[i].arguments);
		assert_error(f, bad[i].about);
	}
}

/* ---------------------------------------------------------------- machines */

static void banks_are_sorted_and_adjacent_ones_joined(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "--ram 1G@8G --ram 1G@2G --ram 1G@1G --ram 4K@9G"), 0);
	assert_int_equal(f->options.machine.ram.count, 2);
	assert_bank(&f->options.machine.ram, 0, GIB, 2 * GIB);
	assert_bank(&f->options.machine.ram, 1, 8 * GIB, GIB + 4096);
}

static void a_machine_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *arguments;
		const char *about;
	} bad[] = {
		{ "--ram 1G --ram 1G", "must not overlap" },
		{ "--ram 2G@1G --ram 1G@0x7ffff000", "must not overlap" },
		{ "--ram 4095", "--ram 4095: no whole granule of 4 KiB" },
		{ "--ram 8190@1", "--ram 8190@1: no whole granule of 4 KiB" },
		{ "--ram 4K@0x1000000000000 --pa-bits 48",
		  "beyond 48-bit physical addresses" },
		{ "--ram 8K@0xfffffffff000 --pa-bits 48",
		  "beyond 48-bit physical addresses" },
		{ "--ram 4K@0x10000000000000", "beyond 52-bit physical addresses" },
		{ "--ram 4G --pa-bits 32", "beyond 32-bit physical addresses" },
		{ "--ram 1G --kernel 4K@0x40001000 --granule 16k",
		  "multiples of 16 KiB" },
		{ "--ram 33G --va-bits 36", "spans more than the 32 GiB" },
		{ "--ram 16T --ram 4K@32T", "more than the model's limit of 16 TiB" },
		{ "--ram 1G@0 --ram 1G@128T", "spans more than the 128 TiB" },
		/* From 15 GiB, but the map begins at 0: a run of blocks has 16 GiB. */
		{ "--ram 1G@15G --ram 1G@128T", "spans more than the 128 TiB" },
		{ "--ram 1G --kernel 4K@0x3ffff000", "not inside one bank" },
		{ "--ram 1G --kernel 8K@0x7ffff000", "not inside one bank" },
		{ "--ram 1G --kernel 100@1G", "whole granules" },
		{ "--ram 1G --kernel 4K@1G --kernel 4K@1G", "must not overlap" },
		{ "--ram 1G --kernel 1G@1G", "takes all of RAM" },
		{ "--ram 1G --linear-base 0xffff000000000800",
		  "--linear-base 0xffff000000000800: not a whole number of granules" },
		{ "--ram 1G --linear-base 0xffff800000000000",
		  "must be 0xffff000000000000 to 0xffff7fffffffffff" },
		{ "--ram 1G --linear-base 0", "not in the half of the input addresses" },
		/* The half ends 512 MiB after the base. */
		{ "--ram 1G --linear-base 0xffff7fffe0000000",
		  "spans more than the 512 MiB that a linear map with 48-bit addresses "
		  "holds from --linear-base on" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!load(f, bad[i].arguments))
			fail_msg("%s: expected to be refused", bad[i].arguments);
		assert_error(f, bad[i].about);
	}
}

static void a_format_that_cannot_be_is_refused_with_all_of_it(void **state)
{
	static const struct {
		const char *arguments;
		const char *about;
	} bad[] = {
		{ "--granule 64k --lpa2",
		  "--granule 64k --va-bits 48 --pa-bits 52 --lpa2: LPA2 is for 4K" },
		{ "--va-bits 24", "--granule 4k --va-bits 24 --pa-bits 48: " },
		{ "--va-bits 53", "--va-bits 53 --pa-bits 52 --lpa2: " },
		{ "--granule 16k --pa-bits 46",
		  "--granule 16k --va-bits 48 --pa-bits 46: " },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!load(f, bad[i].arguments))
			fail_msg("%s: expected to be refused", bad[i].arguments);
		assert_error(f, bad[i].about);
	}
}

static void the_rest_of_a_format_follows_from_what_is_said(void **state)
{
	static const struct {
		const char *arguments;
		uint8_t va_bits;
		uint8_t pa_bits;
		bool lpa2;
		enum lm_half half;
	} good[] = {
		{ "", 48, 48, false, LM_UPPER },
		{ "--granule 16k", 48, 48, false, LM_UPPER },
		{ "--granule 64K", 48, 48, false, LM_UPPER },
		{ "--lpa2", 48, 52, true, LM_UPPER },
		{ "--lpa2 --pa-bits 48", 48, 48, true, LM_UPPER },
		{ "--va-bits 52", 52, 52, true, LM_UPPER },
		{ "--va-bits 49 --pa-bits 48", 49, 48, true, LM_UPPER },
		{ "--granule 16k --pa-bits 52", 48, 52, true, LM_UPPER },
		{ "--granule 64k --va-bits 52", 52, 48, false, LM_UPPER },
		{ "--granule 64k --pa-bits 52", 48, 52, false, LM_UPPER },
		{ "--ram 4K@0xfffffffff000", 48, 48, false, LM_UPPER },
		{ "--ram 4K@0x1000000000000", 48, 52, true, LM_UPPER },
		{ "--ram 64K@0x1000000000000 --granule 64k", 48, 52, false, LM_UPPER },
		{ "--regime el2-0", 48, 48, false, LM_UPPER },
		{ "--regime EL2", 48, 48, false, LM_LOWER },
		{ "--regime el3", 48, 48, false, LM_LOWER },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct lm_format_config *seen = &f->options.machine.format;

		if (load(f, good[i].arguments))
			fail_msg("%s: %s", good[i].arguments, f->error.text);
		if (seen->ia_bits != good[i].va_bits ||
		    seen->oa_bits != good[i].pa_bits || seen->lpa2 != good[i].lpa2 ||
		    seen->half != good[i].half)
			fail_msg("%s: expected %u, %u, %d, %d, saw %u, %u, %d, %d",
				 good[i].arguments, good[i].va_bits, good[i].pa_bits,
				 good[i].lpa2, good[i].half, seen->ia_bits, seen->oa_bits,
				 seen->lpa2, seen->half);
	}
}

static void ram_by_default_fits_into_the_linear_map(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, ""), 0);
	assert_bank(&f->options.machine.ram, 0, GIB, 128 * GIB);
	assert_int_equal(load(f, "--va-bits 39"), 0);
	assert_bank(&f->options.machine.ram, 0, GIB, 128 * GIB);
	/* A quarter of 64 GiB. */
	assert_int_equal(load(f, "--va-bits 36"), 0);
	assert_bank(&f->options.machine.ram, 0, GIB, 16 * GIB);
	for (unsigned int bits = 25; bits <= 52; bits++) {
		char arguments[64];

		snprintf(arguments, sizeof(arguments), "--granule 64k --va-bits %u",
			 bits);
		if (load(f, arguments))
			fail_msg("%s: %s", arguments, f->error.text);
	}
}

static void a_descriptor_is_hexadecimal_with_or_without_0x(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "10", 16 },
		{ "0x10", 16 },
		{ "0XfF", 255 },
		{ "00000000000000000003", 3 },
		{ "ffffffffffffffff", UINT64_MAX },
	};
	static const char *const bad[] = {
		"", "0x", "x", "-1", "12g", "1 2", "0x10000000000000000",
	};
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_null(hexadecimal_parse(good[i].text, &value));
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!hexadecimal_parse(bad[i], &value))
			fail_msg("\"%s\": expected to be refused", bad[i]);
}

static void what_just_fits_is_taken(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "--ram 4K@0xfffffffff000"), 0);
	assert_int_equal(load(f, "--ram 16T"), 0);
	/* The linear map has 2^47 bytes: from 0, up to 128 TiB; from 16 GiB, beyond. */
	assert_int_equal(load(f, "--ram 1G@16G --ram 1G@128T"), 0);
	assert_int_equal(load(f, "--ram 1G@0 --ram 1G@0x7fffc0000000"), 0);
	assert_int_equal(load(f, "--cpus 1"), 0);
	assert_int_equal(load(f, "--cpus 4096"), 0);
	assert_int_equal(load(f, "--ram 8K --kernel 4K@1G"), 0);
}

/* 600 pages side by side are one bank; with a page between them, 600. */
static void there_may_be_any_number_of_banks(void **state)
{
	struct fixture *f = *state;
	struct place place = { .source = "here" };

	for (uint64_t step = 1; step <= 2; step++) {
		machine_renew(f);
		for (uint64_t i = 0; i < 600; i++)
			assert_int_equal(banks_add(&f->machine.ram, &place,
						   i * step * 4096, 4096, &f->error),
					 0);
		assert_int_equal(machine_settle(&f->machine, &f->error), 0);
		assert_int_equal(f->machine.ram.count, step == 1 ? 1 : 600);
		assert_int_equal(banks_size(&f->machine.ram), 600 * 4096);
	}
}

/* A range of up to 8 quarters of a page in the first 16 pages, as bits of a word. */
#define QUARTER 1024

static uint64_t random_range(const struct fixture *f, struct banks *banks,
			     unsigned int *seed)
{
	struct place place = { .source = "here" };
	uint64_t start;
	uint64_t size;

	*seed = *seed * 1103515245 + 12345;
	start = (*seed >> 8) % 56;
	size = (*seed >> 16) % 8 + 1;
	assert_int_equal(banks_add(banks, &place, start * QUARTER, size * QUARTER,
				   (struct error *)&f->error),
			 0);
	return ((UINT64_C(1) << size) - 1) << start;
}

/* Bits of the pages of which all quarters, or some, are in @bits. */
static uint64_t whole_pages(uint64_t bits)
{
	bits &= bits >> 1 & bits >> 2 & bits >> 3;
	return (bits & UINT64_C(0x1111111111111111)) * 15;
}

static uint64_t touched_pages(uint64_t bits)
{
	return ~whole_pages(~bits);
}

/* Ascending, disjoint, and together what the bits say. */
static void assert_bits(const struct banks *banks, uint64_t bits)
{
	uint64_t seen = 0;
	uint64_t end = 0;

	for (size_t i = 0; i < banks->count; i++) {
		const struct bank *bank = &banks->bank[i];

		assert_true(bank->size && bank->start >= end);
		end = bank->start + bank->size;
		for (uint64_t at = bank->start / QUARTER; at < end / QUARTER; at++)
			seen |= UINT64_C(1) << at;
	}
	if (seen != bits)
		fail_msg("expected quarters 0x%" PRIx64 ", saw 0x%" PRIx64, bits, seen);
}

/*
 * What a list of ranges comes to is what a set of quarters of pages comes to: pages that
 * a bank has whole, of which some part may be used, and that no hole has whole.
 */
static void random_banks_and_holes_are_what_sets_of_bytes_are(void **state)
{
	struct fixture *f = *state;
	struct machine *machine = &f->machine;
	unsigned int seed = 1;

	for (unsigned int turn = 0; turn < 20000; turn++) {
		uint64_t ram = 0;
		uint64_t in_banks;
		uint64_t usable = 0;
		uint64_t added = 0;
		uint64_t holes = 0;

		machine_renew(f);
		machine->ram_may_overlap = true;
		for (unsigned int i = 0; i <= turn % 5; i++)
			ram |= whole_pages(random_range(f, &machine->ram, &seed));
		for (unsigned int i = 0; i < turn % 3; i++)
			usable |= random_range(f, &machine->usable, &seed);
		for (unsigned int i = 0; i < turn % 7; i++)
			holes |= random_range(f, &machine->no_map, &seed);
		if (turn % 11 < 2)
			added = random_range(f, &machine->added, &seed);
		in_banks = ram;
		if (turn % 3)
			ram &= touched_pages(usable);
		ram |= touched_pages(added);
		ram &= ~whole_pages(holes);
		if (!machine_settle(machine, &f->error))
			assert_bits(&machine->ram, ram);
		else if (ram && in_banks)
			fail_msg("expected quarters 0x%" PRIx64 ", saw \"%s\"", ram,
				 f->error.text);
	}
}

static void one_alias_too_many_is_refused_by_its_name(void **state)
{
	static const char eight[] =
		"--kernel 4K@4K --kernel 4K@8K --kernel 4K@12K --kernel 4K@16K "
		"--kernel 4K@20K --kernel 4K@24K --kernel 4K@28K --kernel 4K@32K";
	struct fixture *f = *state;
	char nine[256];

	assert_int_equal(parse(f, eight), 0);
	snprintf(nine, sizeof(nine), "%s --kernel 4K@99K", eight);
	assert_int_not_equal(parse(f, nine), 0);
	assert_error(f, "--kernel 4K@99K: more than 8 ranges");
}

static void a_machine_without_ram_or_cpus_is_refused(void **state)
{
	struct fixture *f = *state;
	struct place place = { .source = "here" };

	machine_renew(f);
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, "no RAM");
	assert_int_equal(banks_add(&f->machine.ram, &place, 0, 4096, &f->error), 0);
	f->machine.cpus = 0;
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, "0 CPUs");
	f->machine.cpus = MACHINE_CPUS + 1;
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, "4097 CPUs");
}

/* ------------------------------------------------------------------- files */

static int load_data(struct fixture *f, const char *option, const char *name,
		     const char *more)
{
	char arguments[640];

	snprintf(arguments, sizeof(arguments), "%s %s/%s%s", option, f->data, name, more);
	return load(f, arguments);
}

static void a_file_that_is_not_there_or_no_file_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_not_equal(load(f, "--dtb /nonexistent"), 0);
	assert_error(f, "/nonexistent: No such file or directory");
	assert_int_not_equal(load(f, "--iomem /nonexistent"), 0);
	assert_error(f, "/nonexistent: No such file or directory");
	assert_int_not_equal(load(f, "--dtb /"), 0);
	assert_error(f, "/: Is a directory");
	assert_int_not_equal(load(f, "--iomem /dev/null"), 0);
	assert_error(f, "/dev/null: empty");
	assert_int_not_equal(load(f, "--dtb /dev/zero"), 0);
	assert_error(f, "/dev/zero: more than 16 MiB");
}

/* ------------------------------------------------------- device tree blobs */

static void blobs_of_qemu_are_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_data(f, "--dtb", "virt-2g.dtb", ""), 0);
	assert_int_equal(f->options.machine.ram.count, 1);
	assert_bank(&f->options.machine.ram, 0, GIB, 2 * GIB);
	assert_int_equal(f->options.machine.cpus, 4);

	assert_int_equal(load_data(f, "--dtb", "virt-128g.dtb", ""), 0);
	assert_bank(&f->options.machine.ram, 0, GIB, 128 * GIB);
	assert_int_equal(f->options.machine.cpus, 20);
}

static void numa_nodes_are_all_read(void **state)
{
	struct fixture *f = *state;
	char path[640];

	snprintf(path, sizeof(path), "%s/virt-2nodes.dtb", f->data);
	machine_renew(f);
	assert_int_equal(machine_read_dtb(&f->machine, path, &f->error), 0);
	/* In the order of the blob; they are adjacent, and one bank in the end. */
	assert_int_equal(f->machine.ram.count, 2);
	assert_bank(&f->machine.ram, 0, 3 * GIB, 4 * GIB);
	assert_bank(&f->machine.ram, 1, GIB, 2 * GIB);
	assert_int_equal(f->machine.cpus, 8);
	assert_int_equal(machine_settle(&f->machine, &f->error), 0);
	assert_int_equal(f->machine.ram.count, 1);
	assert_bank(&f->machine.ram, 0, GIB, 6 * GIB);
}

static void the_command_line_knows_cpus_better_than_a_blob(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_data(f, "--dtb", "virt-2g.dtb", " --cpus 7"), 0);
	assert_int_equal(f->options.machine.cpus, 7);
}

static void a_blob_cut_anywhere_is_refused(void **state)
{
	struct fixture *f = *state;
	struct file blob;
	char path[640];

	snprintf(path, sizeof(path), "%s/virt-2g.dtb", f->data);
	assert_int_equal(file_read(&blob, path, &f->error), 0);
	for (size_t size = 0; size < blob.size; size++) {
		scratch_write(f, blob.bytes, size);
		machine_renew(f);
		if (!machine_read_dtb(&f->machine, f->scratch, &f->error))
			fail_msg("%zu of %zu bytes: expected to be refused", size,
				 blob.size);
		assert_error(f, f->scratch);
		assert_error(f, size ? "is this blob complete?" : "empty");
	}
	file_free(&blob);
}

/* Any byte of it wrong: it is read or refused, and never crashes. */
static void a_blob_with_one_wrong_byte_does_no_harm(void **state)
{
	struct fixture *f = *state;
	struct file blob;
	char path[640];

	snprintf(path, sizeof(path), "%s/virt-2g.dtb", f->data);
	assert_int_equal(file_read(&blob, path, &f->error), 0);
	for (size_t i = 0; i < blob.size; i++) {
		blob.bytes[i] = (char)~blob.bytes[i];
		scratch_write(f, blob.bytes, blob.size);
		machine_renew(f);
		if (!machine_read_dtb(&f->machine, f->scratch, &f->error))
			machine_settle(&f->machine, &f->error);
		blob.bytes[i] = (char)~blob.bytes[i];
	}
	file_free(&blob);
}

/* A tree of one memory node: what a test changes of it. */
struct tree {
	uint32_t address_cells;
	uint32_t size_cells;
	const char *name;
	const char *type;
	const char *status;
	uint32_t reg[8];
	int reg_cells;
};

static void tree_write(const struct fixture *f, const struct tree *tree)
{
	char blob[1024];
	fdt32_t reg[8];
	int err;

	for (int i = 0; i < tree->reg_cells; i++)
		reg[i] = cpu_to_fdt32(tree->reg[i]);
	err = fdt_create(blob, sizeof(blob));
	err |= fdt_finish_reservemap(blob);
	err |= fdt_begin_node(blob, "");
	err |= fdt_property_u32(blob, "#address-cells", tree->address_cells);
	err |= fdt_property_u32(blob, "#size-cells", tree->size_cells);
	err |= fdt_begin_node(blob, tree->name);
	err |= fdt_property_string(blob, "device_type", tree->type);
	if (tree->status)
		err |= fdt_property_string(blob, "status", tree->status);
	err |= fdt_property(blob, "reg", reg, tree->reg_cells * 4);
	err |= fdt_end_node(blob);
	err |= fdt_end_node(blob);
	err |= fdt_finish(blob);
	assert_int_equal(err, 0);
	scratch_write(f, blob, fdt_totalsize(blob));
}

static int tree_read(struct fixture *f, const struct tree *tree)
{
	tree_write(f, tree);
	machine_renew(f);
	return machine_read_dtb(&f->machine, f->scratch, &f->error);
}

static void reg_is_read_by_the_cells_of_the_root(void **state)
{
	struct fixture *f = *state;
	struct tree one = { 1,	      1,
			    "memory", "memory",
			    NULL,     { 0x40000000, 0x10000000, 0x80000000, 0x20000000 },
			    4 };
	struct tree mixed = { 2, 1, "memory", "memory", "ok", { 1, 0, 0x1000 }, 3 };

	assert_int_equal(tree_read(f, &one), 0);
	assert_int_equal(f->machine.ram.count, 2);
	assert_bank(&f->machine.ram, 0, 0x40000000, 0x10000000);
	assert_bank(&f->machine.ram, 1, 0x80000000, 0x20000000);
	assert_int_equal(f->machine.cpus, 20); /* the tree has none */

	assert_int_equal(tree_read(f, &mixed), 0);
	assert_bank(&f->machine.ram, 0, 4 * GIB, 4096);
}

static void a_blob_that_says_nonsense_is_refused(void **state)
{
	struct fixture *f = *state;
	struct tree size_0 = { 2,	 2,	 "memory@40000000",
			       "memory", "okay", { 0, 0x40000000, 0, 0 },
			       4 };
	struct tree odd = { 2, 2, "memory@0", "memory", NULL, { 0, 0, 0 }, 3 };
	struct tree no_reg = { 2, 2, "memory@0", "memory", NULL, { 0 }, 0 };
	struct tree disabled = { 1, 1, "memory", "memory", "disabled", { 0, 4096 }, 2 };
	struct tree other = { 1, 1, "memory", "serial", NULL, { 0, 4096 }, 2 };
	struct tree no_size = { 1, 0, "memory", "memory", NULL, { 0 }, 1 };
	struct tree wide = { 3, 2, "memory", "memory", NULL, { 0, 0, 0, 0, 4096 }, 5 };
	struct tree beyond = { 2,	 2,    "memory",
			       "memory", NULL, { 0xffffffff, 0xfffff000, 0, 0x2000 },
			       4 };

	assert_int_not_equal(tree_read(f, &size_0), 0);
	assert_error(f, ": /memory@40000000: no size, which the boot loader fills in "
			"(add --ram SIZE, or take /sys/firmware/fdt ");
	assert_int_not_equal(tree_read(f, &odd), 0);
	assert_error(f, "reg of 12 bytes (each entry takes 16");
	assert_int_not_equal(tree_read(f, &no_reg), 0);
	assert_error(f, ": /memory@0: no size, which the boot loader fills in");
	assert_int_not_equal(tree_read(f, &disabled), 0);
	assert_error(f, ": no enabled node of device_type \"memory\", which the boot "
			"loader adds (add --ram SIZE, or take /sys/firmware/fdt ");
	assert_int_not_equal(tree_read(f, &other), 0);
	assert_error(f, "no enabled node");
	assert_int_not_equal(tree_read(f, &no_size), 0);
	assert_error(f, "#address-cells");
	assert_int_not_equal(tree_read(f, &wide), 0);
	assert_error(f, "#address-cells");
	assert_int_not_equal(tree_read(f, &beyond), 0);
	assert_error(f, "beyond 2^64");
}

/* A tree of any nodes, written one after the other; of two cells for each number. */
struct sapling {
	char blob[64 << 10];
	int err;
};

static void tree_begin(struct sapling *t)
{
	t->err = fdt_create(t->blob, sizeof(t->blob));
	t->err |= fdt_finish_reservemap(t->blob);
	t->err |= fdt_begin_node(t->blob, "");
	t->err |= fdt_property_u32(t->blob, "#address-cells", 2);
	t->err |= fdt_property_u32(t->blob, "#size-cells", 2);
}

static void tree_entries(struct sapling *t, const char *name, size_t count,
			 const uint64_t *numbers)
{
	fdt64_t cells[16];

	for (size_t i = 0; i < count; i++)
		cells[i] = cpu_to_fdt64(numbers[i]);
	t->err |= fdt_property(t->blob, name, cells, (int)(count * sizeof(cells[0])));
}

#define NUMBERS(...)                                                                     \
	sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t), (const uint64_t[]) \
	{                                                                                \
		__VA_ARGS__                                                              \
	}

static void tree_open(struct sapling *t, const char *name)
{
	t->err |= fdt_begin_node(t->blob, name);
}

static void tree_close(struct sapling *t)
{
	t->err |= fdt_end_node(t->blob);
}

static void tree_memory(struct sapling *t, const char *name, size_t count,
			const uint64_t *numbers)
{
	tree_open(t, name);
	t->err |= fdt_property_string(t->blob, "device_type", "memory");
	if (count)
		tree_entries(t, "reg", count, numbers);
	tree_close(t);
}

/* Below here only what a reservation is: its node, opened, its cells. */
static void tree_open_reservations(struct sapling *t)
{
	tree_open(t, "reserved-memory");
	t->err |= fdt_property_u32(t->blob, "#address-cells", 2);
	t->err |= fdt_property_u32(t->blob, "#size-cells", 2);
	t->err |= fdt_property(t->blob, "ranges", NULL, 0);
}

static void tree_no_map(struct sapling *t, const char *name, size_t count,
			const uint64_t *numbers)
{
	tree_open(t, name);
	tree_entries(t, "reg", count, numbers);
	t->err |= fdt_property(t->blob, "no-map", NULL, 0);
	tree_close(t);
}

static void tree_end(struct fixture *f, struct sapling *t)
{
	tree_close(t);
	t->err |= fdt_finish(t->blob);
	assert_int_equal(t->err, 0);
	scratch_write(f, t->blob, fdt_totalsize(t->blob));
}

static int sapling_read(struct fixture *f, struct sapling *t)
{
	tree_end(f, t);
	machine_renew(f);
	return machine_read_dtb(&f->machine, f->scratch, &f->error);
}

static void sapling_settle(struct fixture *f, struct sapling *t)
{
	if (sapling_read(f, t) || machine_settle(&f->machine, &f->error))
		fail_msg("%s", f->error.text);
}

/*
 * 2 GiB + 1.75 GiB; from 0x880000000 0x1fba00000 bytes, to 0xa7ba00000; from
 * 0xa00000000 8 GiB, to 0xc00000000: 14 GiB together.
 */
static void banks_of_a_tree_that_overlap_are_merged(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory@80000000",
		    NUMBERS(0x80000000, 0x70000000, 0x880000000, 0x1fba00000, 0xa00000000,
			    0x200000000));
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 2);
	assert_bank(&f->machine.ram, 0, 0x80000000, 0x70000000);
	assert_bank(&f->machine.ram, 1, 0x880000000, 0x380000000);
	assert_int_equal(banks_size(&f->machine.ram), 15 * GIB + 768 * MIB);
	assert_int_equal(f->machine.trimmed_size, 0);

	/* One inside another, one twice, in no order. */
	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(GIB, GIB, 0, 4 * GIB));
	tree_memory(&t, "memory@1", NUMBERS(0, 4 * GIB));
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 1);
	assert_bank(&f->machine.ram, 0, 0, 4 * GIB);
}

static void entries_without_a_size_are_passed_by_beside_others(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory", NUMBERS(0, 0, 0x80000000, 0x80000000, 0, 0));
	tree_memory(&t, "memory@1", NUMBERS(GIB, 0));
	tree_memory(&t, "memory@2", 0, NULL);
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 1);
	assert_bank(&f->machine.ram, 0, 0x80000000, 0x80000000);
}

static void as_many_nodes_as_there_are_count(void **state)
{
	struct fixture *f = *state;
	struct sapling t;
	char name[32];

	tree_begin(&t);
	for (uint64_t i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "memory@%" PRIx64, GIB + i * 4096);
		tree_memory(&t, name, NUMBERS(GIB + i * 4096, 4096));
	}
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 1);
	assert_bank(&f->machine.ram, 0, GIB, 600 * 4096);
}

static void reservations_that_are_not_mapped_are_holes(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, 2 * GIB));
	tree_open_reservations(&t);
	tree_no_map(&t, "fw", NUMBERS(0x3ed03000, 0x1000));
	/* Two entries, one beside RAM; one that overlaps; one at the end, reaching out. */
	tree_no_map(&t, "more", NUMBERS(0x50000000, 0x2000, 0x100000000, 0x1000));
	tree_no_map(&t, "over", NUMBERS(0x50001000, 0x2000));
	tree_no_map(&t, "end", NUMBERS(0x7fff0000, UINT64_MAX));
	tree_open(&t, "mapped");
	tree_entries(&t, "reg", NUMBERS(0x10000000, 0x1000));
	tree_close(&t);
	tree_open(&t, "off");
	tree_entries(&t, "reg", NUMBERS(0x20000000, 0x1000));
	t.err |= fdt_property(t.blob, "no-map", NULL, 0);
	t.err |= fdt_property_string(t.blob, "status", "disabled");
	tree_close(&t);
	tree_open(&t, "anywhere");
	tree_entries(&t, "size", NUMBERS(0x800000));
	t.err |= fdt_property(t.blob, "no-map", NULL, 0);
	tree_close(&t);
	tree_close(&t);
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 3);
	assert_bank(&f->machine.ram, 0, 0, 0x3ed03000);
	assert_bank(&f->machine.ram, 1, 0x3ed04000, 0x50000000 - 0x3ed04000);
	assert_bank(&f->machine.ram, 2, 0x50003000, 0x7fff0000 - 0x50003000);
	assert_int_equal(f->machine.no_map_size, 0x1000 + 0x3000 + 0x10000);
	assert_int_equal(f->machine.no_map_anywhere, 0x800000);
	assert_false(f->machine.reservations_ignored);
}

static void tree_reserved(struct sapling *t, const char *name, size_t count,
			  const uint64_t *numbers)
{
	tree_open(t, name);
	tree_entries(t, "reg", count, numbers);
	tree_close(t);
}

/* The first of two reservations, in the order of the tree, says what both are. */
static void no_map_does_not_undo_an_earlier_reservation(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, GIB));
	tree_open_reservations(&t);
	tree_no_map(&t, "before", NUMBERS(0x10000, 0x2000));
	tree_reserved(&t, "around-before", NUMBERS(0x10000, 0x10000));
	tree_reserved(&t, "pool", NUMBERS(0x100000, 0x10000));
	/* Inside it; over its last page; adjacent to it on both sides. */
	tree_no_map(&t, "inside", NUMBERS(0x104000, 0x1000));
	tree_no_map(&t, "over", NUMBERS(0x10f000, 0x3000));
	tree_no_map(&t, "below", NUMBERS(0xff000, 0x1000));
	tree_no_map(&t, "above", NUMBERS(0x110000, 0x1000));
	/* Where no RAM is there is nothing to be mapped. */
	tree_reserved(&t, "far", NUMBERS(4 * GIB, 0x1000));
	tree_no_map(&t, "far-too", NUMBERS(4 * GIB, 0x1000));
	tree_close(&t);
	sapling_settle(f, &t);
	assert_int_equal(f->machine.no_map_refused, 2);
	/* before, below and above: 0x2000 + 0x1000 + 0x1000 */
	assert_int_equal(f->machine.no_map_size, 0x4000);
	assert_int_equal(f->machine.ram.count, 4);
	assert_bank(&f->machine.ram, 2, 0x100000, 0x10000);
}

static void unplaced_reservations_of_more_than_2_to_the_64_are_that_many(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, GIB));
	tree_open_reservations(&t);
	for (int i = 0; i < 2; i++) {
		tree_open(&t, i ? "b" : "a");
		tree_entries(&t, "size", NUMBERS(UINT64_MAX - 1));
		t.err |= fdt_property(t.blob, "no-map", NULL, 0);
		tree_close(&t);
	}
	tree_close(&t);
	sapling_settle(f, &t);
	assert_true(f->machine.no_map_anywhere == UINT64_MAX);
}

/* Linux maps every page of which a part is left. */
static void a_hole_shrinks_to_whole_pages(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, GIB));
	tree_open_reservations(&t);
	/* From 0x1800 to 0x4800: 0x2000 to 0x4000. */
	tree_no_map(&t, "a", NUMBERS(0x1800, 0x3000));
	/* Adjacent inside a page: 0x6000 to 0x8000. */
	tree_no_map(&t, "b", NUMBERS(0x6000, 0x1800));
	tree_no_map(&t, "c", NUMBERS(0x7800, 0x800));
	/* No page at all, but the map is made of two parts there. */
	tree_no_map(&t, "d", NUMBERS(0x9400, 0x400));
	tree_close(&t);
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 4);
	assert_bank(&f->machine.ram, 0, 0, 0x2000);
	assert_bank(&f->machine.ram, 1, 0x4000, 0x2000);
	assert_bank(&f->machine.ram, 2, 0x8000, 0x2000);
	assert_bank(&f->machine.ram, 3, 0xa000, GIB - 0xa000);
	assert_int_equal(f->machine.no_map_size, 0x4000);
}

static void reservations_of_a_form_that_linux_ignores_are_ignored(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	for (int wrong = 0; wrong < 3; wrong++) {
		tree_begin(&t);
		tree_memory(&t, "memory@0", NUMBERS(0, GIB));
		tree_open(&t, "reserved-memory");
		t.err |= fdt_property_u32(t.blob, "#address-cells", wrong == 0 ? 1 : 2);
		t.err |= fdt_property_u32(t.blob, "#size-cells", wrong == 1 ? 1 : 2);
		if (wrong != 2)
			t.err |= fdt_property(t.blob, "ranges", NULL, 0);
		tree_no_map(&t, "a", NUMBERS(0x1000, 0x1000));
		tree_close(&t);
		sapling_settle(f, &t);
		assert_int_equal(f->machine.ram.count, 1);
		assert_true(f->machine.reservations_ignored);
	}
}

static void a_usable_range_restricts_ram(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, 2 * GIB, 4 * GIB, GIB));
	tree_open(&t, "chosen");
	/* The second one grows to whole pages, 0x1000 to 0x3000. */
	tree_entries(&t, "linux,usable-memory-range",
		     NUMBERS(GIB, 4 * GIB, 0x1800, 0x1000));
	tree_close(&t);
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 3);
	assert_bank(&f->machine.ram, 0, 0x1000, 0x2000);
	assert_bank(&f->machine.ram, 1, GIB, GIB);
	assert_bank(&f->machine.ram, 2, 4 * GIB, GIB);
	assert_int_equal(f->machine.unusable_size, GIB - 0x2000);

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, GIB));
	tree_open(&t, "chosen");
	tree_entries(&t, "linux,usable-memory-range", NUMBERS(GIB, GIB));
	tree_close(&t);
	assert_int_equal(sapling_read(f, &t), 0);
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, "no RAM is left outside no-map reservations and inside "
			"linux,usable-memory-range");
}

/*
 * Linux' early_init_dt_check_for_usable_mem_range(): two ranges at most; one of size 0 says
 * nothing; the second is memory also where no bank is.
 */
static void linux_reads_two_usable_ranges(void **state)
{
	static const struct {
		size_t count;
		uint64_t numbers[6];
		size_t banks;
		uint64_t size;	   /* of RAM in all */
		uint64_t unusable; /* of the 2 GiB from 0 on */
		unsigned int ignored;
	} ranges[] = {
		/* 256 MiB each: the third is not read. 2 GiB - 2 * 256 MiB = 1536 MiB. */
		{ 6,
		  { 0, 256 * MIB, 512 * MIB, 256 * MIB, GIB, 256 * MIB },
		  2,
		  512 * MIB,
		  1536 * MIB,
		  1 },
		{ 2, { 0, 0 }, 1, 2 * GIB, 0, 0 },
		/* Nothing is cut, and the second one is memory already, or is not. */
		{ 4, { 0, 0, GIB, MIB }, 1, 2 * GIB, 0, 0 },
		{ 4, { 0, 0, 4 * GIB, MIB }, 2, 2 * GIB + MIB, 0, 0 },
		/* The first cuts, a second one of size 0 adds nothing. */
		{ 4, { GIB, MIB, 0, 0 }, 1, MIB, 2 * GIB - MIB, 0 },
		/* 1 GiB is kept of the banks, and 1 MiB is outside them. */
		{ 4, { GIB, GIB, 4 * GIB, MIB }, 2, GIB + MIB, GIB, 0 },
		/* The first range is outside RAM: only the second is left. */
		{ 4, { 8 * GIB, GIB, 4 * GIB, MIB }, 1, MIB, 2 * GIB, 0 },
	};
	struct fixture *f = *state;
	struct sapling t;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		tree_begin(&t);
		tree_memory(&t, "memory@0", NUMBERS(0, 2 * GIB));
		tree_open(&t, "chosen");
		tree_entries(&t, "linux,usable-memory-range", ranges[i].count,
			     ranges[i].numbers);
		tree_close(&t);
		sapling_settle(f, &t);
		assert_int_equal(f->machine.ram.count, ranges[i].banks);
		assert_int_equal(banks_size(&f->machine.ram), ranges[i].size);
		assert_int_equal(f->machine.unusable_size, ranges[i].unusable);
		assert_int_equal(f->machine.usable_ignored, ranges[i].ignored);
	}
}

static void usable_memory_of_a_node_takes_the_place_of_its_reg(void **state)
{
	struct fixture *f = *state;
	struct sapling t;

	tree_begin(&t);
	tree_open(&t, "memory@0");
	t.err |= fdt_property_string(t.blob, "device_type", "memory");
	tree_entries(&t, "reg", NUMBERS(0, 4 * GIB));
	tree_entries(&t, "linux,usable-memory", NUMBERS(GIB, GIB));
	tree_close(&t);
	sapling_settle(f, &t);
	assert_int_equal(f->machine.ram.count, 1);
	assert_bank(&f->machine.ram, 0, GIB, GIB);
}

/* A tree whose RAM the boot loader fills in, with one CPU and a hole at 3 GiB. */
static void unfilled_tree(struct fixture *f, const char *name, size_t count,
			  const uint64_t *numbers)
{
	struct sapling t;

	tree_begin(&t);
	if (name)
		tree_memory(&t, name, count, numbers);
	tree_open_reservations(&t);
	tree_no_map(&t, "fw", NUMBERS(3 * GIB, 0x1000, 0x1000, 0x1000));
	tree_close(&t);
	tree_open(&t, "cpus");
	tree_open(&t, "cpu@0");
	t.err |= fdt_property_string(t.blob, "device_type", "cpu");
	tree_close(&t);
	tree_close(&t);
	tree_end(f, &t);
}

static void assert_note(const struct machine *machine, const char *about)
{
	struct machine_notes notes;

	machine_notes_make(&notes, machine);
	for (size_t i = 0; i < notes.notes; i++)
		if (strstr(notes.note[i], about))
			return;
	fail_msg("expected a note with \"%s\", the first is \"%s\"", about,
		 notes.notes ? notes.note[0] : "(none)");
}

static void load_unfilled(struct fixture *f, const char *ram)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "--dtb %s %s", f->scratch, ram);
	if (load(f, arguments))
		fail_msg("%s: %s", arguments, f->error.text);
}

static void ram_of_the_command_line_goes_with_the_rest_of_a_tree(void **state)
{
	struct fixture *f = *state;
	const struct machine *machine = &f->options.machine;

	unfilled_tree(f, "memory@80000000", NUMBERS(0x80000000, 0, 8 * GIB, 0));
	load_unfilled(f, "--ram 2G");
	assert_int_equal(machine->cpus, 1);
	assert_false(machine->assumed & ASSUMED_CPUS);
	assert_true(machine->assumed & ASSUMED_RAM_BASE);
	/* From 2 GiB, where the tree has its memory; 0x1000 is not in it. */
	assert_int_equal(machine->ram.count, 2);
	assert_bank(&machine->ram, 0, 2 * GIB, GIB);
	assert_bank(&machine->ram, 1, 3 * GIB + 0x1000, GIB - 0x1000);
	assert_note(machine, "RAM at 0x80000000 (--ram SIZE@BASE)");

	/* What was assumed is the base, whatever is left of the RAM there. */
	unfilled_tree(f, "memory@c0000000", NUMBERS(3 * GIB, 0));
	load_unfilled(f, "--ram 1G");
	assert_bank(&machine->ram, 0, 3 * GIB + 0x1000, GIB - 0x1000);
	assert_note(machine, "RAM at 0xc0000000 (--ram SIZE@BASE)");
	unfilled_tree(f, "memory@80000000", NUMBERS(0x80000000, 0, 8 * GIB, 0));

	load_unfilled(f, "--ram 2G@0");
	assert_false(machine->assumed & ASSUMED_RAM_BASE);
	assert_int_equal(machine->ram.count, 2);
	assert_bank(&machine->ram, 0, 0, 0x1000);
	assert_bank(&machine->ram, 1, 0x2000, 2 * GIB - 0x2000);
}

/* Its start, if it says so; else that of linmap. */
static void ram_begins_where_the_tree_has_its_memory(void **state)
{
	struct fixture *f = *state;
	const struct banks *ram = &f->options.machine.ram;

	unfilled_tree(f, "memory@0", NUMBERS(0, 0));
	load_unfilled(f, "--ram 1G");
	assert_bank(ram, 0, 0, 0x1000);
	unfilled_tree(f, "memory", NUMBERS(0, 0));
	load_unfilled(f, "--ram 1G");
	assert_bank(ram, 0, MACHINE_RAM_BASE, GIB);
	unfilled_tree(f, NULL, 0, NULL);
	load_unfilled(f, "--ram 1G");
	assert_bank(ram, 0, MACHINE_RAM_BASE, GIB);
	/* The lowest of those that have a size. */
	unfilled_tree(f, "memory@0", NUMBERS(0, 0, 8 * GIB, GIB, 4 * GIB, GIB));
	load_unfilled(f, "--ram 8G");
	assert_int_equal(ram->count, 1);
	assert_bank(ram, 0, 4 * GIB, 8 * GIB);
}

/*
 * Lists of more than 16 ranges grow; every one of them may fail to. The first of these
 * calls reads the file.
 */
static void memory_may_run_out_at_any_list(void **state)
{
	struct fixture *f = *state;
	struct sapling t;
	long calls = 0;
	int err = -1;

	tree_begin(&t);
	tree_memory(&t, "memory@0", NUMBERS(0, 64 * GIB));
	tree_open_reservations(&t);
	for (uint64_t i = 1; i <= 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "fw%" PRIu64, i);
		tree_no_map(&t, name, NUMBERS(i * GIB, 4096));
	}
	tree_close(&t);
	tree_open(&t, "chosen");
	tree_entries(&t, "linux,usable-memory-range", NUMBERS(0, 32 * GIB));
	tree_close(&t);
	tree_end(f, &t);
	for (; err; calls++) {
		machine_renew(f);
		reallocs_left = calls;
		err = machine_read_dtb(&f->machine, f->scratch, &f->error);
		if (!err)
			err = machine_settle(&f->machine, &f->error);
		reallocs_left = -1;
		if (err && calls)
			assert_error(f, "no memory for more than ");
	}
	/* The file; RAM; usable; holes up to 16, 32, 64; kept; left out, 16 and 32. */
	assert_int_equal(calls - 1, 9);
	assert_int_equal(f->machine.ram.count, 32);
}

/* ------------------------------------------------------------ /proc/iomem */

static int read_text(struct fixture *f, const char *text)
{
	scratch_write(f, text, strlen(text));
	machine_renew(f);
	return machine_read_iomem(&f->machine, f->scratch, &f->error);
}

static void texts_like_those_of_real_machines_are_read(void **state)
{
	static const struct {
		const char *name;
		size_t banks;
		uint64_t ram;
		uint64_t alias_start;
		uint64_t alias_size;
	} texts[] = {
		/* 0x11640000 + 0x685d0000 + 0x5aa0000 = 0x7f6b0000; + 30 GiB + 32 GiB */
		{ "server.iomem", 5, 0xfff6b0000, 0x80210000, 0x14e0000 },
		{ "board.iomem", 1, 0x80000000, 0x40210000, 0x1530000 },
		/*
		 * 0x700000 + 0x20000 + 0x7b000 + 0x100000 + 0xa0000 + 0xf00000 + 0x4800000 +
		 * 0xb900000 + 0x2c00000 + 0x13dc0000 + 0x14000000 + 0x73c0000 + 0x6600000 +
		 * 0xb100000 + 0x71e0000 = 0x5bf9b000; + 0x13ff00000 + 0x1bffff000.
		 * 17 lines; those from 0x9c700000 and from 0xa8000000 are adjacent.
		 */
		{ "phone.iomem", 16, 0x35be9a000, 0xa8080000, 0x1500000 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct machine *machine = &f->options.machine;

		assert_int_equal(load_data(f, "--iomem", texts[i].name, ""), 0);
		assert_int_equal(machine->ram.count, texts[i].banks);
		assert_int_equal(banks_size(&machine->ram), texts[i].ram);
		assert_int_equal(machine->aliases.count, 1);
		assert_bank(&machine->aliases, 0, texts[i].alias_start,
			    texts[i].alias_size);
	}
}

static void nested_kernel_code_is_an_alias_rounded_outward(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "20000000-20000fff : Kernel code\n"
				      "\n"
				      "40000000-7fffffff : System RAM\r\n"
				      "  40000123-40002345 : Kernel code\n"
				      "    40001000-40001fff : something deeper\n"
				      "  40003000-40003fff : Kernel data\n"
				      "80000000-8fffffff : reserved"),
			 0);
	assert_int_equal(f->machine.ram.count, 1);
	assert_bank(&f->machine.ram, 0, 0x40000000, 0x40000000);
	/* 0x40000000 to 0x40002fff. */
	assert_int_equal(f->machine.aliases.count, 1);
	assert_bank(&f->machine.aliases, 0, 0x40000000, 0x3000);
}

/* 4 GiB from the start, 3.75 GiB of a DAX device, two times 2 GiB of virtio-mem. */
static void memory_added_later_is_ram_wherever_its_line_is(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f,
				   "40000000-13fffffff : System RAM\n"
				   "  40210000-4173ffff : Kernel code\n"
				   "  41740000-41ffffff : reserved\n"
				   "200000000-2ffffffff : Persistent Memory\n"
				   "  200000000-20fffffff : namespace0.0\n"
				   "  210000000-2ffffffff : dax0.0\n"
				   "    210000000-2ffffffff : System RAM (kmem)\n"
				   "400000000-5ffffffff : PCI Bus 0000:00\n"
				   "  400000000-5ffffffff : virtio0\n"
				   "    400000000-47fffffff : System RAM (virtio_mem)\n"
				   "    500000000-57fffffff : System RAM (virtio_mem)\n"),
			 0);
	assert_int_equal(machine_settle(&f->machine, &f->error), 0);
	assert_int_equal(f->machine.ram.count, 4);
	assert_bank(&f->machine.ram, 0, GIB, 4 * GIB);
	assert_bank(&f->machine.ram, 1, 8 * GIB + 256 * MIB, 3 * GIB + 768 * MIB);
	assert_bank(&f->machine.ram, 2, 16 * GIB, 2 * GIB);
	assert_bank(&f->machine.ram, 3, 20 * GIB, 2 * GIB);
	/* 11.75 GiB. */
	assert_int_equal(banks_size(&f->machine.ram), 11 * GIB + 768 * MIB);
}

static void ram_inside_a_bank_counts_once_and_names_count_whole(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "1000-8fff : System RAM\n"
				      "  2000-3fff : System RAM (kmem)\n"
				      "    3000-3fff : System RAM\n"
				      "  4000-4fff : Kernel code\n"
				      "    4000-4fff : System RAM\n"
				      "9000-9fff : System RAMdisk\n"
				      "  a000-afff : System RAM buffer\n"
				      "b000-bfff : Persistent Memory\n"
				      "c000-cfff : System RAM (kmem)\n"),
			 0);
	assert_int_equal(f->machine.ram.count, 2);
	assert_bank(&f->machine.ram, 0, 0x1000, 0x8000);
	assert_bank(&f->machine.ram, 1, 0xc000, 0x1000);
	/* What reaches out of the bank around it is a broken text. */
	assert_int_equal(read_text(f, "1000-8fff : System RAM\n"
				      "  8000-9fff : System RAM (kmem)\n"),
			 0);
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, ":2: 0x8000 is in the range from 0x1000 to 0x8fff already");
}

/*
 * An x86 laptop: 0x1000 to 0x9efff; 0x100000 to 0x1fffe3ff, of which 0x400 bytes are no
 * page; 0x800 bytes that hold none.
 */
static void banks_that_are_not_whole_pages_are_trimmed_and_that_is_counted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "00001000-0009efff : System RAM\n"
				      "00100000-1fffe3ff : System RAM\n"
				      "  01000000-01ffffff : Kernel code\n"
				      "20000400-20000bff : System RAM\n"),
			 0);
	assert_int_equal(machine_settle(&f->machine, &f->error), 0);
	assert_int_equal(f->machine.ram.count, 2);
	assert_bank(&f->machine.ram, 0, 0x1000, 0x9e000);
	assert_bank(&f->machine.ram, 1, 0x100000, 0x1fefe000);
	assert_int_equal(f->machine.trimmed_size, 0x400 + 0x800);
	/* Each by itself, before they are merged: so Linux loses the page between them. */
	assert_int_equal(read_text(f, "1000-27ff : System RAM\n2800-3fff : System RAM\n"),
			 0);
	assert_int_equal(machine_settle(&f->machine, &f->error), 0);
	assert_int_equal(f->machine.ram.count, 2);
	assert_bank(&f->machine.ram, 0, 0x1000, 0x1000);
	assert_bank(&f->machine.ram, 1, 0x3000, 0x1000);
	assert_int_equal(f->machine.trimmed_size, 0x1000);
}

static void a_wrong_text_is_refused_with_file_and_line(void **state)
{
	static const struct {
		const char *text;
		const char *about;
	} bad[] = {
		{ "\n", ": no line of \"System RAM\"" },
		{ "40000000-7fffffff : reserved\n", ": no line of \"System RAM\"" },
		{ "hello\n", ":1: not a line of /proc/iomem" },
		{ "40000000-7fffffff : System RAM\n40000000\n", ":2: not a line" },
		{ "40000000-7fffffff : System RAM\n\n40000000-\n", ":3: not a line" },
		{ "40000000-7fffffff :\n", ":1: not a line" },
		{ "40000000-7fffffff : \n", ":1: not a line" },
		{ "40000000-7fffffff: System RAM\n", ":1: not a line" },
		{ "40000000 - 7fffffff : System RAM\n", ":1: not a line" },
		{ "0x40000000-0x7fffffff : System RAM\n", ":1: not a line" },
		{ "-7fffffff : System RAM\n", ":1: not a line" },
		{ "\t40000000-7fffffff : System RAM\n", ":1: not a line" },
		{ "40000000-7fffffffffffffffff : System RAM\n", ":1: not a line" },
		{ "00000000-00000000 : System RAM\n",
		  ":1: all addresses are 0 (read /proc/iomem "
		  "as root)" },
		{ "7fffffff-40000000 : System RAM\n", ":1: ends at 0x40000000, before" },
		{ "0-ffffffffffffffff : System RAM\n", ":1: all of 2^64 bytes" },
		/* Rounded outward, it would seem to be in order. */
		{ "4000-4fff : System RAM\n  4800-4700 : Kernel code\n",
		  ":2: 4800-4700: ends at 0x4700, before its start 0x4800" },
		{ "4000-4fff : System RAM\n  2000-1000 : Kernel code\n",
		  ":2: 2000-1000: ends at 0x1000, before" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!read_text(f, bad[i].text))
			fail_msg("%s: expected to be refused", bad[i].text);
		assert_error(f, bad[i].about);
		assert_error(f, f->scratch);
	}
}

static void a_text_with_an_impossible_machine_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "1000-2fff : System RAM\n2000-3fff : System RAM\n"),
			 0);
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, ":2: 0x2000 is in the range from 0x1000");
	assert_int_equal(read_text(f, "1000-1ffe : System RAM\n"), 0);
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, ":1: no whole granule of 4 KiB");
	assert_int_equal(
		read_text(f, "1000-2fff : System RAM\n  5000-5fff : Kernel code\n"), 0);
	assert_int_not_equal(machine_settle(&f->machine, &f->error), 0);
	assert_error(f, ":2: 5000-5fff: kernel from 0x5000");
}

static void a_binary_is_not_taken_for_a_text(void **state)
{
	struct fixture *f = *state;

	assert_int_not_equal(load_data(f, "--iomem", "virt-2g.dtb", ""), 0);
	assert_error(f, "not a text");
	assert_int_not_equal(load_data(f, "--dtb", "board.iomem", ""), 0);
	assert_error(f, "not a device tree blob");
}

/*
 * Every text that one wrong character makes of a good one, and every beginning
 * of it: read or refused, and never crashes.
 */
static void a_text_with_one_wrong_character_does_no_harm(void **state)
{
	static const char good[] = "40000000-7fffffff : System RAM\n"
				   "  40210000-4173ffff : Kernel code\n";
	static const char wrong[] = "\n \t\r-:0f%\x7f\x80\xff";
	struct fixture *f = *state;
	char text[sizeof(good)];

	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		for (size_t j = 0; j < sizeof(wrong); j++) { /* its 0 too: cut there */
			memcpy(text, good, sizeof(good));
			text[i] = wrong[j];
			if (!read_text(f, text))
				machine_settle(&f->machine, &f->error);
		}
	}
}

/* -------------------------------------------------------------------- main */

static int fixture_new(void **state)
{
	const char *source = getenv("LINMAP_SOURCE");
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	if (!f)
		return -1;
	snprintf(f->data, sizeof(f->data), "%s/tests/data", source ? source : ".");
	strcpy(f->scratch, "/tmp/linmap-test-XXXXXX");
	fd = mkstemp(f->scratch);
	if (fd < 0) {
		free(f);
		return -1;
	}
	close(fd);
	*state = f;
	return 0;
}

static int fixture_free(void **state)
{
	struct fixture *f = *state;

	unlink(f->scratch);
	machine_free(&f->machine);
	options_free(&f->options);
	free(f);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)

int test_main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_size_is_decimal_or_hexadecimal_with_a_binary_suffix),
		TEST(what_is_no_size_is_told_why),
		TEST(a_count_takes_no_suffix),
		TEST(a_descriptor_is_hexadecimal_with_or_without_0x),
		TEST(numbers_are_written_for_the_eye),
		TEST(with_no_options_the_machine_is_that_of_the_demo),
		TEST(options_say_what_the_machine_is),
		TEST(flags_forbid_blocks_and_contiguous_runs),
		TEST(wrong_usage_is_told_in_one_line),
		TEST(banks_are_sorted_and_adjacent_ones_joined),
		TEST(a_machine_that_cannot_be_is_refused),
		TEST(a_format_that_cannot_be_is_refused_with_all_of_it),
		TEST(the_rest_of_a_format_follows_from_what_is_said),
		TEST(ram_by_default_fits_into_the_linear_map),
		TEST(what_just_fits_is_taken),
		TEST(there_may_be_any_number_of_banks),
		TEST(random_banks_and_holes_are_what_sets_of_bytes_are),
		TEST(one_alias_too_many_is_refused_by_its_name),
		TEST(a_machine_without_ram_or_cpus_is_refused),
		TEST(a_file_that_is_not_there_or_no_file_is_refused),
		TEST(blobs_of_qemu_are_read),
		TEST(numa_nodes_are_all_read),
		TEST(the_command_line_knows_cpus_better_than_a_blob),
		TEST(a_blob_cut_anywhere_is_refused),
		TEST(a_blob_with_one_wrong_byte_does_no_harm),
		TEST(reg_is_read_by_the_cells_of_the_root),
		TEST(a_blob_that_says_nonsense_is_refused),
		TEST(banks_of_a_tree_that_overlap_are_merged),
		TEST(entries_without_a_size_are_passed_by_beside_others),
		TEST(as_many_nodes_as_there_are_count),
		TEST(reservations_that_are_not_mapped_are_holes),
		TEST(no_map_does_not_undo_an_earlier_reservation),
		TEST(unplaced_reservations_of_more_than_2_to_the_64_are_that_many),
		TEST(a_hole_shrinks_to_whole_pages),
		TEST(reservations_of_a_form_that_linux_ignores_are_ignored),
		TEST(a_usable_range_restricts_ram),
		TEST(linux_reads_two_usable_ranges),
		TEST(usable_memory_of_a_node_takes_the_place_of_its_reg),
		TEST(ram_of_the_command_line_goes_with_the_rest_of_a_tree),
		TEST(ram_begins_where_the_tree_has_its_memory),
		TEST(memory_may_run_out_at_any_list),
		TEST(texts_like_those_of_real_machines_are_read),
		TEST(nested_kernel_code_is_an_alias_rounded_outward),
		TEST(memory_added_later_is_ram_wherever_its_line_is),
		TEST(ram_inside_a_bank_counts_once_and_names_count_whole),
		TEST(banks_that_are_not_whole_pages_are_trimmed_and_that_is_counted),
		TEST(a_wrong_text_is_refused_with_file_and_line),
		TEST(a_text_with_an_impossible_machine_is_refused),
		TEST(a_binary_is_not_taken_for_a_text),
		TEST(a_text_with_one_wrong_character_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
