/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Known faults of the protocol that are in the port. Faults between the steps of an edit
 * are in edit_run.c.
 */
#ifndef INJECT_H
#define INJECT_H

#include "options/fault.h"
#include "model_port.h"

/* Whether tables are freed before the TLBI: it comes after the release. */
bool inject_frees_early(enum fault fault);

/* What the port does wrong in an edit that begins at @start, of a map with this format. */
struct model_faults inject_port_faults(enum fault fault, const struct lm_format *fmt,
				       lm_va_t start);

#endif
