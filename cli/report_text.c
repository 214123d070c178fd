// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A report for people: a table with a column for each story, and a sentence.
 */
#include "report.h"

#include <string.h>

#include "geometry.h"
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
	char labels[TABLE_ROWS][40];
	struct cell cells[TABLE_ROWS][REPORT_COLUMNS];
};

enum cell_kind {
	CELL_COUNT,
	CELL_TABLES, /* and the memory they take */
	CELL_TIME,
};

/* A row that shows one uint64_t of the report. */
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
	ROW("tables for the map", CELL_TABLES, mapping_tables),
	ROW("list of publishes", CELL_TABLES, notes),
	ROW("tables copied", CELL_TABLES, tables_copied),
	ROW("tables planned", CELL_TABLES, tables_planned),
};

static const struct row use_rows[] = {
	ROW("tables used", CELL_TABLES, tables_used),
	ROW("tables left", CELL_TABLES, tables_left),
	ROW("in the stop: allocations", CELL_COUNT, allocations_in_stop),
	ROW("  frees", CELL_COUNT, frees_in_stop),
	ROW("  stores to live tables", CELL_COUNT, stores_in_stop),
	ROW("  barriers", CELL_COUNT, barriers_in_stop),
	ROW("  TLBIs", CELL_COUNT, tlbis_in_stop),
	ROW("pages checked", CELL_COUNT, pages_checked),
	ROW("  that differ", CELL_COUNT, mismatches),
	ROW("TLB conflicts", CELL_COUNT, conflicts),
	ROW("stale TLB entries", CELL_COUNT, stale),
	ROW("other faults", CELL_COUNT, faults),
	ROW("faults in tables: before", CELL_COUNT, verifier_before),
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

/* Columns stand two apart; nothing stands behind the last. */
static void print_table(FILE *out, const struct table *table)
{
	int label_width = (int)widest_label(table) + 2;
	int widths[REPORT_COLUMNS] = { 0 };
	size_t last = table->columns - 1;

	for (size_t column = 0; column < table->columns; column++)
		widths[column] = (int)widest_cell(table, column) + 2;
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

	snprintf(cell.text, sizeof(cell.text), "%s, %s", count_text(tables).s,
		 size_text(tables * report->granule_size).s);
	return cell;
}

static struct cell text_cell(const char *text)
{
	struct cell cell;

	snprintf(cell.text, sizeof(cell.text), "%s", text);
	return cell;
}

static struct cell row_cell(const struct row *row, const struct report *report)
{
	uint64_t value;

	if (report->refusal[0])
		return text_cell("-");
	memcpy(&value, (const char *)report + row->offset, sizeof(value));
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

/* "1 GiB x 128", "16 GiB run x 7": the nth size of which there are leaves; empty behind the last. */
static struct cell leaf_cell(const struct report_leaves *leaves, size_t n)
{
	struct cell cell = { "" };

	for (size_t i = 0; i < leaves->sizes; i++) {
		const struct report_leaf *leaf = &leaves->leaf[i];

		if (!leaf->count || n--)
			continue;
		snprintf(cell.text, sizeof(cell.text), "%s%s x %s",
			 size_text(leaf->size).s, leaf->contiguous ? " run" : "",
			 count_text(leaf->count).s);
		break;
	}
	return cell;
}

typedef const struct report_leaves *leaves_fn(const struct report *report);

static const struct report_leaves *before(const struct report *report)
{
	return &report->leaves_before;
}

static const struct report_leaves *after(const struct report *report)
{
	return &report->leaves_after;
}

/* One row for each size that any of the reports has; at least one row. */
static void add_leaves(struct table *table, const char *label, leaves_fn *leaves,
		       const struct report *reports)
{
	struct cell cells[REPORT_COLUMNS] = { { "" } };
	size_t longest = 1;

	for (size_t n = 0; longest; n++, label = "") {
		longest = 0;
		for (size_t column = 0; column < table->columns; column++) {
			if (reports[column].refusal[0]) {
				cells[column] = text_cell(n ? "" : "-");
				continue;
			}
			cells[column] = leaf_cell(leaves(&reports[column]), n);
			longest += strlen(cells[column].text);
		}
		if (longest || !n)
			add_row(table, label, cells);
	}
}

/* One row for each level that gets new tables in any of the reports. */
static void add_levels(struct table *table, const struct report *reports)
{
	for (size_t i = 0; i < LM_LEVELS; i++) {
		char label[40];
		uint64_t tables = 0;
		struct row row = {
			.label = label,
			.kind = CELL_TABLES,
			.offset = offsetof(struct report, tables_by_level) +
				  i * sizeof(uint64_t),
		};

		for (size_t column = 0; column < table->columns; column++)
			tables += reports[column].tables_by_level[i];
		snprintf(label, sizeof(label), "  on level %d", (int)i + LM_FIRST_LEVEL);
		if (tables)
			add_rows(table, &row, 1, reports);
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

		fprintf(out, "found (%s", finding->kind);
		if (finding->event)
			fprintf(out, ", %s, event %llu", cpus_cell(finding).text,
				(unsigned long long)finding->event);
		fprintf(out, "): %s\n", finding->text);
	}
	if (report->finding_count && all > report->finding_count)
		fprintf(out, "... and %s more\n",
			count_text(all - report->finding_count).s);
}

static void print_end(FILE *out, const struct report *report)
{
	char sentence[512];

	report_print_findings(out, report);
	fprintf(out, "%s: %s\n", way_name(report->commit),
		report_verdict(report, sentence, sizeof(sentence)));
}

void report_print(FILE *out, const struct report *reports, size_t count)
{
	struct table table = { .columns = count };

	report_print_machine(out, &reports[0]);
	fputc('\n', out);
	add_head(&table, reports);
	add_leaves(&table, "leaves before", before, reports);
	add_leaves(&table, "leaves after", after, reports);
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
	add_leaves(&table, "leaves before", before, report);
	add_plan(&table, report);
	add_row(&table, "static pool for all", &pool);
	print_table(out, &table);
}
