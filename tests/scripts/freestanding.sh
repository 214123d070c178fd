#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: freestanding.sh [sizes]
# The core as a kernel or firmware would build it: freestanding, by gcc and clang, for
# the host and for arm64. Fails if it needs anything from outside but memcpy, memset,
# memcmp and memmove, has data that can be written, needs more than 1 KiB of stack, or
# is larger than docs/measured/size.txt says. With "sizes" it rewrites that file and
# checks nothing.
set -eu

cd "$(dirname "$0")/../.."

out=build-freestanding
cross=aarch64-linux-gnu-
stack_budget=1024
record=docs/measured/size.txt

# What an embedder calls that only splits an existing map to pages. The linker finds what
# these need.
split_entries="lm_format_init lm_map_init lm_map_add_region lm_edit_to_pages lm_edit_except
	lm_edit_plan lm_edit_reserve lm_edit_stage lm_window_open lm_edit_commit
	lm_window_close lm_edit_release lm_edit_abort"

# Pointers in struct lm_env and struct lm_recorder, and to what check.h calls, that
# never lead back into the core. Not "alloc": a reserve is an allocator, too.
embedder_callbacks="table,free,move,address,call,expired,relax,leave_map,enter_map,go_home,invalidate,begin,late,found,line"

# Functions that call a pointer from their caller, and its name.
bound="--bound lm_walk=visit --bound lm_walk_below=visit
	--bound lm_walk_within=visit --bound lm_walk_table=visit
	--bound lm_updates_for_each=each --bound lm_updates_free=each
	--bound lm_split_run=enter,unfold,split,change
	--bound collapse:collapse_run=enter,unfold,split,change
	--bound unmap:unmap_run=unfold,split,change"

# noinline: a word that kernels have for a macro, so that attributes use __noinline__.
common="-std=c11 -ffreestanding -fno-stack-protector -fno-pic -nostdlib -static
	-fno-asynchronous-unwind-tables -fno-unwind-tables -Iinclude -Isrc
	-Wall -Wextra -Wconversion -Wmissing-prototypes -Wstrict-prototypes
	-Wshadow -Wvla -Wundef -Wno-unused-parameter -Werror
	-Dnoinline=__attribute__((__noinline__))"
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

# public HEADER...: functions of the core that these declare.
public() {
	"${cross}nm" --defined-only $out/arm64-gcc/core.elf | awk '$2 == "T" { print $3 }' |
		while read -r name; do
			! grep -qw "$name" "$@" || echo "$name"
		done
}

# size_of SET ENTRY...: a line of the record. Instructions; and constants beside them,
# most of which are sentences for people.
size_of() {
	linked=$out/$1.elf
	set_name=$1
	shift
	# shellcheck disable=SC2046 # a list of options
	"${cross}ld" -r --gc-sections $(printf -- '--require-defined=%s ' "$@") \
		-o "$linked" $out/arm64-gcc/[a-z]*.o || return 1
	printf '%-10s %6d %9d\n' "$set_name" "$(sections '^[.]text' "$linked")" \
		"$(sections '^[.](rodata|data[.]rel[.]ro)' "$linked")"
}

compiler() {
	echo "${cross}gcc $(${cross}gcc -dumpfullversion)"
}

# The headers besides the verifier's.
headers_but_check() {
	find include/linmap -name '*.h' ! -name check.h
}

sizes() {
	cat <<-END
	# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
	#
	# Bytes that an embedder links, for arm64 at -Os. Written by "make sizes"; "make
	# check" fails if anything is larger than here.
	#
	# split      what edits to pages need, on a map that is there
	# goals      all of the library but the verifier: mapping, all goals, parking
	# verifier   all of the library: lm_check() and lm_dump(), too
	#
	# compiler: $(compiler)
	#
	# set         text constants
	END
	# shellcheck disable=SC2046,SC2086 # lists of names
	size_of split $split_entries &&
		size_of goals $(public $(headers_but_check)) &&
		size_of verifier $(public include/linmap/*.h)
}

# Compares what was linked with the record, of which the same compiler made each byte.
check_sizes() {
	grep -q "^# compiler: $(compiler)\$" $record 2>/dev/null || {
		echo "$record is of another compiler than $(compiler): not compared"
		grep -v '^#' $out/size.txt
		return
	}
	awk '
	/^#/ { next }
	NR == FNR { text[$1] = $2; constants[$1] = $3; next }
	FNR == 1 || !heading { heading = 1; print "set          text  recorded  constants  recorded" }
	{
		printf "%-10s %6d    %6d     %6d    %6d\n", $1, $2, text[$1], $3, constants[$1]
		larger += $2 > text[$1] || $3 > constants[$1]
		smaller += $2 < text[$1] || $3 < constants[$1]
	}
	END {
		if (larger)
			print "larger than recorded: if it is worth it, \"make sizes\" and say so in the commit"
		else if (smaller)
			print "smaller than recorded: please \"make sizes\" in the same commit"
		exit larger > 0
	}' $record $out/size.txt || fail "size: larger than $record says"
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
		for compiler in "g++ -std=c++11" "clang++ -std=c++17"; do
			# shellcheck disable=SC2086 # a compiler and its option
			echo "#include \"$header\"" |
				$compiler -Wall -Wextra -Werror -I. -Iinclude -fsyntax-only \
					-x c++ - || fail "$header is not for C++: $compiler"
		done
	done
}

rm -rf $out

if [ "${1-}" = sizes ]; then
	# shellcheck disable=SC2086 # lists of flags
	build arm64-gcc $cross ${cross}gcc $arm64 -Os -ffunction-sections -fdata-sections
	mkdir -p "$(dirname $record)"
	sizes >$out/size.txt && [ "$failures" -eq 0 ] || exit 1
	mv $out/size.txt $record
	grep -v '^#' $record
	exit
fi

# shellcheck disable=SC2086 # lists of flags
{
	build host-gcc '' gcc -Iarch/host -Os
	build host-clang '' clang -Iarch/host -Os $unused
	build arm64-gcc $cross ${cross}gcc $arm64 -Os \
		-ffunction-sections -fdata-sections -fstack-usage -fcallgraph-info=su
	build arm64-gcc-O2 $cross ${cross}gcc $arm64 -O2 \
		-ffunction-sections -fstack-usage -fcallgraph-info=su
	build arm64-clang $cross clang --target=aarch64-none-elf $arm64 -Os \
		$unused
}
headers

# What does not compile cannot be measured.
[ "$failures" -eq 0 ] || exit 1

sizes >$out/size.txt || fail "the sets of $record do not link"
check_sizes
stack arm64-gcc -Os
stack arm64-gcc-O2 -O2

[ "$failures" -eq 0 ]
