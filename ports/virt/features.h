/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the ID registers say about a CPU, as far as the map depends on it. */
#ifndef VIRT_FEATURES_H
#define VIRT_FEATURES_H

#include <linmap/linmap.h>

#include "options.h"

/* Refuses a granule or sizes that this CPU does not have; fills in defaults. */
struct lm_format_config features_choose(const struct options *options);

/* The executing CPU's level, before options lower it. */
uint8_t features_bbm_level(void);

/* Whether CPUs may share TLB entries: TTBRn_EL1.CnP. */
bool features_has_cnp(void);

/* The executing CPU's name, for people. */
const char *features_cpu_name(void);

#endif
