#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: run.sh BUILD
# Measures, prints, and writes BUILD/bench.json with two pictures of it. Without
# valgrind or gnuplot what they are for is left out, and said to be.
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

"$build/linmap" draw --bench "$json" --output "$build/bench-stop.svg"
echo "written: $build/bench-stop.svg, the stop against RAM"

if command -v gnuplot >/dev/null; then
	{ cat "$here/filling.gp"; python3 "$here/filling_rows.py" "$json"; } |
		gnuplot >"$build/bench-filling.svg"
	echo "written: $build/bench-filling.svg, the speed of filling"
else
	echo "no picture of the speed of filling: gnuplot is not installed"
fi
