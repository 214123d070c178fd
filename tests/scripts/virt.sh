#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: virt.sh short|all|rolls
# Boots the kernel of ports/virt/ in QEMU, one configuration after the other, and
# faulty ones that must be found. TAP: one case for each boot, which is good if
# every check in it is, and QEMU reports nothing about the guest.
set -eu

cd "$(dirname "$0")/../.."

case ${1-} in
short | all | rolls) ;;
*) echo "usage: virt.sh short|all|rolls" >&2; exit 2 ;;
esac

out=build-virt
run=ports/virt/run.sh
# shellcheck source=tests/scripts/tap.sh
. tests/scripts/tap.sh

# Bytes of the assembly that other ports share. What the core may take is
# tests/scripts/freestanding.sh's; how much stack, the kernel's own.
shared_budget=512
# Instructions of the leader in a switch, from 1 to 8 GiB.
stop_budget=1000
# Instructions with all exceptions masked for a move of a roll.
move_budget=60
# Edits by roll in a boot, one after the other.
rolls=16

# What went wrong, or where it hung. Lines of TAP would be counted: none are left.
show() {
	{ grep -B 2 '^not ok' $out/log || tail -n 12 $out/log; } | sed 's/^/#   /'
	sort $out/guest_errors | uniq -c | head -n 5 | sed 's/^/#   QEMU: /'
}

# boot OPTION-OR-ARGUMENT...: its output goes to $out/log.
boot() {
	: >$out/guest_errors
	status=0
	$run -t 300 -g $out/guest_errors "$@" rolls=$rolls tap >$out/log 2>&1 || status=$?
}

checks() {
	grep -c '^ok ' $out/log || true
}

# passes OPTION-OR-ARGUMENT...
passes() {
	boot "$@"
	plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' $out/log)
	if [ "$status" -eq 0 ] && [ "$(checks)" = "$plan" ] && [ ! -s $out/guest_errors ]; then
		good "$*: $plan checks"
	else
		bad "$*: exit $status, $(checks) checks passed of ${plan:-?}"
		show
	fi
}

# finds FAULT CHECKS OPTION-OR-ARGUMENT...: of these checks, a regular expression, some
# fail, and no other one.
finds() {
	fault=$1
	expected=$2
	shift 2
	boot -i $out/"$fault".bin "$@"
	failed_checks=$(grep -c '^not ok' $out/log || true)
	found=$(grep -cE "^not ok [0-9]* - .*($expected)" $out/log || true)
	if [ "$status" -eq 1 ] && [ "$found" -gt 0 ] && [ "$found" -eq "$failed_checks" ]; then
		good "$*: $fault is found"
	else
		bad "$*: $fault is not found by: $expected (exit $status)"
		show
	fi
}

# refuses TEXT OPTION-OR-ARGUMENT...
refuses() {
	text=$1
	shift
	boot "$@"
	if [ "$status" -eq 2 ] && grep -q "linmap: .*$text" $out/log; then
		good "$*: refused: $text"
	else
		bad "$*: not refused with: $text (exit $status)"
		show
	fi
}

# measured NAME OPTION-OR-ARGUMENT...: the numbers after NAME, of a run that counts.
measured() {
	name=$1
	shift
	boot -k "$@" measure
	[ "$status" -ne 0 ] || sed -n "s/^# measured: .* $name \([0-9 ]*\) [a-z].*/\1/p" $out/log
}

# measured_with NAME WAY MEMORY...: the numbers of a run with each memory
measured_with() {
	what=$1
	way=$2
	shift 2
	for memory; do
		measured "$what" -m "$memory" bbm=3,0 way="$way"
	done
}

# all_equal COUNT MOST NUMBER...: COUNT numbers, all equal, and at most MOST
all_equal() {
	count=$1
	most=$2
	shift 2
	[ $# -eq "$count" ] && [ "$(printf '%s\n' "$@" | sort -u | wc -l)" -eq 1 ] && [ "$1" -le "$most" ]
}

# switch_is_short MEMORY...: whatever the memory, the leader takes as long in the stop.
switch_is_short() {
	lengths=$(measured_with instructions switch "$@" | tr '\n' ' ')
	# shellcheck disable=SC2086 # a list of numbers
	if all_equal $# $((stop_budget - 1)) $lengths; then
		good "a switch takes ${lengths%% *} instructions in the stop, of $stop_budget, $# times"
	else
		bad "a switch takes these instructions in the stop, of $stop_budget: $lengths"
		show
	fi
}

# roll_is_short MEMORY...: whatever the memory, all moves take as long. For each memory
# there are two numbers: the least and the most of all CPUs.
roll_is_short() {
	lengths=$(measured_with move roll "$@" | tr '\n' ' ')
	# shellcheck disable=SC2086 # a list of numbers
	if all_equal $(($# * 2)) $move_budget $lengths; then
		good "a move has exceptions masked for ${lengths%% *} instructions, of $move_budget, on all CPUs"
	else
		bad "moves have exceptions masked for these instructions, of $move_budget: $lengths"
		show
	fi
}

# What CPUs with the erratum execute, counted in instructions.
tlbi_is_repeated() {
	once=$(measured_with instructions switch 1G)
	twice=$(measured instructions -m 1G bbm=3,0 way=switch repeat-tlbi)
	what="a second TLBI: a switch takes ${twice:-?} instructions, without it ${once:-?}"
	if [ "${once:-0}" -gt 0 ] && [ "${twice:-0}" -gt "$once" ] &&
		[ "$twice" -lt $stop_budget ]; then
		good "$what"
	else
		bad "$what"
	fi
}

shared_text_is_small() {
	bytes=$(aarch64-linux-gnu-size $out/arch/*.o | awk 'NR > 1 { sum += $1 } END { print sum }')
	what="moving and parking take $bytes bytes of text, of $shared_budget"
	if [ "$bytes" -gt 0 ] && [ "$bytes" -le $shared_budget ]; then
		good "$what"
	else
		bad "$what"
	fi
}

# What fails when a TLB keeps an entry: of a leaf that is another now, of a page that
# allows less.
stale="no CPU has the old leaf in its TLB"
outdated="faults on every CPU|no CPU executes it|faults, and valid it does not"
outdated="$outdated|sees the new tree|all see the change|seen by every CPU|ranges all over"
in_a_stop="nothing was allocated"
# What fails when a CPU that has moved does not see what it moved to, or may not be on its
# way although it is.
old_tree="sees the new tree"
on_its_way="announced and slow to move"

# In the TLB of later ones than QEMU 7 a wrong operand does not show: docs/virt.md.
finds_shifted() {
	if qemu-system-aarch64 --version | grep -q 'version 7\.'; then
		finds shifted_tlbi "$outdated" "$@"
	else
		good "$*: shifted_tlbi # SKIP this QEMU drops more than the operand says"
	fi
}

short() {
	passes -m 512M bbm=3,0,0,0
	passes -m 2G -n 2 bbm=0 repeat-tlbi
	passes -m 512M -n 2 granule=16k bits=47 bbm=3,0 way=switch verify
	passes -m 1G granule=64k bits=52 bbm=3,0 way=in-place
	passes -m 512M -n 2 bits=52 bbm=3 bti
	passes -e -c cortex-a72 -m 512M -n 1 bits=39
	finds no_tlbi "$stale|$outdated" -m 512M -n 2 bbm=3,0
	finds local_tlbi "$stale|$outdated" -m 512M -n 2 granule=16k bbm=3
	finds no_tlbi_va "$outdated" -m 512M -n 2 bbm=3
	finds local_tlbi_va "$outdated" -m 512M -n 2 granule=64k bbm=3
	finds_shifted -m 512M -n 2 granule=16k
	finds alloc_in_stop "$in_a_stop" -m 512M -n 2 granule=64k bbm=0
	finds no_tlbi_move "$old_tree" -m 512M -n 3 bbm=0
	finds announce_late "$on_its_way" -m 512M -n 2 granule=16k bbm=0
	refuses "has no such granule" -c cortex-a72 -m 512M granule=16k
	switch_is_short 1G 8G
	roll_is_short 1G
	tlbi_is_repeated
	shared_text_is_small
}

# Every granule with every size, and for each the levels that lead to each way.
granules_and_sizes() {
	for granule in 4k 16k 64k; do
		for bits in 36 39 42 47 48 52; do
			for way in "bbm=3,0 way=in-place" "bbm=3,0 way=live" "bbm=0 way=switch" bbm=3; do
				# shellcheck disable=SC2086 # two arguments
				passes -m 1G granule=$granule bits=$bits $way
			done
		done
	done
}

cpus_and_memory() {
	for cpus in 1 2 8; do
		for memory in 512M 2G 4G 8G; do
			passes -n $cpus -m $memory bbm=3,0 way=live
			passes -n $cpus -m $memory bbm=0 verify
		done
	done
}

# Other CPUs: fewer bits, no 16K, no level but 0. And all of it from EL2.
models() {
	for cpu in cortex-a53 cortex-a72 cortex-a76 neoverse-n1; do
		passes -c $cpu -m 1G
		passes -c $cpu -m 1G granule=64k
		passes -e -c $cpu -m 1G bits=39
	done
	passes -e -c cortex-a76 -m 1G granule=16k
	passes -e -m 1G granule=16k bits=52 bbm=3,0 bti
	passes -m 1G granule=64k bbm=0 bti
	passes -e -m 1G granule=64k bits=52 bbm=3
}

faults() {
	for granule in 4k 16k 64k; do
		for way in "bbm=3,0 way=in-place" "bbm=3,0 way=live" "bbm=0 way=switch" bbm=3; do
			# shellcheck disable=SC2086 # two arguments
			finds no_tlbi "$stale|$outdated" -m 1G granule=$granule $way
			# shellcheck disable=SC2086
			finds no_tlbi_va "$outdated" -m 1G granule=$granule $way
			# shellcheck disable=SC2086
			finds local_tlbi_va "$outdated" -m 1G granule=$granule $way
			# shellcheck disable=SC2086
			finds alloc_in_stop "$in_a_stop" -m 1G granule=$granule $way
		done
		finds local_tlbi "$stale|$outdated" -m 1G granule=$granule bbm=3
	done
	finds_shifted -m 1G granule=16k
	finds_shifted -m 1G granule=64k bits=52
}

# Hundreds of edits, of every goal, in every granule, with few and many CPUs; global to
# non-global among them.
many_rolls() {
	rolls=400
	for cpus in 2 3 8; do
		for granule in "4k bits=48" "16k bits=47" "64k bits=48" "4k bits=52" "16k bits=52" "64k bits=52"; do
			# shellcheck disable=SC2086 # two arguments
			passes -n $cpus -m 1G granule=$granule bbm=0 way=roll
		done
	done
}

refusals() {
	refuses "has no such granule" -c cortex-a72 granule=16k
	refuses "has 48 at most" -c cortex-a72 bits=52
	refuses "has 48 at most" -c neoverse-n1 granule=64k bits=52
	refuses "want 36 to 52" bits=53
	refuses "too few" bits=30
	refuses "want 4k, 16k or 64k" granule=8k
	refuses "cannot be 3" -c cortex-a72 bbm=3
	refuses "want levels" bbm=4
	refuses "unknown" colour=green
	refuses "does not tolerate" bbm=0 way=live
	refuses "needs memory that it would unmap" bbm=0 way=break
}

make -s -C ports/virt O="$PWD/$out"
if [ "$1" = rolls ]; then
	many_rolls
else
	short
fi
if [ "$1" = all ]; then
	granules_and_sizes
	cpus_and_memory
	models
	faults
	refusals
	switch_is_short 1G 1G 2G 2G 4G 4G 8G 8G
	roll_is_short 1G 2G 4G 8G
fi
finish
