// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lines of "NAME : VALUE", as Linux' c_show() writes them in arch/arm64/kernel/cpuinfo.c: a
 * block for each CPU that is online, begun by "processor". All other names
 * are ignored.
 */
#include "machine/cpuinfo.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/units.h"

/* A part of MIDR_EL1. */
struct part {
	const char *name;
	unsigned int shift;
	uint32_t highest;
};

static const struct part parts[] = {
	{ "CPU implementer", 24, 0xff },
	{ "CPU variant", 20, 0xf },
	{ "CPU part", 4, 0xfff },
	{ "CPU revision", 0, 0xf },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* MIDR_EL1.Architecture: the features are in the ID registers. */
#define ARCHITECTURE (UINT32_C(0xf) << 16)

/* The reader between two lines; @given: parts of the CPU that is read. */
struct reader {
	struct cpuinfo *info;
	const char *path;
	size_t line;
	bool given[PARTS];
	struct error *error;
};

static struct cpuinfo_cpu *current(const struct reader *reader)
{
	return &reader->info->cpu[reader->info->count - 1];
}

/* The CPU whose lines end here must be complete. */
static int end_cpu(const struct reader *reader)
{
	if (!reader->info->count)
		return 0;
	for (size_t i = 0; i < PARTS; i++) {
		if (reader->given[i])
			continue;
		return error_set(reader->error,
				 "%s: CPU %" PRIu64 " has no \"%s\" (is this the whole "
				 "/proc/cpuinfo of an arm64 machine?)",
				 reader->path, current(reader)->number, parts[i].name);
	}
	return 0;
}

static int begin_cpu(struct reader *reader, uint64_t number)
{
	struct cpuinfo *info = reader->info;
	size_t room = info->room ? 2 * info->room : 16;
	struct cpuinfo_cpu *larger;

	if (end_cpu(reader))
		return -1;
	if (info->count == info->room) {
		larger = realloc(info->cpu, room * sizeof(*larger));
		if (!larger)
			return error_set(
				reader->error,
				"%s:%zu: out of memory (is this the right file?)",
				reader->path, reader->line);
		info->cpu = larger;
		info->room = room;
	}
	info->cpu[info->count++] = (struct cpuinfo_cpu){ number, ARCHITECTURE };
	memset(reader->given, 0, sizeof(reader->given));
	return 0;
}

static int read_part(struct reader *reader, size_t index, const char *name,
		     uint64_t value)
{
	const struct part *part = &parts[index];

	if (!reader->info->count)
		return error_set(reader->error,
				 "%s:%zu: \"%s\" before any \"processor\" (is this the "
				 "whole text?)",
				 reader->path, reader->line, name);
	if (reader->given[index])
		return error_set(reader->error,
				 "%s:%zu: a second \"%s\" of CPU %" PRIu64
				 " (is this the whole text?)",
				 reader->path, reader->line, name,
				 current(reader)->number);
	if (value > part->highest)
		return error_set(reader->error,
				 "%s:%zu: \"%s\" is 0x%" PRIx64
				 " (the maximum is 0x%" PRIx32 ")",
				 reader->path, reader->line, name, value, part->highest);
	reader->given[index] = true;
	current(reader)->midr |= (uint32_t)value << part->shift;
	return 0;
}

static int read_value(struct reader *reader, const char *name, const char *text)
{
	uint64_t value = 0;
	const char *problem = number_parse(text, &value);
	size_t index = 0;

	while (index < PARTS && strcmp(parts[index].name, name) != 0)
		index++;
	if (index == PARTS && strcmp(name, "processor") != 0)
		return 0;
	if (problem)
		return error_set(reader->error, "%s:%zu: \"%s\": %s", reader->path,
				 reader->line, name, problem);
	return index < PARTS ? read_part(reader, index, name, value) :
			       begin_cpu(reader, value);
}

static char *trimmed(char *text, char *end)
{
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int read_line(struct reader *reader, char *line, char *end)
{
	char *colon;

	line = trimmed(line, end);
	colon = strchr(line, ':');
	if (!*line)
		return 0;
	if (!colon)
		return error_set(reader->error,
				 "%s:%zu: not a line of /proc/cpuinfo (expected "
				 "\"NAME : VALUE\")",
				 reader->path, reader->line);
	end = line + strlen(line);
	return read_value(reader, trimmed(line, colon), trimmed(colon + 1, end));
}

static int read_lines(struct reader *reader, char *text)
{
	while (*text) {
		char *end = text + strcspn(text, "\n");
		char *next = end + (*end == '\n');

		reader->line++;
		if (read_line(reader, text, end))
			return -1;
		text = next;
	}
	return end_cpu(reader);
}

static int compare(const void *a, const void *b)
{
	const struct cpuinfo_cpu *left = a;
	const struct cpuinfo_cpu *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

static int check_all(const struct cpuinfo *info, const char *path, struct error *error)
{
	if (!info->count)
		return error_set(
			error,
			"%s: no \"processor\" (is this the whole /proc/cpuinfo of "
			"an arm64 machine?)",
			path);
	qsort(info->cpu, info->count, sizeof(info->cpu[0]), compare);
	for (size_t i = 1; i < info->count; i++)
		if (info->cpu[i].number == info->cpu[i - 1].number)
			return error_set(error,
					 "%s: CPU %" PRIu64
					 " is listed twice (is this one "
					 "machine's text?)",
					 path, info->cpu[i].number);
	return 0;
}

/* What an x86 machine has instead of an implementer. */
static bool is_foreign(const char *text)
{
	return strstr(text, "vendor_id") && !strstr(text, parts[0].name);
}

int cpuinfo_read(struct cpuinfo *info, const char *path, struct error *error)
{
	struct reader reader = { .info = info, .error = error };
	struct file file;
	int err;

	*info = (struct cpuinfo){ .cpu = NULL };
	if (file_read(&file, path, error))
		return -1;
	reader.path = file.path;
	if (memchr(file.bytes, '\0', file.size))
		err = error_set(error, "%s: not a text (is this the right file?)",
				file.path);
	else if (is_foreign(file.bytes))
		err = error_set(
			error,
			"%s: not an arm64 machine's (copy /proc/cpuinfo from one, "
			"and give that file)",
			file.path);
	else
		err = read_lines(&reader, file.bytes);
	if (!err)
		err = check_all(info, file.path, error);
	file_free(&file);
	return err;
}

void cpuinfo_free(struct cpuinfo *info)
{
	free(info->cpu);
	info->cpu = NULL;
}
