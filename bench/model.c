// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the machine model costs: the same steps with and without it. No number of any
 * other section includes the model.
 */
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>

#include "model_port.h"
#include "say.h"
#include "split.h"

#define CPUS	   20
#define MODEL_GIB  16
#define POOL_PA	   (UINT64_C(1) << 46)
#define POOL_SLACK 64 /* the root, the blocks, lists of updates */

static struct sim *machine_new(uint64_t gib)
{
	static const uint8_t levels[CPUS] = { LM_BBM_LIVE };
	struct sim_config config = {
		.cpus = CPUS,
		.bbm_level = levels,
		.granule_shift = 12,
		.ia_bits = 48,
		.upper = true,
		.pool_pa = POOL_PA,
		.pool_tables = tables_for(gib) + POOL_SLACK,
	};
	struct sim *sim = sim_new(&config);

	if (!sim)
		die("the model", "no memory");
	return sim;
}

static void start_cpus(struct sim *sim, uint64_t root)
{
	for (unsigned int i = 0; i < CPUS; i++) {
		sim_on_cpu(sim, i);
		sim_write_ttbr(sim, root);
		sim_barrier(sim, SIM_ISB);
	}
	sim_on_cpu(sim, 0);
}

static uint64_t run_on_model(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct model_port port = { .sim = machine_new(gib) };
	struct lm_env env = model_port_env(&port);
	struct split split;
	uint64_t ns;

	split_begin_in(&split, &env, gib);
	start_cpus(port.sim, split.map.root.v);
	expect(lm_edit_plan(&split.edit, way), "plan");
	expect(lm_edit_reserve(&split.edit), "reserve");
	ns = split_stage(&split);
	sim_hold_others(port.sim);
	ns += split_stop(&split);
	sim_let_go(port.sim);
	sim_free(port.sim);
	return ns;
}

static uint64_t run_without(struct memory *memory, uint64_t gib, enum lm_way way)
{
	struct split split;
	uint64_t ns;

	split_begin(&split, memory, false, gib);
	expect(lm_edit_plan(&split.edit, way), "plan");
	expect(lm_edit_reserve(&split.edit), "reserve");
	ns = split_stage(&split);
	return ns + split_stop(&split);
}

enum { WITHOUT, ON_MODEL, WAYS };

json_t *bench_model(struct memory *memory)
{
	static const struct contestant contestants[WAYS] = {
		[WITHOUT] = { "without", run_without, LM_LIVE, WITHOUT },
		[ON_MODEL] = { "model", run_on_model, LM_LIVE, WITHOUT },
	};
	static const struct contest contest = { contestants, WAYS, 7 };
	struct result results[CONTESTANTS];
	struct quartiles slower;

	progress("the model", MODEL_GIB);
	contest_run(&contest, memory, MODEL_GIB, results);
	progress_end();
	/* The inverse of "how many times faster", with its quartiles. */
	slower = (struct quartiles){ 1 / results[ON_MODEL].speed.high,
				     1 / results[ON_MODEL].speed.median,
				     1 / results[ON_MODEL].speed.low };
	printf("\nThe machine model, which is in no other number here: staging and the stop of\n"
	       "%d GiB, live, on a model of %d CPUs\n"
	       "  without it %.1f us, on it %.1f us: %.1f times as long (%.1f to %.1f)\n",
	       MODEL_GIB, CPUS, results[WITHOUT].us.median, results[ON_MODEL].us.median,
	       slower.median, slower.low, slower.high);
	return json_pack("{s:i, s:i, s:o, s:o, s:o}", "gib", MODEL_GIB, "cpus", CPUS,
			 "without_us", quartiles_json(results[WITHOUT].us), "model_us",
			 quartiles_json(results[ON_MODEL].us), "times_as_long",
			 quartiles_json(slower));
}
