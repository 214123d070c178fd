// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * debugfs linmap/: what the linear map consists of now, and what was done to it. All but
 * collapse is read only.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linmap/check.h>

#include "call_sites.h"
#include "port.h"

/* A map is 1 KiB and rarely looked at: one for all readers. */
static DEFINE_MUTEX(look_lock);
static struct lm_map look_map;
static struct lm_region look_region;

/* A damaged table may point to something that is not memory. */
static void *table_if_any(void *ctx, lm_pa_t pa)
{
	return pfn_is_map_memory(PHYS_PFN(pa.v)) ? linmap_table_at(ctx, pa) : NULL;
}

/* Describe the map as it is now, and take its census. */
static int describe(void)
{
	int err = linmap_describe(&look_map);

	look_map.env.table = table_if_any;
	look_region = (struct lm_region){
		.name = "linear map",
		.range = linmap_linear_range(),
	};
	return err ?: lm_map_add_region(&look_map, &look_region);
}

/*
 * Tables are freed when memory is removed, or replaced, so hold both off meanwhile. What
 * reclaim might do must not wait for the map's lock: see edit_locked_map() in large.c.
 */
static int look(struct seq_file *s, int (*show)(struct seq_file *s))
{
	unsigned int flags = memalloc_nofs_save();
	int err;

	get_online_mems();
	mutex_lock(&look_lock);
	linmap_lock_map_shared();
	err = describe();
	if (!err)
		err = show(s);
	linmap_unlock_map_shared();
	mutex_unlock(&look_lock);
	put_online_mems();
	memalloc_nofs_restore(flags);
	if (err)
		seq_printf(s, "%s\n", lm_strerror(err));
	return 0;
}

/* --------------------------------------------------------------------- census */

/* In the format of x86's lines in /proc/meminfo: 4k, 64k, 2M, 1G. */
static void show_leaves(struct seq_file *s, u64 leaves, u64 size)
{
	char name[16];

	if (size < SZ_1M)
		snprintf(name, sizeof(name), "%lluk", size / SZ_1K);
	else if (size < SZ_1G)
		snprintf(name, sizeof(name), "%lluM", size / SZ_1M);
	else
		snprintf(name, sizeof(name), "%lluG", size / SZ_1G);
	seq_printf(s, "DirectMap%s:%*llu kB\n", name, 18 - (int)strlen(name),
		   leaves * (size / SZ_1K));
}

static int show_census(struct seq_file *s)
{
	const struct lm_format *fmt = &look_map.fmt;

	for (int level = LM_LAST_LEVEL; level >= fmt->start_level; level--) {
		const u64 *leaves = look_region.census.leaves[level - LM_FIRST_LEVEL];
		u64 size = lm_entry_size(fmt, level);

		if (!lm_level(fmt, level)->leaf)
			break;
		show_leaves(s, leaves[LM_SINGLE], size);
		if (lm_level(fmt, level)->run > 1)
			show_leaves(s, leaves[LM_RUN], size * lm_level(fmt, level)->run);
	}
	return 0;
}

static int census_show(struct seq_file *s, void *unused)
{
	return look(s, show_census);
}
DEFINE_SHOW_ATTRIBUTE(census);

/* ---------------------------------------------------------------------- check */

static int show_finding(void *ctx, const struct lm_finding *finding)
{
	seq_printf(ctx, "%016llx level %d %016llx: %s\n", finding->va.v, finding->level,
		   finding->desc.v, lm_finding_text(finding->kind));
	return 0;
}

static int ignore_finding(void *ctx, const struct lm_finding *finding)
{
	return 0;
}

/* Room for the addresses of all tables, to find tables that are reached twice. */
static lm_pa_t *room_for_tables(size_t *count)
{
	lm_pa_t *seen;

	for (*count = 4096;; *count *= 2) {
		seen = kvcalloc(*count, sizeof(*seen), GFP_KERNEL);
		if (!seen ||
		    lm_check(&look_map, seen, *count, ignore_finding, NULL) != -LM_ENOMEM)
			return seen;
		kvfree(seen);
	}
}

static int show_check(struct seq_file *s)
{
	size_t count;
	lm_pa_t *seen = room_for_tables(&count);
	s64 findings;

	if (!seen)
		return -LM_ENOMEM;
	findings = lm_check(&look_map, seen, count, show_finding, s);
	kvfree(seen);
	if (findings < 0)
		return findings;
	seq_printf(s, "findings: %lld\n", findings);
	return 0;
}

static int check_show(struct seq_file *s, void *unused)
{
	return look(s, show_check);
}
DEFINE_SHOW_ATTRIBUTE(check);

/* ----------------------------------------------------------------------- dump */

static void show_line(void *ctx, const char *line)
{
	seq_puts(ctx, line);
	seq_putc(ctx, '\n');
}

static int show_dump(struct seq_file *s)
{
	return lm_dump(&look_map, look_region.range, show_line, s);
}

static int dump_show(struct seq_file *s, void *unused)
{
	return look(s, show_dump);
}
DEFINE_SHOW_ATTRIBUTE(dump);

/* ------------------------------------------------------------------ last edit */

static const char *const step_names[LINMAP_STEPS] = {
	[LINMAP_COUNT] = "count", [LINMAP_PLAN] = "plan", [LINMAP_RESERVE] = "reserve",
	[LINMAP_STAGE] = "stage", [LINMAP_STOP] = "stop", [LINMAP_RELEASE] = "release",
};

static void show_outcome(struct seq_file *s, const struct linmap_outcome *outcome)
{
	const struct lm_plan *plan = &outcome->plan;
	u64 tables = linmap_tables(plan);

	seq_printf(s, "region: %s\n", outcome->region);
	seq_printf(s, "way: %s\n", linmap_way_name(outcome->way));
	seq_printf(s, "outcome: %s\n", lm_strerror(outcome->err));
	seq_printf(s, "leaves: %llu\n", plan->leaves);
	seq_printf(s, "tables planned: %llu\n", tables);
	seq_printf(s, "tables used: %llu\n", tables - outcome->tables_left);
	seq_printf(s, "tables left: %llu\n", outcome->tables_left);
	seq_printf(s, "bytes reserved: %llu\n", plan->bytes);
	seq_printf(s, "stores in the stop: %llu\n", plan->updates);
	seq_printf(s, "stops: %u\n", outcome->stops);
	for (int step = 0; step < LINMAP_STEPS; step++)
		seq_printf(s, "%s ns: %llu\n", step_names[step], outcome->ns[step]);
}

static int last_edit_show(struct seq_file *s, void *unused)
{
	for (int i = 0; i < LINMAP_REGIONS && linmap_outcomes[i].region; i++)
		show_outcome(s, &linmap_outcomes[i]);
	seq_printf(s, "replaced tables kept: %zu\n", linmap_tables_kept);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(last_edit);

/* ------------------------------------------------------------- large leaves, kept */

#ifdef CONFIG_ARM64_LINMAP_LARGE

/* No CPU is away while the lock is held, so each of them can be looked at. */
static int runtime_show(struct seq_file *s, void *unused)
{
	unsigned int astray;

	linmap_lock_map_shared();
	astray = linmap_cpus_astray();
	seq_printf(s, "edits: %llu\n", linmap_edits.edits);
	seq_printf(s, "live: %llu\n", linmap_edits.live);
	seq_printf(s, "rolls: %llu\n", linmap_moves.rolls);
	seq_printf(s, "stops: %u\n", linmap_stops);
	seq_printf(s, "failed: %llu\n", linmap_edits.failed);
	seq_printf(s, "delayed: %d\n", atomic_read(&linmap_edits.delayed));
	seq_printf(s, "leaves changed: %llu\n", linmap_edits.leaves);
	seq_printf(s, "moves of CPUs: %d\n", atomic_read(&linmap_moves.moves));
	seq_printf(s, "strays seen: %d\n", atomic_read(&linmap_moves.strays));
	seq_printf(s, "CPUs astray now: %u\n", astray);
	seq_printf(s, "gone while away: %llu\n", linmap_moves.gone_away);
	seq_printf(s, "sleeps refused: %d\n", atomic_read(&linmap_moves.sleeps_refused));
	seq_printf(s, "longest masked ns: %llu\n", linmap_longest_masked_ns());
	seq_printf(s, "tables saved: %llu\n", linmap_tables_saved());
	seq_printf(s, "bytes saved: %llu\n", linmap_tables_saved() * PAGE_SIZE);
	seq_printf(s, "tables added: %llu\n", linmap_edits.tables_added);
	seq_printf(s, "tables given back: %llu\n", linmap_edits.tables_given_back);
	seq_printf(s, "tables replaced: %llu\n", linmap_edits.tables_retired);
	seq_printf(s, "tables freed: %llu\n", linmap_edits.tables_freed);
	linmap_unlock_map_shared();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(runtime);

/* "all", or two addresses of the linear map: ffff000040000000-ffff000080000000 */
static ssize_t collapse_write(struct file *file, const char __user *text, size_t size,
			      loff_t *offset)
{
	char word[64] = "";
	unsigned long start, end;
	int err;

	if (size >= sizeof(word) || copy_from_user(word, text, size))
		return -EINVAL;
	if (!strcmp(strim(word), "all"))
		err = linmap_collapse_all();
	else if (sscanf(word, "%lx-%lx", &start, &end) == 2)
		err = linmap_collapse(start, end);
	else
		err = -EINVAL;
	return err ?: size;
}

static const struct file_operations collapse_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = collapse_write,
};

static void __init add_runtime(struct dentry *dir)
{
	if (!linmap_is_large())
		return;
	debugfs_create_file("runtime", 0400, dir, NULL, &runtime_fops);
	debugfs_create_file("collapse", 0200, dir, NULL, &collapse_fops);
}

#else

static void __init add_runtime(struct dentry *dir)
{
}

#endif

static int __init linmap_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("linmap", NULL);

	debugfs_create_file("census", 0400, dir, NULL, &census_fops);
	debugfs_create_file("check", 0400, dir, NULL, &check_fops);
	debugfs_create_file("dump", 0400, dir, NULL, &dump_fops);
	debugfs_create_file("last_edit", 0400, dir, NULL, &last_edit_fops);
	add_runtime(dir);
	return 0;
}
late_initcall(linmap_debugfs_init);
