/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The physical memory of a machine, wherever it is kept: each reader of a format opens
 * one. Knows nothing of what is in it.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/banks.h"

/**
 * struct memory - physical memory that can be read
 * @ctx: the reader's
 * @read: copy [@pa, +@size) to @bytes: 0, or -1 if not all of it is there
 * @close: give back what the reader holds
 * @ram: ranges of RAM, sorted and disjoint; empty if the source does not tell
 * @stored: those of them that the file is long enough to hold, to be searched
 * @vmcoreinfo: text that Linux leaves for debuggers, or NULL; owned
 * @trap: what may be wrong with the file although it could be opened, a clause, or ""
 */
struct memory {
	void *ctx;
	int (*read)(void *ctx, uint64_t pa, void *bytes, size_t size);
	void (*close)(void *ctx);
	struct banks ram;
	struct banks stored;
	char *vmcoreinfo;
	char trap[320];
};

void memory_close(struct memory *memory);

/* What @vmcoreinfo says; -1 without memory. @text need not end with a 0. */
int memory_set_vmcoreinfo(struct memory *memory, const char *text, size_t length);

/* A file that is mostly read at one place after another, and never as a whole. */
struct memory_file {
	const char *path;
	int fd;
	uint64_t size; /* 0 if it has none, as files of /proc */
};

/* 0, or -1 with an error. */
int memory_file_open(struct memory_file *file, const char *path, struct error *error);
void memory_file_close(struct memory_file *file);

/* Exactly @size bytes at @offset: 0, or -1. */
int memory_file_read(const struct memory_file *file, uint64_t offset, void *bytes,
		     size_t size);

#endif
