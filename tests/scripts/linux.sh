#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: linux.sh DIRECTORY [CASE-PATTERN]
# The Linux port, in QEMU: boots the kernels that ports/linux/build.sh has built in
# DIRECTORY on CPUs of different levels, with and without linmap, and compares. What was
# counted from outside is in a table at the end; the rest is TAP. Consoles and counts of each boot
# stay in DIRECTORY/check.
#
# A missing kernel fails its cases; the Makefile lists which are built.
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

# boot NAME KERNEL SETTINGS ARGUMENT...: SETTINGS are boot.sh's, with commas between; the
# file system is $initrd if that is set
boot() {
	local name=$1 kernel=$2 settings=$3
	shift 3
	# KFENCE would change its pages at other times in each boot; where they are is printed.
	rm -f "$out/$name.counts"
	# shellcheck disable=SC2046 # a list of assignments
	env COUNTS="$out/$name.counts" $(tr , ' ' <<<"$settings") \
		"$port/check/boot.sh" "$dir/$kernel" "$out/${initrd:-initrd.gz}" \
		linmap_check=cpus,memory,page_tables,linmap kfence.sample_interval=1000000 no_hash_pointers \
		linmap_map=stock "$@" \
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
page_table_memory() { part "$1" "$2" | awk '$1 == "PageTables:" { print $2 * 1024 }'; }
page_shift() { sed -n 's/^CONFIG_PAGE_SHIFT=//p' "$dir/$1/.config"; }
# more_tables KERNEL NAME PART NAME-BEFORE
more_tables() {
	local now before
	now=$(page_table_memory "$2" "$3")
	before=$(page_table_memory "$4" memory)
	[ -n "$now" ] && [ -n "$before" ] && echo $(((now - before) >> $(page_shift "$1")))
}
# counted_tables KERNEL NAME NAME-WITHOUT-LINMAP
counted_tables() {
	local more
	more=$(more_tables "$1" "$2" memory "$3") || return 1
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

# ------------------------------------------------- large leaves, kept at run time

# of NAME PART WHAT: a number that linmap's files have in a part of the console
of() { part "$1" "$2" | sed -n "s/^$3: *\([0-9]*\).*/\1/p" | head -n 1; }

# Half of the memory, at least, is in leaves larger than a page, of which the first line is.
has_large_leaves() {
	part "$1" "$2" | awk '/^DirectMap/ { if (lines++) large += $2; else pages = $2 }
		END { exit !(large > pages) }'
}
# What is read-only after the linear map: the kernel and its fixed maps. Vmalloc differs.
other_maps() { part "$1" page_tables | sed '1,/Linear Mapping end/d' | grep ' ro '; }
same_other_maps() { [ -n "$(other_maps "$1")" ] && diff <(other_maps "$1") <(other_maps "$2"); }

# The linear map without sizes and hints: stretches of equal attributes. What is read-only
# or not there must be the same pages as before.
attributes() {
	part "$1" "$2" | sed -n '/Linear Mapping start/,/Linear Mapping end/p' | python3 -c '
import re, sys
pool = re.search(r"objects at (0x\w+)-(0x\w+)", open(sys.argv[1]).read())
first, last = (int(g, 16) for g in pool.groups()) if pool else (0, 0)
stretches = []
for line in sys.stdin:
    match = re.match(r"0x(\w+)-0x(\w+) +\S+ (PGD|P4D|PUD|PMD|PTE)(.*)", line)
    if not match or first <= int(match[1], 16) < last:
        continue
    what = " ".join(word for word in match[4].split() if word not in ("BLK", "CON"))
    if not what or not re.search("MEM/", what):
        continue
    if stretches and stretches[-1][1:] == [match[1], what]:
        stretches[-1][1] = match[2]
    else:
        stretches.append([match[1], match[2], what])
for stretch in stretches:
    print(*stretch)
' "$out/$1.log"
}
same_attributes() {
	[ -n "$(attributes "$1" "$2")" ] && diff <(attributes "$1" "$2") <(attributes "$3" "$4")
}

# large NAME SETTINGS ROUNDS ARGUMENT...: a linear map with large leaves on CPUs below
# level 3, split and made large again under load; the kernel is $kernel if that is set
large() {
	local name=$1 settings=$2 rounds=$3 kernel=${kernel:-port-debug-4k}
	shift 3
	wanted "$name" || return 0
	boot "$name-stock" "$kernel" "$settings,COUNTS=" linmap_map=stock \
		linmap_check=page_tables,linmap "$@"
	boot "$name" "$kernel" "$settings,COUNTS=,SECONDS_MAX=1200" linmap_map=large \
		linmap_check=cpus,page_tables,linmap,rolls,page_tables_after,linmap_after \
		linmap_rounds="$rounds" "$@"
	holds "$name: no complaint" quiet "$name"
	holds "$name: it has large leaves" has_large_leaves "$name" linmap
	holds "$name: the kernel's own map is stock's, line for line" \
		same_other_maps "$name" "$name-stock"
	holds "$name: attributes of the linear map are stock's" \
		same_attributes "$name" page_tables "$name-stock" page_tables
	holds "$name: the load ran" [ "$(lines "$name" '^rolls: done')" -eq 1 ]
	holds "$name: no module and no collapse failed" [ "$(lines "$name" ': failed$')" -eq 0 ]
	holds "$name: two rolls a round, at least" \
		[ "$(of "$name" rolls rolls)" -ge $((2 * rounds)) ]
	holds "$name: no edit failed" [ "$(of "$name" rolls failed)" -eq 0 ]
	holds "$name: no CPU was ever on the wrong root" [ "$(of "$name" rolls 'strays seen')" -eq 0 ]
	holds "$name: nor is one now" [ "$(of "$name" rolls 'CPUs astray now')" -eq 0 ]
	holds "$name: what was replaced is freed" \
		[ "$(of "$name" linmap_after 'tables replaced')" -eq "$(of "$name" linmap_after 'tables freed')" ]
	holds "$name: no attribute was lost" \
		same_attributes "$name" page_tables "$name" page_tables_after
	holds "$name: it has large leaves again" has_large_leaves "$name" linmap_after
	holds "$name: the verifier finds nothing, before and after" \
		[ "$(grep -cx 'findings: 0' "$out/$name.log")" -eq 2 ]
}

# KFENCE's pool comes late, and linmap's suite changes pages of the live map.
large_kfence() {
	wanted large-kfence || return 0
	boot large-kfence port-debug-4k BOOT=0,COUNTS= linmap_map=large kfence.sample_interval=0 \
		linmap_check=late_kfence,linmap_after kunit.enable=1 kunit.autorun=1
	holds "large-kfence: no complaint" quiet large-kfence
	holds "large-kfence: KFENCE has objects" [ "$(kfence_objects large-kfence)" -gt 0 ]
	holds "large-kfence: its pool took a roll" [ "$(of large-kfence late_kfence rolls)" -ge 1 ]
	holds "large-kfence: linmap's suite passes" \
		grep -qE '^(\[.*\] )?ok [0-9]+ linmap$' "$out/large-kfence.log"
	holds "large-kfence: the verifier finds nothing" \
		[ "$(grep -cx 'findings: 0' "$out/large-kfence.log")" -eq 1 ]
}

# A CPU does not come: the edit is given up, the three that came go back by a second move,
# and the rest goes on.
large_deaf() {
	wanted large-deaf || return 0
	boot large-deaf port-debug-4k BOOT=0,COUNTS= linmap_map=large linmap_fault=deaf \
		linmap_check=rolls,linmap_after linmap_rounds=5
	holds "large-deaf: no complaint" quiet large-deaf
	holds "large-deaf: it says which CPU did not come" [ "$(lines large-deaf \
		'linmap: CPU 1 has not answered for 10 s; the edit is given up')" -eq 1 ]
	holds "large-deaf: one edit failed, and no other" [ "$(of large-deaf rolls failed)" -eq 1 ]
	holds "large-deaf: the others went there, and back" [ "$(of large-deaf rolls 'moves of CPUs')" \
		-eq $((4 * $(of large-deaf rolls rolls) + 2 * 3)) ]
	holds "large-deaf: modules were loaded" [ "$(lines large-deaf 'Hello, world')" -ge 4 ]
	holds "large-deaf: no CPU astray" [ "$(of large-deaf rolls 'strays seen')" -eq 0 ]
	holds "large-deaf: the verifier finds nothing" \
		[ "$(grep -cx 'findings: 0' "$out/large-deaf.log")" -eq 1 ]
}

# The counters say that no table was lost: fewer are saved by as many as were added and not
# given back. NR_PAGETABLE, which the kernel counts, says the same: OTHER_TABLES come and go.
# balance NAME PART: of the tables; nothing if a counter is missing
balance() {
	local saved back added
	saved=$(of "$1" "$2" 'tables saved')
	back=$(of "$1" "$2" 'tables given back')
	added=$(of "$1" "$2" 'tables added')
	[ -n "$saved" ] && [ -n "$back" ] && [ -n "$added" ] && echo $((saved - back + added))
}
no_table_lost() {
	[ "$(of "$1" "$2" 'tables replaced')" -eq "$(of "$1" "$2" 'tables freed')" ] &&
		[ "$(balance "$1" linmap)" -eq "$(balance "$1" "$2")" ]
}
no_memory_lost() {
	local more
	more=$(more_tables port-debug-4k "$1" memory_after "$1") || return 1
	echo "# $more page tables more than before"
	[ "$more" -le $OTHER_TABLES ]
}

# busy NAME PART SETTINGS ROUNDS ARGUMENT...: large leaves, split and made large again while
# what init has in PART uses the kernel; $first is a part that comes before all
busy() {
	local name=$1 part=$2 settings=$3 rounds=$4
	shift 4
	boot "$name" port-debug-4k "$settings,BOOT=0,COUNTS=,SECONDS_MAX=1200" linmap_map=large \
		linmap_check="${first:+$first,}page_tables,linmap,memory,$part,memory_after,linmap_after,page_tables_after,cpus" \
		linmap_rounds="$rounds" "$@"
	holds "$name: no complaint" quiet "$name"
	holds "$name: the load ran" [ "$(lines "$name" "^$part: done")" -eq 1 ]
	holds "$name: nothing failed, and after each round all CPUs were on the root" \
		[ "$(lines "$name" ': failed$')" -eq 0 ]
	holds "$name: two rolls a round, at least" [ "$(of "$name" "$part" rolls)" -ge $((2 * rounds)) ]
	holds "$name: no edit failed" [ "$(of "$name" "$part" failed)" -eq 0 ]
	holds "$name: no CPU was ever on the wrong root" [ "$(of "$name" "$part" 'strays seen')" -eq 0 ]
	holds "$name: nor is one now" [ "$(of "$name" "$part" 'CPUs astray now')" -eq 0 ]
	holds "$name: all CPUs are there" has_cpus "$name" "$(cpus_of "$settings")"
	holds "$name: no table was lost" no_table_lost "$name" linmap_after
	holds "$name: no memory was lost" no_memory_lost "$name"
	holds "$name: no attribute was lost" same_attributes "$name" page_tables "$name" page_tables_after
	holds "$name: the verifier finds nothing, before and after" \
		[ "$(grep -cx 'findings: 0' "$out/$name.log")" -eq 2 ]
	echo "# $(of "$name" "$part" rolls) rolls"
}

# secretmem and modules, under load.
large_secrets() {
	wanted large-secrets || return 0
	busy large-secrets secrets MEMORY=1G 20 secretmem.enable=1
	holds "large-secrets: all that was written was read" \
		[ "$(lines large-secrets '^secretmem: done')" -eq 20 ]
}

# CPUs go off and come back meanwhile.
large_hotplug() {
	wanted large-hotplug || return 0
	busy large-hotplug hotplug MEMORY=1G 100
	echo "# $(lines large-hotplug '^cycle: done') times a CPU went and came"
	holds "large-hotplug: CPUs went and came" [ "$(lines large-hotplug '^cycle: done')" -ge 40 ]
	holds "large-hotplug: some went while they were on the clone" \
		[ "$(of large-hotplug hotplug 'gone while away')" -ge 1 ]
}

# BPF programs come and go: one takes a roll or two, for memory that others share.
large_bpf() {
	wanted large-bpf || return 0
	busy large-bpf bpf MEMORY=1G 100
	sed -n 's/^bpf: .* take/# &/p' "$out/large-bpf.log"
	holds "large-bpf: each of them returned what it is to return" \
		[ "$(lines large-bpf '^programs: done')" -ge 102 ]
	holds "large-bpf: a hundred take no more rolls than one does" \
		[ "$(sed -n 's/^bpf: 100 programs take \(.*\) rolls/\1/p' "$out/large-bpf.log")" -le 2 ]
}

# kprobes, set and removed: in linmap, too, so that CPUs that are asked to move hit them.
large_kprobes() {
	wanted large-kprobes || return 0
	local first=many_kprobes
	busy large-kprobes kprobes MEMORY=1G 10
	sed -n 's/^kprobes: [0-9s]/# &/p' "$out/large-kprobes.log"
	holds "large-kprobes: their first page is split" \
		[ "$(sed -n 's/^kprobes: .* first time take \(.*\) rolls/\1/p' "$out/large-kprobes.log")" -ge 1 ]
	holds "large-kprobes: CPUs hit them when they were asked to move" \
		[ "$(sed -n 's/^kprobes: set .* hits //p' "$out/large-kprobes.log")" -ge 100 ]
}

# slept NAME STATE WHAT: how often CPUs entered an idle state, or were refused it
slept() {
	sed -n "s/^idle: $2 .*$3 \([0-9]*\).*/\1/p" "$out/$1.log" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# CPUs idle, and lose their registers: not while they are on the clone. The kernel's driver
# asks for each state but its first, even if that keeps them.
large_idle() {
	wanted large-idle || return 0
	busy large-idle idle IDLE=1 60
	echo "# CPUs went off $(slept large-idle cpu-off entered) times, and were refused that" \
		"$(slept large-idle cpu-off refused) times"
	holds "large-idle: CPUs went off" [ "$(slept large-idle cpu-off entered)" -ge 1000 ]
	holds "large-idle: the port kept some from that" \
		[ "$(slept large-idle cpu-off refused)" -ge 10 ]
	holds "large-idle: and nobody else did" [ "$(of large-idle idle 'sleeps refused')" -eq \
		"$(slept large-idle '.*' refused)" ]
}

# Interrupts that are masked by priority come as NMIs.
large_nmi() {
	wanted large-nmi || return 0
	busy large-nmi nmis GIC=3 30 irqchip.gicv3_pseudo_nmi=1
	holds "large-nmi: there are NMIs" [ "$(lines large-nmi 'Pseudo-NMIs enabled')" -eq 1 ]
	holds "large-nmi: and CPUs took them" [ "$(lines large-nmi 'NMI backtrace for cpu')" -ge 100 ]
}

# At 30 a minute: one at once, then one every 2 s; 1 more, since it may have begun earlier.
within_rate() { [ "$1" -le $((1 + $2 / 2 + 1)) ]; }
large_user() {
	wanted large-user || return 0
	boot large-user port-debug-4k BOOT=0,COUNTS=,SECONDS_MAX=600 linmap_map=large secretmem.enable=1 \
		linmap_check=user linmap_rate=30
	local rolls seconds
	rolls=$(sed -n 's/^user: rolls \([0-9]*\) .*/\1/p' "$out/large-user.log")
	seconds=$(sed -n 's/^user: rolls .* seconds //p' "$out/large-user.log")
	echo "# $rolls rolls in $seconds s"
	holds "large-user: no complaint" quiet large-user
	holds "large-user: the user got the memory" [ "$(lines large-user '^secretmem: done')" -eq 1 ]
	holds "large-user: and caused rolls" [ "${rolls:-0}" -ge 5 ]
	holds "large-user: but no more than the rate allows" within_rate "${rolls:-9999}" "${seconds:-0}"
	holds "large-user: since some had to wait" [ "$(of large-user user delayed)" -ge 1 ]
}

# The pages of an area are one edit, which the suite counts; a range is made large again;
# edits are traced.
large_edits() {
	wanted large-edits || return 0
	local fault
	for fault in none single; do
		boot large-edits-$fault port-debug-4k BOOT=0,COUNTS= linmap_map=large secretmem.enable=1 \
			linmap_fault=$fault kunit.enable=1 kunit.autorun=1 linmap_check=module_rolls,collapse_ranges,traced,linmap_after \
			linmap_quarters=ffff000000000000-ffff000010000000,ffff000010000000-ffff000020000000,ffff000020000000-ffff000030000000,ffff000030000000-ffff000040000000
		holds "large-edits: $fault: no complaint" quiet large-edits-$fault
		holds "large-edits: $fault: the verifier finds nothing" \
			[ "$(grep -cx 'findings: 0' "$out/large-edits-$fault.log")" -eq 1 ]
		sed -n 's/^module:/# &/p' "$out/large-edits-$fault.log"
	done
	local name=large-edits-none
	holds "large-edits: an area takes one edit" \
		[ "$(lines $name '(^|\]) +ok [0-9]+ an_area_takes_one_edit$')" -eq 1 ]
	holds "large-edits: page by page it takes more" \
		[ "$(lines large-edits-single 'not ok [0-9]+ an_area_takes_one_edit$')" -eq 1 ]
	holds "large-edits: three wrong ranges are refused" [ "$(lines $name '^collapse: .*: refused')" -eq 3 ]
	holds "large-edits: only the range is made large again" \
		[ "$(sed -n 's/^collapse: .* last \([0-9]*\) all 0/\1/p' "$out/$name.log")" -ge 1 ]
	holds "large-edits: each edit is traced" [ "$(lines $name 'linmap_edit_end: goal=.* way=roll .*err=0')" -ge \
		"$(sed -n 's/^traced: edits //p' "$out/$name.log")" ]
	holds "large-edits: with where it was" [ "$(lines $name 'linmap_edit_begin: start=ffff0')" -ge 1 ]
	holds "large-edits: the boot says what is saved" \
		[ "$(lines $name 'linmap: linear map: [0-9]+ tables \([0-9]+ KiB\) fewer than with pages')" -eq 1 ]
}

# No memory for an edit: an error for the caller, no line in the log, nothing changed.
large_memory() {
	wanted large-memory || return 0
	boot large-memory port-debug-4k BOOT=0,COUNTS= linmap_map=large linmap_fault=memory \
		linmap_check=page_tables,rolls,page_tables_after,linmap_after linmap_rounds=20
	holds "large-memory: no complaint" quiet large-memory
	holds "large-memory: edits failed" [ "$(of large-memory rolls failed)" -ge 1 ]
	holds "large-memory: so modules were not loaded" [ "$(lines large-memory 'module: failed$')" -ge 1 ]
	holds "large-memory: linmap says nothing" [ "$(lines large-memory 'linmap: (to|collapse).*:')" -eq 0 ]
	holds "large-memory: no CPU astray" [ "$(of large-memory rolls 'strays seen')" -eq 0 ]
	holds "large-memory: what was replaced is freed" [ "$(of large-memory linmap_after 'tables replaced')" -eq \
		"$(of large-memory linmap_after 'tables freed')" ]
	holds "large-memory: no attribute changed" \
		same_attributes large-memory page_tables large-memory page_tables_after
	holds "large-memory: the verifier finds nothing" \
		[ "$(grep -cx 'findings: 0' "$out/large-memory.log")" -eq 1 ]
}

# The same kernel by kexec, loaded while edits replace the tables that it copies.
large_kexec() {
	wanted large-kexec || return 0
	local initrd=kexec.gz
	"$port/check/initrd.sh" "$dir" "$out/kexec.gz" "${modules[@]}" "$out/initrd.gz" \
		"$dir/port-debug-4k/arch/arm64/boot/Image"
	boot large-kexec port-debug-4k BOOT=0,COUNTS=,SECONDS_MAX=600 linmap_map=large linmap_check=kexec \
		linmap_next=cpus,rolls,linmap_after linmap_rounds=3
	holds "large-kexec: no complaint" quiet large-kexec
	holds "large-kexec: it was loaded five times" [ "$(lines large-kexec '^kexec: loaded')" -eq 5 ]
	holds "large-kexec: while CPUs rolled" \
		[ "$(sed -n 's/^kexec: rolls //p' "$out/large-kexec.log")" -ge 5 ]
	holds "large-kexec: it booted twice" [ "$(lines large-kexec 'Booting Linux on')" -eq 2 ]
	holds "large-kexec: with all CPUs" has_cpus large-kexec 4
	holds "large-kexec: and rolled there" [ "$(of large-kexec rolls rolls)" -ge 6 ]
	holds "large-kexec: no CPU astray" [ "$(of large-kexec rolls 'strays seen')" -eq 0 ]
	holds "large-kexec: the verifier finds nothing" \
		[ "$(grep -cx 'findings: 0' "$out/large-kexec.log")" -eq 1 ]
}

# CPUs are asked to move in the middle of a switch between two processes: if they are let,
# that is found; as it is, nothing happens.
race() {
	wanted race || return 0
	local fault
	for fault in widen race; do
		boot "race-$fault" port-debug-4k CPUS=4,COUNTS=,SECONDS_MAX=900,BOOT=0 linmap_map=large \
			linmap_check=rolls linmap_rounds=20 linmap_fault=$fault
	done
	holds "race: no complaint when CPUs stay where they are" quiet race-widen
	holds "race: no CPU astray then" [ "$(of race-widen rolls 'strays seen')" -eq 0 ]
	holds "race: a CPU that moves in the middle of a switch is found" \
		[ "$(lines race-race 'CPU [0-9]+ is not on root')" -ge 1 ]
}

# large_geometry NAME ADDRESS SETTINGS ROUNDS: the same with other pages, in a kernel with
# modules of its own; and where the linear map begins
large_geometry() {
	local name=$1 start=$2 settings=$3 rounds=$4 kernel initrd=$1.gz
	wanted "$name" || return 0
	kernel=port-debug-$(cut -d - -f 2 <<<"$name")
	"$port/check/initrd.sh" "$dir" "$out/$initrd" "$dir/$kernel"/lib/test_*.ko
	large "$name" "$settings" "$rounds"
	holds "$name: it begins at $start" from "$name" "$start"
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
large large-a72 MEMORY=1G,MODEL=cortex-a72,BOOT=0 60
# This CPU has no PAN.
! wanted large-a72 || holds "large-a72: software PAN is in use" \
	[ "$(lines large-a72 'emulated: Privileged Access Never .PAN. using TTBR0_EL1')" -eq 1 ]
large large-max MEMORY=2G,MODEL=max,BOOT=0 60
large large-kpti MEMORY=1G,MODEL=cortex-a72,BOOT=0x410fd0a0,OTHERS=0x410fd0a0 60
# The boot CPU is level 3: stock would split all of the map.
large large-mixed MEMORY=1G 20
# With blocks of 1 GiB.
large large-8g MEMORY=8G,CPUS=8,BOOT=0 5
# With blocks of 32 MiB; of 512 MiB with 52 bits, and where the CPU has 48 of them.
large_geometry large-16k 0xffff800000000000 MEMORY=2G,BOOT=0 20
large_geometry large-64k 0xfff0000000000000 MEMORY=4G,MODEL=max,BOOT=0 20
large_geometry large-64k-in-48 0xffff000000000000 MEMORY=4G,BOOT=0 20
large_kfence
large_deaf
large_secrets
large_hotplug
large_bpf
large_kprobes
large_idle
large_nmi
large_user
large_edits
large_memory
large_kexec
race
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
