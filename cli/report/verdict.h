/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the numbers of a report mean together: whether every check passed, and a sentence
 * about those that failed.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "report/report.h"

/**
 * edit_held() - whether every check of an edit passed
 * @edit: the edit, made or not
 *
 * Every page was checked and is as it should be, leaves are as large as asked, the model
 * and the verifier found nothing, nothing was allocated or freed in the stop, and exactly
 * the planned tables were used. An injected fault that was not found is a failure, too.
 */
bool edit_held(const struct report_edit *edit);

/* All edits at run time; a fault that none of them could have is a failure. */
bool runtime_held(const struct report *report);

/* All edits. */
bool report_held(const struct report *report);

/* One sentence: all that was checked, or all that failed. Return: @sentence. */
const char *edit_verdict(const struct report_edit *edit, char *sentence, size_t size);

#endif
