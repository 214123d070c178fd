#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: faults.sh [LINMAP]
# Known faults of the protocol, in each way to commit: what the model finds, as a
# table, and as TAP. A dash stands for a fault that does no harm there, and the
# command says so. The command is $LINMAP, or build/linmap, if not an argument.
set -eu

linmap=${1:-${LINMAP:-$(dirname "$0")/../../build/linmap}}
[ -x "$linmap" ] || {
	echo "linmap: tests/faults.sh: $linmap: no such command (run 'make', or name it)" >&2
	exit 2
}

# Two contiguous runs of 32 MiB; the boot CPU takes live changes where the way
# needs that, and else does not.
machine="--ram 64M --cpus 4"

# shellcheck source=tests/scripts/tap.sh
. "$(dirname "$0")/tap.sh"

# kinds OPTION...: what a run found, sorted, with commas between.
kinds() {
	# shellcheck disable=SC2086 # $machine is a list of options
	"$linmap" run $machine --json "$@" 2>/dev/null | "$python" -c '
import json, sys
report = json.load(sys.stdin)
counts = {"mismatch": "mismatches", "conflict": "conflicts", "stale": "stale"}
kinds = set()
for edit in [report] + report["edits"]:
    kinds |= {finding["kind"] for finding in edit["findings"]}
    kinds |= {kind for kind, name in counts.items() if edit[name]}
print(",".join(sorted(kinds)) or "nothing")'
}

# options WAY FAULT: what a run of it takes. A break is only allowed where the
# tables are apart; a blind one does not ask. With 4K an operand by granules is right.
options() {
	case $2 in
	tlbi-by-granule) echo "--granule 64k" ;;
	esac
	case $1:$2 in
	in-place:* | live:*) echo "--commit $1" ;;
	break:blind-break) echo "--commit break --boot-bbm 0" ;;
	break:*) echo "--commit break --boot-bbm 0 --tables-apart" ;;
	switch:* | roll:*) echo "--commit $1 --boot-bbm 0" ;;
	esac
}

# seen WAY FAULT
seen() {
	# shellcheck disable=SC2046 # a list of options
	if [ "$2" = none ]; then
		kinds $(options "$@")
	elif "$linmap" run $(options "$@") --ram 64M --fault "$2" 2>&1 >/dev/null |
		grep -q 'does no harm'; then
		echo -
	else
		kinds $(options "$@") --fault "$2"
	fi
}

# fault NAME IN-PLACE LIVE BREAK SWITCH ROLL: what must be found, comma-separated;
# more may be found, but "nothing" means nothing at all.
fault() {
	name=$1
	shift
	row=$(printf '# %-20s' "$name")
	for way in in-place live break switch roll; do
		found=$(seen $way "$name")
		row="$row $(printf '%-22s' "$found")"
		verdict=0
		for kind in $(echo "$1" | tr ',' ' '); do
			case ,$found, in
			*,$kind,*) ;;
			*) verdict=1 ;;
			esac
		done
		ok $verdict "$name, $way: expected $1, found $found"
		shift
	done
	table="$table$row
"
}

table=$(printf '# %-20s %-22s %-22s %-22s %-22s %s' fault in-place live break switch roll)
table="$table
"
#     name                in place          live              break            switch          roll
fault none                nothing           nothing           nothing          nothing   nothing
fault no-tlbi             stale             stale             conflict,stale  conflict,stale   conflict,stale
fault last-level-tlbi     -                 -                 -                stale,use-after-free   conflict,stale
fault no-dsb-ishst        invisible-table   invisible-table   -                invisible-table   invisible-table
fault no-dsb-after-tlbi   stale             stale             conflict,stale  conflict   conflict
fault no-isb              -                 -                 -                conflict,use-after-free   conflict,use-after-free
fault no-parking          conflict         conflict         -                conflict   -
fault counted-in-early    conflict         conflict         -                conflict   -
fault members-one-by-one  conflict         conflict         -                -   -
fault level-2-live        conflict         conflict         -                -   -
fault blind-break         -                 -                 self-cover       -   -
fault freed-before-tlbi   -                 -                 -                use-after-free   use-after-free
fault written-before-tlbi -                 -                 -                use-after-free   -
fault allocate-in-stop    alloc-in-stop     alloc-in-stop     alloc-in-stop    alloc-in-stop   alloc-in-stop
fault wrong-address       mismatch          mismatch          mismatch         mismatch   mismatch
# At runtime, after a boot edit by the same way.
fault committer-walks     -                 -                 -                conflict   conflict
fault guard-without-tlbi  stale             stale             -                -   -
fault tlbi-by-granule     stale             stale             -                -   -
fault collapse-freed-early -                use-after-free    -                use-after-free   -
fault tlbi-once           late-access       late-access       -                -   -
fault run-one-by-one      mixed-run         mixed-run         mixed-run        mixed-run   mixed-run
fault range-forgotten     mismatch          mismatch          mismatch         mismatch   mismatch
fault first-range-tlbi    stale             stale             -                -   -
fault unmap-without-tlbi  -                 stale             conflict,stale   conflict,stale   conflict,stale
fault unmap-freed-early   -                 use-after-free    -                use-after-free   -
# Of rolling alone.
fault roll-no-tlbi        -   -   -   -   conflict
fault roll-no-broadcast   -   -   -   -   not-common
fault moved-unannounced   -   -   -   -   use-after-free
fault back-no-tlbi        -   -   -   -   use-after-free
fault believed-early      -   -   -   -   stale
fault home-early          -   -   -   -   conflict
fault stored-early        -   -   -   -   conflict
fault unmovable-walker    -   -   -   -   conflict
fault freed-early         -   -   -   -   use-after-free
fault resumed-at-home     -   -   -   -   conflict
fault cnp-left-on         -   -   -   -   not-common

for name in $("$linmap" run --fault list | awk '{ print $1 }'); do
	case $table in
	*"# $name "*) good "$name is in the table" ;;
	*) bad "$name is in the table" ;;
	esac
done

printf '%s' "$table"
finish
