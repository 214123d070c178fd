// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linmap check: what is wrong with a real machine's map. */
#include <inttypes.h>

#include "base/units.h"
#include "see/census_report.h"
#include "see/faults.h"
#include "see_command.h"

static void print_entry(const struct fault_entry *entry)
{
	printf("  0x%016" PRIx64, entry->va);
	if (entry->size)
		printf(" to 0x%016" PRIx64, entry->va + (entry->size - 1));
	printf("  level %d", entry->level);
	if (entry->desc)
		printf("  0x%016" PRIx64, entry->desc);
	printf("\n");
}

static void print_kind(const struct seen_faults *faults, int kind)
{
	uint64_t count = faults->count[kind];

	if (!count)
		return;
	printf("\n%s: %s %s\n", seen_fault_name(kind), count_text(count).s,
	       seen_fault_text(kind));
	for (uint64_t i = 0; i < count && i < FAULTS_KEPT; i++)
		print_entry(&faults->kept[kind][i]);
	if (count > FAULTS_KEPT)
		printf("  and %s more\n", count_text(count - FAULTS_KEPT).s);
}

static void print_faults(const struct source *source, const struct census *census,
			 const struct seen_faults *faults)
{
	uint64_t sum = seen_faults_sum(faults);

	source_print(stdout, source);
	if (!faults->has_ram)
		printf("  not checked     that memory is RAM: this source does not tell "
		       "what is\n");
	for (int kind = 0; kind < SEEN_FAULTS; kind++)
		print_kind(faults, kind);
	if (sum)
		printf("\n%s in %s tables\n", counted_text(sum, "finding", "findings").s,
		       count_text(census_all_tables(census)).s);
	else
		printf("\nnothing found in %s tables that map %s\n",
		       count_text(census_all_tables(census)).s,
		       size_text(census_bytes(census)).s);
}

static struct object entry_object(const struct fault_entry *entry)
{
	struct object object = object_new();

	object_set_text(&object, "kind", seen_fault_name(entry->kind));
	object_set_address(&object, "va", entry->va);
	if (entry->size)
		object_set_count(&object, "size", entry->size);
	object_set(&object, "level", json_integer(entry->level));
	if (entry->desc)
		object_set_address(&object, "descriptor", entry->desc);
	return object;
}

static int print_json(const struct source *source, const struct census *census,
		      const struct seen_faults *faults)
{
	struct object object = source_object(source);
	struct object counts = object_new();
	json_t *findings = json_array();

	for (int kind = 0; kind < SEEN_FAULTS; kind++) {
		object_set_count(&counts, seen_fault_name(kind), faults->count[kind]);
		for (uint64_t i = 0; i < faults->count[kind] && i < FAULTS_KEPT; i++) {
			struct object one = entry_object(&faults->kept[kind][i]);

			object_append(&object, findings, &one);
		}
	}
	object_set_count(&object, "tables", census_all_tables(census));
	object_set(&object, "ram_is_known", json_boolean(faults->has_ram));
	object_set_member(&object, "counts", &counts);
	object_set(&object, "findings", findings);
	return object_print(stdout, &object);
}

static int check(struct see *see)
{
	static struct seen_faults faults;
	static struct census census;
	struct error error = { "" };
	int code = see_open(see);

	if (code)
		return code;
	if (seen_faults_find(&faults, &see->source, &census, &see->progress, &error)) {
		error_print(&error, "linmap");
		return EXIT_NOT_HELD;
	}
	if (!see->options.json)
		print_faults(&see->source, &census, &faults);
	else if (print_json(&see->source, &census, &faults))
		return command_out_of_memory();
	return seen_faults_sum(&faults) ? EXIT_NOT_HELD : EXIT_HELD;
}

int command_check(int argc, char **argv)
{
	struct see see;
	int code;

	if (see_begin(&see, COMMAND_CHECK, argc, argv, &code))
		code = check(&see);
	see_end(&see);
	return code;
}
