// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How a scenario ends early, and what it writes on the way. */
#include "scenario/state.h"

#include "scenario/dump.h"

int scenario_refuse(struct scenario *scenario, const char *step, int err)
{
	return complain(scenario->complaint, "%s: %s", step, lm_strerror(err));
}

int scenario_dump_begin(struct scenario *scenario)
{
	const struct scenario_options *options = scenario->options;
	struct complaint *complaint = scenario->complaint;

	if ((!options->dump_dir || !dump_open(options->dump_dir, complaint)) &&
	    (!options->text_dir || !dump_open(options->text_dir, complaint)))
		return 0;
	scenario->code = EXIT_INPUT;
	return -1;
}

int scenario_dump(struct scenario *scenario, const char *name)
{
	const struct scenario_options *options = scenario->options;
	const struct world *world = &scenario->world;
	int err = 0;

	if (options->dump_dir || options->text_dir)
		progress_step(options->progress, "writing tables");
	if (options->dump_dir)
		err = dump_tables(world, options->dump_dir, name, scenario->complaint);
	if (!err && options->text_dir)
		err = dump_text(world, options->text_dir, name, scenario->complaint);
	return err;
}
