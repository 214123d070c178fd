// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From Linux' names to levels. Linux always has five names; with fewer levels the upper
 * ones are folded into the root, and repeat its entry
 * (include/asm-generic/pgtable-nop4d.h, -nopud.h, -nopmd.h).
 */
#include "decode/decode_walk.h"

#include <inttypes.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"

static const char *const names[WALK_ENTRIES] = { "pgd", "p4d", "pud", "pmd", "pte" };

const char *walk_name(size_t index)
{
	return index < WALK_ENTRIES ? names[index] : NULL;
}

/* Of a name that is not folded. */
static int level_of(size_t index)
{
	return LM_FIRST_LEVEL + (int)index;
}

/* The last of the names that mean an entry of the root. */
static size_t root_index(const struct lm_format *fmt)
{
	return (size_t)(fmt->start_level - LM_FIRST_LEVEL);
}

/* -------------------------------------------------------------- checking a walk */

static int check_folded(const struct walk *walk, size_t index, const char *where,
			struct error *error)
{
	if (walk->entry[index] == walk->entry[0])
		return 0;
	return error_set(error,
			 "%s%s=%016" PRIx64 " is not pgd=%016" PRIx64 ", but is the same "
			 "entry in this geometry (see --granule and --va-bits)",
			 where, names[index], walk->entry[index], walk->entry[0]);
}

/* Names of folded levels may be missing: kernels did not always print all. */
static int walk_check(const struct walk *walk, const struct lm_format *fmt,
		      const char *where, struct error *error)
{
	size_t root = root_index(fmt);
	const char *missing = NULL;

	if (!walk->given[0])
		return error_set(error, "%sno pgd= (a walk begins with it)", where);
	for (size_t i = 1; i < WALK_ENTRIES; i++) {
		if (!walk->given[i]) {
			missing = i > root && !missing ? names[i] : missing;
			continue;
		}
		if (missing)
			return error_set(error, "%s%s= without %s= (give the whole line)",
					 where, names[i], missing);
		if (i <= root && check_folded(walk, i, where, error))
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------- its steps */

static void add_step(struct walk_decoding *decoding, const struct lm_format *fmt,
		     size_t index)
{
	struct walk_step *step = &decoding->steps[decoding->count++];
	size_t root = root_index(fmt);

	step->names[0] = '\0';
	for (size_t i = index == root ? 0 : index; i <= index; i++)
		if (decoding->walk->given[i])
			text_append(step->names, sizeof(step->names), "%s%s",
				    step->names[0] ? ", " : "", names[i]);
	step->descriptor = decoding->walk->entry[index == root ? 0 : index];
	decode(&step->decoding, fmt, step->descriptor, level_of(index));
}

static bool ends_walk(const struct walk_step *step)
{
	return step->decoding.kind != DECODE_TABLE;
}

static void find_end(struct walk_decoding *decoding)
{
	bool has_ended = false;

	decoding->last = decoding->count - 1;
	for (size_t i = 0; i < decoding->count; i++) {
		struct walk_step *step = &decoding->steps[i];

		step->is_walked = !has_ended;
		if (!has_ended && ends_walk(step)) {
			has_ended = true;
			decoding->last = i;
		}
	}
	decoding->is_cut_off = !has_ended;
}

static void say_leaf(struct walk_decoding *decoding, const struct walk_step *last)
{
	const struct walk *walk = decoding->walk;
	const struct decoding *leaf = &last->decoding;

	decoding->translates = true;
	decoding->pa = leaf->address;
	if (walk->has_va)
		decoding->pa |= walk->va & (leaf->size - 1);
	snprintf(decoding->end, sizeof(decoding->end), "%s ends the walk: %s",
		 last->names, leaf->what);
	if (walk->has_va)
		text_append(decoding->end, sizeof(decoding->end),
			    "; 0x%016" PRIx64 " is at 0x%" PRIx64, walk->va,
			    decoding->pa);
}

static void say_end(struct walk_decoding *decoding)
{
	const struct walk_step *last = &decoding->steps[decoding->last];

	if (decoding->is_cut_off)
		snprintf(decoding->end, sizeof(decoding->end),
			 "the walk continues after %s, in the table at 0x%" PRIx64
			 " (the line is incomplete)",
			 last->names, last->decoding.address);
	else if (last->decoding.kind == DECODE_BLOCK ||
		 last->decoding.kind == DECODE_PAGE)
		say_leaf(decoding, last);
	else
		snprintf(decoding->end, sizeof(decoding->end),
			 "%s ends the walk: translation fault, level %d", last->names,
			 last->decoding.first_level);
	if (decoding->last + 1 < decoding->count)
		text_append(decoding->end, sizeof(decoding->end), "; %s is not walked",
			    decoding->steps[decoding->last + 1].names);
}

int walk_decode(struct walk_decoding *decoding, const struct walk *walk,
		const struct lm_format *fmt, const char *where, struct error *error)
{
	if (walk_check(walk, fmt, where, error))
		return -1;
	memset(decoding, 0, sizeof(*decoding));
	decoding->walk = walk;
	for (size_t i = root_index(fmt); i < WALK_ENTRIES; i++)
		if (i == root_index(fmt) || walk->given[i])
			add_step(decoding, fmt, i);
	find_end(decoding);
	say_end(decoding);
	return 0;
}

/* ------------------------------------------------------------------- printing */

void walk_print(FILE *out, const struct lm_format *fmt,
		const struct walk_decoding *decoding)
{
	char line[384];

	if (decoding->walk->has_va)
		fprintf(out, "walk for 0x%016" PRIx64 ":\n", decoding->walk->va);
	else
		fprintf(out, "walk:\n");
	for (size_t i = 0; i < decoding->count; i++) {
		const struct walk_step *step = &decoding->steps[i];

		snprintf(line, sizeof(line), "  %-13s level %2d: %s", step->names,
			 step->decoding.first_level, step->decoding.what);
		lines_print(out, 26, line);
	}
	lines_print(out, 4, decoding->end);
	for (size_t i = 0; i < decoding->count; i++) {
		const struct walk_step *step = &decoding->steps[i];

		fprintf(out, "\n%s: ", step->names);
		decode_print(out, fmt, step->descriptor, &step->decoding, 1);
	}
}

static struct object step_object(const struct walk_step *step)
{
	struct object object = decode_object(step->descriptor, &step->decoding, 1);

	object_set_text(&object, "names", step->names);
	object_set(&object, "walked", json_boolean(step->is_walked));
	return object;
}

struct object walk_object(const struct walk_decoding *decoding)
{
	struct object object = object_new();
	json_t *steps = json_array();

	if (decoding->walk->has_va)
		object_set_address(&object, "va", decoding->walk->va);
	else
		object_set(&object, "va", json_null());
	for (size_t i = 0; i < decoding->count; i++) {
		struct object step = step_object(&decoding->steps[i]);

		object_append(&object, steps, &step);
	}
	object_set(&object, "steps", steps);
	if (decoding->is_cut_off)
		object_set(&object, "last_level", json_null());
	else
		object_set(&object, "last_level",
			   json_integer(
				   decoding->steps[decoding->last].decoding.first_level));
	if (decoding->translates)
		object_set_address(&object, "pa", decoding->pa);
	else
		object_set(&object, "pa", json_null());
	object_set_text(&object, "end", decoding->end);
	return object;
}
