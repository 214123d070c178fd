// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CPUs of a running kernel move from swapper_pg_dir to a clone of it, and home: the
 * interrupt that asks them, the move itself, CPUs that come and go, and root entries that
 * others store meanwhile. Knows nothing of what an edit changes.
 *
 * A CPU is counted from before it is started until its firmware says that it is off. In
 * between it is on swapper_pg_dir, where every way into the kernel begins, or on the
 * clone, to which only move_cpu() takes it.
 */
#define pr_fmt(fmt) "linmap: " fmt

#include <linux/bitfield.h>
#include <linux/cpu.h>
#include <linux/cpu_pm.h>
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/psci.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include <asm/daifflags.h>
#include <asm/memory.h>
#include <asm/mmu_context.h>
#include <asm/pgtable.h>
#include <asm/sections.h>
#include <asm/smp_plat.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>

#include <uapi/linux/psci.h>

#include <linmap/roll.h>

#include "call_sites.h"
#include "port.h"

/* How long a CPU may have its interrupts masked before the edit is given up. */
#define PATIENCE (10 * HZ)

/*
 * The kernel finds other tables by their distance from the root that TTBR1_EL1 has: KPTI's
 * trampoline, and the empty table that software PAN puts into TTBR0_EL1. So the clone is
 * the last page of a group that is laid out as the kernel's. A CPU that went home may
 * still have the empty table in TTBR0_EL1: the group is never freed.
 */
#define GROUP_SIZE (TRAMP_SWAPPER_OFFSET + PAGE_SIZE)

static struct lm_roll roll;
static struct lm_roll_commit commit;
static u32 last_generation[NR_CPUS];
static pgd_t *clone;

struct linmap_moves linmap_moves;

/* The longest time with all exceptions masked, in ticks of the architected timer. */
static DEFINE_PER_CPU(u64, longest_masked);

/* ------------------------------------------------------------------- TTBR1_EL1 */

/*
 * What TTBR1_EL1 has for the two roots, besides ASID and CnP. A kernel that is built for
 * 52 bits and runs with 48 adds an offset to the address, which is taken from what the
 * boot CPU has. After boot only this file and the kernel's own assembly change the address
 * in TTBR1_EL1; C code elsewhere changes the ASID.
 */
static u64 root_bits[2];

static u64 bits_of(u64 ttbr1)
{
	return ttbr1 & ~(TTBRx_EL1_ASID_MASK | TTBRx_EL1_CnP);
}

static bool is_on(unsigned int root)
{
	return bits_of(read_sysreg(ttbr1_el1)) == root_bits[root];
}

static void write_ttbr1(u64 ttbr1)
{
	write_sysreg(ttbr1, ttbr1_el1);
	isb();
}

/* --------------------------------------------------------------------- one move */

/* A CPU that is not where it is counted has lost a move: nothing is right after that. */
static void check_came_from(unsigned int root)
{
	if (likely(is_on(root)))
		return;
	atomic_inc(&linmap_moves.strays);
	WARN_ONCE(1, "linmap: CPU %u is not on root %u\n", smp_processor_id(), root);
}

static void note_masked(u64 begin)
{
	u64 ticks = read_sysreg(cntvct_el0) - begin;

	if (ticks > this_cpu_read(longest_masked))
		this_cpu_write(longest_masked, ticks);
}

/*
 * With ASID 0, which no process has, and by way of an empty table for each half, so that
 * nothing of a process meets the identity map, whose entries are global. The assembly
 * leaves CnP clear.
 *
 * TTBR0, ASID and T0SZ are kept as they are, not set to those of current->active_mm: the
 * interrupt may have come in the middle of exec_mmap() or of an EFI call.
 */
static void notrace __nocfi replace_root(phys_addr_t root)
{
	typedef void replace_fn(phys_addr_t ttbr1);
	extern replace_fn idmap_cpu_replace_ttbr1;
	replace_fn *replace = (void *)__pa_symbol(idmap_cpu_replace_ttbr1);
	u64 ttbr0 = read_sysreg(ttbr0_el1);
	u64 ttbr1 = read_sysreg(ttbr1_el1);
	u64 t0sz = read_sysreg(tcr_el1) & TCR_EL1_T0SZ_MASK;

	cpu_set_reserved_ttbr0();
	write_ttbr1(bits_of(ttbr1));
	cpu_install_ttbr0(phys_to_ttbr(__pa_symbol(idmap_pg_dir)),
			  TCR_T0SZ(IDMAP_VA_BITS));
	replace(phys_to_ttbr(root));
	cpu_set_reserved_ttbr0();
	local_flush_tlb_all();
	__cpu_set_tcr_t0sz(t0sz);
	/* As cpu_do_switch_mm() does it. */
	write_sysreg(read_sysreg(ttbr1_el1) | (ttbr1 & TTBRx_EL1_ASID_MASK), ttbr1_el1);
	write_sysreg(ttbr0, ttbr0_el1);
	isb();
	post_ttbr_update_workaround();
}
NOKPROBE_SYMBOL(replace_root);

static void notrace move_cpu(void *ctx, unsigned int cpu, unsigned int root)
{
	unsigned long daif = local_daif_save();
	u64 begin = read_sysreg(cntvct_el0);

	check_came_from(!root);
	replace_root(root ? virt_to_phys(clone) : __pa_symbol(swapper_pg_dir));
	note_masked(begin);
	local_daif_restore(daif);
	atomic_inc(&linmap_moves.moves);
}
NOKPROBE_SYMBOL(move_cpu);

/* Both roots are equal, and TLBs hold nothing else: CnP may return. */
static void notrace go_home(void *ctx, unsigned int cpu, unsigned int root)
{
	unsigned long daif = local_daif_save();
	u64 begin = read_sysreg(cntvct_el0);
	u64 ttbr1 = read_sysreg(ttbr1_el1);

	check_came_from(!root);
	write_ttbr1(root_bits[root] | (ttbr1 & TTBRx_EL1_ASID_MASK) |
		    (system_supports_cnp() ? TTBRx_EL1_CnP : 0));
	note_masked(begin);
	local_daif_restore(daif);
}
NOKPROBE_SYMBOL(go_home);

/* ------------------------------------------------------------------- the leader */

static const struct lm_roll_port port;
static unsigned long deadline;

/* CPUs that were not online when they were asked. The leader's. */
static struct cpumask not_online;

static void answer(void *unused)
{
	if (!linmap_fault_is_deaf())
		lm_roll_answer(&roll, &port, smp_processor_id());
}
static DEFINE_PER_CPU(call_single_data_t, request) = CSD_INIT(answer, NULL);

/*
 * -EBUSY: an earlier request has not been taken yet. The CPU takes it off its list before
 * it looks at the word, so that one serves this call, too.
 */
static void call(void *ctx, unsigned int cpu)
{
	if (smp_call_function_single_async(cpu, per_cpu_ptr(&request, cpu)) == -ENXIO)
		cpumask_set_cpu(cpu, &not_online);
}

static bool expired(void *ctx)
{
	return time_after(jiffies, deadline);
}

/* A CPU that was coming up answers once it can. */
static void relax(void *ctx)
{
	unsigned int cpu;

	for_each_cpu(cpu, &not_online)
	{
		if (!cpu_online(cpu))
			continue;
		cpumask_clear_cpu(cpu, &not_online);
		call(ctx, cpu);
	}
	cpu_relax();
	cond_resched();
}

static void invalidate(void *ctx)
{
	flush_tlb_all();
}

static const struct lm_roll_port port = {
	.call = call,
	.expired = expired,
	.relax = relax,
	.move = move_cpu,
	.go_home = go_home,
	.invalidate = invalidate,
};

static void begin_to_wait(void *ctx)
{
	deadline = jiffies + PATIENCE;
	cpumask_clear(&not_online);
}

static void is_late(void *ctx, unsigned int cpu)
{
	pr_warn("CPU %u has not answered for %u s; waiting for it\n", cpu, PATIENCE / HZ);
}

/* --------------------------------------- root entries that others store meanwhile */

static DEFINE_RAW_SPINLOCK(mirror_lock);
static bool is_mirroring;

/*
 * After the store to swapper_pg_dir, before its barrier. Either mirror_begin() comes
 * later, and finds it there, or this stores it to the clone, too.
 */
void linmap_root_written(pgd_t *pgdp, pgd_t pgd)
{
	unsigned long flags;

	/* Not in a stop at boot, for one. */
	if (!READ_ONCE(clone))
		return;
	raw_spin_lock_irqsave(&mirror_lock, flags);
	if (is_mirroring)
		WRITE_ONCE(clone[pgdp - swapper_pg_dir], pgd);
	raw_spin_unlock_irqrestore(&mirror_lock, flags);
}

/* Whether an entry of the root is of the linear map, which the map's lock protects. */
static bool is_linear(const struct lm_format *fmt, unsigned int index)
{
	const struct lm_level *root = lm_level(fmt, fmt->start_level);

	return index < (PAGE_END >> root->shift & (root->entries - 1));
}

static void mirror_entry(unsigned int index)
{
	raw_spin_lock_irq(&mirror_lock);
	WRITE_ONCE(clone[index], READ_ONCE(swapper_pg_dir[index]));
	raw_spin_unlock_irq(&mirror_lock);
}

/*
 * What others store from now on, and what they have stored since the clone was filled: one
 * entry at a time, so that interrupts are not masked for all of them.
 */
static void mirror_begin(const struct lm_format *fmt)
{
	raw_spin_lock_irq(&mirror_lock);
	is_mirroring = true;
	raw_spin_unlock_irq(&mirror_lock);
	for (unsigned int i = 0; i < lm_level(fmt, fmt->start_level)->entries; i++) {
		if (!is_linear(fmt, i))
			mirror_entry(i);
	}
}

static void mirror_end(void)
{
	raw_spin_lock_irq(&mirror_lock);
	is_mirroring = false;
	raw_spin_unlock_irq(&mirror_lock);
}

/* ------------------------------------------------------------ what the core calls */

static const struct lm_format *format;
static lm_pa_t clone_pa;
static struct lm_roller roller;

/* The trampoline is mapped by an initcall; nobody uses the clone's yet. */
static void copy_trampoline(void)
{
#ifdef CONFIG_UNMAP_KERNEL_AT_EL0
	memcpy((void *)clone - TRAMP_SWAPPER_OFFSET, tramp_pg_dir, PAGE_SIZE);
#endif
}

static int roll_out(void *ctx, lm_pa_t home, lm_pa_t away, unsigned int *culprit)
{
	int err;

	copy_trampoline();
	mirror_begin(format);
	dsb(ishst);
	err = commit.roller.out(&commit, home, away, culprit);
	if (!err)
		return 0;
	pr_warn("CPU %u has not answered for %u s; the edit is given up\n", *culprit,
		PATIENCE / HZ);
	if (err != -LM_EAWAY)
		mirror_end();
	return err;
}

static int roll_back(void *ctx, unsigned int *culprit)
{
	int err = commit.roller.back(&commit, culprit);

	if (!err)
		mirror_end();
	return err;
}

static void roll_home(void *ctx)
{
	commit.roller.go_home(&commit);
	mirror_end();
	linmap_moves.rolls++;
}

/* -------------------------------------------------- CPUs that come, go and sleep */

/* CPUs that may be in kernel text, and will never answer. */
static struct cpumask lost;

bool linmap_can_roll(void)
{
	return clone && cpumask_empty(&lost);
}

/*
 * Before it is started, while no CPU is away: it begins at swapper_pg_dir. If an edit
 * begins now, that waits for it.
 */
static int cpu_comes(unsigned int cpu)
{
	linmap_lock_map();
	lm_roll_arrive(&roll, cpu);
	linmap_unlock_map();
	return 0;
}

static bool is_counted(unsigned int cpu)
{
	return last_generation[cpu] != LM_ROLL_ABSENT;
}

/*
 * The CPU does not run any more, or has never come up. Only firmware knows; a CPU that it
 * does not know to be off stays counted, and there are no edits any more.
 */
static int cpu_is_gone(unsigned int cpu)
{
	if (psci_ops.affinity_info && psci_ops.affinity_info(cpu_logical_map(cpu), 0) ==
					      PSCI_0_2_AFFINITY_LEVEL_OFF) {
		linmap_moves.gone_away += is_counted(cpu) && last_generation[cpu] & 1;
		lm_roll_leave(&roll, cpu);
		return 0;
	}
	cpumask_set_cpu(cpu, &lost);
	pr_err("CPU %u may still use the kernel's tables; they stay as they are from now on\n",
	       cpu);
	return 0;
}

#ifdef CONFIG_CPU_PM
/*
 * A CPU that loses its registers resumes at swapper_pg_dir. So it must not while it is on
 * the clone; nor does it get there before it has answered, with interrupts on.
 */
static int before_sleep(struct notifier_block *block, unsigned long event, void *unused)
{
	if (event != CPU_PM_ENTER || is_on(0))
		return NOTIFY_OK;
	atomic_inc(&linmap_moves.sleeps_refused);
	return NOTIFY_BAD;
}

static struct notifier_block sleep_notifier = { .notifier_call = before_sleep };

static int __init watch_sleep(void)
{
	return cpu_pm_register_notifier(&sleep_notifier);
}
#else
static int __init watch_sleep(void)
{
	return 0;
}
#endif

/* ------------------------------------------------------------------- the counters */

u64 linmap_longest_masked_ns(void)
{
	u64 ticks = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) ticks = max(ticks, per_cpu(longest_masked, cpu));
	return div_u64(ticks * NSEC_PER_SEC, arch_timer_get_cntfrq());
}

/* One that is not counted would not be asked to move. */
static void check_is_home(void *strays)
{
	if (!is_on(0) || !is_counted(smp_processor_id()))
		atomic_inc(strays);
}

unsigned int linmap_cpus_astray(void)
{
	atomic_t strays = ATOMIC_INIT(0);

	on_each_cpu(check_is_home, &strays, true);
	return atomic_read(&strays);
}

/* ---------------------------------------------------------------------- beginning */

/* Before there are secondaries, so that each of them is counted before it starts. */
int __init linmap_roll_init(struct lm_map *map)
{
	struct page *group = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(GROUP_SIZE));
	int err;

	BUILD_BUG_ON(RESERVED_SWAPPER_OFFSET > TRAMP_SWAPPER_OFFSET);
	if (!group)
		return -ENOMEM;
	root_bits[0] = bits_of(read_sysreg(ttbr1_el1));
	clone_pa.v = page_to_phys(group) + TRAMP_SWAPPER_OFFSET;
	root_bits[1] = root_bits[0] - phys_to_ttbr(__pa_symbol(swapper_pg_dir)) +
		       phys_to_ttbr(clone_pa.v);
	if (lm_roll_init(&roll, last_generation, nr_cpu_ids))
		return -EINVAL;
	lm_roll_commit_init(&commit, &roll, &port, map->root);
	commit.begin = begin_to_wait;
	commit.late = is_late;
	format = &map->fmt;
	roller = (struct lm_roller){
		.out = roll_out,
		.back = roll_back,
		.go_home = roll_home,
		.clone = &clone_pa,
	};
	map->env.roller = &roller;
	err = watch_sleep();
	if (err)
		return err;
	err = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "arm64/linmap:prepare", cpu_comes,
				cpu_is_gone);
	if (err < 0)
		return err;
	clone = phys_to_virt(clone_pa.v);
	return 0;
}
