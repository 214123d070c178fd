/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linmap: change the translation tables of a live arm64 linear map without
 * allocating memory while the machine is stopped.
 *
 * A kernel maps all RAM once with the largest leaves it can. Later some of it
 * has to become pages, at a moment when every other CPU is held and memory
 * must not be allocated. linmap counts the tables that this needs, gets them
 * and, if told so, fills them before the stop; the stop itself publishes.
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
 *	any		anywhere, also with interrupts off and all CPUs held
 *	may sleep	calls the embedder's allocator; refused inside a window
 *	window		only inside a window, which stands as the first argument
 *
 * and, behind it, what keeps others out:
 *
 *	the map's lock	the caller holds the embedder's one lock for this map, from
 *			before CPUs are held until they are let go; it may be let
 *			go between the steps of an edit, which finds out if the map
 *			was changed meanwhile
 *	no lock		beside an edit of the same map in another thread, too
 *	the caller's	only what is handed over is touched, and nobody else uses it
 *
 * Without such a word nothing is touched that anybody changes. The library keeps no
 * state of its own: all of it is in the structures that the caller owns.
 */
#ifndef LINMAP_H
#define LINMAP_H

#include <stddef.h>

#include <linmap/cpus.h>
#include <linmap/desc.h>

/* ------------------------------------------------------------------ errors */

enum lm_error {
	LM_EINVAL = 1, /* an argument is wrong by itself */
	LM_EFORMAT,    /* the architecture, or linmap, has no such geometry */
	LM_EEXIST,     /* something else is mapped there */
	LM_EREGION,    /* not inside one region of the map */
	LM_ENOMEM,     /* the embedder's allocator ran out */
	LM_ESTATE,     /* a step of an edit out of order */
	LM_ESTALE,     /* the map changed since the edit was planned */
	LM_EWINDOW,    /* no window where one is needed, or one where none may be */
	LM_EUNSAFE,    /* a CPU that can walk the map does not tolerate the change */
	LM_EHWUPDATE,  /* hardware may update a leaf that is to be copied */
	LM_EWAY,       /* this way to commit is not to be had here */
	LM_ESELF,      /* what is needed meanwhile lies behind what would be broken */
	LM_EVOLATILE,  /* a table that others may write at any time would be copied */
	LM_ETIMEOUT,   /* a CPU did not come to be held */
	LM_ESIZE,      /* a leaf reaches beyond what is to change */
	LM_ENOLEAF,    /* nothing there forms a larger leaf */
	LM_ETABLE,     /* a table above takes away what a leaf is to give */
	LM_EBUG,       /* a bug in linmap */
	LM_ERRORS      /* not an error: one more than the last */
};

/**
 * lm_strerror() - one sentence for an error: what was wrong, what to do
 * @err: what a function of linmap returned, 0 or negative
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *lm_strerror(int err);

/* ------------------------------------------------------------------ format */

#define LM_FIRST_LEVEL (-1)
#define LM_LEVELS      (LM_LAST_LEVEL - LM_FIRST_LEVEL + 1)

/* Whose translation it is: the stage 1 regimes of Arm ARM D8.1. */
enum lm_regime {
	LM_EL1_0, /* EL1 and EL0: two ranges */
	LM_EL2_0, /* EL2 and EL0, with HCR_EL2.E2H and TGE set: two ranges */
	LM_EL2,	  /* EL2 alone: one range, XN instead of PXN and UXN, no EL0, no nG */
	LM_EL3,	  /* the same for EL3 */
	LM_REGIMES
};

static inline bool lm_regime_has_two_ranges(enum lm_regime regime)
{
	return regime == LM_EL1_0 || regime == LM_EL2_0;
}

/* Which of the two ranges of a regime a map translates. */
enum lm_half {
	LM_LOWER, /* TTBR0: input addresses count from 0; the only one at EL2 and EL3 */
	LM_UPPER, /* TTBR1: input addresses end at 2^64 */
};

/**
 * struct lm_format_config - what decides the shape of the tables
 * @granule_shift: log2 of the page size in bytes; 12, 14 or 16
 * @ia_bits: size of the input range, 64 - TCR_ELx.TnSZ; 25 to 48, with 64K granules
 *	(FEAT_LVA) or @lpa2 to 52
 * @oa_bits: size of physical addresses as TCR_ELx.(I)PS has it: 32, 36, 40, 42, 44 or
 *	48; 52 with 64K granules (FEAT_LPA) or @lpa2
 * @lpa2: TCR_ELx.DS, with 4K and 16K granules (FEAT_LPA2): descriptors have
 *	room for 52 bits of output address and none for shareability
 * @regime: whose translation
 * @half: TTBR0 or TTBR1
 * @hw_updates: TCR_ELx.HA or HD is on, so that hardware writes AF and dirty state
 * @present_invalid: bits that mark an *invalid* descriptor as one that still holds a
 *	mapping; 0 if there are none. Linux: PTE_PRESENT_INVALID
 * @table_attrs: hierarchical and software bits of every new table descriptor, less
 *	those that would take a permission away from what is below it. Linux:
 *	PXNTable or UXNTable and AF
 */
struct lm_format_config {
	uint8_t granule_shift;
	uint8_t ia_bits;
	uint8_t oa_bits;
	bool lpa2;
	enum lm_regime regime;
	enum lm_half half;
	bool hw_updates;
	uint64_t present_invalid;
	uint64_t table_attrs;
};

/**
 * struct lm_level - the geometry of one level
 * @shift: log2 of the bytes that one entry maps
 * @entries: entries of a table on this level (fewer at the start level)
 * @run: entries of a contiguous run; 1 if the level has none
 * @leaf: whether an entry can be a block or a page
 */
struct lm_level {
	uint8_t shift;
	bool leaf;
	uint16_t run;
	uint32_t entries;
};

/**
 * struct lm_format - the geometry of one translation, as data
 * @config: what lm_format_init() was asked for
 * @base: first input address
 * @start_level: the root's, -1 to 3
 * @oa: where descriptors have their output address
 * @not_attrs: bits that no leaf's attributes can have: they are something else, or
 *	reserved in this regime
 * @levels: from LM_FIRST_LEVEL; above the start level unused
 */
struct lm_format {
	struct lm_format_config config;
	uint64_t base;
	int start_level;
	struct lm_oa_layout oa;
	uint64_t not_attrs;
	struct lm_level levels[LM_LEVELS];
};

/**
 * lm_format_init() - compute the geometry of a translation
 * @fmt: filled in
 * @config: what is wanted
 *
 * Context: any.
 * Return: 0; -LM_EFORMAT if there is no such translation or linmap does not
 * know it (lm_format_refusal() says why), and @fmt is untouched.
 */
int lm_format_init(struct lm_format *fmt, const struct lm_format_config *config);

/**
 * lm_format_refusal() - why there is no such translation
 * @config: what is wanted
 *
 * Context: any.
 * Return: one sentence that names the combination and why it is none; NULL if
 * there is nothing wrong with it.
 */
const char *lm_format_refusal(const struct lm_format_config *config);

/* The geometry of @level, from fmt->start_level to LM_LAST_LEVEL. */
static inline const struct lm_level *lm_level(const struct lm_format *fmt, int level)
{
	return &fmt->levels[level - LM_FIRST_LEVEL];
}

/* Bytes of one table, and of one page. */
static inline size_t lm_granule_size(const struct lm_format *fmt)
{
	return (size_t)1 << fmt->config.granule_shift;
}

/* Bytes that one entry on @level maps. */
static inline uint64_t lm_entry_size(const struct lm_format *fmt, int level)
{
	return UINT64_C(1) << lm_level(fmt, level)->shift;
}

/* --------------------------------------------------- the embedder's machine */

/* What an allocator is asked for when it is not a table: memory of an edit. */
#define LM_LEVEL_NONE (LM_LAST_LEVEL + 1)

/**
 * lm_alloc_fn - get translation tables
 * @ctx: the embedder's
 * @level: the level the tables are for, or LM_LEVEL_NONE for a granule of
 *	memory that linmap keeps notes in
 * @wanted: how many, at least 1
 * @first: where to put the address of the first one
 *
 * Answers with a run of adjacent tables, as many as convenient: linmap asks
 * again for the rest. Tables are one granule in size and alignment; they need
 * not be zeroed. Mapping and splitting use this one type; taking from an
 * edit's reserve is a function of it too.
 *
 * Return: how many there are, 1 to @wanted; 0 if there is no memory.
 */
typedef size_t lm_alloc_fn(void *ctx, int level, size_t wanted, lm_pa_t *first);

/* Why a table comes back: what the embedder needs to free it as what it is. */
enum lm_origin {
	LM_UNUSED,  /* from lm_alloc_fn, never part of the map */
	LM_RETIRED, /* was part of the map, and nobody can reach it any more */
};

/**
 * lm_free_fn - take back translation tables
 * @ctx: the embedder's
 * @level: as they were asked for
 * @first: address of the first one
 * @tables: how many adjacent ones
 * @origin: where they have been
 *
 * They need not come back in the runs in which they were given.
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
 * struct lm_env - the embedder's callbacks
 * @ctx: handed to each of them
 * @alloc: gets tables; never called inside a window. NULL, like @free, for maps that
 *	are only looked at
 * @free: takes back tables of one level; never called inside a window
 * @table: address at which the CPU can reach the table at @pa. For maps that are only
 *	looked at, NULL if there is no memory: walks pass such a table by, as if it
 *	mapped nothing
 * @move: for LM_SWITCH: take the executing CPU to the tables at @root, by way of
 *	empty ones and with everything invalidated in between; called inside a
 *	window. NULL if the port cannot. TTBR.CnP is clear from the first move until
 *	the commit returns. While the TTBR is empty nothing may use the map: profiling
 *	units that write memory through it (SPE, TRBE) are stopped and drained by the
 *	port before, and firmware events that no mask keeps out (SDEI) are masked; see
 *	docs/parking.md
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
	LM_CHANGE_OUTPUT,      /* output address, memory type, not-global to global */
	LM_CHANGE_NOT_GLOBAL,  /* global to not-global */
	LM_CHANGE_PERMISSIONS, /* of pages and blocks; or of being valid, of runs, too */
	/*
	 * Attributes of a contiguous run that stays one: its entries change one by one,
	 * and members that differ are a misprogrammed hint (Arm ARM D8.7.1). Beside
	 * the kind of change that it is. Not if it is of being valid, of bits for
	 * software, or of invalid leaves; nor if members differ as hardware itself
	 * makes them, in AF and dirty state (D8.5).
	 */
	LM_CHANGE_RUN,
	LM_CHANGES,
};

/* Who can walk the entry meanwhile. */
enum lm_walkers {
	LM_WALKED_BY_NONE,	 /* all are parked off it, or on other tables */
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

struct lm_range {
	lm_va_t start;
	uint64_t size; /* bytes, a multiple of the granule */
};

enum lm_leaf_kind { LM_SINGLE, LM_RUN, LM_LEAF_KINDS };

/**
 * struct lm_census - how many leaves of each size there are
 * @leaves: by level (less LM_FIRST_LEVEL) and kind. A contiguous run is one
 *	leaf: entries of adjacent memory that all have the hint. Where one has not, or
 *	is no such leaf, there is no run, and each entry counts by itself. Invalid
 *	descriptors that hold a mapping count
 * @stray_hints: pages among them that have a hint and are in no run: hardware may take
 *	them for one, so an edit to pages takes the hint away
 * @large_tables: tables by level, the root apart, that lead to a leaf larger
 *	than a page, or to a stray hint: what a switch would copy
 * @first_large, @last_large: where the outermost of these are, linmap's
 * @tables_unknown: @large_tables is not known: leaves were put down in no order,
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
 * Which leaves linmap may put down in a region. A larger one that was there before
 * and is split in part leaves what the next level has.
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
 * @longest_contiguous: bytes of the longest contiguous run that linmap puts down there;
 *	0: no limit. A longer one that was there before is still a run
 * @census: its leaves, kept while mapping and editing
 * @next: linmap's
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
 * @where: the address that the last refused call was about
 */
struct lm_map {
	struct lm_format fmt;
	struct lm_env env;
	lm_pa_t root;
	struct lm_region *regions;
	uint64_t generation;
	struct lm_window *window;
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
 * @region: name, range and flags set by the caller, who keeps it alive; once
 *
 * Takes the census of what the range maps already by one walk, out of the
 * region around it if there is one.
 *
 * Context: any, but not inside a window; the map's lock.
 * Return: 0; -LM_EINVAL if the range is empty, unaligned, outside the input
 * range or crosses a region's border, or the region was added before; -LM_EEXIST if a
 * leaf crosses its border (map->where); -LM_EWINDOW inside a window.
 */
int lm_map_add_region(struct lm_map *map, struct lm_region *region);

/**
 * lm_region_recount() - take a region's census anew
 * @map: the map
 * @region: one of its regions
 *
 * After somebody has changed leaf sizes, or hints, in it without linmap: plans would be
 * wrong.
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
 * same attributes may be in the way already and stay as they are. All or
 * nothing: the tables are counted and got first.
 *
 * What it returns 0 for can be used as @attrs says: a leaf below a table that takes
 * some of that away (Arm ARM D8.4.2) is refused. Tables take away what their
 * hierarchical attributes say: those of config.table_attrs that suited the leaf that
 * a new table was made for, or whatever was in tables that somebody else made.
 *
 * Context: may sleep; the map's lock.
 * Return: 0; -LM_EINVAL for a range or address that is unaligned, empty, too
 * large, or attributes with bits of type or address in them, or as the architecture
 * reserves them (SH 0b01; AP[1] clear in a regime without EL0); -LM_EREGION;
 * -LM_EEXIST if something else is mapped at map->where; -LM_ETABLE if a table
 * above map->where takes away what @attrs give; -LM_ENOMEM; -LM_EWINDOW.
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
	LM_NONE_HELD,	/* every CPU goes on */
};

/**
 * struct lm_window - the proof that the map may be changed now
 *
 * The only key to a commit. Opened by whoever has made it true: a parking
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
 * Return: 0; -LM_EINVAL if there is no such leader; -LM_EWINDOW if a window is
 * open on this map already.
 */
int lm_window_open(struct lm_window *window, struct lm_map *map,
		   const struct lm_cpus *cpus, unsigned int leader, enum lm_hold hold);

/**
 * lm_window_close() - the others may be let go
 * @window: an open window
 *
 * Context: window; the map's lock.
 */
void lm_window_close(struct lm_window *window);

/* ----------------------------------------------------------------- parking */

/**
 * struct lm_park_port - what parking needs of a port
 * @ctx: handed to each
 * @call: make a CPU call lm_park_answer(), by an interrupt for instance. What
 *	linmap stored before must be visible before (DSB ISHST before an SGI); the
 *	CPU acknowledges the call before it answers
 * @expired: whether the leader has waited too long; asked while it waits
 * @relax: a moment's rest in a loop
 * @leave_map: on a CPU that is to be held: exceptions masked, TTBR of the map to
 *	an empty table with CnP clear, ISB, TLBI of all of it, DSB, ISB; from here to
 *	@enter_map it runs, and waits, in code and memory that the map does not
 *	translate, and no unit of this CPU uses the map either: SPE and TRBE are off
 *	and drained, SDEI is masked (docs/parking.md)
 * @enter_map: the reverse: TTBR to the map, ISB
 */
struct lm_park_port {
	void *ctx;
	void (*call)(void *ctx, unsigned int cpu);
	bool (*expired)(void *ctx);
	void (*relax)(void *ctx);
	void (*leave_map)(void *ctx, unsigned int cpu);
	void (*enter_map)(void *ctx, unsigned int cpu);
};

/**
 * struct lm_park - where CPUs are held while one of them commits
 * @word: generation in the upper half, CPUs that are held in the lower half
 * @cpus: how many there are, the leader among them
 * @last_held: of each CPU, the last generation that it was held in
 */
struct lm_park {
	uint64_t word;
	unsigned int cpus;
	uint32_t *last_held;
};

/**
 * lm_park_init() - nobody is held
 * @park: filled in
 * @last_held: memory for one word for each CPU, owned by the caller
 * @cpus: how many CPUs there are
 *
 * Context: any, before the first use; the caller's.
 */
void lm_park_init(struct lm_park *park, uint32_t *last_held, unsigned int cpus);

/**
 * lm_park_gather() - hold all CPUs but the caller's
 * @park: the place
 * @port: the port
 * @leader: the caller's CPU; one leader at a time
 * @culprit: set to the first CPU that did not come, on -LM_ETIMEOUT
 *
 * Behind it lm_window_open() with LM_OTHERS_HELD is the truth.
 *
 * Context: exceptions masked on the leader's CPU from before this call until
 * lm_park_let_go(): it must not answer the call of an earlier leader itself.
 * Waits without a bound for CPUs that are on their way back from an earlier
 * gathering.
 * Return: 0; -LM_EINVAL if there is no such leader; -LM_ETIMEOUT: everybody was let go
 * again, and a CPU that comes late is not held.
 */
int lm_park_gather(struct lm_park *park, const struct lm_park_port *port,
		   unsigned int leader, unsigned int *culprit);

/**
 * lm_park_let_go() - end what lm_park_gather() began, if it succeeded
 * @park: the place
 *
 * Context: the leader's, window closed, invalidations complete.
 */
void lm_park_let_go(struct lm_park *park);

/**
 * lm_park_answer() - be held, if the leader still asks for it
 * @park: the place
 * @port: the port
 * @cpu: the caller's
 *
 * The held side, for ports whose code and stack the map does not translate; a
 * kernel that is in the map does the same in identity-mapped assembly.
 *
 * Context: exceptions masked.
 * Return: whether it was held; false if it came too late.
 */
bool lm_park_answer(struct lm_park *park, const struct lm_park_port *port,
		    unsigned int cpu);

/* -------------------------------------------------------------------- edit */

/**
 * enum lm_way - how an edit reaches the map
 * @LM_IN_PLACE: inside the window each table is taken from the reserve, filled
 *	and linked. The stop grows with memory
 * @LM_LIVE: the new tables are filled before; inside the window each leaf that
 *	goes is replaced by one store, after the contiguous hints around it
 * @LM_BREAK: as live, but every leaf that goes is made invalid and out of the
 *	TLBs before what replaces it is stored. Nothing that is needed meanwhile
 *	may lie behind those leaves: see lm_edit_needs()
 * @LM_SWITCH: all tables above what changes are copied, before. Inside the window
 *	the leader moves to a clone of the root, stores the few changed entries
 *	of the real one, which nobody walks then, and moves back
 *
 * In place and live need every CPU that can walk the map meanwhile to be level
 * 3. Break and switch need that nobody but the leader can walk it, and care
 * about nobody's level; switch needs env->move.
 */
enum lm_way { LM_IN_PLACE, LM_LIVE, LM_BREAK, LM_SWITCH, LM_WAYS };

/**
 * struct lm_plan - what an edit takes, exactly
 * @new_tables: new tables by level (less LM_FIRST_LEVEL)
 * @copied_tables: switch: tables on the way to what changes that are copied, by
 *	level, the root's clone among them
 * @retired_tables: collapse: tables whose place a leaf takes, by level. What switch
 *	copies is retired too
 * @leaves: leaves that go
 * @updates: entries that the commit changes; in place: those that were there. Not
 *	those that only change attributes in place or live, behind all others
 * @replaced: switch: entries of copies where a table takes a leaf's place, or a leaf
 *	a table's
 * @log_granules: granules of memory for the lists of all these, and a snapshot of each copied
 *	table but the root
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

#define LM_EDIT_RANGES 8

/* Ranges that an edit was told. */
struct lm_range_list {
	struct lm_range ranges[LM_EDIT_RANGES];
	unsigned int count;
	bool is_short; /* there was one more */
};

/* A run of adjacent tables. */
struct lm_table_run {
	lm_pa_t first;
	uint64_t tables;
};

/* Tables in hand: the run that is handed out from, and those that come behind it. */
struct lm_pool {
	struct lm_table_run open;
	lm_pa_t next;
	uint64_t tables; /* of all */
};

/*
 * Tables in hand, a pool for each level and one for notes: those that an edit owns,
 * or a deposit of the embedder's, see lm_edit_deposit(). linmap's.
 */
struct lm_reserve {
	const struct lm_map *map;
	struct lm_reserve *deposit;
	enum lm_origin origin;
	struct lm_pool pools[LM_LEVELS + 1];
};

/*
 * A table that a walk has come through: its descriptor; its copy, if there is one, and
 * what it held then; hierarchical attributes of its descriptor and of those above.
 */
struct lm_step {
	uint64_t attrs;
	lm_desc_t *slot;
	lm_desc_t desc;
	lm_desc_t *copy;
	const lm_desc_t *snapshot;
	bool is_copied; /* in the plan */
};

/* Entries that change or are replaced, in address order; or tables that are copied. */
struct lm_update_list {
	struct lm_log *first;
	struct lm_log *last;
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

/* What goes when leaves become one larger leaf, and what comes. */
struct lm_merge {
	uint64_t leaves[LM_LEVELS][LM_LEAF_KINDS];
	uint64_t stray_hints;
	uint64_t tables[LM_LEVELS];
	uint64_t above[LM_LEVELS]; /* hierarchical attributes of these, or-ed */
	lm_desc_t leaf;		   /* its first entry, without a hint */
	int level;
	uint32_t entries; /* 1, or those of a run */
	uint64_t start;	  /* offset at which it begins */
	uint64_t end;
	uint64_t at; /* up to here all fits */
};

struct lm_goal;

/**
 * struct lm_edit - one change in flight
 * @map: what it changes
 * @plan: filled by lm_edit_plan()
 * @where: the address that the last refused step was about
 * @culprit: the CPU that a commit was refused for with -LM_EUNSAFE
 * @obstacle, @obstacle_va: collapse: what stood in the way first, and where; filled
 *	by lm_edit_plan() also if other leaves can be formed
 *
 * Owned by the caller, in static memory or on a stack that has room for its 1.5 KiB.
 * The rest is linmap's.
 */
struct lm_edit {
	struct lm_map *map;
	struct lm_plan plan;
	lm_va_t where;
	unsigned int culprit;
	enum lm_obstacle obstacle;
	lm_va_t obstacle_va;

	const struct lm_goal *goal;
	struct lm_leaf_change change;
	unsigned int changes; /* a bit for each enum lm_change */
	struct lm_range range;
	struct lm_range_list exceptions;
	struct lm_range_list needs;
	bool locked;
	struct lm_region *region;
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
 * @range: granule aligned; all of it inside one region, what lies in regions
 *	inside that one has to be excepted
 *
 * Leaves across the border of the range are split as far as that needs.
 *
 * Context: any; the caller's. What is wrong with the range is told by
 * lm_edit_plan().
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
 * Context: any; the caller's. What is wrong with the range is told by
 * lm_edit_plan().
 */
void lm_edit_to_boundaries(struct lm_edit *edit, struct lm_map *map,
			   struct lm_range range);

/* A change of attributes. */
static inline struct lm_leaf_change lm_change_attrs(lm_attrs_t set, lm_attrs_t clear)
{
	return (struct lm_leaf_change){ set.v, clear.v };
}

/* To make leaves invalid without losing what they map: they get the mark of such. */
static inline struct lm_leaf_change lm_change_to_invalid(const struct lm_format *fmt)
{
	return (struct lm_leaf_change){ fmt->config.present_invalid, LM_DESC_VALID };
}

/* And valid again. Where the mark means something else on valid leaves, @attrs has it. */
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
 * Splits the leaves at its ends first, as lm_edit_to_boundaries() does, and changes
 * whole leaves then: in place and live behind the invalidation that the split takes.
 * Leaves that are invalid and hold a mapping are changed too, and stay invalid unless
 * that is the change. What kind of change it is decides how it may be committed, see
 * lm_rule(): another memory type takes break or switch; permissions of pages and
 * blocks may be changed live where no leaf has to be split, whatever the CPUs are, those
 * of runs while every CPU that walks is level 3. The mark of leaves that stay invalid
 * stays, too.
 *
 * linmap changes descriptors of leaves only. A permission that a table above takes
 * away cannot be given: lm_edit_plan() returns -LM_ETABLE, as lm_map_range()
 * does. What was taken away before the change may stay so. A leaf that the change
 * would make one that the architecture reserves is refused with -LM_EINVAL, however
 * the bits came together: SH 0b01 also where one of its bits was there. Where hardware
 * manages dirty state, a leaf is read-only only if LM_ATTR_DBM is cleared too; another
 * memory type takes the cache maintenance of Arm ARM B2.7 from the embedder.
 *
 * Context: any; the caller's. What is wrong is told by lm_edit_plan().
 */
void lm_edit_protect(struct lm_edit *edit, struct lm_map *map, struct lm_range range,
		     struct lm_leaf_change change);

/**
 * lm_edit_non_global() - begin an edit that makes every leaf of a map not-global
 * @edit: filled in
 * @map: the map, all regions of it
 *
 * For KPTI. By switch or break only: entries of both kinds for one address must not
 * meet in the TLB of any CPU, the committer's included, so even that walks other
 * tables meanwhile. They are the copies that a switch plans, reserves and stages.
 * There are no exceptions, and EL2 and EL3 alone have nothing that is not global:
 * lm_edit_plan() refuses both. Leaves of a volatile region are copied as all others,
 * so the embedder stops who writes them, and takes the flag off, from stage to commit.
 *
 * Context: any; the caller's.
 */
void lm_edit_non_global(struct lm_edit *edit, struct lm_map *map);

/**
 * lm_edit_collapse() - begin an edit that goes back to the largest leaves
 * @edit: filled in
 * @map: the map
 * @range: granule aligned; as for lm_edit_to_pages(). No leaf is formed across its
 *	ends, or that the region's flags do not want
 *
 * Tables whose leaves map what one leaf can give way to that leaf, and entries that
 * can form a contiguous run get its hints. What hierarchical attributes of the
 * tables took away the new leaves do not give. The tables are retired, see
 * lm_edit_deposit(). What stands in the way of a leaf is in edit->obstacle. By live,
 * break or switch.
 *
 * Context: any; the caller's. What is wrong with the range is told by
 * lm_edit_plan().
 */
void lm_edit_collapse(struct lm_edit *edit, struct lm_map *map, struct lm_range range);

/**
 * lm_edit_except() - leave a part of the range as it is
 * @edit: an edit that was not planned yet
 * @range: granule aligned
 *
 * Context: any; the caller's. At most LM_EDIT_RANGES; one more is told by
 * lm_edit_plan().
 * After the plan it spoils the edit: every step returns -LM_ESTATE.
 */
void lm_edit_except(struct lm_edit *edit, struct lm_range range);

/**
 * lm_edit_locked() - promise that nobody else changes these tables meanwhile
 * @edit: an edit that was not planned yet
 *
 * The caller holds a lock from stage to commit that everybody takes who writes the
 * tables on the way to the range, or any leaf in them. A switch is then committed
 * without comparing what was copied with what is there now, and a collapse without
 * looking again at every leaf that it replaces: that part of the stop grows with the
 * range otherwise.
 *
 * Context: any; the caller's.
 */
void lm_edit_locked(struct lm_edit *edit);

/**
 * lm_edit_needs() - name what must stay mapped during a break
 * @edit: an edit that was not planned yet
 * @range: input addresses of the code that runs, its stack, its data. Known without
 *	being named are the tables, the map, the edit and its own memory, the page
 *	that lm_edit_commit() is in, and the stack where it is staged. Name the text
 *	of linmap and of the port altogether, and the stack of whoever commits
 *
 * Context: any; the caller's. At most LM_EDIT_RANGES; one more is told by
 * lm_edit_plan().
 */
void lm_edit_needs(struct lm_edit *edit, struct lm_range range);

/**
 * lm_edit_touches() - whether a leaf that maps part of a range is to go
 * @edit: an edit in any state before its commit
 * @range: input addresses; those that the map does not translate are not touched
 *
 * The question about self-cover: is what the CPU needs behind what changes?
 *
 * Context: any; the map's lock. One walk over @range.
 */
bool lm_edit_touches(const struct lm_edit *edit, struct lm_range range);

/**
 * lm_deposit_init() - have an empty deposit
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
 * Whatever the edit gives back goes to the deposit instead of the embedder's
 * allocator, and lm_edit_reserve() asks the deposit first. So a block that was
 * collapsed with a deposit can be split again with it, and needs no memory for that.
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
 * @way: set to the choice; on -LM_EUNSAFE to the one that is in question
 * @culprit: set to a CPU that stands in the way, on -LM_EUNSAFE
 *
 * Live if whoever can still walk tolerates it; else switch, if the port can
 * move; else break, which staging refuses if it would cut off what is needed.
 *
 * Context: any; the map's lock. Where attributes change, two walks of the range.
 * Return: 0; -LM_EINVAL if there is no such leader; -LM_EUNSAFE.
 */
int lm_choose_way(const struct lm_edit *edit, const struct lm_cpus *cpus,
		  unsigned int leader, enum lm_hold hold, enum lm_way *way,
		  unsigned int *culprit);

/**
 * lm_edit_plan() - count exactly what the edit takes
 * @edit: a new edit
 * @way: how it will be committed
 *
 * To pages, O(1) from the census if the range is a whole region and the exceptions are the
 * regions inside it (for a switch also: if the region was mapped in order, and not
 * edited in part); else one walk that does not descend below a leaf.
 *
 * Context: any, also for sizing a static pool before there is an allocator; the
 * map's lock.
 * Return: 0, and edit->plan holds the counts; -LM_EWAY if the embedder's
 * callbacks or the goal do not allow this way; -LM_ENOLEAF if there is nothing to
 * collapse (edit->obstacle); -LM_EINVAL for an unknown way, or a wrong range,
 * exception or change, -LM_EREGION for one that is not the region's
 * (edit->where); -LM_EINVAL, too, for a leaf that the change would make reserved, and
 * -LM_ETABLE for one that would get what a table above takes away (edit->where);
 * -LM_EHWUPDATE for a leaf that cannot be copied (edit->where; found
 * by the walk, or else by staging); -LM_ESTALE if the walk finds more leaves than
 * the census knows of (lm_region_recount()); -LM_ESTATE if it was planned before.
 */
int lm_edit_plan(struct lm_edit *edit, enum lm_way way);

/**
 * lm_edit_reserve() - get every table that the edit will need
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
 * lm_region_recount() and lm_edit_commit(). It does not advance with lm_protect(), with
 * the access flag and dirty state that hardware writes, or with stores made without
 * linmap. These are allowed until lm_edit_stage() begins: staging counts what it does as
 * the plan did, and returns -LM_ESTALE, with nothing changed, if the two differ; then
 * release the edit and plan again, after lm_region_recount() if leaf sizes or hints
 * changed. From then on, until lm_edit_commit() has returned, nobody may write the
 * leaves of the edit's range or the tables on the way to them. The commit looks again at
 * the entries that it changes and, unless lm_edit_locked() was called, at what a switch
 * copied and what a collapse replaces, and returns -LM_ESTALE, with nothing changed, if
 * these are not what was staged; a leaf that was as wanted when it was staged is not
 * looked at again.
 *
 * The caller may go on on another CPU in the middle of it, and commit on a third one, as
 * long as each of these passes on what was stored before: by release and acquire, which
 * every scheduler's context switch and every lock has. Then the one DSB ISHST at the end
 * covers all that was stored: the CPU that executes it has observed the stores of the
 * others, and what one CPU has observed is observed by all, walkers included (Arm ARM B2.3,
 * other-multi-copy atomic, and DSB).
 *
 * Context: preemptible, no allocation; the map's lock.
 * Return: 0; -LM_ESTATE; -LM_ESTALE: edit->where is the first leaf for which more was
 * needed than planned, or the start of the range if less was; -LM_EHWUPDATE, -LM_ESELF or
 * -LM_EVOLATILE (edit->where); -LM_EWINDOW inside a window.
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
 * TLBs of all CPUs. Behind the first store only -LM_EBUG could be returned, and that
 * would be one.
 *
 * Context: window; the map's lock.
 * Return: 0; -LM_ESTALE if the map is not what was planned (edit->where);
 * -LM_EUNSAFE if a CPU that can walk the map does not tolerate it
 * (edit->culprit); -LM_EHWUPDATE; -LM_ESTATE; -LM_EWINDOW if it is not this map's window.
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
 * -LM_EWINDOW inside a window.
 */
int lm_edit_abort(struct lm_edit *edit);

/**
 * lm_edit_release() - give back what an edit holds
 * @edit: an edit in any state; again is harmless
 *
 * After a commit that is the notes and whatever tables were left; before it,
 * everything. The edit keeps its plan for whoever wants to report it.
 *
 * Context: may sleep; the map's lock. Behind a switch, or a collapse, after all walks
 * without the lock that began before the commit: they may be in tables that are
 * retired.
 * Return: 0; -LM_EWINDOW inside a window, and the edit keeps everything.
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
 * @walkers: who can walk the range meanwhile, as for lm_rule(); the caller's CPU counts
 * @where: set to the address that a refusal is about; NULL if nobody asks
 *
 * One store for each entry of a leaf, then the TLBs: by address if it is a few pages.
 * For guard pages, KFENCE, secretmem: what an edit has made pages of. Needs no
 * window, no memory and no edit, counts nothing, and may run beside an edit of the
 * same map elsewhere: a region where that happens is LM_VOLATILE.
 *
 * Pages and blocks may be walked by any CPU meanwhile. A contiguous run is changed entry
 * by entry: with LM_WALKED_BY_INTOLERANT that is refused, see LM_CHANGE_RUN, unless it
 * becomes invalid, or valid, as a whole. An edit by break or switch changes it, or makes
 * pages of it.
 *
 * Source: Linux arch/arm64/mm/pageattr.c, set_memory_valid().
 * Context: any; no lock, but nobody else changes the same leaves meanwhile. It is a
 * walk without the lock for whoever releases an edit.
 * Return: 0; -LM_EINVAL for a wrong range or change, or a leaf that it would make
 * reserved; -LM_EUNSAFE if @walkers do not allow the change; -LM_ESIZE if a leaf reaches
 * beyond the range: an edit has to split it; -LM_EHWUPDATE; -LM_ETABLE if a table
 * above takes away what a leaf would get. Nothing has changed then.
 */
int lm_protect(const struct lm_map *map, struct lm_range range,
	       struct lm_leaf_change change, enum lm_walkers walkers, lm_va_t *where);

/* -------------------------------------------------------------------- walk */

enum lm_walk_next {
	LM_WALK_NEXT,	 /* on behind the item */
	LM_WALK_DESCEND, /* into the table that item->desc names */
	LM_WALK_THROUGH, /* below the item, as if a table of item->child stood there */
	LM_WALK_MEMBERS, /* the entries of this run again, one by one: see lm_walk() */
};

/**
 * struct lm_walk_item - what a walk has come to
 * @va: first input address of the item
 * @level: level of its entry
 * @entries: 1, or the length of a contiguous run, which is one item if all its entries
 *	are leaves with the hint, of adjacent memory; else each entry is an item
 * @member: one of a run whose visitor asked for the members
 * @linked: in a table that was reached through descriptors in memory that were
 *	there before the walk; false below what a visitor put or looked through
 * @slot: its first descriptor, NULL where there is no memory (LM_WALK_THROUGH)
 * @desc: its first descriptor's value
 * @child: LM_WALK_THROUGH: the first entry below
 *
 * A visitor may change @desc and @child, to say where to go next, and
 * @entries, to say how many it took care of.
 */
struct lm_walk_item {
	lm_va_t va;
	int level;
	uint32_t entries;
	bool member;
	bool linked;
	lm_desc_t *slot;
	lm_desc_t desc;
	lm_desc_t child;
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
 * Beside an edit, without the lock, each descriptor that is read is either what it
 * was or what it becomes, and leads to memory that is mapped there. But two of them
 * may be of different times: the members of a run may have changed since they were
 * looked at; LM_WALK_MEMBERS then shows the entries as they are. The walk never goes
 * back: of a run whose first entry it has passed, the rest comes entry by entry. While a break is committed, leaves are missing. What an edit retired is
 * read on, see lm_edit_release().
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

#endif
