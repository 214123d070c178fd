// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How fast tables are filled and how long the stop is, as ratios inside one
 * run: linmap against memset and against a plain loop over the same memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <jansson.h>

#include <linmap/linmap.h>

#define GRANULE	       4096U
#define ENTRIES	       512U
#define GIB	       (UINT64_C(1) << 30)
#define TABLES_PER_GIB (ENTRIES + 1U) /* a level 2 table, and 512 on level 3 */
#define ROUNDS	       21
#define WARM_UP	       2

/* ------------------------------------------------------------ the embedder */

/* One piece of memory, handed out from the start: tables are what is measured. */
struct memory {
	char *base;
	uint64_t size;
	uint64_t used;
	uint64_t stores; /* to live tables, where they are counted */
};

static size_t bump_alloc(void *ctx, int level, size_t wanted, lm_pa_t *first)
{
	struct memory *memory = ctx;

	if (memory->used + wanted * GRANULE > memory->size)
		return 0;
	first->v = memory->used;
	memory->used += wanted * GRANULE;
	return wanted;
}

static void bump_free(void *ctx, int level, lm_pa_t first, size_t tables,
		      enum lm_origin origin)
{
}

static void *bump_table(void *ctx, lm_pa_t pa)
{
	struct memory *memory = ctx;

	return memory->base + pa.v;
}

/* The move itself cannot be done here: bare metal measures it. */
static void ignore_move(void *ctx, lm_pa_t root)
{
}

static void count_store(void *ctx, lm_desc_t *slot, lm_desc_t desc)
{
	struct memory *memory = ctx;

	*slot = desc;
	memory->stores++;
}

static void ignore_wrote(void *ctx, const lm_desc_t *in_table)
{
}

static void ignore_barrier(void *ctx, enum lm_barrier barrier)
{
}

static void ignore_tlbi(void *ctx)
{
}

static const struct lm_recorder counting = {
	.store = count_store,
	.wrote = ignore_wrote,
	.barrier = ignore_barrier,
	.tlbi_all = ignore_tlbi,
};

/* --------------------------------------------------------------- one split */

/* A map of 1 GiB blocks, and an edit that makes pages of it. */
struct bench {
	struct memory *memory;
	struct lm_map map;
	struct lm_region region;
	struct lm_edit edit;
	uint64_t gib;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "linmap-bench: %s: %s\n", what, why);
	exit(1);
}

static void expect(int err, const char *step)
{
	if (err)
		die(step, lm_strerror(err));
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void set_up(struct bench *bench, struct memory *memory, uint64_t gib,
		   const struct lm_recorder *recorder)
{
	const struct lm_format_config config = {
		.granule_shift = 12,
		.ia_bits = 48,
		.oa_bits = 48,
		.half = LM_UPPER,
	};
	struct lm_env env = {
		.ctx = memory,
		.alloc = bump_alloc,
		.free = bump_free,
		.table = bump_table,
		.move = ignore_move,
		.recorder = recorder,
	};
	struct lm_range range = { { -(UINT64_C(1) << 48) }, gib * GIB };
	struct lm_format fmt;
	lm_pa_t root = { 0 };

	memory->used = 0;
	bench->memory = memory;
	bench->gib = gib;
	expect(lm_format_init(&fmt, &config), "format");
	bump_alloc(memory, fmt.start_level, 1, &root);
	memset(bump_table(memory, root), 0, GRANULE);
	lm_map_init(&bench->map, &fmt, &env, root);
	bench->region = (struct lm_region){ .range = range, .flags = LM_NO_RUNS };
	expect(lm_map_add_region(&bench->map, &bench->region), "region");
	expect(lm_map_range(&bench->map, range, (lm_pa_t){ 0 },
			    (lm_attrs_t){ LM_ATTR_AF | LM_ATTR_INNER_SHAREABLE }),
	       "map");
	lm_edit_to_pages(&bench->edit, &bench->map, range);
}

static uint64_t time_stage(struct bench *bench)
{
	uint64_t start = now_ns();

	expect(lm_edit_stage(&bench->edit), "stage");
	return now_ns() - start;
}

/* From the first step that needs the others held to the last. */
static uint64_t time_stop(struct bench *bench)
{
	const struct lm_cpu cpu = { LM_BBM_LIVE };
	const struct lm_cpus cpus = { &cpu, 1 };
	struct lm_window window;
	uint64_t start = now_ns();

	expect(lm_window_open(&window, &bench->map, &cpus, 0, LM_OTHERS_HELD), "window");
	expect(lm_edit_commit(&window, &bench->edit), "commit");
	lm_window_close(&window);
	return now_ns() - start;
}

static uint64_t run_stage(struct memory *memory, uint64_t gib)
{
	struct bench bench;

	set_up(&bench, memory, gib, NULL);
	expect(lm_edit_plan(&bench.edit, LM_LIVE), "plan");
	expect(lm_edit_reserve(&bench.edit), "reserve");
	return time_stage(&bench);
}

static uint64_t run_stop(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct bench bench;

	set_up(&bench, memory, gib, NULL);
	expect(lm_edit_prepare(&bench.edit, way), "prepare");
	return time_stop(&bench);
}

static uint64_t run_in_place(struct memory *memory, uint64_t gib)
{
	return run_stop(memory, gib, LM_IN_PLACE);
}

static uint64_t run_live(struct memory *memory, uint64_t gib)
{
	return run_stop(memory, gib, LM_LIVE);
}

static uint64_t run_switch(struct memory *memory, uint64_t gib)
{
	return run_stop(memory, gib, LM_SWITCH);
}

static uint64_t count_stores(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct bench bench;

	set_up(&bench, memory, gib, &counting);
	expect(lm_edit_prepare(&bench.edit, way), "prepare");
	memory->stores = 0;
	time_stop(&bench);
	return memory->stores;
}

/* ------------------------------------------------------------- yardsticks */

/* The tables that the edit fills: behind the root and the table of blocks. */
static char *first_table(const struct memory *memory)
{
	return memory->base + 2 * GRANULE;
}

static uint64_t run_memset(struct memory *memory, uint64_t gib)
{
	char *table = first_table(memory);
	char *end = table + gib * TABLES_PER_GIB * GRANULE;
	uint64_t start = now_ns();

	for (; table < end; table += GRANULE)
		memset(table, 0x5a, GRANULE);
	return now_ns() - start;
}

/* One volatile 8-byte store for each entry, one fence for each table. */
static uint64_t run_reference(struct memory *memory, uint64_t gib)
{
	char *table = first_table(memory);
	char *end = table + gib * TABLES_PER_GIB * GRANULE;
	uint64_t desc = LM_ATTR_AF | LM_DESC_TYPE;
	uint64_t start = now_ns();

	for (; table < end; table += GRANULE) {
		volatile uint64_t *entry = (volatile uint64_t *)(void *)table;

		for (unsigned int i = 0; i < ENTRIES; i++, desc += GRANULE)
			entry[i] = desc;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return now_ns() - start;
}

/* -------------------------------------------------------------- statistics */

typedef uint64_t run_fn(struct memory *memory, uint64_t gib);

struct sample {
	double low, median, high; /* quartiles */
};

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct sample summarise(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare_doubles);
	return (struct sample){ values[ROUNDS / 4], values[ROUNDS / 2],
				values[ROUNDS - 1 - ROUNDS / 4] };
}

struct comparison {
	struct sample ours_us, theirs_us;
	struct sample speed; /* theirs / ours of the same round: above 1 is faster */
};

/* Both alternate, so that a disturbance of the machine meets both. */
static struct comparison compare(struct memory *memory, uint64_t gib, run_fn *ours,
				 run_fn *theirs)
{
	double a[ROUNDS], b[ROUNDS], ratio[ROUNDS];

	for (int i = -WARM_UP; i < ROUNDS; i++) {
		double a_us = (double)ours(memory, gib) / 1e3;
		double b_us = (double)theirs(memory, gib) / 1e3;

		if (i < 0)
			continue;
		a[i] = a_us;
		b[i] = b_us;
		ratio[i] = b_us / a_us;
	}
	return (struct comparison){ summarise(a), summarise(b), summarise(ratio) };
}

/* ------------------------------------------------------------------ output */

static json_t *sample_json(struct sample sample)
{
	return json_pack("[f, f, f]", sample.low, sample.median, sample.high);
}

static void report_filling(json_t *list, const char *what, const char *yardstick,
			   uint64_t gib, double budget, struct comparison result)
{
	bool met = result.speed.median >= budget;

	printf("  %-10s %5" PRIu64
	       " GiB  %9.1f us   %-10s %9.1f us   %.2f  (%.2f to %.2f)"
	       "   %s (at least %.2f)\n",
	       what, gib, result.ours_us.median, yardstick, result.theirs_us.median,
	       result.speed.median, result.speed.low, result.speed.high,
	       met ? "met" : "MISSED", budget);
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:f, s:b}", "what", what,
				"yardstick", yardstick, "gib", (json_int_t)gib, "us",
				sample_json(result.ours_us), "yardstick_us",
				sample_json(result.theirs_us), "speed",
				sample_json(result.speed), "budget", budget, "met", met));
}

static void bench_filling(struct memory *memory, json_t *list)
{
	static const uint64_t sizes[] = { 16, 64 };

	printf("Filling tables, 1 GiB blocks to 4 KiB pages: median, and as a ratio\n"
	       "(speed: above 1 is faster than the yardstick; quartiles in parentheses)\n");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		report_filling(list, "stage", "memset", sizes[i], 0.9,
			       compare(memory, sizes[i], run_stage, run_memset));
		report_filling(list, "in place", "reference", sizes[i], 1.0,
			       compare(memory, sizes[i], run_in_place, run_reference));
	}
}

/* One way against in place, as how many times shorter the stop is. */
static json_t *report_stop(struct memory *memory, uint64_t gib, enum lm_way way,
			   const char *name, run_fn *run)
{
	struct comparison result = compare(memory, gib, run, run_in_place);
	uint64_t stores = count_stores(memory, gib, way);

	printf("   %s %6.1f us %4" PRIu64 " stores, 1/%.0f (%.0f to %.0f)", name,
	       result.ours_us.median, stores, result.speed.median, result.speed.low,
	       result.speed.high);
	return json_pack("{s:I, s:o, s:o, s:o}", "stores", (json_int_t)stores, "us",
			 sample_json(result.ours_us), "in_place_us",
			 sample_json(result.theirs_us), "shorter",
			 sample_json(result.speed));
}

static void bench_stop(struct memory *memory, json_t *list, uint64_t gib)
{
	uint64_t stores = count_stores(memory, gib, LM_IN_PLACE);
	json_t *live, *by_switch;

	printf("  %4" PRIu64 " GiB   in place %6" PRIu64 " stores", gib, stores);
	live = report_stop(memory, gib, LM_LIVE, "live", run_live);
	by_switch = report_stop(memory, gib, LM_SWITCH, "switch", run_switch);
	printf("\n");
	json_array_append_new(list,
			      json_pack("{s:I, s:I, s:o, s:o}", "gib", (json_int_t)gib,
					"in_place_stores", (json_int_t)stores, "live",
					live, "switch", by_switch));
}

static struct memory get_memory(uint64_t gib)
{
	/* Behind the tables: the root, the blocks, the list of publishes. */
	uint64_t size = (gib * TABLES_PER_GIB + 64) * GRANULE;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	struct memory memory = { .size = size };

	memory.base = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory.base == MAP_FAILED)
		die("memory for tables", strerror(errno));
	return memory;
}

int main(int argc, char **argv)
{
	static const uint64_t sizes[] = { 1, 4, 16, 64, 256 };
	const char *path = argc > 1 ? argv[1] : "bench.json";
	struct memory memory = get_memory(256);
	json_t *filling = json_array();
	json_t *stop = json_array();
	json_t *all = json_pack("{s:i, s:o, s:o}", "rounds", ROUNDS, "filling", filling,
				"stop", stop);

	bench_filling(&memory, filling);
	printf("\nThe stop on this host, as a fraction of what in place takes (the leader's move\n"
	       "in a switch, two times about fifteen instructions, is not in it)\n");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench_stop(&memory, stop, sizes[i]);

	if (json_dump_file(all, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)))
		die(path, strerror(errno));
	printf("\nwritten: %s\n", path);
	json_decref(all);
	munmap(memory.base, memory.size);
	return 0;
}
