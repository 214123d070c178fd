/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events as lines of text, and findings: counted, the first few kept. Knows
 * nothing of what they mean.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "sim_internal.h"

void sim_trace_line(const struct sim *sim, const char *format, ...)
{
	FILE *out = sim->config.trace;
	va_list args;

	fprintf(out, "%" PRIu64 " cpu%u ", sim->event, sim->cpu);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
}

const char *sim_finding_name(enum sim_finding_kind kind)
{
	static const char *const names[SIM_FINDING_KINDS] = {
		[SIM_CONFLICT] = "conflict",
		[SIM_STALE] = "stale",
		[SIM_INVISIBLE_TABLE] = "invisible-table",
		[SIM_USE_AFTER_FREE] = "use-after-free",
		[SIM_ALLOC_IN_STOP] = "alloc-in-stop",
		[SIM_BAD_FREE] = "bad-free",
		[SIM_SELF_COVER] = "self-cover",
		[SIM_BAD_ROOT] = "bad-root",
		[SIM_LATE_ACCESS] = "late-access",
		[SIM_MIXED_RUN] = "mixed-run",
		[SIM_NOT_COMMON] = "not-common",
		[SIM_TWO_VIEWS] = "two-views",
		[SIM_UNTOLD] = "untold",
		[SIM_MISUSE] = "misuse",
		[SIM_FETCH] = "fetch",
		[SIM_LOST_UPDATE] = "lost-update",
	};

	return (unsigned int)kind < SIM_FINDING_KINDS ? names[kind] : "unknown";
}

/* The line has the number of the event that shows the error: it belongs to that line. */
static void trace_finding(const struct sim *sim, const struct sim_finding *finding)
{
	sim_trace_line(sim,
		       "finding %s va=0x%016" PRIx64 " size=0x%" PRIx64
		       " first=cpu%u cpus=%u text=\"%s\" why=\"%s\"",
		       sim_finding_name(finding->kind), finding->va, finding->size,
		       finding->cpu, finding->cpus, finding->text, finding->why);
}

static void add_why(struct sim_finding *finding, const struct sim_why *why)
{
	finding->store = why->store;
	finding->old = why->old;
	finding->value = why->value;
	finding->since = why->since;
	finding->tlbi = why->tlbi;
	memcpy(finding->why, why->text, sizeof(finding->why));
}

void sim_report(struct sim *sim, enum sim_finding_kind kind,
		struct sim_concerned concerned, uint64_t va, uint64_t size,
		const char *format, ...)
{
	struct sim_finding finding = {
		.kind = kind,
		.cpu = concerned.first,
		.cpus = concerned.count,
		.event = sim->event,
		.va = va,
		.size = size,
	};
	va_list args;

	add_why(&finding, &sim->why);
	sim->why = (struct sim_why){ 0 };
	sim->finding_count[kind]++;
	if (!sim_is_read(sim))
		return;
	va_start(args, format);
	vsnprintf(finding.text, sizeof(finding.text), format, args);
	va_end(args);
	if (sim->config.trace)
		trace_finding(sim, &finding);
	if (sim->findings_kept < SIM_FINDINGS_KEPT)
		sim->findings[sim->findings_kept++] = finding;
}

struct sim_concerned sim_self(const struct sim *sim)
{
	return (struct sim_concerned){ .first = sim->cpu, .count = 1 };
}

uint64_t sim_finding_count(const struct sim *sim, enum sim_finding_kind kind)
{
	return (unsigned int)kind < SIM_FINDING_KINDS ? sim->finding_count[kind] : 0;
}

const struct sim_finding *sim_finding(const struct sim *sim, size_t n)
{
	return n < sim->findings_kept ? &sim->findings[n] : NULL;
}
