// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A report for people: a table with a column for each story, and a sentence.
 */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "geometry.h"
#include "lines.h"
#include "problem.h"
#include "units.h"
#include "way.h"

/* Rows that a table can have: leaves before and after, levels, and all others. */
#define TABLE_ROWS 80

/* What one story has to say in one row. */
struct cell {
	char text[96];
};

/* The rows of a table, kept until all are known: columns are as wide as they need. */
struct table {
	size_t columns;
	size_t rows;
	char labels[TABLE_ROWS][24];
	struct cell cells[TABLE_ROWS][REPORT_COLUMNS];
};

enum cell_kind {
	CELL_COUNT,
	CELL_TABLES, /* and the memory they take */
	CELL_TIME,
};

/*
 * A row that shows one uint64_t of the report. A label takes 17 columns at most: the
 * three ways stand beside it in 80 with what 16 TiB of RAM need, "8,404,992 (32.1 GiB)".
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

static const struct row plan_rows[] = {
	ROW("tables of the map", CELL_TABLES, mapping_tables),
	ROW("list of publishes", CELL_TABLES, notes),
	ROW("tables copied", CELL_TABLES, tables_copied),
	ROW("tables planned", CELL_TABLES, tables_planned),
};

static const struct row use_rows[] = {
	ROW("tables used", CELL_TABLES, tables_used),
	ROW("tables left", CELL_TABLES, tables_left),
	ROW("stop: allocations", CELL_COUNT, allocations_in_stop),
	ROW("  frees", CELL_COUNT, frees_in_stop),
	ROW("  stores", CELL_COUNT, stores_in_stop),
	ROW("  barriers", CELL_COUNT, barriers_in_stop),
	ROW("  TLBIs", CELL_COUNT, tlbis_in_stop),
	ROW("pages checked", CELL_COUNT, pages_checked),
	ROW("  that differ", CELL_COUNT, mismatches),
	ROW("TLB conflicts", CELL_COUNT, conflicts),
	ROW("stale TLB entries", CELL_COUNT, stale),
	ROW("other faults", CELL_COUNT, faults),
	ROW("verifier: before", CELL_COUNT, verifier_before),
	ROW("  after", CELL_COUNT, verifier_after),
	ROW("host time: map", CELL_TIME, steps_ns[REPORT_MAP]),
	ROW("  plan", CELL_TIME, steps_ns[REPORT_PLAN]),
	ROW("  reserve", CELL_TIME, steps_ns[REPORT_RESERVE]),
	ROW("  stage", CELL_TIME, steps_ns[REPORT_STAGE]),
	ROW("  stop", CELL_TIME, steps_ns[REPORT_STOP]),
	ROW("  release", CELL_TIME, steps_ns[REPORT_RELEASE]),
	ROW("  check", CELL_TIME, steps_ns[REPORT_CHECK]),
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

/* All of it, with columns @gap apart. */
static size_t table_width(const struct table *table, size_t gap)
{
	size_t width = widest_label(table);

	for (size_t column = 0; column < table->columns; column++)
		width += gap + widest_cell(table, column);
	return width;
}

/* Columns stand two apart, or one where that fits no line; nothing stands behind the last. */
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
		 size_text(tables * report->granule_size).s);
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

static struct cell row_cell(const struct row *row, const struct report *report)
{
	uint64_t value = count_at(report, row->offset);

	if (report->refusal[0])
		return text_cell("-");
	switch (row->kind) {
	case CELL_TABLES:
		return tables_cell(report, value);
	case CELL_TIME:
		return text_cell(time_text(value).s);
	case CELL_COUNT:
		break;
	}
	return text_cell(count_text(value).s);
}

static void add_rows(struct table *table, const struct row *rows, size_t count,
		     const struct report *reports)
{
	struct cell cells[REPORT_COLUMNS];

	for (size_t i = 0; i < count; i++) {
		for (size_t column = 0; column < table->columns; column++)
			cells[column] = row_cell(&rows[i], &reports[column]);
		add_row(table, rows[i].label, cells);
	}
}

/* The row, if any of the reports has something to say in it. */
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
	if (report->refusal[0])
		return text_cell("refused");
	return text_cell(report->split_needed ? "yes" : "no");
}

/* What each column is about. */
static void add_head(struct table *table, const struct report *reports)
{
	struct cell names[REPORT_COLUMNS];
	struct cell needs[REPORT_COLUMNS];

	for (size_t column = 0; column < table->columns; column++) {
		names[column] = text_cell(way_name(reports[column].commit));
		needs[column] = need_cell(&reports[column]);
	}
	add_row(table, "", names);
	add_row(table, "split needed", needs);
}

/* Leaves of all sizes, of the list that stands at @offset in a report. */
static struct cell all_leaves_cell(const struct report *report, size_t offset)
{
	const struct report_leaves *leaves =
		(const struct report_leaves *)((const char *)report + offset);
	uint64_t count = 0;

	for (size_t i = 0; i < leaves->sizes; i++)
		count += leaves->leaf[i].count;
	return text_cell(report->refusal[0] ? "-" : count_text(count).s);
}

/* How many leaves there are, and how many of each size; @offset as above. */
static void add_leaves(struct table *table, const char *label, size_t offset,
		       const struct report *reports)
{
	const struct report_leaves *sizes = &reports[0].leaves_before;
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
			.offset = offsetof(struct report, tables_by_level[i]),
		};

		snprintf(label, sizeof(label), "  on level %d", (int)i + LM_FIRST_LEVEL);
		add_row_if_any(table, &row, reports);
	}
}

/* All that is known before the change is made, but the leaves. */
static void add_plan(struct table *table, const struct report *reports)
{
	add_rows(table, plan_rows, COUNT_OF(plan_rows), reports);
	add_levels(table, reports);
}

void report_print_machine(FILE *out, const struct report *report)
{
	fprintf(out, "%s of RAM in %zu %s", size_text(report->ram_size).s, report->banks,
		report->banks == 1 ? "bank" : "banks");
	if (report->no_map_size)
		fprintf(out, ", %s no-map left out", size_text(report->no_map_size).s);
	if (report->left_out_size)
		fprintf(out, ", %s of it left out as the kernel's alias",
			size_text(report->left_out_size).s);
	fprintf(out, "\n%s, pages of %s, %u-bit input and %u-bit output addresses%s\n",
		regime_text(report->regime), size_text(report->granule_size).s,
		report->va_bits, report->pa_bits, report->lpa2 ? ", LPA2" : "");
	fprintf(out, "%u %s: the boot CPU is level %u", report->cpus,
		report->cpus == 1 ? "CPU" : "CPUs", report->boot_bbm);
	if (report->cpus > 1)
		fprintf(out, ", the others level %u", report->secondary_bbm);
	if (report->fault)
		fprintf(out, "\nthe protocol is broken on purpose: --fault %s",
			report->fault);
	fprintf(out, "\n");
	for (size_t i = 0; i < report->machine_notes.notes; i++)
		lines_print(out, 4, report->machine_notes.note[i]);
}

/* "CPU 1 and 18 others"; empty if it is about no CPU. */
static struct cell cpus_cell(const struct report_finding *finding)
{
	struct cell cell = { "" };
	unsigned int others = finding->cpus > 1 ? finding->cpus - 1 : 0;

	if (others)
		snprintf(cell.text, sizeof(cell.text), "CPU %u and %u other%s",
			 finding->cpu, others, others == 1 ? "" : "s");
	else
		snprintf(cell.text, sizeof(cell.text), "CPU %u", finding->cpu);
	return cell;
}

void report_print_findings(FILE *out, const struct report *report)
{
	uint64_t all = report_found(report);

	for (size_t i = 0; i < report->finding_count; i++) {
		const struct report_finding *finding = &report->findings[i];
		char text[512] = "";

		text_append(text, sizeof(text), "found (%s", finding->kind);
		if (finding->event)
			text_append(text, sizeof(text), ", %s, event %" PRIu64,
				    cpus_cell(finding).text, finding->event);
		text_append(text, sizeof(text), "): %s", finding->text);
		lines_print(out, 4, text);
	}
	if (report->finding_count && all > report->finding_count)
		fprintf(out, "... and %s more\n",
			count_text(all - report->finding_count).s);
}

static void print_end(FILE *out, const struct report *report)
{
	char sentence[512];
	char text[576] = "";

	report_print_findings(out, report);
	text_append(text, sizeof(text), "%s: %s", way_name(report->commit),
		    report_verdict(report, sentence, sizeof(sentence)));
	lines_print(out, 4, text);
}

void report_print(FILE *out, const struct report *reports, size_t count)
{
	struct table table = { .columns = count };

	report_print_machine(out, &reports[0]);
	fputc('\n', out);
	add_head(&table, reports);
	add_leaves(&table, "leaves before", offsetof(struct report, leaves_before),
		   reports);
	add_leaves(&table, "leaves after", offsetof(struct report, leaves_after),
		   reports);
	add_plan(&table, reports);
	add_rows(&table, use_rows, COUNT_OF(use_rows), reports);
	print_table(out, &table);
	fputc('\n', out);
	for (size_t i = 0; i < count; i++)
		print_end(out, &reports[i]);
}

void report_print_plan(FILE *out, const struct report *report)
{
	struct cell pool = tables_cell(report, report_pool_tables(report));
	struct table table = { .columns = 1 };

	report_print_machine(out, report);
	fputc('\n', out);
	add_head(&table, report);
	add_leaves(&table, "leaves before", offsetof(struct report, leaves_before),
		   report);
	add_plan(&table, report);
	add_row(&table, "static pool for all", &pool);
	print_table(out, &table);
}
