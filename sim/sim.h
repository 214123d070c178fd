/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine model of arm64's translation: physical memory that holds tables, CPUs, the
 * MMU's walk, and what their TLBs may hold. It makes wrong page-table code fail on a
 * laptop, and knows nothing of linmap: it can test any such code. docs/model.md explains
 * it.
 *
 * Code under test calls sim_store(), sim_barrier(), sim_tlbi() and so on where a kernel
 * would execute the instruction; the model records each with the CPU that executes it and
 * draws the conclusions.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sim;

/* Whose translation it is (Arm ARM D8.1). */
enum sim_regime {
	SIM_EL1_0, /* EL1 and EL0 */
	SIM_EL2_0, /* EL2 and EL0: HCR_EL2.E2H */
	SIM_EL2,   /* EL2 alone: one range, XN, no ASIDs */
	SIM_EL3,   /* the same for EL3 */
};

/**
 * struct sim_config - a machine
 * @cpus: how many, 65536 at most; CPU 0 executes first
 * @bbm_level: of each CPU, ID_AA64MMFR2_EL1.BBM, 0 to 3
 * @granule_shift: log2 of the page size in bytes
 * @ia_bits: size of the input range
 * @oa_bits: size of output addresses; a descriptor with a larger one maps nothing.
 *	0 for 48
 * @lpa2: TCR_ELx.DS, for 4K and 16K granules: descriptors have no shareability,
 *	and 52 bits of address
 * @regime: whose tables these are
 * @upper: input addresses end at 2^64 (TTBR1), else they begin at 0 (TTBR0)
 * @pool_pa: physical address of the memory that tables can be in, a multiple of
 *	the granule
 * @pool_tables: its size in granules
 * @longest_run: an allocation returns at most this many adjacent tables; 0 for as many as
 * 	wanted
 * @trace: where each event is written as a line, or NULL
 * @repeat_tlbi: CPUs complete a broadcast TLBI only with a second one, an erratum of
 * 	nearly all server and phone cores: the first one and its DSB remove the
 *	entries, but other CPUs may have accesses under way that they translated, until
 *	they execute a DSB themselves or a TLBI that was issued after the first DSB is
 *	complete, too. Local TLBIs are not affected
 * @hw_access_flag: TCR.HA: hardware sets the access flag of an entry that it uses
 * @hw_dirty: TCR.HD: it makes an entry with DBM writable that is written to
 */
struct sim_config {
	unsigned int cpus;
	const uint8_t *bbm_level;
	uint8_t granule_shift;
	uint8_t ia_bits;
	uint8_t oa_bits;
	bool lpa2;
	enum sim_regime regime;
	bool upper;
	uint64_t pool_pa;
	uint64_t pool_tables;
	uint64_t longest_run;
	FILE *trace;
	bool repeat_tlbi;
	bool hw_access_flag;
	bool hw_dirty;
};

/*
 * NULL if the host has not enough memory, or if there is no such machine: the granule is
 * not 4K, 16K or 64K, @ia_bits not 25 to 48, or to 52 with a 64K granule or @lpa2;
 * @oa_bits not 32, 36, 40, 42, 44 or 48, or 52 where @ia_bits may be; @lpa2 with 64K; an
 * upper range at EL2 or EL3; a pool beyond @oa_bits; too many CPUs. Every CPU has an
 * empty TTBR.
 */
struct sim *sim_new(const struct sim_config *config);
void sim_free(struct sim *sim);

/* ------------------------------------------------- physical memory (mem.c) */

/*
 * Up to @wanted adjacent tables for @level, at *@pa. Returns how many; 0 if there is no
 * memory or this is the call to fail. Contents are garbage.
 */
uint64_t sim_alloc(struct sim *sim, int level, uint64_t wanted, uint64_t *pa);
void sim_release(struct sim *sim, int level, uint64_t pa, uint64_t tables);

/* Let the @nth call of sim_alloc() from now on fail, 1 for the next; 0: none. */
void sim_fail_alloc(struct sim *sim, uint64_t nth);

/*
 * Host pointer to the memory at @pa, and back. @pa must be in the pool; else NULL, and a
 * finding.
 */
void *sim_pointer(struct sim *sim, uint64_t pa);
uint64_t sim_address(struct sim *sim, const void *pointer);
/* Whether @pointer points into the pool, as sim_pointer() returns it. */
bool sim_contains(const struct sim *sim, const void *pointer);

/* Tables that are allocated now. */
uint64_t sim_tables_allocated(const struct sim *sim);

/* -------------------------------------------- what a CPU executes (cpu.c) */

enum sim_barrier { SIM_DSB_ISHST, SIM_DSB_ISH, SIM_DSB_NSH, SIM_ISB };

/*
 * TLB maintenance, of this CPU or, with IS, of all: everything; all levels by address;
 * leaves only by address. An operation on leaves keeps cached table descriptors, so that
 * walks may continue through a table that was replaced.
 *
 * A leaf with nG, and every table descriptor, is cached with the ASID that the TTBR had.
 * ASIDE1 removes these of one ASID, and no global leaf; VAE1 and VALE1 are for one ASID
 * and remove global leaves, too (Arm ARM D8.16).
 */
enum sim_tlbi {
	SIM_VMALLE1,
	SIM_VMALLE1IS,
	SIM_VAAE1,
	SIM_VAAE1IS,
	SIM_VAALE1,
	SIM_VAALE1IS,
	SIM_ASIDE1,
	SIM_ASIDE1IS,
	SIM_VAE1,
	SIM_VAE1IS,
	SIM_VALE1,
	SIM_VALE1IS
};

/* Which CPU executes from now on. */
void sim_on_cpu(struct sim *sim, unsigned int cpu);

/* An aligned 8-byte store to a table that somebody may be walking. */
void sim_store(struct sim *sim, uint64_t *slot, uint64_t value);
/*
 * The same by an atomic exchange, which returns what the entry was; or by a compare and
 * exchange, which stores only if it was *@old, and else returns false and what it is.
 * With these no update by hardware is lost.
 */
uint64_t sim_swap(struct sim *sim, uint64_t *slot, uint64_t value);
bool sim_compare_swap(struct sim *sim, uint64_t *slot, uint64_t *old, uint64_t value);
/* Plain stores were made to the table that @table points into; nobody can be walking it. */
void sim_wrote(struct sim *sim, const void *table);
void sim_barrier(struct sim *sim, enum sim_barrier barrier);
/*
 * The executing CPU has observed what @cpu wrote or observed so far: it released and this one
 * acquired, as in a context switch or by a lock. A DSB orders what its CPU has observed,
 * so the next one orders these plain stores, too (Arm ARM, DSB). For sim_store() it is
 * @cpu's own DSB that counts.
 */
void sim_observe(struct sim *sim, unsigned int cpu);
/* An operation by address is for all of the input range. */
void sim_tlbi(struct sim *sim, enum sim_tlbi operation);
/*
 * For all pages of [@va, +@size), rounded outwards: as a TLBI for each, or one by range.
 * An entry that translates one of these addresses goes as a whole; of a contiguous run,
 * only the members in the range.
 */
void sim_tlbi_range(struct sim *sim, enum sim_tlbi operation, uint64_t va, uint64_t size);
/* The same for operations of one ASID; the other functions name ASID 0 to these. */
void sim_tlbi_asid(struct sim *sim, enum sim_tlbi operation, uint16_t asid);
void sim_tlbi_asid_range(struct sim *sim, enum sim_tlbi operation, uint16_t asid,
			 uint64_t va, uint64_t size);
/*
 * The same with a TTL hint: leaves of these addresses are of @level. It removes leaves of
 * that level alone, and table descriptors above it: with a wrong hint nothing need go
 * (Arm ARM, TLBI VAE1, TTL).
 */
void sim_tlbi_level(struct sim *sim, enum sim_tlbi operation, uint16_t asid, uint64_t va,
		    uint64_t size, int level);
/*
 * TTBR := @root, at the next ISB; 0 for an empty table. A root has 8 bytes for each entry
 * that the input range needs, but at least 64, and is aligned to its size: several can be
 * in one granule.
 */
void sim_write_ttbr(struct sim *sim, uint64_t root);
/* The same with an ASID; sim_write_ttbr() writes 0. */
void sim_write_ttbr_asid(struct sim *sim, uint64_t root, uint16_t asid);

/*
 * TTBR.CnP of the executing CPU: set or cleared together with its next write of TTBR.
 * It promises that all CPUs with CnP walk the same entries; where they do not, that is a
 * finding (Arm ARM, TTBRn_ELx.CnP). They may share a TLB: before one sets it again, a
 * broadcast of everything must follow the last change of a table descriptor.
 */
void sim_set_cnp(struct sim *sim, bool on);

/*
 * All CPUs share one map: from now on it is a finding if two of them walk roots that
 * translate an address to different memory, or with different memory types.
 */
void sim_one_map(struct sim *sim);

/*
 * Call @store(ctx, n) before the nth store of all, from 1: a test can look at the machine
 * there, or end the run by longjmp. NULL for none.
 */
typedef void sim_store_hook(void *ctx, uint64_t nth);
void sim_on_store(struct sim *sim, sim_store_hook *hook, void *ctx);

/* -------------------------------------- what the running code needs (access.c) */

/*
 * From now on CPUs reach the pool through the translation under test, at @pa +
 * @va_offset: a sim_store() is a finding if its slot is not mapped there and
 * writable, however the CPU that stores may walk. Without this call, stores
 * just happen.
 */
void sim_linear_map(struct sim *sim, uint64_t va_offset);

/*
 * The executing CPU's code, stack or data is in [@va, +@size): from now on it is a
 * finding if not all of that is mapped, however this CPU may walk, unless the CPU is held
 * or in identity-mapped code. May be called for several ranges; a @size of 0 ends all
 * needs.
 */
void sim_needs(struct sim *sim, uint64_t va, uint64_t size);

/*
 * The executing CPU executes the instruction at @va: a finding if the tables do not allow
 * it, or if the CPU has executed no ISB since the DSB after the store that allowed it.
 */
void sim_execute(struct sim *sim, uint64_t va);

/* The executing CPU enters or leaves code that does not need the translation under test. */
void sim_identity_mapped(struct sim *sim, bool inside);

/* ------------------------------------------------------- the stop (cpu.c) */

/* Every CPU but the executing one goes to identity-mapped code with an empty TTBR, and back. */
void sim_hold_others(struct sim *sim);
void sim_let_go(struct sim *sim);

/* From begin to end, allocations and frees are findings, and events count. */
void sim_stop_begin(struct sim *sim);
void sim_stop_end(struct sim *sim);

/* Counts of events: all, and those inside the stop. */
struct sim_events {
	uint64_t stores, barriers, tlbis, allocations, frees, tables_allocated,
		tables_freed;
};
struct sim_events sim_events(const struct sim *sim);
struct sim_events sim_events_in_stop(const struct sim *sim);

/* ------------------------------------------------- the MMU's walk (mmu.c) */

/* The result of a walk. */
struct sim_translation {
	bool valid;
	int level;	     /* of the entry where it ended */
	bool contiguous;     /* the entry carries the hint */
	uint64_t pa;	     /* of the address asked for */
	uint64_t size;	     /* bytes mapped by the entry, or by the run */
	uint64_t descriptor; /* the entry */
	/*
	 * AttrIndx, NS, AP, SH, nG, GP, DBM, PXN and UXN, as far as the regime has
	 * them, in their places in a descriptor, once the tables above have taken
	 * away what APTable, PXNTable, UXNTable and NSTable do.
	 */
	uint64_t attrs;
};

/* The walk of a CPU with TTBR @root for @va now. */
struct sim_translation sim_walk(const struct sim *sim, uint64_t root, uint64_t va);

/* All that @root maps from @start, @size bytes on, in ascending order, leaf by leaf. */
typedef void sim_leaf_fn(void *ctx, uint64_t va, const struct sim_translation *leaf);
void sim_for_each_leaf(const struct sim *sim, uint64_t root, uint64_t start,
		       uint64_t size, sim_leaf_fn *visit, void *ctx);

/* All tables in the pool that @root reaches, parents first. */
typedef void sim_table_fn(void *ctx, uint64_t pa, int level, uint64_t va);
void sim_for_each_table(const struct sim *sim, uint64_t root, sim_table_fn *visit,
			void *ctx);

/* ----------------------------------------------------- findings (tlb.c) */

enum sim_finding_kind {
	SIM_CONFLICT, /* entries of different size for one address, below level 3 */
	SIM_STALE,    /* a TLB may hold what the tables no longer say */
	SIM_INVISIBLE_TABLE, /* linked before its contents were ordered by a DSB */
	SIM_USE_AFTER_FREE,  /* a walk can reach a table that is free */
	SIM_ALLOC_IN_STOP,   /* memory allocated or freed inside the stop */
	SIM_BAD_FREE,	     /* freed twice, or not allocated */
	SIM_SELF_COVER,	     /* the running code may find something it needs unmapped */
	SIM_LATE_ACCESS, /* @repeat_tlbi: an access translated before is still under way */
	SIM_BAD_ROOT,	 /* a TTBR write with a root that is not aligned to its size */
	SIM_MIXED_RUN,	 /* members of a run differ where a CPU below level 3 can walk */
	SIM_NOT_COMMON,	 /* two CPUs have CnP, and do not walk the same entries */
	SIM_TWO_VIEWS, /* two CPUs use one address for different memory, or types of it */
	SIM_UNTOLD,    /* a table was written and the model was not told */
	SIM_MISUSE,    /* a call of the model that makes no sense; it did nothing */
	SIM_FETCH,     /* sim_execute() where it is not allowed, or before an ISB */
	SIM_LOST_UPDATE, /* what hardware writes to an entry meanwhile is lost */
	SIM_FINDING_KINDS
};

struct sim_finding {
	enum sim_finding_kind kind;
	unsigned int cpu;  /* the first affected */
	unsigned int cpus; /* how many are affected */
	uint64_t event;	   /* number of the trace line that shows it */
	uint64_t va;	   /* first address affected */
	uint64_t size;	   /* bytes; 0 if it is not about addresses */
	char text[160];	   /* one sentence */

	/*
	 * Why: in words, and as lines of the trace, 0 where there is none. The store that
	 * replaced what a TLB may hold, with the entry before and after; since when it may
	 * be held; the TLBI that comes closest to removing it, and does not.
	 */
	char why[256];
	uint64_t store, old, value;
	uint64_t since, tlbi;
};

/*
 * Call when an edit is over: from now on no CPU's TLB may hold anything but what the
 * tables say.
 */
void sim_expect_clean(struct sim *sim);

/*
 * The same, judged by one root for all CPUs: it is also a finding if one walks another
 * root that translates differently. For maps of which CPUs walk copies for a while.
 */
void sim_expect_clean_at(struct sim *sim, uint64_t root);

/*
 * Whether any CPU's TLB may hold a global entry for an address in [@va, +@size):
 * one that an operation by ASID leaves there, and that every ASID uses.
 */
bool sim_may_hold_global(const struct sim *sim, uint64_t va, uint64_t size);

uint64_t sim_finding_count(const struct sim *sim, enum sim_finding_kind kind);
/* The first few findings of all kinds, in order; NULL after the last one kept. */
const struct sim_finding *sim_finding(const struct sim *sim, size_t n);
const char *sim_finding_name(enum sim_finding_kind kind);

/*
 * Forget all findings, and what made them: as if all stores were visible now, and every
 * TLB empty. A long test that goes on finds each fault once.
 */
void sim_clear_findings(struct sim *sim);

#endif
