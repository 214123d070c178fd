#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: amalgamate-check.sh [BUILD]
# Tests the two files of "make amalgamation" as a user who adds them to a source tree
# needs them: they compile alone, the boards of examples/ compile against them, and the unit
# tests pass with them. BUILD (build) is a build directory, for the model. Reports in TAP.
# shellcheck disable=SC2086 # lists of flags
set -u

cd "$(dirname "$0")/.." || exit

build=${1:-build}
out=$build/amalgamation
shim=$out/shim
cases=0
failures=0

warnings="-Wall -Wextra -Wconversion -Werror"
freestanding="-std=c11 -Os -ffreestanding -fno-stack-protector -fno-pic"
arm64="-mgeneral-regs-only -mstrict-align -mno-outline-atomics
	-Wno-unused-command-line-argument"
# Programs that use no internals of the core, and are quick.
tests="check desc dump error format goals map meanwhile states walk words"

# check NAME COMMAND...: a case; prints the output of the command if it fails.
check() {
	what=$1
	shift
	cases=$((cases + 1))
	if said=$("$@" 2>&1); then
		echo "ok $cases - $what"
	else
		echo "not ok $cases - $what"
		echo "$said" | grep -v '^ok' | head -n 40 | sed 's/^/# /'
		failures=$((failures + 1))
	fi
}

# on TARGET COMPILER FLAG...
on() {
	case $1 in
	host) shift && "$@" ;;
	arm64-gcc) shift 2 && aarch64-linux-gnu-gcc $arm64 "$@" ;;
	arm64-clang) shift 2 && clang --target=aarch64-none-elf $arm64 "$@" ;;
	esac
}

no_includes_but_these() {
	! grep -hn '^ *# *include' "$out/linmap.h" "$out/linmap.c" |
		grep -vE '<std(bool|def|int)\.h>|"linmap\.h"'
}

# compiles TARGET COMPILER
compiles() {
	object=$out/linmap-$1-$2.o
	on "$1" "$2" $freestanding $warnings -c "$out/linmap.c" -o "$object" || return 1
	! nm -u "$object" | grep -vE ' (memcpy|memset|memcmp|memmove)$'
}

# board NAME TARGET COMPILER: a board includes the headers by their installed names.
board() {
	on "$2" "$3" $freestanding $warnings -Wno-unused-parameter -I"$shim" \
		-c "examples/$1.c" -o "$out/$1.o"
}

prepare_tests() {
	for header in desc check linmap park roll; do
		echo '#include "../../linmap.h"' >"$shim/linmap/$header.h"
	done
	for file in tests/support/*.c; do
		$test_cc -c "$file" -o "$out/support/$(basename "$file" .c).o" || return 1
	done
	ar -rc "$out/libsupport.a" "$out"/support/*.o &&
		gcc -std=c11 -O2 -ffreestanding -c "$out/linmap.c" -o "$out/linmap.o"
}

# passes NAME
passes() {
	$test_cc "tests/core/test_$1.c" "$out/libsupport.a" \
		"$build/ports/model/libmodel_port.a" \
		"$build/sim/liblinmap_sim.a" "$out/linmap.o" -lcmocka \
		-o "$out/test_$1" || return 1
	CMOCKA_MESSAGE_OUTPUT=TAP LINMAP_SOURCE=$PWD "$out/test_$1"
}

test_cc="gcc -std=c11 -O1 -D_POSIX_C_SOURCE=200809L -I$shim -Iports/model -Isim -Itests/support"

mkdir -p "$shim/linmap" "$out/support"
check "the sources can be put into one file" scripts/amalgamate.py "$out"
check "includes stdbool.h, stddef.h, stdint.h and no other" no_includes_but_these
for target in host:gcc host:clang arm64-gcc:gcc arm64-clang:clang; do
	check "compiles alone, freestanding: $target" compiles "${target%:*}" "${target#*:}"
done
check "tests/support compiles with it" prepare_tests
for name in rtos firmware; do
	check "examples/$name.c compiles for arm64: gcc" board $name arm64-gcc gcc
	check "examples/$name.c compiles for arm64: clang" board $name arm64-clang clang
done
for name in $tests; do
	check "passes tests/core/test_$name.c" passes "$name"
done
echo "1..$cases"
[ "$failures" -eq 0 ]
