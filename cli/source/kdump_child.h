/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libkdumpfile in a process of its own: its 0.5.1 crashes on some damaged dumps, and then
 * only that process ends.
 */
#ifndef KDUMP_CHILD_H
#define KDUMP_CHILD_H

#include "source/memory.h"

/* Serve, as source/kdump_wire.h has it, until the other end is closed. */
_Noreturn void kdump_child_serve(int socket, const struct memory_file *file);

#endif
