/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine whose tables can be read: from a file of any format that a reader knows. It
 * is a map of the core that is only looked at. Knows nothing of what is looked for.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "base/progress.h"
#include "source/facts.h"
#include "source/memory.h"
#include "source/table_cache.h"

/**
 * struct source_request - which machine, and what is known about it
 * @path: of the source
 * @has_ttbr0, @has_ttbr1, @ttbr: a register was given
 * @has_tcr, @tcr: the same
 * @config: 0 where nothing was given; @has_regime, @has_lpa2 for those of which 0 is one
 * @has_ram_base, @ram_base: where memory begins that is a file by itself
 */
struct source_request {
	const char *path;
	bool has_ttbr0;
	bool has_ttbr1;
	uint64_t ttbr;
	bool has_tcr;
	uint64_t tcr;
	struct lm_format_config config;
	bool has_granule;
	bool has_regime;
	bool has_ram_base;
	uint64_t ram_base;
};

enum source_kind {
	SOURCE_TABLES, /* a directory of tables */
	SOURCE_ELF,
	SOURCE_KCORE,
	SOURCE_KDUMP,
	SOURCE_RAW,
	SOURCE_TEXT, /* of kernel_page_tables: has no tables, see scan_text() */
};

/**
 * struct source - a machine that can be looked at
 * @path, @kind: of the file
 * @memory: its physical memory
 * @facts: what is known
 * @linux_release: "6.12.95", or ""
 * @map: its tables, of which those on the last level come and go
 * @cache: what @map reads them through
 */
struct source {
	const char *path;
	enum source_kind kind;
	struct memory memory;
	struct facts facts;
	char linux_release[64];
	struct lm_map map;
	struct table_cache cache;
};

/* "ELF dump", ... */
const char *source_kind_text(enum source_kind kind);

/* What format a file has, by how it begins. 0, or -1 with an error. */
int source_find_kind(const char *path, enum source_kind *kind, struct error *error);

/*
 * Open a source of any kind but SOURCE_TEXT; refused if its root makes no sense. 0, or -1
 * with an error; to be closed in either case.
 */
int source_open(struct source *source, const struct source_request *request,
		struct progress *progress, struct error *error);
/* The same for a file whose format is known. */
int source_open_as(struct source *source, enum source_kind kind,
		   const struct source_request *request, struct progress *progress,
		   struct error *error);
void source_close(struct source *source);

/* All input addresses of its half. */
struct lm_range source_input(const struct source *source);

#endif
