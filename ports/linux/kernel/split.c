// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The split of the linear map into pages, at boot, when a secondary CPU does not tolerate
 * live changes of entry size. Knows when and what; the core knows how.
 */
#define pr_fmt(fmt) "linmap: " fmt

#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/vmstat.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

#include <asm/memory.h>
#include <asm/mmu_context.h>
#include <asm/sections.h>

#include "call_sites.h"
#include "port.h"

/* The map may change between staging and the stop, but not for ever. */
#define ATTEMPTS 8

struct linmap_outcome linmap_outcomes[LINMAP_REGIONS];

/* One split: the state of all steps. */
struct split {
	struct lm_map map;
	struct lm_edit edit;
	struct lm_cpus cpus;
	u32 *flag;
	struct linmap_outcome *outcome;
};

u64 linmap_tables(const struct lm_plan *plan)
{
	u64 tables = 0;

	for (int level = 0; level < LM_LEVELS; level++)
		tables += plan->new_tables[level] + plan->copied_tables[level];
	return tables;
}

/* ------------------------------------------------------------------- the CPUs */

static struct lm_cpu cpu_levels[NR_CPUS] __initdata;

/* By number, except that the boot CPU, which is the leader, is first. */
static unsigned int __init place_of(unsigned int cpu)
{
	unsigned int place = 0;
	unsigned int other;

	for_each_online_cpu(other) place += other < cpu;
	return place;
}

static void __init record_level(void *tolerant)
{
	bool (*is_tolerant)(void) = tolerant;

	cpu_levels[place_of(smp_processor_id())].bbm_level = is_tolerant() ? LM_BBM_LIVE :
									     0;
}

/* ------------------------------------------------------------------- the stop */

/* Where the kernel holds CPUs off its map, until the flag is 0 again. */
static void __init wait_in_idmap(void)
{
	extern void wait_linear_map_split_to_ptes(void);
	void (*wait)(void) = (void *)__pa_symbol(wait_linear_map_split_to_ptes);

	cpu_install_idmap();
	wait();
	cpu_uninstall_idmap();
}

static int __init commit(struct split *split)
{
	struct lm_window window;
	int err = lm_window_open(&window, &split->map, &split->cpus, 0, LM_OTHERS_HELD);

	if (err)
		return err;
	err = lm_edit_commit(&window, &split->edit);
	if (split->outcome->way == LM_SWITCH)
		linmap_share_tlb();
	lm_window_close(&window);
	return err;
}

static int __init linmap_stopped(void *arg)
{
	struct split *split = arg;
	u64 start;

	if (smp_processor_id()) {
		wait_in_idmap();
		return 0;
	}
	smp_cond_load_acquire(split->flag, VAL == num_online_cpus());
	start = local_clock();
	split->outcome->err = commit(split);
	split->outcome->ns[LINMAP_STOP] = local_clock() - start;
	/* After the commit has invalidated; or nothing has changed. */
	smp_store_release(split->flag, 0);
	return 0;
}

unsigned int linmap_stops;

int __init linmap_stop(cpu_stop_fn_t callback, void *arg)
{
	linmap_stops++;
	return stop_machine(callback, arg, cpu_online_mask);
}

static int __init stop_and_commit(struct split *split)
{
	linmap_fault_change();
	WRITE_ONCE(*split->flag, 1);
	/* CPUs that are about to be held count from this value. */
	smp_mb();
	split->outcome->stops++;
	linmap_stop(linmap_stopped, split);
	return split->outcome->err;
}

/* --------------------------------------------------------------- what to split */

/*
 * KFENCE changes its pages from atomic context, at any time. The tables that map them are
 * never copied, so all that these tables map is a region of its own.
 */
static bool __init kfence_region(struct lm_region *region)
{
#ifdef CONFIG_KFENCE
	unsigned long pool = (unsigned long)__kfence_pool;

	if (!pool)
		return false;
	region->range.start.v = round_down(pool, PMD_SIZE);
	region->range.size =
		round_up(pool + KFENCE_POOL_SIZE, PMD_SIZE) - region->range.start.v;
	return true;
#else
	return false;
#endif
}

static struct lm_range __init kernel_alias(void)
{
	unsigned long start = (unsigned long)lm_alias(_stext);
	unsigned long end = (unsigned long)lm_alias(__init_begin);

	return (struct lm_range){ { start }, end - start };
}

/* Regions inside the one that is split are split separately. */
static void __init begin_edit(struct split *split, const struct lm_region *region)
{
	lm_edit_to_pages(&split->edit, &split->map, region->range);
	lm_edit_except(&split->edit, kernel_alias());
	for (const struct lm_region *inner = split->map.regions; inner != region;
	     inner = inner->next)
		lm_edit_except(&split->edit, inner->range);
	if (linmap_fault_trusts())
		lm_edit_locked(&split->edit);
}

/* --------------------------------------------------------------------- logging */

static void __init log_missing(const struct lm_plan *plan)
{
	pr_err("%llu KiB of tables are needed and %lu KiB of memory are free\n",
	       plan->bytes / 1024,
	       global_zone_page_state(NR_FREE_PAGES) * (PAGE_SIZE / 1024));
}

static void __init log_outcome(const struct linmap_outcome *outcome)
{
	const struct lm_plan *plan = &outcome->plan;
	u64 tables = linmap_tables(plan);

	if (outcome->err)
		pr_err("%s: not split by %s: %s\n", outcome->region,
		       linmap_way_name(outcome->way), lm_strerror(outcome->err));
	else
		pr_info("%s: %llu %s to pages by %s; tables planned %llu (in %llu ns), used %llu, left %llu; %llu %s in a stop of %llu ns\n",
			outcome->region, plan->leaves,
			plan->leaves == 1 ? "leaf" : "leaves",
			linmap_way_name(outcome->way), tables,
			outcome->ns[LINMAP_COUNT] + outcome->ns[LINMAP_PLAN],
			tables - outcome->tables_left, outcome->tables_left,
			plan->updates, plan->updates == 1 ? "store" : "stores",
			outcome->ns[LINMAP_STOP]);
}

/* ------------------------------------------------------------------ splitting */

static int __init plan(struct lm_edit *edit)
{
	return lm_edit_plan(edit, container_of(edit, struct split, edit)->outcome->way);
}

static int __init timed(struct split *split, enum linmap_step step,
			int (*take)(struct lm_edit *edit))
{
	u64 start = local_clock();
	int err = take(&split->edit);

	split->outcome->ns[step] = local_clock() - start;
	return err;
}

static int __init try_region(struct split *split, const struct lm_region *region)
{
	struct linmap_outcome *outcome = split->outcome;
	int err;

	begin_edit(split, region);
	err = timed(split, LINMAP_PLAN, plan);
	outcome->plan = split->edit.plan;
	if (!err)
		err = timed(split, LINMAP_RESERVE, lm_edit_reserve);
	if (!err)
		err = timed(split, LINMAP_STAGE, lm_edit_stage);
	if (!err && outcome->plan.leaves)
		err = stop_and_commit(split);
	outcome->tables_left = lm_edit_tables_left(&split->edit);
	outcome->err = err;
	timed(split, LINMAP_RELEASE, lm_edit_release);
	return err;
}

static int __init split_region(struct split *split, struct lm_region *region,
			       enum lm_way way, u64 count_ns)
{
	struct linmap_outcome *outcome = split->outcome;
	int err = -LM_ESTALE;

	*outcome = (struct linmap_outcome){ .region = region->name, .way = way };
	outcome->ns[LINMAP_COUNT] = count_ns;
	for (int attempt = 0; err == -LM_ESTALE && attempt < ATTEMPTS; attempt++)
		err = try_region(split, region);
	if (err == -LM_ENOMEM)
		log_missing(&outcome->plan);
	if (err || outcome->plan.leaves)
		log_outcome(outcome);
	split->outcome++;
	return err;
}

/* The pool's neighbours share tables with it, so change these tables in place. */
static enum lm_way __init way_of_volatile(enum lm_way way)
{
	return way == LM_SWITCH ? LM_LIVE : way;
}

static int __init add_region(struct split *split, struct lm_region *region, u64 *count_ns)
{
	u64 start = local_clock();
	int err = lm_map_add_region(&split->map, region);

	*count_ns = local_clock() - start;
	return err;
}

static int __init split_all(struct split *split, enum lm_way way)
{
	static struct lm_region linear __initdata = { .name = "linear map" };
	static struct lm_region kfence __initdata = {
		.name = "around the KFENCE pool",
		.flags = LM_VOLATILE,
	};
	u64 linear_ns = 0;
	u64 kfence_ns = 0;
	int err = linmap_describe(&split->map);

	/*
	 * As the kernel does: a map that is split has no hints, not even where it is
	 * excepted.
	 */
	linear.range = linmap_linear_range();
	linear.flags = LM_NO_RUNS;
	kfence.flags |= LM_NO_RUNS;
	if (!err)
		err = add_region(split, &linear, &linear_ns);
	if (!err && kfence_region(&kfence)) {
		err = add_region(split, &kfence, &kfence_ns);
		if (!err)
			err = split_region(split, &kfence, way_of_volatile(way),
					   kfence_ns);
	}
	return err ?: split_region(split, &linear, way, linear_ns);
}

void __init linmap_split(cpu_stop_fn_t stock, u32 *flag, bool (*tolerant)(void))
{
	static struct split split __initdata;
	enum lm_way way = linmap_wanted_way();
	int err;

	if (linmap_is_off()) {
		linmap_fault_change();
		linmap_stop(stock, NULL);
		return;
	}
	on_each_cpu(record_level, tolerant, 1);
	split.cpus = (struct lm_cpus){ cpu_levels, num_online_cpus() };
	split.flag = flag;
	split.outcome = linmap_outcomes;
	err = split_all(&split, way == LM_WAYS ? LM_SWITCH : way);
	if (!err) {
		if (linmap_tables_kept)
			pr_info("%zu replaced tables are kept (%zu KiB)\n",
				linmap_tables_kept,
				linmap_tables_kept * (PAGE_SIZE / 1024));
		return;
	}
	/* The kernel's own way would need the same memory, at a worse moment. */
	if (err == -LM_ENOMEM)
		panic("linmap: no memory for the tables of the linear map\n");
	pr_warn("%s The kernel splits the linear map in its own way.\n",
		lm_strerror(err));
	WRITE_ONCE(*flag, 1);
	smp_mb();
	linmap_stop(stock, NULL);
}
