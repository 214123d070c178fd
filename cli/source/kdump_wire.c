// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What both processes that read a compressed dump need. */
#include "source/kdump_wire.h"

#include <sys/socket.h>
#include <sys/types.h>

int kdump_send(int socket, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = send(socket, at, size, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int kdump_receive(int socket, void *bytes, size_t size)
{
	char *at = bytes;

	while (size) {
		ssize_t n = recv(socket, at, size, 0);

		if (n <= 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Of struct disk_dump_header. */
#define BLOCK_SIZE_OFFSET 428

uint32_t kdump_block_size(const struct memory_file *file)
{
	uint32_t size = 0;

	if (memory_file_read(file, BLOCK_SIZE_OFFSET, &size, sizeof(size)) ||
	    (size != 4096 && size != 16384 && size != 65536))
		return 0;
	return size;
}
