// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the command makes of CPUs: their names, the text of /proc/cpuinfo, what follows
 * for the linear map; and what it suggests for a mistyped name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/cpu.h"
#include "machine/cpuinfo.h"
#include "machine/cpus.h"
#include "main.h"
#include "base/near.h"

static void assert_error(const struct error *error, const char *about)
{
	if (!strstr(error->text, about))
		fail_msg("expected an error with \"%s\", saw \"%s\"", about, error->text);
	assert_null(strchr(error->text, '\n'));
}

/* ---------------------------------------------------------------- did you mean */

struct slip {
	const char *word;
	const char *meant; /* or NULL */
};

static void a_slip_is_near_what_was_meant(void **state)
{
	static const char *const names[] = { "run",  "plan",   "demo",
					     "draw", "switch", "secondary-bbm" };
	/*
	 * One letter up to five, then a third of them: swapped, missing, too many,
	 * wrong; in either case. Two wrong of four, or of five, is something else.
	 */
	static const struct slip slips[] = {
		{ "plna", "plan" },
		{ "pla", "plan" },
		{ "planx", "plan" },
		{ "Demp", "demo" },
		{ "rum", "run" },
		{ "swicth", "switch" },
		{ "swtich", "switch" },
		{ "swch", NULL },
		{ "swic", NULL },
		{ "secondary-bmb", "secondary-bbm" },
		{ "secndary-bb", "secondary-bbm" },
		{ "split", NULL },
		{ "plug", NULL },
		{ "", NULL },
		{ "r", NULL },
		{ "a-word-that-is-longer-than-any-name-is", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		struct near near;

		near_begin(&near, slips[i].word);
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			near_try(&near, names[n]);
		if (!slips[i].meant != !near.name ||
		    (near.name && strcmp(near.name, slips[i].meant) != 0))
			fail_msg("%s: expected %s, saw %s", slips[i].word,
				 slips[i].meant ? slips[i].meant : "nothing",
				 near.name ? near.name : "nothing");
	}
}

static void the_nearest_of_several_is_meant(void **state)
{
	struct near near;

	(void)state;
	near_begin(&near, "cortex-a77e");
	near_try(&near, "Cortex-A78AE"); /* 2: 8 for 7, an A too few */
	near_try(&near, "Cortex-A77");	 /* 1 */
	near_try(&near, "Cortex-A73");	 /* 2 */
	assert_string_equal(near.name, "Cortex-A77");
	assert_int_equal(near.distance, 1);
	assert_string_equal(near_advice(&near, "--", "?").s,
			    "did you mean --Cortex-A77?");
	near_begin(&near, "x");
	assert_string_equal(near_advice(&near, "--", "see --help").s, "see --help");
}

/* ----------------------------------------------------------------------- names */

static void a_cpu_is_named_as_people_write_it(void **state)
{
	static const struct {
		const char *value;
		uint32_t midr;
		const char *text;
	} names[] = {
		{ "cortex-a76", 0x413fd0b1, "Cortex-A76 r3p1" },
		{ "CORTEX_A76", 0x413fd0b1, "Cortex-A76 r3p1" },
		{ "Cortex A76", 0x413fd0b1, "Cortex-A76 r3p1" },
		{ "a76", 0x413fd0b1, "Cortex-A76 r3p1" },
		{ "a76ae", 0x410fd0e0, "Cortex-A76AE r0p0" },
		{ "neoversen1", 0x410fd0c0, "Neoverse-N1 r0p0" },
		{ "altra", 0x410fd0c0, "Neoverse-N1 r0p0" },
		{ "cortex-x4", 0x410fd823, "Cortex-X4 r0p3" },
		{ "0x410fd822", 0x410fd822, "Cortex-X4 r0p2" },
		{ "0X410FD822", 0x410fd822, "Cortex-X4 r0p2" },
		{ "0x410ffff0", 0x410ffff0, "0x410ffff0" },
	};
	struct error error = { "" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cpu cpu;

		assert_int_equal(cpu_parse("boot-cpu", names[i].value, &cpu, &error), 0);
		assert_int_equal(cpu.midr, names[i].midr);
		assert_string_equal(cpu_text(&cpu).s, names[i].text);
	}
}

static void what_names_no_cpu_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "cortex-a67", "unknown CPU (did you mean Cortex-A" },
		{ "potato", "unknown CPU (see 'linmap cpus --list'" },
		{ "410fd0b0", "unknown CPU" },
		{ "0x", "--boot-cpu 0x: not a number" },
		{ "0x1410fd0b0", "more than 32 bits" },
		{ "-", "unknown CPU" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct error error = { "" };
		struct cpu cpu;

		assert_int_equal(cpu_parse("boot-cpu", wrong[i][0], &cpu, &error), -1);
		assert_error(&error, wrong[i][1]);
	}
}

static void every_listed_cpu_is_found_by_its_name(void **state)
{
	struct error error = { "" };

	(void)state;
	for (unsigned int i = 0; i < lm_cpu_model_count; i++) {
		struct cpu cpu;

		assert_int_equal(
			cpu_parse("boot-cpu", lm_cpu_models[i].name, &cpu, &error), 0);
		assert_string_equal(cpu.model->name, lm_cpu_models[i].name);
		/* What the name means is what its MIDR means. */
		assert_ptr_equal(cpu_of(cpu.midr).model, cpu.model);
	}
}

/* ---------------------------------------------------------------- the text of it */

/* A block as Linux writes it. */
#define CPU(n, implementer, variant, part, revision)                             \
	"processor\t: " #n "\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n"         \
	"CPU implementer\t: " #implementer                                       \
	"\nCPU architecture: 8\nCPU variant\t: " #variant "\nCPU part\t: " #part \
	"\nCPU revision\t: " #revision "\n\n"

#define A520(n) CPU(n, 0x41, 0x0, 0xd80, 1)
#define A725(n) CPU(n, 0x41, 0x0, 0xd87, 1)
#define X4(n)	CPU(n, 0x41, 0x0, 0xd82, 3)
#define X925(n) CPU(n, 0x41, 0x0, 0xd85, 1)
#define N1(n)	CPU(n, 0x41, 0x3, 0xd0c, 1)
#define NEW(n)	CPU(n, 0x41, 0x0, 0xfff, 0)

static int read_text(struct cpuinfo *info, const char *text, size_t size,
		     struct error *error)
{
	char path[] = "/tmp/linmap-cpuinfo-XXXXXX";
	int fd = mkstemp(path);
	int err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
	err = cpuinfo_read(info, path, error);
	unlink(path);
	return err;
}

static void each_cpu_of_a_text_is_read(void **state)
{
	static const char text[] = X925(10) CPU(2, 0x51, 0xf, 0x804, 14) N1(3);
	/* 0xc: implementer 51, variant f, part 804, revision 14. */
	static const uint32_t midrs[] = { 0x51ff804e, 0x413fd0c1, 0x410fd851 };
	static const uint64_t numbers[] = { 2, 3, 10 };
	struct error error = { "" };
	struct cpuinfo info;

	(void)state;
	assert_int_equal(read_text(&info, text, sizeof(text) - 1, &error), 0);
	assert_int_equal(info.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(info.cpu[i].number, numbers[i]);
		assert_int_equal(info.cpu[i].midr, midrs[i]);
	}
	cpuinfo_free(&info);
}

static void what_is_no_cpuinfo_of_arm64_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "processor\t: 0\nvendor_id\t: GenuineIntel\n",
		  "not an arm64 machine's (copy /proc/cpuinfo from one" },
		{ "40000000-7fffffff : System RAM\n", "no \"processor\"" },
		{ "nonsense\n", ":1: not a line of /proc/cpuinfo" },
		{ N1(0) "CPU part\t: 0xd0c\n", ":10: a second \"CPU part\" of CPU 0" },
		{ "CPU part\t: 0xd0c\n", ":1: \"CPU part\" before any \"processor\"" },
		{ N1(0) "processor\t: 1\n", "CPU 1 has no \"CPU implementer\"" },
		{ "processor\t: 1\nCPU implementer\t: 0x41\nCPU variant\t: 0x1\n" N1(2),
		  "CPU 1 has no \"CPU part\"" },
		{ N1(0) N1(1) N1(0), "CPU 0 is listed twice" },
		{ CPU(0, 0x141, 0x0, 0xd0c, 0), ":4: \"CPU implementer\" is 0x141" },
		{ CPU(0, 0x41, 0x10, 0xd0c, 0), "\"CPU variant\" is 0x10" },
		{ CPU(0, 0x41, 0x0, 0x1000, 0), "\"CPU part\" is 0x1000" },
		{ CPU(0, 0x41, 0x0, 0xd0c, 16), "\"CPU revision\" is 0x10" },
		{ CPU(0, 0x41, 0x0, oops, 0), "\"CPU part\": not a number" },
		{ "processor\t: 0x\n", "\"processor\": not a number" },
		{ "processor\t:\n", "\"processor\": empty" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct error error = { "" };
		struct cpuinfo info;

		assert_int_equal(
			read_text(&info, wrong[i][0], strlen(wrong[i][0]), &error), -1);
		assert_error(&error, wrong[i][1]);
		cpuinfo_free(&info);
	}
}

static void a_text_with_a_zero_is_no_text(void **state)
{
	struct error error = { "" };
	struct cpuinfo info;

	(void)state;
	assert_int_equal(read_text(&info, "processor\0: 0\n", 14, &error), -1);
	assert_error(&error, "not a text");
	cpuinfo_free(&info);
}

/* --------------------------------------------------------------- what follows */

struct machine_of {
	const char *text;
	enum cpus_map map;
	const char *map_part;
	bool second_tlbi;
	const char *tlbi_part;
};

static void what_linux_does_follows_from_the_levels(void **state)
{
	static const struct machine_of machines[] = {
		/* A server: all below. */
		{ N1(0) N1(1), CPUS_MAP_PAGES, "pages from the start", true,
		  "accesses of Neoverse-N1 r3p1 " },
		/* A phone boots on a small core. */
		{ A520(0) A520(1) X4(2), CPUS_MAP_PAGES, "pages from the start", true,
		  "accesses of Cortex-X4 r0p3 " },
		/* A workstation boots on a listed core beside those that are not. */
		{ A725(0) X925(1), CPUS_MAP_SPLIT, "but not Cortex-X925 r0p1", true,
		  "accesses of Cortex-X925 r0p1 " },
		{ A725(0) A520(1) X925(2) N1(3), CPUS_MAP_SPLIT,
		  "but not Cortex-A520 r0p1, Cortex-X925 r0p1 and Neoverse-N1 r3p1", true,
		  "accesses of Cortex-X925 r0p1 and Neoverse-N1 r3p1 " },
		/* The boot CPU is number 0, wherever it is in the text. */
		{ A520(1) A725(0), CPUS_MAP_SPLIT, "but not Cortex-A520 r0p1", false,
		  "no second one is needed" },
		{ A725(0) A725(1), CPUS_MAP_LARGE, "every CPU is level 3", false,
		  "no second one is needed" },
		{ X4(0), CPUS_MAP_LARGE, "every CPU is level 3", true, "Cortex-X4" },
		/* X4 r0p2 is not level 3. */
		{ CPU(0, 0x41, 0x0, 0xd82, 2), CPUS_MAP_PAGES, "pages from the start",
		  true, "Cortex-X4 r0p2" },
		/* What is not listed may be level 3, or not. */
		{ A725(0) NEW(1), CPUS_MAP_UNKNOWN,
		  "unless the BBM field of 0x410ffff0 reads 3", false,
		  "nothing is known about 0x410ffff0" },
		{ NEW(0), CPUS_MAP_UNKNOWN,
		  "if the BBM field of 0x410ffff0, the boot CPU, reads 3, large leaves; "
		  "else",
		  false, "no listed CPU needs a second one" },
		{ NEW(0) A520(1), CPUS_MAP_UNKNOWN,
		  "large leaves, which are split into pages at boot; else", false,
		  "nothing is known about 0x410ffff0" },
		{ NEW(0) A725(1), CPUS_MAP_UNKNOWN,
		  "split at boot unless every CPU is level 3", false, "0x410ffff0" },
		{ A725(0) NEW(1) A520(2), CPUS_MAP_SPLIT, "but not Cortex-A520 r0p1",
		  false, "nothing is known about 0x410ffff0" },
		{ A520(0) NEW(1), CPUS_MAP_PAGES, "pages from the start", false,
		  "nothing is known about 0x410ffff0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		const struct machine_of *machine = &machines[i];
		struct error error = { "" };
		struct cpuinfo info;
		struct cpus cpus;

		assert_int_equal(read_text(&info, machine->text, strlen(machine->text),
					   &error),
				 0);
		assert_int_equal(cpus_judge(&cpus, &info), 0);
		if (cpus.map != machine->map || !strstr(cpus.map_text, machine->map_part))
			fail_msg("machine %zu: %d, \"%s\"", i, (int)cpus.map,
				 cpus.map_text);
		if (cpus.second_tlbi != machine->second_tlbi ||
		    !strstr(cpus.tlbi_text, machine->tlbi_part))
			fail_msg("machine %zu: %d, \"%s\"", i, (int)cpus.second_tlbi,
				 cpus.tlbi_text);
		cpus_free(&cpus);
		cpuinfo_free(&info);
	}
}

static void cpus_of_a_kind_are_told_as_ranges(void **state)
{
	static const char text[] = N1(0) N1(1) A520(2) N1(3) N1(5) N1(6) N1(7) A520(9);
	struct error error = { "" };
	struct cpuinfo info;
	struct cpus cpus;
	char numbers[128];

	(void)state;
	assert_int_equal(read_text(&info, text, sizeof(text) - 1, &error), 0);
	assert_int_equal(cpus_judge(&cpus, &info), 0);
	assert_int_equal(cpus.kinds, 2);
	assert_int_equal(cpus.kind[0].count, 6);
	cpus_numbers(&cpus, &cpus.kind[0], numbers, sizeof(numbers));
	assert_string_equal(numbers, "0-1, 3, 5-7");
	cpus_numbers(&cpus, &cpus.kind[1], numbers, sizeof(numbers));
	assert_string_equal(numbers, "2, 9");
	/* 52 bytes are kept for the next range: there is none at 3 + 52, but at 6 + 52. */
	cpus_numbers(&cpus, &cpus.kind[0], numbers, 55);
	assert_string_equal(numbers, "0-1, 3, ...");
	cpus_free(&cpus);
	cpuinfo_free(&info);
}

int test_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_is_near_what_was_meant),
		cmocka_unit_test(the_nearest_of_several_is_meant),
		cmocka_unit_test(a_cpu_is_named_as_people_write_it),
		cmocka_unit_test(what_names_no_cpu_is_refused),
		cmocka_unit_test(every_listed_cpu_is_found_by_its_name),
		cmocka_unit_test(each_cpu_of_a_text_is_read),
		cmocka_unit_test(what_is_no_cpuinfo_of_arm64_is_refused),
		cmocka_unit_test(a_text_with_a_zero_is_no_text),
		cmocka_unit_test(what_linux_does_follows_from_the_levels),
		cmocka_unit_test(cpus_of_a_kind_are_told_as_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
