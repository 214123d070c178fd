#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: test.sh BUILD
# The tests for the edit loop, in a directory that was built: those of the suite
# "quick". The last line is "N passed, N failed". Exits with 1 if anything failed.
set -eu

[ $# -eq 1 ] || { echo "usage: test.sh BUILD" >&2; exit 2; }
cd "$(dirname "$0")/.."

results=$1/meson-logs/testlog.json
rm -f "$results"
status=0
meson test -C "$1" --no-rebuild --suite quick --print-errorlogs --quiet || status=$?
# shellcheck disable=SC2046 # two numbers
set -- $(python3 scripts/count-tests.py "$results")
if [ "$1" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; }; then
	set -- "$1" $(($2 + 1))
fi
printf '%d passed, %d failed\n' "$1" "$2"
[ "$2" -eq 0 ]
