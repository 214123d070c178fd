// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Boot arguments, word by word. Does not know whether the CPU has what they ask for. */
#include "options.h"

#include "report.h"
#include "string.h"

struct word {
	const char *text;
	size_t length;
};

/* One of the words that a value can be. */
struct choice {
	const char *name;
	unsigned int value;
};

static const struct choice granules[] = { { "4k", 12 }, { "16k", 14 }, { "64k", 16 } };

static const struct choice ways[] = {
	{ "in-place", LM_IN_PLACE }, { "live", LM_LIVE }, { "break", LM_BREAK },
	{ "switch", LM_SWITCH },     { "roll", LM_ROLL },
};

static bool is(struct word word, const char *text)
{
	return word.length == strlen(text) && !strncmp(word.text, text, word.length);
}

/* Ends the run: nobody can be asked again. */
static _Noreturn void refuse_word(struct word word, const char *why)
{
	char text[64] = { 0 };

	memcpy(text, word.text, word.length < 63 ? word.length : 63);
	refuse("bootargs: %s: %s", text, why);
}

static unsigned int choose(struct word word, struct word value,
			   const struct choice *choices, size_t count, const char *known)
{
	for (size_t i = 0; i < count; i++) {
		if (is(value, choices[i].name))
			return choices[i].value;
	}
	refuse_word(word, known);
}

static unsigned int number(struct word word, struct word value, unsigned int max,
			   const char *known)
{
	char *end;
	unsigned long n = strtoul(value.text, &end, 10);

	if (!value.length || end != value.text + value.length || n > max)
		refuse_word(word, known);
	return (unsigned int)n;
}

/* The part of @from up to @c; removes it and @c from @from. */
static struct word cut(struct word *from, char c)
{
	const char *at = memchr(from->text, c, from->length);
	struct word head = *from;

	if (!at) {
		from->text += from->length;
		from->length = 0;
		return head;
	}
	head.length = (size_t)(at - from->text);
	from->text = at + 1;
	from->length -= head.length + 1;
	return head;
}

static void parse_bbm(struct options *options, struct word word, struct word value)
{
	do {
		struct word level = cut(&value, ',');

		if (options->bbm_count == MAX_CPUS)
			refuse_word(word, "more levels than CPUs; there are at most 8");
		options->bbm[options->bbm_count++] = (uint8_t)number(
			word, level, LM_BBM_LIVE, "want levels, 0 to 3 each: 3,0");
	} while (value.length);
}

static void parse_word(struct options *options, struct word word)
{
	struct word value = word;
	struct word name = cut(&value, '=');

	if (is(name, "granule"))
		options->granule_shift =
			(uint8_t)choose(word, value, granules, 3, "want 4k, 16k or 64k");
	else if (is(name, "bits"))
		options->bits = (uint8_t)number(word, value, 52, "want 36 to 52");
	else if (is(name, "bbm"))
		parse_bbm(options, word, value);
	else if (is(name, "way"))
		options->way = choose(word, value, ways, LM_WAYS,
				      "want in-place, live, break, switch or roll");
	else if (is(name, "rolls"))
		options->rolls = number(word, value, 1000000, "want how many edits");
	else if (is(word, "verify"))
		options->verify = true;
	else if (is(word, "bti"))
		options->bti = true;
	else if (is(word, "repeat-tlbi"))
		options->repeat_tlbi = true;
	else if (is(word, "tap"))
		options->tap = true;
	else if (is(word, "measure"))
		options->measure = true;
	else if (is(word, "measure-edits"))
		options->measure_edits = true;
	else
		refuse_word(
			word,
			"unknown; known are granule=, bits=, bbm=, way=, "
			"rolls=, verify, bti, repeat-tlbi, tap, measure, measure-edits");
}

void options_parse(struct options *options, const char *bootargs)
{
	struct word rest = { bootargs, strlen(bootargs) };

	*options =
		(struct options){ .granule_shift = 12, .way = WAY_CHOSEN, .rolls = 40 };
	while (rest.length) {
		struct word word = cut(&rest, ' ');

		if (word.length)
			parse_word(options, word);
	}
}

const char *way_name(enum lm_way way)
{
	return ways[way].name;
}
