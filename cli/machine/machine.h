/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine: where its RAM is, which part of it is the kernel's own alias or is not
 * mapped, its CPUs, the geometry of its tables. Refuses impossible machines; knows nothing
 * of what is done to the map.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "machine/banks.h"
#include "base/error.h"

#define MACHINE_ALIASES	  8
#define MACHINE_CPUS	  4096
#define MACHINE_RAM_LIMIT (UINT64_C(16) << 40) /* bytes, of the model */
#define MACHINE_RAM_BASE  UINT64_C(0x40000000) /* as in QEMU's virt machine */

/* What was assumed because it was not given: bits of machine.assumed. */
enum machine_assumed {
	ASSUMED_RAM = 1 << 0,	   /* how much, and where */
	ASSUMED_RAM_BASE = 1 << 1, /* where */
	ASSUMED_CPUS = 1 << 2,
	ASSUMED_BOOT_BBM = 1 << 3,
	ASSUMED_SECONDARY_BBM = 1 << 4,
};

/* What a CPU is, as "Cortex-X4 r0p3", or "" if not given; in its newest revision? */
struct machine_cpu {
	char name[40];
	bool is_newest;
};

/**
 * struct machine - a machine
 * @ram: once settled: ascending, disjoint, whole granules, adjacent banks merged
 * @aliases: parts of the RAM that the kernel itself lies in; once settled as
 *	@ram, each inside one bank
 * @no_map: reservations that Linux leaves out of its linear map, in RAM or not
 * @usable: what Linux may use of the RAM; all of it if empty
 * @added: what Linux takes for RAM in addition, whether it is in a bank or not
 * @ram_may_overlap: banks that overlap are merged, as those of a device tree
 * @cpus: how many; CPU 0 is the boot CPU
 * @boot_bbm: ID_AA64MMFR2_EL1.BBM of the boot CPU
 * @secondary_bbm: of all the others
 * @boot_cpu, @secondary_cpu: what they are
 * @repeat_tlbi: CPUs complete a broadcast TLBI only with a second one
 * @format: of its tables; sizes of 0 bits become the default when settled
 * @longest_contiguous: bytes of the longest contiguous run that is made; 0: no limit
 * @linear_base: input address of the first byte of RAM, if @has_linear_base; set in any
 *	case once settled
 * @assumed: enum machine_assumed
 * @assumed_start: where a bank begins of which only the size was given
 * @usable_ignored: ranges of linux,usable-memory-range that Linux does not read
 * @no_map_refused: no-map reservations that overlap an earlier mapped one: stay mapped
 * @no_map_anywhere: bytes of no-map reservations whose place is not known
 * @reservations_ignored: /reserved-memory is of a form that Linux ignores
 *
 * Counted by machine_settle():
 * @no_map_size: bytes of RAM that @no_map took away
 * @unusable_size: bytes of RAM outside @usable
 * @trimmed_size: bytes at the ends of banks that are not whole granules
 */
struct machine {
	struct banks ram;
	struct banks aliases;
	struct banks no_map;
	struct banks usable;
	struct banks added;
	uint64_t assumed_start;
	unsigned int usable_ignored;
	bool ram_may_overlap;
	unsigned int cpus;
	uint8_t boot_bbm;
	uint8_t secondary_bbm;
	struct machine_cpu boot_cpu;
	struct machine_cpu secondary_cpu;
	bool repeat_tlbi;
	struct lm_format_config format;
	uint64_t longest_contiguous;
	bool has_linear_base;
	uint64_t linear_base;
	unsigned int assumed;
	uint64_t no_map_anywhere;
	unsigned int no_map_refused;
	bool reservations_ignored;
	uint64_t no_map_size;
	uint64_t unusable_size;
	uint64_t trimmed_size;
};

/* No RAM yet, 20 CPUs of which only the boot CPU is level 3, 4 KiB pages: all assumed. */
void machine_init(struct machine *machine);
void machine_free(struct machine *machine);

/*
 * 128 GiB, or a quarter of the input addresses if that is less. 0, or -1 with an
 * error.
 */
int machine_use_default_ram(struct machine *machine, struct error *error);

/* Whether there is no room for one more; if so, with an error about the one at @place. */
bool aliases_are_full(const struct banks *aliases, const struct place *place,
		      struct error *error);

/*
 * Read a machine from a file. From a device tree blob: RAM, unless there is some already,
 * what Linux does not map of it, and the number of CPUs, if the blob has it. From the text
 * of /proc/iomem: RAM, and the kernel's alias, rounded outward to the granule. @path must
 * live as long as the machine. 0, or -1 with an error.
 */
int machine_read_dtb(struct machine *machine, const char *path, struct error *error);
int machine_read_iomem(struct machine *machine, const char *path, struct error *error);

/* Move the banks without a given start to @start. 0, or -1 with an error. */
int machine_move_ram(struct machine *machine, uint64_t start, struct error *error);

/*
 * Sort, trim and merge what was added, leave out what Linux does not map, complete the
 * format, and refuse what is impossible: a format that does not exist, overlapping ranges,
 * no RAM, an alias outside RAM, RAM beyond the physical addresses or the linear half,
 * counts out of range. 0, or -1 with an error.
 */
int machine_settle(struct machine *machine, struct error *error);

/* Whether the model can have this much RAM. 0, or -1 with an error. */
int machine_check_model(const struct machine *machine, struct error *error);

/*
 * For a machine that has RAM, sorted: the physical address at the start of the linear
 * map, and its input address. Without a linear base that is RAM's start, rounded down so
 * that linear and physical addresses are congruent modulo the largest leaf, at the start
 * of all input addresses; Linux does so modulo ARM64_MEMSTART_ALIGN.
 */
uint64_t machine_memstart(const struct machine *machine);
uint64_t machine_linear_start(const struct machine *machine);

#endif
