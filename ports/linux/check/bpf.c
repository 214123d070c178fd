// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * usage: bpf COUNT
 * Loads BPF programs, as many as COUNT says, then runs each, and drops them all. Each
 * returns another number, so that one program's code in another's place is found.
 */
#include "calls.h"

#define MOST 256

#define BPF_PROG_LOAD	      5
#define BPF_PROG_TEST_RUN     10
#define BPF_PROG_TYPE_SYSCALL 31
#define BPF_F_SLEEPABLE	      (1U << 4)

struct insn {
	unsigned char code;
	unsigned char registers;
	short offset;
	int number;
};

/* The beginning of union bpf_attr, for each of the two calls. */
struct load {
	unsigned int type;
	unsigned int insn_count;
	unsigned long insns;
	unsigned long license;
	unsigned int log_level;
	unsigned int log_size;
	unsigned long log;
	unsigned int version;
	unsigned int flags;
};

struct run {
	unsigned int program;
	unsigned int result;
	unsigned int data_sizes[2];
	unsigned long data[2];
	unsigned int repeat;
	unsigned int duration;
	unsigned int context_sizes[2];
	unsigned long contexts[2];
	unsigned int flags;
	unsigned int cpu;
};

static long program_that_returns(int number)
{
	const struct insn insns[] = {
		{ 0xb7, 0, 0, number }, /* r0 = number */
		{ 0x95, 0, 0, 0 },	/* exit */
	};
	const struct load load = {
		.type = BPF_PROG_TYPE_SYSCALL,
		.insn_count = 2,
		.insns = (unsigned long)insns,
		.license = (unsigned long)"GPL",
		.flags = BPF_F_SLEEPABLE,
	};

	return call(SYS_BPF, BPF_PROG_LOAD, (long)&load, sizeof(load), 0, 0, 0);
}

static int returns(long program, unsigned int number)
{
	struct run run = { .program = program };

	return !call(SYS_BPF, BPF_PROG_TEST_RUN, (long)&run, sizeof(run), 0, 0, 0) &&
	       run.result == number;
}

static long number_of(const char *text)
{
	long number = 0;

	while (*text)
		number = number * 10 + *text++ - '0';
	return number;
}

static const char *load_and_run(long count)
{
	long programs[MOST];

	if (count > MOST)
		return "programs: too many: failed\n";
	for (long i = 0; i < count; i++) {
		programs[i] = program_that_returns(1000 + i);
		if (programs[i] < 0)
			return "programs: load: failed\n";
	}
	for (long i = 0; i < count; i++) {
		if (!returns(programs[i], 1000 + i))
			return "programs: run: failed\n";
	}
	return "programs: done\n";
}

void start(const long *stack)
{
	say(load_and_run(number_of((const char *)stack[2])));
	leave(0);
}
