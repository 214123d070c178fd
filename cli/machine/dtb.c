// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A machine from a flattened device tree: the reg of each enabled memory node
 * below the root, as Linux' early_init_dt_scan_memory() finds them, and the
 * enabled CPUs. Reservations are not looked at.
 */
#include "machine/machine.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

/* What the readers of nodes need. */
struct blob {
	const void *fdt;
	const char *path;
	int address_cells; /* of the root's children */
	int size_cells;
	struct machine *machine;
	struct error *error;
};

static bool is_node_enabled(const void *fdt, int node)
{
	const char *status = fdt_stringlist_get(fdt, node, "status", 0, NULL);

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static bool is_device_type(const void *fdt, int node, const char *type)
{
	const char *found = fdt_stringlist_get(fdt, node, "device_type", 0, NULL);

	return found && !strcmp(found, type);
}

/* A number of one or two cells, as fdt_address_cells() counts them. */
static uint64_t cells_read(const fdt32_t *cell, int cells)
{
	uint64_t value = 0;

	for (int i = 0; i < cells; i++)
		value = value << 32 | fdt32_ld(&cell[i]);
	return value;
}

static int bank_read(const struct blob *blob, const struct place *place,
		     const fdt32_t *reg)
{
	uint64_t start = cells_read(reg, blob->address_cells);
	uint64_t size = cells_read(reg + blob->address_cells, blob->size_cells);

	if (!size)
		return error_set(blob->error, "%s%s: size 0 (is this blob complete?)",
				 place->source, place->where);
	return banks_add(&blob->machine->ram, place, start, size, blob->error);
}

static int memory_read(const struct blob *blob, int node)
{
	int entry_cells = blob->address_cells + blob->size_cells;
	int entry_size = entry_cells * (int)sizeof(fdt32_t);
	struct place place = { .source = blob->path };
	int length = 0;
	const fdt32_t *reg = fdt_getprop(blob->fdt, node, "reg", &length);

	snprintf(place.where, sizeof(place.where), ": /%s",
		 fdt_get_name(blob->fdt, node, NULL));
	if (!reg || !length)
		return error_set(blob->error, "%s%s: no reg (is this blob complete?)",
				 place.source, place.where);
	if (length % entry_size)
		return error_set(
			blob->error,
			"%s%s: reg of %d bytes (each entry takes %d by the root's "
			"#address-cells and #size-cells)",
			place.source, place.where, length, entry_size);
	for (int at = 0; at < length; at += entry_size)
		if (bank_read(blob, &place, reg + at / (int)sizeof(fdt32_t)))
			return -1;
	return 0;
}

static int memories_read(const struct blob *blob)
{
	for (int node = fdt_first_subnode(blob->fdt, 0); node >= 0;
	     node = fdt_next_subnode(blob->fdt, node)) {
		if (!is_device_type(blob->fdt, node, "memory") ||
		    !is_node_enabled(blob->fdt, node))
			continue;
		if (memory_read(blob, node))
			return -1;
	}
	if (!blob->machine->ram.count)
		return error_set(
			blob->error,
			"%s: no enabled node of device_type \"memory\" (does the boot "
			"loader add it?)",
			blob->path);
	return 0;
}

/* Stays as it was where the blob does not tell. */
static void cpus_count(const struct blob *blob)
{
	int parent = fdt_path_offset(blob->fdt, "/cpus");
	unsigned int cpus = 0;

	if (parent < 0)
		return;
	for (int node = fdt_first_subnode(blob->fdt, parent); node >= 0;
	     node = fdt_next_subnode(blob->fdt, node)) {
		if (is_device_type(blob->fdt, node, "cpu") &&
		    is_node_enabled(blob->fdt, node))
			cpus++;
	}
	if (cpus)
		blob->machine->cpus = cpus;
}

static int cells_check(const struct blob *blob)
{
	int address = blob->address_cells;
	int size = blob->size_cells;

	if (address >= 1 && address <= 2 && size >= 1 && size <= 2)
		return 0;
	return error_set(
		blob->error,
		"%s: /: #address-cells or #size-cells is neither 1 nor 2 (is this the "
		"tree of an arm64 machine?)",
		blob->path);
}

/* The magic number, or what is there of it. */
static bool is_blob(const struct file *file)
{
	static const char magic[] = "\xd0\x0d\xfe\xed";
	size_t there = file->size < 4 ? file->size : 4;

	return !memcmp(file->bytes, magic, there);
}

static int blob_check(const struct file *file, struct error *error)
{
	int err;

	if (!is_blob(file))
		return error_set(error,
				 "%s: not a device tree blob (is this the right file?)",
				 file->path);
	err = fdt_check_full(file->bytes, file->size);
	if (err == -FDT_ERR_TRUNCATED)
		return error_set(
			error,
			"%s: shorter than its header says, or cut inside it (is this blob "
			"complete?)",
			file->path);
	if (err)
		return error_set(error,
				 "%s: a broken device tree blob, %s (see what dtc -I dtb "
				 "says of it)",
				 file->path, fdt_strerror(err));
	return 0;
}

int machine_read_dtb(struct machine *machine, const char *path, struct error *error)
{
	struct file file;
	struct blob blob;
	int err;

	if (file_read(&file, path, error))
		return -1;
	err = blob_check(&file, error);
	if (!err) {
		blob = (struct blob){
			.fdt = file.bytes,
			.path = path,
			.address_cells = fdt_address_cells(file.bytes, 0),
			.size_cells = fdt_size_cells(file.bytes, 0),
			.machine = machine,
			.error = error,
		};
		err = cells_check(&blob);
	}
	if (!err)
		err = memories_read(&blob);
	if (!err)
		cpus_count(&blob);
	file_free(&file);
	return err;
}
