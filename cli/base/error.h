/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Errors of the command: one line that says what is wrong, where, and what to do.
 * Knows nothing of the things it is about.
 */
#ifndef ERROR_H
#define ERROR_H

/* What the command exits with. */
enum exit_code {
	EXIT_HELD = 0,	   /* every check passed */
	EXIT_NOT_HELD = 1, /* one failed, or the command could not find out */
	EXIT_INPUT = 2,	   /* wrong usage or input */
};

/* Long enough for a path and a sentence. */
struct error {
	char text[4352];
};

/**
 * error_set() - write an error: "where: problem (what to do)"
 * @error: written over
 *
 * Return: always -1, which the caller can return.
 */
int error_set(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * One line on stderr: "@who: the error". Control characters, which can come
 * from a file name or from a blob, are shown as '?'.
 */
void error_print(struct error *error, const char *who);

#endif
