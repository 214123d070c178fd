// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading a file here and there. The fuzzing targets have their own, of bytes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/memory.h"

int memory_file_open(struct memory_file *file, const char *path, struct error *error)
{
	struct stat found;

	*file = (struct memory_file){ .path = path };
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return error_set(error, "%s: %s%s", path, strerror(errno),
				 errno == EACCES || errno == EPERM ? " (run it as root)" :
								     "");
	if (!fstat(file->fd, &found) && S_ISREG(found.st_mode) && found.st_size > 0)
		file->size = (uint64_t)found.st_size;
	return 0;
}

void memory_file_close(struct memory_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int memory_file_read(const struct memory_file *file, uint64_t offset, void *bytes,
		     size_t size)
{
	char *at = bytes;

	if (offset > INT64_MAX - size)
		return -1;
	while (size) {
		ssize_t n = pread(file->fd, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}
