// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Budgets, and what was measured, as JSON and as text. */
#include "budgets.h"

#include <stdarg.h>
#include <stdio.h>

static void add(json_t *budgets, const char *what, const char *limit, const char *seen,
		json_t *met)
{
	json_array_append_new(budgets,
			      json_pack("{s:s, s:s, s:s, s:o}", "what", what, "limit",
					limit, "seen", seen, "met", met));
}

void budget_add(json_t *budgets, const char *what, const char *limit, bool met,
		const char *seen, ...)
{
	char text[128];
	va_list args;

	va_start(args, seen);
	vsnprintf(text, sizeof(text), seen, args);
	va_end(args);
	add(budgets, what, limit, text, json_boolean(met));
}

void budget_skip(json_t *budgets, const char *what, const char *limit, const char *why)
{
	add(budgets, what, limit, why, json_null());
}

static const char *verdict(const json_t *met)
{
	if (json_is_null(met))
		return "not measured";
	return json_is_true(met) ? "met" : "MISSED";
}

static const char *text_of(const json_t *budget, const char *name)
{
	return json_string_value(json_object_get(budget, name));
}

void budgets_print(const json_t *budgets)
{
	const json_t *budget;
	size_t i;

	printf("\nBudgets\n");
	json_array_foreach(budgets, i, budget)
		printf("  %-13s %s: %s (%s)\n", verdict(json_object_get(budget, "met")),
		       text_of(budget, "what"), text_of(budget, "seen"),
		       text_of(budget, "limit"));
}
