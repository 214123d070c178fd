/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A picture, or another result, to a file or to standard output. */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include <stdio.h>

/* Writes all of it. 0, or -1 without memory. */
typedef int output_fn(void *ctx, FILE *out);

/* @path NULL or "-" is standard output. Return: what to exit with. */
int output_file_write(const char *path, output_fn *write, void *ctx);

#endif
