#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: cli.sh [LINMAP [DATA]]
# How the command behaves from outside: exit codes, output,
# the names in JSON. Reports in TAP. The command is $LINMAP, or build/linmap, if not an
# argument, the data is that of $LINMAP_SOURCE.
set -u

linmap=${1:-${LINMAP:-$(dirname "$0")/../../build/linmap}}
[ -x "$linmap" ] || {
	echo "linmap: tests/scripts/cli.sh: $linmap: no such command (run 'make', or name it)" >&2
	exit 2
}
data=${2:-${LINMAP_SOURCE:-$(dirname "$0")/../..}/tests/data}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# shellcheck source=tests/scripts/tap.sh
. "$(dirname "$0")/tap.sh"

# result STATUS NAME: the case NAME is over. After a failure, prints what was seen.
result() {
	ok "$@"
	[ "$1" -eq 0 ] && return
	sed 's/^/# stdout: /' "$dir/out" | head -n 20
	sed 's/^/# stderr: /' "$dir/err" | head -n 20
}

# Runs the command, with its exit code in $code.
run() {
	code=0
	"$linmap" "$@" >"$dir/out" 2>"$dir/err" </dev/null || code=$?
}

expect_code() {
	[ "$code" -eq "$1" ] && return
	echo "# expected exit code $1, saw $code"
	return 1
}

lines() {
	wc -l <"$1" | tr -d ' '
}

# One line on stderr that matches PATTERN, none on stdout.
expect_one_complaint() {
	if [ "$(lines "$dir/err")" -ne 1 ] || [ -s "$dir/out" ]; then
		echo "# expected one line on stderr and nothing on stdout"
		return 1
	fi
	grep -q -- "$1" "$dir/err" && return
	echo "# expected a line that matches: $1"
	return 1
}

# refused PATTERN ARGUMENT...: exit code 2 and one line.
refused() {
	pattern=$1
	shift
	run "$@"
	expect_code 2 && expect_one_complaint "$pattern"
	result $? "refused: linmap $(echo "$*" | tr '\n' '?' | sed "s,$dir/,,g; s,$data/,,g")"
}

# answers PATTERN ARGUMENT...: exit code 0, PATTERN on stdout, stderr empty.
answers() {
	pattern=$1
	shift
	run "$@"
	expect_code 0 && grep -q -- "$pattern" "$dir/out" && [ ! -s "$dir/err" ]
	result $? "answered: linmap $(echo "$*" | sed "s,$data/,,g")"
}

# json NAME EXPRESSION ARGUMENT...: exit code 0, and the Python EXPRESSION holds for
# the printed object r.
json() {
	name=$1
	expression=$2
	shift 2
	run "$@" --json
	expect_code 0 && "$python" - "$dir/out" "$expression" <<-'PYTHON'
	import json, sys
	r = json.load(open(sys.argv[1]))
	def leaves(name):
	    """Bytes in all the leaves of a list."""
	    sizes = dict(r[name])
	    runs = sizes.pop("contiguous")
	    return sum(int(size) * count for part in (sizes, runs)
	               for size, count in part.items())
	sys.exit(0 if eval("(" + sys.argv[2] + ")") else 1)
	PYTHON
	result $? "$name"
}

answers '^usage: linmap COMMAND' help
answers '^usage: linmap COMMAND' --help
answers '^usage: linmap COMMAND' -h
answers '^linmap [0-9]' version
answers '^linmap [0-9]' --version
answers '^linmap [0-9]' -V
answers '^usage: linmap COMMAND' help --help
answers '^usage: linmap version' version --help
answers '^usage: linmap version' help version
for command in run plan demo draw decode cpus census walk check; do
	answers "^usage: linmap $command" help $command
	answers "^usage: linmap $command" $command --help
	answers "^usage: linmap $command" $command -h
	[ $command = cpus ] || answers '--granule SIZE' $command --help
done
answers '^no-tlbi  *[a-z]' run --fault list

# What a terminal of 80 columns shows without breaking lines.
for command in '' run plan demo draw decode cpus census walk check; do
	# shellcheck disable=SC2086 # none is a command, too
	run help $command
	expect_code 0 && ! grep -n '.\{81\}' "$dir/out"
	result $? "80 columns are enough for: linmap help $command"
done

# narrow NAME ARGUMENT...: it prints a report, whatever its exit code, in 80 columns.
narrow() {
	name=$1
	shift
	run "$@"
	[ "$code" -ne 2 ] && [ -s "$dir/out" ] && ! grep -n '.\{81\}' "$dir/out"
	result $? "80 columns are enough for: $name"
}

narrow 'the list of faults' run --fault list
narrow 'the list of CPUs' cpus --list
for name in server phone workstation unlisted; do
	narrow "the CPUs of $name" cpus "$data/$name.cpuinfo"
done
narrow 'demo' demo --ram 900M --kernel 1M@0x40200000
narrow 'plan' plan --ram 16T --commit switch
narrow 'run, scenario boot' run --ram 64M --scenario boot
narrow 'run, scenario runtime' run --iomem "$data/phone.iomem" --scenario runtime
for way in in-place live break switch; do
	narrow "run, $way" run --iomem "$data/board.iomem" --commit $way --tables-apart
done
narrow "run, a slow boot CPU" run --iomem "$data/board.iomem" --boot-bbm 0
narrow "run, no split" run --iomem "$data/phone.iomem" --secondary-bbm 3 --va-bits 52
for fault in $("$linmap" run --fault list | awk '{ print $1 }'); do
	narrow "run, fault $fault" run --ram 64M --fault "$fault"
	case $fault in
	committer-walks | guard-* | tlbi-* | collapse-* | run-*) ;;
	range-* | first-range-* | unmap-*) ;;
	*) narrow "demo, fault $fault" demo --ram 64M --fault "$fault" ;;
	esac
done
# Every kind of descriptor, and every field with its longest meaning.
for geometry in '' '--granule 16k' '--granule 64k' '--lpa2' '--granule 64k --pa-bits 52' \
	'--regime el3'; do
	# shellcheck disable=SC2086 # words
	narrow "decode $geometry" decode $geometry ffffffffffffffff fffffffffffffffd \
		ffffffffffffff01 7ffffffffffffffe 8 fffffffff001 fffffffff003 \
		feffb4f640000fe1 1
done
# A wrapped line continues indented, and is complete.
run decode fffffffffffffffe
tr -s ' \n' '  ' <"$dir/out" | grep -q 'for software (with bit 0 set: 0xffffffffffffffff)' &&
	grep -q '^ \{36\}0xffffffffffffffff)$' "$dir/out"
result $? "a longer line continues in the next"

# Options that the page describes, and those that the commands know.
man=$data/../../man/linmap.1
for command in run plan demo draw decode cpus census walk check; do
	"$linmap" help $command
done | sed -n 's/^  -\(-[a-z0-9-]*\).*/\1/p' | sort -u >"$dir/known"
sed -n 's/^\.It Fl.* \(-[a-z][a-z0-9-]*\).*/\1/p' "$man" | sort -u >"$dir/out"
diff "$dir/known" "$dir/out" >"$dir/err"
result $? "the manual describes every option, and no other"

refused '^linmap: no command'
refused "^linmap: unknown command 'split'" split
refused "^linmap: unknown command '--nonsense'" --nonsense
refused "^linmap: unknown command 'split'" help split
refused "^linmap: unknown command 'plna' (did you mean plan?)$" plna
refused "^linmap: unknown command 'Dmeo' (did you mean demo?)$" help Dmeo
refused "^linmap: unexpected argument 'plan'" help run plan
refused "^linmap: unexpected argument 'x'" version x
for command in run plan demo; do
	refused "^linmap $command: unknown option '--nonsense'" $command --nonsense
	refused "^linmap $command: unknown option '-z'" $command -zy
	[ $command = plan ] || refused "^linmap $command: unexpected argument 'x'" $command x
	refused "^linmap $command: --granule 8k: unknown granule" $command --granule 8k
	refused "^linmap $command: --regime el0: unknown regime" $command --regime el0
	refused "^linmap $command: --va-bits 65: out of range" $command --va-bits 65
	# Which combination, and the library's sentence about it.
	refused '^linmap: --granule 64k --va-bits 48 --pa-bits 52 --lpa2: LPA2 is for' \
		$command --granule 64k --lpa2
	refused '^linmap: --granule 4k --va-bits 24 --pa-bits 48: Input .* at least 25' \
		$command --va-bits 24
	refused '^linmap: --granule 16k --va-bits 53 .*: Input .* at most 52' \
		$command --granule 16k --va-bits 53
	refused '^linmap: --granule 4k --va-bits 48 --pa-bits 46: Output .* 44, 48 or 52' \
		$command --pa-bits 46
done
refused "^linmap run: unknown option '--level'" run --level 1
refused "^linmap demo: unknown option '--commit'" demo --commit live
refused "^linmap plan: unknown option '--trace' (--trace belongs to run)$" plan --trace "$dir/trace"
refused "^linmap run: option '--ram' needs a value (write --ram SIZE\[@BASE\])" run --ram
refused "^linmap: unknown command '\(0123456789\)\{4\}' (" 01234567890123456789012345678901234567890123456789
# A C1 control, alone and as UTF-8, and a letter that is shown.
refused "^linmap: unknown command '???ä'" "$(printf '\233\302\233ä')"
refused "^linmap plan: unknown option '--scenario=boot' (--scenario belongs to run)$" \
	plan --scenario=boot
refused "^linmap run: unknown option '--senario' (did you mean --scenario?)$" run --senario boot
refused "^linmap run: unknown option '--comit=live' (did you mean --commit?)$" \
	run --comit=live
refused "^linmap demo: unknown option '--nothing' (see --help)$" demo --nothing
refused "^linmap run: --commit swich: unknown way (did you mean switch?)$" run --commit swich
refused "^linmap run: --scenario runtme: unknown scenario (did you mean runtime?)$" \
	run --scenario runtme
# The older name: the same option.
refused "^linmap run: --scenario runtme: unknown scenario (did you mean runtime?)$" \
	run --story runtme
refused "^linmap run: --scenario all: a second one (give it once)$" \
	run --scenario boot --story all
refused "^linmap run: option '--scenario' needs a value" run --story
refused "^linmap run: --regime el4: unknown regime (use el1, " run --regime el4
refused "^linmap run: --fault no-tbli: unknown fault (did you mean no-tlbi?)$" \
	run --fault no-tbli
refused "^linmap run: --commit nonsense: unknown way" run --commit nonsense
refused "^linmap run: --fault none: unknown fault" run --fault none
refused '^linmap run: --ram 12X: unknown suffix' run --ram 12X
refused '^linmap run: --ram: empty' run --ram ''
refused '^linmap run: --trace: empty' run --trace=
refused '^linmap run: --cpus 2: a second one' run --cpus 1 --cpus 2
refused '^linmap run: --kernel 40000000-400fffff: .*write 0x' \
	run --kernel 40000000-400fffff
refused '^linmap run: --ram -1G: negative (write it without a sign)' run --ram -1G
refused '^linmap run: --ram 1.5G: a fraction (use .* smaller suffix)' run --ram 1.5G
refused '^linmap run: --ram 99999999T: too large' run --ram 99999999T
refused '^linmap run: --ram 4K@0xfffffffffffff001: .* beyond 2^64' \
	run --ram 4K@0xfffffffffffff001
refused '^linmap: --ram 4K@0x1000000000000: .* beyond 48-bit .* --pa-bits' \
	run --ram 4K@0x1000000000000 --pa-bits 48
refused '^linmap: --ram 4K@0x10000000000000: .* beyond 52-bit' run --ram 4K@0x10000000000000
refused '^linmap: --ram 64G: .* spans more than the 32 GiB .* --va-bits' \
	run --ram 64G --va-bits 36
refused '^linmap: no 32-bit physical addresses are left .* for [0-9.]* MiB of tables' \
	run --ram 4G@0 --pa-bits 32 --tables-apart
refused '^linmap: --ram 4095: no whole granule of 4 KiB' run --ram 4095
refused '^linmap: --ram 1G: .* must not overlap' run --ram 1G --ram 1G
refused '^linmap: [0-9,]* bytes of RAM are more than .* 16 TiB' run --ram 17T
refused '^linmap: --ram 1G@200T: .* spans more than' run --ram 1G --ram 1G@200T
refused '^linmap run: --kernel 0x2000-0x1000: .* before its start' \
	run --kernel 0x2000-0x1000
refused '^linmap: --kernel 4K@4K: .* not inside one bank' run --kernel 4K@4K
refused '^linmap run: --cpus 0: out of range' run --cpus 0
refused '^linmap run: --cpus 5000: out of range' run --cpus 5000
refused '^linmap run: --boot-bbm 4: out of range' run --boot-bbm 4
refused '^linmap run: --iomem together with --ram' run --ram 1G --iomem "$data/board.iomem"

: >"$dir/empty"
head -c 1000 "$data/virt-2g.dtb" >"$dir/cut.dtb"
# The version, in bytes 20 to 23, is 17.
{ head -c 23 "$data/virt-2g.dtb"; printf '\001'; tail -c +25 "$data/virt-2g.dtb"; } \
	>"$dir/broken.dtb"
echo '00000000-00000000 : System RAM' >"$dir/hidden.iomem"
printf '40000000-7fffffff : System RAM\n40000000-7ff' >"$dir/cut.iomem"
echo '7fffffff-40000000 : System RAM' >"$dir/reversed.iomem"
refused '^linmap: .*/missing.dtb: No such file' run --dtb "$dir/missing.dtb"
refused '^linmap: .*/empty: empty' run --dtb "$dir/empty"
refused '^linmap: .*/empty: empty' plan --iomem "$dir/empty"
refused '^linmap: .*/cut.dtb: .* (is this blob complete?)' run --dtb "$dir/cut.dtb"
refused '^linmap: .*/broken.dtb: a broken device tree blob, .* (see what dtc' \
	run --dtb "$dir/broken.dtb"
refused '^linmap: .*/board.iomem: not a device tree blob' run --dtb "$data/board.iomem"
refused '^linmap: .*/virt-2g.dtb: not a text' run --iomem "$data/virt-2g.dtb"
refused '^linmap: .*/hidden.iomem:1: .* as root' demo --iomem "$dir/hidden.iomem"
refused '^linmap: .*/cut.iomem:2: not a line of /proc/iomem' run --iomem "$dir/cut.iomem"
refused '^linmap: .*/reversed.iomem:1: ends at' run --iomem "$dir/reversed.iomem"
refused 'two?lines: No such file' run --dtb "two
lines"

# CPUs by name. X4 is level 3 from r0p3 on, whatever its register says.
levels() {
	name=$1
	expression=$2
	shift 2
	json "$name" "(r['boot_bbm'], r['secondary_bbm']) == $expression" plan --ram 64M "$@"
}
levels "a listed CPU is level 3" '(3, 0)' --boot-cpu Cortex-X4 --secondary-cpu cortex-a720
levels "a CPU below level 3 takes the level given" '(1, 2)' --boot-cpu a76 --boot-bbm 1 \
	--secondary-cpu 0x410fd822 --secondary-bbm 2
levels "a CPU that is not listed takes the level given" '(3, 0)' --boot-cpu 0x410ffff0 \
	--boot-bbm 3
levels "a level that agrees with the list is no contradiction" '(3, 3)' \
	--boot-cpu neoverse-v3 --boot-bbm 3 --secondary-cpu a715
# Which level below 3 is not in the list.
for which in boot secondary; do
	json "level 0 of a CPU listed below level 3 is assumed: $which" \
		"r['${which}_bbm'] == 0 and '${which}_bbm' in r['assumed'] and
		'level 0 of the' in r['notes'][0]" plan --$which-cpu cortex-a76
	json "the level of a CPU listed as level 3 is not: $which" \
		"r['${which}_bbm'] == 3 and '${which}_bbm' not in r['assumed']" \
		plan --$which-cpu cortex-x4
	json "nor is one that was given: $which" \
		"r['${which}_bbm'] == 1 and '${which}_bbm' not in r['assumed']" \
		plan --$which-cpu cortex-a76 --$which-bbm 1
done
json "a demo marks what was assumed in each report" \
	"all(r[way]['assumed'] == ['ram_start', 'cpus', 'boot_bbm', 'secondary_bbm'] for way in r)" \
	demo --ram 64M
run demo --ram 64M
expect_code 0 && grep -q '^assumed (not given): RAM at .*, 20 CPUs (--cpus),$' "$dir/out"
result $? "and in text"
json "the level of a CPU below 3 is assumed" "(r['boot_cpu'], r['secondary_cpu'],
	r['repeat_tlbi']) == ('Cortex-X925', None, True) and
	r['assumed'] == ['ram_start', 'cpus', 'boot_bbm', 'secondary_bbm']" plan --ram 64M \
	--boot-cpu x925
json "a name gives no revision" "(r['boot_cpu'], r['secondary_cpu']) ==
	('Cortex-X4 r0p3', 'Cortex-A76 r3p1') and
	r['assumed'] == ['ram_start', 'cpus', 'boot_cpu', 'secondary_cpu', 'secondary_bbm']" \
	plan --ram 64M --boot-cpu x4 --secondary-cpu cortex-a76
json "a MIDR_EL1 gives the revision" "(r['boot_cpu'], r['repeat_tlbi']) ==
	('Cortex-X4 r0p3', True) and 'boot_cpu' not in r['assumed']
	and 'boot_bbm' not in r['assumed']" plan --ram 64M --boot-cpu 0x410fd823
json "CPUs that nobody named" "(r['boot_cpu'], r['repeat_tlbi']) == (None, False)" plan --ram 64M
answers 'Cortex-X4 taken as r0p3 (its newest listed revision)' plan --ram 64M --boot-cpu cortex-x4
answers 'the boot CPU is level 3 (Cortex-X4 r0p3)' plan --ram 64M --boot-cpu cortex-x4
answers 'each broadcast TLBI is repeated' run --ram 64M --repeat-tlbi
answers '^64 MiB of RAM' plan --ram 64M --repeat-tlbi
answers 'no contiguous runs: the smallest is 64 KiB' plan --ram 64M --longest-contiguous 32K
answers 'pages only: --linear-base and the start of RAM differ modulo 64 KiB' plan --ram 64M \
	--linear-base 0xffff000000001000
json "options that leave runs possible have no note" "not any('run' in n for n in r['notes'])" \
	plan --ram 64M --longest-contiguous 64K --linear-base 0xffff000000010000
answers '^<svg\|^<?xml' draw --ram 64M -o - --quiet
refused '^linmap run: --boot-cpu 0x410ffff0: not listed (give what .* --boot-bbm)$' \
	run --boot-cpu 0x410ffff0
refused '^linmap plan: --boot-bbm 2 together with --boot-cpu: Cortex-X4 r0p3 is listed as' \
	plan --boot-bbm 2 --boot-cpu cortex-x4
refused '^linmap plan: --secondary-bbm 3 together with --secondary-cpu: .* below level 3' \
	plan --secondary-bbm 3 --secondary-cpu neoverse-n1
refused '^linmap run: --boot-cpu cortex-a67: unknown CPU (did you mean Cortex-A' \
	run --boot-cpu cortex-a67

# linmap cpus
cpus_names='{"cpus", "boot_cpu", "kinds", "linux_map", "linux", "linmap", "second_tlbi",
	"tlbi", "assumed"}'
json "the names of cpus" "set(r) == $cpus_names and all(set(k) == {'name', 'midr', 'level',
	'second_tlbi', 'errata', 'revision', 'count', 'cpus'} for k in r['kinds'])" \
	cpus "$data/server.cpuinfo"
json "a server of one kind has pages from the start" "r['linux_map'] == 'pages'
	and r['second_tlbi'] and [(k['name'], k['revision'], k['midr'], k['cpus'], k['level'])
	for k in r['kinds']] == [('Neoverse-N1', 'r3p1', '0x413fd0c1', [0, 1, 2, 3], 'below-3')]" \
	cpus "$data/server.cpuinfo"
json "a phone has three kinds" "r['linux_map'] == 'pages' and r['second_tlbi'] and
	[(k['name'], k['count'], k['level'], k['errata']) for k in r['kinds']] == [
	    ('Cortex-A520', 2, 'below-3', []), ('Cortex-A720', 5, 'below-3', []),
	    ('Cortex-X4', 1, '3', ['4118414'])]" cpus "$data/phone.cpuinfo"
json "a workstation is split at boot" "r['linux_map'] == 'split' and r['cpus'] == 20 and
	[k['cpus'] for k in r['kinds']] == [[*range(5), *range(10, 15)],
	    [*range(5, 10), *range(15, 20)]]" cpus "$data/workstation.cpuinfo"
json "what is not listed is unknown" "r['linux_map'] == 'unknown' and
	(r['kinds'][1]['name'], r['kinds'][1]['level']) == (None, 'register')" \
	cpus "$data/unlisted.cpuinfo"
json "every listed CPU has its entry" "{m['name'] for m in r['models']} >= {'Cortex-A53',
	'Olympus'} and all(set(m) == {'name', 'midr', 'level', 'second_tlbi', 'errata',
	'first_revision', 'end_revision'} for m in r['models'])" cpus --list
run cpus "$data/workstation.cpuinfo"
expect_code 0 && grep -q '^Cortex-A725 r0p1 (0x410fd871): 10 CPUs (0-4, 10-14)$' "$dir/out" &&
	grep -q '^  Linux    large leaves, which are split into pages at boot' "$dir/out"
result $? "people see which CPUs are which, and what Linux does"
refused "^linmap cpus: .*/x86.cpuinfo: not an arm64 machine's (copy /proc/cpuinfo from" \
	cpus "$data/x86.cpuinfo"
refused '^linmap cpus: .*/missing: No such file' cpus "$dir/missing"
refused "^linmap cpus: unexpected argument 'b'" cpus a b
run cpus --list
expect_code 0 && ! grep -n ' $' "$dir/out" && grep -q '^Cortex-X4 .* others  *below 3' "$dir/out" &&
	! grep -n 'r\([0-9]*p[0-9]*\) to r\1 ' "$dir/out" && ! grep -n '^Cortex-X4 .* all ' "$dir/out"
result $? "the list of CPUs names each revision once, without trailing blanks"
refused '^linmap cpus: --list together with a file' cpus --list a
refused "^linmap cpus: unknown option '--ram'" cpus --ram 1G

# from_input PATTERN FILE ARGUMENT...: exit code 0 and PATTERN, with FILE on standard input.
from_input() {
	pattern=$1
	input=$2
	shift 2
	code=0
	"$linmap" "$@" <"$input" >"$dir/out" 2>"$dir/err" || code=$?
	expect_code 0 && grep -q -- "$pattern" "$dir/out" && [ ! -s "$dir/err" ]
	result $? "from standard input: linmap $*"
}
from_input '^2 GiB of RAM' "$data/virt-2g.dtb" plan --dtb -
from_input 'left out as the kernel' "$data/board.iomem" plan --iomem -
from_input '^Neoverse-N1' "$data/server.cpuinfo" cpus -
echo 40000703 >"$dir/descriptor"
from_input '^0x0000000040000703' "$dir/descriptor" decode -
refused '^linmap: standard input: empty' plan --iomem -
refused '^linmap: standard input: empty' plan --dtb -
refused '^linmap cpus: standard input: empty' cpus -

# A full disk: output that is lost is an error.
for command in help version 'run --help' 'plan --ram 64M' 'run --ram 64M --json'; do
	code=0
	: >"$dir/out"
	# shellcheck disable=SC2086 # words
	"$linmap" $command >/dev/full 2>"$dir/err" || code=$?
	expect_code 1 && expect_one_complaint '^linmap: standard output: No space left'
	result $? "a full disk is an error: linmap $command"
done
for option in --trace --dump-tables --dump-text; do
	run run --ram 64M $option "$dir/missing/there"
	expect_code 2 && expect_one_complaint "^linmap: .*$dir/missing"
	result $? "$option to where nothing can be written is an error"
done
run run --ram 64M --trace /dev/full
expect_code 1 && expect_one_complaint '^linmap: /dev/full: .*No space left'
result $? "a full disk under --trace is an error"

# Names in JSON, which are stable.
scenario_names='{"ram_bytes", "banks", "ram_start", "linear_base", "no_map_bytes",
	"unusable_bytes", "trimmed_bytes", "assumed", "notes", "left_out_bytes", "granule", "va_bits", "pa_bits", "lpa2",
	"regime", "cpus", "boot_bbm",
	"secondary_bbm", "boot_cpu", "secondary_cpu", "repeat_tlbi", "commit", "split_needed", "leaves_before", "mapping_tables",
	"tables_planned", "tables_by_level", "tables_copied", "table_bytes", "log_bytes",
	"fault", "leaves_after", "tables_used", "tables_left", "allocations_in_stop", "frees_in_stop",
	"stores_in_stop", "barriers_in_stop", "tlbis_in_stop", "cpus_held", "moves", "pages_checked", "mismatches",
	"conflicts", "stale", "faults", "verifier_before", "verifier_after", "findings",
	"steps_ns", "held"}'
plan_names='{"ram_bytes", "banks", "ram_start", "linear_base", "no_map_bytes",
	"unusable_bytes", "trimmed_bytes", "assumed", "notes", "left_out_bytes", "granule", "va_bits", "pa_bits", "lpa2",
	"regime", "cpus", "boot_bbm",
	"secondary_bbm", "boot_cpu", "secondary_cpu", "repeat_tlbi", "commit", "split_needed", "leaves_before", "mapping_tables",
	"tables_planned", "tables_by_level", "tables_copied", "table_bytes", "log_bytes",
	"pool_tables", "pool_bytes"}'
machine_names='{"ram_bytes", "banks", "ram_start", "linear_base", "no_map_bytes",
	"unusable_bytes", "trimmed_bytes", "assumed", "notes", "left_out_bytes", "granule", "va_bits", "pa_bits", "lpa2",
	"regime", "cpus", "boot_bbm", "secondary_bbm", "boot_cpu", "secondary_cpu", "repeat_tlbi"}'
edit_names='{"name", "what", "va", "bytes", "ranges", "commit", "why", "refused", "not_done", "failure",
	"obstacle",
	"by_edit", "others_held", "leaves_before", "tables_planned", "tables_by_level",
	"tables_copied", "table_bytes", "log_bytes", "tables_retired", "retired_by_level",
	"leaves_replaced", "updates", "fault", "leaves_after", "tables_used", "tables_left",
	"allocations_in_stop", "frees_in_stop", "stores_in_stop", "barriers_in_stop",
	"tlbis_in_stop", "cpus_held", "moves", "pages_checked", "mismatches", "conflicts", "stale", "faults",
	"verifier_before", "verifier_after", "findings", "steps_ns", "allocations",
	"tables_kept", "not_shaped", "global_in_tlb", "held"}'
small='--ram 64M --cpus 2'
# shellcheck disable=SC2086 # words
{
	json "the names of run" "set(r) == $scenario_names | {'edits'}" run $small
	json "the names of run without runtime" "set(r) == $scenario_names | {'edits'}
		and r['edits'] == []" run $small --scenario boot
	json "the names of run without boot" "set(r) == $machine_names | {'edits', 'held'}" \
		run $small --scenario runtime
	json "the names of an edit" "all(set(edit) == $edit_names for edit in r['edits'])" \
		run $small
	json "the names of plan" "set(r) == $plan_names" plan $small
	json "demo has run's names under each way" \
		"set(r) == {'in-place', 'live', 'switch', 'roll'} and all(set(r[way]) == $scenario_names for way in r)" \
		demo $small
	json "the names of the steps" "set(r['steps_ns']) ==
		{'map', 'plan', 'reserve', 'stage', 'stop', 'release', 'check'}" run $small
	json "the names of a fault" "all(set(f) == {'name', 'what', 'edit', 'ways'}
		for f in r['faults'])" run --fault list
	json "a fault says when and where it does harm" "[(f['edit'], f['ways'])
		for f in r['faults'] if f['name'] in ('no-isb', 'collapse-freed-early')] ==
		[(None, ['switch', 'roll']), ('collapse', ['live', 'switch'])]" demo --fault list
	json "the way is named as on the command line" "r['commit'] == 'in-place'" \
		run $small --commit in-place
}

# 64 MiB from a multiple of 1 GiB: two contiguous runs of 32 MiB, 32 entries of
# level 2 that need a table each.
for way in in-place live break switch roll; do
	json "64 MiB become pages, $way" "r['held'] is True
		and r['leaves_before'] == {'contiguous': {'33554432': 2}}
		and r['leaves_after'] == {'4096': 16384, 'contiguous': {}}
		and r['tables_planned'] == r['tables_used'] == r['tables_by_level']['3'] == 32
		and r['tables_left'] == r['allocations_in_stop'] == r['frees_in_stop'] == 0
		and r['stores_in_stop'] > 0 and r['tlbis_in_stop'] > 0
		and r['pages_checked'] == 16384
		and r['mismatches'] == r['conflicts'] == r['stale'] == r['faults'] == 0
		and r['findings'] == []" run --ram 64M --commit $way --tables-apart
done
json "a switch stores the one root entry that changes" "r['stores_in_stop'] == 1
	and r['held'] is True" run --ram 64M --commit switch
json "a roll holds no CPU, and each moves twice" "r['cpus_held'] == 0 and r['moves'] == 2
	and r['stores_in_stop'] == 1 and r['held'] is True" \
	run --ram 64M --cpus 4 --boot-bbm 0 --secondary-bbm 0 --commit roll
json "a switch holds all CPUs but one" "r['cpus_held'] == 3 and r['moves'] == 0" \
	run --ram 64M --cpus 4 --commit switch
json "at level 0 nobody is held at run time, except for another memory type" \
	"[(e['name'], e['cpus_held'], e['moves']) for e in r['edits']
		if e['commit'] == 'switch'] == [('memory-type', 1, 0), ('restore', 1, 0)]
		and all((e['cpus_held'], e['moves']) == (0, 2) for e in r['edits']
		if e['commit'] == 'roll')
		and sum(e['commit'] == 'roll' for e in r['edits']) == 8" \
	run $small --boot-bbm 0 --secondary-bbm 0
json "auto is live where the boot CPU takes it" "r['commit'] == 'live'" run $small
json "auto is a switch where it does not" "r['commit'] == 'switch' and r['held'] is True" \
	run $small --boot-bbm 0
refused '^linmap: --commit break: the leaves that map the tables .* --tables-apart' \
	run --ram 64M --commit break
refused '^linmap: --commit break: the leaves that map the tables .* --tables-apart' \
	plan --ram 64M --commit break
json "plan counts what run plans" "r['tables_planned'] == 32
	and r['table_bytes'] == 32 * 4096
	and r['pool_bytes'] == r['pool_tables'] * 4096
	and r['pool_tables'] * 4096 ==
	    r['mapping_tables'] * 4096 + r['table_bytes'] + r['log_bytes']" plan --ram 64M
json "forbidding blocks leaves runs of pages" \
	"r['leaves_before'] == {'contiguous': {'65536': 1024}}" plan --ram 64M --no-blocks
json "forbidding runs leaves blocks" \
	"r['leaves_before'] == {'2097152': 32, 'contiguous': {}}" \
	plan --ram 64M --no-contiguous
json "CPUs that all take it need no split" "r['held'] is True and not r['split_needed']
	and r['leaves_after'] == r['leaves_before'] and r['tables_planned'] == 0
	and r['stores_in_stop'] == 0" run --ram 64M --secondary-bbm 3
json "a kernel's alias is left out" "r['left_out_bytes'] == 2 << 20
	and leaves('leaves_before') == 62 << 20 and r['pages_checked'] == 62 * 256
	and r['held'] is True" run --ram 64M --kernel 2M@0x40200000
json "an allocator that only has single tables" "r['held'] is True
	and r['tables_used'] == 32" run --ram 64M --longest-run 1
for name in virt-2g.dtb virt-128g.dtb virt-2nodes.dtb; do
	json "leaves of $name are all of RAM" \
		"leaves('leaves_before') == r['ram_bytes'] > 0 and r['cpus'] in (4, 8, 20)" \
		plan --dtb "$data/$name"
done
# What the machine is: given as a tree, or as the two banks that the hole makes of it; the
# one table of level 2 and 1,023 of level 3 below it, 4 tables of the map, 10 for the log.
for machine in "--dtb $data/no-map.dtb" \
	'--ram 0x3ed03000@0 --ram 0x412fc000@0x3ed04000'; do
	json "a hole takes more tables: $machine" "r['pool_tables'] == 1038
		and r['ram_bytes'] == (2 << 30) - 4096 and r['banks'] == 2" plan $machine
done
json 'without the hole there are fewer' "r['pool_tables'] == 1029" plan --ram 2G@0
json 'what is not mapped is reported' "r['no_map_bytes'] == 4096 and r['unusable_bytes'] == 0
	and r['trimmed_bytes'] == 0 and r['ram_start'] == '0x0' and r['held'] is True
	and r['assumed'] == ['cpus', 'boot_bbm', 'secondary_bbm']
	and len(r['notes']) == 1" run --dtb "$data/no-map.dtb"
refused '^linmap: .*/no-size.dtb: /memory@80000000: no size, .* (add --ram SIZE, or take /sys' \
	plan --dtb "$data/no-size.dtb"
# 2 GiB from 2 GiB on, where the tree has its memory, less 2 MiB and a page.
json 'a tree without sizes goes with --ram' "r['cpus'] == 2 and r['banks'] == 2
	and r['ram_start'] == '0x80000000' and r['ram_bytes'] == (2 << 30) - (2 << 20)
	and r['no_map_bytes'] == 2 << 20 and r['boot_bbm'] == 3
	and r['assumed'] == ['ram_start', 'secondary_bbm', 'no_map_bytes']
	and ['8 MiB of no-map' in note for note in r['notes']] == [False, True]" \
	plan --dtb "$data/no-size.dtb" --ram 2G --boot-bbm 3
json 'memory added later is RAM' "r['ram_bytes'] == 47 << 28 and r['banks'] == 4" \
	plan --iomem "$data/hotplug.iomem"
printf '1000-9efff : System RAM\n100000-1fffe3ff : System RAM\n' >"$dir/x86.iomem"
json 'ends of banks that are not whole pages are left out' "r['trimmed_bytes'] == 1024
	and r['ram_bytes'] == 0x9e000 + 0x1fefe000 and r['held'] is True
	and 'left out: 1 KiB at the ends of banks' in r['notes'][1]" \
	run --iomem "$dir/x86.iomem" --cpus 2 --commit switch
# 64 TiB less the 1 GiB before: 16 blocks, 4,095 runs; a table of level 1 for 512 GiB.
json 'a plan has no model and no limit' "r['leaves_before'] == {'1073741824': 16,
	'contiguous': {str(16 << 30): 4095}} and r['mapping_tables'] == 130" plan --ram 64T
# 32 GiB, 32 MiB, 2 MiB and 64 KiB.
json 'runs are no longer than asked, 32M' "r['leaves_before'] == {'1073741824': 32,
	'2097152': 1, 'contiguous': {str(32 << 20): 1, '65536': 1}}" \
	plan --ram 0x802210000@0 --longest-contiguous 32M
json 'runs are no longer than asked, 65535' "r['leaves_before'] == {'1073741824': 32,
	'2097152': 17, '4096': 16, 'contiguous': {}}" \
	plan --ram 0x802210000@0 --longest-contiguous 65535
# Physical 1 GiB is at the start of the map, as in Linux; else RAM would begin 1 GiB later.
json 'the map begins at a multiple of the largest leaf' "
	r['linear_base'] == '0xffff000000000000'" plan --ram 1G --longest-contiguous 32M
json 'a map with short runs holds' "r['held'] is True and r['leaves_before'] ==
	{'2097152': 32, 'contiguous': {}}" run --ram 64M --longest-contiguous 64K
# 2 MiB after a multiple of 1 GiB: blocks of 2 MiB, not in runs, in two tables of level 2
# below one of level 1 and the root.
json 'leaves are as large as the linear base lets them' "r['mapping_tables'] == 4
	and r['linear_base'] == '0xffff000000200000' and r['leaves_before'] ==
	    {'2097152': 512, 'contiguous': {}}" \
	plan --ram 1G --linear-base 0xffff000000200000
json 'a map at any base holds' "r['held'] is True
	and r['linear_base'] == '0xffff7ffff0001000'" \
	run --ram 16M --linear-base 0xffff7ffff0001000
for name in server.iomem board.iomem phone.iomem; do
	json "leaves of $name are RAM without the kernel" \
		"leaves('leaves_before') == r['ram_bytes'] - r['left_out_bytes'] > 0
		 and r['left_out_bytes'] > 0" plan --iomem "$data/$name"
done
json "a small machine from a text holds" "r['held'] is True and leaves('leaves_after') ==
	r['ram_bytes'] - r['left_out_bytes'] == r['pages_checked'] * 4096" \
	run --iomem "$data/board.iomem"

# splits WAYS GEOMETRY BEFORE LEVELS PAGES: 1 GiB at a multiple of any leaf is mapped by
# the leaves BEFORE and becomes PAGES, for which tables are needed by level.
# Tables are apart, so that a break leaves them reachable.
splits() {
	ways=$1
	shift
	for way in $ways; do
		# shellcheck disable=SC2086 # words
		json "1 GiB becomes pages by $way: $1" "r['held'] is True
			and r['leaves_before'] == $2
			and {level: n for level, n in r['tables_by_level'].items() if n} == $3
			and r['tables_planned'] == r['tables_used']
			and r['leaves_after'] == {str(r['granule']): $4, 'contiguous': {}}
			and r['pages_checked'] == $4 and r['tables_left'] == 0
			and r['verifier_before'] == r['verifier_after'] == 0" \
			run --ram 1G@4T $1 --commit $way --tables-apart --cpus 3
	done
}

# 4K: a block of 1 GiB, 1 + 512 tables. 16K: a run of 32 blocks of 32 MiB. 64K: two
# blocks of 512 MiB.
four="{'1073741824': 1, 'contiguous': {}}"
sixteen="{'contiguous': {'1073741824': 1}}"
sixtyfour="{'536870912': 2, 'contiguous': {}}"
every='in-place live break switch'
splits "$every" '' "$four" "{'2': 1, '3': 512}" 262144
splits 'live switch' '--va-bits 36' "$four" "{'2': 1, '3': 512}" 262144
splits 'live switch' '--va-bits 39 --pa-bits 44' "$four" "{'2': 1, '3': 512}" 262144
splits 'live switch' '--va-bits 52' "$four" "{'2': 1, '3': 512}" 262144
splits 'live switch' '--lpa2 --regime el2-0' "$four" "{'2': 1, '3': 512}" 262144
splits "$every" '--regime el2' "$four" "{'2': 1, '3': 512}" 262144
splits "$every" '--granule 16k' "$sixteen" "{'3': 32}" 65536
splits 'live switch' '--granule 16k --va-bits 36' "$sixteen" "{'3': 32}" 65536
splits 'live switch' '--granule 16k --va-bits 47 --lpa2' "$sixteen" "{'3': 32}" 65536
splits 'live switch' '--granule 16k --va-bits 52 --regime el3' "$sixteen" "{'3': 32}" 65536
splits 'live switch' '--granule 64k' "$sixtyfour" "{'3': 2}" 16384
splits 'live switch' '--granule 64k --va-bits 36' "$sixtyfour" "{'3': 2}" 16384
splits 'live switch' '--granule 64k --va-bits 42 --regime el2' "$sixtyfour" "{'3': 2}" 16384
splits "$every" '--granule 64k --va-bits 52 --pa-bits 52' "$sixtyfour" "{'3': 2}" 16384

# Leaves that only 52 bits of output address bring, one of each.
json "a block of 512 GiB" "r['leaves_before'] == {'549755813888': 1, 'contiguous': {}}
	and r['tables_by_level'] == {'0': 0, '1': 1, '2': 512, '3': 262144}" \
	plan --ram 512G@512G --lpa2
json "a block of 64 GiB" "r['leaves_before'] == {'68719476736': 1, 'contiguous': {}}
	and r['tables_by_level'] == {'0': 0, '1': 0, '2': 1, '3': 2048}" \
	plan --ram 64G@64G --granule 16k --lpa2
json "a block of 4 TiB" "r['leaves_before'] == {'4398046511104': 1, 'contiguous': {}}
	and r['tables_by_level'] == {'1': 0, '2': 1, '3': 8192}" \
	plan --ram 4T@4T --granule 64k --pa-bits 52
json "without 52 bits there is none" "r['leaves_before'] == {'contiguous': {'17179869184': 32}}" \
	plan --ram 512G@512G
json "52-bit addresses begin at level -1 with 4K" "r['mapping_tables'] == 4
	and set(r['tables_by_level']) == {'-1', '0', '1', '2', '3'}
	and (r['va_bits'], r['pa_bits'], r['lpa2']) == (52, 52, True)" \
	plan --ram 64M --va-bits 52
for granule in 4k 16k 64k; do
	json "RAM beyond 2^48 takes 52-bit physical addresses, $granule" "r['held'] is True
		and r['pa_bits'] == 52 and r['lpa2'] is ('$granule' != '64k')
		and r['regime'] == 'el1'
		and r['pages_checked'] == (1 << 30) // r['granule']" \
		run --ram 1G@0x9000000000000 --granule $granule --commit switch
done
json "a demo of 64K pages" "all(r[way]['held'] and r[way]['granule'] == 65536 for way in r)" \
	demo --granule 64k --ram 8G --kernel 1M@0x40200000
json "what a machine needs by default fits the smallest addresses" "r['held'] is True
	and r['ram_bytes'] == 8 << 20" run --va-bits 25
json "tables are before RAM that ends where addresses do" "r['held'] is True" \
	run --ram 1G@3G --pa-bits 32 --tables-apart
run run --ram 1G@0x9000000000000 --va-bits 52
grep -q '^EL1&0, pages of 4 KiB, 52-bit input and 52-bit output addresses, LPA2$' "$dir/out"
result $? "the report for people names the geometry"

# A boot CPU below level 3 cannot do it in either of these ways.
for way in in-place live; do
	for command in run plan; do
		refused "^linmap: --commit $way: the boot CPU is level 2 .* auto" \
			$command --ram 64M --boot-bbm 2 --commit $way
	done
	json "a demo goes on where $way is refused" "list(r['$way']) == ['refused']
		and r['switch']['held'] is True" demo --ram 64M --boot-bbm 2
done
run demo --ram 64M --boot-bbm 0
expect_code 0 && grep -q '^split needed  *refused  *refused  *yes  *yes$' "$dir/out" &&
	grep -q '^live: refused: the boot CPU is level 0' "$dir/out"
result $? "a demo shows what is refused, and why"

run run --ram 64M
expect_code 0 && [ ! -s "$dir/err" ] &&
	grep -q '^live: all 16,384 pages translate as before; nothing' "$dir/out" &&
	tail -n 1 "$dir/out" | grep -q '^runtime: all 14 edits held$'
result $? "the report for people says that all held, and its last line that edits did"

# The runtime scenario on 64 MiB: two contiguous runs of 32 MiB, of which the first is
# worked in. Its pages after the middle are at 0x41001000, 0x41002000, 0x41003000.
# edit NAME EXPRESSION ARGUMENT...: as json, of the edit e of that name.
edit() {
	name=$1
	expression=$2
	shift 2
	json "$name: $expression ($*)" "[$expression for e in r['edits']
		if e['name'] == '$name'] == [True] and r['held'] is True" run --ram 64M "$@"
}

# One run is unfolded, 16 blocks, and one of those gets a table: 31 runs of 64 KiB and
# 16 pages. Two stores take hint and block; and every member loses its hint.
mapped="{'contiguous': {'33554432': 2}}"
cut="{'2097152': 15, '4096': 16, 'contiguous': {'33554432': 1, '65536': 31}}"
# 64 pages, 512 KiB apart: 15 blocks get a table, and of each of the 16 tables 4 of 32 runs
# become pages.
many="{'4096': 1024, 'contiguous': {'33554432': 1, '65536': 448}}"
# Unmapped: 8 MiB from 0x41441000, a page after the beginning of a run, to 0x41c41000. 3
# tables are all inside. In 8 MiB there are 16 runs that are pages already, and 112 that
# are not: 111 go whole, one is split for 15 pages that go, another for one page.
left="{'4096': 1024 - 16 * 16 + 1 + 15, 'contiguous': {'33554432': 1, '65536': 448 - 113}}"
for scenario in runtime all; do
	edit boundaries "e['leaves_before'] == $mapped and e['leaves_after'] == $cut" \
		--scenario $scenario
	edit boundaries "e['tables_by_level']['3'] == e['tables_planned'] == 1" --scenario $scenario
	edit read-only "e['stores_in_stop'] == 1 and e['tables_planned'] == 0" --scenario $scenario
	edit guard "(e['va'], e['bytes']) == ('0xffff000041002000', 4096)" --scenario $scenario
	edit memory-type "e['commit'] == 'switch' and 'break-before-make' in e['why']" \
		--scenario $scenario
	edit non-global "e['commit'] == 'roll' and not e['global_in_tlb']" --scenario $scenario
	edit collapse "e['leaves_before'] == $cut and e['leaves_after'] == $mapped" \
		--scenario $scenario
	edit collapse "e['tables_retired'] == 1 <= e['tables_kept']" --scenario $scenario
	edit boundaries-again "e['leaves_after'] == $cut and e['allocations'] == 0" \
		--scenario $scenario
	edit boundaries-again "e['tables_used'] == 1" --scenario $scenario
	edit many-ranges "e['leaves_after'] == $many and e['tables_used'] == 15" \
		--scenario $scenario
	edit many-ranges "(e['ranges'], e['bytes']) == (64, 32 << 20)" --scenario $scenario
	edit unmap "e['leaves_before'] == $many and e['leaves_after'] == $left" \
		--scenario $scenario
	edit unmap "e['tables_retired'] == 3 and e['pages_checked'] == 16384" \
		--scenario $scenario
	# The table of its 512 pages has 4 runs of pages; the other 28 become pages, too.
	edit pool "e['leaves_after']['4096'] == 784 + 28 * 16" --scenario $scenario
	edit pool-guards "e['stores_in_stop'] == e['tlbis_in_stop'] == 256" --scenario $scenario
	edit pool-guards "not e['by_edit'] and e['allocations'] == 0" --scenario $scenario
done
edit collapse-all "e['tables_retired'] == 32 and e['leaves_after'] == $mapped"
edit collapse-all "e['tables_used'] == 0 and e['pages_checked'] == 16384"
edit read-only "not e['others_held'] and e['commit'] == 'live'" --boot-bbm 0
edit boundaries "not e['others_held'] and e['commit'] == 'roll'" --boot-bbm 0
edit boundaries "not e['others_held'] and e['commit'] == 'live'" --secondary-bbm 3
edit non-global "e['refused'].startswith('live: global') and e['commit'] == 'roll'" \
	--commit live
edit collapse "e['refused'].startswith('in-place: a collapse can') and e['commit'] == 'roll'" \
	--commit in-place
edit boundaries "e['refused'] is None and e['commit'] == 'in-place'" --commit in-place
edit unmap "e['refused'].startswith('in-place: an unmapping can') and e['commit'] == 'roll'" \
	--commit in-place
# All of it is pages, so none is split.
edit unmap "e['commit'] == 'live' and e['why'].startswith('whole leaves go')" \
	--no-blocks --no-contiguous
edit boundaries "e['commit'] == 'break' and e['stores_in_stop'] == 32" --commit break \
	--scenario runtime --tables-apart
edit collapse "e['tables_retired'] == e['updates'] == e['stores_in_stop'] == 0" \
	--no-blocks --no-contiguous
# Pages alone: what only changes sizes has nothing to do, and is not committed.
for way in auto in-place live break switch roll; do
	json "nothing to do is reported, and no CPU is held ($way)" "r['held'] and
		{e['name']: e['not_done'] for e in r['edits'] if e['not_done']} == {
		    'boundaries': 'nothing to do: leaves begin and end there already',
		    'boundaries-again': 'nothing to do: leaves begin and end there already',
		    'collapse': 'nothing to do: all leaves are as large as they can be',
		    'pool': 'nothing to do: all of it is pages already'}
		and not any(e['others_held'] or e['why'] or e['refused'] or e['barriers_in_stop']
		            for e in r['edits'] if e['not_done'])" \
		run --ram 64M --no-blocks --no-contiguous --scenario runtime --commit $way \
		--tables-apart
done
run run --ram 4K --scenario runtime
expect_code 0 &&
	grep -A 1 '^ 2\. ' "$dir/out" |
	grep -q '^    not done nothing to do: leaves begin and end there already$'
result $? "the report for people says that there was nothing to do"
# A page at the beginning and one at the end of what could be a run of 64 KiB.
json "what cannot be collapsed is left, with the reason" "r['held'] and
	[(e['not_done'], e['obstacle']) for e in r['edits'] if e['name'] == 'collapse'] ==
	[('nothing forms a larger leaf', {'kind': 'hole', 'va': '0xffff000040001000',
	  'text': 'something is not mapped'})]" \
	run --ram 4K --ram 4K@0x4000f000 --scenario runtime
# The same after 64 MiB, which are collapsed.
edit collapse "e['not_done'] is None and e['tables_retired'] == 1" \
	--ram 4K@0x44000000 --ram 4K@0x4400f000 --scenario runtime
edit collapse "e['obstacle']['va'] == '0xffff000044001000'" \
	--ram 4K@0x44000000 --ram 4K@0x4400f000 --scenario runtime
run run --ram 64M --ram 4K@0x44000000 --ram 4K@0x4400f000 --scenario runtime
expect_code 0 && [ "$(grep -c '^    obstacle' "$dir/out")" -eq 1 ] &&
	grep -q '^    obstacle the first is at 0xffff000044001000: something is not mapped$' \
		"$dir/out"
result $? "the report for people says what first prevented a larger leaf, and where"
edit collapse "e['obstacle'] is None" --scenario runtime
json "only a collapse has obstacles" "not any(e['obstacle'] for e in r['edits']
	if not e['name'].startswith('collapse'))" \
	run --ram 64M --ram 4K@0x44000000 --ram 4K@0x4400f000
json "EL2 has no ASIDs" "r['held'] and 'non-global' not in [e['name'] for e in r['edits']]
	and len(r['edits']) == 13" run --ram 64M --regime el2
json "CPUs that all take it leave nothing to collapse first" "r['held'] and
	r['edits'][0]['name'] == 'non-global' and not any(e['others_held']
	for e in r['edits'] if e['commit'] == 'live')" run --ram 64M --secondary-bbm 3
for geometry in '--granule 16k' '--granule 64k' '--granule 64k --pa-bits 52' \
	'--va-bits 52' '--granule 16k --lpa2 --regime el3' '--va-bits 39'; do
	for way in in-place live break switch roll; do
		# shellcheck disable=SC2086 # words
		json "128 MiB live through all edits by $way: $geometry" "r['held'] and
			all(e['held'] and e['pages_checked'] * r['granule'] == 128 << 20
			    for e in r['edits'])" \
			run --ram 128M --scenario runtime $geometry --commit $way
	done
done
for name in server.iomem board.iomem phone.iomem; do
	json "all edits of $name hold beside the kernel" "r['held'] and len(r['edits']) == 13
		and r['left_out_bytes'] > 0" run --iomem "$data/$name" --scenario runtime
done
json "a machine of one page has its edits, too" "r['held'] is True and
	{e['bytes'] for e in r['edits'] if e['name'] != 'non-global'} == {4096}" \
	run --ram 4K --scenario runtime
json "1 TiB in large leaves" "r['held'] is True
	and {e['pages_checked'] for e in r['edits']} == {1 << 28}" \
	run --ram 1T --scenario runtime
# Names are names in either case, and are reported as they are written here.
# shellcheck disable=SC2086 # words
{
	json "a way in capitals" "r['commit'] == 'in-place'" run $small --commit IN-PLACE
	json "auto in capitals" "r['commit'] == 'live'" run $small --commit Auto
	json "a scenario in capitals" "r['edits'] == []" run $small --scenario BOOT
	json "a regime in capitals" "r['regime'] == 'el2-0'" plan $small --regime EL2-0
	json "a granule in capitals" "r['granule'] == 65536" plan $small --granule 64K
	run run $small --fault NO-TLBI --json
}
expect_code 1 && grep -q '"fault": "no-tlbi"' "$dir/out"
result $? "a fault in capitals"
answers '^no-tlbi  *[a-z]' run --fault List
refused "^linmap run: --scenario night: unknown scenario" run --scenario night
refused "^linmap run: --fault no-tlbi: happens only at boot" run --fault no-tlbi \
	--scenario runtime
refused "^linmap run: --fault committer-walks: happens only at runtime" \
	run --fault committer-walks --scenario boot
refused "^linmap demo: --fault committer-walks: happens only at runtime" \
	demo --fault committer-walks
run run --ram 64M --fault committer-walks --json
expect_code 1 && "$python" - "$dir/out" <<-'PYTHON'
	import json, sys
	r = json.load(open(sys.argv[1]))
	last = r["edits"][-1]
	sys.exit(not (r["fault"] is None and last["fault"] == "committer-walks"
	              and last["name"] == "non-global" and last["conflicts"] == 1
	              and not last["held"] and not r["held"]
	              and all(e["held"] for e in r["edits"][:-1])))
PYTHON
result $? "a fault at runtime is the last edit's, and those before it hold"

# Each known fault is found, and the report is still a report.
for fault in $("$linmap" run --fault list | awk '{ print $1 }'); do
	run run --ram 64M --cpus 2 --fault "$fault" --json
	expect_code 1 && grep -q '"held": false' "$dir/out"
	result $? "a run with fault $fault does not hold"
done

# shellcheck disable=SC2086 # words
run run $small --fault level-2-live --json
expect_code 1 && grep -q '"fault": "level-2-live"' "$dir/out" &&
	grep -q '"boot_bbm": 2' "$dir/out"
result $? "the report names the fault, and the level that it makes of a CPU"
# shellcheck disable=SC2086 # words
json "the report names no fault" "r['fault'] is None" run $small
# A fault without effect is a failure: nothing is split here.
run run --ram 64M --secondary-bbm 3 --fault no-tlbi
expect_code 1 &&
	tail -n 1 "$dir/out" | grep -q -- '--fault no-tlbi had no effect here: nothing was found'
result $? "a fault that had no effect does not hold"
run run --ram 64M --fault no-tlbi
grep -q '^the protocol is broken on purpose: --fault no-tlbi$' "$dir/out"
result $? "the report for people names the fault"

# Output for other tools: the trace and the tables.
run run --ram 64M --cpus 2 --trace "$dir/trace" --dump-tables "$dir/dump" --json
expect_code 0 && [ -s "$dir/trace" ]
result $? "--trace writes a trace"
"$python" - "$dir/dump" <<-'PYTHON'
import json, os, sys
for when in "before", "after":
    path = os.path.join(sys.argv[1], when)
    dump = json.load(open(path + ".json"))
    assert set(dump) == {"root", "granule", "va_bits", "pa_bits", "lpa2", "regime",
                         "first_va", "first_level", "ram", "segments", "invalid_mark"}, dump
    assert int(dump["first_va"], 16) == 0xffff000000000000, dump
    size = sum(segment["size"] for segment in dump["segments"])
    assert os.path.getsize(path + ".bin") == size, size
    root = int(dump["root"], 16)
    assert any(0 <= root - int(s["pa"], 16) < s["size"] for s in dump["segments"]), dump
PYTHON
result $? "--dump-tables writes tables with the root among them"

# Two runs of 32 MiB that are alike are one line, and so are all the pages.
run run --ram 64M --cpus 2 --dump-text "$dir/texts"
expect_code 0 && [ "$(lines "$dir/texts/before.txt")" -eq 1 ] &&
	[ "$(lines "$dir/texts/after.txt")" -eq 1 ] &&
	grep -q '^ffff000040000000-ffff000043ffffff 0*40000000  *32M L2 run ' "$dir/texts/before.txt" &&
	grep -q '^ffff000040000000-ffff000043ffffff 0*40000000  *4K L3 page ' "$dir/texts/after.txt"
result $? "--dump-text writes what is mapped before and after"

finish
