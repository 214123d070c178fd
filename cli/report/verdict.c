// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The list of all that can be wrong with an edit. */
#include "report/verdict.h"

#include <string.h>

#include "base/text.h"
#include "base/units.h"

/* A problem, and how often it was found. */
struct problem {
	const char *what;
	uint64_t count;
};

#define PROBLEMS 12

static uint64_t difference(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void problems_count(const struct report_edit *edit,
			   struct problem problems[PROBLEMS])
{
	const struct problem counted[PROBLEMS] = {
		{ edit->is_split ? "pages that translate differently" :
				   "pages that are not as asked",
		  edit->mismatches },
		{ "pages not checked", difference(edit->pages, edit->pages_checked) },
		{ "TLB conflicts", edit->conflicts },
		{ "stale TLB entries", edit->stale },
		{ "other faults", edit->faults },
		{ "faults in the tables", edit->verifier_before + edit->verifier_after },
		{ edit->rolls ? "allocations and frees in the commit" :
				"allocations and frees in the stop",
		  edit->allocations_in_stop + edit->frees_in_stop },
		{ "difference between tables planned and used",
		  difference(edit->tables_planned, edit->tables_used) },
		{ "tables left", edit->tables_left },
		{ edit->is_split ? "leaves that are not pages" :
				   "leaves that are not as large as asked",
		  edit->not_shaped },
		{ "global leaves that a TLB may hold",
		  edit->global && edit->becomes_not_global },
		{ "CPUs that moved more or less often", edit->strays },
	};

	memcpy(problems, counted, sizeof(counted));
}

static bool problems_any(const struct problem problems[PROBLEMS])
{
	for (size_t i = 0; i < PROBLEMS; i++)
		if (problems[i].count)
			return true;
	return false;
}

static void problems_say(const struct problem problems[PROBLEMS], char *sentence,
			 size_t size)
{
	const char *separator = "did not hold: ";

	for (size_t i = 0; i < PROBLEMS; i++) {
		if (!problems[i].count)
			continue;
		text_append(sentence, size, "%s%s (%s)", separator, problems[i].what,
			    count_text(problems[i].count).s);
		separator = ", ";
	}
}

bool edit_held(const struct report_edit *edit)
{
	struct problem problems[PROBLEMS];

	problems_count(edit, problems);
	return !edit->given_up && !edit->failure[0] && !edit->fault &&
	       !problems_any(problems);
}

bool runtime_held(const struct report *report)
{
	bool held = !report->fault;
	size_t count;
	const struct report_edit *edit = report_runtime(report, &count);

	for (size_t i = 0; i < count; i++)
		held = edit_held(&edit[i]) && held;
	return held;
}

bool report_held(const struct report *report)
{
	return runtime_held(report) &&
	       (!report->has_split || edit_held(&report->edit[0]));
}

static void say_split_held(const struct report_edit *split, char *sentence, size_t size)
{
	struct short_text count = count_text(split->pages_checked);
	bool one = split->pages_checked == 1;
	bool is_made = !split->not_done[0];

	if (!is_made)
		text_append(sentence, size, "%s; ", split->not_done);
	text_append(sentence, size, "%s%s %s as %s", one ? "the one page" : "all ",
		    one ? "" : count.s, one ? "translates" : "pages translate",
		    !is_made	 ? "mapped" :
		    split->rolls ? "before; no CPU held, nothing allocated meanwhile" :
				   "before; nothing allocated in the stop");
}

static void say_held(const struct report_edit *edit, char *sentence, size_t size)
{
	struct short_text count = count_text(edit->pages_checked);
	bool one = edit->pages_checked == 1;

	text_append(sentence, size, "%s%s%s as asked; nothing found",
		    one ? "the one page" : "all ", one ? "" : count.s,
		    one ? "" : " pages");
}

const char *edit_verdict(const struct report_edit *edit, char *sentence, size_t size)
{
	struct problem problems[PROBLEMS];

	problems_count(edit, problems);
	sentence[0] = '\0';
	if (edit->failure[0])
		text_append(sentence, size, "failed: %s; ", edit->failure);
	if (edit->given_up)
		text_append(sentence, size, "refused: %s", edit->refused);
	else if (problems_any(problems))
		problems_say(problems, sentence, size);
	else if (edit->fault)
		text_append(sentence, size,
			    "--fault %s had no effect here: nothing was found",
			    edit->fault);
	else if (edit->is_split)
		say_split_held(edit, sentence, size);
	else
		say_held(edit, sentence, size);
	return sentence;
}
