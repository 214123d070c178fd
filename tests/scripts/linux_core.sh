#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: linux_core.sh
# Compiles the core with the headers that it has in a kernel: those of ports/linux, and of
# Linux only a few types and limits, written here. Fails if the core uses something else.
# No kernel is needed, nor built.
set -eu

cd "$(dirname "$0")/../.."

cc=${CROSS_COMPILE:-aarch64-linux-gnu-}gcc
shim=ports/linux/kernel/shim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/linux"
cat >"$work/linux/types.h" <<'END'
#ifndef FAKE_TYPES_H
#define FAKE_TYPES_H
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __SIZE_TYPE__ size_t;
typedef _Bool bool;
enum { false, true };
#endif
END
cat >"$work/linux/stddef.h" <<'END'
#include <linux/types.h>
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
END
cat >"$work/linux/limits.h" <<'END'
#define U32_MAX ((__UINT32_TYPE__)~0U)
#define U64_MAX ((__UINT64_TYPE__)~0ULL)
#define SIZE_MAX (~(__SIZE_TYPE__)0)
END

"$cc" -std=gnu11 -O2 -ffreestanding -nostdinc -mgeneral-regs-only -fsyntax-only -Wall -Werror \
	-DCONFIG_PAGE_SHIFT=12 -I$shim -Iinclude -Iarch/arm64 -I"$work" src/*.c
