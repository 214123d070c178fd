// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reading a whole file, from a disk or from a pipe.
 */
#include "base/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_READ ((size_t)64 << 10)

/* Room for @size bytes and the 0 after them. */
static int buffer_resize(struct file *file, size_t size)
{
	char *bytes = realloc(file->bytes, size + 1);

	if (!bytes)
		return -1;
	file->bytes = bytes;
	return 0;
}

/* Read to the end, or until the limit is exceeded. */
static int stream_read(struct file *file, FILE *stream)
{
	size_t room = FIRST_READ;

	do {
		if (buffer_resize(file, room))
			return -1;
		file->size +=
			fread(file->bytes + file->size, 1, room - file->size, stream);
		if (file->size < room)
			break;
		room *= 2;
	} while (file->size <= FILE_LIMIT);
	file->bytes[file->size] = '\0';
	return ferror(stream) ? -1 : 0;
}

static int size_check(const struct file *file, struct error *error)
{
	if (!file->size)
		return error_set(error, "%s: empty (is this the right file?)",
				 file->path);
	if (file->size > FILE_LIMIT)
		return error_set(error, "%s: more than 16 MiB (is this the right file?)",
				 file->path);
	return 0;
}

int file_read(struct file *file, const char *path, struct error *error)
{
	bool is_input = !strcmp(path, "-");
	FILE *stream = is_input ? stdin : fopen(path, "rb");
	int err;

	*file = (struct file){ .path = is_input ? "standard input" : path };
	if (!stream)
		return error_set(error, "%s: %s", path, strerror(errno));
	err = stream_read(file, stream);
	if (err)
		error_set(error, "%s: %s", file->path, strerror(errno));
	if (!is_input)
		fclose(stream);
	if (!err)
		err = size_check(file, error);
	if (err)
		file_free(file);
	return err;
}

void file_free(struct file *file)
{
	free(file->bytes);
	file->bytes = NULL;
	file->size = 0;
}
