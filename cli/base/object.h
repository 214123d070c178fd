/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * JSON objects, built member by member. Knows nothing of what they are about.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/*
 * Each function below adds one member. Out of memory needs no check at each call:
 * jansson's functions accept the NULL and fail, and @failed makes object_print() fail.
 */
struct object {
	json_t *json;
	bool failed;
};

struct object object_new(void);

/* These take ownership of @value or @member. */
void object_set(struct object *object, const char *name, json_t *value);
void object_set_member(struct object *object, const char *name, struct object *member);
/* Add @member to @array, which is to become a member of @object. */
void object_append(struct object *object, json_t *array, struct object *member);

void object_set_count(struct object *object, const char *name, uint64_t count);
void object_set_text(struct object *object, const char *name, const char *text);
/* In hexadecimal: some readers of JSON cannot hold an address as an integer. */
void object_set_address(struct object *object, const char *name, uint64_t address);

/*
 * Print it and free it. Errors of @out stay on the stream for its owner. 0, or -1 without
 * memory.
 */
int object_print(FILE *out, struct object *object);

#endif
