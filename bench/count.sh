#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: count.sh PROBE FUNCTION
# Counts with callgrind the instructions of each call of FUNCTION. PROBE prints a line for
# each call: prints that line and the instructions.
set -eu

probe=$1
function=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A dump after each call, of that call only.
valgrind --quiet --tool=callgrind --callgrind-out-file="$dir/out" \
	--toggle-collect="$function" --dump-after="$function" \
	"$probe" >"$dir/calls" 2>"$dir/log" || { cat "$dir/log" >&2; exit 1; }

call=0
while read -r what; do
	call=$((call + 1))
	echo "$what $(sed -n 's/^totals: //p' "$dir/out.$call")"
done <"$dir/calls"
