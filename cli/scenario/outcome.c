// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Findings and counts, from the model to the report. */
#include "scenario/outcome.h"

static void add_finding(struct report_edit *report, const char *kind, const char *text)
{
	struct report_finding *finding = report_add_finding(report);

	report->faults++;
	if (!finding)
		return;
	finding->kind = kind;
	snprintf(finding->text, sizeof(finding->text), "%s", text);
}

/* linmap's counts must equal those of the model's walker. */
static void compare_census(const struct world *world, struct report_edit *report)
{
	struct report_leaves counted = report->leaves_after;

	for (size_t i = 0; i < counted.sizes; i++)
		counted.leaf[i].count = 0;
	report_add_census(&counted, &world->fmt, &world->linear.census);
	report_add_census(&counted, &world->fmt, &world->plugged.census);
	report_add_census(&counted, &world->fmt, &world->pool.census);
	for (size_t i = 0; i < counted.sizes; i++) {
		if (counted.leaf[i].count == report->leaves_after.leaf[i].count)
			continue;
		add_finding(report, "census", "the census differs from the tables");
		return;
	}
}

void outcome_compare_allocated(const struct world *world, struct report_edit *report)
{
	if (sim_tables_allocated(world->sim) != world_count_tables(world))
		add_finding(report, "leak",
			    "tables are allocated that the map does not use");
}

struct outcome_mark outcome_mark(const struct world *world)
{
	const struct sim *sim = world->sim;
	struct outcome_mark mark = { 0 };

	if (!sim)
		return mark;
	mark.events = sim_events(sim);
	mark.in_stop = sim_events_in_stop(sim);
	for (int kind = 0; kind < SIM_FINDING_KINDS; kind++)
		mark.found[kind] = sim_finding_count(sim, (enum sim_finding_kind)kind);
	while (sim_finding(sim, mark.kept))
		mark.kept++;
	return mark;
}

static void add_model_finding(struct report_edit *report, const struct sim_finding *found)
{
	struct report_finding *finding = report_add_finding(report);

	if (!finding)
		return;
	finding->kind = sim_finding_name(found->kind);
	finding->cpu = found->cpu;
	finding->cpus = found->cpus;
	finding->event = found->event;
	finding->va = found->va;
	finding->size = found->size;
	finding->store = found->store;
	finding->since = found->since;
	finding->tlbi = found->tlbi;
	snprintf(finding->text, sizeof(finding->text), "%s", found->text);
	snprintf(finding->why, sizeof(finding->why), "%s", found->why);
}

static void add_findings_of_model(const struct world *world,
				  const struct outcome_mark *mark,
				  struct report_edit *report)
{
	struct outcome_mark now = outcome_mark(world);

	report->conflicts = now.found[SIM_CONFLICT] - mark->found[SIM_CONFLICT];
	report->stale = now.found[SIM_STALE] - mark->found[SIM_STALE];
	for (int kind = 0; kind < SIM_FINDING_KINDS; kind++) {
		if (kind != SIM_CONFLICT && kind != SIM_STALE)
			report->faults += now.found[kind] - mark->found[kind];
	}
	for (size_t i = mark->kept; i < now.kept; i++)
		add_model_finding(report, sim_finding(world->sim, i));
}

static void count_stop(const struct world *world, const struct outcome_mark *mark,
		       struct report_edit *report)
{
	struct sim_events events = sim_events_in_stop(world->sim);
	const struct sim_events *before = &mark->in_stop;

	report->allocations_in_stop = events.allocations - before->allocations;
	report->frees_in_stop = events.frees - before->frees;
	report->stores_in_stop = events.stores - before->stores;
	report->barriers_in_stop = events.barriers - before->barriers;
	report->tlbis_in_stop = events.tlbis - before->tlbis;
}

void outcome_report(const struct world *world, const struct outcome_mark *mark,
		    struct report_edit *report)
{
	compare_census(world, report);
	count_stop(world, mark, report);
	add_findings_of_model(world, mark, report);
}
