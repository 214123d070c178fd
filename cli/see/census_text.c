// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A census for people, and as lines of /proc/meminfo. */
#include <inttypes.h>

#include "base/lines.h"
#include "base/units.h"
#include "machine/geometry.h"
#include "see/census_report.h"

struct seen_text seen_bits_text(const struct census *census, unsigned int bits)
{
	bool two = lm_regime_has_two_ranges(census->fmt.config.regime);
	bool user = bits & SEEN_USER;
	struct seen_text text;

	snprintf(text.s, sizeof(text.s), "r%c%c%s%s%s%s%s",
		 bits & SEEN_READ_ONLY ? '-' : 'w', bits & SEEN_EXECUTABLE ? 'x' : '-',
		 two ? " " : "", two ? user ? "r" : "-" : "",
		 two ? user && !(bits & SEEN_READ_ONLY) ? "w" : "-" : "",
		 two ? bits & SEEN_USER_EXECUTABLE ? "x" : "-" : "",
		 bits & SEEN_INVALID ? " invalid" : "");
	return text;
}

static void print_geometry(FILE *out, const struct lm_format *fmt)
{
	fprintf(out,
		"  geometry        %s pages, %u-bit addresses, %u-bit memory, %s%s%s\n",
		granule_text(fmt->config.granule_shift), fmt->config.ia_bits,
		fmt->config.oa_bits, regime_text(fmt->config.regime),
		fmt->config.half == LM_UPPER ? ", upper half" : ", lower half",
		fmt->config.lpa2 ? ", LPA2" : "");
}

/* "pa_bits 48". */
static struct short_text fact_text(enum fact_name name, uint64_t value)
{
	struct short_text text;

	if (name == FACT_REGIME)
		snprintf(text.s, sizeof(text.s), "regime %s",
			 regime_text((enum lm_regime)value));
	else if (name == FACT_HALF)
		snprintf(text.s, sizeof(text.s), "half %s",
			 value == LM_UPPER ? "upper" : "lower");
	else if (name == FACT_LPA2 || name == FACT_HW_UPDATES)
		snprintf(text.s, sizeof(text.s), "%s %s", fact_label(name),
			 value ? "yes" : "no");
	else if (name == FACT_INVALID_MARK && !value)
		snprintf(text.s, sizeof(text.s), "%s none", fact_label(name));
	else if (name == FACT_INVALID_MARK)
		snprintf(text.s, sizeof(text.s), "%s 0x%" PRIx64, fact_label(name),
			 value);
	else
		snprintf(text.s, sizeof(text.s), "%s %" PRIu64, fact_label(name), value);
	return text;
}

static void print_facts(FILE *out, const struct source *source, enum fact_origin origin,
			const char *title)
{
	for (int i = 0; i < FACTS; i++) {
		const struct fact *fact = &source->facts.fact[i];

		if (fact->origin != origin)
			continue;
		fprintf(out, "  %-15s %s: %s\n", title,
			fact_text((enum fact_name)i, fact->value).s, fact->how);
		title = "";
	}
}

void source_print(FILE *out, const struct source *source)
{
	const struct table_cache *cache = &source->cache;

	fprintf(out, "%s: %s%s%s\n", source->path, source_kind_text(source->kind),
		source->linux_release[0] ? ", Linux " : "", source->linux_release);
	print_geometry(out, &source->map.fmt);
	fprintf(out, "  root            0x%" PRIx64 " (%s)\n", source->map.root.v,
		source->facts.fact[FACT_ROOT].how);
	print_facts(out, source, FACT_ASSUMED, "assumed");
	print_facts(out, source, FACT_INFERRED, "inferred");
	if (!cache->unreadable)
		return;
	fprintf(out, "  not readable    %s, at",
		counted_text(cache->unreadable, "table", "tables").s);
	for (uint64_t i = 0; i < cache->unreadable && i < CACHE_UNREADABLE_SHOWN; i++)
		fprintf(out, " 0x%" PRIx64, cache->unreadable_pa[i]);
	fprintf(out, "%s: what they map is missing below\n",
		cache->unreadable > CACHE_UNREADABLE_SHOWN ? " and others" : "");
}

static const char *leaf_name(int level, enum lm_leaf_kind kind)
{
	if (kind == LM_RUN)
		return level == LM_LAST_LEVEL ? "run of pages" : "run of blocks";
	return level == LM_LAST_LEVEL ? "page" : "block";
}

static void print_leaves(FILE *out, const struct census *census,
			 const struct census_part *part)
{
	for (int level = census->fmt.start_level; level <= LM_LAST_LEVEL; level++) {
		for (int kind = LM_LEAF_KINDS - 1; kind >= 0; kind--) {
			uint64_t count = part->leaves[level - LM_FIRST_LEVEL][kind];
			uint64_t size =
				census_leaf_size(census, level, (enum lm_leaf_kind)kind);

			if (!count)
				continue;
			fprintf(out, "  %10s %-14s %14s %14s\n", size_text(size).s,
				leaf_name(level, (enum lm_leaf_kind)kind),
				count_text(count).s, size_text(count * size).s);
		}
	}
}

static void print_bits(FILE *out, const struct census *census,
		       const struct census_part *part)
{
	for (unsigned int bits = 0; bits < SEEN_KINDS; bits++) {
		if (!part->by_bits[bits].leaves)
			continue;
		fprintf(out, "  %25s %14s %14s\n", seen_bits_text(census, bits).s,
			count_text(part->by_bits[bits].leaves).s,
			size_text(part->by_bits[bits].bytes).s);
	}
}

static void print_part(FILE *out, const struct census *census, size_t index)
{
	const struct census_part *part = &census->part[index];
	const char *name = census->layout.part[index].name;
	uint64_t granule = lm_granule_size(&census->fmt);

	if (!part->bytes)
		return;
	fprintf(out, "\n%s, 0x%" PRIx64 " to 0x%" PRIx64 ": %s mapped\n",
		name[0] ? name : "all", part->first, part->last,
		size_text(part->bytes).s);
	print_leaves(out, census, part);
	if (census->has_tables)
		fprintf(out, "  %25s %14s %14s\n", "tables",
			count_text(census_tables(part)).s,
			size_text(census_tables(part) * granule).s);
	fprintf(out, "  permissions\n");
	print_bits(out, census, part);
}

static void print_tables(FILE *out, const struct seen_map *seen)
{
	const struct census *census = seen->census;
	uint64_t granule = lm_granule_size(&census->fmt);
	uint64_t tables = census_all_tables(census);
	uint64_t ram = seen_ram(seen);

	if (!census->has_tables)
		return;
	fprintf(out, "\nall tables: %s, %s", count_text(tables).s,
		size_text(tables * granule).s);
	if (ram)
		fprintf(out, ", %.3f %% of %s of RAM",
			100.0 * (double)(tables * granule) / (double)ram,
			size_text(ram).s);
	fprintf(out, "\n");
	if (census->seen_twice)
		fprintf(out,
			"tables reached twice: %s (counted once; see 'linmap check')\n",
			count_text(census->seen_twice).s);
	if (census->broken)
		fprintf(out, "entries of no type: %s (see 'linmap check')\n",
			count_text(census->broken).s);
}

void census_print(FILE *out, const struct seen_map *seen)
{
	char words[2048];

	if (seen->source) {
		source_print(out, seen->source);
	} else {
		fprintf(out, "%s: %s\n", seen->path, seen->kind);
		print_geometry(out, &seen->census->fmt);
	}
	for (size_t i = 0; i < seen->census->layout.count; i++)
		print_part(out, seen->census, i);
	print_tables(out, seen);
	census_words(seen, words, sizeof(words));
	fprintf(out, "\n");
	lines_print(out, 0, words);
}

/* "4k", "2M", as x86's lines have it. */
static void meminfo_line(FILE *out, uint64_t size, uint64_t bytes)
{
	static const char units[] = "kMGT";
	char name[40];
	size_t unit = 0;

	for (size >>= 10; size >= 1024 && units[unit + 1]; size >>= 10)
		unit++;
	snprintf(name, sizeof(name), "DirectMap%" PRIu64 "%c:", size, units[unit]);
	fprintf(out, "%-16s%8" PRIu64 " kB\n", name, bytes >> 10);
}

void census_print_meminfo(FILE *out, const struct census *census)
{
	const struct census_part *part = census_linear(census);

	for (int level = LM_LAST_LEVEL; level >= census->fmt.start_level; level--) {
		if (!lm_level(&census->fmt, level)->leaf)
			continue;
		for (int kind = 0; kind < LM_LEAF_KINDS; kind++) {
			uint64_t size =
				census_leaf_size(census, level, (enum lm_leaf_kind)kind);
			uint64_t count = part->leaves[level - LM_FIRST_LEVEL][kind];

			if (kind == LM_RUN && lm_level(&census->fmt, level)->run == 1)
				continue;
			meminfo_line(out, size, count * size);
		}
	}
}
