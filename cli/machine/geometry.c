// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of granules and regimes, and defaults. */
#include "machine/geometry.h"

#include <string.h>
#include <strings.h>

struct granule_name {
	const char *name;
	const char *text;
	uint8_t shift;
};

static const struct granule_name granules[] = {
	{ "4k", "4K", 12 },
	{ "16k", "16K", 14 },
	{ "64k", "64K", 16 },
};

#define GRANULES (sizeof(granules) / sizeof(granules[0]))

bool granule_parse(const char *name, uint8_t *shift)
{
	for (size_t i = 0; i < GRANULES; i++) {
		if (strcasecmp(name, granules[i].name) != 0)
			continue;
		*shift = granules[i].shift;
		return true;
	}
	return false;
}

static const struct granule_name *granule_find(uint8_t shift)
{
	const struct granule_name *granule = granules;

	while (granule->shift != shift)
		granule++;
	return granule;
}

const char *granule_text(uint8_t shift)
{
	return granule_find(shift)->text;
}

struct regime_name {
	const char *name;
	const char *text;
};

static const struct regime_name regimes[LM_REGIMES] = {
	[LM_EL1_0] = { "el1", "EL1&0" },
	[LM_EL2_0] = { "el2-0", "EL2&0" },
	[LM_EL2] = { "el2", "EL2" },
	[LM_EL3] = { "el3", "EL3" },
};

bool regime_parse(const char *name, enum lm_regime *regime)
{
	for (int i = 0; i < LM_REGIMES; i++) {
		if (strcasecmp(name, regimes[i].name) != 0)
			continue;
		*regime = (enum lm_regime)i;
		return true;
	}
	return false;
}

const char *regime_name(enum lm_regime regime)
{
	return regimes[regime].name;
}

const char *regime_text(enum lm_regime regime)
{
	return regimes[regime].text;
}

void geometry_complete(struct lm_format_config *config, uint64_t last_pa)
{
	bool is_64k = config->granule_shift == 16;
	bool far_ram = !config->oa_bits && last_pa >> 48;

	if (!is_64k && (config->ia_bits > 48 || config->oa_bits > 48 || far_ram))
		config->lpa2 = true;
	if (!config->ia_bits)
		config->ia_bits = 48;
	if (!config->oa_bits)
		config->oa_bits = config->lpa2 || far_ram ? 52 : 48;
	config->half = lm_regime_has_two_ranges(config->regime) ? LM_UPPER : LM_LOWER;
}

int geometry_check(const struct lm_format_config *config, struct error *error)
{
	const char *refusal = lm_format_refusal(config);

	if (!refusal)
		return 0;
	return error_set(error, "--granule %s --va-bits %u --pa-bits %u%s: %s",
			 granule_find(config->granule_shift)->name, config->ia_bits,
			 config->oa_bits, config->lpa2 ? " --lpa2" : "", refusal);
}
