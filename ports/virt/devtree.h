/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the device tree says about the machine, and nothing about what is done with it. */
#ifndef VIRT_DEVTREE_H
#define VIRT_DEVTREE_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

#define MAX_MEMORY   8
#define MAX_BOOTARGS 256

struct memory {
	uint64_t start;
	uint64_t size;
};

/**
 * struct devtree - the machine
 * @memory: RAM, as the tree has it
 * @mpidr: one for each CPU, in the order of the tree
 * @psci_by_smc: PSCI is called by SMC; else by HVC
 * @uart, @gicd, @gicr: addresses of the PL011 and of the GICv3
 * @blob: the tree itself
 */
struct devtree {
	struct memory memory[MAX_MEMORY];
	unsigned int memory_count;
	uint64_t mpidr[MAX_CPUS];
	unsigned int cpu_count;
	char bootargs[MAX_BOOTARGS];
	bool psci_by_smc;
	uint64_t uart;
	uint64_t gicd;
	uint64_t gicr;
	struct memory blob;
};

/* @pa: of the blob, which is identity-mapped now. Refuses what it cannot use. */
void devtree_read(struct devtree *tree, uint64_t pa);

/* Bytes of RAM. */
uint64_t devtree_memory_size(const struct devtree *tree);

#endif
