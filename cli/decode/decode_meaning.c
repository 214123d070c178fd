// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The sentences beside each field (Arm ARM D8.3 and D8.4). */
#include "decode/decode_meaning.h"

#include <inttypes.h>
#include <stdio.h>

#include "machine/geometry.h"
#include "base/units.h"

/* Whose accesses are privileged. */
static const char *privileged(const struct decode_context *context)
{
	switch (context->fmt->config.regime) {
	case LM_EL1_0:
		return "EL1";
	case LM_EL3:
		return "EL3";
	default:
		return "EL2";
	}
}

static bool has_two_ranges(const struct decode_context *context)
{
	return lm_regime_has_two_ranges(context->fmt->config.regime);
}

static void mean(char *text, size_t size, const char *meaning)
{
	snprintf(text, size, "%s", meaning);
}

void mean_software(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, "for software; hardware ignores them");
}

void mean_pbha(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, "to the memory system with FEAT_HPDS2, else ignored");
}

void mean_uxn(const struct decode_context *context, char *text, size_t size)
{
	snprintf(text, size, "EL0 %s",
		 context->value ? "may not execute" : "may execute");
}

void mean_xn(const struct decode_context *context, char *text, size_t size)
{
	snprintf(text, size, "%s %s", privileged(context),
		 context->value ? "may not execute" : "may execute");
}

void mean_contiguous(const struct decode_context *context, char *text, size_t size)
{
	const struct lm_level *geometry = lm_level(context->fmt, context->level);
	uint64_t run_size = geometry->run * context->decoding->size;

	if (!context->value)
		mean(text, size, "alone");
	else if (geometry->run == 1)
		snprintf(text, size, "but level %d has no runs here", context->level);
	else
		snprintf(text, size, "one of a run of %u, %s from 0x%" PRIx64,
			 geometry->run, size_text(run_size).s,
			 context->decoding->address & ~(run_size - 1));
}

void mean_dbm(const struct decode_context *context, char *text, size_t size)
{
	if (!context->value)
		mean(text, size, "hardware keeps no dirty state");
	else if (context->descriptor & LM_ATTR_READ_ONLY)
		snprintf(text, size, "clean: with TCR_%s.HD, a store makes it writable",
			 privileged(context));
	else
		mean(text, size, "dirty, or writable to begin with");
}

void mean_gp(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size,
	     context->value ? "guarded: branches must land on a BTI" : "not guarded");
}

void mean_address(const struct decode_context *context, char *text, size_t size)
{
	const struct decoding *decoding = context->decoding;

	if (decoding->kind == DECODE_TABLE)
		mean(text, size, "the table of the next level");
	else
		snprintf(text, size, "%s, to 0x%" PRIx64, size_text(decoding->size).s,
			 decoding->address + decoding->size - 1);
}

void mean_high_address(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, "the highest bits of the address");
}

void mean_nt(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size,
	     context->value ? "changing size (FEAT_BBM): may fault, is not cached" :
			      "not changing size");
}

void mean_ng(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size,
	     context->value ? "not global: for the current ASID" :
			      "global: for every ASID");
}

/*
 * EL3's output address space, by NSE and NS (Arm ARM, FEAT_RME). Without FEAT_RME bit 11
 * is reserved and 0, and NS alone says the same.
 */
static const char *el3_space(const struct decode_context *context)
{
	static const char *const spaces[] = { "Secure", "Non-secure", "Root", "Realm" };
	bool nse = context->descriptor & LM_ATTR_NOT_GLOBAL;
	bool ns = context->descriptor & LM_ATTR_NS;

	return spaces[2 * nse + ns];
}

void mean_nse(const struct decode_context *context, char *text, size_t size)
{
	snprintf(text, size, "with NS: %s memory%s", el3_space(context),
		 context->value ? " (FEAT_RME, else reserved)" : "");
}

void mean_af(const struct decode_context *context, char *text, size_t size)
{
	if (context->value)
		mean(text, size, "accessed");
	else
		snprintf(text, size, "not accessed: faults, or TCR_%s.HA sets it",
			 privileged(context));
}

void mean_table_af(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, "accessed, with FEAT_HAFT; else ignored");
}

void mean_sh(const struct decode_context *context, char *text, size_t size)
{
	static const char *const domains[] = { "not shareable", "reserved",
					       "outer shareable", "inner shareable" };

	mean(text, size, domains[context->value]);
}

void mean_ap(const struct decode_context *context, char *text, size_t size)
{
	const char *access = context->value & 2 ? "read-only" : "read-write";
	bool unprivileged = context->value & 1;

	if (has_two_ranges(context))
		snprintf(text, size, "%s at %s%s", access, privileged(context),
			 unprivileged ? " and EL0" : ", no access at EL0");
	else
		snprintf(text, size, "%s at %s", access, privileged(context));
}

/* Elsewhere the security state decides, and stage 2 of EL1&0 in the Realm state. */
void mean_ns(const struct decode_context *context, char *text, size_t size)
{
	const char *non = context->value ? "Non-secure" : NULL;

	switch (context->fmt->config.regime) {
	case LM_EL3:
		snprintf(text, size, "with NSE: %s memory", el3_space(context));
		break;
	case LM_EL1_0:
		snprintf(text, size, "in Secure state %s memory; ignored in the others",
			 non ? non : "Secure");
		break;
	default:
		snprintf(text, size,
			 "in Secure state %s memory, in Realm state %s; else ignored",
			 non ? non : "Secure", non ? non : "Realm");
		break;
	}
}

void mean_attr_index(const struct decode_context *context, char *text, size_t size)
{
	snprintf(text, size, "memory type: Attr%" PRIu64 " of MAIR_%s", context->value,
		 privileged(context));
}

void mean_type(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, decode_kind_name(context->decoding->kind));
}

void mean_valid(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, "not valid");
}

void mean_not_looked_at(const struct decode_context *context, char *text, size_t size)
{
	if (context->value)
		snprintf(text, size, "for software (with bit 0 set: 0x%016" PRIx64 ")",
			 context->descriptor | LM_DESC_VALID);
	else
		mean(text, size, "for software");
}

/* Root, Realm and Non-secure state ignore it. */
void mean_table_ns(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size,
	     context->value ? "in Secure state NS counts as 1 below" : "NS below counts");
}

void mean_table_ap(const struct decode_context *context, char *text, size_t size)
{
	static const char *const limits[] = {
		"removes no permission",
		"no access at EL0 below",
		"read-only below",
		"read-only, and no access at EL0, below",
	};

	mean(text, size, limits[context->value]);
}

void mean_table_read_only(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size, context->value ? "read-only below" : "removes no permission");
}

void mean_table_uxn(const struct decode_context *context, char *text, size_t size)
{
	mean(text, size,
	     context->value ? "EL0 may execute nothing below" : "removes no permission");
}

void mean_table_xn(const struct decode_context *context, char *text, size_t size)
{
	if (context->value)
		snprintf(text, size, "%s may execute nothing below", privileged(context));
	else
		mean(text, size, "removes no permission");
}
