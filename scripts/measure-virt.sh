#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the ways to commit of ports/virt in instructions: each way, with 1 to 8 GiB,
# and roll also with 2 to 8 CPUs; each twice. Writes docs/measured/virt-stop.md (tables)
# and docs/measured/virt-stop.svg (a chart).
# Fails if two runs differ by one instruction.
set -eu

cd "$(dirname "$0")/.."

out=build-virt
data=$out/stop.data
data_cpus=$out/roll.data
table=docs/measured/virt-stop.md
chart=docs/measured/virt-stop.svg

# Instructions with all exceptions masked for a move: the budget.
move_budget=60

# run CPUS MEMORY WAY: one line of numbers, in the order of the kernel's line.
# A stop: of the leader in it, and the longest time that a CPU was away.
# A roll: masked for a move, least and most, and for the way home; the longest time away.
run() {
	ports/virt/run.sh -k -n "$1" -m "$2" measure bbm=3,0 way="$3" >$out/measure.log 2>&1 || {
		tail -n 12 $out/measure.log >&2
		return 1
	}
	sed -n 's/^ *measured: way [a-z-]* mib [0-9]* //p' $out/measure.log | sed 's/[a-z][a-z]* //g'
}

measure() {
	first=$(run "$@")
	again=$(run "$@")
	if [ -z "$first" ] || [ "$first" != "$again" ]; then
		echo "measure-virt: $*: first '$first', then '$again'" >&2
		return 1
	fi
	echo "$first"
}

# Columns: GiB; for each way the stop and the time away; for roll all that run() prints.
measure_memory() {
	for gib in 1 2 4 8; do
		row=$gib
		for way in in-place live "switch verify" switch roll; do
			numbers=$(measure 4 ${gib}G "$way")
			row="$row $numbers"
		done
		echo "$row"
	done
}

# Columns: CPUs; for roll all that run() prints.
measure_cpus() {
	for cpus in 2 4 8; do
		numbers=$(measure $cpus 1G roll)
		echo "$cpus $numbers"
	done
}

commas() {
	sed -E ':again; s/([0-9])([0-9]{3})(,|\b)/\1,\2\3/; t again'
}

# rows FILE UNIT COLUMN...: a row of a table for each line.
rows() {
	file=$1
	unit=$2
	shift 2
	awk -v columns="$*" -v unit="$unit" '{
		count = split(columns, column, " ")
		printf "| %d %s |", $1, unit
		for (i = 1; i <= count; i++)
			printf " %d |", $column[i]
		printf "\n"
	}' "$file" | commas
}

# Whether the longest of all moves is in the budget.
verdict() {
	{ awk '{ print $11 }' $data; awk '{ print $3 }' $data_cpus; } | sort -n | tail -n 1 |
		awk -v budget=$move_budget '{
			print $1 " at most: " ($1 <= budget ? "met" : "missed")
		}'
}

write_table() {
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
		# The ways to commit, in instructions

		Written by \`make measure-virt\`; not by hand. The kernel of [virt.md](../virt.md) on
		QEMU's virt machine with 4 CPUs, granule 4 KiB, 48-bit addresses; counted by
		\`-icount shift=0\`, each twice, and equal to the instruction.

		**The longest time that a CPU does not do its own work**: in the interrupt that calls
		it, without saving and restoring its registers. With roll that is a move or a way
		home, of any CPU. With the other ways it is a CPU that is held, and these are
		instructions of all CPUs together: the stop, their coming and going, their waiting.

		| RAM | in place | live | switch, compared with what was staged | switch under a lock | roll |
		|---|---|---|---|---|---|
		$(rows $data GiB 3 5 7 9 14)

		![the same as a chart](virt-stop.svg)

		**The leader in the stop**, from the last CPU held to the first let go, without the
		waiting for CPUs to come. Roll has no stop.

		| RAM | in place | live | switch, compared with what was staged | switch under a lock |
		|---|---|---|---|---|
		$(rows $data GiB 2 4 6 8)

		**Roll, with all exceptions masked**: instructions of one CPU, from the first masked
		to the one that unmasks; least and most over the CPUs, the leader's included. Each CPU
		moves once, and goes home once, while all others work.
		Budget of a move: $move_budget; $(verdict).

		| RAM, 4 CPUs | a move, least | most | a way home, least | most |
		|---|---|---|---|---|
		$(rows $data GiB 10 11 12 13)

		| CPUs, 1 GiB | a move, least | most | a way home, least | most | longest interrupt |
		|---|---|---|---|---|---|
		$(rows $data_cpus CPUs 2 3 4 5 6)
	END
}

# Remove the trailing blanks of gnuplot.
write_chart() {
	gnuplot -e "data='$data'" scripts/chart.gp scripts/measure-virt.gp |
		sed 's/ *$//' >$chart
}

make -s -C ports/virt O="$PWD/$out"
measure_memory >$data.part
measure_cpus >$data_cpus.part
mv $data.part $data
mv $data_cpus.part $data_cpus
write_table >$table
write_chart
sed -n '/^|/p; /^Budget/p' $table
