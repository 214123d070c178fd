/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine that the command looks at: where its RAM is, which part of it is
 * the kernel's own alias, its CPUs, the geometry of its tables. Says what a
 * machine cannot be; knows nothing of what is done to it.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "base/error.h"

#define MACHINE_BANKS	  512
#define MACHINE_ALIASES	  8
#define MACHINE_CPUS	  4096
#define MACHINE_RAM_LIMIT (UINT64_C(16) << 40) /* bytes that the model takes on */
#define MACHINE_RAM_BASE  UINT64_C(0x40000000) /* as in QEMU's virt machine */

/**
 * struct place - where a range was given, for errors
 * @source: a file's path or an argument; borrowed
 * @where: what follows: ":12", ": /memory@40000000", or nothing
 */
struct place {
	const char *source;
	char where[64];
};

/* A range of physical memory. */
struct bank {
	uint64_t start; /* physical address */
	uint64_t size;	/* bytes */
	struct place place;
};

struct banks {
	struct bank bank[MACHINE_BANKS];
	size_t count;
};

/**
 * struct machine - a machine
 * @ram: once settled: ascending, disjoint, adjacent banks joined
 * @aliases: parts of the RAM that the kernel itself lies in; once settled as
 *	@ram, each inside one bank
 * @cpus: how many; CPU 0 is the boot CPU
 * @boot_bbm: ID_AA64MMFR2_EL1.BBM of the boot CPU
 * @secondary_bbm: of all the others
 * @format: of its tables; sizes of 0 bits, until settled, are by default
 */
struct machine {
	struct banks ram;
	struct banks aliases;
	unsigned int cpus;
	uint8_t boot_bbm;
	uint8_t secondary_bbm;
	struct lm_format_config format;
};

/* No RAM yet, 20 CPUs of which only the boot CPU is level 3, 4 KiB pages. */
void machine_init(struct machine *machine);

/* 128 GiB, or a quarter of the input addresses if that is less. */
void machine_use_default_ram(struct machine *machine);

/*
 * A range of RAM or of the kernel's alias, by size or, as in /proc/iomem, by
 * the last byte. 0, or -1 with an error about the range by itself: empty,
 * reversed, beyond 2^64, one too many.
 */
int banks_add(struct banks *banks, const struct place *place, uint64_t start,
	      uint64_t size, struct error *error);
int banks_add_last(struct banks *banks, const struct place *place, uint64_t start,
		   uint64_t last, struct error *error);

/* Whether no more fit, and if so with an error about the one at @place. */
bool aliases_are_full(const struct banks *aliases, const struct place *place,
		      struct error *error);

/*
 * What a file says. RAM and the number of CPUs (if it tells) from a device tree
 * blob; RAM and the kernel's alias, rounded outward to the granule, from the
 * text of /proc/iomem. @path must live as long as the machine.
 * 0, or -1 with an error.
 */
int machine_read_dtb(struct machine *machine, const char *path, struct error *error);
int machine_read_iomem(struct machine *machine, const char *path, struct error *error);

/*
 * Sort and join what was added, complete the format, and refuse what cannot be: a
 * format that there is not, unaligned or overlapping ranges, an alias outside RAM, RAM beyond the physical addresses,
 * the linear half or the model, absurd counts. 0, or -1 with an error.
 */
int machine_settle(struct machine *machine, struct error *error);

/*
 * The physical address that stands at the start of the linear map: RAM's start,
 * rounded down so that linear and physical addresses are congruent modulo the
 * largest leaf, as in Linux. For a machine that has RAM, sorted.
 */
uint64_t machine_memstart(const struct machine *machine);

uint64_t banks_size(const struct banks *banks); /* bytes in all */

#endif
