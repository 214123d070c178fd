/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the unit tests share: a machine on the model whose RAM linmap maps, and
 * ways to say what has to be mapped there. What is seen comes from the model's
 * walker, what is expected from the test: nothing here asks the core.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linmap/linmap.h>

#include "main.h"
#include "model_port.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define TIB (1024 * GIB)

/*
 * Attributes of a descriptor: all but type, hint, and bits 49 to 12, which some
 * granule has as address. LPA2 has address in bits 9 and 8, too: see machine_attrs().
 */
#define ATTRS_MASK UINT64_C(0xffec000000000ffc)
/* Normal memory, inner shareable, AF, UXN: index 0, SH 0b11, bit 10, bit 54. */
#define PLAIN_ATTRS UINT64_C(0x0040000000000700)

/* ------------------------------------------------------------------ machines */

#define CPUS  3
#define BANKS 4

/* Physical memory. */
struct bank {
	uint64_t pa, size;
};

/**
 * struct machine_config - a machine, its RAM, and how it is mapped
 * @granule_shift: 0 for 12
 * @ia_bits: 0 for 48
 * @oa_bits: 0 for 48
 * @lpa2: descriptors are those of FEAT_LPA2
 * @regime: whose tables these are
 * @lower: linear addresses count from 0 instead of ending at 2^64
 * @root_offset: of the root in its granule, for one that is smaller
 * @skew: a linear address is base of the half + physical address + @skew
 * @flags, @longest_contiguous: of both regions
 * @ram: ascending; ends with a size of 0
 * @alias: mapped as a region of its own inside the linear one; size 0: none
 * @attrs: of every leaf; 0 for PLAIN_ATTRS, as far as the descriptors have them
 * @bbm_level: of each CPU; all 0 for { 3, 0, 0 }, unless they are @given
 * @levels_given: @bbm_level is meant, even all 0
 * @longest_run: the allocator returns at most this many tables; 0: no limit
 * @repeat_tlbi: CPUs complete a broadcast TLBI only with a second one, and linmap knows
 */
struct machine_config {
	const char *name;
	uint8_t granule_shift;
	uint8_t ia_bits;
	uint8_t oa_bits;
	bool lpa2;
	enum lm_regime regime;
	bool lower;
	uint64_t root_offset;
	uint64_t skew;
	unsigned int flags;
	uint64_t longest_contiguous;
	struct bank ram[BANKS];
	struct bank alias;
	uint64_t attrs;
	uint8_t bbm_level[CPUS];
	bool levels_given;
	uint64_t longest_run;
	bool repeat_tlbi;
	bool hw_updates;
	uint64_t present_invalid;
	uint64_t table_attrs;
};

/* What has to be mapped: input addresses in ascending order. */
struct mapping {
	uint64_t va, size, pa, attrs;
};

#define MAPPINGS 16

struct machine {
	struct machine_config config;
	struct sim *sim;
	struct model_port port;
	struct lm_map map;
	struct lm_region linear, alias;
	struct lm_cpu cpu[CPUS];
	struct lm_cpus cpus;
	struct mapping mappings[MAPPINGS];
	size_t mapping_count;
	struct sim_events in_stop; /* of the last machine_commit() */
};

/* A machine whose map is empty and has no regions; no CPU walks it yet. */
void machine_start_empty(struct machine *m, const struct machine_config *config);
/* All CPUs walk the map from here on; CPU 0 executes. */
void machine_start_cpus(struct machine *m);
/* A machine that has mapped its RAM, and all CPUs walk it. */
void machine_start(struct machine *m, const struct machine_config *config);
void machine_stop(struct machine *m);

/* Linear address of physical memory. */
lm_va_t machine_va(const struct machine *m, uint64_t pa);
struct lm_range machine_range(const struct machine *m, struct bank bank);
/* The same of a part of its first bank, which begins @offset after it. */
struct lm_range machine_part(const struct machine *m, uint64_t offset, uint64_t size);
uint64_t machine_base(const struct machine *m);
uint64_t machine_granule(const struct machine *m);
/* Bytes that one entry on @level maps. */
uint64_t machine_entry_size(const struct machine *m, int level);
/* Whether tables can be at @pa. */
bool machine_has_tables_at(const struct machine *m, uint64_t pa);

/* lm_map_range() of a bank at its linear address, noted in m->mappings. */
int machine_map(struct machine *m, struct bank bank);

/* Hold the other CPUs, unless they roll; open a window, commit, close, let go. */
int machine_commit(struct machine *m, struct lm_edit *edit);
/* The same while the others walk on. */
int machine_commit_among(struct machine *m, struct lm_edit *edit);
/* An edit that is new, from the plan to the release. Return: the first error. */
int machine_edit(struct machine *m, struct lm_edit *edit, enum lm_way way);
/* The same of an edit that succeeds, and what expect_finished() asks. */
void expect_edited(struct machine *m, struct lm_edit *edit, enum lm_way way);
/* Release an edit that has used all its tables, and leaves map, census and TLBs right. */
void expect_finished(struct machine *m, struct lm_edit *edit);
/* From here on the allocator always fails. */
void machine_has_no_memory(struct machine *m);

/* The slot for @va in its table on @level, as the tables stand. */
uint64_t *machine_slot(const struct machine *m, uint64_t va, int level);
/* The same for the linear address of @pa. */
uint64_t *machine_slot_of(const struct machine *m, uint64_t pa, int level);

/* Store behind linmap's back, the way a kernel would: break, make. */
void machine_poke(struct machine *m, uint64_t *slot, uint64_t desc);

/* --------------------------------------------------------------- descriptors */

/* All bits of a leaf's descriptor that are attributes on such a machine. */
uint64_t machine_attrs_mask(const struct machine_config *config);
/* PLAIN_ATTRS as far as it has them, and AP[1] where that is RES1. */
uint64_t machine_plain_attrs(const struct machine_config *config);

/* Parts of a descriptor, and a leaf made of them. */
uint64_t machine_output(const struct machine *m, uint64_t desc);
uint64_t machine_attrs(const struct machine *m, uint64_t desc);
uint64_t machine_leaf(const struct machine *m, uint64_t pa, uint64_t attrs, int level);
/* A table at @pa, and what @desc has besides its address. */
uint64_t machine_table(const struct machine *m, uint64_t pa);
uint64_t machine_not_output(const struct machine *m, uint64_t desc);

/* The level of the root. */
int machine_start_level(const struct machine_config *config);
/* -------------------------------------------------------------- what is there */

/* How many leaves of a size. A list of these ends with size 0. */
struct leaf_count {
	uint64_t size;
	bool run;
	uint64_t leaves;
};

#define LEAF_SIZES 8

/* Every mapped page is where m->mappings says, with its attributes, and no other is. */
void expect_translations(const struct machine *m);
/* Counts over the whole half; sizes that are not listed are not there. */
void expect_leaves(const struct machine *m, const struct leaf_count *expected);
/* The census of both regions is what the tables hold. Valid leaves only. */
void expect_census(const struct machine *m);
/*
 * Where one entry carries the contiguous hint, all of its run are leaves of one
 * mapping: a walker may take the run for any of them. Invalid ones may be among
 * them if @may_be_invalid, and those attributes may differ.
 */
void expect_no_mixed_run(const struct machine *m, bool may_be_invalid,
			 uint64_t may_differ);
/* No finding of the verifier, the census included. */
void expect_well_formed(const struct machine *m);
/* No finding of the model so far. */
void expect_no_findings(const struct machine *m);
/* The same, and no TLB holds anything that the tables do not say. */
void expect_clean(const struct machine *m);

/* Every table of the map, byte by byte. */
struct snapshot {
	struct {
		uint64_t pa;
		size_t size;
		unsigned char *bytes;
	} * tables;
	size_t count, room;
};

void snapshot_take(struct snapshot *s, const struct machine *m);
void snapshot_free(struct snapshot *s);
/* Says which table and entry changed. */
void expect_unchanged(const struct snapshot *s, const struct machine *m);

/* ------------------------------------------------------------------ reference */

/* Leaf by leaf what has to be there: plain, slow, and written without the core. */
struct leaf {
	uint64_t va, size, pa, attrs;
	int level;
	bool run;
};

struct leaves {
	struct leaf *leaf;
	size_t count, room;
};

/* The largest leaves first, over all of m->mappings; @flags as lm_region_flags. */
void leaves_of_mappings(struct leaves *l, const struct machine *m);
/* Addresses; the end is exclusive, and may be 0 for 2^64. */
struct stretch {
	uint64_t va, size;
};
/* @range without the exceptions becomes pages, what surrounds it stays large. */
void leaves_to_pages(struct leaves *l, const struct machine *m, struct stretch range,
		     const struct stretch *exceptions, size_t exception_count);
/* The leaves across an end of @range, or of an exception, in parts that are not. */
void leaves_to_boundaries(struct leaves *l, const struct machine *m, struct stretch range,
			  const struct stretch *exceptions, size_t exception_count);
/* Attributes of @range, once its leaves end where it does. */
void leaves_protect(struct leaves *l, const struct machine *m, struct stretch range,
		    const struct stretch *exceptions, size_t exception_count,
		    uint64_t set, uint64_t clear);
/* Those inside @range go, once its leaves end where it does. */
void leaves_unmap(struct leaves *l, const struct machine *m, struct stretch range,
		  const struct stretch *exceptions, size_t exception_count);
/* As large as they can be inside @range; returns how many leaves went. */
uint64_t leaves_collapse(struct leaves *l, const struct machine *m, struct stretch range,
			 const struct stretch *exceptions, size_t exception_count);
void leaves_copy(struct leaves *to, const struct leaves *from);
void leaves_free(struct leaves *l);
/* As the model sees them, one by one; present-invalid ones it does not see. */
void expect_these_leaves(const struct machine *m, const struct leaves *l);

/* ----------------------------------------------------------------- geometries */

/**
 * struct geometry - a shape of tables, and one leaf of each kind in it
 * @machine: its name is the name of the geometry. Its RAM begins with @blocks,
 *	with a contiguous run of them if they are enough; then come a run of pages
 *	and a page
 * @blocks: of level 2; 0 if there are none
 * @block, @run, @page: sizes
 * @start_level: of the root
 *
 * Whatever an edit lives through, it does in each of these.
 */
struct geometry {
	struct machine_config machine;
	unsigned int blocks;
	uint64_t block, run, page;
	int start_level;
};

extern const struct geometry geometries[];
extern const size_t geometry_count;

/* Where the last block, the run of pages and the page begin; all of the RAM. */
uint64_t geometry_block(const struct geometry *g);
uint64_t geometry_run(const struct geometry *g);
uint64_t geometry_page(const struct geometry *g);
struct bank geometry_ram(const struct geometry *g);
/* What a run of blocks maps, 0 if there are none. */
uint64_t geometry_block_run(const struct geometry *g);
/* How many pages the RAM is, and how many the run has. */
uint64_t geometry_pages(const struct geometry *g);
uint64_t geometry_run_entries(const struct geometry *g);
/* How many leaves go when all becomes pages, and what is updated then. */
uint64_t geometry_leaves(const struct geometry *g);
uint64_t geometry_updates(const struct geometry *g);
/* The leaves that its RAM is mapped with, for expect_leaves(). */
struct leaf_count *geometry_leaf_counts(const struct geometry *g,
					struct leaf_count counts[LEAF_SIZES]);

/* -------------------------------------------------------------------- layouts */

/**
 * struct split_case - a machine, a goal, and by hand what comes of it
 * @machine: its name is the name of the case
 * @goal: what becomes pages; size 0: all of the linear region
 * @exceptions: end with size 0; the alias is one more
 * @before, @after: leaves of the whole half
 * @tables: new ones on levels 0 to 3
 * @leaves: that go
 * @updates: entries of live tables that change
 * @live_stores: members that lose their hint, and tables that are published
 * @in_place_stores: the same, in new tables too, as they are linked from above
 * @copied: tables that a switch copies, the root among them
 * @replaced: leaves that become tables in these, the root aside
 * @root_entries: that a switch stores
 */
struct split_case {
	struct machine_config machine;
	struct bank goal;
	struct bank exceptions[3];
	struct leaf_count before[LEAF_SIZES];
	struct leaf_count after[LEAF_SIZES];
	uint64_t tables[4];
	uint64_t leaves, updates, live_stores, in_place_stores, copied, replaced,
		root_entries;
};

extern const struct split_case split_cases[];
extern const size_t split_case_count;

/* The edit that a case is about, not planned yet. */
void split_case_edit(const struct split_case *c, struct machine *m, struct lm_edit *edit);
uint64_t split_case_tables(const struct split_case *c);
/* Stores and TLBIs in the stop, by each way. */
uint64_t split_case_stores(const struct split_case *c, enum lm_way way);
uint64_t split_case_tlbis(const struct split_case *c, enum lm_way way);

/* --------------------------------------------------------------- cases as tests */

/* One cmocka test for each case: "property/name". */
struct test_list {
	struct CMUnitTest *tests;
	size_t count, room;
};

void test_list_add(struct test_list *list, const char *property, const char *name,
		   CMUnitTestFunction function, const void *state);
int test_list_run(struct test_list *list, const char *group);

/* A geometry in which an edit lives, and the way in which it is committed. */
struct life {
	const struct geometry *g;
	enum lm_way way;
};

extern const char *const way_names[LM_WAYS];

/* Whether tables are copied: by a switch, or a roll. */
bool way_copies(enum lm_way way);

/* lm_edit_plan() and lm_edit_prepare(), after the promise that a roll needs. */
int edit_plan(struct lm_edit *edit, enum lm_way way);
int edit_prepare(struct lm_edit *edit, enum lm_way way);

/* What makes leaves read-only. */
struct lm_leaf_change read_only(void);

/* Of the tables that a plan counts on each level. */
uint64_t sum_of_levels(const uint64_t *levels);

/* For which geometries a test is. */
typedef bool geometry_fn(const struct geometry *g);
geometry_fn every_geometry, geometry_has_blocks;

/* "property/geometry", with a struct geometry as its state. */
void test_list_add_geometries(struct test_list *list, const char *property,
			      CMUnitTestFunction function, geometry_fn *is_for);
/* "property/way", with an enum lm_way: @first and those after it. */
void test_list_add_ways(struct test_list *list, const char *property,
			CMUnitTestFunction function, enum lm_way first);
/* "property/geometry/way", with a struct life. */
void test_list_add_lives(struct test_list *list, const char *property,
			 CMUnitTestFunction function, geometry_fn *is_for);

/* The same without those that need the lock's promise: with it, nobody else writes. */
void test_list_add_unlocked_lives(struct test_list *list, const char *property,
				  CMUnitTestFunction function, geometry_fn *is_for);

#define ADD_GEOMETRIES(list, property, is_for) \
	test_list_add_geometries((list), #property, (property), (is_for))
#define ADD_WAYS(list, property, first) \
	test_list_add_ways((list), #property, (property), (first))
#define ADD_LIVES(list, property, is_for) \
	test_list_add_lives((list), #property, (property), (is_for))
#define ADD_UNLOCKED_LIVES(list, property, is_for) \
	test_list_add_unlocked_lives((list), #property, (property), (is_for))
#define ADD_CASE(list, property, name, state) \
	test_list_add((list), #property, (name), (property), (state))
#define ADD(list, property) test_list_add((list), #property, NULL, (property), NULL)

/* lm_ functions return 0 or a negative error: says which one was seen. */
#define expect_ok(call)		expect_error_at((call), 0, #call, __FILE__, __LINE__)
#define expect_error(call, err) expect_error_at((call), -(err), #call, __FILE__, __LINE__)
void expect_error_at(int seen, int expected, const char *call, const char *file,
		     int line);

/* Two numbers and what they are about. */
#define expect_count(seen, expected, ...) \
	expect_count_at((seen), (expected), __FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 5, 6))) void expect_count_at(uint64_t seen,
							   uint64_t expected,
							   const char *file, int line,
							   const char *format, ...);

#endif
