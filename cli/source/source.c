// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Opening a source: which reader, what is known, what follows, and whether its root makes
 * sense.
 */
#include "source/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "source/readers.h"
#include "source/root.h"
#include "source/vmcoreinfo.h"

#define DEFAULT_RAM_BASE 0x40000000 /* of QEMU's machine, and many boards */

const char *source_kind_text(enum source_kind kind)
{
	static const char *const texts[] = {
		[SOURCE_TABLES] = "tables",	   [SOURCE_ELF] = "ELF dump",
		[SOURCE_KCORE] = "running kernel", [SOURCE_KDUMP] = "kdump",
		[SOURCE_RAW] = "memory",	   [SOURCE_TEXT] = "kernel_page_tables",
	};

	return texts[kind];
}

/* --------------------------------------------------------------------- formats */

#define PROC_MAGIC 0x9fa0

static bool is_in_proc(int fd)
{
	struct statfs found;

	return !fstatfs(fd, &found) && found.f_type == PROC_MAGIC;
}

/* "---[ ... ]---", or "0x...-0x...": how lines of kernel_page_tables begin. */
static bool begins_as_text(const char *head, size_t size)
{
	return size > 20 &&
	       (!memcmp(head, "---[ ", 5) ||
		(!memcmp(head, "0x", 2) && head[18] == '-' && head[19] == '0'));
}

static int kind_of_head(const char *path, const char *head, size_t size, bool is_proc,
			enum source_kind *kind, struct error *error)
{
	static const char flattened[] = "makedumpfile";

	if (size >= sizeof(flattened) && !memcmp(head, flattened, sizeof(flattened)))
		return error_set(error,
				 "%s: a flattened kdump, which libkdumpfile 0.5.1 cannot "
				 "read (turn it into another with makedumpfile -R)",
				 path);
	*kind = SOURCE_RAW;
	if (size >= 4 && !memcmp(head, "\177ELF", 4))
		*kind = is_proc ? SOURCE_KCORE : SOURCE_ELF;
	else if (size >= 8 &&
		 (!memcmp(head, "KDUMP   ", 8) || !memcmp(head, "DISKDUMP", 8)))
		*kind = SOURCE_KDUMP;
	else if (begins_as_text(head, size))
		*kind = SOURCE_TEXT;
	return 0;
}

static bool is_index(const char *path)
{
	size_t length = strlen(path);

	return length > 5 && !strcmp(path + length - 5, ".json");
}

int source_find_kind(const char *path, enum source_kind *kind, struct error *error)
{
	struct memory_file file;
	struct stat found;
	char head[32];
	ssize_t size;
	int err;

	*kind = strcmp(path, "-") ? SOURCE_TABLES : SOURCE_TEXT;
	if (*kind == SOURCE_TEXT || is_index(path) ||
	    (!stat(path, &found) && S_ISDIR(found.st_mode)))
		return 0;
	if (memory_file_open(&file, path, error))
		return -1;
	size = pread(file.fd, head, sizeof(head), 0);
	if (size < 0)
		err = error_set(error, "%s: %s", path, strerror(errno));
	else if (!size)
		err = error_set(error, "%s: empty (is this the right file?)", path);
	else
		err = kind_of_head(path, head, (size_t)size, is_in_proc(file.fd), kind,
				   error);
	memory_file_close(&file);
	return err;
}

static int open_memory(struct source *source, const struct source_request *request,
		       struct error *error)
{
	uint64_t base = request->has_ram_base ? request->ram_base : DEFAULT_RAM_BASE;

	switch (source->kind) {
	case SOURCE_TABLES:
		return table_dump_open(&source->memory, &source->facts, source->path,
				       error);
	case SOURCE_ELF:
	case SOURCE_KCORE:
		return elf_open(&source->memory, source->path, error);
	case SOURCE_KDUMP:
		return kdump_open(&source->memory, source->path, error);
	case SOURCE_RAW:
		return raw_open(&source->memory, source->path, base, error);
	case SOURCE_TEXT:
		break;
	}
	return error_set(error,
			 "%s: the text of kernel_page_tables has no tables (it is for "
			 "census and draw)",
			 source->path);
}

/* ----------------------------------------------------------------------- facts */

/* What options say of the geometry, beside registers. */
static void take_options(struct facts *facts, const struct source_request *request)
{
	const struct lm_format_config *config = &request->config;
	bool is_one_range = request->has_regime &&
			    !lm_regime_has_two_ranges(config->regime);

	if (request->has_regime)
		facts_set(facts, FACT_REGIME, config->regime, FACT_GIVEN, "--regime");
	if (is_one_range)
		facts_set(facts, FACT_HALF, LM_LOWER, FACT_GIVEN, "--regime");
	if (request->has_ttbr0)
		facts_set(facts, FACT_HALF, LM_LOWER, FACT_GIVEN, "--ttbr0");
	if (request->has_ttbr1)
		facts_set(facts, FACT_HALF, LM_UPPER, FACT_GIVEN, "--ttbr1");
	if (request->has_granule)
		facts_set(facts, FACT_GRANULE, config->granule_shift, FACT_GIVEN,
			  "--granule");
	if (config->ia_bits)
		facts_set(facts, FACT_VA_BITS, config->ia_bits, FACT_GIVEN, "--va-bits");
	if (config->oa_bits)
		facts_set(facts, FACT_PA_BITS, config->oa_bits, FACT_GIVEN, "--pa-bits");
	if (config->lpa2)
		facts_set(facts, FACT_LPA2, true, FACT_GIVEN, "--lpa2");
}

static int take_registers(struct facts *facts, const struct source_request *request,
			  struct error *error)
{
	bool has_ttbr = request->has_ttbr0 || request->has_ttbr1;
	uint64_t pa_bits;

	facts_set(facts, FACT_REGIME, LM_EL1_0, FACT_ASSUMED,
		  "nothing tells (see --regime)");
	facts_set(facts, FACT_HALF, LM_UPPER, FACT_ASSUMED, "a kernel's is TTBR1");
	if (request->has_tcr && facts_set_tcr(facts, request->tcr, error))
		return -1;
	if (!has_ttbr)
		return 0;
	pa_bits = facts_know(facts, FACT_PA_BITS) ? facts->fact[FACT_PA_BITS].value : 48;
	facts_set(facts, FACT_ROOT, facts_root_of_ttbr(request->ttbr, pa_bits),
		  FACT_GIVEN, request->has_ttbr1 ? "--ttbr1" : "--ttbr0");
	return 0;
}

/* Search all of memory only for what nothing else says. */
static int find_vmcoreinfo(struct source *source, struct progress *progress,
			   struct error *error)
{
	const struct facts *facts = &source->facts;
	bool knows_all = facts_know(facts, FACT_ROOT) &&
			 facts_know(facts, FACT_GRANULE) &&
			 facts_know(facts, FACT_VA_BITS);

	if (source->memory.vmcoreinfo || knows_all || source->kind == SOURCE_KCORE ||
	    facts->fact[FACT_HALF].value != LM_UPPER)
		return 0;
	return vmcoreinfo_search(&source->memory, progress, error);
}

static uint64_t last_pa(const struct memory *memory)
{
	return memory->ram.count ? bank_last(&memory->ram.bank[memory->ram.count - 1]) :
				   0;
}

static int find_facts(struct source *source, const struct source_request *request,
		      struct progress *progress, struct error *error)
{
	struct facts *facts = &source->facts;
	const char *info;

	take_options(facts, request);
	if (take_registers(facts, request, error) ||
	    find_vmcoreinfo(source, progress, error))
		return -1;
	info = source->memory.vmcoreinfo;
	if (info) {
		facts_set_vmcoreinfo(facts, info);
		vmcoreinfo_text(info, "OSRELEASE", source->linux_release,
				sizeof(source->linux_release));
	}
	return facts_complete(facts, last_pa(&source->memory), source->path, error);
}

static int open_map(struct source *source, struct error *error)
{
	struct lm_env env = { .ctx = &source->cache, .table = table_cache_table };
	lm_pa_t root = { source->facts.fact[FACT_ROOT].value };
	struct lm_format fmt;

	if (facts_format(&source->facts, &fmt, source->path, error))
		return -1;
	lm_map_init(&source->map, &fmt, &env, root);
	table_cache_init(&source->cache, &source->memory, &source->map.fmt, root.v);
	return root_check(&source->map, &source->memory, &source->facts, source->path,
			  error);
}

int source_open_as(struct source *source, enum source_kind kind,
		   const struct source_request *request, struct progress *progress,
		   struct error *error)
{
	*source = (struct source){ .path = request->path, .kind = kind };
	if (open_memory(source, request, error) ||
	    find_facts(source, request, progress, error))
		return -1;
	return open_map(source, error);
}

int source_open(struct source *source, const struct source_request *request,
		struct progress *progress, struct error *error)
{
	enum source_kind kind;

	*source = (struct source){ .path = request->path };
	if (source_find_kind(request->path, &kind, error))
		return -1;
	return source_open_as(source, kind, request, progress, error);
}

void source_close(struct source *source)
{
	table_cache_free(&source->cache);
	memory_close(&source->memory);
}

struct lm_range source_input(const struct source *source)
{
	const struct lm_format *fmt = &source->map.fmt;

	return (struct lm_range){ { fmt->base }, UINT64_C(1) << fmt->config.ia_bits };
}
