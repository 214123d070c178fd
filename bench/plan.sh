#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: plan.sh PROBE
# Instructions that each plan of the probe takes, counted by callgrind: lines of
# what was planned, the GiB of the map, and instructions.
set -eu

probe=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A dump behind each call, with nothing in it but that call.
valgrind --quiet --tool=callgrind --callgrind-out-file="$dir/out" \
	--toggle-collect=lm_edit_plan --dump-after=lm_edit_plan \
	"$probe" >"$dir/calls" 2>"$dir/log" || { cat "$dir/log" >&2; exit 1; }

call=0
while read -r what; do
	call=$((call + 1))
	echo "$what $(sed -n 's/^totals: //p' "$dir/out.$call")"
done <"$dir/calls"
