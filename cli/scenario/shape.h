/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether leaves have the sizes and ends that an edit was asked for. Knows the request
 * and what the model's walker finds; nothing of how the edit was run.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include "scenario/request.h"
#include "scenario/world.h"

/**
 * shape_check() - compare leaves with what was asked
 * @wanted: how many leaves there should be, if known: for a collapse, and for an edit
 *	that changes no size
 * @leaves: how many there are
 *
 * Return: in how many places they differ.
 */
uint64_t shape_check(const struct world *world, const struct edit_request *request,
		     const struct report_leaves *wanted,
		     const struct report_leaves *leaves);

#endif
