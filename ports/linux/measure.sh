#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: measure.sh DIRECTORY
# Measures the stop of a kernel without debugging, stock-plain-4k and port-plain-4k in
# DIRECTORY, from 1 to 16 GiB, in instructions of the leader (check/stop_plugin.c says
# from where to where), and writes docs/linux-stop.md and docs/pictures/linux-stop.svg.
set -eu

[ $# -eq 1 ] || { echo "usage: measure.sh DIRECTORY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
docs=$here/../../docs
dir=$(cd "$1" && pwd)
out=$dir/measure
mkdir -p "$out"
export PLUGIN="$out/stop_plugin.so"
export CPUS=2

cc -O2 -shared -fPIC -fvisibility=hidden -o "$PLUGIN" "$here/check/stop_plugin.c"
"$here/check/initrd.sh" "$dir"

# stop KERNEL GIB ARGUMENT...: all stops of one boot, added up
stop() {
	kernel=$1
	export MEMORY="${2}G" COUNTS="$out/counts"
	shift 2
	rm -f "$COUNTS"
	"$here/check/boot.sh" "$dir/$kernel" "$dir/initrd.gz" "$@" \
		>"$out/$kernel-$MEMORY.log" 2>&1 </dev/null
	awk '$1 == "stop" { sum += $2; stops++ }
		END { if (!stops) exit 1; print sum }' "$COUNTS" || {
		echo "linmap: measure.sh: no stop in $out/$kernel-$MEMORY.log" >&2
		exit 1
	}
}

for gib in 1 2 4 8 16; do
	echo "$gib $(stop stock-plain-4k $gib)" \
		"$(stop port-plain-4k $gib linmap=in-place)" \
		"$(stop port-plain-4k $gib linmap=live)" \
		"$(stop port-plain-4k $gib linmap=switch)"
done >"$out/stop.txt"

{
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
		# The stop in Linux, in instructions

		Written by \`make measure-linux\`; not by hand. Linux $(make -s -C "$dir/source" kernelversion),
		PREEMPT_RT, no debugging, 4 KiB pages, two unlike CPUs in QEMU; the leader's
		instructions from the moment the other CPU is held to the store that lets it go.
		Each way but stock's compares what is there with what was planned or staged.

		![The stop against RAM](pictures/linux-stop.svg)

		| RAM | stock | in place | live | switch |
		|---|---|---|---|---|
	END
	awk '{ print "| " $1 " GiB | " $2 " | " $3 " | " $4 " | " $5 " |" }' "$out/stop.txt" |
		sed -E ':again; s/([0-9])([0-9]{3})([^0-9])/\1,\2\3/; t again'
} >"$docs/linux-stop.md"

gnuplot <<-END
	set terminal svg size 640,400 font 'sans,13'
	set output '$docs/pictures/linux-stop.svg'
	set logscale xy
	set xrange [1:16]
	set xtics (1, 2, 4, 8, 16)
	set xlabel 'RAM, GiB'
	set ylabel 'instructions in the stop'
	set format y '%.0s %c'
	set key outside right
	set grid ytics
	plot for [c=2:5] '$out/stop.txt' using 1:c with linespoints pointtype 7 \\
		title word('stock in-place live switch', c - 1)
END
cat "$docs/linux-stop.md"
