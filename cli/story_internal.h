/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of a story share: the world that it happens in, the clock of its
 * steps, and how it ends early. Knows nothing of what is told.
 */
#ifndef STORY_INTERNAL_H
#define STORY_INTERNAL_H

#include "story.h"
#include "world.h"

/**
 * struct story - a story that is being told
 * @options: of it
 * @report: of what is told now: takes steps and findings
 * @complaint: written if the story ends early
 * @code: what to exit with, should it do so
 * @machine, @world: where it happens
 * @edit: the one in flight
 */
struct story {
	const struct story_options *options;
	struct report *report;
	struct complaint *complaint;
	int code;
	struct machine machine;
	struct world world;
	struct lm_edit edit;
	uint64_t step_start_ns;
};

void story_begin_step(struct story *story, const char *name);
void story_end_step(struct story *story, enum report_step step);

/* A complaint about a step that an error of linmap ended. Return: -1. */
int story_refuse(struct story *story, const char *step, int err);

/* See that there is a place for the tables. 0, or -1 with a complaint. */
int story_dump_begin(struct story *story);

/* Write the tables as they are now to where the options say. 0, or -1 with a complaint. */
int story_dump(struct story *story, const char *name);

/* Ask linmap's verifier about all tables. 0, or -1 with a complaint. */
int story_verify(struct story *story, const char *when, uint64_t *found);

/* Whether this fault of the protocol is to be committed. */
bool story_commits(const struct story *story, enum fault fault);

/* What goes wrong in the port, if anything has to. */
struct model_faults story_port_faults(const struct story *story);

/* The invalidation that a fault left out, once the harm is done. */
void story_invalidate(struct story *story);

/* Map all RAM and let every CPU walk it. 0, or -1 with a complaint. */
int story_map_ram(struct story *story);

/* The boot edit, or only its plan. 0, or -1 with a complaint. */
int story_tell_boot(struct story *story);

/* All edits behind it. 0, or -1 with a complaint. */
int story_tell_runtime(struct story *story, struct report_edits *edits);

#endif
