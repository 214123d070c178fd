#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: run.sh BUILD
# Measures, prints, and writes BUILD/bench.json with two pictures of it. Without valgrind
# or gnuplot it skips their part, and says so.
set -eu

build=${1:?the build directory}
here=$(dirname "$0")
json=$build/bench.json
plans=$build/bench-plans.txt
costs=$build/bench-costs.txt

# count PROBE FUNCTION FILE
count() {
	"$here/count.sh" "$build/bench/$1" "$2" >"$3.part"
	mv "$3.part" "$3"
}

rm -f "$plans" "$costs"
if command -v valgrind >/dev/null; then
	echo "counting the instructions of plans and of each operation (a minute)" >&2
	count linmap-bench-plan lm_edit_plan "$plans"
	count linmap-bench-cost measured "$costs"
fi
"$build/bench/linmap-bench" "$json" "$plans" "$costs"
printf '\nwritten: %s\n' "$json"

# picture SECTION WIDTH WHAT
picture() {
	"$here/rows.py" "$1" "$json" >"$build/bench-$1.data"
	gnuplot -e "data='$build/bench-$1.data'; width=$2" "$here/../scripts/chart.gp" \
		"$here/$1.gp" | sed 's/ *$//' >"$build/bench-$1.svg"
	echo "written: $build/bench-$1.svg, $3"
}

if command -v gnuplot >/dev/null; then
	picture stop 1180 "the stop against RAM"
	picture filling 760 "the speed of filling"
else
	echo "no pictures: gnuplot is not installed"
fi
