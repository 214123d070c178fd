#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: measure.sh DIRECTORY
# Measures the stop of kernels without debugging, stock-plain-4k and port-plain-4k in
# DIRECTORY, and all of the split around it, from 1 to 16 GiB, in instructions
# (check/stop_plugin.c says from where to where), and writes docs/measured/linux-stop.md
# and docs/measured/linux-stop.svg.
set -eu

[ $# -eq 1 ] || { echo "usage: measure.sh DIRECTORY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
docs=$root/docs/measured
dir=$(cd "$1" && pwd)
out=$dir/measure
mkdir -p "$out"
export PLUGIN="$out/stop_plugin.so"
export CPUS=2

cc -O2 -shared -fPIC -fvisibility=hidden -o "$PLUGIN" "$here/check/stop_plugin.c"
"$here/check/initrd.sh" "$dir" "$out/initrd.gz"

# counted KERNEL GIB ARGUMENT...: of one boot: all stops added up, and the same with the
# work around them
counted() {
	kernel=$1
	export MEMORY="${2}G" COUNTS="$out/counts"
	shift 2
	rm -f "$COUNTS"
	"$here/check/boot.sh" "$dir/$kernel" "$out/initrd.gz" "$@" \
		>"$out/$kernel-$MEMORY.log" 2>&1 </dev/null
	awk '$1 == "stop" { sum += $2; stops++ } $1 == "around" { around = $2 }
		END { if (!stops) exit 1; print sum, sum + around }' "$COUNTS" || {
		echo "linmap: measure.sh: no stop in $out/$kernel-$MEMORY.log" >&2
		exit 1
	}
}

for gib in 1 2 4 8 16; do
	echo "$gib $(counted stock-plain-4k $gib)" \
		"$(counted port-plain-4k $gib linmap=in-place)" \
		"$(counted port-plain-4k $gib linmap=live)" \
		"$(counted port-plain-4k $gib linmap=switch)" \
		"$(counted port-plain-4k $gib linmap=switch linmap_fault=trust)"
done >"$out/counted.txt"

# rows FIRST-COLUMN: for each way the stops (2), or the whole split (3)
rows() {
	awk -v c="$1" '{ print "| " $1 " GiB | " $c " | " $(c + 2) " | " $(c + 4) " | " $(c + 6) " | " $(c + 8) " |" }' \
		"$out/counted.txt" |
		sed -E ':again; s/([0-9])([0-9]{3})([^0-9])/\1,\2\3/; t again'
}

{
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
		# The split in Linux, in instructions

		Written by \`make measure-linux\`; not by hand. Linux $(make -s -C "$dir/source" kernelversion),
		PREEMPT_RT, no debugging, 4 KiB pages, two unlike CPUs in QEMU.

		## The stop

		The leader's instructions from the moment the other CPU is held to the store that
		lets it go. Each way but stock's compares what is there with what was planned or
		staged; the last column is what a switch takes without that, which in Linux nobody
		can do safely: there is no lock that all take who change the linear map.

		![The stop against RAM](linux-stop.svg)

		| RAM | stock | in place | live | switch | switch, not compared |
		|---|---|---|---|---|---|
	END
	rows 2
	cat <<-END

		## All of it

		The stop, and what the boot CPU executes around it, from entering
		\`linear_map_maybe_split_to_ptes()\` to leaving it: counting, reserving, staging,
		giving back, and the line in the log. Without \`stop_machine()\` gathering the CPUs and
		other waiting for them; timer ticks are in it, so the last digits differ from boot to
		boot.

		| RAM | stock | in place | live | switch | switch, not compared |
		|---|---|---|---|---|---|
	END
	rows 3
} >"$docs/linux-stop.md"

gnuplot -e "data='$out/counted.txt'" "$root/scripts/chart.gp" "$here/measure.gp" |
	sed 's/ *$//' >"$docs/linux-stop.svg"
cat "$docs/linux-stop.md"
