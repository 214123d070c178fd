// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A QEMU plugin that counts instructions of a kernel that it does not change:
 *
 *  - from masking interrupts on a CPU to unmasking them, for those stretches in which a
 *    function was entered that only an edit enters (mine=), and those that begin during a
 *    call of such a function (inside=) other than by an interrupt;
 *  - of all CPUs in each call of a function (call=), and whether another function was
 *    entered meanwhile (with=);
 *  - of all CPUs from reset to a function (until=).
 *
 * The API shows no registers. Whether interrupts are masked is known when an exception is
 * taken (vectors=) and when the mask is set or cleared, but not when an older mask, or that
 * of an interrupted context, is put back. So each register and each word of memory that
 * holds such a mask is followed from where it is read to where it is put back.
 *
 * For -icount: QEMU runs one CPU at a time then. Arguments: out=FILE, and as NAME:ADDRESS
 * vectors= mine= inside= call= with= until=, each as often as wanted.
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

#define CPUS_MAX 64

static void __attribute__((noreturn)) die(const char *why)
{
	fprintf(stderr, "cost_plugin: %s\n", why);
	exit(1);
}

/* ------------------------------------------------------------------- what to watch */

enum role { VECTORS, MINE, INSIDE, CALL, WITH, UNTIL, ROLES };

static const char *const role_names[ROLES] = {
	[VECTORS] = "vectors", [MINE] = "mine", [INSIDE] = "inside",
	[CALL] = "call",       [WITH] = "with", [UNTIL] = "until",
};

/* A stretch with interrupts masked, or a call. */
struct stretch {
	uint64_t instructions;
	unsigned int vcpu;
	bool is_with;
};

struct mark {
	enum role role;
	struct named_address at;
	struct stretch *stretches;
	size_t stretch_count;
};

#define MARKS_MAX 64
static struct mark marks[MARKS_MAX];
static unsigned int mark_count;
static const char *out_name;

static void record(struct mark *mark, struct stretch stretch)
{
	size_t count = mark->stretch_count;

	/* The room doubles whenever the count reaches a power of two. */
	if (!(count & (count - 1))) {
		size_t room = count ? 2 * count : 1;

		mark->stretches = realloc(mark->stretches, room * sizeof(stretch));
		if (!mark->stretches)
			die("no memory");
	}
	mark->stretches[mark->stretch_count++] = stretch;
}

/* -------------------------------------------------------------------- instructions */

enum kind {
	PLAIN,
	READ_DAIF,
	WRITE_DAIF,
	SET_DAIF,
	CLEAR_DAIF,
	READ_SPSR,
	WRITE_SPSR,
	ERET,
	COPY,	  /* rd: from rn */
	CONSTANT, /* rd: value */
	MEMORY,	  /* rd, and rn of a pair */
	BRANCH_AND_LINK,
};

struct insn {
	uint64_t address;
	enum kind kind;
	unsigned int rd;
	unsigned int rn;
	uint32_t value;
	struct mark *mark;
	bool is_vector;
	bool is_irq_from_el1;
	bool is_from_el0;
};

#define DAIF_I	  (1U << 7) /* where DAIF and SPSR_EL1 have it */
#define DAIF_MASK 0x3c0U
#define ZR	  31

struct pattern {
	uint32_t mask;
	uint32_t bits;
	enum kind kind;
};

/* Arm ARM, C4.1. Loads and stores of 64-bit registers only: a mask is never less. */
static const struct pattern patterns[] = {
	{ 0xffffffe0, 0xd53b4220, READ_DAIF },
	{ 0xffffffe0, 0xd51b4220, WRITE_DAIF },
	{ 0xfffff0ff, 0xd50340df, SET_DAIF },
	{ 0xfffff0ff, 0xd50340ff, CLEAR_DAIF },
	{ 0xffffffe0, 0xd5384000, READ_SPSR },
	{ 0xffffffe0, 0xd5184000, WRITE_SPSR },
	{ 0xffffffff, 0xd69f03e0, ERET },
	{ 0x7fe0ffe0, 0x2a0003e0, COPY },     /* MOV (register) */
	{ 0x7f800000, 0x12000000, COPY },     /* AND (immediate) */
	{ 0x7fe00000, 0x52800000, CONSTANT }, /* MOVZ, not shifted */
	{ 0xff800000, 0xf9000000, MEMORY },   /* STR, LDR: offset */
	{ 0xffa00000, 0xf8000000, MEMORY },   /* before, after, not scaled */
	{ 0xffa00c00, 0xf8200800, MEMORY },   /* register */
	{ 0xfe000000, 0xa8000000, MEMORY },   /* STP, LDP */
	{ 0xfc000000, 0x94000000, BRANCH_AND_LINK },
	{ 0xfffffc1f, 0xd63f0000, BRANCH_AND_LINK },
};

static bool is_pair(uint32_t code)
{
	return (code & 0xfe000000) == 0xa8000000;
}

static bool is_move(uint32_t code)
{
	return (code & 0x7fe0ffe0) == 0x2a0003e0;
}

static void decode(struct insn *insn, uint32_t code)
{
	insn->rd = code & 31;
	insn->rn = code >> 5 & 31;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		if ((code & patterns[i].mask) == patterns[i].bits) {
			insn->kind = patterns[i].kind;
			break;
		}
	}
	if (insn->kind == CONSTANT)
		insn->value = code >> 5 & 0xffff;
	else if (insn->kind == SET_DAIF || insn->kind == CLEAR_DAIF)
		insn->value = (code >> 8 & 15) << 6;
	else if (is_move(code))
		insn->rn = code >> 16 & 31;
	else if (insn->kind == MEMORY)
		insn->rn = is_pair(code) ? code >> 10 & 31 : ZR;
}

/*
 * The table of vectors: 16 of 128 bytes, the second four of them from EL1 by its own stack,
 * the last eight from EL0; interrupts come second, fast ones third. With KPTI the CPU comes
 * from the trampoline's vectors, which leave out the first instruction.
 */
#define VECTOR_SIZE  0x80
#define VECTORS_SIZE 0x800

static void find_vector(struct insn *insn, const struct mark *mark)
{
	uint64_t offset = insn->address - mark->at.address;
	bool is_from_el0 = offset >= 0x400;
	uint64_t start = offset % VECTOR_SIZE;

	if (offset >= VECTORS_SIZE || (start && !(is_from_el0 && start == 4)))
		return;
	insn->is_vector = true;
	insn->is_from_el0 = is_from_el0;
	insn->is_irq_from_el1 = offset == 0x280 || offset == 0x300;
}

/* --------------------------------------------------------- where masks are kept */

enum state { UNKNOWN, UNMASKED, MASKED };

static enum state state_of(bool masked)
{
	return masked ? MASKED : UNMASKED;
}

/* Words of memory with a mask; one that has another value again stays, as unknown. */
#define WORDS_MAX (1U << 20)
static struct word {
	uint64_t address;
	enum state state;
} words[WORDS_MAX];
static unsigned int word_count;

static struct word *find_word(uint64_t address)
{
	uint64_t i = address / 8 * 0x9e3779b97f4a7c15 >> 44;

	while (words[i].address && words[i].address != address)
		i = (i + 1) % WORDS_MAX;
	return &words[i];
}

static enum state load_word(uint64_t address)
{
	return find_word(address)->state;
}

static void store_word(uint64_t address, enum state state)
{
	struct word *word = find_word(address);

	if (!word->address && state == UNKNOWN)
		return;
	if (!word->address && ++word_count > WORDS_MAX / 2)
		die("too many words");
	word->address = address;
	word->state = state;
}

/* ------------------------------------------------------------------------ CPUs */

static struct cpu {
	uint64_t count;
	const struct insn *last;
	unsigned int accesses; /* of the last instruction */
	bool masked;
	uint64_t masked_since;
	struct mark *mine; /* what was entered since */
	enum state spsr;
	enum state registers[32];
} cpus[CPUS_MAX];

static uint64_t total;
static uint64_t unknown_masks;

/* ------------------------------------------------------------------------ calls */

#define CALLS_MAX 16
static struct call {
	struct mark *mark;
	uint64_t return_address;
	uint64_t since;
	unsigned int vcpu;
	bool is_with;
} calls[CALLS_MAX];
static unsigned int call_count;
static uint64_t calls_lost;

/* Nothing is known of a call that is a jump, nor of one that has not returned. */
static void begin_call(unsigned int vcpu, struct mark *mark)
{
	const struct insn *last = cpus[vcpu].last;

	if (call_count == CALLS_MAX || !last || last->kind != BRANCH_AND_LINK) {
		calls_lost++;
		return;
	}
	calls[call_count++] =
		(struct call){ mark, last->address + 4, total, vcpu, false };
}

static void end_calls(uint64_t address)
{
	unsigned int i = 0;

	while (i < call_count) {
		if (calls[i].return_address != address) {
			i++;
			continue;
		}
		if (calls[i].mark->role == CALL)
			record(calls[i].mark,
			       (struct stretch){ total - calls[i].since, calls[i].vcpu,
						 calls[i].is_with });
		calls[i] = calls[--call_count];
	}
}

/* The function that is to have no long stretch, if the CPU is in a call of it. */
static struct mark *inside_of(unsigned int vcpu)
{
	for (unsigned int i = 0; i < call_count; i++) {
		if (calls[i].mark->role == INSIDE && calls[i].vcpu == vcpu)
			return calls[i].mark;
	}
	return NULL;
}

/* ----------------------------------------------------------- masking interrupts */

static void end_masked(struct cpu *cpu, unsigned int vcpu)
{
	if (cpu->mine)
		record(cpu->mine,
		       (struct stretch){ cpu->count - cpu->masked_since, vcpu, false });
	cpu->mine = NULL;
}

static void mask(unsigned int vcpu, bool masked)
{
	struct cpu *cpu = &cpus[vcpu];

	if (cpu->masked && !masked)
		end_masked(cpu, vcpu);
	if (!cpu->masked && masked)
		cpu->masked_since = cpu->count - 1;
	cpu->masked = masked;
}

/* Where the kernel makes a mask by itself, it is one without interrupts masked. */
static void put_back(unsigned int vcpu, enum state state)
{
	if (state == UNKNOWN)
		unknown_masks++;
	mask(vcpu, state == MASKED);
}

static void take_exception(unsigned int vcpu, const struct insn *insn)
{
	struct cpu *cpu = &cpus[vcpu];

	cpu->spsr = state_of(cpu->masked && !insn->is_from_el0 && !insn->is_irq_from_el1);
	if (cpu->spsr == UNMASKED)
		mask(vcpu, false);
	mask(vcpu, true);
}

static void set_mask(unsigned int vcpu)
{
	struct cpu *cpu = &cpus[vcpu];

	if (!cpu->masked)
		cpu->mine = inside_of(vcpu);
	mask(vcpu, true);
}

static void follow_mask(unsigned int vcpu, const struct insn *insn)
{
	struct cpu *cpu = &cpus[vcpu];
	enum state *rd = &cpu->registers[insn->rd];

	switch (insn->kind) {
	case READ_DAIF:
		*rd = state_of(cpu->masked);
		break;
	case WRITE_DAIF:
		put_back(vcpu, insn->rd == ZR ? UNMASKED : *rd);
		break;
	case SET_DAIF:
		if (insn->value & DAIF_I)
			set_mask(vcpu);
		break;
	case CLEAR_DAIF:
		if (insn->value & DAIF_I)
			mask(vcpu, false);
		break;
	case READ_SPSR:
		*rd = cpu->spsr;
		break;
	case WRITE_SPSR:
		cpu->spsr = *rd;
		break;
	case ERET:
		put_back(vcpu, cpu->spsr);
		break;
	case COPY:
		*rd = cpu->registers[insn->rn];
		break;
	case CONSTANT:
		*rd = !insn->value || insn->value & ~DAIF_MASK ?
			      UNKNOWN :
			      state_of(insn->value & DAIF_I);
		break;
	default:
		break;
	}
	cpu->registers[ZR] = UNKNOWN;
}

static void access_word(struct cpu *cpu, uint64_t address, unsigned int index,
			bool stores)
{
	unsigned int i = index ? cpu->last->rn : cpu->last->rd;

	if (stores)
		store_word(address, cpu->registers[i]);
	else
		cpu->registers[i] = load_word(address);
	cpu->registers[ZR] = UNKNOWN;
}

/* A pair is two accesses, or from QEMU 8.1 on one of 16 bytes. */
static void accessed(unsigned int vcpu, uint32_t info, uint64_t address, void *data)
{
	struct cpu *cpu = &cpus[vcpu];
	bool stores = qemu_plugin_mem_is_store(info);

	(void)data;
	access_word(cpu, address, cpu->accesses++, stores);
	if (qemu_plugin_mem_size_shift(info) == 4)
		access_word(cpu, address + 8, cpu->accesses++, stores);
}

static void reach(unsigned int vcpu, struct mark *mark)
{
	struct cpu *cpu = &cpus[vcpu];

	switch (mark->role) {
	case MINE:
		if (cpu->masked && !cpu->mine)
			cpu->mine = mark;
		break;
	case INSIDE:
	case CALL:
		begin_call(vcpu, mark);
		break;
	case WITH:
		for (unsigned int i = 0; i < call_count; i++)
			calls[i].is_with = true;
		break;
	case UNTIL:
		if (!mark->stretch_count)
			record(mark, (struct stretch){ total, vcpu, false });
		break;
	default:
		break;
	}
}

/* --------------------------------------------------------------- one instruction */

static void executed(unsigned int vcpu, void *data)
{
	const struct insn *insn = data;
	struct cpu *cpu = &cpus[vcpu];

	if (call_count)
		end_calls(insn->address);
	cpu->count++;
	total++;
	if (insn->is_vector)
		take_exception(vcpu, insn);
	if (insn->mark)
		reach(vcpu, insn->mark);
	if (insn->kind != PLAIN)
		follow_mask(vcpu, insn);
	cpu->last = insn;
	cpu->accesses = 0;
}

static void translate(struct qemu_plugin_insn *of)
{
	struct insn *insn = calloc(1, sizeof(*insn));
	uint32_t code;

	if (!insn)
		die("no memory");
	memcpy(&code, qemu_plugin_insn_data(of), sizeof(code));
	insn->address = qemu_plugin_insn_vaddr(of);
	decode(insn, code);
	for (unsigned int i = 0; i < mark_count; i++) {
		if (marks[i].role == VECTORS)
			find_vector(insn, &marks[i]);
		else if (marks[i].at.address == insn->address)
			insn->mark = &marks[i];
	}
	qemu_plugin_register_vcpu_insn_exec_cb(of, executed, NO_REGISTERS, insn);
	if (insn->kind == MEMORY)
		qemu_plugin_register_vcpu_mem_cb(of, accessed, NO_REGISTERS,
						 READS_AND_WRITES, NULL);
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		translate(qemu_plugin_tb_get_insn(tb, i));
}

/* ------------------------------------------------------------------------- report */

/* One line for each: what, the function, CPU, with= or alone, and instructions. */
static void report(qemu_plugin_id_t id, void *data)
{
	FILE *out = fopen(out_name, "w");

	(void)id;
	(void)data;
	if (!out) {
		perror(out_name);
		return;
	}
	for (unsigned int i = 0; i < mark_count; i++) {
		for (size_t j = 0; j < marks[i].stretch_count; j++) {
			const struct stretch *stretch = &marks[i].stretches[j];

			fprintf(out, "%s %s %u %s %" PRIu64 "\n",
				role_names[marks[i].role], marks[i].at.name,
				stretch->vcpu, stretch->is_with ? "with" : "alone",
				stretch->instructions);
		}
	}
	fprintf(out, "unknown %" PRIu64 "\nlost %" PRIu64 "\ntotal %" PRIu64 "\n",
		unknown_masks, calls_lost, total);
	fclose(out);
}

/* ---------------------------------------------------------------------- arguments */

static bool take_argument(const char *argument)
{
	int role = argument_role(argument, role_names, ROLES);

	if (!strncmp(argument, "out=", 4)) {
		out_name = argument + 4;
		return true;
	}
	if (role < 0 || mark_count == MARKS_MAX ||
	    !argument_place(argument, &marks[mark_count].at))
		return false;
	marks[mark_count++].role = (enum role)role;
	return true;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (take_argument(argv[i]))
			continue;
		fprintf(stderr, "cost_plugin: %s: unknown argument\n", argv[i]);
		return -1;
	}
	if (!out_name) {
		fprintf(stderr, "cost_plugin: out= is needed\n");
		return -1;
	}
	/* CPUs come out of reset masked. */
	for (int i = 0; i < CPUS_MAX; i++)
		cpus[i] = (struct cpu){ .masked = true, .spsr = MASKED };
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
