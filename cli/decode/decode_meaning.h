/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the value of a field means, in words. Knows nothing of where fields are.
 */
#ifndef DECODE_MEANING_H
#define DECODE_MEANING_H

#include <linmap/linmap.h>

#include "decode/decoding.h"

/* A field's value, and all that its meaning can depend on. */
struct decode_context {
	const struct lm_format *fmt;
	struct decoding *decoding;
	uint64_t descriptor;
	uint64_t value;
	int level;
};

/* Writes the meaning of a value into @text. */
typedef void decode_meaning_fn(const struct decode_context *context, char *text,
			       size_t size);

decode_meaning_fn mean_software;
decode_meaning_fn mean_pbha;
decode_meaning_fn mean_uxn;
decode_meaning_fn mean_xn;
decode_meaning_fn mean_contiguous;
decode_meaning_fn mean_dbm;
decode_meaning_fn mean_gp;
decode_meaning_fn mean_address;
decode_meaning_fn mean_high_address;
decode_meaning_fn mean_nt;
decode_meaning_fn mean_ng;
decode_meaning_fn mean_nse;
decode_meaning_fn mean_af;
decode_meaning_fn mean_table_af;
decode_meaning_fn mean_sh;
decode_meaning_fn mean_ap;
decode_meaning_fn mean_ns;
decode_meaning_fn mean_attr_index;
decode_meaning_fn mean_type;
decode_meaning_fn mean_valid;
decode_meaning_fn mean_not_looked_at;
decode_meaning_fn mean_table_ns;
decode_meaning_fn mean_table_ap;
decode_meaning_fn mean_table_read_only;
decode_meaning_fn mean_table_uxn;
decode_meaning_fn mean_table_xn;

#endif
