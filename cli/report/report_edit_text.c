// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An edit at run time for people: a block of a few lines. */
#include "report/report_parts_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "base/units.h"
#include "report/verdict.h"
#include "options/way.h"

/* Singular and plural. */
struct noun {
	const char *one;
	const char *many;
};

static const struct noun new_tables = { "new table", "new tables" };
static const struct noun copied_tables = { "copied table", "copied tables" };
static const struct noun retired_tables = { "retired table", "retired tables" };
static const struct noun leaves_replaced = { "leaf replaced", "leaves replaced" };
static const struct noun calls = { "call", "calls" };
static const struct noun updates = { "update", "updates" };
static const struct noun stores = { "store", "stores" };
static const struct noun barriers = { "barrier", "barriers" };
static const struct noun tlbis = { "TLBI", "TLBIs" };
static const struct noun allocations = { "allocation", "allocations" };
static const struct noun moves = { "move of each CPU", "moves of each CPU" };
static const struct noun tables_left = { "table left", "tables left" };
static const struct noun tables_kept = { "table kept", "tables kept" };

/* "3 tables", after a comma if it is not the first. */
static void append_count(char *text, size_t size, uint64_t count, const struct noun *what)
{
	text_append(text, size, "%s%s %s", text[0] ? ", " : "", count_text(count).s,
		    count == 1 ? what->one : what->many);
}

static void append_if_any(char *text, size_t size, uint64_t count,
			  const struct noun *what)
{
	if (count)
		append_count(text, size, count, what);
}

static void append_levels(char *text, size_t size, const uint64_t *by_level)
{
	const char *separator = " (";

	for (int i = 0; i < LM_LEVELS; i++) {
		if (!by_level[i])
			continue;
		text_append(text, size, "%slevel %d: %s", separator, i + LM_FIRST_LEVEL,
			    count_text(by_level[i]).s);
		separator = ", ";
	}
	if (separator[0] == ',')
		text_append(text, size, ")");
}

static void print_line(FILE *out, const char *label, const char *text)
{
	char line[1024];

	snprintf(line, sizeof(line), "    %-8s %s", label, text);
	lines_print(out, 13, line);
}

static void print_plan(FILE *out, const struct report_edit *edit)
{
	char text[512] = "";

	append_if_any(text, sizeof(text), edit->tables_planned, &new_tables);
	append_levels(text, sizeof(text), edit->tables_by_level);
	append_if_any(text, sizeof(text), edit->tables_copied, &copied_tables);
	append_if_any(text, sizeof(text), edit->tables_retired, &retired_tables);
	append_levels(text, sizeof(text), edit->retired_by_level);
	append_if_any(text, sizeof(text), edit->leaves_replaced,
		      edit->by_edit ? &leaves_replaced : &calls);
	append_if_any(text, sizeof(text), edit->updates, &updates);
	print_line(out, "plan", text[0] ? text : "no tables; leaf sizes stay");
}

static void print_stop(FILE *out, const struct report_edit *edit)
{
	char text[256] = "";

	append_count(text, sizeof(text), edit->stores_in_stop, &stores);
	append_count(text, sizeof(text), edit->barriers_in_stop, &barriers);
	append_count(text, sizeof(text), edit->tlbis_in_stop, &tlbis);
	append_count(text, sizeof(text), edit->allocations_in_stop, &allocations);
	append_if_any(text, sizeof(text), edit->moves, &moves);
	append_count(text, sizeof(text), edit->tables_left, &tables_left);
	append_if_any(text, sizeof(text), edit->tables_kept, &tables_kept);
	print_line(out, edit->others_held ? "stop" : "commit", text);
}

/* "1 GiB x 511, 2 MiB x 512" */
static void leaves_text(const struct report_leaves *leaves, char *text, size_t size)
{
	const char *separator = "";

	for (size_t i = 0; i < leaves->sizes; i++) {
		const struct report_leaf *leaf = &leaves->leaf[i];

		if (!leaf->count)
			continue;
		text_append(text, size, "%s%s x %s", separator, report_leaf_text(leaf).s,
			    count_text(leaf->count).s);
		separator = ", ";
	}
}

static void print_leaves(FILE *out, const struct report_edit *edit)
{
	char before[384] = "";
	char after[384] = "";

	leaves_text(&edit->leaves_before, before, sizeof(before));
	leaves_text(&edit->leaves_after, after, sizeof(after));
	if (!strcmp(before, after)) {
		print_line(out, "leaves", "as before");
		return;
	}
	print_line(out, "leaves", before);
	print_line(out, "  to", after);
}

static void print_obstacle(FILE *out, const struct report_edit *edit)
{
	char text[160] = "";

	text_append(text, sizeof(text), "the first is at 0x%016" PRIx64 ": %s",
		    edit->obstacle_va, report_obstacle_text(edit->obstacle));
	print_line(out, "obstacle", text);
}

static void print_way(FILE *out, const struct report_edit *edit)
{
	char text[512] = "";

	text_append(text, sizeof(text), "%s: %s", lm_way_name(edit->commit), edit->why);
	print_line(out, "way", text);
	if (edit->refused[0])
		print_line(out, "  not", edit->refused);
}

static void append_range(char *text, size_t size, const struct report_edit *edit)
{
	text_append(text, size, ": ");
	if (edit->ranges > 1)
		text_append(text, size, "%s ranges in ", count_text(edit->ranges).s);
	text_append(text, size, "%s at 0x%016" PRIx64, size_text(edit->range.size).s,
		    edit->range.start.v);
}

static void print_name(FILE *out, size_t n, const struct report_edit *edit)
{
	char text[160] = "";

	text_append(text, sizeof(text), "%2zu. %s", n, edit->what);
	if (edit->range.size)
		append_range(text, sizeof(text), edit);
	fputc('\n', out);
	lines_print(out, 4, text);
}

void report_print_edit(FILE *out, size_t n, const struct report_edit *edit)
{
	char sentence[768];

	print_name(out, n, edit);
	if (edit->fault)
		print_line(out, "fault", edit->fault);
	if (edit->not_done[0]) {
		print_line(out, "not done", edit->not_done);
	} else {
		print_way(out, edit);
		print_plan(out, edit);
		print_stop(out, edit);
		print_leaves(out, edit);
	}
	if (edit->obstacle)
		print_obstacle(out, edit);
	if (edit->becomes_not_global)
		print_line(out, "ASIDs",
			   edit->global ?
				   "invalidation by ASID leaves global entries" :
				   "invalidation by ASID removes every entry of the map");
	print_line(out, "checked", edit_verdict(edit, sentence, sizeof(sentence)));
	report_print_findings(out, edit);
}
