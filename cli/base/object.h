/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects of JSON, made member by member. Knows nothing of what they are about.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/*
 * Each function below adds one member. Running out of memory is not looked at one
 * by one: jansson's functions take the NULL and fail, and the object then lacks a
 * member, which object_print() finds out from @failed.
 */
struct object {
	json_t *json;
	bool failed;
};

struct object object_new(void);

/* These take @value or @member over. */
void object_set(struct object *object, const char *name, json_t *value);
void object_set_member(struct object *object, const char *name, struct object *member);
/* Add @member to @array, which is to become a member of @object. */
void object_append(struct object *object, json_t *array, struct object *member);

void object_set_count(struct object *object, const char *name, uint64_t count);
void object_set_text(struct object *object, const char *name, const char *text);
/* In hexadecimal: addresses go beyond what every reader of JSON takes for an integer. */
void object_set_address(struct object *object, const char *name, uint64_t address);

/*
 * Print it and free it. An error of @out itself stays on the stream, for its owner to
 * see. 0, or -1 without memory.
 */
int object_print(FILE *out, struct object *object);

#endif
