// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A census in a sentence or two: what the map is made of, why, and what it could be. */
#include <stdio.h>

#include "base/text.h"
#include "base/units.h"
#include "see/census_report.h"

uint64_t seen_ram(const struct seen_map *seen)
{
	const struct source *source = seen->source;
	uint64_t ram = source ? banks_size(&source->memory.ram) : 0;

	if (!ram && seen->census->layout.is_known)
		ram = census_linear(seen->census)->bytes;
	return ram;
}

static double share(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

/* Which kind of map it is by the share of it that pages map. */
static const char *made_of(double pages)
{
	if (pages >= 99.95)
		return "pages alone";
	if (pages >= 90)
		return "pages, nearly all of it";
	if (pages > 10)
		return "pages and larger leaves";
	if (pages > 0)
		return "large leaves, nearly all of it";
	return "large leaves alone";
}

static void say_what_it_is(const struct seen_map *seen, const struct census_part *part,
			   char *text, size_t size)
{
	uint64_t runs = census_page_bytes(seen->census, part, LM_RUN);
	uint64_t pages = runs + census_page_bytes(seen->census, part, LM_SINGLE);
	uint64_t granule = lm_granule_size(&seen->census->fmt);

	text_append(text, size,
		    "%s is made of %s: %.1f %% of it is mapped by pages of %s",
		    seen->census->layout.is_known ? "The linear map" : "This map",
		    made_of(share(pages, part->bytes)), share(pages, part->bytes),
		    size_text(granule).s);
	if (runs)
		text_append(text, size, " (%.1f %% by contiguous runs of them)",
			    share(runs, part->bytes));
	text_append(text, size, ".");
}

static void say_why(const struct seen_map *seen, char *text, size_t size)
{
	if (!seen->census->layout.is_known)
		return;
	if (!seen->cpus)
		text_append(text, size,
			    " What Linux makes of it depends on the CPUs (see "
			    "--cpuinfo).");
	else
		text_append(text, size, " Stock Linux on these CPUs: %s.",
			    seen->cpus->map_text);
}

static void say_what_could_be(const struct seen_map *seen, const struct census_part *part,
			      char *text, size_t size)
{
	uint64_t granule = lm_granule_size(&seen->census->fmt);
	uint64_t tables = census_tables(part);
	uint64_t least = census_least_tables(part);

	if (!seen->census->has_tables || !seen->census->has_pa)
		return;
	if (least >= tables) {
		text_append(text, size,
			    " It has no more tables than the largest leaves would need.");
		return;
	}
	text_append(text, size,
		    " With the largest leaves that fit it would need %s instead of %s "
		    "tables: %s less.",
		    count_text(least).s, count_text(tables).s,
		    size_text((tables - least) * granule).s);
	if (seen->cpus && seen->census->layout.is_known)
		text_append(text, size, " With linmap: %s.", seen->cpus->linmap_text);
}

void census_words(const struct seen_map *seen, char *text, size_t size)
{
	const struct census_part *part = census_linear(seen->census);

	text[0] = '\0';
	if (!part->bytes) {
		text_append(text, size, "Nothing is mapped %s.",
			    seen->census->layout.is_known ? "in the linear map" : "here");
		return;
	}
	say_what_it_is(seen, part, text, size);
	say_why(seen, text, size);
	say_what_could_be(seen, part, text, size);
}
