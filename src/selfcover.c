// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether an edit changes the mapping of something that its commit needs meanwhile. */
#include "core.h"

static bool touches_byte(const struct lm_edit *edit, const void *byte)
{
	const struct lm_env *env = &edit->map->env;
	lm_va_t va = { (uintptr_t)byte };

	if (env->address)
		va = env->address(env->ctx, byte);
	return lm_edit_touches(edit, (struct lm_range){ va, 1 });
}

/* Of something smaller than a page, checking both ends is enough. */
static int check_memory(struct lm_edit *edit, const void *memory, size_t size)
{
	const char *first = memory;
	const char *last = first + size - 1;

	for (const char *byte = first;; byte = last) {
		if (touches_byte(edit, byte))
			return -LM_ESELF;
		if (byte == last)
			return 0;
	}
}

/* The entries, and their place in the log. */
static int check_updates(struct lm_edit *edit)
{
	const struct lm_update *update;
	const struct lm_log *log;

	lm_for_each_update(update, log, &edit->updates)
	{
		edit->where = update->va;
		if (check_memory(edit, update, sizeof(*update)) ||
		    check_memory(edit, update->slot,
				 update->entries * sizeof(*update->slot)))
			return -LM_ESELF;
	}
	return 0;
}

int lm_self_cover_check(struct lm_edit *edit)
{
	uintptr_t commit = (uintptr_t)lm_edit_commit;

	for (unsigned int i = 0; i < edit->needs.count; i++) {
		edit->where = edit->needs.ranges[i].start;
		if (lm_edit_touches(edit, edit->needs.ranges[i]))
			return -LM_ESELF;
	}
	edit->where = edit->range.start;
	/* What linmap itself uses, the stack, and the code. */
	if (check_memory(edit, edit, sizeof(*edit)) ||
	    check_memory(edit, edit->map, sizeof(*edit->map)) ||
	    check_memory(edit, &commit, sizeof(commit)) ||
	    check_memory(edit, (const void *)commit, 1))
		return -LM_ESELF;
	/* The tables are used while the commit is half done, and then no more. */
	return edit->way == LM_BREAK ? check_updates(edit) : 0;
}
