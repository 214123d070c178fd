/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the command says when it cannot do what it was asked: one line that
 * tells what, where, and what to do. Knows nothing of the things it is about.
 */
#ifndef COMPLAINT_H
#define COMPLAINT_H

/* What the command exits with. */
enum exit_code {
	EXIT_HELD = 0,	   /* everything held */
	EXIT_NOT_HELD = 1, /* something did not, or the command could not find out */
	EXIT_INPUT = 2,	   /* wrong usage or input */
};

/* Long enough for a path and a sentence. */
struct complaint {
	char text[4352];
};

/**
 * complain() - write a complaint: "where: problem (what to do)"
 * @complaint: written over
 *
 * Return: always -1, for the caller to return in turn.
 */
int complain(struct complaint *complaint, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * One line on stderr: "@who: the complaint". Control characters, which can come
 * from a file name or from a blob, are shown as '?'.
 */
void complaint_print(struct complaint *complaint, const char *who);

#endif
