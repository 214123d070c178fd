/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The readers: each opens one format as physical memory, and says no more about it than
 * the format does.
 */
#ifndef READERS_H
#define READERS_H

#include "source/facts.h"
#include "source/memory.h"

/* A file that is memory itself, from physical address @base on. 0, or -1 with an error. */
int raw_open(struct memory *memory, const char *path, uint64_t base, struct error *error);

/*
 * An ELF core: QEMU's dump-guest-memory, a vmcore, or /proc/kcore, of which nothing is
 * read but what is asked for. 0, or -1 with an error.
 */
int elf_open(struct memory *memory, const char *path, struct error *error);

/* A compressed dump of kdump, by libkdumpfile. 0, or -1 with an error. */
int kdump_open(struct memory *memory, const char *path, struct error *error);

/*
 * Tables as 'linmap run --dump-tables' writes them: @path is a directory that has one
 * NAME.json, or the path of a NAME.json. linmap(1) has the format. @facts gets what it
 * says. 0, or -1 with an error.
 */
int table_dump_open(struct memory *memory, struct facts *facts, const char *path,
		    struct error *error);

struct source;

/*
 * Write all tables of a source that was scanned to @dir/tables.bin and @dir/tables.json,
 * as table_dump_open() reads them. 0, or -1 with an error.
 */
int table_dump_write(const struct source *source, const char *dir, struct error *error);

#endif
