/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A whole input file in memory.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

#include "complaint.h"

/*
 * Descriptions of machines are far smaller; what is larger is the wrong file,
 * and may have no end.
 */
#define FILE_LIMIT ((size_t)16 << 20)

/**
 * struct file - the bytes of a file
 * @path: as complaints name it; borrowed
 * @bytes: one byte of 0 stands behind them
 */
struct file {
	const char *path;
	char *bytes;
	size_t size;
};

/*
 * Of standard input, if @path is "-".
 * 0, or -1 with a complaint: it cannot be read, is empty or beyond the limit.
 */
int file_read(struct file *file, const char *path, struct complaint *complaint);
void file_free(struct file *file);

#endif
