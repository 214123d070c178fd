// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap walk: one translation, step by step. */
#include <inttypes.h>

#include "base/units.h"
#include "decode/decode.h"
#include "see/census_report.h"
#include "see_command.h"
#include "source/root.h"

static void print_end(const struct translation *translation, uint64_t va)
{
	if (translation->unreadable)
		printf("\n0x%" PRIx64 ": not known, as the table at 0x%" PRIx64
		       " cannot be read\n",
		       va, translation->pa);
	else if (translation->translates)
		printf("\n0x%" PRIx64 " is memory at 0x%" PRIx64 "\n", va,
		       translation->pa);
	else
		printf("\n0x%" PRIx64 " is not mapped\n", va);
}

static void print_walk(const struct source *source, uint64_t va,
		       const struct translation *translation)
{
	static struct decoding decoding;

	source_print(stdout, source);
	for (size_t i = 0; i < translation->count; i++) {
		const struct step *step = &translation->step[i];

		decode(&decoding, &source->map.fmt, step->desc.v, step->level);
		printf("\nlevel %d, entry at 0x%" PRIx64 "\n", step->level, step->pa);
		decode_print(stdout, &source->map.fmt, step->desc.v, &decoding, 1);
	}
	print_end(translation, va);
}

static int print_json(const struct source *source, uint64_t va,
		      const struct translation *translation)
{
	static struct decoding decoding;
	struct object object = source_object(source);
	json_t *steps = json_array();

	object_set_address(&object, "va", va);
	for (size_t i = 0; i < translation->count; i++) {
		const struct step *step = &translation->step[i];
		struct object one;

		decode(&decoding, &source->map.fmt, step->desc.v, step->level);
		one = decode_object(step->desc.v, &decoding, 1);
		object_set(&one, "level", json_integer(step->level));
		object_set_address(&one, "entry_at", step->pa);
		object_append(&object, steps, &one);
	}
	object_set(&object, "steps", steps);
	object_set(&object, "translates", json_boolean(translation->translates));
	if (translation->translates)
		object_set_address(&object, "pa", translation->pa);
	return object_print(stdout, &object);
}

static int walk_source(struct see *see, uint64_t va)
{
	struct translation translation;
	struct error error = { "" };
	struct lm_range input;
	int code = see_open(see);

	if (code)
		return code;
	input = source_input(&see->source);
	if (va - input.start.v >= input.size) {
		error_set(&error,
			  "0x%" PRIx64 ": not an address of these tables, which are for "
			  "0x%" PRIx64 " to 0x%" PRIx64,
			  va, input.start.v, input.start.v + (input.size - 1));
		return see_refuse(&error);
	}
	translate(&see->source.map, va, &translation);
	if (see->options.json)
		return print_json(&see->source, va, &translation) ?
			       command_out_of_memory() :
			       EXIT_HELD;
	print_walk(&see->source, va, &translation);
	return EXIT_HELD;
}

int command_walk(int argc, char **argv)
{
	struct error error = { "" };
	const char *problem;
	uint64_t va;
	struct see see;
	int code;

	if (see_begin(&see, COMMAND_WALK, argc, argv, &code)) {
		problem = hexadecimal_parse(see.options.arguments[1], &va);
		if (problem) {
			error_set(&error, "%.40s: %s", see.options.arguments[1], problem);
			code = see_refuse(&error);
		} else {
			code = walk_source(&see, va);
		}
	}
	see_end(&see);
	return code;
}
