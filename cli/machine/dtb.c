// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A machine from a flattened device tree, as Linux reads it: the reg of each enabled
 * memory node below the root (early_init_dt_scan_memory()), which part of it may be used
 * (early_init_dt_check_for_usable_mem_range()), reservations that are not mapped
 * (fdt_scan_reserved_mem()), and the enabled CPUs.
 */
#include "machine/machine.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

/* An address that may be unknown. */
struct start {
	bool known;
	uint64_t address;
};

/*
 * What the readers of nodes need, and what memory nodes say besides banks:
 * @ram_is_told: --ram gave the RAM: the tree's banks do not count
 * @lowest: where the lowest bank begins
 * @of_empty: where the first entry of size 0 begins: the boot loader fills in the size
 * @empty: the first node without a size; its source is NULL if there is none
 * @mapped: reservations that are mapped, as far as they were read
 */
struct blob {
	const void *fdt;
	const char *path;
	int address_cells; /* of the root's children */
	int size_cells;
	struct machine *machine;
	struct error *error;
	bool ram_is_told;
	struct start lowest;
	struct start of_empty;
	struct place empty;
	struct banks mapped;
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

/* Entries of a property of addresses and sizes, by the cells of the root. */
struct entries {
	const fdt32_t *cell;
	int count;
};

static int entry_cells(const struct blob *blob)
{
	return blob->address_cells + blob->size_cells;
}

/* False if its length is not a whole number of entries; *@length is in bytes. */
static bool entries_get(const struct blob *blob, int node, const char *name,
			struct entries *entries, int *length)
{
	int entry_size = entry_cells(blob) * (int)sizeof(fdt32_t);

	*length = 0;
	entries->cell = fdt_getprop(blob->fdt, node, name, length);
	if (!entries->cell)
		*length = 0;
	entries->count = *length / entry_size;
	return *length % entry_size == 0;
}

static int refuse_length(const struct blob *blob, const struct place *place,
			 const char *name, int length)
{
	return error_set(blob->error,
			 "%s%s: %s of %d bytes (each entry takes %d by the root's "
			 "#address-cells and #size-cells)",
			 place->source, place->where, name, length,
			 entry_cells(blob) * (int)sizeof(fdt32_t));
}

static uint64_t entry_start(const struct blob *blob, const struct entries *entries, int n)
{
	return cells_read(entries->cell + (ptrdiff_t)n * entry_cells(blob),
			  blob->address_cells);
}

static uint64_t entry_size(const struct blob *blob, const struct entries *entries, int n)
{
	return cells_read(entries->cell + (ptrdiff_t)n * entry_cells(blob) +
				  blob->address_cells,
			  blob->size_cells);
}

/* Where a node is, for errors. */
static struct place node_place(const struct blob *blob, int node)
{
	struct place place = { .source = blob->path };

	snprintf(place.where, sizeof(place.where), ": /%s",
		 fdt_get_name(blob->fdt, node, NULL));
	return place;
}

/* Address 0 may mean that it is unknown, unless the node's name has it, too. */
static void empty_note(struct blob *blob, const struct place *place, uint64_t start)
{
	if (!blob->empty.source)
		blob->empty = *place;
	if (!blob->of_empty.known && (start || strchr(place->where, '@')))
		blob->of_empty = (struct start){ true, start };
}

static int bank_read(struct blob *blob, const struct place *place, uint64_t start,
		     uint64_t size)
{
	if (!size) {
		empty_note(blob, place, start);
		return 0;
	}
	if (!blob->lowest.known || start < blob->lowest.address)
		blob->lowest = (struct start){ true, start };
	if (blob->ram_is_told)
		return 0;
	return banks_add(&blob->machine->ram, place, start, size, blob->error);
}

static int memory_read(struct blob *blob, int node)
{
	struct place place = node_place(blob, node);
	struct entries reg;
	/* A kernel started by another kernel has this instead of reg. */
	const char *name = "linux,usable-memory";
	int length;
	int err = 0;

	if (!fdt_getprop(blob->fdt, node, name, NULL))
		name = "reg";
	if (!entries_get(blob, node, name, &reg, &length))
		return refuse_length(blob, &place, name, length);
	if (!reg.count && !blob->empty.source)
		blob->empty = place;
	for (int i = 0; !err && i < reg.count; i++)
		err = bank_read(blob, &place, entry_start(blob, &reg, i),
				entry_size(blob, &reg, i));
	return err;
}

#define WAY_ON                                                              \
	"(add --ram SIZE, or take /sys/firmware/fdt or /proc/iomem of the " \
	"running board)"

static int refuse_empty(const struct blob *blob)
{
	if (blob->empty.source)
		return error_set(blob->error,
				 "%s%s: no size, which the boot loader fills in " WAY_ON,
				 blob->empty.source, blob->empty.where);
	return error_set(blob->error,
			 "%s: no enabled node of device_type \"memory\", which the boot "
			 "loader adds " WAY_ON,
			 blob->path);
}

/* Banks without a given place begin where the tree's memory begins. */
static int ram_place(const struct blob *blob)
{
	const struct start *start = blob->lowest.known ? &blob->lowest : &blob->of_empty;

	if (!start->known)
		return 0;
	return machine_move_ram(blob->machine, start->address, blob->error);
}

static int memories_read(struct blob *blob)
{
	blob->ram_is_told = blob->machine->ram.count > 0;
	for (int node = fdt_first_subnode(blob->fdt, 0); node >= 0;
	     node = fdt_next_subnode(blob->fdt, node)) {
		if (!is_device_type(blob->fdt, node, "memory") ||
		    !is_node_enabled(blob->fdt, node))
			continue;
		if (memory_read(blob, node))
			return -1;
	}
	if (blob->ram_is_told)
		return ram_place(blob);
	blob->machine->ram_may_overlap = true;
	return blob->machine->ram.count ? 0 : refuse_empty(blob);
}

/* A range that reaches beyond 2^64 is cut there, as memblock does. */
static int range_add(const struct blob *blob, struct banks *banks,
		     const struct entries *entries, int n, const struct place *place)
{
	uint64_t start = entry_start(blob, entries, n);
	uint64_t size = entry_size(blob, entries, n);

	if (!size)
		return 0;
	if (size - 1 > UINT64_MAX - start)
		size = UINT64_MAX - start;
	return banks_add(banks, place, start, size, blob->error);
}

static int ranges_add(const struct blob *blob, struct banks *banks,
		      const struct entries *entries, const struct place *place)
{
	int err = 0;

	for (int i = 0; !err && i < entries->count; i++)
		err = range_add(blob, banks, entries, i, place);
	return err;
}

/* As many as Linux reads: MAX_USABLE_RANGES. */
#define USABLE_RANGES 2

/*
 * The first range cuts RAM down to itself, unless its size is 0; the second one is RAM in
 * any case. So what is kept of the banks is in either.
 */
static int usable_add(const struct blob *blob, const struct entries *entries,
		      const struct place *place)
{
	struct machine *machine = blob->machine;
	bool cuts = entries->count && entry_size(blob, entries, 0);

	if (cuts && range_add(blob, &machine->usable, entries, 0, place))
		return -1;
	if (entries->count < USABLE_RANGES)
		return 0;
	machine->usable_ignored = (unsigned int)entries->count - USABLE_RANGES;
	if (cuts && range_add(blob, &machine->usable, entries, 1, place))
		return -1;
	return range_add(blob, &machine->added, entries, 1, place);
}

static int usable_read(const struct blob *blob)
{
	int node = fdt_path_offset(blob->fdt, "/chosen");
	const char *name = "linux,usable-memory-range";
	struct place place = { blob->path, ": /chosen" };
	struct entries entries;
	int length;

	if (node < 0)
		return 0;
	if (!entries_get(blob, node, name, &entries, &length))
		return refuse_length(blob, &place, name, length);
	return usable_add(blob, &entries, &place);
}

static bool overlaps(const struct banks *banks, uint64_t start, uint64_t size)
{
	for (size_t i = 0; i < banks->count; i++) {
		const struct bank *bank = &banks->bank[i];

		if (start < bank->start ? bank->start - start < size :
					  start - bank->start < bank->size)
			return true;
	}
	return false;
}

/*
 * As Linux' early_init_dt_reserve_memory(): memory that an earlier reservation has, in the
 * order of the tree, cannot be taken out of the map any more.
 */
static int no_map_add(const struct blob *blob, const struct entries *reg,
		      const struct place *place)
{
	struct machine *machine = blob->machine;
	int err = 0;

	for (int i = 0; !err && i < reg->count; i++) {
		uint64_t start = entry_start(blob, reg, i);
		uint64_t size = entry_size(blob, reg, i);

		if (overlaps(&machine->ram, start, size) &&
		    overlaps(&blob->mapped, start, size))
			machine->no_map_refused++;
		else
			err = range_add(blob, &machine->no_map, reg, i, place);
	}
	return err;
}

static void add_saturated(uint64_t *sum, uint64_t more)
{
	*sum = more > UINT64_MAX - *sum ? UINT64_MAX : *sum + more;
}

/* Linux chooses the place of one without reg. */
static void anywhere_count(const struct blob *blob, int node)
{
	int length = 0;
	const fdt32_t *size = fdt_getprop(blob->fdt, node, "size", &length);

	if (size && length == blob->size_cells * (int)sizeof(fdt32_t))
		add_saturated(&blob->machine->no_map_anywhere,
			      cells_read(size, blob->size_cells));
}

/* Linux skips a reservation whose reg has a wrong length. */
static int reservation_read(struct blob *blob, int node)
{
	struct place place = node_place(blob, node);
	struct entries reg;
	bool is_mapped;
	int length;

	if (!is_node_enabled(blob->fdt, node))
		return 0;
	is_mapped = !fdt_getprop(blob->fdt, node, "no-map", NULL);
	if (!fdt_getprop(blob->fdt, node, "reg", NULL)) {
		if (!is_mapped)
			anywhere_count(blob, node);
		return 0;
	}
	if (!entries_get(blob, node, "reg", &reg, &length))
		return 0;
	return is_mapped ? ranges_add(blob, &blob->mapped, &reg, &place) :
			   no_map_add(blob, &reg, &place);
}

static bool has_cells(const struct blob *blob, int node, const char *name, int cells)
{
	int length = 0;
	const fdt32_t *value = fdt_getprop(blob->fdt, node, name, &length);

	return value && length == (int)sizeof(*value) &&
	       fdt32_ld(value) == (uint32_t)cells;
}

/* As Linux' __reserved_mem_check_root(), which otherwise ignores all reservations. */
static bool are_reservations_used(const struct blob *blob, int parent)
{
	return has_cells(blob, parent, "#address-cells", blob->address_cells) &&
	       has_cells(blob, parent, "#size-cells", blob->size_cells) &&
	       fdt_getprop(blob->fdt, parent, "ranges", NULL);
}

static int reservations_read(struct blob *blob)
{
	int parent = fdt_path_offset(blob->fdt, "/reserved-memory");
	int err = 0;

	if (parent < 0)
		return 0;
	if (!are_reservations_used(blob, parent)) {
		blob->machine->reservations_ignored = true;
		return 0;
	}
	for (int node = fdt_first_subnode(blob->fdt, parent); !err && node >= 0;
	     node = fdt_next_subnode(blob->fdt, node))
		err = reservation_read(blob, node);
	return err;
}

/* Unchanged if the blob has no CPUs. */
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
	if (!cpus)
		return;
	blob->machine->cpus = cpus;
	blob->machine->assumed &= ~(unsigned int)ASSUMED_CPUS;
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

/* The magic number, or the part of it that the file has. */
static bool is_blob(const struct file *file)
{
	static const char magic[] = "\xd0\x0d\xfe\xed";
	size_t there = file->size < 4 ? file->size : 4;

	return !memcmp(file->bytes, magic, there);
}

/*
 * fdt_check_full() of libfdt 1.6 reads the name of a root node without asking whether
 * there is one, as in versions before 16 that give a path. Whatever else is wrong is for it
 * to find.
 */
static bool has_nameless_node(const struct file *file)
{
	const void *blob = file->bytes;
	int next = 0;

	if (file->size < sizeof(struct fdt_header) || fdt_check_header(blob) ||
	    fdt_totalsize(blob) > file->size)
		return false;
	for (int offset = 0; next >= 0; offset = next) {
		uint32_t tag = fdt_next_tag(blob, offset, &next);

		if (tag == FDT_END)
			return false;
		if (next >= 0 && tag == FDT_BEGIN_NODE &&
		    !fdt_get_name(blob, offset, NULL))
			return true;
	}
	return false;
}

static int blob_check(const struct file *file, struct error *error)
{
	int err;

	if (!is_blob(file))
		return error_set(error,
				 "%s: not a device tree blob (is this the right file?)",
				 file->path);
	err = has_nameless_node(file) ? -FDT_ERR_BADSTRUCTURE :
					fdt_check_full(file->bytes, file->size);
	if (err == -FDT_ERR_TRUNCATED)
		return error_set(
			error,
			"%s: shorter than its header says, or cut inside it (is this blob "
			"complete?)",
			file->path);
	if (err)
		return error_set(error,
				 "%s: a broken device tree blob, %s (see what dtc -I dtb "
				 "says about it)",
				 file->path, fdt_strerror(err));
	return 0;
}

int machine_read_dtb(struct machine *machine, const char *path, struct error *error)
{
	struct file file;
	struct blob blob = { .fdt = NULL };
	int err;

	if (file_read(&file, path, error))
		return -1;
	err = blob_check(&file, error);
	if (!err) {
		blob = (struct blob){
			.fdt = file.bytes,
			.path = file.path,
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
		err = usable_read(&blob);
	if (!err)
		err = reservations_read(&blob);
	if (!err)
		cpus_count(&blob);
	banks_free(&blob.mapped);
	file_free(&file);
	return err;
}
