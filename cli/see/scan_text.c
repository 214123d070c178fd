// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of Linux' kernel_page_tables (arch/arm64/mm/ptdump.c): a line for each stretch
 * of leaves that are alike, with the level but without addresses of memory, and without
 * the granule, which has to be found by the addresses.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "see/scan.h"

/* One line: leaves that are alike, or addresses at which nothing is. */
struct text_line {
	bool is_hole;
	uint64_t start;
	uint64_t end;
	int level;
	bool is_run;
	unsigned int bits;
	unsigned int attr_index;
};

struct text_reader {
	const char *path;
	const struct scan *scan;
	uint64_t alignment; /* bits of all addresses, or-ed */
	uint64_t first;
	uint64_t last;
	bool has_leaves;
	struct layout layout;
	size_t part; /* that the last title opened, or layout.count */
	struct lm_format fmt;
};

static const struct {
	const char *name;
	int level;
} levels[] = {
	{ "PTE", 3 }, { "PMD", 2 }, { "PUD", 1 }, { "P4D", 0 }, { "PGD", -1 },
};

/* Linux' indexes into MAIR (arch/arm64/include/asm/memory.h). */
static const char *const memory_types[] = {
	"MEM/NORMAL",	 "MEM/NORMAL-TAGGED", "MEM/NORMAL-NC",
	"DEVICE/nGnRnE", "DEVICE/nGnRE",
};

/* ------------------------------------------------------------------------- a line */

static int take_address(char **at, uint64_t *address)
{
	char *end;

	if (strncmp(*at, "0x", 2) != 0)
		return -1;
	*address = strtoull(*at, &end, 16);
	if (end - *at != 18)
		return -1;
	*at = end;
	return 0;
}

static void take_word(struct text_line *line, const char *word)
{
	if (!strcmp(word, "F"))
		line->bits |= SEEN_INVALID;
	else if (!strcmp(word, "USR"))
		line->bits |= SEEN_USER;
	else if (!strcmp(word, "ro"))
		line->bits |= SEEN_READ_ONLY;
	else if (!strcmp(word, "NX"))
		line->bits &= ~(unsigned int)SEEN_EXECUTABLE;
	else if (!strcmp(word, "UXN"))
		line->bits &= ~(unsigned int)SEEN_USER_EXECUTABLE;
	else if (!strcmp(word, "CON"))
		line->is_run = true;
	for (unsigned int i = 0; i < sizeof(memory_types) / sizeof(memory_types[0]); i++)
		if (!strcmp(word, memory_types[i]))
			line->attr_index = i;
}

static int take_level(struct text_line *line, const char *word)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(word, levels[i].name) != 0)
			continue;
		line->level = levels[i].level;
		return 0;
	}
	return -1;
}

/* "0xSTART-0xEND   SIZE LEVEL WORD..."; @text is cut into words. */
static int parse_line(struct text_line *line, char *text)
{
	char *rest = NULL;
	char *word;

	*line = (struct text_line){ .bits = SEEN_EXECUTABLE | SEEN_USER_EXECUTABLE };
	if (take_address(&text, &line->start) || *text++ != '-' ||
	    take_address(&text, &line->end))
		return -1;
	word = strtok_r(text, " \t\r", &rest);
	word = word ? strtok_r(NULL, " \t\r", &rest) : NULL;
	if (!word || take_level(line, word))
		return -1;
	line->is_hole = true;
	while ((word = strtok_r(NULL, " \t\r", &rest))) {
		line->is_hole = false;
		take_word(line, word);
	}
	/* 0 is the end of all addresses. */
	return line->end - 1 < line->start ? -1 : 0;
}

/* ------------------------------------------------------------------------ the parts */

static const struct {
	const char *title;
	const char *name;
} parts[] = {
	{ "Linear Mapping", "linear map" },
	{ "Modules", "modules" },
	{ "vmalloc() area", "vmalloc and kernel" },
	{ "vmemmap", "vmemmap" },
};

/* "---[ Linear Mapping start ]---": begins a part, if its title is a known one. */
static void begin_part(struct text_reader *reader, const char *title)
{
	struct layout *layout = &reader->layout;

	reader->part = LAYOUT_PARTS;
	title += strlen("---[ ");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t length = strlen(parts[i].title);

		if (strncmp(title, parts[i].title, length) != 0 ||
		    !strncmp(title + length, " end", 4) ||
		    layout->count >= LAYOUT_PARTS - 1)
			continue;
		reader->part = layout->count++;
		snprintf(layout->part[reader->part].name, sizeof(layout->part[0].name),
			 "%s", parts[i].name);
		if (i == 0 && !layout->is_known) {
			layout->linear = reader->part;
			layout->is_known = true;
		}
	}
}

static void widen_part(struct text_reader *reader, const struct text_line *line)
{
	struct layout_part *part = &reader->layout.part[reader->part];

	if (reader->part >= LAYOUT_PARTS)
		return;
	if (!part->last)
		part->first = line->start;
	part->last = line->end - 1;
}

/* --------------------------------------------------------------------- all the lines */

typedef int line_fn(struct text_reader *reader, const struct text_line *line);

static int refuse_line(const struct text_reader *reader, size_t number,
		       struct error *error)
{
	return error_set(error, "%s:%zu: no line of kernel_page_tables", reader->path,
			 number);
}

static int each_line(struct text_reader *reader, const char *bytes, line_fn *take,
		     bool parts_too, struct error *error)
{
	uint64_t before = 0;
	char text[256];
	size_t number = 0;

	for (const char *at = bytes; *at; number++) {
		size_t length = strcspn(at, "\n");
		struct text_line line;

		snprintf(text, sizeof(text), "%.*s",
			 (int)(length < sizeof(text) ? length : sizeof(text) - 1), at);
		at += length + (at[length] == '\n');
		if (!strncmp(text, "---[ ", 5)) {
			if (parts_too)
				begin_part(reader, text);
			continue;
		}
		if (!text[strspn(text, " \t\r")])
			continue;
		if (parse_line(&line, text) || line.start < before || take(reader, &line))
			return refuse_line(reader, number + 1, error);
		before = line.end - 1;
	}
	return 0;
}

static int survey(struct text_reader *reader, const struct text_line *line)
{
	if (!reader->alignment)
		reader->first = line->start;
	reader->has_leaves |= !line->is_hole;
	reader->last = line->end - 1;
	reader->alignment |= line->start | line->end;
	widen_part(reader, line);
	return 0;
}

static int count(struct text_reader *reader, const struct text_line *line)
{
	struct census *census = reader->scan->census;
	struct seen_leaf leaf = {
		.va = line->start,
		.level = line->level,
		.bits = line->bits,
		.attr_index = line->attr_index,
	};

	if (line->is_hole)
		return 0;
	if (line->level < reader->fmt.start_level ||
	    !lm_level(&reader->fmt, line->level)->leaf)
		return -1;
	leaf.size =
		census_leaf_size(census, line->level, line->is_run ? LM_RUN : LM_SINGLE);
	leaf.is_run = line->is_run;
	/* Part of a run: its line was cut where attributes differ. */
	if ((line->end - line->start) % leaf.size) {
		leaf.size = lm_entry_size(&reader->fmt, line->level);
		leaf.is_run = false;
	}
	leaf.count = (line->end - line->start) / leaf.size;
	if (!leaf.count || (line->end - line->start) % leaf.size)
		return -1;
	census_add(census, &leaf);
	if (reader->scan->leaf)
		reader->scan->leaf(reader->scan->ctx, &leaf);
	return 0;
}

/* -------------------------------------------------------------------- the geometry */

static uint8_t granule_of(uint64_t alignment)
{
	if (alignment & LM_BITS(13, 12))
		return 12;
	return alignment & LM_BITS(15, 14) ? 14 : 16;
}

static uint8_t bits_of(const struct text_reader *reader)
{
	uint64_t most = reader->last >> 63 ? ~reader->first : reader->last;
	uint8_t bits = 25;

	while (bits < 52 && most >> bits)
		bits++;
	return bits;
}

static int find_geometry(struct text_reader *reader, struct error *error)
{
	struct lm_format_config config = {
		.granule_shift = granule_of(reader->alignment),
		.ia_bits = bits_of(reader),
		.oa_bits = 48,
		.half = reader->last >> 63 ? LM_UPPER : LM_LOWER,
	};

	if (config.ia_bits > 48) {
		config.lpa2 = config.granule_shift != 16;
		config.oa_bits = 52;
	}
	if ((reader->alignment & LM_BITS(11, 0)) ||
	    (reader->last >> 63 && !(reader->first >> 63)))
		return error_set(error, "%s: addresses of no kernel's map", reader->path);
	if (lm_format_init(&reader->fmt, &config))
		return error_set(error, "%s: %s", reader->path,
				 lm_format_refusal(&config));
	return 0;
}

static int read_text(struct text_reader *reader, const char *bytes, struct error *error)
{
	reader->part = LAYOUT_PARTS;
	if (each_line(reader, bytes, survey, true, error))
		return -1;
	if (!reader->has_leaves)
		return error_set(error, "%s: nothing is mapped", reader->path);
	if (find_geometry(reader, error))
		return -1;
	if (reader->layout.is_known)
		snprintf(reader->layout.part[reader->layout.count++].name,
			 sizeof(reader->layout.part[0].name), "other");
	else
		layout_of_all(&reader->layout, reader->first, reader->last);
	census_begin(reader->scan->census, &reader->fmt, &reader->layout);
	if (each_line(reader, bytes, count, false, error))
		return -1;
	census_end(reader->scan->census);
	return 0;
}

int scan_text(const char *path, const struct scan *scan, struct error *error)
{
	static struct text_reader reader;
	struct file file;
	int err;

	reader = (struct text_reader){ .path = path, .scan = scan };
	if (file_read(&file, path, error))
		return -1;
	reader.path = file.path;
	err = read_text(&reader, file.bytes, error);
	file_free(&file);
	return err;
}
