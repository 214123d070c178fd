/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An edit of any goal on a machine, by a way, and what the plain reference says has to
 * be there before and after it. Knows nothing of what is asked of it.
 */
#ifndef TESTS_TRIALS_H
#define TESTS_TRIALS_H

#include "support.h"

/* HOLD makes leaves present-invalid. */
enum goal { PAGES, BOUNDARIES, PROTECT, HOLD, NON_GLOBAL, COLLAPSE, UNMAP };

/* Where in a geometry's RAM a goal is. */
typedef struct bank where_fn(const struct geometry *g);

/**
 * struct scenario - a goal, and where
 * @also: another part, after @where, in the same edit; or NULL
 * @is_strided: instead, every third page of @where is a part
 * @set, @clear: what is protected; for HOLD the mark, for NON_GLOBAL what it comes to
 * @ways: that can commit it, a bit each
 * @flags: of the region
 * @pages_first: all is made pages before, to be collapsed
 * @splits_nothing: its ends are those of leaves
 * @changes_runs: attributes of a run that stays one, which no CPU below level 3 may walk
 */
struct scenario {
	const char *name;
	enum goal goal;
	where_fn *where;
	where_fn *also;
	bool is_strided;
	geometry_fn *is_for;
	uint64_t set, clear;
	unsigned int ways;
	unsigned int flags;
	bool pages_first;
	bool splits_nothing;
	bool changes_runs;
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#define TRIAL_EXCEPTIONS 4
#define TRIAL_PARTS	 32

/**
 * struct trial - an edit
 * @config: the machine
 * @range, @exceptions: where; of size 0: all of the linear region, none
 * @more: if there are any, the edit has these parts after @range
 * @is_possible: whether this way can commit it
 * @m, @edit, @before, @after: from trial_begin() to trial_end()
 */
struct trial {
	struct machine_config config;
	enum goal goal;
	enum lm_way way;
	struct bank range;
	struct bank more[TRIAL_PARTS - 1];
	size_t more_count;
	struct lm_range parts[TRIAL_PARTS];
	struct bank exceptions[TRIAL_EXCEPTIONS];
	uint64_t set, clear;
	bool pages_first;
	bool splits_nothing;
	bool changes_runs;
	bool is_possible;
	struct machine m;
	struct lm_edit edit;
	struct leaves before, after;
};

struct trial trial_of_scenario(const struct scenario *s, const struct geometry *g,
			       enum lm_way way);
struct trial trial_of_split_case(const struct split_case *c, enum lm_way way);

/* The machine, what has to be there, and the edit, not planned yet. */
void trial_begin(struct trial *t);
/* The same edit anew. */
void trial_begin_edit(struct trial *t);
void trial_end(struct trial *t);

struct stretch trial_range(const struct trial *t);
/* Whether one of these leaves is present-invalid. */
bool trial_holds(const struct trial *t, const struct leaf *leaf);

#endif
