// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * usage: secretmem
 *        secretmem user
 * A process that takes pages away from the kernel's linear map, one by one, and gives them
 * back: memfd_secret(). What it wrote must be there when it reads. As user it gives up its
 * privileges first, and takes twice as much.
 */
#include "calls.h"

#define PAGES	  2048L
#define PAGE_SIZE 4096L

#define PROT_READ_WRITE 3
#define MAP_SHARED	1
#define RLIMIT_MEMLOCK	8

static int is_error(long address)
{
	return address < 0 && address > -PAGE_SIZE;
}

static const char *take(long pages)
{
	long file = call(SYS_MEMFD_SECRET, 0, 0, 0, 0, 0, 0);
	volatile long *memory;

	if (file < 0)
		return "secretmem: no file\n";
	if (call(SYS_FTRUNCATE, file, pages * PAGE_SIZE, 0, 0, 0, 0))
		return "secretmem: no size\n";
	memory = (volatile long *)call(SYS_MMAP, 0, pages * PAGE_SIZE, PROT_READ_WRITE,
				       MAP_SHARED, file, 0);
	if (is_error((long)memory))
		return "secretmem: no memory\n";
	for (long page = 0; page < pages; page++)
		memory[page * PAGE_SIZE / 8] = page;
	for (long page = 0; page < pages; page++) {
		if (memory[page * PAGE_SIZE / 8] != page)
			return "secretmem: wrong\n";
	}
	return "secretmem: done\n";
}

static const char *take_as_user(void)
{
	unsigned long limits[2] = { ~0UL, ~0UL };

	if (call(SYS_PRLIMIT64, 0, RLIMIT_MEMLOCK, (long)limits, 0, 0, 0) ||
	    call(SYS_SETUID, 1000, 0, 0, 0, 0, 0))
		return "secretmem: no user\n";
	return take(2 * PAGES);
}

void start(const long *stack)
{
	say(stack[0] == 1 ? take(PAGES) : take_as_user());
	leave(0);
}
