/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linmap: change the translation tables of a live arm64 linear map without
 * allocating memory while the machine is stopped.
 *
 * A kernel maps all RAM once with the largest leaves it can: a leaf is a block or page
 * descriptor, or a contiguous run of them. Later some of it must become pages, at a
 * moment when every other CPU is parked and memory must not be allocated. linmap counts
 * the tables that this needs, allocates them and, in all ways but one, fills them before
 * the stop. In the stop it stores only the entries that lead to them.
 *
 *	int boot_split(struct lm_map *map, const struct lm_cpus *cpus)
 *	{
 *		struct lm_edit e;
 *		int err;
 *
 *		if (!lm_region_needs_split(linear, cpus))
 *			return 0;
 *		lm_edit_to_pages(&e, map, linear->range);
 *		lm_edit_except(&e, kernel_alias->range);
 *		err = lm_edit_prepare(&e, LM_LIVE);	// plan, reserve, stage
 *		if (!err)
 *			err = stop_all(commit, &e);	// yours; opens a window
 *		lm_edit_release(&e);
 *		return err;
 *	}
 *
 *	static int commit(struct lm_window *w, void *e)
 *	{
 *		return lm_edit_commit(w, e);
 *	}
 *
 * Every function that can fail returns 0 or a negative error of enum
 * lm_error; lm_strerror() turns it into a sentence that says what to do.
 * "Context" in a comment below says where a function may be called:
 *
 *	any		anywhere, also with interrupts off and all CPUs parked
 *	may sleep	calls the embedder's allocator; refused inside a window
 *	window		only inside a window, which is the first argument
 *
 * and then what keeps others out:
 *
 *	the map's lock	the caller holds the embedder's one lock for this map, from
 *			before CPUs are parked until they are released; it may be
 *			dropped between the steps of an edit, which finds out if the
 *			map was changed meanwhile
 *	no lock		also while another thread edits the same map
 *	the caller's	the function touches only its arguments, and nobody else uses
 *			them meanwhile
 *
 * Where none is named, the function touches nothing that anybody changes. The library
 * keeps no state of its own: all of it is in the structures that the caller owns.
 */
#ifndef LINMAP_H
#define LINMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/cpus.h>
#include <linmap/desc.h>
#include <linmap/format.h>
#include <linmap/internals.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------- version */

/*
 * What is documented here keeps compiling within one minor version; before 1.0 a new minor
 * version may change it, and CHANGELOG.md says how. Structures have no fixed layout:
 * headers and library belong together, and lm_version() returns the library's.
 */
#define LM_VERSION_MAJOR 0
#define LM_VERSION_MINOR 1
#define LM_VERSION_PATCH 0

/**
 * lm_version() - the version of the library that is linked
 *
 * Context: any.
 * Return: "MAJOR.MINOR.PATCH", a constant string.
 */
const char *lm_version(void);

/* ------------------------------------------------------------------ errors */

enum lm_error {
	LM_EINVAL = 1, /* a range, an address or attributes are wrong by themselves */
	LM_EFORMAT,    /* the architecture, or linmap, has no such geometry */
	LM_EEXIST,     /* something else is mapped there */
	LM_EREGION,    /* not inside one region of the map, or across the border of one */
	LM_ENOMEM,     /* the embedder's allocator ran out */
	LM_ESTATE,     /* a step of an edit out of order */
	LM_ESTALE,     /* the map changed since the edit was planned */
	LM_EWINDOW,    /* no window where one is needed, or one where none may be */
	LM_EUNSAFE,    /* a CPU that can walk the map does not tolerate the change */
	LM_EHWUPDATE,  /* hardware may update a leaf that is to be copied */
	LM_EWAY,       /* commit method not supported here */
	LM_ESELF,      /* what is needed meanwhile is mapped by what would be broken */
	LM_EVOLATILE, /* a table that others may write at any time would be copied, or go */
	LM_ETIMEOUT, /* a CPU did not park, or move, in time */
	LM_ESIZE,    /* a leaf reaches beyond what is to change */
	LM_ENOLEAF,  /* nothing there forms a larger leaf */
	LM_ETABLE,   /* a table above takes away what a leaf is to give */
	LM_ECPU,     /* no such CPU, or no such kind of walkers */
	LM_EMARK,    /* the format has no mark for invalid leaves that hold a mapping */
	LM_EAWAY,    /* CPUs may still walk the clone of an edit that failed */
	LM_EBUG,     /* a bug in linmap */
	LM_ERRORS    /* not an error: one more than the last */
};

/**
 * lm_strerror() - one sentence for an error: what was wrong, what to do
 * @err: what a function of linmap returned, 0 or negative
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *lm_strerror(int err);

/* --------------------------------------------------- the embedder's machine */

/* Instead of a level: a granule of memory for an edit's log. */
#define LM_LEVEL_NONE (LM_LAST_LEVEL + 1)

/**
 * lm_alloc_fn - get translation tables
 * @ctx: the embedder's
 * @level: the level the tables are for, or LM_LEVEL_NONE for a granule of
 *	memory in which linmap keeps an edit's log
 * @wanted: how many, at least 1
 * @first: where to put the address of the first one
 *
 * Returns 1 to @wanted contiguous tables; may be fewer than @wanted, and linmap asks
 * again for the rest. Tables are one granule in size and alignment, and need not be
 * zeroed. Mapping and splitting use this one type, and so does taking tables from an
 * edit's reserve.
 *
 * Return: the number of tables; 0 if there is no memory.
 */
typedef size_t lm_alloc_fn(void *ctx, int level, size_t wanted, lm_pa_t *first);

/* What a table was used for until it is freed. */
enum lm_origin {
	LM_UNUSED,  /* from lm_alloc_fn, never part of the map */
	LM_RETIRED, /* was part of the map, and nobody can reach it any more */
};

/**
 * lm_free_fn - take back translation tables
 * @ctx: the embedder's
 * @level: as they were allocated
 * @first: address of the first one
 * @tables: how many contiguous ones
 * @origin: what they were used for
 *
 * Tables are not always freed in the runs in which they were allocated.
 */
typedef void lm_free_fn(void *ctx, int level, lm_pa_t first, size_t tables,
			enum lm_origin origin);

enum lm_barrier { LM_DSB_ISHST, LM_DSB_ISH, LM_ISB };

/**
 * struct lm_recorder - sees what the arm64 build does by instructions
 * @store: a store to a table that may be walked; the recorder makes it
 * @wrote: plain stores were made to a table that nobody walks
 * @barrier: a barrier
 * @tlbi_all: TLBI VMALLE1IS, ALLE2IS or ALLE3IS, as the map's regime has it
 * @tlbi_va: TLBI VAAE1IS, VAE2IS or VAE3IS: of all ASIDs, for the page at @va
 * @tlbi_again: TLBI VALE1IS, VALE2IS or VALE3IS of address 0, for @repeat_tlbi of
 *	struct lm_env; never called without it
 *
 * Used by host builds only, where there is no MMU; may be NULL there.
 */
struct lm_recorder {
	void (*store)(void *ctx, lm_desc_t *slot, lm_desc_t desc);
	void (*wrote)(void *ctx, const lm_desc_t *in_table);
	void (*barrier)(void *ctx, enum lm_barrier barrier);
	void (*tlbi_all)(void *ctx);
	void (*tlbi_va)(void *ctx, lm_va_t va);
	void (*tlbi_again)(void *ctx);
};

/**
 * struct lm_roller - takes all CPUs of a map to another root and home: for LM_ROLL
 * @ctx: handed to each
 * @out: make every CPU that can walk the map, the caller's included, walk @clone instead
 *	of the map's root @home: its TTBR at an empty table, ISB, TLBI of all levels, DSB,
 *	ISB, TTBR at @clone, ISB. Both are complete tables. Return: 0 if all do;
 *	-LM_ETIMEOUT if CPU *@culprit did not come, and all others walk @home again, as
 *	after @back; -LM_EAWAY if CPU *@culprit may still walk @clone: then linmap calls
 *	@back later
 * @back: after -LM_EAWAY: make every CPU walk @home again, in the same way, then
 *	invalidate all levels by broadcast. Return: 0, or -LM_EAWAY as above
 * @go_home: make every CPU walk @home again; it equals @clone by then, entry by entry,
 *	and TLBs hold nothing else, so this is a TTBR write and an ISB. Returns when all
 *	do, however long that takes
 * @settle: for a map whose root may be anywhere, instead of @go_home; else NULL. All
 *	CPUs walk the clone: it is home from now on. Invalidates all levels by broadcast
 * @clone: where the port has the address of memory for the clone, of the size and
 *	alignment of a root; @settle needs it, and then it becomes the address of the old
 *	root. The next lm_edit_stage() overwrites what is there: software that walks
 *	tables without the map's lock must have left the old root by then. NULL: each
 *	edit allocates a clone
 *
 * Called in a window, with others running. linmap/roll.h implements it for a port that can
 * interrupt its CPUs. TTBR.CnP is clear from the first move until the CPU is home again.
 * What else applies while a TTBR is empty: see @move of struct lm_env.
 */
struct lm_roller {
	void *ctx;
	int (*out)(void *ctx, lm_pa_t home, lm_pa_t clone, unsigned int *culprit);
	int (*back)(void *ctx, unsigned int *culprit);
	void (*go_home)(void *ctx);
	void (*settle)(void *ctx);
	lm_pa_t *clone;
};

/**
 * struct lm_env - the embedder's callbacks
 * @ctx: handed to each of them
 * @alloc: allocates tables; never called inside a window. NULL, like @free, for maps
 *	that are only looked at
 * @free: takes back tables of one level; never called inside a window
 * @table: address at which the CPU can reach the table at @pa. For maps that are only
 *	looked at, NULL if there is no memory: walks pass such a table by, as if it
 *	mapped nothing. An edit needs all tables: what is below one that it cannot read
 *	is lost
 * @move: for LM_SWITCH: take the executing CPU to the tables at @root, by way of
 *	empty ones and with everything invalidated in between; called inside a
 *	window. NULL if the port cannot. TTBR.CnP is clear from the first move until
 *	the commit returns. While the TTBR is empty nothing may use the map: profiling
 *	units that write memory through it (SPE, TRBE) are stopped and drained by the
 *	port before, and firmware events that no mask keeps out (SDEI) are masked; see
 *	docs/parking.md
 * @roller: for LM_ROLL; NULL if the port cannot
 * @address: for LM_BREAK: input address at which the CPU sees @pointer; NULL if
 *	that is the pointer itself, as everywhere but on a host
 * @recorder: host builds, see above
 * @repeat_tlbi: a CPU that can walk the map completes a broadcast TLBI only with a second
 *	one (errata of nearly all server and phone cores; linmap/cpus.h lists them). The
 *	first TLBI and its DSB remove the entries from that CPU's TLB; accesses that it
 *	had translated already can still be on their way. So what fails without the
 *	second one is memory that is used for something else, a permission that was
 *	taken away, an output address that was changed. linmap then ends each
 *	invalidation with one more TLBI and DSB, however many TLBIs came before. One CPU
 *	with the erratum is reason enough; set it before that CPU walks the map. A port
 *	whose own linmap_arch.h repeats TLBIs leaves it false
 */
struct lm_env {
	void *ctx;
	lm_alloc_fn *alloc;
	lm_free_fn *free;
	void *(*table)(void *ctx, lm_pa_t pa);
	void (*move)(void *ctx, lm_pa_t root);
	const struct lm_roller *roller;
	lm_va_t (*address)(void *ctx, const void *pointer);
	const struct lm_recorder *recorder;
	bool repeat_tlbi;
};

/* -------------------------------------------------------- CPUs and the rules */

/**
 * struct lm_cpu - one CPU that can walk the map
 * @bbm_level: how well it takes live changes of leaf size, 0 to 3; see
 *	lm_cpu_bbm_level()
 */
struct lm_cpu {
	uint8_t bbm_level;
};

struct lm_cpus {
	const struct lm_cpu *cpu;
	unsigned int count;
};

/* What can be done to an entry that is in use (Arm ARM D8.16.1, FEAT_BBM). */
enum lm_change {
	LM_CHANGE_SIZE,	       /* leaf size, contiguous hint */
	LM_CHANGE_OUTPUT,      /* output address, memory type, non-global to global */
	LM_CHANGE_NOT_GLOBAL,  /* global to non-global */
	LM_CHANGE_PERMISSIONS, /* of pages and blocks; also valid to invalid and back */
	/*
	 * Attributes of a contiguous run that stays a run, or of an entry that has a hint
	 * and is in no run, in addition to the kind of change that it is. Entries change
	 * one by one, and members that differ are a misprogrammed contiguous hint (Arm ARM
	 * D8.7.1). Changes of the valid bit, of bits for software and of invalid leaves do
	 * not count; nor do AF and dirty state, which hardware itself writes into single
	 * members (D8.5).
	 */
	LM_CHANGE_RUN,
	LM_CHANGE_UNMAP, /* a leaf, a whole run, or a table becomes invalid, for good */
	LM_CHANGES,
};

/* Who can walk the entry meanwhile. */
enum lm_walkers {
	LM_WALKED_BY_NONE,	 /* all CPUs are parked, or on other tables */
	LM_WALKED_BY_TOLERANT,	 /* every walker is level 3 */
	LM_WALKED_BY_INTOLERANT, /* some walker is below */
	LM_WALKERS,
};

/* How it may be done. Every change is followed by a TLBI before its end. */
enum lm_rule {
	LM_RULE_NEVER,
	LM_RULE_FREELY,	     /* TLBI before anybody walks again */
	LM_RULE_TLBI_LATER,  /* while they walk */
	LM_RULE_BREAK,	     /* invalid, TLBI, new */
	LM_RULE_AFTER_SIZE,  /* while they walk, on whole runs, once sizes fit; TLBI */
	LM_RULE_ON_OWN_LEAF, /* while they walk, if the leaf need not be split; TLBI */
};

/**
 * lm_rule() - how a change may be made
 * @change: what is changed
 * @walkers: who can walk it meanwhile
 *
 * Context: any.
 * Return: how.
 */
enum lm_rule lm_rule(enum lm_change change, enum lm_walkers walkers);

/* --------------------------------------------------------- map and regions */

/**
 * struct lm_census - how many leaves of each size there are
 * @leaves: by level (less LM_FIRST_LEVEL) and kind. A contiguous run is one
 *	leaf: entries of adjacent memory that all have the hint. If one of them lacks
 *	it, or is not such a leaf, there is no run, and each entry counts by itself.
 *	Invalid descriptors that hold a mapping count
 * @stray_hints: pages among them that have a hint and are in no run: hardware may take
 *	them for one, so an edit to pages removes the hint
 * @large_tables: tables by level, the root apart, that lead to a leaf larger
 *	than a page, or to a stray hint: what a switch would copy
 * @first_large, @last_large: where the outermost of these are; linmap's own
 * @tables_unknown: @large_tables is not known: leaves were mapped in no order,
 *	or a part of the region was edited
 */
struct lm_census {
	uint64_t leaves[LM_LEVELS][LM_LEAF_KINDS];
	uint64_t stray_hints;
	uint64_t large_tables[LM_LEVELS];
	uint64_t first_large;
	uint64_t last_large;
	bool tables_unknown;
};

/*
 * Which leaves linmap may make in a region. Where a larger one that was there before is
 * split in part, the rest of it becomes leaves of the next level.
 */
enum lm_region_flags {
	LM_NO_BLOCKS = 1 << 0, /* pages only */
	LM_NO_RUNS = 1 << 1,   /* no contiguous hints */
	/*
	 * Its leaves may be written at any time, from contexts that no lock of
	 * the embedder keeps out (a KFENCE pool): tables that hold them are
	 * never copied.
	 */
	LM_VOLATILE = 1 << 2,
};

/**
 * struct lm_region - a part of a map that is counted by itself
 * @name: for people
 * @range: where; the caller sets it before lm_map_add_region()
 * @flags: enum lm_region_flags; LM_VOLATILE may come once an edit has made pages of it
 * @longest_contiguous: bytes of the longest contiguous run that linmap makes there;
 *	0: no limit. A longer one that was there before is still a run
 * @census: its leaves, kept while mapping and editing
 * @next: linmap's own
 *
 * A region may lie inside one that was added before; its leaves then count for
 * the inner one only. No leaf crosses a region's border.
 */
struct lm_region {
	const char *name;
	struct lm_range range;
	unsigned int flags;
	uint64_t longest_contiguous;
	struct lm_census census;
	struct lm_region *next;
};

struct lm_window;

/**
 * struct lm_map - one live translation
 * @fmt, @env, @root: as given to lm_map_init()
 * @regions: the innermost first
 * @generation: advanced by the changes that lm_edit_stage() names; an edit planned
 *	before is stale
 * @window: the open window, or NULL
 * @away: the edit whose clone CPUs may still walk after its commit failed, or NULL
 * @clone_of: the edit that filled the memory at lm_roller.clone last
 * @where: the address that the last refused call was about
 */
struct lm_map {
	struct lm_format fmt;
	struct lm_env env;
	lm_pa_t root;
	struct lm_region *regions;
	uint64_t generation;
	struct lm_window *window;
	const struct lm_edit *away;
	const struct lm_edit *clone_of;
	lm_va_t where;
};

/**
 * lm_map_init() - describe a translation
 * @map: filled in
 * @fmt: its geometry
 * @env: the embedder's callbacks, copied
 * @root: its start-level table; zeroed for an empty map, or in use. 8 bytes for each
 *	entry of the start level, aligned to its size, to 64 bytes at least (Arm ARM
 *	D8.2.5); what else is in its granule is not touched
 *
 * Context: any; the caller's.
 */
void lm_map_init(struct lm_map *map, const struct lm_format *fmt,
		 const struct lm_env *env, lm_pa_t root);

/**
 * lm_map_add_region() - count a part of the map by itself
 * @map: the map
 * @region: name, range and flags set by the caller, who keeps it in memory
 *
 * Takes the census of what the range maps already by one walk, and subtracts it from
 * that of the region around it, if there is one.
 *
 * Context: any, but not inside a window; the map's lock.
 * Return: 0; -LM_EINVAL if the range is empty, unaligned or outside the input range;
 * -LM_EREGION if it crosses a region's border, or the region was added before; -LM_EEXIST
 * if a leaf crosses its border (map->where); -LM_EWINDOW inside a window.
 */
int lm_map_add_region(struct lm_map *map, struct lm_region *region);

/**
 * lm_map_remove_region() - count a part of the map no longer by itself
 * @map: the map
 * @region: one of its regions; the caller may free it, or change and add it again
 *
 * What it maps stays mapped. Its census is added to that of the region around it, if there
 * is one; else edits there are refused, with -LM_EREGION. Regions inside it stay. Edits of
 * the map that are planned and not committed are stale.
 *
 * Context: any, but not inside a window; the map's lock.
 * Return: 0; -LM_EREGION if it is no region of the map; -LM_EWINDOW inside a window.
 */
int lm_map_remove_region(struct lm_map *map, struct lm_region *region);

/**
 * lm_region_recount() - take a region's census anew
 * @map: the map
 * @region: one of its regions
 *
 * For when somebody has changed leaf sizes or hints in it without linmap: plans would be
 * wrong otherwise.
 *
 * Context: any, but not inside a window; the map's lock. One walk.
 * Return: 0; -LM_EEXIST if a leaf crosses the region's border (map->where), and the
 * census is as it was; -LM_EWINDOW.
 */
int lm_region_recount(struct lm_map *map, struct lm_region *region);

/**
 * lm_map_range() - map memory with the largest leaves that fit
 * @map: the map; @range must lie inside one region of it
 * @range: input addresses, granule aligned
 * @oa: first output address, granule aligned
 * @attrs: attributes of every leaf
 *
 * Nobody may be using @range. Leaves that map the very same memory with the
 * same attributes may be there already and stay as they are. All or nothing: the tables
 * are counted and allocated first.
 *
 * What was mapped can be used as @attrs says: a leaf below a table whose hierarchical
 * attributes (Arm ARM D8.4.2) take some of that away is refused. Such a table has bits of
 * config.table_attrs that suited the leaf for which it was made, or somebody else made it.
 *
 * Context: may sleep; the map's lock.
 * Return: 0; -LM_EINVAL for a range or address that is unaligned, empty, too
 * large, or attributes with bits of type or address in them, or as the architecture
 * reserves them (SH 0b01; AP[1] clear in a regime without EL0); -LM_EREGION;
 * -LM_EEXIST if something else is mapped at map->where; -LM_ETABLE if a table
 * above map->where takes away what @attrs give; -LM_ENOMEM; -LM_EWINDOW; -LM_EAWAY.
 */
int lm_map_range(struct lm_map *map, struct lm_range range, lm_pa_t oa, lm_attrs_t attrs);

/**
 * lm_region_needs_split() - whether a region has to become pages for some CPUs
 * @region: a counted region
 * @cpus: every CPU that will walk it
 *
 * True if it has leaves larger than a page and a CPU does not tolerate that
 * their size changes live. No walk: the census answers.
 *
 * Context: any; the map's lock.
 */
bool lm_region_needs_split(const struct lm_region *region, const struct lm_cpus *cpus);

/* ------------------------------------------------------------------ window */

/* Who else can walk the map while a window is open. */
enum lm_hold {
	LM_OTHERS_HELD, /* only the leader: the others are parked, or there are none */
	LM_NONE_HELD,	/* every CPU: they all go on */
};

/**
 * struct lm_window - the proof that the map may be changed now
 *
 * The only key to a commit. Opened by the code that makes it true: a parking
 * routine, a stop_machine callback, firmware with one CPU.
 */
struct lm_window {
	struct lm_map *map;
	const struct lm_cpus *cpus;
	unsigned int leader;
	enum lm_hold hold;
};

/**
 * lm_window_open() - state that the map may be changed now
 * @window: filled in
 * @map: the map
 * @cpus: every CPU that can walk the map
 * @leader: the index of the CPU that calls
 * @hold: what has been done about the others
 *
 * Context: any, interrupts off if others are held; the map's lock.
 * Return: 0; -LM_ECPU if there is no such leader; -LM_EWINDOW if a window is
 * open on this map already; -LM_EAWAY if CPUs may still walk the clone of an edit that
 * failed: lm_edit_release() takes them back.
 */
int lm_window_open(struct lm_window *window, struct lm_map *map,
		   const struct lm_cpus *cpus, unsigned int leader, enum lm_hold hold);

/**
 * lm_window_close() - the map may not be changed any more
 * @window: an open window
 *
 * Context: window; the map's lock.
 */
void lm_window_close(struct lm_window *window);

/* -------------------------------------------------------------------- edit */

/**
 * enum lm_way - how an edit reaches the map
 * @LM_IN_PLACE: inside the window each table is taken from the reserve, filled
 *	and linked. The stop grows with memory
 * @LM_LIVE: the new tables are filled before; inside the window each leaf that
 *	goes is replaced by one store, after the contiguous hints around it
 * @LM_BREAK: as live, but every leaf that goes is made invalid and out of the
 *	TLBs before what replaces it is stored. Those leaves must not map anything that
 *	is needed meanwhile: see lm_edit_needs()
 * @LM_SWITCH: all tables above what changes are copied, before. Inside the window
 *	the leader moves to a clone of the root, stores the few changed entries
 *	of the real one, which nobody walks then, and moves back
 * @LM_ROLL: all tables above what changes are copied, before, and a clone of the root
 *	leads to the copies. Nobody is held: in the window each CPU moves to the clone by
 *	itself; then the changed entries of the root are stored, which nobody walks, and
 *	each CPU goes home. See docs/roll.md
 *
 * In place and live need every CPU that can walk the map meanwhile to be level
 * 3. Break and switch need that no CPU but the leader can walk it, whatever the levels;
 * switch needs env->move. Roll needs env->roller, CPUs that are not held, whatever their
 * levels, and lm_edit_locked(). It can change leaf sizes, hints, permissions, validity
 * and global to non-global, but neither output addresses nor memory types: until the end
 * some CPUs use the old tree and others the new one. So a permission that was taken away
 * can be used until lm_edit_commit() returns.
 */
enum lm_way { LM_IN_PLACE, LM_LIVE, LM_BREAK, LM_SWITCH, LM_ROLL, LM_WAYS };

/**
 * lm_way_name() - the name of a way: "in-place", "live", "break", "switch", "roll"
 * @way: one of enum lm_way
 *
 * Context: any.
 * Return: a constant string; "unknown" if there is no such way.
 */
const char *lm_way_name(enum lm_way way);

/**
 * struct lm_plan - what an edit takes, exactly
 * @new_tables: new tables by level (less LM_FIRST_LEVEL)
 * @copied_tables: switch, roll: tables on the way to what changes that are copied, by
 *	level, the root's clone among them unless the port has memory for it
 * @retired_tables: collapse: tables whose place a leaf takes, by level; unmap: tables
 *	below which nothing is left. What switch and roll copy is retired too
 * @leaves: leaves that go
 * @updates: entries that the commit changes; in place: those that were there. Not
 *	those whose attributes alone change in place or live, which is done last
 * @replaced: switch, roll: entries of copies where a table takes a leaf's place, or a
 *	leaf a table's
 * @log_granules: granules of memory for the lists of all these if no two are alike, and,
 *	unless lm_edit_locked() was called, for a snapshot of each copied table but the root
 * @bytes: of all that the reserve asks for
 */
struct lm_plan {
	uint64_t new_tables[LM_LEVELS];
	uint64_t copied_tables[LM_LEVELS];
	uint64_t retired_tables[LM_LEVELS];
	uint64_t leaves;
	uint64_t updates;
	uint64_t replaced;
	uint64_t log_granules;
	uint64_t bytes;
};

enum lm_edit_state {
	LM_EDIT_NEW,
	LM_EDIT_PLANNED,
	LM_EDIT_RESERVED,
	LM_EDIT_STAGING, /* it failed there: can only be released */
	LM_EDIT_STAGED,
	LM_EDIT_COMMITTED,
	LM_EDIT_RELEASED,
	LM_EDIT_SPOILED, /* what it is to do was changed too late: can only be released */
};

/* Why leaves do not form a larger one. */
enum lm_obstacle {
	LM_NO_OBSTACLE,
	LM_OBSTACLE_HOLE,	/* something is not mapped */
	LM_OBSTACLE_OUTPUT,	/* what is mapped is not adjacent */
	LM_OBSTACLE_ALIGNMENT,	/* the memory does not begin where such a leaf can */
	LM_OBSTACLE_ATTRIBUTES, /* attributes, or being valid, differ */
	LM_OBSTACLE_HW_UPDATE,	/* hardware may update a leaf at any time */
	LM_OBSTACLES
};

struct lm_goal;

/**
 * struct lm_edit - one change in flight
 * @map: what it changes
 * @plan: filled by lm_edit_plan()
 * @where: the address that the last refused step was about
 * @part: the index of the range of lm_edit_only() that lm_edit_plan() refused
 * @culprit: the CPU that a commit was refused for with -LM_EUNSAFE or -LM_ETIMEOUT, or
 *	that -LM_EAWAY is about
 * @obstacle, @obstacle_va: collapse: the first obstacle to a larger leaf, and where;
 *	filled by lm_edit_plan() also if other leaves can be formed
 *
 * Owned by the caller, in static memory or on a stack that has room for its 1.8 KiB. All
 * other members are linmap's own.
 */
struct lm_edit {
	struct lm_map *map;
	struct lm_plan plan;
	lm_va_t where;
	size_t part;
	unsigned int culprit;
	enum lm_obstacle obstacle;
	lm_va_t obstacle_va;

	const struct lm_goal *goal;
	struct lm_leaf_change change;
	unsigned int changes; /* a bit for each enum lm_change */
	bool has_staying; /* leaves of live tables change, and stay as large as they are */
	struct lm_range range;
	bool has_parts;
	const struct lm_range *parts;
	size_t part_count;
	struct lm_cursor cursor;	 /* of a pass */
	struct lm_range_list exceptions; /* sorted; they may be adjacent but not overlap */
	struct lm_range_list needs;
	bool locked;
	struct lm_region *region; /* NULL for a goal that keeps all leaf sizes */
	enum lm_way way;
	enum lm_edit_state state;
	bool committed;
	uint64_t generation;
	struct lm_census census;  /* of the region, once committed */
	struct lm_census planned; /* the same, as the plan has it */
	struct lm_reserve reserve;
	struct lm_step path[LM_LEVELS]; /* while staging */
	struct lm_merge merge;		/* while collapsing */
	struct lm_plan counted;		/* so far; staged: the plan again */
	struct lm_update_list updates;
	struct lm_update_list replaced; /* in copies, for a switch */
	struct lm_update_list copies;
	struct lm_table_run clone; /* of the root */
};

/**
 * lm_edit_to_pages() - begin an edit that makes pages of a range
 * @edit: filled in
 * @map: the map
 * @range: granule aligned, inside one region; what is in regions inside that one
 *	has to be excepted, see lm_edit_except()
 *
 * A leaf across an end of the range is split as far as needed for the range to end there.
 *
 * Context: any; the caller's. lm_edit_plan() reports a wrong range.
 */
void lm_edit_to_pages(struct lm_edit *edit, struct lm_map *map, struct lm_range range);

/**
 * lm_edit_to_boundaries() - begin an edit after which leaves end where a range does
 * @edit: filled in
 * @map: the map
 * @range: granule aligned; as for lm_edit_to_pages()
 *
 * Splits the leaves that reach across one of its ends, one level at a time and no
 * further than needed: what still fits a contiguous run stays one. Nothing to do
 * where a leaf ends there already.
 *
 * Source: Linux arch/arm64/mm/mmu.c, split_kernel_leaf_mapping().
 * Context: any; the caller's. lm_edit_plan() reports a wrong range.
 */
void lm_edit_to_boundaries(struct lm_edit *edit, struct lm_map *map,
			   struct lm_range range);

/* A change of attributes. */
static inline struct lm_leaf_change lm_change_attrs(lm_attrs_t set, lm_attrs_t clear)
{
	return (struct lm_leaf_change){ set.v, clear.v };
}

/* Leaves become present-invalid: they keep what they map, and get the mark for that. */
static inline struct lm_leaf_change lm_change_to_invalid(const struct lm_format *fmt)
{
	return (struct lm_leaf_change){ fmt->config.present_invalid, LM_DESC_VALID };
}

/* And valid again. If the mark is an attribute of valid leaves, @attrs says which they get. */
static inline struct lm_leaf_change lm_change_to_valid(const struct lm_format *fmt,
						       lm_attrs_t attrs)
{
	uint64_t mark = fmt->config.present_invalid;

	return (struct lm_leaf_change){ LM_DESC_VALID | (attrs.v & mark),
					mark & ~attrs.v };
}

/**
 * lm_edit_protect() - begin an edit that changes attributes of a range
 * @edit: filled in
 * @map: the map; to make leaves invalid its format must have a present_invalid mark
 * @range: granule aligned; as for lm_edit_to_pages()
 * @change: see lm_change_attrs(), lm_change_to_invalid(), lm_change_to_valid()
 *
 * Splits the leaves at its ends first, as lm_edit_to_boundaries() does, and then changes
 * whole leaves: in place and live after the invalidation that ends the split.
 * Present-invalid leaves change too, and stay invalid, with their mark, unless becoming
 * valid is the change. lm_rule() says how each kind of change may be committed: another
 * memory type by break or switch; permissions of pages and blocks live where no leaf has
 * to be split, on CPUs of any level; those of runs live while every walker is level 3.
 *
 * linmap changes descriptors of leaves only. A permission that a table above takes
 * away cannot be given: lm_edit_plan() returns -LM_ETABLE, as lm_map_range()
 * does. What was taken away before the change may stay so. A change that would make a
 * leaf with reserved bits is refused with -LM_EINVAL, also if the leaf had one of them
 * before (SH 0b01). Where hardware manages dirty state, a leaf is read-only only if
 * LM_ATTR_DBM is cleared too; the embedder does the cache maintenance that another memory
 * type needs (Arm ARM B2.7).
 *
 * Context: any; the caller's. lm_edit_plan() reports what is wrong.
 */
void lm_edit_protect(struct lm_edit *edit, struct lm_map *map, struct lm_range range,
		     struct lm_leaf_change change);

/**
 * lm_edit_non_global() - begin an edit that makes every leaf of a map non-global
 * @edit: filled in
 * @map: the map, all regions of it
 *
 * For KPTI. By switch, roll or break only: a global and a non-global entry for one
 * address must not meet in the TLB of any CPU, the leader's included, so the leader, too,
 * walks other tables meanwhile: the copies that a switch plans, reserves and stages.
 * lm_edit_plan() refuses parts, exceptions, and the regimes EL2 and EL3, which have no
 * non-global entries. Leaves of a volatile region are copied like all others, so the
 * embedder stops their writers, and clears the flag, from stage to commit.
 *
 * Context: any; the caller's.
 */
void lm_edit_non_global(struct lm_edit *edit, struct lm_map *map);

/**
 * lm_edit_collapse() - begin an edit that goes back to the largest leaves
 * @edit: filled in
 * @map: the map
 * @range: granule aligned; as for lm_edit_to_pages(). No leaf is formed across its
 *	ends, and none that the region's flags forbid
 *
 * A table whose leaves map what one leaf can map gives way to that leaf, and entries that
 * can form a contiguous run get its hints. The new leaves do not give what hierarchical
 * attributes of the tables took away. The tables are retired, see lm_edit_deposit().
 * edit->obstacle says why a leaf could not be formed. By every way but in place.
 *
 * Context: any; the caller's. lm_edit_plan() reports a wrong range.
 */
void lm_edit_collapse(struct lm_edit *edit, struct lm_map *map, struct lm_range range);

/**
 * lm_edit_unmap() - begin an edit after which a range maps nothing
 * @edit: filled in
 * @map: the map
 * @range: granule aligned; as for lm_edit_to_pages(). Parts of it may map nothing before
 *
 * Leaves across its ends are split first, as lm_edit_to_boundaries() does. Present-invalid
 * leaves go, too. A table below which nothing is left mapped becomes an invalid entry in
 * the table above it and is retired with all tables below it, also if all that it mapped
 * outside the range was nothing before; the root stays. See lm_edit_deposit().
 *
 * By every way but in place. Live on CPUs of any level where no leaf has to be split: an
 * entry of any kind may become invalid while it is walked. When the commit has returned, no
 * CPU translates an address of the range; until then each may. What the embedder keeps
 * there, linmap included, must not be needed any more: lm_edit_stage() refuses by every
 * way, with -LM_ESELF, to unmap the edit and its log, the map, the tables that the edit
 * stores to, makes or retires, lm_edit_commit() and what lm_edit_needs() names. In a
 * volatile region lm_edit_plan() returns -LM_EVOLATILE, since others may write to tables
 * that would be retired.
 *
 * For memory that is removed, firmware's or secret memory, guard holes.
 *
 * Source: Linux arch/arm64/mm/mmu.c, arch_remove_memory().
 * Context: any; the caller's. lm_edit_plan() reports a wrong range.
 */
void lm_edit_unmap(struct lm_edit *edit, struct lm_map *map, struct lm_range range);

/**
 * lm_goal_name() - the name of what an edit is for
 * @edit: an edit in any state
 *
 * Context: any; the caller's.
 * Return: a constant string: "to-pages", "to-boundaries", "protect", "non-global",
 * "collapse" or "unmap".
 */
const char *lm_goal_name(const struct lm_edit *edit);

/**
 * lm_edit_only() - change only parts of the range, in one edit
 * @edit: an edit that was not planned yet
 * @parts: granule aligned, inside the edit's range, in ascending order. They may be
 *	adjacent but not overlap. Not copied: the caller keeps the array, unchanged, until
 *	lm_edit_release()
 * @count: how many, at least 1; there is no limit
 *
 * For what lies scattered over a map, such as the pages of a module: it takes one plan, one
 * reserve, one stage, one commit, and what lies between the parts costs nothing. All parts
 * must be in the same region; the edit's range need not be, and may be all of the map. Each
 * part is as the one range of an edit is: leaves across its ends are split, and no leaf is
 * formed across them. But where parts are adjacent they are one, so no leaf has to be
 * split there: except in lm_edit_to_boundaries(), for which the ends of each part count.
 *
 * lm_edit_plan() refuses the edit for the first part that is wrong, and edit->part is its
 * index: -LM_EINVAL if it is not after the one before it, unaligned, empty, or outside the
 * edit's range; -LM_EREGION if it is not in the region of the first one, or reaches into
 * one inside that.
 *
 * Context: any; the caller's. Called again, it replaces the parts; after the plan it spoils
 * the edit, as lm_edit_except() does.
 */
void lm_edit_only(struct lm_edit *edit, const struct lm_range *parts, size_t count);

/**
 * lm_edit_except() - leave a part of the range as it is
 * @edit: an edit that was not planned yet
 * @range: granule aligned
 *
 * Context: any; the caller's. At most LM_EDIT_RANGES that do not overlap; lm_edit_plan()
 * reports one more.
 * Called after the plan it spoils the edit: every step returns -LM_ESTATE.
 */
void lm_edit_except(struct lm_edit *edit, struct lm_range range);

/**
 * lm_edit_locked() - promise that nobody else changes these tables meanwhile
 * @edit: an edit that was not planned yet
 *
 * From stage to commit the caller holds a lock that every writer of the tables on the way
 * to the range, and of any leaf in them, takes. A switch then commits without comparing
 * what it copied with what is there now, and a collapse without looking again at every
 * leaf that it replaces: otherwise that part of the stop grows with the range. A roll is
 * refused without it: while others run, comparing protects nothing. For a roll the
 * promise includes new entries of the root, and what else a copied table maps, and lasts
 * until the edit is released, or its commit has succeeded.
 *
 * Context: any; the caller's.
 */
void lm_edit_locked(struct lm_edit *edit);

/**
 * lm_edit_needs() - name what must stay mapped during a break, or not be unmapped
 * @edit: an edit that was not planned yet
 * @range: input addresses of the code that runs, its stack, its data. linmap knows by
 *	itself of the tables, the map, the edit and its memory, the page that
 *	lm_edit_commit() is in, and the stack where the edit is staged. Name all text
 *	of linmap and of the port, and the stack on which the edit is committed
 *
 * Context: any; the caller's. At most LM_EDIT_RANGES; lm_edit_plan() reports one more.
 */
void lm_edit_needs(struct lm_edit *edit, struct lm_range range);

/**
 * lm_edit_touches() - whether an edit changes a leaf that maps part of a range
 * @edit: an edit in any state before its commit
 * @range: input addresses; those that the map does not translate are not touched
 *
 * Answers the question of self-cover: does what changes map what the CPU needs?
 *
 * Context: any; the map's lock. One walk over @range.
 */
bool lm_edit_touches(const struct lm_edit *edit, struct lm_range range);

/**
 * lm_deposit_init() - make an empty deposit
 * @deposit: filled in
 * @map: the map whose tables it will hold
 *
 * Context: any; the caller's.
 */
void lm_deposit_init(struct lm_reserve *deposit, const struct lm_map *map);

/**
 * lm_edit_deposit() - keep tables for a later edit
 * @edit: an edit that was not planned yet
 * @deposit: the embedder's
 *
 * What the edit gives back goes to the deposit instead of the embedder's allocator, and
 * lm_edit_reserve() takes from the deposit first. So a block that was collapsed with a
 * deposit can be split again with it, without any allocation.
 * All that lm_deposit_release() gives back is LM_RETIRED: a deposit does not remember
 * which tables were part of the map.
 *
 * Context: any; the caller's. One edit at a time uses a deposit.
 */
void lm_edit_deposit(struct lm_edit *edit, struct lm_reserve *deposit);

/**
 * lm_deposit_release() - give back what is in a deposit
 * @deposit: any; again is harmless
 *
 * Context: may sleep; the map's lock.
 * Return: 0; -LM_EWINDOW inside a window.
 */
int lm_deposit_release(struct lm_reserve *deposit);

/**
 * lm_choose_way() - the cheapest way to commit that is safe
 * @edit: a new edit
 * @cpus: every CPU that can walk its map
 * @leader: the CPU that will commit
 * @hold: what will be done about the others
 * @way: set to the choice; on -LM_EUNSAFE to the way that was tried last
 * @culprit: set to a CPU that does not allow it, on -LM_EUNSAFE
 *
 * Live if every CPU that can still walk tolerates it; else roll, if the port can,
 * nobody is held, and lm_edit_locked() was called; else switch, if the port can move;
 * else break, which staging refuses if it would cut off what is needed.
 *
 * Context: any; the map's lock. Where attributes change, two walks of the range.
 * Return: 0; -LM_ECPU if there is no such leader; -LM_EUNSAFE.
 */
int lm_choose_way(const struct lm_edit *edit, const struct lm_cpus *cpus,
		  unsigned int leader, enum lm_hold hold, enum lm_way *way,
		  unsigned int *culprit);

/**
 * lm_edit_plan() - count exactly what the edit takes
 * @edit: a new edit
 * @way: how it will be committed
 *
 * To pages: O(1) from the census if the range is a whole region and the exceptions are
 * the regions inside it (for a switch, in addition, the region was mapped in order and
 * not edited in part); else one walk that does not descend below a leaf.
 *
 * Context: any, also for sizing a static pool before there is an allocator; the
 * map's lock.
 * Return: 0, and edit->plan holds the counts. Otherwise, with the address in edit->where
 * where there is one:
 * -LM_EWAY if the way is unknown, the goal or the embedder's callbacks do not allow it,
 * or it is roll without lm_edit_locked();
 * -LM_EUNSAFE for an output address or a memory type by roll;
 * -LM_EINVAL for a wrong range, part (edit->part), exception or change, one exception too
 * many, or a leaf in which the change would set reserved bits; -LM_EMARK for a change to
 * invalid without a mark; -LM_EREGION if the range is not in one region, or reaches into
 * another one; -LM_ETABLE for a leaf that would get what a table above takes away;
 * -LM_EHWUPDATE for a leaf that cannot be copied (found by the walk, or else by staging);
 * -LM_ENOLEAF if there is nothing to collapse (edit->obstacle); -LM_EVOLATILE for a
 * collapse or an unmapping in a volatile region; -LM_ESTALE if the walk finds more leaves
 * than the census knows of (lm_region_recount()); -LM_ESTATE if it was planned before.
 */
int lm_edit_plan(struct lm_edit *edit, enum lm_way way);

/**
 * lm_edit_reserve() - allocate every table that the edit will need
 * @edit: a planned edit
 *
 * The only step of an edit that allocates, many tables at a time. All or
 * nothing: on failure everything obtained is given back and the edit is as it
 * was after planning.
 *
 * Context: may sleep; the map's lock.
 * Return: 0; -LM_ENOMEM if the allocator ran out (edit->plan says how many
 * were wanted); -LM_ESTATE if the edit was not planned; -LM_ESTALE; -LM_EWINDOW.
 */
int lm_edit_reserve(struct lm_edit *edit);

/**
 * lm_edit_stage() - fill the new tables from the live ones
 * @edit: a reserved edit
 *
 * Nothing that is live is written. In place there is nothing to fill, and this only
 * counts again. On failure the edit can only be released.
 *
 * map->generation advances with each lm_map_range(), lm_map_add_region(),
 * lm_map_remove_region(), lm_region_recount() and lm_edit_commit(). It does not advance with lm_protect(), with
 * the access flag and dirty state that hardware writes, or with stores made without
 * linmap. These are allowed until lm_edit_stage() begins: staging counts what it does as
 * the plan did, and returns -LM_ESTALE, with nothing changed, if the counts differ, not
 * if other leaves make the same counts; then release the edit and plan again, after
 * lm_region_recount() if leaf sizes or hints changed. From then on, until
 * lm_edit_commit() has returned, nobody may write the leaves of the edit's range or the
 * tables on the way to them. The commit looks again at the entries that it changes and,
 * unless lm_edit_locked() was called, at what a switch copied and what a collapse
 * replaces, and returns -LM_ESTALE, with nothing changed, if these are not what was
 * staged; a leaf that was as wanted when it was staged is not looked at again.
 *
 * The caller may migrate to another CPU in the middle of it, and commit on a third one, if
 * every migration has a release and an acquire, as every scheduler's context switch and
 * every lock does. Then the one DSB ISHST at the end covers all stores: the CPU that
 * executes it has observed those of the others, and what one CPU has observed all have
 * observed, walkers included (Arm ARM B2.3: other-multi-copy atomic; DSB).
 *
 * Context: preemptible, no allocation; the map's lock.
 * Return: 0; -LM_ESTATE; -LM_ESTALE: edit->where is the first leaf for which more was
 * needed than planned, or the start of the range if less was; -LM_EHWUPDATE, -LM_ESELF or
 * -LM_EVOLATILE (edit->where); -LM_EWINDOW inside a window; -LM_EAWAY.
 */
int lm_edit_stage(struct lm_edit *edit);

/**
 * lm_edit_prepare() - plan, reserve, stage
 * @edit: a new edit
 * @way: how it will be committed
 *
 * Context: may sleep; the map's lock.
 * Return: what the three return. On failure, release the edit.
 */
int lm_edit_prepare(struct lm_edit *edit, enum lm_way way);

/**
 * lm_edit_commit() - change the map
 * @window: an open window on the edit's map
 * @edit: a staged edit
 *
 * Allocates nothing, frees nothing, takes no lock. Either refuses before the
 * first store, and nothing has changed; or changes everything, and invalidates the
 * TLBs of all CPUs. After the first store the only possible error is -LM_EBUG: a bug in
 * linmap.
 *
 * By roll it waits for the other CPUs, and nobody is held meanwhile. If CPU edit->culprit
 * does not come, nothing has changed: with -LM_ETIMEOUT the edit is as it was before, to
 * commit again or to release; with -LM_EAWAY a CPU may still walk the staged tables. Then
 * nothing is mapped, staged or committed in this map until lm_edit_release() or
 * lm_edit_abort() of this edit has returned 0.
 *
 * Context: window; the map's lock.
 * Return: 0; -LM_ESTALE if the map is not what was planned (edit->where);
 * -LM_EUNSAFE if a CPU that can walk the map does not tolerate it
 * (edit->culprit); -LM_EHWUPDATE; -LM_ESTATE; -LM_EWINDOW if it is not this map's window;
 * -LM_ETIMEOUT; -LM_EAWAY.
 */
int lm_edit_commit(struct lm_window *window, struct lm_edit *edit);

/**
 * lm_edit_abort() - give an edit up before its commit
 * @edit: an edit that was not committed
 *
 * Nothing has changed, and everything reserved goes back.
 *
 * Context: may sleep; the map's lock.
 * Return: 0; -LM_ESTATE if it was committed: then it is done, not undone;
 * -LM_EWINDOW inside a window; -LM_EAWAY as for lm_edit_release().
 */
int lm_edit_abort(struct lm_edit *edit);

/**
 * lm_edit_release() - give back what an edit holds
 * @edit: an edit in any state; again is harmless
 *
 * After a commit that is the log, and tables that were retired or are left; before it,
 * everything that was reserved. The plan stays readable.
 *
 * Context: may sleep; the map's lock. After a switch, a roll, a collapse or an unmapping:
 * only when all walks without the lock that began before the commit have ended, as they may
 * be in retired tables.
 * Return: 0; -LM_EWINDOW inside a window, and the edit keeps everything; -LM_EAWAY, and
 * so it does, if CPU edit->culprit may still walk its clone after it was asked back once
 * more: call this again later.
 */
int lm_edit_release(struct lm_edit *edit);

/**
 * lm_edit_tables_left() - tables that are reserved and not (yet) used
 * @edit: any edit
 *
 * Context: any; the caller's.
 * Return: how many; 0 after a commit, if linmap counted right.
 */
uint64_t lm_edit_tables_left(const struct lm_edit *edit);

/* ------------------------------------------------------- without an edit */

/**
 * lm_protect() - change permissions of leaves as they are
 * @map: the map
 * @range: granule aligned; leaves begin and end where it does
 * @change: of permissions, or of being valid
 * @walkers: who can walk the range meanwhile, as for lm_rule(), the caller's CPU included
 * @where: set to the address that a refusal is about; may be NULL
 *
 * One store for each entry of a leaf, then TLBIs: by address if it is a few pages. For
 * guard pages, KFENCE, secretmem: where an edit has made pages before. Needs no window,
 * no memory and no edit, and may run during an edit of another part of the same map: a
 * region where that happens is LM_VOLATILE.
 *
 * Any CPU may walk pages and blocks meanwhile. A contiguous run changes entry by entry:
 * with LM_WALKED_BY_INTOLERANT that is refused, see LM_CHANGE_RUN, unless the whole run
 * becomes invalid, or valid. An edit by break, switch or roll can change it, or make pages
 * of it.
 *
 * Source: Linux arch/arm64/mm/pageattr.c, set_memory_valid().
 * Context: any; no lock, but nobody else changes the same leaves meanwhile. For
 * lm_edit_release() this is a walk without the lock.
 * Return: 0. Otherwise nothing has changed: -LM_EINVAL for a wrong range or change, or a
 * leaf in which it would set reserved bits; -LM_EMARK for a change to invalid without a
 * mark; -LM_ECPU for an unknown @walkers; -LM_EUNSAFE if @walkers do not allow the change;
 * -LM_ESIZE if a leaf reaches beyond the range (an edit has to split it); -LM_EHWUPDATE;
 * -LM_ETABLE if a table above takes away what a leaf would get.
 */
int lm_protect(const struct lm_map *map, struct lm_range range,
	       struct lm_leaf_change change, enum lm_walkers walkers, lm_va_t *where);

/* -------------------------------------------------------------------- walk */

enum lm_walk_next {
	LM_WALK_NEXT,	 /* on after the item */
	LM_WALK_DESCEND, /* into the table that item->desc names */
	LM_WALK_THROUGH, /* below the item, as if it were a table that item->child begins */
	LM_WALK_MEMBERS, /* the entries of this run again, one by one: see lm_walk() */
	LM_WALK_INSIDE,	 /* the same, but only those inside the range */
	LM_WALK_SKIP,	 /* on at item->next; a run that contains it comes whole */
};

/**
 * struct lm_walk_item - what a walk has come to
 * @va: first input address of the item
 * @level: level of its entry
 * @entries: 1, or the length of a contiguous run, which is one item if all its entries
 *	are leaves with the hint, of adjacent memory; else each entry is an item
 * @member: one of a run whose visitor asked for the members
 * @linked: in a table that was reached through descriptors in memory that were
 *	there before the walk; false below what a visitor stored or looked through
 * @slot: its first descriptor, NULL where there is no memory (LM_WALK_THROUGH)
 * @desc: its first descriptor's value
 * @child: LM_WALK_THROUGH: the first entry below
 * @next: LM_WALK_SKIP: an address after the item, inside the range or not; unset before
 *
 * A visitor may change @desc and @child, to say where to go next, @entries, to say how
 * many it handled, and raise @va inside the item, to go on there if it returns
 * LM_WALK_DESCEND, LM_WALK_THROUGH or LM_WALK_INSIDE. It must set @next if it returns
 * LM_WALK_SKIP. From a member of a run in the map, and from below one, the walk goes on
 * with the next member all the same.
 */
struct lm_walk_item {
	lm_va_t va;
	int level;
	uint32_t entries;
	bool member;
	bool linked;
	lm_desc_t *slot;
	lm_desc_t desc;
	union {
		lm_desc_t child;
		lm_va_t next;
	};
};

/**
 * lm_visit_fn - called for each item: tables before what is below them, leaves,
 * and entries that map nothing
 *
 * Return: enum lm_walk_next, or a negative error, which ends the walk.
 */
typedef int lm_visit_fn(void *ctx, struct lm_walk_item *item);

/**
 * lm_walk() - visit what a range of the map consists of
 * @map: the map
 * @range: granule aligned, inside the input range. Items that reach beyond it
 *	are visited whole, and of a run all members if its visitor asks for them. What
 *	is below such an item is visited inside the range only
 * @visit: called for each item in ascending order
 * @ctx: handed to @visit
 *
 * During an edit, without the lock, each descriptor that is read is either what it
 * was or what it becomes, and leads to memory that is mapped there. But two of them
 * may be of different times: the members of a run may have changed since they were
 * looked at; LM_WALK_MEMBERS then shows the entries as they are. The walk never goes
 * back: of a run whose first entry it has passed, the rest comes entry by entry, unless it
 * was skipped to (LM_WALK_SKIP). In tables that a visitor has put there itself, or looks
 * through, an entry with the hint is taken for one of a whole run. While a
 * break is committed, leaves are missing. A walk goes on in tables that an edit has
 * retired meanwhile, see lm_edit_release().
 *
 * Context: any; no lock.
 * Return: 0; -LM_EINVAL for a wrong range; what @visit returned if negative.
 */
int lm_walk(const struct lm_map *map, struct lm_range range, lm_visit_fn *visit,
	    void *ctx);

/* What an entry is. Leaves include invalid ones that hold a mapping. */
bool lm_item_is_leaf(const struct lm_map *map, const struct lm_walk_item *item);

/* Bytes that an item maps or, if nothing, leaves unmapped. */
uint64_t lm_item_size(const struct lm_map *map, const struct lm_walk_item *item);

#ifdef __cplusplus
}
#endif

#endif
