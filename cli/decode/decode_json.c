// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A decoded descriptor for programs. The names are stable; linmap(1) documents them. */
#include "decode/decode.h"

static struct object field_object(const struct decode_field *field)
{
	struct object object = object_new();

	object_set_count(&object, "high", field->high);
	object_set_count(&object, "low", field->low);
	object_set_text(&object, "name", field->name);
	object_set_address(&object, "value", field->value);
	object_set_text(&object, "meaning", field->meaning);
	return object;
}

static void set_fields(struct object *object, const struct decoding *decoding)
{
	json_t *fields = json_array();

	for (size_t i = 0; i < decoding->field_count; i++) {
		struct object field = field_object(&decoding->fields[i]);

		object_append(object, fields, &field);
	}
	object_set(object, "fields", fields);
}

static void set_problems(struct object *object, const struct decoding *decoding)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < decoding->problem_count; i++)
		if (json_array_append_new(problems, json_string(decoding->problems[i])))
			object->failed = true;
	object_set(object, "problems", problems);
}

static struct object level_object(const struct decoding *decoding)
{
	struct object object = object_new();

	object_set(&object, "first_level", json_integer(decoding->first_level));
	object_set(&object, "last_level", json_integer(decoding->last_level));
	object_set_text(&object, "kind", decode_kind_name(decoding->kind));
	object_set_text(&object, "text", decoding->what);
	object_set_address(&object, "address", decoding->address);
	object_set_count(&object, "bytes", decoding->size);
	set_fields(&object, decoding);
	set_problems(&object, decoding);
	return object;
}

struct object decode_object(uint64_t descriptor, const struct decoding *decodings,
			    size_t count)
{
	struct object object = object_new();
	json_t *levels = json_array();

	object_set_address(&object, "descriptor", descriptor);
	for (size_t i = 0; i < count; i++) {
		struct object level = level_object(&decodings[i]);

		object_append(&object, levels, &level);
	}
	object_set(&object, "levels", levels);
	return object;
}
