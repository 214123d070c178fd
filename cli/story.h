/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stories that the command tells, with every page checked. Boot: a machine maps
 * its RAM, finds that some CPU needs pages, and splits. Runtime: all else that one does
 * to a linear map. Knows the library and the model; not where a machine came from, nor
 * how a report is shown.
 */
#ifndef STORY_H
#define STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linmap/linmap.h>

#include "complaint.h"
#include "fault.h"
#include "machine.h"
#include "progress.h"
#include "report_edit.h"

/* Moments at which the map stands still, for somebody to look at it. */
enum story_moment { STORY_BEFORE, STORY_AFTER, STORY_MOMENTS };

struct world;
typedef void story_look_fn(void *ctx, const struct world *world,
			   enum story_moment moment);

/**
 * struct story_options - what happens in the story
 * @machine: where; settled
 * @choose_way: the library chooses how the edit is committed
 * @way: how it is committed, otherwise
 * @region_flags: enum lm_region_flags of the linear map
 * @fault: known fault of the protocol to commit, or FAULT_NONE
 * @longest_run: an allocation answers with at most so many tables; 0: no limit
 * @tables_apart: tables lie in memory that the map does not translate
 * @trace_path: file for the model's trace, or NULL
 * @dump_dir: directory for the raw tables before and after, or NULL
 * @text_dir: directory for what they map as text, or NULL
 * @look: called at each moment, unless NULL or the story ends after planning
 * @look_ctx: handed to it
 * @plan_only: end after planning
 * @without_boot: leave the boot edit out
 * @runtime: go on with the runtime story, and report its edits here; or NULL
 * @progress: told what goes on
 */
struct story_options {
	struct machine machine;
	bool choose_way;
	enum lm_way way;
	unsigned int region_flags;
	enum fault fault;
	uint64_t longest_run;
	bool tables_apart;
	const char *trace_path;
	const char *dump_dir;
	const char *text_dir;
	story_look_fn *look;
	void *look_ctx;
	bool plan_only;
	bool without_boot;
	struct report_edits *runtime;
	struct progress *progress;
};

/**
 * story_run() - tell the story
 * @options: what happens
 * @report: filled in; without a boot edit, what is known of the machine and its map
 * @complaint: written, if the story did not run to its end
 *
 * Return: 0 if it ran to its end: the report says whether all held; else the
 * code to exit with, after a complaint. If it is the way that was refused,
 * report->refusal says so too.
 */
int story_run(const struct story_options *options, struct report *report,
	      struct complaint *complaint);

#endif
