/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The serial port: a PL011, as QEMU sets it up. */
#ifndef VIRT_UART_H
#define VIRT_UART_H

#include <stdint.h>

/* Where it is mapped now. Before the first call all output goes to the host. */
void uart_at(uint64_t va);
void uart_put(char c);

#endif
