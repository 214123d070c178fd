// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A report for people: a table with a column for each story, and a sentence.
 */
#include "report.h"

#include <string.h>

#include "units.h"
#include "way.h"

#define LABEL_WIDTH 26
#define CELL_WIDTH  25

/* What one story has to say in one row. */
struct cell {
	char text[96];
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
	ROW("notes", CELL_TABLES, notes),
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
	ROW("host time: map", CELL_TIME, steps_ns[REPORT_MAP]),
	ROW("  plan", CELL_TIME, steps_ns[REPORT_PLAN]),
	ROW("  reserve", CELL_TIME, steps_ns[REPORT_RESERVE]),
	ROW("  stage", CELL_TIME, steps_ns[REPORT_STAGE]),
	ROW("  stop", CELL_TIME, steps_ns[REPORT_STOP]),
	ROW("  release", CELL_TIME, steps_ns[REPORT_RELEASE]),
	ROW("  check", CELL_TIME, steps_ns[REPORT_CHECK]),
};

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static void print_row(FILE *out, const char *label, const struct cell *cells,
		      size_t count)
{
	fprintf(out, "%-*s", LABEL_WIDTH, label);
	for (size_t i = 0; i + 1 < count; i++)
		fprintf(out, "%-*s", CELL_WIDTH, cells[i].text);
	fprintf(out, "%s\n", cells[count - 1].text);
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

static void print_rows(FILE *out, const struct row *rows, size_t count,
		       const struct report *reports, size_t columns)
{
	struct cell cells[REPORT_COLUMNS];

	for (size_t i = 0; i < count; i++) {
		for (size_t column = 0; column < columns; column++)
			cells[column] = row_cell(&rows[i], &reports[column]);
		print_row(out, rows[i].label, cells, columns);
	}
}

/* What each column is about. */
static void print_head(FILE *out, const struct report *reports, size_t columns)
{
	struct cell names[REPORT_COLUMNS];
	struct cell needs[REPORT_COLUMNS];

	for (size_t column = 0; column < columns; column++) {
		names[column] = text_cell(way_name(reports[column].commit));
		needs[column] = text_cell(reports[column].split_needed ? "yes" : "no");
	}
	print_row(out, "", names, columns);
	print_row(out, "split needed", needs, columns);
}

/* "1 GiB x 128": the nth size of which there are leaves; empty behind the last. */
static struct cell leaf_cell(const struct report_leaves *leaves, size_t n)
{
	struct cell cell = { "" };

	for (size_t i = 0; i < leaves->sizes; i++) {
		const struct report_leaf *leaf = &leaves->leaf[i];

		if (!leaf->count || n--)
			continue;
		snprintf(cell.text, sizeof(cell.text), "%s x %s%s",
			 size_text(leaf->size).s, count_text(leaf->count).s,
			 leaf->contiguous ? " (contiguous)" : "");
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

/* One line for each size that any of the reports has; at least one line. */
static void print_leaves(FILE *out, const char *label, leaves_fn *leaves,
			 const struct report *reports, size_t columns)
{
	struct cell cells[REPORT_COLUMNS] = { { "" } };
	size_t longest = 1;

	for (size_t n = 0; longest; n++, label = "") {
		longest = 0;
		for (size_t column = 0; column < columns; column++) {
			cells[column] = leaf_cell(leaves(&reports[column]), n);
			longest += strlen(cells[column].text);
		}
		if (longest || !n)
			print_row(out, label, cells, columns);
	}
}

/* One line for each level that gets new tables in any of the reports. */
static void print_levels(FILE *out, const struct report *reports, size_t columns)
{
	for (size_t i = 0; i < LM_LEVELS; i++) {
		char label[LABEL_WIDTH];
		uint64_t tables = 0;
		struct row row = {
			.label = label,
			.kind = CELL_TABLES,
			.offset = offsetof(struct report, tables_by_level) +
				  i * sizeof(uint64_t),
		};

		for (size_t column = 0; column < columns; column++)
			tables += reports[column].tables_by_level[i];
		snprintf(label, sizeof(label), "  on level %d", (int)i + LM_FIRST_LEVEL);
		if (tables)
			print_rows(out, &row, 1, reports, columns);
	}
}

/* All that is known before the change is made, but the leaves. */
static void print_plan(FILE *out, const struct report *reports, size_t columns)
{
	print_rows(out, plan_rows, COUNT_OF(plan_rows), reports, columns);
	print_levels(out, reports, columns);
}

static void print_machine(FILE *out, const struct report *report)
{
	fprintf(out, "%s of RAM in %zu %s", size_text(report->ram_size).s, report->banks,
		report->banks == 1 ? "bank" : "banks");
	if (report->left_out_size)
		fprintf(out, ", %s of it left out as the kernel's alias",
			size_text(report->left_out_size).s);
	fprintf(out, "; pages of %s, %u-bit addresses\n",
		size_text(report->granule_size).s, report->va_bits);
	fprintf(out, "%u %s: the boot CPU is level %u", report->cpus,
		report->cpus == 1 ? "CPU" : "CPUs", report->boot_bbm);
	if (report->cpus > 1)
		fprintf(out, ", the others level %u", report->secondary_bbm);
	fprintf(out, "\n\n");
}

static void print_findings(FILE *out, const struct report *report)
{
	for (size_t i = 0; i < report->finding_count; i++) {
		const struct report_finding *finding = &report->findings[i];

		fprintf(out, "found (%s, CPU %u, event %llu): %s\n", finding->kind,
			finding->cpu, (unsigned long long)finding->event, finding->text);
	}
}

static void print_end(FILE *out, const struct report *report)
{
	char sentence[512];

	print_findings(out, report);
	fprintf(out, "%s: %s\n", way_name(report->commit),
		report_verdict(report, sentence, sizeof(sentence)));
}

void report_print(FILE *out, const struct report *reports, size_t count)
{
	print_machine(out, &reports[0]);
	print_head(out, reports, count);
	print_leaves(out, "leaves before", before, reports, count);
	print_leaves(out, "leaves after", after, reports, count);
	print_plan(out, reports, count);
	print_rows(out, use_rows, COUNT_OF(use_rows), reports, count);
	fputc('\n', out);
	for (size_t i = 0; i < count; i++)
		print_end(out, &reports[i]);
}

void report_print_plan(FILE *out, const struct report *report)
{
	struct cell pool = tables_cell(report, report_pool_tables(report));

	print_machine(out, report);
	print_head(out, report, 1);
	print_leaves(out, "leaves before", before, report, 1);
	print_plan(out, report, 1);
	print_row(out, "static pool for all", &pool, 1);
}
