// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linmap decode: descriptors from the arguments or from standard input, and what they
 * say.
 */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "decode_read.h"
#include "geometry.h"

static int add_standard_input(struct decode_items *all, struct complaint *complaint)
{
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	errno = 0;
	for (size_t number = 1; !err && getline(&line, &room, stdin) != -1; number++) {
		char where[40];

		snprintf(where, sizeof(where), "standard input:%zu: ", number);
		err = decode_read(all, where, line, complaint);
	}
	free(line);
	if (!err && ferror(stdin))
		return complain(complaint, "standard input: %s", strerror(errno));
	return err;
}

/* As descriptors do, each argument stands for itself, or goes on with a walk. */
static int add_argument(struct decode_items *all, const char *argument,
			struct complaint *complaint)
{
	char *line = strdup(argument);
	int err;

	if (!line)
		return complain(complaint,
				"out of memory (give fewer descriptors at a time)");
	err = decode_read(all, "", line, complaint);
	free(line);
	return err;
}

static int collect(struct decode_items *all, const struct options *options,
		   struct complaint *complaint)
{
	bool from_input = !options->argument_count;
	int err = 0;

	if (from_input && isatty(STDIN_FILENO))
		return complain(complaint, "no descriptor (give one, or several, or pipe "
					   "them in; see --help)");
	if (from_input)
		err = add_standard_input(all, complaint);
	for (int i = 0; !err && i < options->argument_count; i++) {
		if (!strcmp(options->arguments[i], "-")) {
			from_input = true;
			err = add_standard_input(all, complaint);
		} else {
			err = add_argument(all, options->arguments[i], complaint);
		}
	}
	if (!err && all->has_va)
		return complain(complaint,
				"[%016" PRIx64 "]: no pgd= after it (give the "
				"whole line)",
				all->va);
	if (!err && !all->count)
		return complain(complaint, "%sno descriptor (give one, or several)",
				from_input ? "standard input: " : "");
	return err;
}

/* ------------------------------------------------------------------- geometry */

/* What an oops says of its kernel, unless an option says it, too, and otherwise. */
static int use_said_geometry(struct lm_format_config *config,
			     const struct options *options,
			     const struct decode_items *all, struct complaint *complaint)
{
	if (!all->granule_shift)
		return 0;
	if (options->has_granule && config->granule_shift != all->granule_shift)
		return complain(
			complaint,
			"--granule %s: the kernel says that it has %s pages (leave "
			"the option out)",
			granule_text(config->granule_shift),
			granule_text(all->granule_shift));
	if (config->ia_bits && config->ia_bits != all->va_bits)
		return complain(complaint,
				"--va-bits %u: the kernel says that it has %u (leave the "
				"option out)",
				config->ia_bits, all->va_bits);
	config->granule_shift = all->granule_shift;
	config->ia_bits = all->va_bits;
	return 0;
}

/* Where nothing is said of input addresses, as many levels as there can be. */
static int format_of(struct lm_format *fmt, const struct options *options,
		     const struct decode_items *all, struct complaint *complaint)
{
	struct lm_format_config config = options->machine.format;
	bool says_va_bits;

	if (use_said_geometry(&config, options, all, complaint))
		return -1;
	says_va_bits = config.ia_bits;
	geometry_complete(&config, 0);
	if (config.lpa2 && !says_va_bits)
		config.ia_bits = 52;
	if (geometry_check(&config, complaint))
		return -1;
	lm_format_init(fmt, &config);
	if (!options->has_level || options->level >= fmt->start_level)
		return 0;
	return complain(complaint,
			"--level %d: %s tables of %u-bit addresses begin at level %d%s",
			options->level, granule_text(config.granule_shift),
			config.ia_bits, fmt->start_level,
			config.granule_shift == 12 ? " (see --va-bits)" : "");
}

static size_t decode_one(struct decoding decodings[LM_LEVELS],
			 const struct options *options, const struct lm_format *fmt,
			 uint64_t descriptor)
{
	if (!options->has_level)
		return decode_levels(decodings, fmt, descriptor);
	decode(&decodings[0], fmt, descriptor, options->level);
	return 1;
}

/* A walk that is none in this geometry is found out before anything is printed. */
static int check_walks(const struct decode_items *all, const struct options *options,
		       const struct lm_format *fmt, struct complaint *complaint)
{
	static struct walk_decoding decoding;

	for (size_t i = 0; i < all->count; i++) {
		const struct decode_item *item = &all->item[i];

		if (!item->is_walk)
			continue;
		if (options->has_level)
			return complain(
				complaint,
				"%s--level %d together with a walk (its names say "
				"the levels: leave the option out)",
				item->where, options->level);
		if (walk_decode(&decoding, &item->walk, fmt, item->where, complaint))
			return -1;
	}
	return 0;
}

static void print_item(const struct decode_item *item, const struct options *options,
		       const struct lm_format *fmt)
{
	static struct decoding decodings[LM_LEVELS];
	static struct walk_decoding walk;
	struct complaint complaint;
	size_t count;

	if (item->is_walk) {
		walk_decode(&walk, &item->walk, fmt, item->where, &complaint);
		walk_print(stdout, fmt, &walk);
		return;
	}
	count = decode_one(decodings, options, fmt, item->descriptor);
	decode_print(stdout, fmt, item->descriptor, decodings, count);
}

static void print_all(const struct decode_items *all, const struct options *options,
		      const struct lm_format *fmt)
{
	for (size_t i = 0; i < all->count; i++) {
		if (i)
			putchar('\n');
		print_item(&all->item[i], options, fmt);
	}
}

static struct object item_object(const struct decode_item *item,
				 const struct options *options,
				 const struct lm_format *fmt)
{
	static struct decoding decodings[LM_LEVELS];
	static struct walk_decoding walk;
	struct complaint complaint;
	size_t count;

	if (item->is_walk) {
		walk_decode(&walk, &item->walk, fmt, item->where, &complaint);
		return walk_object(&walk);
	}
	count = decode_one(decodings, options, fmt, item->descriptor);
	return decode_object(item->descriptor, decodings, count);
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
	for (size_t i = 0; i < all->count; i++) {
		struct object one = item_object(&all->item[i], options, fmt);

		object_append(&object, all->item[i].is_walk ? walks : descriptors, &one);
	}
	object_set(&object, "descriptors", descriptors);
	object_set(&object, "walks", walks);
	return object_print(stdout, &object);
}

static int prepare(struct options *options, int argc, char **argv, struct lm_format *fmt,
		   struct decode_items *all, struct complaint *complaint)
{
	if (options_parse(options, COMMAND_DECODE, argc, argv, complaint))
		return -1;
	if (options->help)
		return 0;
	if (collect(all, options, complaint) || format_of(fmt, options, all, complaint))
		return -1;
	return check_walks(all, options, fmt, complaint);
}

int command_decode(int argc, char **argv)
{
	struct options options;
	struct lm_format fmt;
	struct decode_items all = { .item = NULL };
	struct complaint complaint = { "" };
	int code = EXIT_HELD;

	if (prepare(&options, argc, argv, &fmt, &all, &complaint)) {
		complaint_print(&complaint, "linmap decode");
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
