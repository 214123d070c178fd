// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A process that takes pages away from the kernel's linear map, one by one, and gives them
 * back: memfd_secret(), without a libc. What it wrote must be there when it reads.
 */
#define PAGES	  2048L
#define PAGE_SIZE 4096L

#define SYS_FTRUNCATE	 46
#define SYS_WRITE	 64
#define SYS_EXIT	 93
#define SYS_MMAP	 222
#define SYS_MEMFD_SECRET 447

#define PROT_READ_WRITE 3
#define MAP_SHARED	1

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static void say(const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	call(SYS_WRITE, 1, (long)text, length, 0, 0, 0);
}

static const char *outcome(void)
{
	long file = call(SYS_MEMFD_SECRET, 0, 0, 0, 0, 0, 0);
	volatile long *memory;

	if (file < 0)
		return "secretmem: no file\n";
	if (call(SYS_FTRUNCATE, file, PAGES * PAGE_SIZE, 0, 0, 0, 0))
		return "secretmem: no size\n";
	memory = (volatile long *)call(SYS_MMAP, 0, PAGES * PAGE_SIZE, PROT_READ_WRITE,
				       MAP_SHARED, file, 0);
	if ((long)memory < 0 && (long)memory > -PAGE_SIZE)
		return "secretmem: no memory\n";
	for (long page = 0; page < PAGES; page++)
		memory[page * PAGE_SIZE / 8] = page;
	for (long page = 0; page < PAGES; page++) {
		if (memory[page * PAGE_SIZE / 8] != page)
			return "secretmem: wrong\n";
	}
	return "secretmem: done\n";
}

void _start(void)
{
	say(outcome());
	call(SYS_EXIT, 0, 0, 0, 0, 0, 0);
}
