// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The process that libkdumpfile runs in. */
#include "source/kdump_child.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libkdumpfile/kdumpfile.h>

#include "source/kdump_wire.h"

/*
 * QEMU's pages are of 64 KiB whatever the kernel's are; libkdumpfile 0.5.1 takes them for
 * 4 KiB ones if the size is not set.
 */
static void name_machine(kdump_ctx_t *dump, const struct memory_file *file)
{
	uint32_t size = kdump_block_size(file);
	const char *arch;

	if (kdump_get_string_attr(dump, KDUMP_ATTR_ARCH_NAME, &arch) != KDUMP_OK)
		kdump_set_string_attr(dump, KDUMP_ATTR_ARCH_NAME, KDUMP_ARCH_AARCH64);
	if (size)
		kdump_set_number_attr(dump, KDUMP_ATTR_PAGE_SIZE, size);
}

static int check_machine(kdump_ctx_t *dump, const char *path, struct error *error)
{
	const char *arch = "unknown";

	if (kdump_get_string_attr(dump, KDUMP_ATTR_ARCH_NAME, &arch) == KDUMP_OK &&
	    !strcmp(arch, KDUMP_ARCH_AARCH64))
		return 0;
	return error_set(error, "%s: not of a 64-bit Arm machine (%s)", path, arch);
}

static int open_dump(kdump_ctx_t *dump, const struct memory_file *file,
		     struct error *error)
{
	if (!dump)
		return error_set(error, "%s: out of memory", file->path);
	if (kdump_open_fd(dump, file->fd) != KDUMP_OK)
		return error_set(error, "%s: %s", file->path, kdump_get_err(dump));
	name_machine(dump, file);
	return check_machine(dump, file->path, error);
}

/* RAM is what the dump has pages of, or says that it left out. Return: how many ranges. */
static uint32_t list_ram(kdump_ctx_t *dump, uint64_t (*ranges)[2], uint64_t page)
{
	kdump_attr_t attr = { .type = KDUMP_BITMAP };
	kdump_addr_t first = 0;
	uint32_t count = 0;

	if (!page ||
	    kdump_get_typed_attr(dump, KDUMP_ATTR_MEMORY_PAGEMAP, &attr) != KDUMP_OK)
		return 0;
	while (count < KDUMP_RANGES_MOST &&
	       kdump_bmp_find_set(attr.val.bitmap, &first) == KDUMP_OK) {
		kdump_addr_t end = first;

		if (kdump_bmp_find_clear(attr.val.bitmap, &end) != KDUMP_OK ||
		    end <= first || end > UINT64_MAX / page)
			break;
		ranges[count][0] = first * page;
		ranges[count++][1] = (end - first) * page;
		first = end;
	}
	return count;
}

static int tell_what_it_is(int socket, kdump_ctx_t *dump, const struct memory_file *file)
{
	static uint64_t ranges[KDUMP_RANGES_MOST][2];
	static struct kdump_opened opened;
	kdump_num_t page = 0;

	opened.failed = open_dump(dump, file, &opened.error);
	if (!opened.failed) {
		kdump_get_number_attr(dump, KDUMP_ATTR_PAGE_SIZE, &page);
		opened.ranges = list_ram(dump, ranges, page);
	}
	return kdump_send(socket, &opened, sizeof(opened)) ||
			       kdump_send(socket, ranges,
					  opened.ranges * sizeof(ranges[0])) ?
		       -1 :
		       opened.failed;
}

static int answer(int socket, kdump_ctx_t *dump, const struct kdump_request *request)
{
	static char bytes[KDUMP_REQUEST_MOST];
	size_t size = request->size;
	char missing = kdump_read(dump, KDUMP_MACHPHYSADDR, request->pa, bytes, &size) !=
			       KDUMP_OK ||
		       size != request->size;

	if (kdump_send(socket, &missing, 1))
		return -1;
	return missing ? 0 : kdump_send(socket, bytes, size);
}

/* Errors are for the command to print, and not for the library or its crash. */
static void silence(void)
{
	int nowhere = open("/dev/null", O_WRONLY);

	if (nowhere >= 0)
		dup2(nowhere, STDERR_FILENO);
}

void kdump_child_serve(int socket, const struct memory_file *file)
{
	struct kdump_request request;
	kdump_ctx_t *dump;
	int err;

	silence();
	dump = kdump_new();
	err = tell_what_it_is(socket, dump, file);

	while (!err && !kdump_receive(socket, &request, sizeof(request)) &&
	       request.size <= KDUMP_REQUEST_MOST)
		err = answer(socket, dump, &request);
	_exit(0);
}
