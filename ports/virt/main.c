// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The order of things, from the first line of C to the last check. */
#include "devtree.h"
#include "features.h"
#include "gic.h"
#include "load.h"
#include "mmu.h"
#include "options.h"
#include "pages.h"
#include "report.h"
#include "scenes/scenes.h"
#include "smp.h"
#include "sysreg.h"
#include "timer.h"
#include "translation.h"
#include "uart.h"
#include "units.h"

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
 * Enough for 4 KiB pages: a table of 4 KiB for each 2 MiB of RAM is 1/512 of it,
 * and once more of that is kept for notes, copies and what a scene leaves behind.
 */
static struct memory choose_pool(uint64_t image_pa)
{
	uint64_t size = align_up(devtree_memory_size(&tree) / 256, MIB) + 8 * MIB;
	uint64_t start = image_pa + 2 * IMAGE_ALIGN;

	if (start < tree.blob.start + tree.blob.size && tree.blob.start < start + size)
		start = align_up(tree.blob.start + tree.blob.size, MIB);
	return (struct memory){ start, size };
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

static _Noreturn void play(void)
{
	struct world world = { &tree, &options };

	if (options.measure) {
		measure(&world);
		finish();
	}
	scene_map(&world);
	scene_late(&world);
	scene_split(&world);
	scene_unheld(&world);
	finish();
}

_Noreturn void kernel_main(uint64_t fdt_pa, uint64_t image_pa, uint64_t boot_level)
{
	struct lm_format_config config;
	struct memory pool;

	devtree_read(&tree, fdt_pa);
	uart_at(tree.uart);
	options_parse(&options, tree.bootargs);
	report_as_tap(options.tap);
	introduce(boot_level);

	config = features_choose(&options);
	pool = choose_pool(image_pa);
	pages_init(pool.start, pool.size, config.granule_shift);
	mmu_build(&tree, &config, image_pa);
	mmu_enter();
	start_devices();

	smp_init(&tree);
	mmu_leave_identity_map();
	unmask_exceptions();
	smp_start(&tree);
	smp_set_levels(options.bbm, options.bbm_count);
	load_init(&tree, pool.start + pool.size);
	witness_init(&tree);
	play();
}
