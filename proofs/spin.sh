#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Proves the properties of park.pml with spin, and sees that each mistake that
# can be built into it is found as what it is. Reports in TAP; exits with 1 if
# anything is not as it should be.
set -eu

model=$(cd "$(dirname "$0")" && pwd)/park.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"

# Mistake, the property that it breaks, what is wrong with it.
mistakes() {
	cat <<-'END'
	COUNT_IN_FIRST            walk   a CPU counts in before it is off the map
	LET_GO_EARLY              walk   the generation passes before the change is over
	COUNT_WITHOUT_LOOKING     late   a CPU counts into whatever generation there is
	COUNT_NOT_ATOMIC          late   a CPU looks at the generation, then counts
	TIME_OUT_WAITS_FOR_NOBODY late   the leader returns while some are still held
	CLOSE_NOT_ATOMIC          named  the leader looks at the count, then closes
	NOTE_AFTER_COUNT_OUT      named  a CPU notes that it came when nobody waits for it
	OPEN_BEFORE_ALL_LEFT      named  who is left of the last generation is counted
	CHANGE_AFTER_TIME_OUT     same   the leader changes the tree all the same
	TIME_OUT_LEAVES_OPEN      ends   the leader gives up and lets nobody go
	LEADER_NOT_MASKED         ends   the leader answers a late call, and waits for itself
	PATIENT_FOR_EVER          back   there is no time-out, and who is held stays
	PATIENT_FOR_EVER          over   there is no time-out, and a gather goes on
	END
}

cases=0
failed=0

report() {
	cases=$((cases + 1))
	if "$1"; then
		echo "ok $cases - $2"
	else
		echo "not ok $cases - $2"
		sed 's/^/# /' log
		failed=$((failed + 1))
	fi
}

# search FLAGS_OF_SPIN FLAGS_OF_COMPILER FLAGS_OF_SEARCH
search() {
	rm -f pan*
	# shellcheck disable=SC2086 # lists of flags
	{
		spin -a $1 "$model" &&
			${CC:-gcc} -O1 -w -DMEMLIM=2048 $2 -o pan pan.c &&
			./pan -m3000000 $3
	} >log 2>&1 || echo "the search did not run" >>log
}

# In every state: assertions, and no deadlock.
search_states() {
	search "-DOTHERS=3 ${1-}" "-DSAFETY -DNOCLAIM" ""
}

# search_runs PROPERTY [-DMISTAKE]: in every infinite run, under weak fairness.
search_runs() {
	search "-DOTHERS=2 ${2-}" "" "-a -f -N $1"
}

# All was searched, and nothing was wrong.
is_proved() {
	grep -q 'errors: 0$' log &&
		! grep -Eq 'did not run|too small|not completed|out of memory|aborting' log
}

# A step that is never taken proves nothing. Who goes on for ever has no end.
is_proved_and_complete() {
	is_proved && awk '
		/^unreached in/ { proctype = $3 == "proctype" }
		proctype && /state [0-9]+/ && !/"-end-"/ { never = 1 }
		END { exit never }' log
}

# Prints how spin says that a property is broken.
finding() {
	case $1 in
	back | over) echo "acceptance cycle" ;;
	ends) echo "invalid end state" ;;
	*) echo "assertion violated $1" ;;
	esac
}

is_found() {
	grep -q "^pan:1: $(finding "$property") (" log
}

count_states() {
	awk '/states, stored/ { print $1; exit }' log
}

echo "1..$((3 + $(mistakes | wc -l)))"

search_states
report is_proved_and_complete \
	"walk, late, named, same, ends: 3 CPUs to hold, $(count_states) states"
for property in back over; do
	search_runs $property
	report is_proved "$property: 2 CPUs to hold, $(count_states) states"
done

while read -r mistake property why; do
	case $property in
	back | over) search_runs "$property" "-D$mistake" ;;
	*) search_states "-D$mistake" ;;
	esac
	report is_found "$mistake breaks '$property': $why"
done <<END
$(mistakes)
END

[ "$failed" -eq 0 ]
