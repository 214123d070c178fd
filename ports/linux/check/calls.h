/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* System calls of arm64 for programs without a libc. */
#ifndef CALLS_H
#define CALLS_H

#define SYS_FTRUNCATE	    46
#define SYS_OPENAT	    56
#define SYS_WRITE	    64
#define SYS_EXIT	    93
#define SYS_REBOOT	    142
#define SYS_SETUID	    146
#define SYS_MMAP	    222
#define SYS_PRLIMIT64	    261
#define SYS_BPF		    280
#define SYS_KEXEC_FILE_LOAD 294
#define SYS_MEMFD_SECRET    447

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

static long length_of(const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	return length;
}

static void say(const char *text)
{
	call(SYS_WRITE, 1, (long)text, length_of(text), 0, 0, 0);
}

static void leave(long status)
{
	call(SYS_EXIT, status, 0, 0, 0, 0, 0);
}

/* Calls start() with the stack as the kernel leaves it: the count, then the arguments. */
__asm__(".globl _start\n_start: mov x0, sp\n\tand sp, x0, #-16\n\tb start\n");

#endif
