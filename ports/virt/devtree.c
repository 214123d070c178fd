// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading the device tree by libfdt; assumes nothing that the tree does not say. */
#include "devtree.h"

#include <libfdt.h>

#include "report.h"
#include "string.h"

#define CELL sizeof(fdt32_t)

static uint64_t read_cells(const fdt32_t *cells, int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_to_cpu(*cells++);
	return value;
}

/* Entry @index of a node's reg. False if there are fewer. */
static bool read_reg(const void *fdt, int node, int index, struct memory *reg)
{
	int parent = fdt_parent_offset(fdt, node);
	int address = fdt_address_cells(fdt, parent);
	int size = fdt_size_cells(fdt, parent);
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &length);

	if (!cells || length < (index + 1) * (address + size) * (int)CELL)
		return false;
	cells += (size_t)index * (size_t)(address + size);
	reg->start = read_cells(cells, address);
	reg->size = read_cells(cells + address, size);
	return true;
}

static bool has_type(const void *fdt, int node, const char *type)
{
	const char *value = fdt_getprop(fdt, node, "device_type", NULL);

	return value && !strcmp(value, type);
}

static void read_memory(struct devtree *tree, const void *fdt)
{
	int node;

	for (node = fdt_first_subnode(fdt, 0); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		struct memory reg;

		for (int i = 0;
		     has_type(fdt, node, "memory") && read_reg(fdt, node, i, &reg); i++) {
			if (tree->memory_count == MAX_MEMORY)
				refuse("device tree: more than %u ranges of memory",
				       MAX_MEMORY);
			tree->memory[tree->memory_count++] = reg;
		}
	}
	if (!tree->memory_count)
		refuse("device tree: no memory (is this blob complete?)");
}

static void read_cpus(struct devtree *tree, const void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int node;

	for (node = fdt_first_subnode(fdt, cpus); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		struct memory reg;

		if (!has_type(fdt, node, "cpu") || !read_reg(fdt, node, 0, &reg))
			continue;
		if (tree->cpu_count == MAX_CPUS)
			refuse("device tree: more than %u CPUs; start QEMU with -smp %u",
			       MAX_CPUS, MAX_CPUS);
		tree->mpidr[tree->cpu_count++] = reg.start;
	}
	if (!tree->cpu_count)
		refuse("device tree: no CPUs (is this blob complete?)");
}

static struct memory find_device(const void *fdt, const char *compatible, int index,
				 const char *what)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, compatible);
	struct memory reg;

	if (node < 0 || !read_reg(fdt, node, index, &reg))
		refuse("device tree: no %s (start QEMU with -M virt,gic-version=3)",
		       what);
	return reg;
}

static void read_psci(struct devtree *tree, const void *fdt)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "arm,psci-1.0");
	const char *method = node < 0 ? NULL : fdt_getprop(fdt, node, "method", NULL);

	if (!method)
		refuse("device tree: no PSCI to start CPUs with");
	tree->psci_by_smc = !strcmp(method, "smc");
}

static void read_bootargs(struct devtree *tree, const void *fdt)
{
	int node = fdt_path_offset(fdt, "/chosen");
	const char *args = node < 0 ? NULL : fdt_getprop(fdt, node, "bootargs", NULL);

	if (!args)
		return;
	if (strlen(args) >= MAX_BOOTARGS)
		refuse("bootargs: longer than %u bytes", MAX_BOOTARGS - 1);
	memcpy(tree->bootargs, args, strlen(args) + 1);
}

void devtree_read(struct devtree *tree, uint64_t pa)
{
	const void *fdt = (const void *)pa;
	int err = fdt_check_header(fdt);

	if (err)
		refuse("no device tree at 0x%lx: error %d of libfdt", pa, -err);
	*tree = (struct devtree){ .blob = { pa, fdt_totalsize(fdt) } };
	tree->uart = find_device(fdt, "arm,pl011", 0, "PL011").start;
	tree->gicd = find_device(fdt, "arm,gic-v3", 0, "GICv3").start;
	tree->gicr = find_device(fdt, "arm,gic-v3", 1, "GICv3").start;
	read_memory(tree, fdt);
	read_cpus(tree, fdt);
	read_psci(tree, fdt);
	read_bootargs(tree, fdt);
}

uint64_t devtree_memory_size(const struct devtree *tree)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < tree->memory_count; i++)
		size += tree->memory[i].size;
	return size;
}
