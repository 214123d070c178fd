// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The boot split for people is a table with a column for each report, and a sentence;
 * the edits at run time follow, a block for each.
 */
#include "report/report_text.h"

#include <string.h>

#include "base/lines.h"
#include "report/report_parts_text.h"
#include "base/text.h"
#include "base/units.h"
#include "report/verdict.h"
#include "options/way.h"

/* Most rows of a table: leaves before and after, levels, and all others. */
#define TABLE_ROWS 80

/* The text of one report in one row. */
struct cell {
	char text[96];
};

/* The rows of a table, kept until all are known, as the widths depend on all of them. */
struct table {
	size_t columns;
	size_t rows;
	char labels[TABLE_ROWS][24];
	struct cell cells[TABLE_ROWS][REPORT_COLUMNS];
};

enum cell_kind {
	CELL_COUNT,
	CELL_TABLES, /* and the memory they take, where there is room */
};

/*
 * A row that shows one uint64_t of a report. A label takes 17 columns at most: then three
 * ways fit into 80 columns even with 16 TiB of RAM, "8,404,992 (32.1 GiB)", and four
 * without the memory.
 */
struct row {
	const char *label;
	enum cell_kind kind;
	size_t offset; /* in struct report */
};

#define ROW(label, kind, member)                             \
	{                                                    \
		label, kind, offsetof(struct report, member) \
	}

/* Of the boot split. */
#define SPLIT_ROW(label, kind, member) ROW(label, kind, edit[0].member)

static const struct row plan_rows[] = {
	ROW("tables of the map", CELL_TABLES, machine.tables),
	SPLIT_ROW("log of updates", CELL_TABLES, log_granules),
	SPLIT_ROW("tables copied", CELL_TABLES, tables_copied),
	SPLIT_ROW("tables planned", CELL_TABLES, tables_planned),
};

static const struct row use_rows[] = {
	SPLIT_ROW("tables used", CELL_TABLES, tables_used),
	SPLIT_ROW("tables left", CELL_TABLES, tables_left),
	SPLIT_ROW("CPUs held", CELL_COUNT, cpus_held),
	SPLIT_ROW("  moves of each", CELL_COUNT, moves),
	SPLIT_ROW("  allocations", CELL_COUNT, allocations_in_stop),
	SPLIT_ROW("  frees", CELL_COUNT, frees_in_stop),
	SPLIT_ROW("  stores", CELL_COUNT, stores_in_stop),
	SPLIT_ROW("  barriers", CELL_COUNT, barriers_in_stop),
	SPLIT_ROW("  TLBIs", CELL_COUNT, tlbis_in_stop),
	SPLIT_ROW("pages checked", CELL_COUNT, pages_checked),
	SPLIT_ROW("  that differ", CELL_COUNT, mismatches),
	SPLIT_ROW("TLB conflicts", CELL_COUNT, conflicts),
	SPLIT_ROW("stale TLB entries", CELL_COUNT, stale),
	SPLIT_ROW("other faults", CELL_COUNT, faults),
	SPLIT_ROW("verifier: before", CELL_COUNT, verifier_before),
	SPLIT_ROW("  after", CELL_COUNT, verifier_after),
};

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static void add_row(struct table *table, const char *label, const struct cell *cells)
{
	size_t row = table->rows;

	if (row == TABLE_ROWS)
		return;
	table->rows++;
	snprintf(table->labels[row], sizeof(table->labels[row]), "%s", label);
	memcpy(table->cells[row], cells, table->columns * sizeof(*cells));
}

static size_t widest_label(const struct table *table)
{
	size_t widest = 0;

	for (size_t row = 0; row < table->rows; row++) {
		size_t width = strlen(table->labels[row]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

static size_t widest_cell(const struct table *table, size_t column)
{
	size_t widest = 0;

	for (size_t row = 0; row < table->rows; row++) {
		size_t width = strlen(table->cells[row][column].text);

		widest = width > widest ? width : widest;
	}
	return widest;
}

/* Of the whole table, with columns @gap apart. */
static size_t table_width(const struct table *table, size_t gap)
{
	size_t width = widest_label(table);

	for (size_t column = 0; column < table->columns; column++)
		width += gap + widest_cell(table, column);
	return width;
}

/* Columns are two blanks apart, or one if that does not fit; no blanks after the last. */
static void print_table(FILE *out, const struct table *table)
{
	int gap = table_width(table, 2) > LINES_COLUMNS ? 1 : 2;
	int label_width = (int)widest_label(table) + gap;
	int widths[REPORT_COLUMNS] = { 0 };
	size_t last = table->columns - 1;

	for (size_t column = 0; column < table->columns; column++)
		widths[column] = (int)widest_cell(table, column) + gap;
	for (size_t row = 0; row < table->rows; row++) {
		fprintf(out, "%-*s", label_width, table->labels[row]);
		for (size_t column = 0; column < last; column++)
			fprintf(out, "%-*s", widths[column],
				table->cells[row][column].text);
		fprintf(out, "%s\n", table->cells[row][last].text);
	}
}

/* A number of tables and the memory they take. */
static struct cell tables_cell(const struct report *report, uint64_t tables)
{
	struct cell cell;

	snprintf(cell.text, sizeof(cell.text), "%s (%s)", count_text(tables).s,
		 size_text(tables * report->machine.granule_size).s);
	return cell;
}

static struct cell text_cell(const char *text)
{
	struct cell cell;

	snprintf(cell.text, sizeof(cell.text), "%s", text);
	return cell;
}

static uint64_t count_at(const struct report *report, size_t offset)
{
	uint64_t count;

	memcpy(&count, (const char *)report + offset, sizeof(count));
	return count;
}

static struct cell row_cell(const struct row *row, const struct report *report,
			    bool with_memory)
{
	uint64_t value = count_at(report, row->offset);

	if (report_is_refused(report))
		return text_cell("-");
	if (row->kind == CELL_TABLES && with_memory)
		return tables_cell(report, value);
	return text_cell(count_text(value).s);
}

static void add_rows(struct table *table, const struct row *rows, size_t count,
		     const struct report *reports)
{
	struct cell cells[REPORT_COLUMNS];

	for (size_t i = 0; i < count; i++) {
		for (size_t column = 0; column < table->columns; column++)
			cells[column] = row_cell(&rows[i], &reports[column],
						 table->columns < REPORT_COLUMNS);
		add_row(table, rows[i].label, cells);
	}
}

/* The row, unless it is 0 in all reports. */
static void add_row_if_any(struct table *table, const struct row *row,
			   const struct report *reports)
{
	bool any = false;

	for (size_t column = 0; column < table->columns; column++)
		any = any || count_at(&reports[column], row->offset);
	if (any)
		add_rows(table, row, 1, reports);
}

static struct cell need_cell(const struct report *report)
{
	if (report_is_refused(report))
		return text_cell("refused");
	return text_cell(report->machine.split_needed ? "yes" : "no");
}

/* What each column is about. */
static void add_head(struct table *table, const struct report *reports)
{
	struct cell names[REPORT_COLUMNS];
	struct cell needs[REPORT_COLUMNS];

	for (size_t column = 0; column < table->columns; column++) {
		names[column] = text_cell(lm_way_name(reports[column].edit[0].commit));
		needs[column] = need_cell(&reports[column]);
	}
	add_row(table, "", names);
	add_row(table, "split needed", needs);
}

/* Leaves of all sizes, from the list at @offset in a report. */
static struct cell all_leaves_cell(const struct report *report, size_t offset)
{
	const void *leaves = (const char *)report + offset;

	return text_cell(report_is_refused(report) ?
				 "-" :
				 count_text(report_count_leaves(leaves)).s);
}

/* How many leaves there are, and how many of each size; @offset as above. */
static void add_leaves(struct table *table, const char *label, size_t offset,
		       const struct report *reports)
{
	const struct report_leaves *sizes = &reports[0].machine.leaves;
	struct cell cells[REPORT_COLUMNS];

	for (size_t column = 0; column < table->columns; column++)
		cells[column] = all_leaves_cell(&reports[column], offset);
	add_row(table, label, cells);
	for (size_t i = 0; i < sizes->sizes; i++) {
		char size[48];
		struct row row = {
			.label = size,
			.offset = offset + offsetof(struct report_leaves, leaf[i].count),
		};

		snprintf(size, sizeof(size), "  %s", report_leaf_text(&sizes->leaf[i]).s);
		add_row_if_any(table, &row, reports);
	}
}

/* One row for each level that gets new tables in any of the reports. */
static void add_levels(struct table *table, const struct report *reports)
{
	for (size_t i = 0; i < LM_LEVELS; i++) {
		char label[40];
		struct row row = {
			.label = label,
			.kind = CELL_TABLES,
			.offset = offsetof(struct report, edit[0].tables_by_level[i]),
		};

		snprintf(label, sizeof(label), "  on level %d", (int)i + LM_FIRST_LEVEL);
		add_row_if_any(table, &row, reports);
	}
}

/* All that is known before the change is made, except the leaves. */
static void add_plan(struct table *table, const struct report *reports)
{
	add_rows(table, plan_rows, COUNT_OF(plan_rows), reports);
	add_levels(table, reports);
}

static void print_split_end(FILE *out, const struct report_edit *split)
{
	char sentence[512];
	char text[576] = "";

	report_print_findings(out, split);
	text_append(text, sizeof(text), "%s: %s", lm_way_name(split->commit),
		    edit_verdict(split, sentence, sizeof(sentence)));
	lines_print(out, 4, text);
}

void report_print_splits(FILE *out, const struct report *reports, size_t count)
{
	struct table table = { .columns = count };

	report_print_machine(out, &reports[0]);
	fputc('\n', out);
	add_head(&table, reports);
	add_leaves(&table, "leaves before",
		   offsetof(struct report, edit[0].leaves_before), reports);
	add_leaves(&table, "leaves after", offsetof(struct report, edit[0].leaves_after),
		   reports);
	add_plan(&table, reports);
	add_rows(&table, use_rows, COUNT_OF(use_rows), reports);
	print_table(out, &table);
	fputc('\n', out);
	for (size_t i = 0; i < count; i++)
		print_split_end(out, &reports[i].edit[0]);
}

void report_print_plan(FILE *out, const struct report *report)
{
	struct cell pool = tables_cell(report, report_pool_tables(report));
	struct table table = { .columns = 1 };

	report_print_machine(out, report);
	fputc('\n', out);
	add_head(&table, report);
	add_leaves(&table, "leaves before",
		   offsetof(struct report, edit[0].leaves_before), report);
	add_plan(&table, report);
	add_row(&table, "static pool for all", &pool);
	print_table(out, &table);
}

/* ------------------------------------------------------------- at run time */

static void print_runtime_end(FILE *out, const struct report *report)
{
	size_t count;
	const struct report_edit *edits = report_runtime(report, &count);
	bool has_fault = false;

	for (size_t i = 0; i < count; i++)
		has_fault = has_fault || edits[i].fault;
	if (report->none[0])
		fprintf(out, "\nno edits at runtime: %s\n", report->none);
	if (report->fault && !has_fault)
		fprintf(out, "\n--fault %s had no effect here: nothing was found\n",
			report->fault);
	else if (count && runtime_held(report))
		fprintf(out, "\nruntime: all %zu edits held\n", count);
	else if (count)
		fprintf(out, "\nruntime: did not hold\n");
}

void report_print(FILE *out, const struct report *report)
{
	size_t count;
	const struct report_edit *edits = report_runtime(report, &count);

	if (report->has_split)
		report_print_splits(out, report, 1);
	else
		report_print_machine(out, report);
	for (size_t i = 0; i < count; i++)
		report_print_edit(out, i + 1, &edits[i]);
	print_runtime_end(out, report);
}
