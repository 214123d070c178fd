// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Ending a scenario early, and writing its tables. */
#include "scenario/state.h"

#include "scenario/dump.h"

int scenario_refuse(struct scenario *scenario, const char *step, int err)
{
	return error_set(scenario->error, "%s: %s", step, lm_strerror(err));
}

int scenario_dump_begin(struct scenario *scenario)
{
	const struct scenario_options *options = scenario->options;
	struct error *error = scenario->error;

	if ((!options->dump_dir || !dump_open(options->dump_dir, error)) &&
	    (!options->text_dir || !dump_open(options->text_dir, error)))
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
		err = dump_tables(world, options->dump_dir, name, scenario->error);
	if (!err && options->text_dir)
		err = dump_text(world, options->text_dir, name, scenario->error);
	return err;
}
