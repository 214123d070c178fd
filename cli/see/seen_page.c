// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page: words and numbers in HTML, the stretches as JSON, and page.js, which draws
 * them.
 */
#include "see/seen_picture.h"

#include "base/units.h"
#include "page.h"

/* What stretches are made of, so that each needs only a number. */
static json_t *kinds_list(const struct census *census)
{
	json_t *list = json_array();

	for (int rank = 0; rank < STRETCH_RANKS; rank++) {
		struct stretch stretch = {
			.level = LM_LAST_LEVEL - rank / 2,
			.is_run = rank & 1,
		};

		/* Levels above the root are nothing. */
		json_array_append_new(
			list, stretch.level < census->fmt.start_level ?
				      json_null() :
				      json_string(stretch_text(census, &stretch).s));
	}
	return list;
}

static json_t *bits_list(const struct census *census)
{
	json_t *list = json_array();

	for (unsigned int bits = 0; bits < SEEN_KINDS; bits++)
		json_array_append_new(list, json_string(seen_bits_text(census, bits).s));
	return list;
}

/*
 * Offsets from the first address: numbers of JavaScript are exact up to 2^53, and a half
 * has 52 bits.
 */
static json_t *stretches_list(const struct stretches *stretches, uint64_t base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < stretches->count; i++) {
		const struct stretch *stretch = &stretches->stretch[i];

		json_array_append_new(
			list,
			json_pack("[I, I, i, i]", (json_int_t)(stretch->first - base),
				  (json_int_t)(stretch->last - stretch->first + 1),
				  (int)stretch_rank(stretch), (int)stretch->bits));
	}
	return list;
}

static json_t *parts_list(const struct census *census, uint64_t base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < census->layout.count; i++) {
		const struct census_part *part = &census->part[i];
		const char *name = census->layout.part[i].name;

		if (part->bytes)
			json_array_append_new(
				list, json_pack("{s:s, s:I, s:I}", "name",
						name[0] ? name : "all", "first",
						(json_int_t)(part->first - base), "end",
						(json_int_t)(part->last - base + 1)));
	}
	return list;
}

static struct object page_data(const struct seen_map *seen,
			       const struct stretches *stretches)
{
	uint64_t base = seen->census->fmt.base;
	struct object data = object_new();

	object_set_address(&data, "base", base);
	object_set_count(&data, "granule", lm_granule_size(&seen->census->fmt));
	object_set_count(&data, "first", stretches->stretch[0].first - base);
	object_set_count(&data, "end",
			 stretches->stretch[stretches->count - 1].last - base + 1);
	object_set(&data, "kinds", kinds_list(seen->census));
	object_set(&data, "bits", bits_list(seen->census));
	object_set(&data, "parts", parts_list(seen->census, base));
	object_set(&data, "stretches", stretches_list(stretches, base));
	return data;
}

static void print_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++)
		fputs(*lines, out);
}

int seen_page_write(FILE *out, const struct seen_map *seen,
		    const struct stretches *stretches)
{
	struct object data = page_data(seen, stretches);
	char words[2048];

	if (data.failed) {
		json_decref(data.json);
		return -1;
	}
	census_words(seen, words, sizeof(words));
	fprintf(out, "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
		     "<meta name='viewport' content='width=device-width'>\n<title>");
	print_escaped(out, seen->path);
	fprintf(out, "</title>\n<style>\n");
	print_lines(out, page_css);
	fprintf(out, "</style>\n</head>\n<body>\n<h1>");
	print_escaped(out, seen->path);
	fprintf(out, "</h1>\n<p>%s, %s pages, %u-bit addresses</p>\n<p>", seen->kind,
		size_text(lm_granule_size(&seen->census->fmt)).s,
		seen->census->fmt.config.ia_bits);
	print_escaped(out, words);
	fprintf(out, "</p>\n");
	print_lines(out, page_html);
	fprintf(out, "<script id='data' type='application/json'>\n");
	/* A slash that is escaped cannot end the script. */
	json_dumpf(data.json, out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH);
	json_decref(data.json);
	fprintf(out, "\n</script>\n<script>\n");
	print_lines(out, page_js);
	fprintf(out, "</script>\n</body>\n</html>\n");
	return 0;
}
