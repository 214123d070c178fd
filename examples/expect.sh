#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: expect.sh PROGRAM FILE
# Checks that the program succeeds and prints what is in the file; prints a diff if not.
set -eu

seen=$(mktemp)
trap 'rm -f "$seen"' EXIT
"$1" >"$seen"
diff -u "$2" "$seen"
