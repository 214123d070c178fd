// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compressed dumps, through libkdumpfile: reads of physical memory, and VMCOREINFO. Its
 * own idea of the machine is not used: releases differ in it.
 */
#include "source/readers.h"

#ifdef HAVE_KDUMPFILE

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/kdump_child.h"
#include "source/kdump_wire.h"

struct kdump {
	struct memory_file file;
	int socket;
	pid_t child;
};

/* Of struct kdump_sub_header, a block later than struct disk_dump_header. */
#define VMCOREINFO_OFFSET 32 /* where it is in the file, and its size */
#define VMCOREINFO_MOST	  ((uint64_t)1 << 20)

/*
 * Not through the library, which gives it only when it knows more of the machine. Without
 * it, memory is searched.
 */
static int take_vmcoreinfo(struct memory *memory, const struct memory_file *file)
{
	uint32_t block = kdump_block_size(file);
	uint64_t place[2];
	char *text;
	int err = 0;

	if (!block ||
	    memory_file_read(file, block + VMCOREINFO_OFFSET, place, sizeof(place)) ||
	    !place[1] || place[1] > VMCOREINFO_MOST)
		return 0;
	text = malloc(place[1]);
	if (!text)
		return -1;
	if (!memory_file_read(file, place[0], text, place[1]))
		err = memory_set_vmcoreinfo(memory, text, place[1]);
	free(text);
	return err;
}

static int read_memory(void *ctx, uint64_t pa, void *bytes, size_t size)
{
	struct kdump *kdump = ctx;
	struct kdump_request request = { pa, size };
	char missing = 1;

	if (size > KDUMP_REQUEST_MOST ||
	    kdump_send(kdump->socket, &request, sizeof(request)) ||
	    kdump_receive(kdump->socket, &missing, 1) || missing)
		return -1;
	return kdump_receive(kdump->socket, bytes, size);
}

static void kdump_close(void *ctx)
{
	struct kdump *kdump = ctx;

	if (kdump->socket >= 0)
		close(kdump->socket);
	if (kdump->child > 0) {
		/* It may be in a loop. */
		kill(kdump->child, SIGKILL);
		waitpid(kdump->child, NULL, 0);
	}
	memory_file_close(&kdump->file);
	free(kdump);
}

static int start_child(struct kdump *kdump, struct error *error)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return error_set(error, "%s: no socket (close other programs)",
				 kdump->file.path);
	kdump->child = fork();
	if (!kdump->child) {
		close(ends[0]);
		kdump_child_serve(ends[1], &kdump->file);
	}
	close(ends[1]);
	kdump->socket = ends[0];
	if (kdump->child > 0)
		return 0;
	return error_set(error, "%s: no process (close other programs)",
			 kdump->file.path);
}

static int take_ram(struct kdump *kdump, struct memory *memory, uint32_t ranges,
		    struct error *error)
{
	struct place place = { .source = kdump->file.path, .where = "" };

	for (uint32_t i = 0; i < ranges; i++) {
		uint64_t range[2];

		if (kdump_receive(kdump->socket, range, sizeof(range)))
			return error_set(error, "%s: damaged: libkdumpfile ended on it",
					 kdump->file.path);
		if (banks_add(&memory->ram, &place, range[0], range[1], error) ||
		    banks_add(&memory->stored, &place, range[0], range[1], error))
			return -1;
	}
	return 0;
}

static int open_dump(struct kdump *kdump, struct memory *memory, struct error *error)
{
	static struct kdump_opened opened;

	if (start_child(kdump, error))
		return -1;
	if (kdump_receive(kdump->socket, &opened, sizeof(opened)))
		return error_set(error, "%s: damaged: libkdumpfile ended on it",
				 kdump->file.path);
	if (opened.failed) {
		*error = opened.error;
		return -1;
	}
	if (take_vmcoreinfo(memory, &kdump->file))
		return error_set(error, "%s: out of memory", kdump->file.path);
	return take_ram(kdump, memory, opened.ranges, error);
}

int kdump_open(struct memory *memory, const char *path, struct error *error)
{
	struct kdump *kdump = calloc(1, sizeof(*kdump));

	if (!kdump)
		return error_set(error, "%s: out of memory", path);
	kdump->file.fd = kdump->socket = -1;
	memory->ctx = kdump;
	memory->read = read_memory;
	memory->close = kdump_close;
	if (memory_file_open(&kdump->file, path, error))
		return -1;
	return open_dump(kdump, memory, error);
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

#endif
