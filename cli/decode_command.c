// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap decode: read descriptors from the arguments or from standard input, and print
 * what they mean.
 */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/decode.h"
#include "decode/decode_read.h"
#include "machine/geometry.h"

/* The first line of an input that says nothing here, if there is one. */
struct other_line {
	bool is_there;
	struct error error;
};

/* An oops has other lines, too: whether this is one is known at the end of the input. */
static int read_or_pass(struct decode_items *all, const char *where, char *line,
			struct other_line *other, struct error *error)
{
	bool is_walk = decode_is_walk(line);
	struct decode_items before = *all;

	if (!decode_read(all, where, line, error))
		return 0;
	if (is_walk)
		return -1;
	if (!other->is_there)
		*other = (struct other_line){ true, *error };
	all->count = before.count;
	all->is_in_walk = before.is_in_walk;
	all->has_va = before.has_va;
	all->va = before.va;
	return 0;
}

static bool has_walk(const struct decode_items *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].is_walk)
			return true;
	return false;
}

static int refuse_other(const struct other_line *other, struct error *error)
{
	return error_set(error, "%s; of a log, pipe only lines with pgd= or pgtable:",
			 other->error.text);
}

static int add_standard_input(struct decode_items *all, struct error *error)
{
	struct other_line other = { .is_there = false };
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	errno = 0;
	for (size_t number = 1; !err && getline(&line, &room, stdin) != -1; number++) {
		char where[40];

		snprintf(where, sizeof(where), "standard input:%zu: ", number);
		err = read_or_pass(all, where, line, &other, error);
	}
	free(line);
	if (!err && other.is_there && !all->granule_shift && !has_walk(all))
		return refuse_other(&other, error);
	if (!err && ferror(stdin))
		return error_set(error, "standard input: %s", strerror(errno));
	return err;
}

/* Each argument is a descriptor, or continues a walk. */
static int add_argument(struct decode_items *all, const char *argument,
			struct error *error)
{
	char *line = strdup(argument);
	int err;

	if (!line)
		return error_set(error,
				 "out of memory (give fewer descriptors at a time)");
	err = decode_read(all, "", line, error);
	free(line);
	if (err && !access(argument, F_OK))
		return error_set(error, "%s: a file (use: linmap decode - < FILE)",
				 argument);
	return err;
}

static int collect(struct decode_items *all, const struct options *options,
		   struct error *error)
{
	bool from_input = !options->argument_count;
	int err = 0;

	if (from_input && isatty(STDIN_FILENO))
		return error_set(error, "no descriptor (give one, or several, or pipe "
					"them in; see --help)");
	if (from_input)
		err = add_standard_input(all, error);
	for (int i = 0; !err && i < options->argument_count; i++) {
		if (!strcmp(options->arguments[i], "-")) {
			from_input = true;
			err = add_standard_input(all, error);
		} else {
			err = add_argument(all, options->arguments[i], error);
		}
	}
	if (!err && all->has_va)
		return error_set(error,
				 "[%016" PRIx64 "]: no pgd= after it (give the "
				 "whole line)",
				 all->va);
	if (!err && !all->count && all->granule_shift)
		return error_set(error,
				 "%spgtable: but no walk follows (add the line "
				 "with pgd=)",
				 from_input ? "standard input: " : "");
	if (!err && !all->count)
		return error_set(error, "%sno descriptor (give one, or several)",
				 from_input ? "standard input: " : "");
	return err;
}

/* ------------------------------------------------------------------- geometry */

/* The geometry that an oops gives; an option that contradicts it is refused. */
static int use_said_geometry(struct lm_format_config *config,
			     const struct options *options,
			     const struct decode_items *all, struct error *error)
{
	if (!all->granule_shift)
		return 0;
	if (options->has_granule && config->granule_shift != all->granule_shift)
		return error_set(error,
				 "--granule %s: the kernel's log says %s pages (leave "
				 "the option out)",
				 granule_text(config->granule_shift),
				 granule_text(all->granule_shift));
	if (config->ia_bits && config->ia_bits != all->va_bits)
		return error_set(error,
				 "--va-bits %u: the kernel's log says %u (leave the "
				 "option out)",
				 config->ia_bits, all->va_bits);
	config->granule_shift = all->granule_shift;
	config->ia_bits = all->va_bits;
	return 0;
}

/* Unless the size of input addresses is given: as many levels as possible. */
static int format_of(struct lm_format *fmt, const struct options *options,
		     const struct decode_items *all, struct error *error)
{
	struct lm_format_config config = options->machine.format;
	bool says_va_bits;

	if (use_said_geometry(&config, options, all, error))
		return -1;
	says_va_bits = config.ia_bits;
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

/* Refuse a walk that is not possible in this geometry before printing anything. */
static int check_walks(const struct decode_items *all, const struct options *options,
		       const struct lm_format *fmt, struct error *error)
{
	static struct walk_decoding decoding;

	for (size_t i = 0; i < all->count; i++) {
		const struct decode_item *item = &all->item[i];

		if (!item->is_walk)
			continue;
		if (options->level != OPTIONS_EACH_LEVEL)
			return error_set(
				error,
				"%s--level %d together with a walk (its names say "
				"the levels: leave the option out)",
				item->where, options->level);
		if (walk_decode(&decoding, &item->walk, fmt, item->where, error))
			return -1;
	}
	return 0;
}

/* What an item means: a walk, or a descriptor on @count levels. */
struct meaning {
	struct walk_decoding walk;
	struct decoding decodings[LM_LEVELS];
	size_t count;
};

/* check_walks() has refused every walk that has no meaning. */
static void find_meaning(struct meaning *meaning, const struct decode_item *item,
			 const struct options *options, const struct lm_format *fmt)
{
	struct error error;

	if (item->is_walk)
		walk_decode(&meaning->walk, &item->walk, fmt, item->where, &error);
	else
		meaning->count =
			decode_one(meaning->decodings, options, fmt, item->descriptor);
}

static void print_item(const struct decode_item *item, const struct options *options,
		       const struct lm_format *fmt)
{
	static struct meaning meaning;

	find_meaning(&meaning, item, options, fmt);
	if (item->is_walk)
		walk_print(stdout, fmt, &meaning.walk);
	else
		decode_print(stdout, fmt, item->descriptor, meaning.decodings,
			     meaning.count);
}

/* Neither the kernel nor an option said how large its pages or addresses are. */
static bool is_geometry_assumed(const struct decode_items *all,
				const struct options *options)
{
	return has_walk(all) && !all->granule_shift &&
	       !(options->has_granule && options->machine.format.ia_bits);
}

static void print_all(const struct decode_items *all, const struct options *options,
		      const struct lm_format *fmt)
{
	for (size_t i = 0; i < all->count; i++) {
		if (i)
			putchar('\n');
		print_item(&all->item[i], options, fmt);
	}
	if (is_geometry_assumed(all, options))
		printf("\nassumed (no line has pgtable:): %s pages, %u-bit VAs\n",
		       granule_text(fmt->config.granule_shift), fmt->config.ia_bits);
}

static struct object item_object(const struct decode_item *item,
				 const struct options *options,
				 const struct lm_format *fmt)
{
	static struct meaning meaning;

	find_meaning(&meaning, item, options, fmt);
	if (item->is_walk)
		return walk_object(&meaning.walk);
	return decode_object(item->descriptor, meaning.decodings, meaning.count);
}

static int print_all_json(const struct decode_items *all, const struct options *options,
			  const struct lm_format *fmt)
{
	struct object object = object_new();
	json_t *descriptors = json_array();
	json_t *walks = json_array();

	object_set_count(&object, "granule", lm_granule_size(fmt));
	object_set_count(&object, "va_bits", fmt->config.ia_bits);
	object_set_count(&object, "pa_bits", fmt->config.oa_bits);
	object_set(&object, "lpa2", json_boolean(fmt->config.lpa2));
	object_set_text(&object, "regime", regime_name(fmt->config.regime));
	object_set(&object, "geometry_assumed",
		   json_boolean(is_geometry_assumed(all, options)));
	for (size_t i = 0; i < all->count; i++) {
		struct object one = item_object(&all->item[i], options, fmt);

		object_append(&object, all->item[i].is_walk ? walks : descriptors, &one);
	}
	object_set(&object, "descriptors", descriptors);
	object_set(&object, "walks", walks);
	return object_print(stdout, &object);
}

static int prepare(struct options *options, int argc, char **argv, struct lm_format *fmt,
		   struct decode_items *all, struct error *error)
{
	if (options_parse(options, COMMAND_DECODE, argc, argv, error))
		return -1;
	if (options->help)
		return 0;
	if (collect(all, options, error) || format_of(fmt, options, all, error))
		return -1;
	return check_walks(all, options, fmt, error);
}

int command_decode(int argc, char **argv)
{
	struct options options;
	struct lm_format fmt;
	struct decode_items all = { .item = NULL };
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
	decode_items_free(&all);
	return code;
}
