// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A machine from the text of /proc/iomem, which Linux writes in
 * kernel/resource.c: "START-LAST : NAME" in hexadecimal, two spaces of
 * indentation for each parent. "System RAM" is a bank, also with the name of the driver
 * that added it later, "System RAM (kmem)", below the device; "Kernel code" below
 * something is the kernel's alias; all the rest is ignored.
 */
#include "machine/machine.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* One line, taken apart. */
struct resource {
	uint64_t start;
	uint64_t last;
	size_t indent;
	const char *name;
};

/*
 * Reading the lines of a text. @ram is the last bank, for as long as @in_ram: until a
 * line that is not indented deeper.
 */
struct reader {
	struct machine *machine;
	struct error *error;
	struct place place;
	bool in_ram;
	struct resource ram;
};

/* 1 to 16 hexadecimal digits. Return: what follows them, or NULL if there are none. */
static const char *address_parse(const char *text, uint64_t *address)
{
	size_t length = strspn(text, "0123456789abcdefABCDEF");

	if (length < 1 || length > 16)
		return NULL;
	*address = strtoull(text, NULL, 16);
	return text + length;
}

/* What follows @token, or NULL if @text does not begin with it. */
static const char *token_skip(const char *text, const char *token)
{
	size_t length = strlen(token);

	return text && !strncmp(text, token, length) ? text + length : NULL;
}

static bool resource_parse(const char *line, struct resource *resource)
{
	const char *text = line + strspn(line, " ");

	resource->indent = (size_t)(text - line);
	text = address_parse(text, &resource->start);
	text = token_skip(text, "-");
	if (text)
		text = address_parse(text, &resource->last);
	text = token_skip(text, " : ");
	resource->name = text;
	return text != NULL;
}

static bool is_ram(const struct resource *resource)
{
	const char *rest = token_skip(resource->name, "System RAM");

	return rest && (!*rest || (rest[0] == ' ' && rest[1] == '('));
}

/* A range inside a bank is RAM already, whatever its name. */
static bool is_part_of_bank(const struct reader *reader, const struct resource *resource)
{
	return reader->in_ram && resource->start >= reader->ram.start &&
	       resource->start <= resource->last && resource->last <= reader->ram.last;
}

static int bank_read(struct reader *reader, const struct resource *resource)
{
	const struct place *place = &reader->place;

	/* What Linux prints for every address to an unprivileged reader. */
	if (!resource->start && !resource->last)
		return error_set(reader->error,
				 "%s%s: all addresses are 0 (read /proc/iomem as root)",
				 place->source, place->where);
	if (is_part_of_bank(reader, resource))
		return 0;
	reader->in_ram = true;
	reader->ram = *resource;
	return banks_add_last(&reader->machine->ram, place, resource->start,
			      resource->last, reader->error);
}

/* Errors quote the text itself, as a range need not be whole granules. */
static int alias_read(struct machine *machine, const struct place *line_place,
		      const char *line, const struct resource *resource,
		      struct error *error)
{
	uint64_t in_granule = (UINT64_C(1) << machine->format.granule_shift) - 1;
	struct place place = { .source = line_place->source };

	line += strspn(line, " ");
	snprintf(place.where, sizeof(place.where), "%.24s: %.*s", line_place->where,
		 (int)strcspn(line, " "), line);
	if (aliases_are_full(&machine->aliases, &place, error))
		return -1;
	if (resource->last < resource->start)
		return error_set(error,
				 "%s%s: ends at 0x%" PRIx64
				 ", before its start 0x%" PRIx64 " (swap the two?)",
				 place.source, place.where, resource->last,
				 resource->start);
	return banks_add_last(&machine->aliases, &place, resource->start & ~in_granule,
			      resource->last | in_granule, error);
}

static int line_read(struct reader *reader, const char *line)
{
	struct resource resource;

	if (!resource_parse(line, &resource))
		return error_set(
			reader->error,
			"%s%s: not a line of /proc/iomem (expected \"START-LAST : "
			"NAME\" in hexadecimal)",
			reader->place.source, reader->place.where);
	if (resource.indent <= reader->ram.indent)
		reader->in_ram = false;
	if (is_ram(&resource))
		return bank_read(reader, &resource);
	if (resource.indent && !strcmp(resource.name, "Kernel code"))
		return alias_read(reader->machine, &reader->place, line, &resource,
				  reader->error);
	return 0;
}

/* Ends the line at @line, before its last white space. Return: the next one. */
static char *line_end(char *line)
{
	char *end = strchr(line, '\n');
	char *next = end ? end + 1 : line + strlen(line);

	if (!end)
		end = next;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return next;
}

static int lines_read(struct machine *machine, struct file *file, struct error *error)
{
	struct reader reader = {
		.machine = machine,
		.error = error,
		.place = { .source = file->path },
	};
	struct place *place = &reader.place;
	size_t number = 1;
	char *next;

	for (char *line = file->bytes; *line; line = next, number++) {
		next = line_end(line);
		snprintf(place->where, sizeof(place->where), ":%zu", number);
		if (*line && line_read(&reader, line))
			return -1;
	}
	return 0;
}

int machine_read_iomem(struct machine *machine, const char *path, struct error *error)
{
	struct file file;
	int err = 0;

	if (file_read(&file, path, error))
		return -1;
	path = file.path;
	if (memchr(file.bytes, '\0', file.size))
		err = error_set(error, "%s: not a text (is this the right file?)", path);
	if (!err)
		err = lines_read(machine, &file, error);
	if (!err && !machine->ram.count)
		err = error_set(error,
				"%s: no line of \"System RAM\" (is this the whole text?)",
				path);
	file_free(&file);
	return err;
}
