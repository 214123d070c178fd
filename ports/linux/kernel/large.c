// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A linear map that keeps large leaves on CPUs of any level, and is split when and where
 * something has to be small: by roll, or live if every CPU is level 3. Has the lock that
 * writers of the linear map take, and decides when a replaced table may be freed. Does
 * not know how CPUs move.
 */
#define pr_fmt(fmt) "linmap: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include <asm/cpufeature.h>
#include <asm/memory.h>
#include <asm/pgalloc.h>
#include <asm/pgtable.h>
#include <asm/rsi.h>
#include <asm/sections.h>

#include "call_sites.h"
#include "port.h"

#define CREATE_TRACE_POINTS
#include "linmap_trace.h"

struct linmap_edits linmap_edits;

/* --------------------------------------------------------------- large or not */

static bool wants_large __initdata = true;
static bool is_decided __ro_after_init;
static bool is_large __ro_after_init;

static int __init parse_map(char *arg)
{
	wants_large = arg && !strcmp(arg, "large");
	if (!wants_large && (!arg || strcmp(arg, "stock")))
		pr_warn("linmap_map=%s: unknown; use large or stock. Using stock\n",
			arg ?: "");
	return 0;
}
early_param("linmap_map", parse_map);

/*
 * Tables that map something else, too, have writers that do not take the map's lock. They
 * are at the top only: an entry of the root that ends after the linear map.
 */
static bool __init shares_root_entry(const struct lm_format *fmt)
{
	u64 entry_size = lm_entry_size(fmt, fmt->start_level);
	unsigned long end = (unsigned long)__va(memblock_end_of_DRAM());

	return (PAGE_END & (entry_size - 1)) && end > round_down(PAGE_END, entry_size);
}

/* Why the linear map has pages from the start; NULL if it has not. */
static const char *__init why_not_large(void)
{
	static struct lm_map map __initdata;

	if (!wants_large)
		return "linmap_map=stock";
	if (linmap_is_off())
		return "linmap=off";
	if (is_realm_world())
		return "this is a realm";
	if (debug_pagealloc_enabled())
		return "debug_pagealloc changes pages from atomic context";
	if (!can_set_direct_map())
		return "nothing has to be small in it";
	if (linmap_describe(&map))
		return "its geometry is unknown";
	if (shares_root_entry(&map.fmt))
		return "it shares tables with the rest of the kernel's map";
	return NULL;
}

/* First asked when the linear map is made, after all early parameters. */
bool __ref linmap_is_large(void)
{
	const char *why_not;

	if (is_decided)
		return is_large;
	why_not = why_not_large();
	is_decided = true;
	is_large = !why_not;
	if (is_large)
		pr_info("the linear map keeps large leaves, and is split where needed\n");
	else
		pr_info("the linear map is as without linmap: %s\n", why_not);
	return is_large;
}

/* --------------------------------------------------------------------- the lock */

/*
 * Shared: attributes of leaves change. Exclusive: tables do. Taken by every writer of the
 * linear map, except KFENCE, whose pages change from atomic context: their tables are
 * neither copied nor replaced. After the lock of CPU hotplug, never before it.
 */
static DECLARE_RWSEM(map_lock);

void linmap_lock_map(void)
{
	down_write(&map_lock);
}

void linmap_unlock_map(void)
{
	up_write(&map_lock);
}

void linmap_lock_map_shared(void)
{
	down_read(&map_lock);
}

void linmap_unlock_map_shared(void)
{
	up_read(&map_lock);
}

/* For kexec: memory that it needs must not be reclaimed from secretmem meanwhile. */
unsigned int linmap_hold_tables(void)
{
	unsigned int flags = memalloc_nofs_save();

	linmap_lock_map_shared();
	return flags;
}

void linmap_let_tables_go(unsigned int flags)
{
	linmap_unlock_map_shared();
	memalloc_nofs_restore(flags);
}

/* -------------------------------------------------------------- replaced tables */

static LIST_HEAD(retired);
static DEFINE_SPINLOCK(retired_lock);

static void free_table(struct page *page)
{
	if (PageReserved(page)) {
		/* From before there was a page allocator: no constructor has run. */
		free_reserved_page(page);
		return;
	}
	pagetable_dtor_free(page_ptdesc(page));
}

/*
 * A walker of the kernel's tables holds the map's lock (permission changes, debugfs, the
 * copy that kexec makes), has interrupts masked or is in an RCU read section (a fault's
 * report), or holds this lock of init_mm (ptdump). Each kind is waited for, one after the
 * other.
 */
static void wait_for_walkers(void)
{
	synchronize_rcu();
	linmap_lock_map();
	linmap_unlock_map();
	mmap_write_lock(&init_mm);
	mmap_write_unlock(&init_mm);
}

static void free_retired(struct work_struct *work)
{
	struct page *page, *next;
	LIST_HEAD(tables);

	spin_lock(&retired_lock);
	list_splice_init(&retired, &tables);
	spin_unlock(&retired_lock);
	wait_for_walkers();
	list_for_each_entry_safe(page, next, &tables, lru)
	{
		list_del(&page->lru);
		free_table(page);
		linmap_edits.tables_freed++;
	}
}
static DECLARE_WORK(free_work, free_retired);

void linmap_retire(struct page *first, size_t tables)
{
	linmap_edits.tables_retired += tables;
	spin_lock(&retired_lock);
	for (size_t i = 0; i < tables; i++)
		list_add(&first[i].lru, &retired);
	spin_unlock(&retired_lock);
	schedule_work(&free_work);
}

/* ------------------------------------------------------------------------ edits */

/* Protected by the map's lock. */
static struct lm_map map;
static struct lm_region linear = { .name = "linear map", .flags = LM_NO_RUNS };
static struct lm_cpu levels[NR_CPUS];
static bool is_ready __ro_after_init;

/* Whether every CPU is level 3; the feature is named so from Linux 7.3 on. */
static bool all_tolerate(void)
{
#ifdef ARM64_HAS_BBML3
	return alternative_has_cap_unlikely(ARM64_HAS_BBML3);
#else
	return alternative_has_cap_unlikely(ARM64_HAS_BBML2_NOABORT);
#endif
}

static enum lm_way way_now(void)
{
	return all_tolerate() ? LM_LIVE : LM_ROLL;
}

static int commit(struct lm_edit *edit)
{
	struct lm_cpus cpus = { levels, nr_cpu_ids };
	struct lm_window window;
	int err;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		levels[cpu].bbm_level = edit->way == LM_LIVE ? LM_BBM_LIVE : 0;
	err = lm_window_open(&window, &map, &cpus, 0, LM_NONE_HELD);
	if (err)
		return err;
	err = lm_edit_commit(&window, edit);
	lm_window_close(&window);
	return err;
}

/*
 * Until every CPU has come back the edit cannot end. It keeps the map's lock, and all who
 * wait for that wait on.
 */
static void release(struct lm_edit *edit)
{
	while (lm_edit_release(edit) == -LM_EAWAY)
		pr_warn("CPU %u may still use tables that were given up; waiting for it\n",
			edit->culprit);
}

/**
 * struct target - what an edit is about
 * @range: all of it
 * @parts: NULL, or the only parts of @range to change: see lm_edit_only()
 * @part_count: how many
 */
struct target {
	struct lm_range range;
	const struct lm_range *parts;
	size_t part_count;
};

/* How an edit begins: what it does with a range. */
typedef void begin_fn(struct lm_edit *edit, struct lm_range range);

static int try_edit(struct lm_edit *edit, begin_fn *begin, const struct target *target)
{
	int err;

	begin(edit, target->range);
	if (target->parts)
		lm_edit_only(edit, target->parts, target->part_count);
	lm_edit_locked(edit);
	err = lm_edit_prepare(edit, way_now());
	/* Leaves of KFENCE are in last-level tables, which no edit has to copy. */
	if (!err && edit->plan.copied_tables[LM_LAST_LEVEL - LM_FIRST_LEVEL])
		err = -LM_EVOLATILE;
	if (!err && edit->plan.leaves)
		err = commit(edit);
	release(edit);
	return err;
}

/* What the caller of set_memory_ro() and the like gets. */
static int errno_of(const struct lm_edit *edit, const struct lm_range *range, int err)
{
	if (!err || err == -LM_ENOLEAF)
		return 0;
	linmap_edits.failed++;
	if (err == -LM_ENOMEM)
		return -ENOMEM;
	pr_warn_ratelimited("%s of %llu KiB at %llx: %s\n", lm_goal_name(edit),
			    range->size / 1024, range->start.v, lm_strerror(err));
	return -EBUSY;
}

static u64 sum(const u64 tables[LM_LEVELS])
{
	u64 all = 0;

	for (int i = 0; i < LM_LEVELS; i++)
		all += tables[i];
	return all;
}

static void count_edit(const struct lm_edit *edit)
{
	linmap_edits.edits++;
	linmap_edits.live += edit->way == LM_LIVE;
	linmap_edits.leaves += edit->plan.leaves;
	linmap_edits.tables_added += sum(edit->plan.new_tables);
	linmap_edits.tables_given_back += sum(edit->plan.retired_tables);
}

/*
 * Allocation must not reclaim what would change the linear map itself: an inode of
 * secretmem, for one, would wait for the lock that this has.
 */
static int edit_locked_map(begin_fn *begin, const struct target *target)
{
	static struct lm_edit edit;
	unsigned int flags;
	int err;

	if (!is_ready || (way_now() == LM_ROLL && !linmap_can_roll())) {
		pr_warn_ratelimited("%llu KiB at %llx cannot be changed: %s\n",
				    target->range.size / 1024, target->range.start.v,
				    is_ready ? "a CPU may still use the kernel's tables" :
					       "it is too early in the boot");
		return -EBUSY;
	}
	trace_linmap_edit_begin(target->range.start.v, target->range.size,
				target->part_count);
	flags = memalloc_nofs_save();
	err = try_edit(&edit, begin, target);
	/* Pages that changed by themselves do not matter; memory that came does. */
	if (err == -LM_ESTALE && !lm_region_recount(&map, &linear))
		err = try_edit(&edit, begin, target);
	memalloc_nofs_restore(flags);
	trace_linmap_edit_end(lm_goal_name(&edit), lm_way_name(edit.way),
			      edit.plan.leaves, edit.plan.bytes, err);
	if (!err && edit.plan.leaves)
		count_edit(&edit);
	return errno_of(&edit, &target->range, err);
}

static int edit_map(begin_fn *begin, const struct target *target)
{
	int err;

	linmap_lock_map();
	err = edit_locked_map(begin, target);
	linmap_unlock_map();
	return err;
}

static struct target range_of(unsigned long start, unsigned long end)
{
	return (struct target){ .range = { { start }, end - start } };
}

/* Tables that a map of pages would have, and this has not. */
u64 linmap_tables_saved(void)
{
	u64 saved = 0;

	for (int level = map.fmt.start_level; level < LM_LAST_LEVEL; level++) {
		u64 tables = linear.census.leaves[level - LM_FIRST_LEVEL][LM_SINGLE];

		for (int below = level + 1; below <= LM_LAST_LEVEL; below++) {
			saved += tables;
			tables *= lm_level(&map.fmt, below)->entries;
		}
	}
	return saved;
}

/* ----------------------------------------------------------- what has to be small */

/* What maps an address: a leaf above pages, or a table of pages; all 0 if nothing does. */
struct mapper {
	pte_t leaf;
	unsigned long leaf_size;
	pmd_t *pages;
};

/* There are no contiguous runs in a linear map with large leaves. */
static struct mapper mapper_of(unsigned long addr)
{
	static const struct mapper nothing;
	pgd_t *pgdp = pgd_offset_k(addr);
	p4d_t *p4dp;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;

	if (pgd_none(READ_ONCE(*pgdp)))
		return nothing;
	p4dp = p4d_offset(pgdp, addr);
	if (p4d_none(READ_ONCE(*p4dp)))
		return nothing;
	pudp = pud_offset(p4dp, addr);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud))
		return nothing;
	if (pud_leaf(pud))
		return (struct mapper){ pud_pte(pud), PUD_SIZE };
	pmdp = pmd_offset(pudp, addr);
	pmd = READ_ONCE(*pmdp);
	if (pmd_none(pmd))
		return nothing;
	if (pmd_leaf(pmd))
		return (struct mapper){ pmd_pte(pmd), PMD_SIZE };
	return (struct mapper){ .pages = pmdp };
}

/* Whether a leaf reaches across @addr: all that most changes have to ask. */
static bool is_inside_leaf(unsigned long addr)
{
	unsigned long size = mapper_of(addr).leaf_size;

	return size && !IS_ALIGNED(addr, size);
}

static void begin_split(struct lm_edit *edit, struct lm_range range)
{
	lm_edit_to_boundaries(edit, &map, range);
}

/* Vmalloc's tables are not those of the linear map, and KFENCE changes its own at will. */
static bool is_protected(unsigned long addr)
{
	return __is_lm_address(addr) && !is_kfence_address((void *)addr);
}

/*
 * Every edit interrupts all CPUs, and any user of secretmem causes edits. So those of users
 * who may not administer the machine wait: all of them together cause no more than this
 * many in a minute, after a first twentieth of them at once.
 */
static unsigned int edits_per_minute __ro_after_init = 600;

static int __init parse_rate(char *arg)
{
	if (!arg || kstrtouint(arg, 0, &edits_per_minute) || edits_per_minute > 60 * HZ)
		pr_warn("linmap_rate=%s: use 0 (no limit) to %u edits a minute\n",
			arg ?: "", 60 * HZ);
	edits_per_minute = min(edits_per_minute, 60 * HZ);
	return 0;
}
early_param("linmap_rate", parse_rate);

static DEFINE_SPINLOCK(rate_lock);
static unsigned long paid_until; /* in jiffies; protected by the lock */

static bool is_limited(void)
{
	return edits_per_minute && !(current->flags & PF_KTHREAD) &&
	       !has_capability_noaudit(current, CAP_SYS_ADMIN);
}

/* How long the caller has to wait for its edit, which is then the last one so far. */
static long take_turn(void)
{
	unsigned long one = DIV_ROUND_UP(60 * HZ, edits_per_minute);
	unsigned long burst = max(edits_per_minute / 20, 1) * one;
	unsigned long now = jiffies;
	long wait;

	spin_lock(&rate_lock);
	if (time_before(paid_until, now))
		paid_until = now;
	paid_until += one;
	wait = paid_until - now - burst;
	spin_unlock(&rate_lock);
	return wait;
}

/* Context: no lock of linmap. */
static int limit_rate(void)
{
	long wait = is_limited() ? take_turn() : 0;

	if (wait <= 0)
		return 0;
	atomic_inc(&linmap_edits.delayed);
	return schedule_timeout_killable(wait) ? -EINTR : 0;
}

/* Only a collapse, which an administrator asks for, can undo a split before its use. */
#define ATTEMPTS 8

int linmap_begin_change(unsigned long start, unsigned long end)
{
	struct target target = range_of(start, end);
	int err;

	if (!is_large) {
		err = split_kernel_leaf_mapping(start, end);
		WARN_ON_ONCE(err);
		return err;
	}
	if (!is_protected(start))
		return 0;
	if (!PAGE_ALIGNED(start) || !PAGE_ALIGNED(end))
		return -EINVAL;
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		linmap_lock_map_shared();
		if (!is_inside_leaf(start) && !is_inside_leaf(end))
			return 0;
		linmap_unlock_map_shared();
		err = limit_rate() ?: edit_map(begin_split, &target);
		if (err)
			return err;
	}
	return -EBUSY;
}

void linmap_end_change(unsigned long start)
{
	if (is_large && is_protected(start))
		linmap_unlock_map_shared();
}

/* -------------------------------------------------- many ranges, in one edit */

static int compare_starts(const void *a, const void *b)
{
	const struct lm_range *left = a;
	const struct lm_range *right = b;

	return left->start.v < right->start.v ? -1 : left->start.v > right->start.v;
}

/* The pages of an area that are inside of leaves; counts only if @parts is NULL. */
static size_t pages_inside_leaves(const struct vm_struct *area, struct lm_range *parts)
{
	size_t count = 0;

	for (unsigned int i = 0; i < area->nr_pages; i++) {
		unsigned long start = (unsigned long)page_address(area->pages[i]);

		if (!is_protected(start) ||
		    (!is_inside_leaf(start) && !is_inside_leaf(start + PAGE_SIZE)))
			continue;
		if (parts)
			parts[count] = (struct lm_range){ { start }, PAGE_SIZE };
		count++;
	}
	return count;
}

/*
 * What others change meanwhile does not matter: a page whose leaf is gone needs nothing any
 * more, and one that was missed is split when it changes.
 */
void linmap_split_area(const struct vm_struct *area)
{
	struct target target = { .range = linear.range };
	struct lm_range *parts;

	if (!is_large || !is_ready || linmap_fault_is_single())
		return;
	linmap_lock_map_shared();
	target.part_count = pages_inside_leaves(area, NULL);
	linmap_unlock_map_shared();
	if (target.part_count < 2)
		return;
	parts = kvmalloc_array(area->nr_pages, sizeof(*parts), GFP_KERNEL | __GFP_NOWARN);
	if (!parts)
		return;
	linmap_lock_map_shared();
	target.part_count = pages_inside_leaves(area, parts);
	linmap_unlock_map_shared();
	sort(parts, target.part_count, sizeof(*parts), compare_starts, NULL);
	target.parts = parts;
	if (target.part_count && !limit_rate())
		edit_map(begin_split, &target);
	kvfree(parts);
}

static void begin_pages(struct lm_edit *edit, struct lm_range range)
{
	lm_edit_to_pages(edit, &map, range);
}

/* For a KFENCE pool that is switched on late: before it changes its pages by itself. */
int linmap_make_pages(unsigned long start, unsigned long end)
{
	struct target target = range_of(start, end);

	return edit_map(begin_pages, &target);
}

/* ------------------------------------------------------------ large leaves again */

/* What others than the edit write at any time. */
static struct lm_range kfence_tables(void)
{
	struct lm_range range = {};
#ifdef CONFIG_KFENCE
	unsigned long pool = (unsigned long)__kfence_pool;

	if (pool) {
		range.start.v = round_down(pool, PMD_SIZE);
		range.size = round_up(pool + KFENCE_POOL_SIZE, PMD_SIZE) - range.start.v;
	}
#endif
	return range;
}

static struct lm_range image_alias(void)
{
	unsigned long start = round_down((unsigned long)lm_alias(_text), PMD_SIZE);
	unsigned long end = round_up((unsigned long)lm_alias(_end), PMD_SIZE);

	return (struct lm_range){ { start }, end - start };
}

static bool is_plain(pte_t pte)
{
	return pte_valid(pte) && pte_write(pte) && !pte_rdonly(pte);
}

static bool has_plain_pages(pmd_t *pmdp, unsigned long addr)
{
	pte_t *ptep = pte_offset_kernel(pmdp, addr);

	for (int i = 0; i < PTRS_PER_PTE; i++) {
		if (!is_plain(READ_ONCE(ptep[i])))
			return false;
	}
	return true;
}

/* Whether an aligned block of PMD_SIZE is memory from which nobody has taken anything. */
static bool is_plain_block(unsigned long addr)
{
	struct mapper mapper = mapper_of(addr);

	if (mapper.leaf_size)
		return is_plain(mapper.leaf);
	return mapper.pages && has_plain_pages(mapper.pages, addr);
}

/* Stretches of such blocks; the first one of @parts that is free is @count. */
static size_t plain_stretches(unsigned long start, unsigned long end,
			      struct lm_range *parts)
{
	size_t count = 0;

	for (unsigned long addr = start; addr < end; addr += PMD_SIZE) {
		struct lm_range *last = count ? &parts[count - 1] : NULL;

		cond_resched();
		if (!is_plain_block(addr))
			continue;
		if (last && last->start.v + last->size == addr)
			last->size += PMD_SIZE;
		else
			parts[count++] = (struct lm_range){ { addr }, PMD_SIZE };
	}
	return count;
}

static void begin_collapse(struct lm_edit *edit, struct lm_range range)
{
	struct lm_range pool = kfence_tables();

	lm_edit_collapse(edit, &map, range);
	lm_edit_except(edit, image_alias());
	if (pool.size)
		lm_edit_except(edit, pool);
}

/*
 * Only of memory that is readable and writable: 512 read-only pages as one leaf would have
 * to be split again to give one of them back, and code that frees memory does not expect
 * that to fail. So nobody may change pages between the look at them and the edit.
 */
static int collapse(unsigned long start, unsigned long end)
{
	struct target target = { .range = linear.range };
	size_t most = (end - start) / PMD_SIZE / 2 + 1;
	struct lm_range *parts = kvmalloc_array(most, sizeof(*parts), GFP_KERNEL);
	int err = 0;

	if (!parts)
		return -ENOMEM;
	linmap_lock_map();
	target.part_count = plain_stretches(start, end, parts);
	target.parts = parts;
	if (target.part_count)
		err = edit_locked_map(begin_collapse, &target);
	linmap_unlock_map();
	kvfree(parts);
	return err;
}

static unsigned long end_of_memory(void)
{
	return (unsigned long)__va(memblock_end_of_DRAM() - 1) + 1;
}

int linmap_collapse_all(void)
{
	return collapse(linear.range.start.v, round_down(end_of_memory(), PMD_SIZE));
}

int linmap_collapse(unsigned long start, unsigned long end)
{
	if (!IS_ALIGNED(start | end, PMD_SIZE) || start >= end ||
	    start < linear.range.start.v || end > end_of_memory())
		return -EINVAL;
	return collapse(start, end);
}

/* --------------------------------------------------------------------- beginning */

static int __init linmap_large_init(void)
{
	int err;

	if (!linmap_is_large())
		return 0;
	err = linmap_describe(&map);
	linear.range = linmap_linear_range();
	if (!err)
		err = lm_map_add_region(&map, &linear);
	if (err) {
		pr_err("the linear map cannot be split: %s\n", lm_strerror(err));
		return 0;
	}
	err = linmap_roll_init(&map);
	if (err) {
		pr_err("CPUs cannot roll: %d\n", err);
		return 0;
	}
	is_ready = true;
	pr_info("linear map: %llu tables (%llu KiB) fewer than with pages\n",
		linmap_tables_saved(), linmap_tables_saved() * (PAGE_SIZE / SZ_1K));
	return 0;
}
early_initcall(linmap_large_init);
