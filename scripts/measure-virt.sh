#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the stop of ports/virt in instructions: each way, with 1 to 8 GiB, each
# twice. Writes docs/measured/virt-stop.md (a table)
# and docs/measured/virt-stop.svg (a chart of it).
# Fails if two runs differ by one instruction.
set -eu

cd "$(dirname "$0")/.."

out=build-virt
data=$out/stop.data
table=docs/measured/virt-stop.md
chart=docs/measured/virt-stop.svg

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

		Written by \`make measure-virt\`; not by hand. The kernel of [virt.md](../virt.md) on
		QEMU's virt machine with 4 CPUs, granule 4 KiB, 48-bit addresses; counted by
		\`-icount shift=0\`, each twice, and equal to the instruction.

		The leader, from the last CPU held to the first let go, which is the stop without
		the waiting for CPUs to come:

		| RAM | in place | live | switch, compared with what was staged | switch under a lock |
		|---|---|---|---|---|
		$(rows 2)

		![the same as a chart](virt-stop.svg)

		A secondary, from the interrupt that calls it until it goes on, in instructions of
		all CPUs together: the stop, the coming and going of all of them, and their waiting.

		| RAM | in place | live | switch, compared with what was staged | switch under a lock |
		|---|---|---|---|---|
		$(rows 3)
	END
}

# Remove the trailing blanks of gnuplot.
write_chart() {
	gnuplot -e "data='$data'" scripts/chart.gp scripts/measure-virt.gp |
		sed 's/ *$//' >$chart
}

make -s -C ports/virt O="$PWD/$out"
measure_all >$data.part
mv $data.part $data
write_table >$table
write_chart
sed -n '/^| RAM/,/^$/p' $table
