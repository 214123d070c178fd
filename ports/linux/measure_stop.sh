#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: measure_stop.sh DIRECTORY
# Writes docs/measured/linux-stop.md and linux-stop.svg from what measure.sh has counted in
# DIRECTORY: the stop, and all of the split around it.
set -eu

[ $# -eq 1 ] || { echo "usage: measure_stop.sh DIRECTORY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
docs=$root/docs/measured
dir=$(cd "$1" && pwd)
out=$dir/measure

# counted NAME: all stops added up, and the same with the work around them
counted() {
	awk '$1 == "stop" { sum += $2; stops++ } $1 == "around" { around = $2 }
		END { if (!stops) exit 1; print sum, sum + around }' "$out/$1.counts" || {
		echo "linmap: measure_stop.sh: no stop in $out/$1.log" >&2
		exit 1
	}
}

for gib in 1 2 4 8 16; do
	echo "$gib $(counted "stock-$gib") $(counted "in-place-$gib") $(counted "live-$gib")" \
		"$(counted "switch-$gib") $(counted "trust-$gib")"
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

gnuplot -e "data='$out/counted.txt'" "$root/scripts/chart.gp" "$here/measure_axes.gp" \
	"$here/measure_stop.gp" |
	sed 's/ *$//' >"$docs/linux-stop.svg"
cat "$docs/linux-stop.md"
