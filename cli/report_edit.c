// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Filling the report of an edit, and what its numbers mean together. */
#include "report_edit.h"

#include <string.h>

#include "problem.h"
#include "units.h"

struct report_edit *report_edits_add(struct report_edits *edits,
				     const struct report *boot)
{
	struct report_edit *edit = &edits->edit[edits->count++];

	*edit = (struct report_edit){
		.numbers = {
			.granule_size = boot->granule_size,
			.start_level = boot->start_level,
			.ram_size = boot->ram_size,
			.left_out_size = boot->left_out_size,
			.leaves_before = boot->leaves_before,
			.leaves_after = boot->leaves_before,
		},
	};
	for (size_t i = 0; i < edit->numbers.leaves_after.sizes; i++)
		edit->numbers.leaves_after.leaf[i].count = 0;
	return edit;
}

void report_edit_set_plan(struct report_edit *edit, const struct lm_plan *plan)
{
	report_set_plan(&edit->numbers, plan);
	edit->leaves_gone = plan->leaves;
	edit->publishes = plan->updates;
	edit->tables_retired = 0;
	for (int i = 0; i < LM_LEVELS; i++) {
		edit->retired_by_level[i] = plan->retired_tables[i];
		edit->tables_retired += plan->retired_tables[i];
	}
}

void report_edit_set_not_done(struct report_edit *edit, const char *reason)
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

#define PROBLEMS 11

static void problems_count(const struct report_edit *edit,
			   struct problem problems[PROBLEMS])
{
	const struct report *numbers = &edit->numbers;
	bool still_global = edit->global && edit->becomes_not_global;
	const struct problem counted[PROBLEMS] = {
		{ "pages that are not as asked", numbers->mismatches },
		{ "pages not checked",
		  problem_difference(report_pages(numbers), numbers->pages_checked) },
		{ "leaves that are not as large as asked", edit->not_shaped },
		{ "leaves that ASIDs leave in a TLB", still_global },
		{ "TLB conflicts", numbers->conflicts },
		{ "stale TLB entries", numbers->stale },
		{ "other faults", numbers->faults },
		{ "faults in the tables", numbers->verifier_after },
		{ "allocations and frees in the stop",
		  numbers->allocations_in_stop + numbers->frees_in_stop },
		{ "tables between plan and use",
		  problem_difference(numbers->tables_planned, numbers->tables_used) },
		{ "tables left", numbers->tables_left },
	};

	memcpy(problems, counted, sizeof(counted));
}

bool report_edit_held(const struct report_edit *edit)
{
	struct problem problems[PROBLEMS];

	problems_count(edit, problems);
	return !edit->failure[0] && !edit->numbers.fault &&
	       !problems_any(problems, PROBLEMS);
}

/* A fault that none of them had an occasion for did not hold either. */
bool report_edits_held(const struct report_edits *edits)
{
	bool held = !edits->fault;

	for (size_t i = 0; i < edits->count; i++)
		held = report_edit_held(&edits->edit[i]) && held;
	return held;
}

const char *report_edit_verdict(const struct report_edit *edit, char *sentence,
				size_t size)
{
	struct problem problems[PROBLEMS];
	struct short_text pages = count_text(edit->numbers.pages_checked);
	bool one = edit->numbers.pages_checked == 1;

	problems_count(edit, problems);
	sentence[0] = '\0';
	if (edit->failure[0])
		text_append(sentence, size, "failed: %s; ", edit->failure);
	if (problems_any(problems, PROBLEMS))
		problems_say(problems, PROBLEMS, sentence, size);
	else if (edit->numbers.fault)
		text_append(sentence, size,
			    "--fault %s had no occasion here: nothing was found",
			    edit->numbers.fault);
	else
		text_append(sentence, size, "%s%s%s as asked; nothing found",
			    one ? "the one page" : "all ", one ? "" : pages.s,
			    one ? "" : " pages");
	return sentence;
}
