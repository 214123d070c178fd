#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the tests in a build that counts lines, prints what was reached in the
# core, the model and the command, and writes pages to build-coverage/.
set -eu

cd "$(dirname "$0")/.."

dir=build-coverage
[ -f $dir/build.ninja ] ||
	CC=gcc meson setup $dir -Db_coverage=true -Dtests=enabled >/dev/null
ninja -C $dir
find $dir -name '*.gcda' -delete
meson test -C $dir --no-rebuild --print-errorlogs
gcovr --root . --object-directory $dir --filter src/ --filter sim/ --filter cli/ \
	--branches --print-summary --html-details $dir/coverage.html
echo "pages: $dir/coverage.html"
