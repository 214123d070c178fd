/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What files of arch/arm64 call, at the sites that apply rewires. Without
 * CONFIG_ARM64_LINMAP, or CONFIG_ARM64_LINMAP_LARGE, each is what the kernel has there.
 */
#ifndef LINMAP_CALL_SITES_H
#define LINMAP_CALL_SITES_H

#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/stop_machine.h>

#include <asm/mmu.h>
#include <asm/pgtable-types.h>

struct vm_struct;

#ifdef CONFIG_ARM64_LINMAP

/**
 * linmap_split() - make pages of the linear map, except the kernel's alias
 * @stock: the kernel's own stop_machine() callback, for linmap=off
 * @flag: where CPUs that wait in the idmap count themselves in, initialised
 * @tolerant: whether the CPU it runs on takes live changes of entry size
 *
 * Context: may sleep, all CPUs of the boot online, capabilities final.
 */
void linmap_split(cpu_stop_fn_t stock, u32 *flag, bool (*tolerant)(void));

/**
 * linmap_kpti_stop() - make the kernel's mappings non-global
 * @stock: the kernel's stop_machine() callback, which uses the two below
 *
 * Allocates the temporary tables that @stock needs before the stop, and frees them after
 * it.
 *
 * Context: may sleep.
 */
void linmap_kpti_stop(cpu_stop_fn_t stock);

/* Inside that stop: take the temporary tables, zeroed; and return them. */
unsigned long linmap_kpti_take(unsigned int order);
void linmap_kpti_put_back(unsigned long tables, unsigned int order);

#else

static inline void linmap_split(cpu_stop_fn_t stock, u32 *flag, bool (*tolerant)(void))
{
	stop_machine(stock, NULL, cpu_online_mask);
}

static inline void linmap_kpti_stop(cpu_stop_fn_t stock)
{
	stop_machine(stock, NULL, cpu_online_mask);
}

static inline unsigned long linmap_kpti_take(unsigned int order)
{
	return __get_free_pages(GFP_ATOMIC | __GFP_ZERO, order);
}

static inline void linmap_kpti_put_back(unsigned long tables, unsigned int order)
{
	free_pages(tables, order);
}

#endif

#ifdef CONFIG_ARM64_LINMAP_LARGE

/**
 * linmap_is_large() - whether the linear map keeps large leaves, and linmap splits them
 *
 * Context: any, once early parameters are parsed; never changes.
 */
bool linmap_is_large(void);

/**
 * linmap_begin_change() - make leaves end at both ends of a range, and take the lock
 * @start: first address; other addresses than those of the linear map need nothing
 * @end: after the last one
 *
 * If it returns 0, the map's lock is held, shared, until linmap_end_change(), so that no
 * table is copied while attributes in it change. Addresses of KFENCE's pool pass.
 *
 * Context: may sleep, unless @start is in KFENCE's pool. Callers may hold the lock of CPU
 * hotplug.
 * Return: 0; -ENOMEM; -EBUSY if no CPU may move, or one did not; -EINVAL; -EINTR if the
 * caller was killed while it waited for its turn, see linmap_rate=.
 */
int linmap_begin_change(unsigned long start, unsigned long end);
void linmap_end_change(unsigned long start);

/**
 * linmap_split_area() - make pages of what a vmalloc area consists of, by one edit
 * @area: its pages are known
 *
 * Before permissions of the area change page by page, and long before vfree() does that,
 * which cannot fail. Without memory it does nothing, and the pages are split when they
 * change.
 *
 * Context: may sleep. Callers may hold the lock of CPU hotplug.
 */
void linmap_split_area(const struct vm_struct *area);

/* Nobody changes the tables of the linear map while they are copied. May sleep. */
unsigned int linmap_hold_tables(void);
void linmap_let_tables_go(unsigned int flags);

/* The map's lock, exclusive: for writers that store tables, or take no other lock. */
void linmap_lock_map(void);
void linmap_unlock_map(void);

/**
 * linmap_make_pages() - make pages of a range
 * @start: first address, page aligned, in the linear map
 * @end: after the last one
 *
 * Context: may sleep.
 * Return: as linmap_begin_change().
 */
int linmap_make_pages(unsigned long start, unsigned long end);

/* An entry was stored to swapper_pg_dir; its barrier comes after this. */
void linmap_root_written(pgd_t *slot, pgd_t entry);

#ifdef CONFIG_ARM64_LINMAP_FAULTS
/* linmap_fault=widen, race: a CPU can be asked to move in the middle of a switch. */
void linmap_widen_switch(void);
bool linmap_fault_races(void);
#else
static inline void linmap_widen_switch(void)
{
}

static inline bool linmap_fault_races(void)
{
	return false;
}
#endif

/* The executing CPU stays on its root, and TTBR1_EL1 may be read, changed and written. */
static inline unsigned long linmap_hold_root(void)
{
	unsigned long flags = 0;

	if (!linmap_fault_races())
		raw_local_irq_save(flags);
	return flags;
}

static inline void linmap_let_root_go(unsigned long flags)
{
	if (!linmap_fault_races())
		raw_local_irq_restore(flags);
}

#else

static inline bool linmap_is_large(void)
{
	return false;
}

static inline int linmap_begin_change(unsigned long start, unsigned long end)
{
	int err = split_kernel_leaf_mapping(start, end);

	WARN_ON_ONCE(err);
	return err;
}

static inline void linmap_end_change(unsigned long start)
{
}

static inline void linmap_split_area(const struct vm_struct *area)
{
}

static inline unsigned int linmap_hold_tables(void)
{
	return 0;
}

static inline void linmap_let_tables_go(unsigned int flags)
{
}

static inline void linmap_lock_map(void)
{
}

static inline void linmap_unlock_map(void)
{
}

static inline int linmap_make_pages(unsigned long start, unsigned long end)
{
	return 0;
}

static inline void linmap_root_written(pgd_t *slot, pgd_t entry)
{
}

static inline void linmap_widen_switch(void)
{
}

static inline unsigned long linmap_hold_root(void)
{
	return 0;
}

static inline void linmap_let_root_go(unsigned long flags)
{
}

#endif

/* A KFENCE pool that is switched on late; @stock is the kernel's own way. */
static inline int linmap_split_pool(int (*stock)(unsigned long, unsigned long, gfp_t),
				    unsigned long start, unsigned long end, gfp_t gfp)
{
	return linmap_is_large() ? linmap_make_pages(start, end) : stock(start, end, gfp);
}

#endif
