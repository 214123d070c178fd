// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The first scene: before any change. */
#include "scenes.h"

#include "features.h"
#include "mmu.h"
#include "report.h"
#include "smp.h"
#include "translation.h"
#include "units.h"

void scene_map(const struct world *world)
{
	const struct lm_format_config *config = &kernel_map.fmt.config;
	char size[UNITS_SIZE];

	scene("The map");
	note("%s of RAM, mapped at 0x%lx with the largest leaves that fit",
	     units(size, devtree_memory_size(world->tree)), linear.range.start.v);
	note("granule %u KiB, %u-bit input addresses, %u-bit output addresses, levels %d "
	     "to 3",
	     1u << (config->granule_shift - 10), config->ia_bits, config->oa_bits,
	     kernel_map.fmt.start_level);
	note_leaves();
	for (unsigned int id = 0; id < cpu_levels.count; id++)
		note("CPU %u  affinity 0x%-6lx  BBM level %u", id, cpus[id].mpidr,
		     cpus[id].bbm_level);
	expect_every_page(world->tree, "at boot");
	expect_permissions();
}
