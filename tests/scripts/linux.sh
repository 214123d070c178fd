#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: linux.sh DIRECTORY [CASE-PATTERN]
# The Linux port, in QEMU: boots the kernels that ports/linux/build.sh has built in
# DIRECTORY on CPUs of different levels, with and without linmap, and compares. What was
# counted from outside is in a table at the end; the rest is TAP. Consoles and counts of each boot
# stay in DIRECTORY/check.
#
# A missing kernel fails its cases; the Makefile lists which are built. All of it
# takes 20 minutes.
#
# Page tables are compared with those of the same Image booted with linmap=off, which is
# the kernel's own way: an Image without linmap is smaller, and its alias with it.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: linux.sh DIRECTORY [CASE-PATTERN]" >&2; exit 2; }
port=$(cd "$(dirname "$0")/../../ports/linux" && pwd)
dir=$(cd "$1" && pwd)
pattern=${2:-.}
out=$dir/check
mkdir -p "$out"
export PLUGIN=$out/stop_plugin.so

# shellcheck source=tests/scripts/tap.sh
. "$(dirname "$0")/tap.sh"
table=$out/table.txt

# holds WHAT COMMAND...
holds() {
	local what=$1 status=0
	shift
	"$@" || status=1
	ok $status "$what"
}

# ---------------------------------------------------------------------- one boot

# boot NAME KERNEL SETTINGS ARGUMENT...: SETTINGS are boot.sh's, with commas between
boot() {
	local name=$1 kernel=$2 settings=$3
	shift 3
	# KFENCE would change its pages at other times in each boot; where they are is printed.
	rm -f "$out/$name.counts"
	# shellcheck disable=SC2046 # a list of assignments
	env COUNTS="$out/$name.counts" $(tr , ' ' <<<"$settings") \
		"$port/check/boot.sh" "$dir/$kernel" "$out/initrd.gz" \
		linmap_check=cpus,memory,page_tables,linmap kfence.sample_interval=1000000 no_hash_pointers "$@" \
		>"$out/$name.log" 2>&1 </dev/null || sed -n 's/^linmap: boot.sh:/# &/p' "$out/$name.log"
	tr -d '\r' <"$out/$name.log" >"$out/$name.console"
	mv "$out/$name.console" "$out/$name.log"
	add_row "$name" "$kernel" "$settings" "$*"
}

part() {
	sed -n "/^<<< $2\$/,/^>>> $2\$/p" "$out/$1.log"
}

# The linear map as the kernel prints it. KFENCE makes pages of its pool valid and
# invalid as it likes: there, that is left out, and lines alike are one.
linear_map() {
	part "$1" page_tables | sed -n '/Linear Mapping start/,/Linear Mapping end/p' |
		python3 -c '
import re, sys
pool = re.search(r"objects at (0x\w+)-(0x\w+)", open(sys.argv[1]).read())
first, last = pool.groups() if pool else ("", "")
before = None
for line in sys.stdin:
    if first <= line[:18] < last:
        line = " ".join(re.sub(r"^\S+ +\S+ PTE [F ]|NG", " ", line).split())
        if line == before:
            continue
        before = line
    print(line.rstrip())
' "$out/$1.log"
}

# sum NAME WHAT-PATTERN: of what the plugin counted
sum() {
	awk -v what="$2" '$0 ~ what { sum += $NF } END { print sum + 0 }' "$out/$1.counts"
}

allocations() {
	sum "$1" '^count .*(alloc|free)'
}

locks() {
	sum "$1" '^count (rt_|mutex|__might)'
}

stops() {
	awk '$1 == "stop" { printf "%s%s", separator, $2; separator = "+" }' "$out/$1.counts"
}

splats() {
	grep -cE 'BUG:|WARNING:|INFO: |Kernel panic|Unable to handle|Oops' "$out/$1.log" || true
}

add_row() {
	[ -f "$out/$1.counts" ] || : >"$out/$1.counts"
	printf '%-24s %-15s %7s %12s %7s %s\n' "$1" "$2" "$(splats "$1")" \
		"$(allocations "$1")" "$(locks "$1")" "$(stops "$1")" >>"$table"
}

# ------------------------------------------------------------------ what must hold

finished() { grep -q '^linmap: end of check' "$out/$1.log"; }
quiet() { finished "$1" && [ "$(splats "$1")" -eq 0 ]; }
splatted() { finished "$1" && grep -q 'BUG: sleeping function called' "$out/$1.log"; }
nothing_in_the_stop() {
	[ "$(sum "$1" '^callback')" -gt 0 ] && [ "$(allocations "$1")" -eq 0 ] &&
		[ "$(locks "$1")" -eq 0 ]
}
something_in_the_stop() { [ "$(allocations "$1")" -gt 0 ] && [ "$(locks "$1")" -gt 0 ]; }
no_stop() { finished "$1" && [ "$(sum "$1" '^callback')" -eq 0 ]; }
split_by() { grep -qE "linmap: linear map: [0-9]+ (leaf|leaves) to pages by $2; .* left 0; " "$out/$1.log"; }
same_tables() { [ -n "$(linear_map "$1")" ] && diff <(linear_map "$1") <(linear_map "$2"); }
has_cpus() { [ "$(part "$1" cpus | sed -n 2p)" = "$2" ]; }

# Processes come and go, so this is as good as their tables; the suite counts exactly.
OTHER_TABLES=32
page_table_memory() { part "$1" memory | awk '$1 == "PageTables:" { print $2 * 1024 }'; }
page_shift() { sed -n 's/^CONFIG_PAGE_SHIFT=//p' "$dir/$1/.config"; }
# counted_tables KERNEL NAME NAME-WITHOUT-LINMAP
counted_tables() {
	local now without more
	now=$(page_table_memory "$2")
	without=$(page_table_memory "$3")
	[ -n "$now" ] && [ -n "$without" ] || return 1
	more=$(((now - without) >> $(page_shift "$1")))
	echo "# $more page tables more than with linmap=off"
	[ "${more#-}" -le $OTHER_TABLES ]
}

verified() { part "$1" linmap | grep -x 'findings: 0' >/dev/null; }

cpus_of() {
	local cpus=${1##*CPUS=}
	[ "$cpus" = "$1" ] && cpus=4
	echo "${cpus%%,*}"
}

# wanted NAME: whether the case was asked for
wanted() { grep -qE "$pattern" <<<"$1"; }

# ---------------------------------------------------------------------- the cases

# split NAME KERNEL SETTINGS WAY...: by each way as in the kernel's own
split() {
	local name=$1 kernel=$2 settings=$3 way
	shift 3
	wanted "$name" || return 0
	boot "$name-off" "$kernel" "$settings" linmap=off
	holds "$name: linmap=off is the kernel's own way" something_in_the_stop "$name-off"
	for way; do
		boot "$name-$way" "$kernel" "$settings" "linmap=$way"
		holds "$name: $way: no complaint" quiet "$name-$way"
		holds "$name: $way: split, no table left" split_by "$name-$way" "$way"
		holds "$name: $way: no allocation and no sleeping lock in the stop" \
			nothing_in_the_stop "$name-$way"
		holds "$name: $way: the same tables, line for line" \
			same_tables "$name-$way" "$name-off"
		holds "$name: $way: the kernel counts its page tables right" \
			counted_tables "$kernel" "$name-$way" "$name-off"
		holds "$name: $way: the verifier finds nothing in them" verified "$name-$way"
		holds "$name: $way: all CPUs are there" has_cpus "$name-$way" "$(cpus_of "$settings")"
	done
}

# stock NAME KERNEL SETTINGS: an untouched kernel does what this is about
stock() {
	wanted "$1" || return 0
	boot "$1" "$2" "$3"
	holds "$1: without linmap the kernel complains" splatted "$1"
	holds "$1: without linmap it allocates and takes sleeping locks in the stop" \
		something_in_the_stop "$1"
}

# control NAME KERNEL SETTINGS ARGUMENT...: where nothing has to be split
control() {
	local name=$1 kernel=$2 settings=$3
	shift 3
	wanted "$name" || return 0
	boot "$name-off" "$kernel" "$settings" linmap=off "$@"
	boot "$name" "$kernel" "$settings" "$@"
	holds "$name: no complaint" quiet "$name"
	holds "$name: the machine is not stopped" no_stop "$name"
	holds "$name: the same tables, line for line" same_tables "$name" "$name-off"
}

kpti() {
	local settings=MODEL=cortex-a72,OTHERS=0x410fd0a0,MEMORY=256M
	wanted kpti || return 0
	boot kpti-stock stock-debug-4k $settings
	holds "kpti: without linmap its tables are got and freed in the stop" \
		something_in_the_stop kpti-stock
	split kpti port-debug-4k $settings switch
	holds "kpti: it ran" [ "$(sum kpti-switch 'callback __kpti')" -eq 4 ]
}

# The core's main cases inside the kernel; the log has them as TAP.
kunit() {
	wanted kunit || return 0
	boot kunit port-debug-4k CPUS=2 kunit.enable=1 kunit.autorun=1
	holds "kunit: no complaint" quiet kunit
	holds "kunit: the suite passes" grep -qE '^(\[.*\] )?ok [0-9]+ linmap$' "$out/kunit.log"
	holds "kunit: no case fails" [ "$(grep -cE '(^|\] ) *not ok ' "$out/kunit.log")" -eq 0 ]
}

# How often a line of a boot's console has a pattern; KFENCE's objects of a boot.
lines() { grep -cE "$2" "$out/$1.log" || true; }
kfence_objects() { sed -n 's/^total allocations: //p' "$out/$1.log"; }

# On the new tables: memory hogs, forks, modules, which change the
# permissions of the linear map, the suite, which calls set_memory_ro() and _rw(), and
# KFENCE, which makes pages of its pool valid and invalid.
load() {
	wanted load || return 0
	# Nothing is counted: that would take most of the time.
	boot load port-debug-4k MEMORY=255M,COUNTS=,SECONDS_MAX=900 linmap_check=load \
		kfence.sample_interval=100 kunit.enable=1 kunit.autorun=1
	holds "load: no complaint" quiet load
	holds "load: modules were put in, and taken out" [ "$(lines load 'Hello, world')" -eq 10 ]
	holds "load: memory was used up" [ "$(lines load '^hog: done')" -eq 1 ]
	holds "load: KFENCE had objects" [ "$(kfence_objects load)" -gt 0 ]
	holds "load: it ran" [ "$(lines load '^load: done')" -eq 1 ]
}

# An entry changes between staging and the stop: with what is staged again the
# tables are those that the kernel makes of the changed ones.
change() {
	wanted change || return 0
	local way
	boot change-off port-debug-4k MEMORY=1G linmap=off linmap_fault=change
	holds "change: it is in the tables" [ "$(linear_map change-off | grep -c ' NG ')" -gt 0 ]
	for way in switch live in-place; do
		boot "change-$way" port-debug-4k MEMORY=1G linmap=$way linmap_fault=change
		holds "change: $way: no complaint" quiet "change-$way"
		holds "change: $way: an entry was changed after staging" \
			[ "$(lines "change-$way" 'changed just before the stop')" -eq 1 ]
		holds "change: $way: it is not lost" same_tables "change-$way" change-off
		holds "change: $way: split, no table left" split_by "change-$way" "$way"
	done
	holds "change: switch: that took a second stop" \
		[ "$(part change-switch linmap | grep -cx 'stops: 2')" -eq 1 ]
}

# Out of memory: reported before anything is stopped, with how much it takes.
no_memory() {
	wanted memory || return 0
	boot memory port-debug-4k MEMORY=1G linmap_fault=memory panic=-1
	holds "memory: it says how much is needed, and how much there is" [ "$(lines memory \
		'linmap: [0-9]+ KiB of tables are needed and [0-9]+ KiB of memory are free')" -eq 1 ]
	holds "memory: and that it ends there" [ "$(lines memory \
		'Kernel panic - not syncing: linmap: no memory for the tables')" -eq 1 ]
	holds "memory: the machine was not stopped" [ "$(sum memory '^callback')" -eq 0 ]
}

# An invalid argument: reported, and taken for auto.
wrong_argument() {
	wanted argument || return 0
	boot argument port-debug-4k CPUS=2 linmap=sideways
	holds "argument: an unknown one is reported" grep -q 'linmap=sideways: unknown; use ' "$out/argument.log"
	holds "argument: and the map is split" split_by argument switch
}

# from NAME ADDRESS: where the linear map begins tells how many bits are in use.
from() { linear_map "$1" | sed -n 2p | grep -q "^$2-"; }

# geometry NAME ADDRESS MODEL: the linear map of another geometry, and where it begins
geometry() {
	local name=$1 start=$2 model=$3
	wanted "$name" || return 0
	split "$name" "port-debug-${name%%-*}" "MEMORY=2G,MODEL=$model" switch live in-place
	holds "$name: it begins at $start" from "$name-switch" "$start"
}

cc -O2 -shared -fPIC -fvisibility=hidden -o "$PLUGIN" "$port/check/stop_plugin.c"
# Modules go into the kernel that they were built with.
mapfile -t modules < <(find "$dir/port-debug-4k" -name '*.ko')
"$port/check/initrd.sh" "$dir" "$out/initrd.gz" "${modules[@]}"
printf '%-24s %-15s %7s %12s %7s %s\n' boot kernel splats allocations locks \
	"stop, instructions" >"$table"

stock stock stock-debug-4k MEMORY=1G
split ways port-debug-4k MEMORY=1G switch live in-place
split cpus2 port-debug-4k CPUS=2,MEMORY=128M switch
split cpus3 port-debug-4k CPUS=3,MEMORY=512M switch
# KFENCE has the end of memory: its pool shares tables with its neighbours here.
split kfence port-debug-4k MEMORY=511M switch
split cpus8 port-debug-4k CPUS=8,MEMORY=8G switch
kpti
control all-tolerant port-debug-4k OTHERS=0x410fd823
control one-cpu port-debug-4k CPUS=1
control none-tolerant port-debug-4k BOOT=0
control noalias port-debug-4k MEMORY=1G rodata=noalias
wrong_argument
kunit
load
change
no_memory
geometry 16k 0xffff800000000000 cortex-a76
geometry 39bit 0xffffff8000000000 cortex-a76
geometry 52bit 0xfff0000000000000 max
# The same kernel where the CPU has no FEAT_LPA2: a level less, and other descriptors.
geometry 52bit-in-48 0xffff000000000000 cortex-a76
geometry 64k 0xfff0000000000000 max
# And where it has no FEAT_LVA: its root is the end of the kernel's.
geometry 64k-in-48 0xffff000000000000 cortex-a76

status=0
finish || status=$?
echo
cat "$table"
exit $status
