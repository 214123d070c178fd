#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the stop of ports/virt in instructions: each way, with 1 to 8 GiB, each
# twice. Writes docs/virt-stop.md (a table) and docs/pictures/virt-stop.svg (a plot of it).
# Fails if two runs differ by one instruction.
set -eu

cd "$(dirname "$0")/.."

out=build-virt
data=$out/stop.data
table=docs/virt-stop.md
plot=docs/pictures/virt-stop.svg

# One line: instructions of the leader in the stop, and while a CPU was away.
measure_once() {
	ports/virt/run.sh -k -m "$1" measure bbm=3,0 way="$2" >$out/measure.log 2>&1 || {
		tail -n 12 $out/measure.log >&2
		return 1
	}
	sed -n 's/^ *measured: .* instructions \([0-9]*\) away \([0-9]*\).*/\1 \2/p' \
		$out/measure.log
}

measure() {
	first=$(measure_once "$1" "$2")
	again=$(measure_once "$1" "$2")
	if [ -z "$first" ] || [ "$first" != "$again" ]; then
		echo "measure-virt: $1, $2: first '$first', then '$again'" >&2
		return 1
	fi
	echo "$first"
}

# Columns: GiB, and for each way the stop and the time away.
measure_all() {
	for gib in 1 2 4 8; do
		printf '%d' $gib
		for way in in-place live "switch verify" switch; do
			printf ' %s' "$(measure ${gib}G "$way")"
		done
		printf '\n'
	done
}

commas() {
	sed -E ':again; s/([0-9])([0-9]{3})(,|\b)/\1,\2\3/; t again'
}

# rows FIRST: a row of the table for each line of data, every second column from FIRST.
rows() {
	awk -v first="$1" '{
		printf "| %d GiB |", $1
		for (i = first; i <= NF; i += 2)
			printf " %d |", $i
		printf "\n"
	}' $data | commas
}

write_table() {
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
		# The stop, in instructions

		Written by \`make measure-virt\`; not by hand. The kernel of [virt.md](virt.md) on
		QEMU's virt machine with 4 CPUs, granule 4 KiB, 48-bit addresses; counted by
		\`-icount shift=0\`, each twice, and equal to the instruction.

		The leader, from the last CPU held to the first let go, which is the stop without
		the waiting for CPUs to come:

		| RAM | in place | live | switch, compared with what was staged | switch under a lock |
		|---|---|---|---|---|
		$(rows 2)

		![the same as a plot](pictures/virt-stop.svg)

		A secondary, from the interrupt that calls it until it goes on, in instructions of
		all CPUs together: the stop, the coming and going of all of them, and their waiting.

		| RAM | in place | live | switch, compared with what was staged | switch under a lock |
		|---|---|---|---|---|
		$(rows 3)
	END
}

# gnuplot writes when and by what it was called into the file; without that two equal
# measurements are equal files.
write_plot() {
	gnuplot <<-END
		set terminal svg size 720,440 dynamic font "sans-serif,13" background "#fbfbf8"
		set output "$plot"
		set logscale xy
		set xtics (1, 2, 4, 8)
		set xrange [0.9:8.9]
		set yrange [100:1e8]
		set format y "10^{%L}"
		set xlabel "RAM, GiB"
		set ylabel "instructions of the leader in the stop"
		set key outside right top
		set grid y
		set arrow from 0.9,1000 to 8.9,1000 nohead dashtype 2 linecolor "grey"
		set label "budget of a switch" at 1,1300 textcolor "grey40"
		plot "$data" using 1:2 with linespoints linewidth 2 title "in place", \
			"" using 1:4 with linespoints linewidth 2 title "live", \
			"" using 1:6 with linespoints linewidth 2 title "switch, compared", \
			"" using 1:8 with linespoints linewidth 2 title "switch, locked"
	END
	sed -i 's/ *$//' "$plot"
}

make -s -C ports/virt O="$PWD/$out"
measure_all >$data.part
mv $data.part $data
write_table >$table
write_plot
sed -n '/^| RAM/,/^$/p' $table
