// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap decode: descriptors from the arguments or from standard input, and what they
 * say.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/decode.h"
#include "machine/geometry.h"
#include "base/units.h"

/* Descriptors to decode, in the order in which they were given. */
struct descriptors {
	uint64_t *value;
	size_t count;
	size_t room;
};

static int out_of_memory(struct error *error)
{
	return error_set(error, "out of memory (give fewer descriptors at a time)");
}

/* @where: what to say before the word, should it be none; "" or "standard input:3: " */
static int add_word(struct descriptors *all, const char *where, const char *word,
		    struct error *error)
{
	uint64_t value;
	const char *problem = hexadecimal_parse(word, &value);
	size_t room = all->room ? 2 * all->room : 16;
	uint64_t *larger;

	if (problem)
		return error_set(error, "%s%s: %s", where, word, problem);
	if (all->count == all->room) {
		larger = realloc(all->value, room * sizeof(*larger));
		if (!larger)
			return out_of_memory(error);
		all->value = larger;
		all->room = room;
	}
	all->value[all->count++] = value;
	return 0;
}

static int add_line(struct descriptors *all, char *line, size_t number,
		    struct error *error)
{
	static const char blanks[] = " \t\r\n";
	char where[48];
	char *rest;
	int err = 0;

	snprintf(where, sizeof(where), "standard input:%zu: ", number);
	for (char *word = strtok_r(line, blanks, &rest); word && !err;
	     word = strtok_r(NULL, blanks, &rest))
		err = add_word(all, where, word, error);
	return err;
}

static int add_standard_input(struct descriptors *all, struct error *error)
{
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	if (isatty(STDIN_FILENO))
		return error_set(error, "no descriptor (give one, or several, or pipe "
					"them in; see --help)");
	errno = 0;
	for (size_t number = 1; !err && getline(&line, &room, stdin) != -1; number++)
		err = add_line(all, line, number, error);
	free(line);
	if (!err && ferror(stdin))
		return error_set(error, "standard input: %s", strerror(errno));
	if (!err && !all->count)
		return error_set(error,
				 "standard input: no descriptor (give one, or several)");
	return err;
}

static int collect(struct descriptors *all, const struct options *options,
		   struct error *error)
{
	int err = 0;

	if (!options->argument_count)
		return add_standard_input(all, error);
	for (int i = 0; !err && i < options->argument_count; i++)
		err = add_word(all, "", options->arguments[i], error);
	return err;
}

/* Where nothing is said of input addresses, as many levels as there can be. */
static int format_of(struct lm_format *fmt, const struct options *options,
		     struct error *error)
{
	struct lm_format_config config = options->machine.format;
	bool says_va_bits = config.ia_bits;

	geometry_complete(&config, 0);
	if (config.lpa2 && !says_va_bits)
		config.ia_bits = 52;
	if (geometry_check(&config, error))
		return -1;
	lm_format_init(fmt, &config);
	if (options->level == OPTIONS_EACH_LEVEL || options->level >= fmt->start_level)
		return 0;
	return error_set(error,
			 "--level %d: %s tables of %u-bit addresses begin at level %d%s",
			 options->level, granule_text(config.granule_shift),
			 config.ia_bits, fmt->start_level,
			 config.granule_shift == 12 ? " (see --va-bits)" : "");
}

static size_t decode_one(struct decoding decodings[LM_LEVELS],
			 const struct options *options, const struct lm_format *fmt,
			 uint64_t descriptor)
{
	if (options->level == OPTIONS_EACH_LEVEL)
		return decode_levels(decodings, fmt, descriptor);
	decode(&decodings[0], fmt, descriptor, options->level);
	return 1;
}

static void print_all(const struct descriptors *all, const struct options *options,
		      const struct lm_format *fmt)
{
	struct decoding decodings[LM_LEVELS];

	for (size_t i = 0; i < all->count; i++) {
		size_t count = decode_one(decodings, options, fmt, all->value[i]);

		if (i)
			putchar('\n');
		decode_print(stdout, fmt, all->value[i], decodings, count);
	}
}

static int print_all_json(const struct descriptors *all, const struct options *options,
			  const struct lm_format *fmt)
{
	struct decoding decodings[LM_LEVELS];
	struct object object = object_new();
	json_t *descriptors = json_array();

	object_set_count(&object, "granule", lm_granule_size(fmt));
	object_set_count(&object, "va_bits", fmt->config.ia_bits);
	object_set_count(&object, "pa_bits", fmt->config.oa_bits);
	object_set(&object, "lpa2", json_boolean(fmt->config.lpa2));
	object_set_text(&object, "regime", regime_name(fmt->config.regime));
	for (size_t i = 0; i < all->count; i++) {
		size_t count = decode_one(decodings, options, fmt, all->value[i]);
		struct object one = decode_object(all->value[i], decodings, count);

		object_append(&object, descriptors, &one);
	}
	object_set(&object, "descriptors", descriptors);
	return object_print(stdout, &object);
}

static int prepare(struct options *options, int argc, char **argv, struct lm_format *fmt,
		   struct descriptors *all, struct error *error)
{
	if (options_parse(options, COMMAND_DECODE, argc, argv, error))
		return -1;
	if (options->help)
		return 0;
	if (format_of(fmt, options, error))
		return -1;
	return collect(all, options, error);
}

int command_decode(int argc, char **argv)
{
	struct options options;
	struct lm_format fmt;
	struct descriptors all = { NULL, 0, 0 };
	struct error error = { "" };
	int code = EXIT_HELD;

	if (prepare(&options, argc, argv, &fmt, &all, &error)) {
		error_print(&error, "linmap decode");
		code = EXIT_INPUT;
	} else if (options.help) {
		command_help(COMMAND_DECODE);
	} else if (!options.json) {
		print_all(&all, &options, &fmt);
	} else if (print_all_json(&all, &options, &fmt)) {
		code = command_out_of_memory();
	}
	free(all.value);
	return code;
}
