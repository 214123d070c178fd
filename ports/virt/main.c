// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What happens in which order, from the first line of C to the last check. */
#include "devtree.h"
#include "features.h"
#include "gic.h"
#include "load.h"
#include "mmu.h"
#include "options.h"
#include "pages.h"
#include "physical.h"
#include "power.h"
#include "report.h"
#include "roll.h"
#include "scenes/scenes.h"
#include "smp.h"
#include "sysreg.h"
#include "timer.h"
#include "translation.h"
#include "uart.h"
#include "units.h"
#include "witness.h"

#define MIB UINT64_C(0x100000)

_Noreturn void kernel_main(uint64_t fdt_pa, uint64_t image_pa, uint64_t boot_level);

extern char image_end[];

static struct devtree tree;
static struct options options;

static uint64_t align_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/*
 * Enough for 4 KiB pages: a table of 4 KiB for each 2 MiB of RAM is 1/512 of it, and as
 * much again is kept for logs, copies and what a scene leaves.
 */
static struct memory choose_pool(uint64_t image_pa)
{
	uint64_t size = align_up(devtree_memory_size(&tree) / 256, MIB) + 8 * MIB;
	uint64_t start = image_pa + UINT64_C(2) * IMAGE_ALIGN;

	if (start < tree.blob.start + tree.blob.size && tree.blob.start < start + size)
		start = align_up(tree.blob.start + tree.blob.size, MIB);
	return (struct memory){ start, size };
}

static uint64_t end_of_memory(void)
{
	const struct memory *last = &tree.memory[tree.memory_count - 1];

	return last->start + last->size;
}

static struct lm_range area_of_scenes(void)
{
	return (struct lm_range){ physical_linear(end_of_memory() - AREA_SIZE),
				  AREA_SIZE };
}

static void introduce(uint64_t boot_level)
{
	char size[UNITS_SIZE];

	print("%slinmap on bare metal: %u CPUs (%s), %s of RAM, started at EL%lu\n",
	      options.tap ? "# " : "\n", tree.cpu_count, features_cpu_name(),
	      units(size, devtree_memory_size(&tree)), boot_level);
	print("%sboot arguments: %s\n", options.tap ? "# " : "",
	      tree.bootargs[0] ? tree.bootargs : "none");
}

static void start_devices(void)
{
	uart_at(DEVICES_VA + tree.uart);
	gic_init(DEVICES_VA + tree.gicd, DEVICES_VA + tree.gicr);
	gic_init_cpu();
	instructions_start();
	timer_start();
}

static _Noreturn void play(struct lm_range area)
{
	struct world world = {
		.tree = &tree,
		.options = &options,
		.area = area,
		.at_boot = linear.census,
	};

	if (options.measure) {
		measure(&world);
		finish();
	}
	if (options.measure_edits) {
		measure_edits(&world);
		finish();
	}
	scene_map(&world);
	scene_late(&world);
	scene_split(&world);
	scene_shared_tlb();
	scene_unheld(&world);
	scene_collapse(&world);
	scene_rolling(&world);
	scene_halfway(&world);
	scene_power(&world);
	scene_ways(&world);
	scene_boundaries(&world);
	scene_code(&world);
	scene_memory_type(&world);
	scene_not_global(&world);
	scene_guard(&world);
	finish();
}

_Noreturn void kernel_main(uint64_t fdt_pa, uint64_t image_pa, uint64_t boot_level)
{
	struct lm_format_config config;
	struct lm_range area;
	struct memory pool;

	devtree_read(&tree, fdt_pa);
	uart_at(tree.uart);
	options_parse(&options, tree.bootargs);
	report_as_tap(options.tap);
	introduce(boot_level);

	config = features_choose(&options);
	pool = choose_pool(image_pa);
	pages_init(pool.start, pool.size, config.granule_shift);
	mmu_build(&tree, &config, image_pa, options.bti ? LM_ATTR_GP : 0);
	kernel_map.env.repeat_tlbi = options.repeat_tlbi;
	mmu_enter();
	start_devices();

	smp_init(&tree);
	mmu_leave_identity_map();
	unmask_exceptions();
	roll_init();
	power_on_all(&tree);
	smp_set_levels(options.bbm, options.bbm_count);
	area = area_of_scenes();
	load_init(&tree, pool.start + pool.size, end_of_memory() - AREA_SIZE);
	witness_init(area);
	play(area);
}
