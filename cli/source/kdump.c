// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compressed dumps, through libkdumpfile: reads of physical memory, and VMCOREINFO. Its
 * own idea of the machine is not used: releases differ in it.
 */
#include "source/readers.h"

#ifdef HAVE_KDUMPFILE

#include <stdlib.h>
#include <string.h>

#include <libkdumpfile/kdumpfile.h>

struct kdump {
	kdump_ctx_t *dump;
	struct memory_file file;
};

static int kdump_memory_read(void *ctx, uint64_t pa, void *bytes, size_t size)
{
	struct kdump *kdump = ctx;
	size_t left = size;

	return kdump_read(kdump->dump, KDUMP_MACHPHYSADDR, pa, bytes, &left) ==
				       KDUMP_OK &&
			       left == size ?
		       0 :
		       -1;
}

static void kdump_close(void *ctx)
{
	struct kdump *kdump = ctx;

	if (kdump->dump)
		kdump_free(kdump->dump);
	memory_file_close(&kdump->file);
	free(kdump);
}

/*
 * What is read without the library, which needs it or wants to know more first: of struct
 * disk_dump_header and, a block later, struct kdump_sub_header (makedumpfile).
 */
#define BLOCK_SIZE_OFFSET 428
#define VMCOREINFO_OFFSET 32 /* where it is in the file, and its size */
#define VMCOREINFO_MOST	  ((uint64_t)1 << 20)

/* 0 if it is none that a dump has. */
static uint32_t block_size(const struct kdump *kdump)
{
	uint32_t size = 0;

	if (memory_file_read(&kdump->file, BLOCK_SIZE_OFFSET, &size, sizeof(size)) ||
	    (size != 4096 && size != 16384 && size != 65536))
		return 0;
	return size;
}

/*
 * QEMU's pages are of 64 KiB whatever the kernel's are; libkdumpfile 0.5.1 takes them for
 * 4 KiB ones if it is not told.
 */
static void name_machine(const struct kdump *kdump)
{
	uint32_t size = block_size(kdump);
	const char *arch;

	if (kdump_get_string_attr(kdump->dump, KDUMP_ATTR_ARCH_NAME, &arch) != KDUMP_OK)
		kdump_set_string_attr(kdump->dump, KDUMP_ATTR_ARCH_NAME,
				      KDUMP_ARCH_AARCH64);
	if (size)
		kdump_set_number_attr(kdump->dump, KDUMP_ATTR_PAGE_SIZE, size);
}

/* A dump without it is searched for it later. */
static int take_vmcoreinfo(struct memory *memory, const struct kdump *kdump)
{
	uint64_t place[2];
	char *text;
	int err = 0;

	if (!block_size(kdump) ||
	    memory_file_read(&kdump->file, block_size(kdump) + VMCOREINFO_OFFSET, place,
			     sizeof(place)) ||
	    !place[1] || place[1] > VMCOREINFO_MOST)
		return 0;
	text = malloc(place[1]);
	if (!text)
		return -1;
	if (!memory_file_read(&kdump->file, place[0], text, place[1]))
		err = memory_set_vmcoreinfo(memory, text, place[1]);
	free(text);
	return err;
}

static int check_machine(kdump_ctx_t *dump, const char *path, struct error *error)
{
	const char *arch = "unknown";

	if (kdump_get_string_attr(dump, KDUMP_ATTR_ARCH_NAME, &arch) == KDUMP_OK &&
	    !strcmp(arch, KDUMP_ARCH_AARCH64))
		return 0;
	return error_set(error, "%s: not of a 64-bit Arm machine (%s)", path, arch);
}

/* RAM is what the dump has pages of: those left out of it are counted as well if it says so. */
static int list_ram(struct memory *memory, kdump_ctx_t *dump, const char *path,
		    struct error *error)
{
	struct place place = { .source = path, .where = "" };
	kdump_attr_t attr = { .type = KDUMP_BITMAP };
	kdump_num_t page;
	kdump_addr_t first = 0;
	kdump_addr_t end;

	if (kdump_get_number_attr(dump, KDUMP_ATTR_PAGE_SIZE, &page) != KDUMP_OK ||
	    kdump_get_typed_attr(dump, KDUMP_ATTR_MEMORY_PAGEMAP, &attr) != KDUMP_OK)
		return 0;
	while (kdump_bmp_find_set(attr.val.bitmap, &first) == KDUMP_OK) {
		end = first;
		if (kdump_bmp_find_clear(attr.val.bitmap, &end) != KDUMP_OK ||
		    end <= first || end > UINT64_MAX / page)
			break;
		if (banks_add(&memory->ram, &place, first * page, (end - first) * page,
			      error))
			return -1;
		first = end;
	}
	return 0;
}

static int open_dump(struct kdump *kdump, struct memory *memory, const char *path,
		     struct error *error)
{
	kdump_status status;

	kdump->dump = kdump_new();
	if (!kdump->dump)
		return error_set(error, "%s: out of memory", path);
	status = kdump_open_fd(kdump->dump, kdump->file.fd);
	if (status != KDUMP_OK)
		return error_set(error, "%s: %s", path, kdump_get_err(kdump->dump));
	name_machine(kdump);
	if (check_machine(kdump->dump, path, error))
		return -1;
	if (take_vmcoreinfo(memory, kdump))
		return error_set(error, "%s: out of memory", path);
	return list_ram(memory, kdump->dump, path, error);
}

int kdump_open(struct memory *memory, const char *path, struct error *error)
{
	struct kdump *kdump = calloc(1, sizeof(*kdump));

	if (!kdump)
		return error_set(error, "%s: out of memory", path);
	kdump->file.fd = -1;
	memory->ctx = kdump;
	memory->read = kdump_memory_read;
	memory->close = kdump_close;
	if (memory_file_open(&kdump->file, path, error))
		return -1;
	return open_dump(kdump, memory, path, error);
}

bool kdump_is_supported(void)
{
	return true;
}

#else

int kdump_open(struct memory *memory, const char *path, struct error *error)
{
	(void)memory;
	return error_set(error,
			 "%s: a compressed dump, and this linmap was built without "
			 "libkdumpfile (install it and build anew, or dump as ELF)",
			 path);
}

bool kdump_is_supported(void)
{
	return false;
}

#endif
