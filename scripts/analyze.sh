#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# clang-tidy (.clang-tidy says which checks) and cppcheck over every C file of the build:
# all but the ports that a host does not build. Exits with 1 if either has something to
# say.
set -eu

cd "$(dirname "$0")/.."

dir=build-analyze
[ -f $dir/build.ninja ] || CC=clang meson setup $dir -Dfuzz=true -Dtests=enabled >/dev/null
meson configure $dir -Dfuzz=true -Dtests=enabled
ninja -C $dir examples/linmap/sim.h >/dev/null

status=0
echo "== clang-tidy"
run-clang-tidy -quiet -p $dir >$dir/clang-tidy.log 2>/dev/null || {
	grep -v '^clang-tidy-\|^$' $dir/clang-tidy.log
	status=1
}
echo "== cppcheck"
cppcheck --project=$dir/compile_commands.json -j "$(nproc)" --quiet \
	--library=scripts/cppcheck.cfg --enable=warning,portability,performance \
	--suppress='*:*cmocka.h' --error-exitcode=1 || status=1
exit $status
