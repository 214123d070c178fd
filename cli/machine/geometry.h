/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The geometry of a translation as people write it: the names of granules and
 * regimes, what follows from what was not said, and why there is no such
 * translation. What the architecture has is lm_format_refusal()'s to know.
 */
#ifndef GEOMETRY_H
#define GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "base/error.h"

/* As options spell them, in either case: "4k", "el2-0". False if there is no such name. */
bool granule_parse(const char *name, uint8_t *shift);
bool regime_parse(const char *name, enum lm_regime *regime);
const char *regime_name(enum lm_regime regime);

/* As the Arm ARM does: "4K", "EL2&0". */
const char *granule_text(uint8_t shift);
const char *regime_text(enum lm_regime regime);

/* Whether there are an upper range, privileged and unprivileged accesses, and an nG. */
bool regime_has_two_ranges(enum lm_regime regime);

/**
 * geometry_complete() - fill in what follows from the rest
 * @config: sizes of 0 bits were not said
 * @last_pa: the last physical address that has to be reached
 *
 * LPA2 follows from more than 48 bits of either kind with 4K and 16K granules,
 * which have no other way to them. Input addresses have 48 bits; physical
 * ones too, or 52 with LPA2 or where @last_pa needs it. The range is the upper one,
 * a kernel's, of the regimes that have two.
 */
void geometry_complete(struct lm_format_config *config, uint64_t last_pa);

/* Whether there is such a translation; else -1 with an error that names it. */
int geometry_check(const struct lm_format_config *config, struct error *error);

#endif
