# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# For tests that are shell scripts, to be sourced: cases, one by one, as TAP.

# The interpreter itself: python3 may be a script that looks for it at each start.
# shellcheck disable=SC2034 # for those who source this
python=$(python3 -c 'import sys; print(sys.executable)')
case_count=0
failures=0

# good WHAT, bad WHAT
good() {
	case_count=$((case_count + 1))
	echo "ok $case_count - $*"
}

bad() {
	case_count=$((case_count + 1))
	failures=$((failures + 1))
	echo "not ok $case_count - $*"
}

# ok STATUS WHAT
ok() {
	status_of_case=$1
	shift
	if [ "$status_of_case" -eq 0 ]; then good "$@"; else bad "$@"; fi
}

# After the last case; returns what the script exits with.
finish() {
	echo "1..$case_count"
	[ "$failures" -eq 0 ]
}
