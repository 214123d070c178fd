// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A QEMU plugin that watches a kernel's stop_machine() from outside, so that the same is
 * counted in an unmodified kernel and in one with linmap:
 *
 *  - the instructions of the leader, from the first function that works on the tables
 *    (begin=) after all other CPUs were held, to the store that lets them go;
 *  - the instructions of the boot CPU from one function (enter=) to another (leave=),
 *    less those from entering a function (pause=) to its return (resume=), which are the
 *    ones that wait for other CPUs: with the stops they make up the whole split;
 *  - on each CPU, between entering the callback (callback=) and coming back from it
 *    (yield=, which stop_machine() calls in its loop), how often functions are entered
 *    that must not be (count=).
 *
 * It knows only addresses. Arguments: out=FILE cpus=N, and as NAME:ADDRESS held= flag=
 * callback= yield= begin= count= enter= leave= pause= resume=; each but held= and flag=
 * as often as wanted.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_arguments.h"
#include "qemu_plugin.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

/* ------------------------------------------------------------------- what to watch */

enum role {
	HELD,
	FLAG,
	CALLBACK,
	YIELD,
	BEGIN,
	COUNT,
	ENTER,
	LEAVE,
	PAUSE,
	RESUME,
	ROLES
};

static const char *const role_names[ROLES] = {
	"held",	 "flag",  "callback", "yield", "begin",
	"count", "enter", "leave",    "pause", "resume",
};

#define MARKS_MAX 64
#define CPUS_MAX  64

struct mark {
	enum role role;
	struct named_address at;
	uint64_t hits;
};

static struct mark marks[MARKS_MAX];
static unsigned int mark_count;
static const char *out_name;
static unsigned int cpus;

/* ------------------------------------------------------------------- watching */

/* Only the leader writes the counts of a stop; all CPUs write the number of held CPUs. */
static unsigned int held;
static bool counting;
static uint64_t instructions;
static bool in_split;
static bool in_split_now; /* and not in stop_machine() */
static uint64_t split_instructions;
static bool in_callback[CPUS_MAX];

#define STOPS_MAX 16
static uint64_t stops[STOPS_MAX];
static unsigned int stop_count;

static uint64_t flag_address(void)
{
	for (unsigned int i = 0; i < mark_count; i++) {
		if (marks[i].role == FLAG)
			return marks[i].at.address;
	}
	return 0;
}

/*
 * Translated code is entered at its top and left at its end: its only jump is the last.
 */
static void block_executed(unsigned int vcpu, void *data)
{
	if (vcpu != 0)
		return;
	if (counting)
		instructions += (uintptr_t)data;
	if (in_split_now)
		split_instructions += (uintptr_t)data;
}

/* The rest of a block, from an instruction of interest on. */
struct place {
	struct mark *mark;
	size_t rest;
};

static void begin(unsigned int vcpu, size_t rest)
{
	if (vcpu != 0 || counting || __atomic_load_n(&held, __ATOMIC_SEQ_CST) + 1 != cpus)
		return;
	counting = true;
	instructions = rest;
}

/* A block is counted whole, or not at all, when it is entered. */
static void turn_split(bool on, size_t rest)
{
	if (on && !in_split_now)
		split_instructions += rest;
	if (!on && in_split_now)
		split_instructions -= rest;
	in_split_now = on;
}

static void split_mark(enum role role, size_t rest)
{
	if (role == ENTER || role == LEAVE)
		in_split = role == ENTER;
	turn_split(in_split && role != PAUSE, rest);
}

static void mark_reached(unsigned int vcpu, void *data)
{
	const struct place *place = data;
	struct mark *mark = place->mark;

	switch (mark->role) {
	case HELD:
		__atomic_add_fetch(&held, 1, __ATOMIC_SEQ_CST);
		break;
	case CALLBACK:
		in_callback[vcpu] = true;
		__atomic_add_fetch(&mark->hits, 1, __ATOMIC_RELAXED);
		break;
	case YIELD:
		in_callback[vcpu] = false;
		break;
	case BEGIN:
		begin(vcpu, place->rest);
		break;
	case COUNT:
		if (in_callback[vcpu])
			__atomic_add_fetch(&mark->hits, 1, __ATOMIC_RELAXED);
		break;
	case ENTER:
	case LEAVE:
	case PAUSE:
	case RESUME:
		if (vcpu == 0)
			split_mark(mark->role, place->rest);
		break;
	default:
		break;
	}
}

/* The leader lets the others go: the rest of this block is not part of the stop. */
static void stored(unsigned int vcpu, uint32_t info, uint64_t address, void *data)
{
	(void)info;
	if (vcpu != 0 || !counting || address != flag_address())
		return;
	instructions -= (uintptr_t)data;
	counting = false;
	__atomic_store_n(&held, 0, __ATOMIC_SEQ_CST);
	if (stop_count < STOPS_MAX)
		stops[stop_count++] = instructions;
}

static void watch_insn(struct qemu_plugin_insn *insn, size_t rest)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);

	for (unsigned int i = 0; i < mark_count; i++) {
		struct place *place;

		if (marks[i].at.address != address || marks[i].role == FLAG)
			continue;
		place = malloc(sizeof(*place));
		if (!place)
			abort();
		*place = (struct place){ &marks[i], rest };
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_reached, NO_REGISTERS,
						       place);
	}
	qemu_plugin_register_vcpu_mem_cb(insn, stored, NO_REGISTERS, WRITES,
					 (void *)(uintptr_t)(rest - 1));
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_executed, NO_REGISTERS,
					     (void *)(uintptr_t)length);
	for (size_t i = 0; i < length; i++)
		watch_insn(qemu_plugin_tb_get_insn(tb, i), length - i);
}

/* ------------------------------------------------------------------------- report */

static void report(qemu_plugin_id_t id, void *data)
{
	FILE *out = fopen(out_name, "w");

	(void)id;
	(void)data;
	if (!out) {
		perror(out_name);
		return;
	}
	for (unsigned int i = 0; i < stop_count; i++)
		fprintf(out, "stop %" PRIu64 "\n", stops[i]);
	fprintf(out, "around %" PRIu64 "\n", split_instructions);
	for (unsigned int i = 0; i < mark_count; i++) {
		if (marks[i].role == CALLBACK || marks[i].role == COUNT)
			fprintf(out, "%s %s %" PRIu64 "\n", role_names[marks[i].role],
				marks[i].at.name, marks[i].hits);
	}
	fclose(out);
}

/* ---------------------------------------------------------------------- arguments */

static bool take_mark(const char *argument, enum role role)
{
	struct mark *mark = &marks[mark_count];

	if (mark_count == MARKS_MAX || !argument_place(argument, &mark->at))
		return false;
	mark->role = role;
	/*
	 * A CPU is held once it has counted itself in: the loop of five instructions at
	 * the label.
	 */
	if (role == HELD)
		mark->at.address += 4 * sizeof(uint32_t);
	mark_count++;
	return true;
}

static bool take_argument(const char *argument)
{
	int role = argument_role(argument, role_names, ROLES);

	if (role >= 0)
		return take_mark(argument, (enum role)role);
	if (!strncmp(argument, "out=", 4))
		out_name = argument + 4;
	else if (!strncmp(argument, "cpus=", 5))
		cpus = (unsigned int)strtoul(argument + 5, NULL, 0);
	else
		return false;
	return true;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (take_argument(argv[i]))
			continue;
		fprintf(stderr, "stop_plugin: %s: unknown argument\n", argv[i]);
		return -1;
	}
	if (!out_name || !cpus || cpus > CPUS_MAX || !flag_address()) {
		fprintf(stderr, "stop_plugin: out=, cpus= and flag= are needed\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
