// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON objects, on jansson. */
#include "base/object.h"

#include <inttypes.h>

struct object object_new(void)
{
	json_t *json = json_object();

	return (struct object){ .json = json, .failed = !json };
}

void object_set(struct object *object, const char *name, json_t *value)
{
	if (json_object_set_new(object->json, name, value))
		object->failed = true;
}

void object_set_member(struct object *object, const char *name, struct object *member)
{
	object_set(object, name, member->json);
	object->failed |= member->failed;
}

void object_append(struct object *object, json_t *array, struct object *member)
{
	if (member->failed || json_array_append_new(array, member->json))
		object->failed = true;
}

void object_set_count(struct object *object, const char *name, uint64_t count)
{
	object_set(object, name, json_integer((json_int_t)count));
}

void object_set_text(struct object *object, const char *name, const char *text)
{
	object_set(object, name, json_string(text));
}

void object_set_address(struct object *object, const char *name, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	object_set_text(object, name, text);
}

int object_print(FILE *out, struct object *object)
{
	int err = object->failed ? -1 : 0;

	if (!err) {
		json_dumpf(object->json, out, JSON_INDENT(2));
		fputc('\n', out);
	}
	json_decref(object->json);
	return err;
}
