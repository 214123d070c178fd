#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# clang-tidy (.clang-tidy says which checks) and cppcheck over every C file of
# the build. Exits with 1 if either has something to say.
set -eu

cd "$(dirname "$0")/.."

dir=build-analyze
[ -f $dir/build.ninja ] || CC=clang meson setup $dir >/dev/null

status=0
echo "== clang-tidy"
run-clang-tidy -quiet -p $dir 2>/dev/null || status=1
echo "== cppcheck"
cppcheck --project=$dir/compile_commands.json --quiet --inline-suppr \
	--enable=warning,portability,performance --error-exitcode=1 \
	--suppress='*:*cmocka.h' || status=1
exit $status
