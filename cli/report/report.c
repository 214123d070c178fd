// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Filling a report. */
#include "report/report.h"

#include <stdio.h>

#include "base/text.h"
#include "base/units.h"

/* The leaves that one entry of @level, or a run of them, can be. */
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
		 const struct lm_format *fmt)
{
	*report = (struct report){
		.machine = {
			.granule_size = lm_granule_size(fmt),
			.start_level = fmt->start_level,
			.va_bits = fmt->config.ia_bits,
			.pa_bits = fmt->config.oa_bits,
			.lpa2 = fmt->config.lpa2,
			.regime = fmt->config.regime,
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
		},
	};
	machine_notes_make(&report->machine.notes, machine);
	for (int level = fmt->start_level; level <= LM_LAST_LEVEL; level++)
		sizes_add(&report->machine.leaves, fmt, level);
}

/* ---------------------------------------------------------------------- edits */

struct report_edit *report_add_edit(struct report *report)
{
	const struct report_machine *machine = &report->machine;
	struct report_edit *edit = &report->edit[report->count];

	*edit = (struct report_edit){
		.pages = (machine->ram_size - machine->left_out_size) /
			 machine->granule_size,
		.leaves_before = machine->leaves,
	};
	if (report->count) {
		edit->leaves_before = edit[-1].leaves_after;
		edit->verifier_before = edit[-1].verifier_after;
	}
	edit->leaves_after = edit->leaves_before;
	for (size_t i = 0; i < edit->leaves_after.sizes; i++)
		edit->leaves_after.leaf[i].count = 0;
	report->count++;
	return edit;
}

struct report_edit *report_add_split(struct report *report)
{
	struct report_edit *split = report_add_edit(report);

	report->has_split = true;
	split->is_split = true;
	return split;
}

const struct report_edit *report_runtime(const struct report *report, size_t *count)
{
	*count = report->count - report->has_split;
	return &report->edit[report->has_split];
}

bool report_is_refused(const struct report *report)
{
	return report->has_split && report->edit[0].given_up;
}

void report_set_plan(struct report_edit *edit, const struct lm_plan *plan)
{
	edit->tables_planned = 0;
	edit->tables_copied = 0;
	edit->tables_retired = 0;
	for (int i = 0; i < LM_LEVELS; i++) {
		edit->tables_by_level[i] = plan->new_tables[i];
		edit->retired_by_level[i] = plan->retired_tables[i];
		edit->tables_planned += plan->new_tables[i];
		edit->tables_copied += plan->copied_tables[i];
		edit->tables_retired += plan->retired_tables[i];
	}
	edit->log_granules = plan->log_granules;
	edit->leaves_replaced = plan->leaves;
	edit->updates = plan->updates;
}

void report_set_not_done(struct report_edit *edit, const char *reason)
{
	snprintf(edit->not_done, sizeof(edit->not_done), "%s", reason);
	edit->why[0] = '\0';
	edit->refused[0] = '\0';
}

static const struct {
	const char *name;
	const char *text;
} obstacles[LM_OBSTACLES] = {
	[LM_OBSTACLE_HOLE] = { "hole", "something is not mapped" },
	[LM_OBSTACLE_OUTPUT] = { "output", "what is mapped is not adjacent" },
	[LM_OBSTACLE_ALIGNMENT] = { "alignment", "the memory is not aligned" },
	[LM_OBSTACLE_ATTRIBUTES] = { "attributes", "attributes differ" },
	[LM_OBSTACLE_HW_UPDATE] = { "hw-update", "hardware may update a leaf" },
};

const char *report_obstacle_name(enum lm_obstacle obstacle)
{
	return obstacles[obstacle].name;
}

const char *report_obstacle_text(enum lm_obstacle obstacle)
{
	return obstacles[obstacle].text;
}

struct report_finding *report_add_finding(struct report_edit *edit)
{
	if (edit->finding_count == REPORT_FINDINGS)
		return NULL;
	return &edit->findings[edit->finding_count++];
}

uint64_t report_found(const struct report_edit *edit)
{
	return edit->conflicts + edit->stale + edit->faults + edit->verifier_before +
	       edit->verifier_after;
}

uint64_t report_pool_tables(const struct report *report)
{
	const struct report_edit *split = &report->edit[0];

	return report->machine.tables + split->tables_planned + split->tables_copied +
	       split->log_granules;
}

/* --------------------------------------------------------------------- leaves */

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

uint64_t report_count_leaves(const struct report_leaves *leaves)
{
	uint64_t count = 0;

	for (size_t i = 0; i < leaves->sizes; i++)
		count += leaves->leaf[i].count;
	return count;
}

struct short_text report_leaf_text(const struct report_leaf *leaf)
{
	struct short_text text = size_text(leaf->size);

	if (leaf->contiguous)
		text_append(text.s, sizeof(text.s), " run");
	return text;
}
