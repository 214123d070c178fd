/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fields of a descriptor whose type is known. */
#ifndef DECODE_FIELDS_H
#define DECODE_FIELDS_H

#include <linmap/linmap.h>

#include "decode/decoding.h"

/* Fill in the fields of a decoding whose kind, address and size are known. */
void decode_fields(struct decoding *decoding, const struct lm_format *fmt,
		   uint64_t descriptor, int level);

#endif
