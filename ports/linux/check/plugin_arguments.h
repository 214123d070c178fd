/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments of the plugins: ROLE=NAME:ADDRESS, a place in the kernel and what it is for. */
#ifndef PLUGIN_ARGUMENTS_H
#define PLUGIN_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct named_address {
	char name[64];
	uint64_t address;
};

/* What stands before the '=' of @argument: the index of one of @roles, or -1. */
static inline int argument_role(const char *argument, const char *const *roles, int count)
{
	size_t length = strcspn(argument, "=");

	for (int role = 0; argument[length] && role < count; role++) {
		if (strlen(roles[role]) == length &&
		    !strncmp(argument, roles[role], length))
			return role;
	}
	return -1;
}

/* What stands after it. Return: whether it is a name and an address. */
static inline bool argument_place(const char *argument, struct named_address *where)
{
	const char *name = strchr(argument, '=') + 1;
	const char *colon = strchr(name, ':');

	if (!colon || (size_t)(colon - name) >= sizeof(where->name))
		return false;
	memcpy(where->name, name, (size_t)(colon - name));
	where->address = strtoull(colon + 1, NULL, 0);
	return true;
}

#endif
