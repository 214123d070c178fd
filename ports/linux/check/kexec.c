// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * usage: kexec KERNEL INITRD COMMAND-LINE
 *        kexec
 * Loads a kernel to go on with; without arguments goes on with what was loaded.
 */
#include "calls.h"

#define AT_FDCWD  (-100)
#define MAGIC1	  0xfee1deadL
#define MAGIC2	  672274793L
#define CMD_KEXEC 0x45584543L

static long open_file(long name)
{
	return call(SYS_OPENAT, AT_FDCWD, name, 0, 0, 0, 0);
}

static long load(const long *arguments)
{
	return call(SYS_KEXEC_FILE_LOAD, open_file(arguments[0]), open_file(arguments[1]),
		    length_of((const char *)arguments[2]) + 1, arguments[2], 0, 0);
}

void start(const long *stack)
{
	long err = stack[0] == 4 ? load(&stack[2]) :
				   call(SYS_REBOOT, MAGIC1, MAGIC2, CMD_KEXEC, 0, 0, 0);

	say(err ? "kexec: failed\n" : "kexec: loaded\n");
	leave(err != 0);
}
