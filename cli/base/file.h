/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A whole input file in memory.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

#include "base/error.h"

/*
 * Descriptions of machines are far smaller. A larger file is the wrong one, and may be
 * endless.
 */
#define FILE_LIMIT ((size_t)16 << 20)

/**
 * struct file - the bytes of a file
 * @path: as errors name it; borrowed
 * @bytes: one byte of 0 follows them
 */
struct file {
	const char *path;
	char *bytes;
	size_t size;
};

/*
 * Reads standard input if @path is "-".
 * 0, or -1 with an error: it cannot be read, is empty or beyond the limit.
 */
int file_read(struct file *file, const char *path, struct error *error);
void file_free(struct file *file);

#endif
