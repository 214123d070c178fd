#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: commits.sh [RANGE]
# Fails if the subject of a commit in RANGE breaks the rules of CONTRIBUTING.md: a room, a
# colon, a sentence without a full stop, under 72 characters in all; and if a body does
# not follow an empty line. Merges and reverts are left out. Without RANGE: commits since
# this script was added. Without a history there is nothing to check.
set -eu

cd "$(dirname "$0")/.."

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
	echo "no history here"
	exit 0
fi
if [ $# -eq 0 ]; then
	first=$(git log --diff-filter=A --format=%H -- scripts/commits.sh | tail -n 1)
	# A shallow clone may begin later: then its first commit adds every file.
	if [ -z "$first" ] || ! git rev-parse -q --verify "$first^" >/dev/null; then
		echo "not enough history here"
		exit 0
	fi
	set -- "$first..HEAD"
fi

# Commits that are not on the first parent's line were checked on their own branch.
bad=0
for commit in $(git rev-list --no-merges "$1"); do
	subject=$(git log -1 --format=%s "$commit")
	second=$(git log -1 --format=%B "$commit" | sed -n 2p)
	short=$(git log -1 --format=%h "$commit")
	case $subject in Revert\ *) continue ;; esac
	why=
	[ "${#subject}" -lt 72 ] || why="is ${#subject} characters long, not under 72"
	echo "$subject" | grep -qE '^[A-Za-z][A-Za-z0-9_./, -]*: [^ ]' ||
		why="does not begin with a room and a colon"
	case $subject in *.) why="ends with a full stop" ;; esac
	[ -z "$second" ] || why="has no empty line after it"
	[ -z "$why" ] && continue
	echo "$short: '$subject' $why"
	bad=1
done
[ $bad -eq 0 ]
