// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One scan for what a kernel should not have, then the core's verifier. */
#include "see/faults.h"

#include <stdlib.h>
#include <string.h>

struct finder {
	struct seen_faults *faults;
	const struct source *source;
	const struct layout *layout;
	size_t bank; /* RAM: the last one that a leaf was in */
};

const char *seen_fault_name(int kind)
{
	static const char *const names[SEEN_FAULTS] = {
		[LM_FOUND_TYPE] = "type",
		[LM_FOUND_RUN] = "run",
		[LM_FOUND_ADDRESS] = "address",
		[LM_FOUND_RESERVED] = "reserved",
		[LM_FOUND_NO_TABLE] = "no-table",
		[LM_FOUND_TWICE] = "twice",
		[LM_FOUND_PERMISSIONS] = "permissions",
		[LM_FOUND_CENSUS] = "census",
		[SEEN_WRITABLE_EXECUTABLE] = "writable-executable",
		[SEEN_OUTSIDE_RAM] = "outside-ram",
		[SEEN_NOT_SHAREABLE] = "not-shareable",
	};

	return names[kind];
}

const char *seen_fault_text(int kind)
{
	switch (kind) {
	case SEEN_WRITABLE_EXECUTABLE:
		return "It can be written and executed.";
	case SEEN_OUTSIDE_RAM:
		return "The linear map has it, and it is not RAM.";
	case SEEN_NOT_SHAREABLE:
		return "It is in the linear map, and not inner shareable.";
	default:
		return lm_finding_text((enum lm_finding_kind)kind);
	}
}

uint64_t seen_faults_sum(const struct seen_faults *faults)
{
	uint64_t sum = 0;

	for (int kind = 0; kind < SEEN_FAULTS; kind++)
		sum += faults->count[kind];
	return sum;
}

static void add(struct seen_faults *faults, struct fault_entry entry)
{
	uint64_t at = faults->count[entry.kind]++;

	if (at < FAULTS_KEPT)
		faults->kept[entry.kind][at] = entry;
}

static void add_leaf(struct finder *finder, int kind, const struct seen_leaf *leaf)
{
	add(finder->faults,
	    (struct fault_entry){ kind, leaf->va, leaf->size * leaf->count, leaf->level,
				  0 });
}

/* ------------------------------------------------------- what a kernel should not have */

static bool is_writable_executable(unsigned int bits)
{
	bool writable = !(bits & SEEN_READ_ONLY);
	bool by_user = (bits & SEEN_USER) && (bits & SEEN_USER_EXECUTABLE);
	/* What EL0 can write EL1 never executes (Arm ARM D8.4.1). */
	bool by_kernel = (bits & SEEN_EXECUTABLE) && !(bits & SEEN_USER);

	return !(bits & SEEN_INVALID) && writable && (by_user || by_kernel);
}

/* Whether RAM has all of it. Leaves come by input address, mostly in RAM's order. */
static bool is_ram(struct finder *finder, const struct seen_leaf *leaf)
{
	const struct banks *ram = &finder->source->memory.ram;
	uint64_t last = leaf->pa + (leaf->size * leaf->count - 1);

	for (size_t i = 0; i < ram->count; i++) {
		const struct bank *bank = &ram->bank[(finder->bank + i) % ram->count];

		if (leaf->pa < bank->start || last > bank_last(bank))
			continue;
		finder->bank = (finder->bank + i) % ram->count;
		return true;
	}
	return false;
}

static bool is_inner_shareable(const struct finder *finder, const struct seen_leaf *leaf)
{
	/* With LPA2 descriptors do not say it. */
	return finder->source->map.fmt.config.lpa2 ||
	       (leaf->attrs & LM_ATTR_SHAREABILITY) == LM_ATTR_INNER_SHAREABLE;
}

static void look_at_leaf(void *ctx, const struct seen_leaf *leaf)
{
	struct finder *finder = ctx;
	const struct layout *layout = finder->layout;

	if (is_writable_executable(leaf->bits))
		add_leaf(finder, SEEN_WRITABLE_EXECUTABLE, leaf);
	if (!layout->is_known || layout_find(layout, leaf->va) != layout->linear ||
	    (leaf->bits & SEEN_INVALID))
		return;
	if (finder->faults->has_ram && !is_ram(finder, leaf))
		add_leaf(finder, SEEN_OUTSIDE_RAM, leaf);
	if (!is_inner_shareable(finder, leaf))
		add_leaf(finder, SEEN_NOT_SHAREABLE, leaf);
}

/* ---------------------------------------------------------------------- the verifier */

static int take_finding(void *ctx, const struct lm_finding *finding)
{
	add(ctx, (struct fault_entry){ (int)finding->kind, finding->va.v, 0,
				       finding->level, finding->desc.v });
	return 0;
}

static int verify(struct seen_faults *faults, struct source *source)
{
	/* Those that the scan came to, and as many again that appeared since. */
	size_t room = source->cache.count * 2 + 1024;
	lm_pa_t *seen = calloc(room, sizeof(*seen));
	int64_t found;

	if (!seen)
		return -1;
	found = lm_check(&source->map, seen, room, take_finding, faults);
	free(seen);
	return found < 0 || source->cache.out_of_memory ? -1 : 0;
}

int seen_faults_find(struct seen_faults *faults, struct source *source,
		     struct census *census, struct progress *progress,
		     struct error *error)
{
	struct finder finder = {
		.faults = faults,
		.source = source,
		.layout = &census->layout,
	};
	struct scan scan = { look_at_leaf, &finder, census, progress };
	int err;

	memset(faults, 0, sizeof(*faults));
	faults->has_ram = source->memory.ram.count;
	if (scan_source(source, &scan, error))
		return -1;
	progress_step(progress, "checking");
	err = verify(faults, source);
	progress_end(progress);
	return err ? error_set(error, "%s: out of memory (close other programs)",
			       source->path) :
		     0;
}
