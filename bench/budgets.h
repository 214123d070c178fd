/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Budgets, and what was measured: collected while measuring, printed at the end. Knows
 * nothing of how it was measured.
 */
#ifndef BENCH_BUDGETS_H
#define BENCH_BUDGETS_H

#include <stdbool.h>

#include <jansson.h>

/* Add a budget to the array @budgets; @limit and @seen in words. */
void budget_add(json_t *budgets, const char *what, const char *limit, bool met,
		const char *seen, ...) __attribute__((format(printf, 5, 6)));

/* Add one that could not be measured, and why. */
void budget_skip(json_t *budgets, const char *what, const char *limit, const char *why);

void budgets_print(const json_t *budgets);

#endif
