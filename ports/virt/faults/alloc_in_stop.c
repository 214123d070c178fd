// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A fault that a run must catch: memory is allocated inside the stop. The linker puts
 * this around the core's commit (--wrap).
 */
#include "pages.h"

int __real_lm_edit_commit(struct lm_window *window, struct lm_edit *edit);
int __wrap_lm_edit_commit(struct lm_window *window, struct lm_edit *edit);

int __wrap_lm_edit_commit(struct lm_window *window, struct lm_edit *edit)
{
	lm_pa_t page;

	if (pages_alloc(NULL, LM_LEVEL_NONE, 1, &page))
		pages_free(NULL, LM_LEVEL_NONE, page, 1, LM_UNUSED);
	return __real_lm_edit_commit(window, edit);
}
