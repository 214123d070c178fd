/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What only the host can do: semihosting. */
#ifndef VIRT_HOST_H
#define VIRT_HOST_H

/* Ends the run; QEMU exits with @status. */
_Noreturn void host_exit(int status);

/* A character to the host's console, for the time before there is a serial port. */
void host_put(char c);

#endif
