/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the numbers of a report mean together: whether everything held, and in one
 * sentence what did not.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "report/report.h"

/**
 * edit_held() - whether nothing at all went wrong
 * @edit: that was made, or of which it is known why not
 *
 * Every page was checked and is as it should be, leaves are as large as asked, the model
 * and the verifier found nothing, nothing was allocated or freed in the stop, and the
 * tables came out exactly. A fault that was asked for and of which nothing was found did
 * not hold either.
 */
bool edit_held(const struct report_edit *edit);

/* All edits at run time, and a fault that none of them had an occasion for. */
bool runtime_held(const struct report *report);

/* All edits. */
bool report_held(const struct report *report);

/* One sentence: all that held, or all that did not. Return: as @sentence. */
const char *edit_verdict(const struct report_edit *edit, char *sentence, size_t size);

#endif
