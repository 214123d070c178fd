#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The core as a kernel or firmware would build it: freestanding, by gcc and
# clang, for the host and for arm64. Fails if it needs anything from outside
# but memcpy, memset, memcmp and memmove, has data that can be written, or is
# over a budget of text or stack.
set -eu

cd "$(dirname "$0")/.."

out=build-freestanding
cross=aarch64-linux-gnu-
kib=1024
# 12 KiB is the aim, and was enough for the goal "to pages" alone; that leaves can
# also be cut at ends, protected and collapsed takes the rest.
edit_text_budget=$((16 * kib))
core_text_budget=$((27 * kib))
stack_budget=$((1 * kib))

# What takes part in a change of a live map: the rooms map, edit, reserve, window.
edit_path="map region census run count edit plan goal split stage updates commit reserve window release"

# Pointers in struct lm_env and struct lm_recorder, and to what check.h calls, that
# never lead back into the core. Not "alloc": a reserve is an allocator too.
embedder_callbacks="table,free,move,address,call,expired,relax,leave_map,enter_map,found,line"

# Functions that call what their caller gives them, and by what name.
bound="--bound lm_walk=visit --bound lm_walk_below=visit
	--bound lm_updates_for_each=each --bound lm_updates_free=each
	--bound lm_split_run=enter,unfold,split,change
	--bound collapse:collapse_run=enter,unfold,split,change"

common="-std=c11 -ffreestanding -fno-stack-protector -fno-pic -nostdlib -static
	-fno-asynchronous-unwind-tables -fno-unwind-tables -Iinclude -Isrc
	-Wall -Wextra -Wconversion -Wmissing-prototypes -Wstrict-prototypes
	-Wshadow -Wvla -Wundef -Wno-unused-parameter -Werror"
arm64="-Iarch/arm64 -mgeneral-regs-only -mstrict-align -mno-outline-atomics"
unused="-Wno-unused-command-line-argument"

failures=0

fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}

# compile NAME COMPILER FLAG...: src/*.c into $out/NAME/*.o, linked into one.
compile() {
	dir=$out/$1
	shift
	mkdir -p "$dir"
	for file in src/*.c; do
		# shellcheck disable=SC2086 # $common is a list of flags
		"$@" $common -c "$file" -o "$dir/$(basename "$file" .c).o" || return 1
	done
}

# check NAME PREFIX: what the linked core needs and holds.
check() {
	core=$out/$1/core.elf
	"$2ld" -r -o "$core" "$out/$1"/*.o || { fail "$1: ld -r"; return; }

	undefined=$("$2nm" -u "$core" | awk '{ print $2 }' |
		grep -vxE 'memcpy|memset|memcmp|memmove' | tr '\n' ' ')
	[ -z "$undefined" ] || fail "$1: undefined symbols: $undefined"

	# Constants that hold addresses (.data.rel.ro) are written by a loader only.
	writable=$(readelf -SW "$core" | sed 's/\[ */[/' |
		awk '$8 ~ /W/ && $6 !~ /^0+$/ && $2 !~ /^\.data\.rel\.ro/ { print $2 }' | tr '\n' ' ')
	common_symbols=$("$2nm" "$core" | awk '$2 == "C" { print $3 }' | tr '\n' ' ')
	[ -z "$writable$common_symbols" ] || fail "$1: writable data: $writable$common_symbols"
}

# build NAME PREFIX COMPILER FLAG...: PREFIX is that of the binutils.
build() {
	name=$1
	prefix=$2
	shift 2
	echo "$name: $*"
	compile "$name" "$@" || { fail "$name: does not compile"; return; }
	check "$name" "$prefix"
}

# sections PATTERN OBJECT...: bytes in all sections whose names match.
sections() {
	pattern=$1
	shift
	${cross}size -A "$@" | awk -v p="$pattern" '$1 ~ p { sum += $2 } END { print sum + 0 }'
}

# text BUDGET WHAT OBJECT...: instructions. Constants, most of them sentences for
# people, are told apart.
text() {
	budget=$1
	what=$2
	shift 2
	bytes=$(sections '^[.]text' "$@") || bytes=0
	constants=$(sections '^[.](rodata|data[.]rel[.]ro)' "$@") || constants=0
	printf 'text of %-14s %5d bytes of %d, and %d of constants\n' \
		"$what" "$bytes" "$budget" "$constants"
	[ "$bytes" -gt 0 ] || fail "$what: no text"
	[ "$bytes" -le "$budget" ] || fail "$what: text over the budget"
}

edit_objects() {
	for room in $edit_path; do
		echo "$out/$1/$room.o"
	done
}

stack() {
	echo "stack at $2:"
	# shellcheck disable=SC2086 # $bound is a list of options
	python3 scripts/stack.py --budget $stack_budget --embedder $embedder_callbacks $bound \
		"$out/$1" src/*.[ch] include/linmap/*.h || fail "stack at $2"
}

# Each public header stands alone.
headers() {
	for header in include/linmap/*.h; do
		# shellcheck disable=SC2086 # $common is a list of flags
		${cross}gcc $common -fsyntax-only -x c "$header" ||
			fail "$header does not stand alone"
	done
}

rm -rf $out

# shellcheck disable=SC2086 # lists of flags
{
	build host-gcc '' gcc -Iarch/host -Os
	build host-clang '' clang -Iarch/host -Os $unused
	build arm64-gcc $cross ${cross}gcc $arm64 -Os \
		-ffunction-sections -fstack-usage -fcallgraph-info=su
	build arm64-gcc-O2 $cross ${cross}gcc $arm64 -O2 \
		-ffunction-sections -fstack-usage -fcallgraph-info=su
	build arm64-clang $cross clang --target=aarch64-none-elf $arm64 -Os \
		$unused
}
headers

# What does not compile cannot be measured.
[ "$failures" -eq 0 ] || exit 1

# shellcheck disable=SC2046 # a list of files
text $edit_text_budget "the edit path" $(edit_objects arm64-gcc)
text $core_text_budget "the whole core" $out/arm64-gcc/core.elf
stack arm64-gcc -Os
stack arm64-gcc-O2 -O2

[ "$failures" -eq 0 ]
