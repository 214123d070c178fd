#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: [FUZZ_SECONDS=N] run.sh [TARGET...]
# Runs fuzzing targets (default: all), two at a time, N seconds each (default: 20), from
# fuzz/corpus, seeds.py and the inputs that earlier runs kept in build-fuzz/corpus.
# Reports in TAP; an input that breaks something stays in build-fuzz/found, and
# build-fuzz/fuzz/fuzz_TARGET FILE repeats it.
set -euo pipefail

cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-20}
dir=build-fuzz
all=(edits tables dtb iomem cpuinfo decode elf memory_dump table_dump page_tables)
[ $# -gt 0 ] || set -- "${all[@]}"
for target; do
	[[ " ${all[*]} " == *" $target "* ]] || {
		echo "linmap: fuzz/run.sh: no target '$target' (there are ${all[*]})" >&2
		exit 2
	}
done

build() {
	[ -f $dir/build.ninja ] || CC=clang meson setup $dir --werror -Dfuzz=true -Dtests=disabled \
		-Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args=-fsanitize-coverage=inline-8bit-counters,pc-table
	ninja -C $dir "${@/#/fuzz/fuzz_}"
}

# seed TARGET: copy its seeds into its directory of the growing corpus.
seed() {
	case $1 in
	dtb) cp tests/data/*.dtb "$dir/corpus/$1" ;;
	iomem) cp tests/data/*.iomem "$dir/corpus/$1" ;;
	cpuinfo) cp tests/data/*.cpuinfo "$dir/corpus/$1" ;;
	esac
	[ ! -d "fuzz/corpus/$1" ] || cp "fuzz/corpus/$1"/* "$dir/corpus/$1"
}

# Longer than inputs of these grow on their own, and long enough for a device tree.
longest() {
	case $1 in
	edits | tables) echo 400 ;;
	decode) echo 256 ;;
	elf | memory_dump | table_dump) echo 32768 ;;
	*) echo 16384 ;;
	esac
}

fuzz() {
	local dictionary=()
	[ ! -f "fuzz/$1.dict" ] || dictionary=("-dict=fuzz/$1.dict")
	seed "$1"
	"$dir/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1500 \
		-len_control=0 -max_len="$(longest "$1")" -verbosity=1 \
		-artifact_prefix="$dir/found/$1-" "${dictionary[@]}" \
		"$dir/corpus/$1" >"$dir/$1.log" 2>&1
}

# report NUMBER TARGET STATUS
report() {
	local runs
	runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$dir/$2.log")
	if [ "$3" -eq 0 ] && [ -n "$runs" ]; then
		echo "ok $1 - fuzz $2: $runs runs, nothing found"
		return
	fi
	echo "not ok $1 - fuzz $2"
	grep -av '^#[0-9]' "$dir/$2.log" | head -n 40 | sed 's/^/# /' || true
	status=1
}

status=0
mkdir -p $dir/found "${@/#/$dir/corpus/}"
build "$@" >$dir/build.log 2>&1 || { tail -n 40 $dir/build.log; exit 1; }
fuzz/seeds.py $dir/corpus
echo "1..$#"

# Two halves of the targets at the same time, each one after the other.
half() {
	local number=$1
	shift
	while [ $# -gt 0 ]; do
		local failed=0
		fuzz "$1" || failed=1
		report "$number" "$1" $failed
		shift $(($# > 1 ? 2 : 1))
		number=$((number + 2))
	done
	return $status
}

half 1 "$@" &
odd=$!
shift
half 2 "$@" || status=1
wait $odd || status=1
exit $status
