#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: files.sh [pattern...]
# Prints the project's own files that match (all without a pattern), one a
# line: what git tracks and what it would track. In an unpacked tarball it is
# every file outside the build directories.
set -eu

cd "$(dirname "$0")/.."

from_git() {
	[ -e .git ] && git ls-files -co --exclude-standard -- "$@" 2>/dev/null
}

from_tree() {
	find . -path ./.git -prune -o -path './build*' -prune -o -type f -print |
		sed 's,^\./,,' | while read -r file; do
		[ $# -gt 0 ] || echo "$file"
		for pattern; do
			# shellcheck disable=SC2254 # a pattern is what it is
			case $file in $pattern) echo "$file" ;; esac
		done
	done
}

{ from_git "$@" || from_tree "$@"; } | while read -r file; do
	[ -f "$file" ] && echo "$file" # not deleted since
done | sort
