// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading VMCOREINFO, and finding it in memory where no note has it. */
#include "source/vmcoreinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of @name and how long it is, or NULL. */
static const char *find(const char *info, const char *name, size_t *length)
{
	size_t name_length = strlen(name);

	for (const char *line = info; line && *line;) {
		const char *end = strchr(line, '\n');

		if (!strncmp(line, name, name_length) && line[name_length] == '=') {
			line += name_length + 1;
			*length = end ? (size_t)(end - line) : strlen(line);
			return line;
		}
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

bool vmcoreinfo_text(const char *info, const char *name, char *value, size_t size)
{
	size_t length;
	const char *text = find(info, name, &length);

	if (!text || !size)
		return false;
	snprintf(value, size, "%.*s", (int)(length < size ? length : size - 1), text);
	return true;
}

bool vmcoreinfo_number(const char *info, const char *name, int base, uint64_t *value)
{
	char text[64];
	char *end;
	bool is_hex;

	if (!vmcoreinfo_text(info, name, text, sizeof(text)))
		return false;
	is_hex = base == 16 || !strncmp(text, "0x", 2) || !strncmp(text, "-0x", 3);
	errno = 0;
	/* PHYS_OFFSET is arithmetic modulo 2^64, and may be printed as negative. */
	*value = strtoull(text, &end, is_hex ? 16 : 10);
	return end != text && !*end && !errno;
}

/* The text has pages of its own, which begin with it. */
#define PAGE_STEP 4096

bool vmcoreinfo_is_page(const char *page, size_t size)
{
	static const char begins[] = "OSRELEASE=";
	char text[PAGE_STEP + 1];
	size_t length = size < PAGE_STEP ? size : PAGE_STEP;

	if (length < sizeof(begins) || memcmp(page, begins, sizeof(begins) - 1) != 0)
		return false;
	memcpy(text, page, length);
	text[length] = '\0';
	return strstr(text, "\nPAGESIZE=") && strstr(text, "\nSYMBOL(swapper_pg_dir)=");
}

#define CHUNK ((size_t)1 << 20)

/* In [@pa, +@size), of which @bytes has room for all. Return: where, or NULL. */
static const char *search_chunk(const struct memory *memory, uint64_t pa, char *bytes,
				size_t size)
{
	bool is_whole = !memory->read(memory->ctx, pa, bytes, size);

	for (size_t at = 0; at + PAGE_STEP <= size; at += PAGE_STEP) {
		/* Where a page is missing, those around it may be there. */
		if (!is_whole &&
		    memory->read(memory->ctx, pa + at, bytes + at, PAGE_STEP))
			continue;
		if (vmcoreinfo_is_page(bytes + at, PAGE_STEP))
			return bytes + at;
	}
	return NULL;
}

static const char *search_bank(const struct memory *memory, const struct bank *bank,
			       char *bytes, struct progress *progress, uint64_t *done,
			       uint64_t total)
{
	uint64_t skip = -bank->start & (PAGE_STEP - 1);
	const char *found = NULL;

	for (uint64_t at = skip; !found && at < bank->size; at += CHUNK) {
		uint64_t left = bank->size - at;
		size_t piece = left < CHUNK ? (size_t)left : CHUNK;

		found = search_chunk(memory, bank->start + at, bytes, piece);
		*done += piece;
		progress_update(progress, *done, total);
	}
	return found;
}

int vmcoreinfo_search(struct memory *memory, struct progress *progress,
		      struct error *error)
{
	const struct banks *banks = &memory->stored;
	uint64_t total = banks_size(banks);
	char *bytes = malloc(CHUNK);
	const char *found = NULL;
	uint64_t done = 0;
	int err = bytes ? 0 : -1;

	progress_step(progress, "searching for VMCOREINFO");
	for (size_t i = 0; !err && !found && i < banks->count; i++)
		found = search_bank(memory, &banks->bank[i], bytes, progress, &done,
				    total);
	if (found)
		err = memory_set_vmcoreinfo(memory, found, strnlen(found, PAGE_STEP));
	free(bytes);
	progress_end(progress);
	return err ? error_set(error, "out of memory (close other programs)") : 0;
}
