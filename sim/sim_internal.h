/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of the machine model share: the machine, its two clocks, the
 * descriptor bits as the Arm ARM has them, and who may call whom. Nobody
 * outside sim/ includes this.
 *
 * cpu.c and mem.c carry out what the code under test asks for. They call
 * tlb.c, which draws the conclusions from tables.c (where tables are linked),
 * diff.c (how two sets of tables differ) and log.c (translations that died).
 * mmu.c reads tables; trace.c writes lines and keeps findings.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "sim.h"

/* ------------------------------------------------- descriptors (Arm ARM D8.3) */

#define SIM_LAST_LEVEL 3

#define SIM_DESC_VALID	    (UINT64_C(1) << 0)
#define SIM_DESC_TABLE	    (UINT64_C(1) << 1) /* at level 3: page */
#define SIM_DESC_CONTIGUOUS (UINT64_C(1) << 52)

/* Output address bits of any level; the level's size masks the low ones. */
#define SIM_DESC_OUTPUT (((UINT64_C(1) << 48) - 1) & ~UINT64_C(0xfff))

/* AttrIndx, SH, nG: may not change while an old entry can be in a TLB. */
#define SIM_DESC_TYPE UINT64_C(0x0000000000000b1c)
/* These and NS, AP, GP, DBM, PXN, UXN. Not AF, and not what software owns. */
#define SIM_DESC_ATTRS UINT64_C(0x006c000000000bfc)

/* The geometry of a granule and an input size, as data. */
struct sim_geometry {
	int start;		 /* level of the root */
	uint8_t shift[4];	 /* log2 of the bytes that an entry maps */
	bool block[4];		 /* may an entry be a leaf? */
	unsigned int run[4];	 /* entries of a contiguous run; 0: none */
	unsigned int entries[4]; /* of a table */
	uint64_t base;		 /* first input address */
	uint64_t range_mask;	 /* input bits */
	uint64_t granule_size;
};

enum sim_desc_kind { SIM_INVALID, SIM_LEAF, SIM_TABLE };

static inline enum sim_desc_kind sim_desc_kind(const struct sim_geometry *geo, int level,
					       uint64_t desc)
{
	if (!(desc & SIM_DESC_VALID))
		return SIM_INVALID;
	if (level == SIM_LAST_LEVEL)
		return desc & SIM_DESC_TABLE ? SIM_LEAF : SIM_INVALID;
	if (desc & SIM_DESC_TABLE)
		return SIM_TABLE;
	return geo->block[level] ? SIM_LEAF : SIM_INVALID;
}

static inline uint64_t sim_entry_size(const struct sim_geometry *geo, int level)
{
	return UINT64_C(1) << geo->shift[level];
}

static inline uint64_t sim_run_size(const struct sim_geometry *geo, int level)
{
	return geo->run[level] * sim_entry_size(geo, level);
}

static inline uint64_t sim_leaf_output(const struct sim_geometry *geo, int level,
				       uint64_t desc)
{
	return desc & SIM_DESC_OUTPUT & ~(sim_entry_size(geo, level) - 1);
}

static inline uint64_t sim_table_output(const struct sim_geometry *geo, uint64_t desc)
{
	return desc & SIM_DESC_OUTPUT & ~(geo->granule_size - 1);
}

/* Of a leaf: is it mapped by a run? */
static inline bool sim_desc_hinted(const struct sim_geometry *geo, int level,
				   uint64_t desc)
{
	return (desc & SIM_DESC_CONTIGUOUS) && geo->run[level];
}

/* Index of @va's entry in its table of @level. */
static inline unsigned int sim_index(const struct sim_geometry *geo, int level,
				     uint64_t va)
{
	return (unsigned int)((va & geo->range_mask) >> geo->shift[level]) &
	       (geo->entries[level] - 1);
}

static inline bool sim_in_range(const struct sim_geometry *geo, uint64_t va)
{
	return (va & ~geo->range_mask) == (geo->base & ~geo->range_mask);
}

/* ------------------------------------------------------------------ the machine */

/*
 * Leaves of one size that follow each other and map with one offset and the
 * same attributes: what a TLB holds of them, without an entry for each.
 */
struct sim_mapping {
	uint64_t start, last; /* input addresses, inclusive */
	uint64_t offset;      /* output - input address */
	uint64_t attrs;	      /* SIM_DESC_ATTRS */
	int level;
	bool contiguous;
};

/*
 * Times are epochs: the clock advances where a span of walking begins or ends
 * and where a TLBI is issued. Two events with no such moment between them
 * cannot be told apart by any TLB.
 */
#define SIM_NEVER   UINT64_MAX	     /* still walked */
#define SIM_PENDING (UINT64_MAX - 1) /* replaced; the storing CPU's DSB is to come */

/* A CPU may have cached all that @root reached in [@since, @until). */
struct sim_span {
	unsigned int root; /* index in struct sim's roots */
	uint64_t since, until;
};

struct sim_cpu {
	uint8_t bbm_level;
	uint64_t ttbr;	/* as last written */
	uint64_t saved; /* while held */
	bool held;

	struct sim_span *spans;
	size_t span_count, span_room;

	uint64_t tlbi_local, tlbi_all; /* issued at; 0 if complete */
	uint64_t ordered_at;	       /* event of the last DSB that all observe */

	struct sim_dead *pending; /* translations this CPU replaced since */
	uint64_t *retired;	  /* tables it unlinked since: granules */
	size_t retired_count, retired_room;
};

/* A root that some CPU has a span on, named by its index: a bit in a mask. */
#define SIM_ROOTS 64
#define SIM_CPUS  64
struct sim_root {
	uint64_t pa;
	unsigned int spans, open;
};

/* What is known of a granule that is, or was, a table. */
struct sim_table {
	uint64_t va;	   /* where it is linked, if @known */
	uint64_t since;	   /* epoch at which it was linked */
	uint64_t death;	   /* epoch at which its last descriptor died; 0: none did */
	uint64_t roots;	   /* that reached the dead descriptor */
	uint64_t wrote_at; /* event of the last stores while nobody walked it; 0: none */
	uint64_t wrote_by; /* CPUs, a bit each, whose stores may need a DSB */
	int8_t level;
	bool known;
};

#define SIM_FINDINGS_KEPT 64
#define SIM_LOG_TREES	  8

struct sim {
	struct sim_config config;
	struct sim_geometry geo;
	unsigned int cpu; /* executes */
	struct sim_cpu *cpus;
	uint64_t event, epoch;

	uint8_t *pool;
	uint64_t pool_size;
	uint8_t *allocated;	  /* a byte for each granule */
	struct sim_table *tables; /* the same */
	uint64_t first_free;	  /* no free granule before it */
	uint64_t tables_allocated;
	uint64_t fail_in;

	struct sim_root roots[SIM_ROOTS];
	uint64_t active, walked; /* roots with a span; with one that goes on */

	struct sim_dead *log[SIM_LOG_TREES];
	uint64_t log_count, log_swept, log_living, log_serial;

	sim_store_hook *hook;
	void *hook_ctx;
	bool in_stop;
	struct sim_events events, events_in_stop;

	struct sim_finding findings[SIM_FINDINGS_KEPT];
	size_t findings_kept;
	uint64_t finding_count[SIM_FINDING_KINDS];
};

/* Never NULL: a model that forgets would hide faults. */
void *sim_grow(void *array, size_t *room, size_t wanted, size_t size);

/* ------------------------------------------------------------------------ mem.c */

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

static inline uint64_t sim_granule_pa(const struct sim *sim, uint64_t granule)
{
	return sim->config.pool_pa + (granule << sim->config.granule_shift);
}

bool sim_mem_init(struct sim *sim);
void sim_mem_fini(struct sim *sim);

/* ------------------------------------------------------------------------ mmu.c */

bool sim_geometry_init(struct sim_geometry *geo, const struct sim_config *config);

/* Address of the table of @level through which @root maps @va; 0 if there is none. */
uint64_t sim_table_on_path(const struct sim *sim, uint64_t root, int level, uint64_t va);

/* ----------------------------------------------------------------------- diff.c */

/* In what a translation differs from another one, or from none. */
#define SIM_DIFF_GONE  1u
#define SIM_DIFF_SIZE  2u /* level or contiguous hint */
#define SIM_DIFF_OA    4u
#define SIM_DIFF_TYPE  8u /* SIM_DESC_TYPE */
#define SIM_DIFF_ATTRS 16u
#define SIM_DIFF_ANY   31u

struct sim_difference {
	unsigned int kind; /* SIM_DIFF_* */
	uint64_t va, size; /* of the entry that differs */
	struct sim_mapping held;
	int level; /* of the entry that the tables have there */
	bool contiguous;
};

/* What a leaf maps: its own input addresses, or all of its run's. */
struct sim_mapping sim_leaf_mapping(const struct sim_geometry *geo, int level,
				    uint64_t va, uint64_t desc);

/* Do two descriptors for one place say the same to a walker? */
bool sim_desc_same(const struct sim_geometry *geo, int level, uint64_t a, uint64_t b);

/* The first place in [@start, @last] where @root says other than @held, in a way of @wanted. */
bool sim_differs(const struct sim *sim, uint64_t root, const struct sim_mapping *held,
		 unsigned int wanted, struct sim_difference *difference);
bool sim_roots_differ(const struct sim *sim, uint64_t held_root, uint64_t root,
		      uint64_t start, uint64_t last, unsigned int wanted,
		      struct sim_difference *difference);

/* Everything that a descriptor maps and reaches, and another one in its place does not. */
struct sim_lost {
	void (*mapping)(struct sim *sim, void *ctx, const struct sim_mapping *mapping);
	void (*table)(struct sim *sim, void *ctx, uint64_t pa);
	void *ctx;
};
void sim_for_each_lost(struct sim *sim, int level, uint64_t va, uint64_t old,
		       uint64_t value, const struct sim_lost *lost);

/* ------------------------------------------------------------------------ log.c */

/* A translation that tables held in [@birth, @death]. */
struct sim_dead {
	struct sim_mapping what;
	uint64_t birth, death;
	uint64_t roots;	       /* that reached it */
	unsigned int cpu;      /* whose DSB it waits for */
	struct sim_dead *next; /* of those that wait, or that are dropped */

	/* its place in the tree of its size */
	struct sim_dead *left, *right;
	uint64_t serial, priority;
	uint64_t highest; /* last address below this place */
};

/* Return false to stop. May not change the log. */
typedef bool sim_log_fn(void *ctx, struct sim_dead *dead);

void sim_log_add(struct sim *sim, const struct sim_dead *dead);
void sim_log_remove(struct sim *sim, struct sim_dead *dead);
/* Until their DSB, and while a run lives on, @root shows them as well. */
void sim_log_inherit(struct sim *sim, unsigned int root);
/* @dead lived on; the executing CPU has now replaced the last of it. */
void sim_log_end(struct sim *sim, struct sim_dead *dead);
/* @cpu's stores are visible: what it replaced is dead from now on. */
void sim_log_settle(struct sim *sim, unsigned int cpu);
/* The bit of @root will stand for another one. */
void sim_log_forget_root(struct sim *sim, unsigned int root);
bool sim_log_for_each(const struct sim *sim, uint64_t start, uint64_t last,
		      sim_log_fn *visit, void *ctx);
/* Drops what nobody can hold, now and then. */
void sim_log_sweep(struct sim *sim);
void sim_log_free(struct sim *sim);

/* --------------------------------------------------------------------- tables.c */

/* Roots that CPUs have spans on and that lead to the table in @granule. */
uint64_t sim_roots_reaching(const struct sim *sim, uint64_t granule);

/* All that the table at @pa reaches is linked at @va from now on. */
void sim_learn(struct sim *sim, uint64_t pa, int level, uint64_t va);

/* A descriptor of the table at @pa was replaced. */
void sim_retire(struct sim *sim, uint64_t pa, uint64_t roots);
void sim_retire_settle(struct sim *sim, unsigned int cpu);
void sim_retire_inherit(struct sim *sim, unsigned int root);
void sim_retire_forget_root(struct sim *sim, unsigned int root);

/* Stores went to a table that walks do not lead to. */
void sim_note_write(struct sim *sim, uint64_t granule);

/* Says what is wrong with the end of @count tables from @granule on. */
void sim_check_release(struct sim *sim, uint64_t granule, uint64_t count);

/* ------------------------------------------------------------------------ tlb.c */

/* CPUs that a finding is about. */
struct sim_concerned {
	unsigned int first, count;
};

/* Who may have cached something that lived in [@birth, @death] below @roots? */
struct sim_query {
	uint64_t roots, birth, death;
	uint64_t walked; /* only CPUs that walk one of these roots now */
	uint8_t below;	 /* only CPUs below this BBM level */
};
#define SIM_ANYWHERE  UINT64_MAX /* @walked: or none */
#define SIM_ANY_LEVEL 4

struct sim_concerned sim_holders(const struct sim *sim, const struct sim_query *query);

/* A store to a table, as the model sees it. */
struct sim_change {
	uint64_t granule;
	struct sim_table *table;
	uint64_t *slot;
	uint64_t va; /* of the slot, if the table is known */
	uint64_t old, value;
	uint64_t roots;	      /* through which CPUs can walk to the slot */
	uint64_t start, last; /* addresses whose translation it can change */
};

void sim_before_store(struct sim *sim, struct sim_change *change);
void sim_after_store(struct sim *sim, const struct sim_change *change);

/* The executing CPU begins to walk @root; walks nothing but its TTBR's root. */
void sim_span_open(struct sim *sim, uint64_t root);
void sim_spans_close(struct sim *sim);
/* @cpu's TLB holds nothing that was fetched before @issued. */
void sim_spans_cut(struct sim *sim, unsigned int cpu, uint64_t issued);
/* What CPUs replaced before their DSB. */
void sim_stores_visible(struct sim *sim, unsigned int cpu);

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
struct sim_concerned sim_self(const struct sim *sim);

#endif
