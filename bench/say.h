/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BENCH_SAY_H
#define BENCH_SAY_H

#include <stdint.h>

/* One line on stderr that says what is measured now; progress_end() takes it away. */
void progress(const char *what, uint64_t gib);
void progress_end(void);

/* One line about what ended the program. */
_Noreturn void die(const char *what, const char *why);

/* End the program if @step failed. */
void expect(int err, const char *step);

#endif
