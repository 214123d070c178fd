#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the tests in a build that counts lines, prints what was reached in the core, the
# model and the command, and writes pages to build-coverage/. Fails if less than 95 % of
# the core's lines were reached, or if an error that the core can return was not.
set -eu

cd "$(dirname "$0")/.."

dir=build-coverage
# Not optimised: a line with a choice keeps its branches. Atomic counters: with races of
# threads a count may end below zero, which gcovr cannot read.
[ -f $dir/build.ninja ] ||
	CC=gcc meson setup $dir --werror -Db_coverage=true -Dtests=enabled -Dbuildtype=debug \
		-Dc_args=-fprofile-update=atomic >/dev/null
ninja -C $dir
find $dir -name '*.gcda' -delete
status=0
meson test -C $dir --no-rebuild --print-errorlogs --timeout-multiplier 5 || status=1

gcovr --root . --object-directory $dir --json $dir/coverage.json
report() {
	gcovr --root . --add-tracefile $dir/coverage.json "$@"
}
report --filter src/ --filter sim/ --filter cli/ --branches \
	--html-details $dir/coverage.html >/dev/null
echo "== model and command (pages: $dir/coverage.html)"
report --filter sim/ --filter cli/ --branches --print-summary | tail -n 2
echo "== core"
report --filter src/ --print-summary --fail-under-line 95 || status=1
scripts/errors-reached.py $dir/coverage.json || status=1
exit $status
