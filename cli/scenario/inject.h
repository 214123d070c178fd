/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Known faults of the protocol that are in the port. Faults between the steps of an edit
 * are in edit_run.c.
 */
#ifndef INJECT_H
#define INJECT_H

#include "options/fault.h"
#include "model_port.h"

/* What the port of a machine with this format does wrong in an edit that begins at @start. */
struct model_faults inject_port_faults(enum fault fault, const struct lm_format *fmt,
				       lm_va_t start);

#endif
