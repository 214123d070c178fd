// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A small printf, and lines as plain text or as TAP. Does not know what they say. */
#include "report.h"

#include <stdarg.h>
#include <stdint.h>

#include "host.h"
#include "string.h"
#include "uart.h"

static bool tap;
static unsigned int checks;
static unsigned int failed;
static unsigned int scenes;

/* ---------------------------------------------------------------- formatting */

struct conversion {
	bool left;
	bool zero;
	bool thousands;
	unsigned int width;
};

#define DIGITS 28 /* of 2^64 - 1, with commas */

static void put_text(const char *text, const struct conversion *how)
{
	size_t length = strlen(text);
	size_t padding = how->width > length ? how->width - length : 0;

	for (size_t i = 0; !how->left && i < padding; i++)
		uart_put(how->zero ? '0' : ' ');
	while (*text)
		uart_put(*text++);
	for (size_t i = 0; how->left && i < padding; i++)
		uart_put(' ');
}

static void put_number(uint64_t value, unsigned int base, bool negative,
		       const struct conversion *how)
{
	char digits[DIGITS + 1];
	char *at = digits + DIGITS;
	unsigned int count = 0;

	*at = '\0';
	do {
		if (how->thousands && count && count % 3 == 0)
			*--at = ',';
		*--at = "0123456789abcdef"[value % base];
		value /= base;
		count++;
	} while (value);
	if (negative)
		*--at = '-';
	put_text(at, how);
}

static const char *parse_flags(const char *at, struct conversion *how)
{
	for (;; at++) {
		if (*at == '-')
			how->left = true;
		else if (*at == '0')
			how->zero = true;
		else if (*at == '\'')
			how->thousands = true;
		else
			return at;
	}
}

static void vprint(const char *format, va_list args)
{
	for (const char *at = format; *at; at++) {
		struct conversion how = { 0 };
		bool is_long = false;
		int64_t number;

		if (*at != '%') {
			uart_put(*at);
			continue;
		}
		at = parse_flags(at + 1, &how);
		for (; *at >= '0' && *at <= '9'; at++)
			how.width = how.width * 10 + (unsigned int)(*at - '0');
		for (; *at == 'l'; at++)
			is_long = true;
		switch (*at) {
		case 's':
			put_text(va_arg(args, const char *), &how);
			break;
		case 'c':
			uart_put((char)va_arg(args, int));
			break;
		case 'd':
			number = is_long ? va_arg(args, long) : va_arg(args, int);
			put_number(number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
				   number < 0, &how);
			break;
		case 'u':
		case 'x':
			put_number(is_long ? va_arg(args, unsigned long) :
					     va_arg(args, unsigned int),
				   *at == 'x' ? 16 : 10, false, &how);
			break;
		default:
			uart_put(*at);
		}
	}
}

/* Begins a line that is no check. */
static void begin(const char *as_text)
{
	print("%s", tap ? "# " : as_text);
}

#define PRINT_REST(format)               \
	do {                             \
		va_list args_;           \
		va_start(args_, format); \
		vprint(format, args_);   \
		va_end(args_);           \
		uart_put('\n');          \
	} while (0)

/* --------------------------------------------------------------------- lines */

void report_as_tap(bool as_tap)
{
	tap = as_tap;
}

void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint(format, args);
	va_end(args);
}

void scene(const char *title)
{
	if (!tap)
		uart_put('\n');
	begin("");
	print("%u. %s\n", ++scenes, title);
}

void note(const char *format, ...)
{
	begin("   ");
	PRINT_REST(format);
}

bool expect(bool good, const char *format, ...)
{
	checks++;
	failed += !good;
	if (tap)
		print("%s %u - ", good ? "ok" : "not ok", checks);
	else
		print("   %s ", good ? "[ok]  " : "[FAIL]");
	PRINT_REST(format);
	return good;
}

void skip(const char *what, const char *why)
{
	if (tap)
		print("ok %u - %s # SKIP %s\n", ++checks, what, why);
	else
		print("   [--]   %s: %s\n", what, why);
}

void refuse(const char *format, ...)
{
	print(tap ? "Bail out! linmap: " : "linmap: ");
	PRINT_REST(format);
	host_exit(2);
}

void panic(const char *format, ...)
{
	print(tap ? "\nBail out! panic: " : "\npanic: ");
	PRINT_REST(format);
	host_exit(1);
}

void finish(void)
{
	if (tap)
		print("1..%u\n", checks);
	else
		print("\n%u checks, %u failed\n", checks, failed);
	host_exit(failed ? 1 : 0);
}
