// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Filling a report, and what its numbers mean together.
 */
#include "report.h"

#include <string.h>

#include "problem.h"
#include "units.h"

/* The leaves that one entry of @level, or a run of them, makes. */
static void sizes_add(struct report_leaves *leaves, const struct lm_format *fmt,
		      int level)
{
	const struct lm_level *geometry = lm_level(fmt, level);
	uint64_t size = lm_entry_size(fmt, level);

	if (!geometry->leaf)
		return;
	if (geometry->run > 1)
		leaves->leaf[leaves->sizes++] = (struct report_leaf){
			.size = size * geometry->run,
			.contiguous = true,
		};
	leaves->leaf[leaves->sizes++] = (struct report_leaf){ .size = size };
}

void report_init(struct report *report, const struct machine *machine,
		 const struct lm_format *fmt, enum lm_way commit)
{
	*report = (struct report){
		.granule_size = lm_granule_size(fmt),
		.start_level = fmt->start_level,
		.va_bits = fmt->config.ia_bits,
		.pa_bits = fmt->config.oa_bits,
		.lpa2 = fmt->config.lpa2,
		.regime = fmt->config.regime,
		.commit = commit,
		.ram_size = banks_size(&machine->ram),
		.banks = machine->ram.count,
		.no_map_size = machine->no_map_size,
		.unusable_size = machine->unusable_size,
		.trimmed_size = machine->trimmed_size,
		.ram_start = machine->ram.bank[0].start,
		.linear_base = machine->linear_base,
		.left_out_size = banks_size(&machine->aliases),
		.cpus = machine->cpus,
		.boot_bbm = machine->boot_bbm,
		.secondary_bbm = machine->secondary_bbm,
	};
	machine_notes_make(&report->machine_notes, machine);
	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++)
		sizes_add(&report->leaves_before, fmt, level);
	report->leaves_after = report->leaves_before;
}

void report_set_plan(struct report *report, const struct lm_plan *plan)
{
	report->tables_planned = 0;
	report->tables_copied = 0;
	for (int i = 0; i < LM_LEVELS; i++) {
		report->tables_by_level[i] = plan->new_tables[i];
		report->tables_planned += plan->new_tables[i];
		report->tables_copied += plan->copied_tables[i];
	}
	report->notes = plan->log_granules;
}

bool report_add_leaves(struct report_leaves *leaves, uint64_t size, bool contiguous,
		       uint64_t count)
{
	for (size_t i = 0; i < leaves->sizes; i++) {
		struct report_leaf *leaf = &leaves->leaf[i];

		if (leaf->size != size || leaf->contiguous != contiguous)
			continue;
		leaf->count += count;
		return true;
	}
	return false;
}

void report_add_census(struct report_leaves *leaves, const struct lm_format *fmt,
		       const struct lm_census *census)
{
	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++) {
		const uint64_t *count = census->leaves[level - LM_FIRST_LEVEL];
		uint64_t size = lm_entry_size(fmt, level);

		report_add_leaves(leaves, size, false, count[LM_SINGLE]);
		report_add_leaves(leaves, size * lm_level(fmt, level)->run, true,
				  count[LM_RUN]);
	}
}

struct short_text report_leaf_text(const struct report_leaf *leaf)
{
	struct short_text text = size_text(leaf->size);

	if (leaf->contiguous)
		text_append(text.s, sizeof(text.s), " run");
	return text;
}

struct report_finding *report_add_finding(struct report *report)
{
	if (report->finding_count == REPORT_FINDINGS)
		return NULL;
	return &report->findings[report->finding_count++];
}

uint64_t report_found(const struct report *report)
{
	return report->conflicts + report->stale + report->faults +
	       report->verifier_before + report->verifier_after;
}

uint64_t report_pages(const struct report *report)
{
	return (report->ram_size - report->left_out_size) / report->granule_size;
}

uint64_t report_table_bytes(const struct report *report)
{
	return (report->tables_planned + report->tables_copied) * report->granule_size;
}

uint64_t report_notes_bytes(const struct report *report)
{
	return report->notes * report->granule_size;
}

uint64_t report_pool_tables(const struct report *report)
{
	return report->mapping_tables + report->tables_planned + report->tables_copied +
	       report->notes;
}

#define PROBLEMS 10

static uint64_t leaves_not_split(const struct report *report)
{
	uint64_t count = 0;

	for (size_t i = 0; i < report->leaves_after.sizes; i++) {
		const struct report_leaf *leaf = &report->leaves_after.leaf[i];

		if (leaf->size != report->granule_size)
			count += leaf->count;
	}
	return report->split_needed ? count : 0;
}

static void problems_count(const struct report *report, struct problem problems[PROBLEMS])
{
	const struct problem counted[PROBLEMS] = {
		{ "pages that translate differently", report->mismatches },
		{ "pages not checked",
		  problem_difference(report_pages(report), report->pages_checked) },
		{ "TLB conflicts", report->conflicts },
		{ "stale TLB entries", report->stale },
		{ "other faults", report->faults },
		{ "faults in the tables",
		  report->verifier_before + report->verifier_after },
		{ "allocations and frees in the stop",
		  report->allocations_in_stop + report->frees_in_stop },
		{ "tables between plan and use",
		  report->split_needed ? problem_difference(report->tables_planned,
							    report->tables_used) :
					 0 },
		{ "tables left", report->tables_left },
		{ "leaves that are no pages", leaves_not_split(report) },
	};

	memcpy(problems, counted, sizeof(counted));
}

static bool has_problems(const struct report *report)
{
	struct problem problems[PROBLEMS];

	problems_count(report, problems);
	return problems_any(problems, PROBLEMS);
}

bool report_all_held(const struct report *report)
{
	return !report->refusal[0] && !report->fault && !has_problems(report);
}

static void verdict_of_success(const struct report *report, char *sentence, size_t size)
{
	struct short_text count = count_text(report->pages_checked);
	bool one = report->pages_checked == 1;

	if (!report->split_needed)
		text_append(sentence, size, "no split is needed, none was made; ");
	text_append(sentence, size, "%s%s %s as %s", one ? "the one page" : "all ",
		    one ? "" : count.s, one ? "translates" : "pages translate",
		    report->split_needed ? "before; nothing allocated in the stop" :
					   "mapped");
}

const char *report_verdict(const struct report *report, char *sentence, size_t size)
{
	struct problem problems[PROBLEMS];

	problems_count(report, problems);
	sentence[0] = '\0';
	if (report->refusal[0])
		text_append(sentence, size, "refused: %s", report->refusal);
	else if (problems_any(problems, PROBLEMS))
		problems_say(problems, PROBLEMS, sentence, size);
	else if (report->fault)
		text_append(sentence, size,
			    "--fault %s had no occasion here: nothing was found",
			    report->fault);
	else
		verdict_of_success(report, sentence, size);
	return sentence;
}
