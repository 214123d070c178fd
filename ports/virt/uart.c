// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writing to a PL011. Does not know how it is mapped. */
#include "uart.h"

#include "host.h"

#define UARTDR	    0x00
#define UARTFR	    0x18
#define UARTFR_TXFF (1 << 5)
#define UARTCR	    0x30
#define UARTCR_ON   0x101 /* the port, and its transmitter */

static uint64_t base;

static volatile uint32_t *reg(uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

void uart_at(uint64_t va)
{
	base = va;
	*reg(UARTCR) = UARTCR_ON;
}

void uart_put(char c)
{
	if (!base) {
		host_put(c);
		return;
	}
	while (*reg(UARTFR) & UARTFR_TXFF)
		;
	*reg(UARTDR) = (unsigned char)c;
}
