/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of the machine model have in common: the machine, its two clocks, the
 * descriptor bits as the Arm ARM has them, and which file calls which. Nobody outside
 * sim/ includes this.
 *
 * cpu.c, store.c and alloc.c carry out what the code under test asks for. They call
 * tlb.c (conflicts), runs.c (runs whose members differ), clean.c (what is stale), fetch.c
 * (what is executed), updates.c (what hardware writes to tables) and access.c (what the
 * running code itself needs). These draw conclusions from tables.c (where tables are
 * linked), holders.c (which CPUs may hold what), late.c (what accesses under way may still
 * use) and diff.c (how two sets of tables differ).
 *
 * spans.c changes what holders.c reads: which CPU walked what and when. lost.c fills
 * log.c (translations that died), and address.c takes from it what TLB maintenance by
 * address removes. unseen.c has the stores that walkers may not see yet, shadow.c what
 * tables should contain, pool.c their memory. mmu.c reads tables. past.c remembers the
 * last events, and why.c explains findings with them. trace.c writes lines and keeps
 * findings. No two files need each other in a circle.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include <limits.h>

#include "sim.h"

#define SIM_WHY_SIZE sizeof(((struct sim_finding *)0)->why)

/* ------------------------------------------------- descriptors (Arm ARM D8.3) */

#define SIM_FIRST_LEVEL (-1)
#define SIM_LAST_LEVEL	3
#define SIM_LEVELS	(SIM_LAST_LEVEL - SIM_FIRST_LEVEL + 1)

#define SIM_BIT(n) (UINT64_C(1) << (n))

#define SIM_DESC_VALID	    SIM_BIT(0)
#define SIM_DESC_TABLE	    SIM_BIT(1) /* at level 3: page */
#define SIM_DESC_NS	    SIM_BIT(5)
#define SIM_DESC_EL0	    SIM_BIT(6) /* AP[1] */
#define SIM_DESC_READ_ONLY  SIM_BIT(7) /* AP[2] */
#define SIM_DESC_NOT_GLOBAL SIM_BIT(11)
#define SIM_DESC_ACCESSED   SIM_BIT(10) /* AF */
#define SIM_DESC_NT	    SIM_BIT(16) /* of a block: no TLB of a CPU with FEAT_BBM has it */
#define SIM_DESC_DBM	    SIM_BIT(51) /* the MMU may clear AP[2] */
#define SIM_DESC_CONTIGUOUS SIM_BIT(52)
#define SIM_DESC_PXN	    SIM_BIT(53)
#define SIM_DESC_UXN	    SIM_BIT(54) /* XN in a regime of one range */

/* Hierarchical attributes, of a table descriptor. */
#define SIM_TABLE_PXN	    SIM_BIT(59)
#define SIM_TABLE_UXN	    SIM_BIT(60) /* XNTable in a regime of one range */
#define SIM_TABLE_NO_EL0    SIM_BIT(61)
#define SIM_TABLE_READ_ONLY SIM_BIT(62)
#define SIM_TABLE_NS	    SIM_BIT(63)

struct sim_level {
	uint64_t size, run_size; /* bytes that an entry maps, and a run */
	uint64_t in_place;	 /* bits of a leaf that are its output address */
	unsigned int shift;	 /* log2 of @size */
	unsigned int run;	 /* entries of a contiguous run; 0: none */
	unsigned int entries;	 /* of a table */
	bool block;		 /* may an entry be a leaf? */
};

/* The geometry of tables, as data. */
struct sim_geometry {
	int start; /* level of the root */
	struct sim_level levels[SIM_LEVELS];
	uint64_t base;	     /* first input address */
	uint64_t range_mask; /* input bits */
	uint64_t granule_size;
	uint64_t root_size; /* bytes, and its alignment; a granule at most */

	/*
	 * Where a descriptor has its output address; a block's has fewer of these bits.
	 */
	uint64_t in_place;
	uint64_t moved; /* bits that hold higher address bits, moved by this many places */
	uint8_t moved_by;
	uint64_t beyond; /* bits that must be zero: above the output size */

	uint64_t attrs; /* what walkers see of a leaf beside its address */
	uint64_t type;	/* of these: must not change while an old entry can be in a TLB */
	uint64_t not_global;  /* nG, in regimes that have ASIDs */
	uint64_t table_attrs; /* hierarchical attributes */
};

static inline const struct sim_level *sim_level(const struct sim_geometry *geo, int level)
{
	return &geo->levels[level - SIM_FIRST_LEVEL];
}

static inline unsigned int sim_shift(const struct sim_geometry *geo, int level)
{
	return sim_level(geo, level)->shift;
}

static inline unsigned int sim_entries(const struct sim_geometry *geo, int level)
{
	return sim_level(geo, level)->entries;
}

/* Entries of a contiguous run; 0: none. */
static inline unsigned int sim_run(const struct sim_geometry *geo, int level)
{
	return sim_level(geo, level)->run;
}

enum sim_desc_kind { SIM_INVALID, SIM_LEAF, SIM_TABLE };

static inline enum sim_desc_kind sim_desc_kind(const struct sim_geometry *geo, int level,
					       uint64_t desc)
{
	/* Where the output address is too large, a walk faults, and nothing is cached. */
	if (!(desc & SIM_DESC_VALID) || (desc & geo->beyond))
		return SIM_INVALID;
	if (level == SIM_LAST_LEVEL)
		return desc & SIM_DESC_TABLE ? SIM_LEAF : SIM_INVALID;
	if (desc & SIM_DESC_TABLE)
		return SIM_TABLE;
	return sim_level(geo, level)->block ? SIM_LEAF : SIM_INVALID;
}

static inline uint64_t sim_entry_size(const struct sim_geometry *geo, int level)
{
	return sim_level(geo, level)->size;
}

static inline uint64_t sim_run_size(const struct sim_geometry *geo, int level)
{
	return sim_level(geo, level)->run_size;
}

static inline uint64_t sim_moved_output(const struct sim_geometry *geo, uint64_t desc)
{
	return (desc & geo->moved) << geo->moved_by;
}

static inline uint64_t sim_leaf_output(const struct sim_geometry *geo, int level,
				       uint64_t desc)
{
	return (desc & sim_level(geo, level)->in_place) | sim_moved_output(geo, desc);
}

static inline uint64_t sim_table_output(const struct sim_geometry *geo, uint64_t desc)
{
	return (desc & geo->in_place) | sim_moved_output(geo, desc);
}

/* The bits of a descriptor that hold the output address @pa. */
static inline uint64_t sim_output_bits(const struct sim_geometry *geo, uint64_t pa)
{
	return (pa & geo->in_place) | ((pa >> geo->moved_by) & geo->moved);
}

/* A block that is in no TLB of a CPU of BBM level 1 or more (Arm ARM D8.3.1, nT). */
static inline bool sim_desc_nt(int level, uint64_t desc)
{
	return level < SIM_LAST_LEVEL && (desc & SIM_DESC_NT);
}

/* Of a leaf: does it have the hint? */
static inline bool sim_desc_hinted(const struct sim_geometry *geo, int level,
				   uint64_t desc)
{
	return (desc & SIM_DESC_CONTIGUOUS) && sim_run(geo, level);
}

/* Index of @va's entry in its table of @level. */
static inline unsigned int sim_index(const struct sim_geometry *geo, int level,
				     uint64_t va)
{
	const struct sim_level *at = sim_level(geo, level);

	return (unsigned int)((va & geo->range_mask) >> at->shift) & (at->entries - 1);
}

static inline bool sim_in_range(const struct sim_geometry *geo, uint64_t va)
{
	return (va & ~geo->range_mask) == (geo->base & ~geo->range_mask);
}

/* ------------------------------------------------------------------ the machine */

/*
 * Leaves of one size that follow each other and map with one offset and the
 * same attributes: what a TLB holds of them, without an entry for each. Or
 * table descriptors of one level, whose tables follow each other, too.
 */
struct sim_mapping {
	uint64_t start, last; /* input addresses, inclusive */
	uint64_t offset;      /* output - input address; see sim_table_mapping() */
	uint64_t attrs;	      /* of struct sim_geometry */
	int level;
	bool contiguous;
	bool table;
	bool tagged; /* with an ASID: a leaf that is not global, or a table descriptor */
	bool nt;     /* nT: only CPUs of BBM level 0 hold it */
};

/* A TTL hint names the level of leaves; the descriptors on the way are above it. */
static inline bool sim_hint_includes(int level, const struct sim_mapping *mapping)
{
	return mapping->table ? mapping->level < level : mapping->level == level;
}

/* The part of @mapping in [@start, @last]. */
static inline struct sim_mapping sim_clip(const struct sim_mapping *mapping,
					  uint64_t start, uint64_t last)
{
	struct sim_mapping clipped = *mapping;

	if (clipped.start < start)
		clipped.start = start;
	if (clipped.last > last)
		clipped.last = last;
	return clipped;
}

/*
 * Times are epochs: the clock advances where a span of walking begins or ends and where a
 * TLBI is issued, unless the last tick was of the same kind. No TLB can tell apart two
 * events with no such moment between them.
 */
#define SIM_NEVER   UINT64_MAX	     /* still walked */
#define SIM_PENDING (UINT64_MAX - 1) /* replaced; the storing CPU's DSB is to come */

enum sim_tick { SIM_TICK_DEATH, SIM_TICK_OPEN, SIM_TICK_CLOSE, SIM_TICK_ISSUE };

/*
 * A CPU walked @root in [@since, @until) and has not invalidated that yet. What
 * it fetched includes table descriptors, from which it may go on fetching after
 * @until.
 */
struct sim_span {
	unsigned int root; /* index in struct sim's roots */
	uint64_t since, until;
	uint64_t since_tagged; /* of what is tagged with the root's ASID */
	bool only_global;      /* no tagged entries are left */
};

/* CPUs that cannot be told apart: by BBM level, walks, or what they may have cached. */
struct sim_class {
	unsigned int cpus; /* 0: not in use */
	uint8_t bbm_level;
	uint64_t ttbr; /* as last written */
	uint16_t asid;
	struct sim_span *spans;
	size_t span_count;
};

/* TLB maintenance by address or by ASID, issued and not complete. */
struct sim_range_tlbi {
	uint64_t start, last;
	uint64_t issued;
	bool broadcast, last_level;
	bool by_asid;	  /* of what is tagged, only entries of @asid */
	bool tagged_only; /* no global entries */
	bool hinted;	  /* by TTL: leaves of @level */
	uint16_t asid;
	int level;
};

struct sim_cpu {
	unsigned int class; /* index in struct sim's classes */
	uint8_t bbm_level;
	uint64_t saved; /* TTBR while held */
	uint16_t saved_asid;
	bool held, identity_mapped;
	bool sets_cnp, cnp; /* with the next write of TTBR; now */
	bool maybe_empty;   /* its walks may begin at an empty table */

	uint64_t tlbi_local, tlbi_all; /* issued at; 0 if complete */
	uint64_t tlbi_all_at;	       /* event of the last broadcast of everything */
	uint64_t broadcast_at; /* event of the last broadcast TLBI; 0 if complete */
	struct sim_range_tlbi *tlbis;
	size_t tlbi_count, tlbi_room;
	uint64_t ordered_at; /* all observers see plain stores up to this event */
	uint64_t *observed;  /* of each CPU, up to this event; or NULL */

	struct sim_dead *pending; /* translations this CPU replaced since */
	struct sim_unseen *unseen;
	unsigned int *needs; /* indices in struct sim's needs */
	size_t need_count, need_room;
};

/*
 * A root with an ASID, as in a TTBR, on which some CPU has a span; identified by its
 * index: a bit in a mask.
 */
#define SIM_ROOTS 64
#define SIM_CPUS  65536
struct sim_root {
	uint64_t pa;
	uint16_t asid;
	unsigned int spans, open; /* of classes */
};

/* A CPU that wrote a table, and the event. */
struct sim_writer {
	unsigned int cpu;
	uint64_t at; /* 0: nobody */
	bool logged; /* the table was walked: the log has what the stores replaced */
	struct sim_writer *next;
};

struct sim_copy {
	struct sim_copy *next, **link;
	uint64_t entries[];
};

/* What the model was told that a table contains. */
struct sim_told {
	bool any;
	uint64_t first, step;  /* of its entries, without @copy */
	struct sim_copy *copy; /* or all of them */
};

/* Where a table is linked beside the place where that was last seen. */
struct sim_place {
	int level;
	uint64_t va;
	struct sim_place *next;
};

/* What is known about memory that is, or was, a table. */
struct sim_table {
	uint64_t va; /* where it is linked, if @known */
	struct sim_place *others;
	uint64_t retired_va;	   /* where its last descriptor was lost, if @retired */
	struct sim_writer writer;  /* the stores that may need a DSB, of each CPU */
	struct sim_unseen *unseen; /* older values of its entries */
	int level;
	bool known, retired;
	struct sim_told told;
	size_t watched;		/* place in struct sim's watched, from 1; 0: not there */
	bool retired_elsewhere; /* and at other addresses before */
};

/* Code, stack or data that CPUs need. */
struct sim_need {
	uint64_t start, last;
	unsigned int *cpus;
	size_t cpu_count, cpu_room;
};

/* An event that bears on what TLBs hold. */
enum sim_past_kind { SIM_PAST_STORE, SIM_PAST_BARRIER, SIM_PAST_TLBI, SIM_PAST_TTBR };
struct sim_past {
	uint64_t event;
	unsigned int cpu;
	uint8_t kind; /* enum sim_past_kind */
	int8_t level; /* of a store; enum sim_barrier */
	bool all, broadcast, last_level, by_asid, hinted; /* TLBI; its @level */
	uint16_t asid;
	uint64_t start, last;	     /* addresses concerned */
	uint64_t pa, va, old, value; /* store; @value: TTBR */
	uint64_t above;		     /* store: of struct sim_change */
};

/* Why the next finding is one. */
struct sim_why {
	uint64_t store, old, value, since, tlbi;
	int length;
	char text[SIM_WHY_SIZE];
};

#define SIM_PLACES 16 /* at which a table is followed */

#define SIM_FINDINGS_KEPT 64
/* For leaves: one for each level, contiguous or not; then those for table descriptors. */
#define SIM_LEAF_TREES (2 * SIM_LEVELS)
#define SIM_LOG_TREES  (SIM_LEAF_TREES + SIM_LEVELS - 1)

struct sim {
	struct sim_config config;
	struct sim_geometry geo;
	unsigned int cpu; /* executes */
	struct sim_cpu *cpus;
	struct sim_class *classes;
	size_t class_count, class_room;
	uint64_t event, epoch;
	enum sim_tick ticked; /* kind of the last tick */

	uint8_t *pool;
	uint64_t pool_size;
	uint8_t *allocated;	  /* a byte for each granule */
	uint8_t *freed;		  /* the same: whether it was allocated once */
	uint8_t *divided;	  /* the same: whether smaller roots are recorded there */
	struct sim_table *tables; /* one for each place where a root can be */
	unsigned int table_shift; /* log2 of the distance of such places */
	uint64_t first_free;	  /* no free granule before it */
	uint64_t tables_allocated;
	uint64_t fail_in;
	uint64_t records; /* struct sim_writer and struct sim_place on the heap */

	struct sim_copy *copies; /* all of them */
	uint64_t *watched;	 /* tables compared with it */
	size_t watched_count, watched_room, watched_next;
	uint64_t comparing_since, compared_since; /* events: this round, the last one */

	struct sim_root roots[SIM_ROOTS];
	uint64_t active, walked; /* roots with a span; with one that goes on */

	struct sim_dead *log[SIM_LOG_TREES];
	uint64_t log_count, log_swept, log_living, log_serial;
	uint64_t unseen_count; /* struct sim_unseen of all CPUs */
	struct sim_late *late;

	bool one_map;
	uint64_t changed_at; /* event of the last change of tables that are walked; 0: since
			      * then a broadcast has removed everything */
	bool linear_map;
	uint64_t linear_offset;
	struct sim_need *needs;
	size_t need_count, need_room;
	uint64_t needs_start, needs_last; /* all of them lie between */

	sim_store_hook *hook;
	void *hook_ctx;
	bool in_stop;
	struct sim_events events, events_in_stop;

	struct sim_past *past; /* a ring */
	size_t past_count, past_room;
	struct sim_why why;

	struct sim_finding findings[SIM_FINDINGS_KEPT];
	size_t findings_kept;
	uint64_t finding_count[SIM_FINDING_KINDS];
};

/* Never NULL: a model that forgets would hide faults. */
void *sim_grow(void *array, size_t *room, size_t wanted, size_t size);

/* ----------------------------------------------------------------------- pool.c */

/* The table at @pa, or NULL if @pa is not in the pool. */
static inline uint64_t *sim_table_at(const struct sim *sim, uint64_t pa)
{
	uint64_t offset = pa - sim->config.pool_pa;

	return offset < sim->pool_size ? (uint64_t *)(void *)(sim->pool + offset) : NULL;
}

static inline uint64_t sim_granule_of(const struct sim *sim, uint64_t pa)
{
	return (pa - sim->config.pool_pa) >> sim->config.granule_shift;
}

static inline struct sim_table *sim_table_of(const struct sim *sim, uint64_t pa)
{
	return &sim->tables[(pa - sim->config.pool_pa) >> sim->table_shift];
}

static inline uint64_t sim_granule_pa(const struct sim *sim, uint64_t granule)
{
	return sim->config.pool_pa + (granule << sim->config.granule_shift);
}

bool sim_pool_init(struct sim *sim);
void sim_pool_fini(struct sim *sim);

/* ----------------------------------------------------------------------- views.c */

/* The executing CPU has written its TTBR. */
void sim_check_views(struct sim *sim);

/* ------------------------------------------------------------------------ mmu.c */

bool sim_geometry_init(struct sim_geometry *geo, const struct sim_config *config);

/* A leaf's attributes, less what the hierarchical attributes @above take away. */
uint64_t sim_reduced_attrs(uint64_t attrs, uint64_t above);

/* The same below table descriptors whose attributes are @above, or-ed. */
static inline uint64_t sim_effective_attrs(const struct sim_geometry *geo, uint64_t desc,
					   uint64_t above)
{
	uint64_t attrs = desc & geo->attrs;

	above &= geo->table_attrs;
	return above ? sim_reduced_attrs(attrs, above) : attrs;
}

/* Whether two roots have the same entries. */
bool sim_roots_equal(const struct sim *sim, uint64_t a, uint64_t b);

/* Address of the table of @level to which the one at @pa, of level @from, leads for @va. */
uint64_t sim_table_below(const struct sim *sim, uint64_t pa, int from, int level,
			 uint64_t va);
/* The hierarchical attributes of the descriptors on the way there, or-ed. */
uint64_t sim_above_below(const struct sim *sim, uint64_t pa, int from, int level,
			 uint64_t va);
/* The same from @root; 0 if there is none. */
uint64_t sim_table_on_path(const struct sim *sim, uint64_t root, int level, uint64_t va);

/* Whether the tables of @root map any of [@start, @last] for every ASID. */
bool sim_maps_globally(const struct sim *sim, uint64_t root, uint64_t start,
		       uint64_t last);

/* ----------------------------------------------------------------------- diff.c */

/* How a translation differs from another one, or from none. */
#define SIM_DIFF_GONE  1u
#define SIM_DIFF_SIZE  2u /* level or contiguous hint */
#define SIM_DIFF_OA    4u
#define SIM_DIFF_TYPE  8u /* of struct sim_geometry */
#define SIM_DIFF_ATTRS 16u
#define SIM_DIFF_ANY   31u
/* To be added: the other one is held with another ASID, or only if it is global. */
#define SIM_DIFF_OTHER_ASID  32u
#define SIM_DIFF_ONLY_GLOBAL 64u
/* Wrong for an access under way: another memory type; a permission taken away. */
#define SIM_DIFF_MEMORY 128u
#define SIM_DIFF_TAKEN	256u
/* Size and attributes: wrong for level 3, too, which allows a change of size alone. */
#define SIM_DIFF_BOTH 512u
/* The size, and the entry found can be in a TLB beside the other one: it has no nT. */
#define SIM_DIFF_MEETS 1024u

struct sim_difference {
	unsigned int kind; /* SIM_DIFF_* */
	uint64_t va, size; /* of the entry that differs */
	struct sim_mapping held;
	int level; /* of the entry that the tables have there */
	bool contiguous;
};

/* What a leaf maps: its own input addresses, or all of its run's. */
struct sim_mapping sim_leaf_mapping(const struct sim_geometry *geo, int level,
				    uint64_t va, uint64_t desc, uint64_t above);

/* Do two descriptors for one place say the same to a walker? */
bool sim_desc_same(const struct sim_geometry *geo, int level, uint64_t a, uint64_t b);

/* They overlap, and differ in size, address or type. */
bool sim_mappings_differ(const struct sim_geometry *geo, const struct sim_mapping *a,
			 const struct sim_mapping *b, struct sim_difference *difference);

/*
 * The first place in [@start, @last] where @root differs from @held in one of the @wanted
 * ways.
 */
bool sim_differs(const struct sim *sim, uint64_t root, const struct sim_mapping *held,
		 unsigned int wanted, struct sim_difference *difference);
bool sim_roots_differ(const struct sim *sim, uint64_t held_root, uint64_t root,
		      uint64_t start, uint64_t last, unsigned int wanted,
		      struct sim_difference *difference);

/* A table, and the descriptor that leads to it. */
struct sim_linked {
	int level; /* of the descriptor */
	uint64_t va, pa;
	uint64_t attrs; /* hierarchical ones, of it and of those above, or-ed */
};

/* One descriptor, and another in its place. */
struct sim_replaced {
	int level;
	uint64_t va, old, value;
	uint64_t above; /* hierarchical attributes of the tables on the way, or-ed */
};

/* Everything that one descriptor maps and reaches, and another in its place does not. */
struct sim_lost {
	void (*mapping)(struct sim *sim, void *ctx, const struct sim_mapping *mapping);
	void (*table)(struct sim *sim, void *ctx, const struct sim_linked *linked);
	void *ctx;
};
void sim_for_each_lost(struct sim *sim, const struct sim_replaced *replaced,
		       const struct sim_lost *lost);

/*
 * The rest is about a table that a descriptor led to: what it still reaches and @root does
 * not; whether walks from it and from @root differ anywhere; whether it reaches any of
 * @held.
 */
void sim_for_each_lost_to(struct sim *sim, uint64_t root, const struct sim_linked *linked,
			  const struct sim_lost *lost);
bool sim_table_differs(const struct sim *sim, uint64_t root,
		       const struct sim_linked *linked,
		       struct sim_difference *difference);
/* Whether a leaf of @root is not found in the tables that @held_root leads to. */
bool sim_root_leads_astray(const struct sim *sim, uint64_t held_root, bool walked,
			   uint64_t root, struct sim_difference *difference);
bool sim_table_maps(const struct sim *sim, const struct sim_linked *linked,
		    const struct sim_mapping *held);

/* ------------------------------------------------------------------------ log.c */

/* A translation, or a table descriptor, that tables held until @death. */
struct sim_dead {
	struct sim_mapping what;
	uint64_t death;
	uint64_t roots;	       /* that reached it */
	uint64_t *gone;	       /* CPUs, a bit each, that removed it by address; or NULL */
	unsigned int cpu;      /* whose DSB it waits for */
	struct sim_dead *next; /* of those that wait, or that are collected */

	/* its place in the tree of its size */
	struct sim_dead *left, *right;
	uint64_t serial, priority;
	uint64_t highest; /* last address below this place */
};

/* Return false to stop. May not change the log. */
typedef bool sim_log_fn(void *ctx, struct sim_dead *dead);

void sim_log_add(struct sim *sim, const struct sim_dead *dead);
void sim_log_remove(struct sim *sim, struct sim_dead *dead);
/* @dead lived on; the executing CPU has now replaced the rest of it. */
void sim_log_end(struct sim *sim, struct sim_dead *dead);
/* @cpu's stores are visible: what it replaced is dead from now on. */
void sim_log_settle(struct sim *sim, unsigned int cpu);
/* A part of @dead that @cpu, or all CPUs, cannot hold through @roots. */
#define SIM_ALL_CPUS UINT_MAX
struct sim_cleared {
	uint64_t start, last;
	uint64_t roots;
	unsigned int cpu;
};
void sim_log_clear(struct sim *sim, struct sim_dead *dead,
		   const struct sim_cleared *cleared);
/* The bit of @root is about to be reused. */
void sim_log_forget_root(struct sim *sim, unsigned int root);
/* Leaves; table descriptors. */
bool sim_log_for_each(const struct sim *sim, uint64_t start, uint64_t last,
		      sim_log_fn *visit, void *ctx);
bool sim_log_for_each_table(const struct sim *sim, uint64_t start, uint64_t last,
			    sim_log_fn *visit, void *ctx);
/* Both; of each level all that share an entry with the range. */
bool sim_log_for_each_near(const struct sim *sim, uint64_t start, uint64_t last,
			   sim_log_fn *visit, void *ctx);
/* Drop, now and then, what no CPU can hold. */
void sim_log_sweep(struct sim *sim);
void sim_log_free(struct sim *sim);

/* A descriptor that leads to a table, and back. */
struct sim_mapping sim_table_mapping(const struct sim_geometry *geo,
				     const struct sim_linked *linked);
static inline uint64_t sim_mapping_table(const struct sim_geometry *geo,
					 const struct sim_mapping *mapping, uint64_t va)
{
	return mapping->offset +
	       (va >> sim_shift(geo, mapping->level)) * geo->granule_size;
}

static inline struct sim_linked sim_mapping_linked(const struct sim_geometry *geo,
						   const struct sim_mapping *mapping,
						   uint64_t va)
{
	return (struct sim_linked){ mapping->level, va,
				    sim_mapping_table(geo, mapping, va), mapping->attrs };
}

/* Whether one of the descriptors leads to the table at @pa. */
static inline bool sim_mapping_leads_to(const struct sim_geometry *geo,
					const struct sim_mapping *mapping, uint64_t pa)
{
	uint64_t va = (pa - mapping->offset) / geo->granule_size
		      << sim_shift(geo, mapping->level);

	return va >= mapping->start && va <= mapping->last;
}

/* How many descriptors. */
static inline uint64_t sim_mapping_tables(const struct sim_geometry *geo,
					  const struct sim_mapping *mapping)
{
	return ((mapping->last - mapping->start) >> sim_shift(geo, mapping->level)) + 1;
}

/* --------------------------------------------------------------------- shadow.c */

/* Entries of a table that are not what the model was told; the first one. */
struct sim_untold {
	uint64_t pa; /* of the table */
	unsigned int index;
	uint64_t told, now;
	unsigned int entries; /* that differ; 0: nothing was ever told */
};

void sim_shadow_free(struct sim *sim);
/* The table at @pa contains what it should; its entry at @index should be @value. */
void sim_shadow_tell(struct sim *sim, uint64_t pa);
void sim_shadow_tell_slot(struct sim *sim, uint64_t table_pa, unsigned int index,
			  uint64_t value);
/* Watch the table at @pa from now on. True if it is not what was told. */
bool sim_shadow_begin(struct sim *sim, uint64_t pa, struct sim_untold *untold);
void sim_shadow_forget(struct sim *sim, uint64_t pa);
/* The first of the next few, of all, watched tables that differs. */
bool sim_shadow_compare_some(struct sim *sim, struct sim_untold *untold);
bool sim_shadow_compare_all(struct sim *sim, struct sim_untold *untold);
bool sim_shadow_compare_table(const struct sim *sim, uint64_t pa,
			      struct sim_untold *untold);
bool sim_shadow_compare_slot(const struct sim *sim, uint64_t table_pa, unsigned int index,
			     struct sim_untold *untold);

/* ---------------------------------------------------------------------- store.c */

/* Report stores that the model was not told of, and what follows from them. */
void sim_find_untold(struct sim *sim);
void sim_find_all_untold(struct sim *sim);

/* --------------------------------------------------------------------- tables.c */

/* Whether a walk may lead to the table at @pa, also from a descriptor that is cached. */
bool sim_may_be_walked(const struct sim *sim, uint64_t pa);

/* Where the table begins that the entry at @pa belongs to. */
uint64_t sim_table_holding(const struct sim *sim, uint64_t pa);

/*
 * Roots on which CPUs have spans and that lead to the table at @pa; that lead to it for
 * @va at @level.
 */
uint64_t sim_roots_reaching(const struct sim *sim, uint64_t pa);
uint64_t sim_roots_reaching_at(const struct sim *sim, uint64_t pa, int level,
			       uint64_t va);

bool sim_is_table(const struct sim *sim, uint64_t pa);

/* From now on all that the table at @pa reaches is linked at @va, or is a root. */
void sim_learn_root(struct sim *sim, uint64_t pa);
/* Some CPU holds what it found there, but nobody walks it: it may have changed unseen. */
void sim_learn_root_again(struct sim *sim, uint64_t pa);
void sim_learn(struct sim *sim, uint64_t pa, int level, uint64_t va);

/* A descriptor at @va that leads to the table at @pa was replaced. */
void sim_retire(struct sim *sim, uint64_t pa, uint64_t va);

/* Stores to a table that walks do not lead to; to one that they lead to. */
void sim_record_write(struct sim *sim, uint64_t pa);
void sim_record_logged_write(struct sim *sim, uint64_t pa);

/* Report errors in the release of @count tables from @granule on. */
void sim_check_release(struct sim *sim, uint64_t granule, uint64_t count);
/* The granule has no tables any more; no granule has. */
void sim_forget_granule(struct sim *sim, uint64_t granule);
void sim_forget_tables(struct sim *sim);

/* -------------------------------------------------------------------- holders.c */

/* CPUs that a finding affects. */
struct sim_concerned {
	unsigned int first, count;
};

/* Which CPUs may have cached something that lived until @death below @roots? */
struct sim_query {
	uint64_t roots, death;
	bool tagged;	      /* with the root's ASID */
	const uint64_t *gone; /* CPUs to leave out, or NULL */
	uint64_t fetched; /* only CPUs that may fetch what one of these roots reaches */
	bool below_root;  /* and not from the root's own table */
	uint8_t below;	  /* only CPUs below this BBM level */
	const struct sim_query *beside; /* only CPUs that may have cached this as well */
};
#define SIM_ANYWHERE  UINT64_MAX /* @fetched: or none */
#define SIM_ANY_LEVEL 4
#define SIM_NT_LEVEL  1 /* from which on nT is heeded */
#define SIM_NO_ROOT   SIM_ROOTS

static inline uint64_t sim_root_bit(unsigned int root)
{
	return UINT64_C(1) << root;
}

static inline struct sim_query sim_query_for(const struct sim_dead *dead)
{
	return (struct sim_query){
		.roots = dead->roots,
		.death = dead->death,
		.tagged = dead->what.tagged,
		.gone = dead->gone,
		.fetched = SIM_ANYWHERE,
		.below = dead->what.nt ? SIM_NT_LEVEL : SIM_ANY_LEVEL,
	};
}

struct sim_class *sim_class_of(const struct sim *sim, unsigned int cpu);
/* Its first CPU that is not in @gone, and how many there are. */
struct sim_concerned sim_members(const struct sim *sim, const struct sim_class *class,
				 const uint64_t *gone);

/* Does the CPU still walk it? */
static inline bool sim_span_goes_on(const struct sim_span *span)
{
	return span->until == SIM_NEVER;
}

bool sim_span_holds(const struct sim_span *span, const struct sim_query *query);
bool sim_fetches(const struct sim *sim, const struct sim_class *class,
		 const struct sim_query *query);
bool sim_class_holds(const struct sim *sim, const struct sim_class *class,
		     const struct sim_query *query);
bool sim_cpu_holds(const struct sim *sim, unsigned int cpu,
		   const struct sim_query *query);
bool sim_anybody_holds(const struct sim *sim, const struct sim_query *query);
struct sim_concerned sim_holders(const struct sim *sim, const struct sim_query *query);

/* A set of CPUs for struct sim_dead's @gone, to be freed. */
uint64_t *sim_all_but_holders(const struct sim *sim, const struct sim_dead *dead);

/* The time now, for an event of this kind. */
uint64_t sim_tick(struct sim *sim, enum sim_tick kind);

/* Index of the root at @pa with @asid, if a CPU has a span on it. */
unsigned int sim_find_root(const struct sim *sim, uint64_t pa, uint16_t asid);
/* Roots with @asid. */
uint64_t sim_roots_of_asid(const struct sim *sim, uint16_t asid);
/* How to compare a root with what is held from @span. */
unsigned int sim_held_from(const struct sim *sim, const struct sim_span *span,
			   unsigned int root);

/* ---------------------------------------------------------------------- spans.c */

bool sim_init_classes(struct sim *sim);
void sim_free_classes(struct sim *sim);

/*
 * The executing CPU's TTBR is the root at @pa: from now on it may walk it. Returns the
 * root's index, or SIM_NO_ROOT if it is empty or was walked already.
 */
unsigned int sim_span_open(struct sim *sim, uint64_t pa, uint16_t asid);
/* It now walks only its TTBR's root. */
void sim_spans_close(struct sim *sim);
/* The TLB of @cpu, or of all, holds nothing that was fetched before @issued. */
void sim_spans_cut(struct sim *sim, unsigned int cpu, uint64_t issued);
void sim_spans_cut_all(struct sim *sim, uint64_t issued);
/* The same for entries tagged with @asid only. */
void sim_spans_cut_asid(struct sim *sim, unsigned int cpu, uint16_t asid,
			uint64_t issued);

/* ----------------------------------------------------------------------- past.c */

void sim_past_add(struct sim *sim, const struct sim_past *past);
/* The last event, the one before, and so on; NULL if it is forgotten. */
const struct sim_past *sim_past_at(const struct sim *sim, size_t back);
void sim_past_free(struct sim *sim);

/* ------------------------------------------------------------------------ why.c */

/* What @cpu may hold of @va, from @roots. */
struct sim_held {
	const struct sim_mapping *what;
	uint64_t va, roots;
	unsigned int cpu;
};

/*
 * Explain the finding that is reported next: it holds what was replaced; it left the root
 * at @root and invalidated nothing; in a sentence.
 */
void sim_explain_held(struct sim *sim, const struct sim_held *held);
void sim_explain_left(struct sim *sim, unsigned int cpu, uint64_t root);
void sim_explain_nothing(struct sim *sim);
__attribute__((format(printf, 2, 3))) void sim_explain(struct sim *sim,
						       const char *format, ...);

/* ------------------------------------------------------------------------ tlb.c */

/* A store to a table, as the model sees it, at one of the places where it is linked. */
struct sim_change {
	uint64_t pa; /* of the table */
	struct sim_table *table;
	uint64_t *slot;
	unsigned int index;
	int level;
	bool in_table; /* not beyond the last entry of a table smaller than a granule */
	uint64_t va;   /* of the slot, if the table is known */
	uint64_t old, value;
	uint64_t above;	      /* hierarchical attributes of the tables on the way */
	uint64_t roots;	      /* through which CPUs can walk to the slot */
	uint64_t start, last; /* addresses whose translation it can change */
};

void sim_before_store(struct sim *sim, struct sim_change *change);
void sim_after_store(struct sim *sim, const struct sim_change *change);
const char *sim_leaf_name(int level, bool contiguous);

/* The executing CPU's walks now begin at @root. */
void sim_check_arrival(struct sim *sim, unsigned int root);

/* -------------------------------------------------------------------- updates.c */

/* Before a store; @atomic: the code under test sees what it replaces. */
void sim_check_updates(struct sim *sim, const struct sim_change *change, bool atomic);

/* ----------------------------------------------------------------------- runs.c */

/* After the store: members of a run that differ in attributes, or do below a new link. */
void sim_check_runs(struct sim *sim, const struct sim_change *change);
/* The executing CPU begins to walk @root. */
void sim_check_runs_below(struct sim *sim, unsigned int root);

/* ----------------------------------------------------------------------- lost.c */

/* Before the store: log what it ends, and what it links. */
void sim_log_losses(struct sim *sim, struct sim_change *change);
/* After it: log what walks can still find of what it ended. */
void sim_log_leftovers(struct sim *sim, const struct sim_change *change);
/* And what they found, or find, through stale descriptors. */
void sim_log_stale_fetches(struct sim *sim, const struct sim_change *change);
/*
 * A CPU begins to walk @root: log what tables that are still shown in their old places
 * lead to.
 */
void sim_log_arrival(struct sim *sim, unsigned int root);
/* Whether the tables of a stale descriptor lead to the slot. */
bool sim_leads_to_change(const struct sim *sim, const struct sim_dead *dead,
			 const struct sim_change *change);
/* What it, and the tables below it, take away from the slot. */
uint64_t sim_above_through(const struct sim *sim, const struct sim_change *change,
			   const struct sim_dead *stale);

/* -------------------------------------------------------------------- address.c */

void sim_range_issue(struct sim *sim, const struct sim_range_tlbi *tlbi);
/* The executing CPU's operations by address are complete, or its local ones. */
void sim_ranges_complete(struct sim *sim, bool broadcast);

/* ----------------------------------------------------------------------- late.c */

/*
 * All of it is for machines with @repeat_tlbi. A broadcast TLBI is about to remove
 * @piece of @dead, so far as @roots showed it; everything that died before @issued; of
 * that, what is tagged with @asid.
 */
void sim_late_record(struct sim *sim, const struct sim_dead *dead,
		     const struct sim_mapping *piece, uint64_t roots);
void sim_late_record_all(struct sim *sim, uint64_t issued);
void sim_late_record_asid(struct sim *sim, uint16_t asid, uint64_t issued);
/*
 * The executing CPU's accesses are complete; all that were under way when it issued its
 * TLBIs.
 */
void sim_late_complete_own(struct sim *sim);
void sim_late_complete(struct sim *sim);
void sim_late_forget(struct sim *sim);

/* Report what accesses under way do wrong: at the end, at a store, to a table. */
void sim_late_expect_clean(struct sim *sim);
void sim_late_check_store(struct sim *sim, const struct sim_change *change);
void sim_late_check_table(struct sim *sim, uint64_t pa, const char *what);

/* --------------------------------------------------------------------- access.c */

/* The executing CPU is about to store to @slot. */
void sim_check_slot(struct sim *sim, const uint64_t *slot);
/* What the executing CPU walks, or where its code is, changed. */
void sim_check_needs(struct sim *sim);
/* A change was made that other CPUs can walk to. */
void sim_check_needs_of_others(struct sim *sim, const struct sim_change *change);
void sim_free_needs(struct sim *sim);

/* --------------------------------------------------------------------- unseen.c */

/* What an entry was before a store that walkers may not have seen yet. */
struct sim_unseen {
	uint64_t pa; /* of the table */
	unsigned int index;
	uint64_t old;
	unsigned int cpu;
	bool seen_here; /* by the walker of @cpu */
	struct sim_unseen *next, *next_in_table;
};

/* The executing CPU has made a change that walks can lead to. */
void sim_unseen_add(struct sim *sim, const struct sim_change *change);
/* All walkers see the executing CPU's stores, or only its own does. */
void sim_unseen_settle(struct sim *sim, bool all);

/* ---------------------------------------------------------------------- trace.c */

#define sim_trace(sim, ...)                                 \
	do {                                                \
		(sim)->event++;                             \
		if ((sim)->config.trace)                    \
			sim_trace_line((sim), __VA_ARGS__); \
	} while (0)

__attribute__((format(printf, 2, 3))) void sim_trace_line(const struct sim *sim,
							  const char *format, ...);
__attribute__((format(printf, 6, 7))) void
sim_report(struct sim *sim, enum sim_finding_kind kind, struct sim_concerned concerned,
	   uint64_t va, uint64_t size, const char *format, ...);
/* Whether anybody will read the next finding: it is kept, or goes to the trace. */
static inline bool sim_is_read(const struct sim *sim)
{
	return sim->findings_kept < SIM_FINDINGS_KEPT || sim->config.trace;
}

/* A call that makes no sense, and was not carried out. */
#define sim_misuse(sim, ...) \
	sim_report((sim), SIM_MISUSE, sim_self(sim), 0, 0, __VA_ARGS__)
struct sim_concerned sim_self(const struct sim *sim);

#endif
