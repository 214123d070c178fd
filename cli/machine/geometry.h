/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The geometry of a translation as people write it: names of granules and regimes,
 * defaults, and the error for one that does not exist. lm_format_refusal() knows what the
 * architecture has.
 */
#ifndef GEOMETRY_H
#define GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "base/error.h"

/* As options spell them, in either case: "4k", "el2-0". False for an unknown name. */
bool granule_parse(const char *name, uint8_t *shift);
bool regime_parse(const char *name, enum lm_regime *regime);
const char *regime_name(enum lm_regime regime);

/* As the Arm ARM spells them: "4K", "EL2&0". */
const char *granule_text(uint8_t shift);
const char *regime_text(enum lm_regime regime);

/**
 * geometry_complete() - fill in what was not given
 * @config: sizes of 0 bits were not given
 * @last_pa: the last physical address that must be reachable
 *
 * LPA2 follows from more than 48 bits of either kind with 4K and 16K granules,
 * which need it for them. Input addresses have 48 bits by default; physical ones too, or 52
 * with LPA2 or if @last_pa needs it. In regimes with two ranges it is the upper one, a
 * kernel's.
 */
void geometry_complete(struct lm_format_config *config, uint64_t last_pa);

/* 0 if there is such a translation; else -1 with an error that names it. */
int geometry_check(const struct lm_format_config *config, struct error *error);

#endif
