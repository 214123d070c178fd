/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the subcommands that read a real machine have in common: from arguments to an open
 * source, its layout, its CPUs.
 */
#ifndef SEE_COMMAND_H
#define SEE_COMMAND_H

#include "command.h"
#include "machine/cpus.h"
#include "see/scan.h"
#include "source/source.h"

/**
 * struct see - a machine that is looked at
 * @options: what was asked for
 * @path, @kind: the source
 * @source: open, unless it is a text
 * @progress: for long work
 */
struct see {
	struct options options;
	const char *path;
	enum source_kind kind;
	struct source source;
	struct progress progress;
};

/*
 * Read arguments and find out what the source is; prints help and errors. Return: whether
 * the command goes on; else @code is what to exit with. It then ends with see_end().
 */
bool see_begin(struct see *see, enum command command, int argc, char **argv, int *code);
void see_end(struct see *see);

/* The same for arguments that were read already. */
bool see_begin_options(struct see *see, int *code);

/* Open the source. 0, or what to exit with, after an error. */
int see_open(struct see *see);

/* Print an error. Return: what to exit with. */
int see_refuse(struct error *error);

/* CPUs of a machine, and the text that they come from. */
struct see_cpus {
	struct cpuinfo info;
	struct cpus cpus;
	bool is_known;
};

/*
 * From --cpuinfo, or this machine's if the source is its /proc/kcore. 0, or what to exit
 * with, after an error; to be freed in either case.
 */
int see_cpus_read(struct see_cpus *cpus, const struct see *see);
void see_cpus_free(struct see_cpus *cpus);

#endif
