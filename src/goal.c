// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What an edit wants: which leaves have to go and which may stay as they are. */
#include "core.h"

static bool is_larger_than_a_page(const struct lm_walk_item *item)
{
	return item->level < LM_LAST_LEVEL || item->entries > 1;
}

/* @at, or the end of the exceptions that it is in, one after the other. */
static uint64_t behind_exceptions(const struct lm_edit *edit, uint64_t at)
{
	for (unsigned int i = 0; i < edit->exception_count; i++) {
		struct lm_span span = lm_span_checked(edit->map, edit->exceptions[i]);

		if (span.start > at || at >= span.end)
			continue;
		/* Those before it in the list may begin where this one ends. */
		at = span.end;
		i = -1U;
	}
	return at;
}

bool lm_goal_splits(const struct lm_edit *edit, const struct lm_walk_item *item)
{
	struct lm_span goal = lm_span_checked(edit->map, edit->range);
	struct lm_span span = lm_item_span(edit->map, item);

	if (!is_larger_than_a_page(item) || !lm_spans_overlap(goal, span))
		return false;
	span = lm_span_clip(span, goal);
	return behind_exceptions(edit, span.start) < span.end;
}

bool lm_goal_covers(const struct lm_edit *edit, const struct lm_walk_item *item)
{
	struct lm_span span = lm_item_span(edit->map, item);

	if (!lm_span_contains(lm_span_checked(edit->map, edit->range), span))
		return false;
	for (unsigned int i = 0; i < edit->exception_count; i++) {
		if (lm_spans_overlap(lm_span_checked(edit->map, edit->exceptions[i]),
				     span))
			return false;
	}
	return true;
}
