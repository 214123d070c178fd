#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Proves the properties of park.pml and roll.pml with spin, and checks that each mistake
# that can be built into them is found as what it is. Reports in TAP; exits with 1 if
# anything is not as expected. `spin.sh roll` checks only that model.
set -eu

proofs=$(cd "$(dirname "$0")" && pwd)
models=${1:-park roll}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"

# Mistake, the property that it breaks, what is wrong with it.
park_mistakes() {
	cat <<-'END'
	COUNT_IN_FIRST            walk   a CPU counts in before it is off the map
	LET_GO_EARLY              walk   the generation passes before the change is over
	COUNT_WITHOUT_LOOKING     late   a CPU counts into any generation
	COUNT_NOT_ATOMIC          late   a CPU looks at the generation, then counts
	TIME_OUT_WAITS_FOR_NOBODY late   the leader returns while some are still held
	CLOSE_NOT_ATOMIC          named  the leader looks at the count, then closes
	RECORD_AFTER_COUNT_OUT    named  a CPU records that it came when nobody waits for it
	OPEN_BEFORE_ALL_LEFT      named  CPUs left from the last generation are counted
	CHANGE_AFTER_TIME_OUT     same   the leader changes the tree anyway
	TIME_OUT_LEAVES_OPEN      ends   the leader gives up and lets nobody go
	LEADER_NOT_MASKED         ends   the leader answers a late call, and waits for itself
	ARRIVE_BY_ITSELF          walk   a CPU comes up, and only then counts as present
	LEAVE_BEFORE_OFF_THE_MAP  walk   a CPU that goes counts as gone while it can walk
	LEAVE_WITHOUT_COUNT       named  a CPU goes offline without counting
	PATIENT_FOR_EVER          back   there is no time-out, and parked CPUs stay
	PATIENT_FOR_EVER          over   there is no time-out, and a gather goes on
	END
}

roll_mistakes() {
	cat <<-'END'
	ANNOUNCE_AFTER_MOVE           free  a CPU moves, then counts itself if it still may
	COUNT_BEFORE_MOVE             walk  a CPU counts as moved before it has left the root
	LATE_ORDER_MOVES              free  a CPU announces itself by an outdated word
	RECORD_AFTER_COUNT            exact a CPU is counted before it has recorded where it is
	HOME_BEFORE_EQUAL             walk  CPUs are sent home before the root is equal
	HOME_BEFORE_EQUAL             mixed the same, and their TLBs hold both trees
	FREE_BEFORE_THE_LAST_IS_HOME  free  the old tree is freed while CPUs are on the clone
	GIVE_UP_AFTER_THE_FIRST_STORE free  the leader gives up waiting for CPUs to come home
	GIVE_UP_WITHOUT_WAITING       free  the leader forgets CPUs that only announced themselves
	FREE_WITHOUT_ASKING_BACK      free  the new tree is freed, and nobody is asked back
	BACK_WITHOUT_TLBI             mixed a CPU is asked back and does not invalidate
	GIVE_UP_NOT_ATOMIC            named the leader looks who is missing, then gives up
	GIVE_UP_ON_THOSE_ON_THEIR_WAY named the leader gives up though all have announced
	NAME_WITHOUT_WAITING          named a CPU on its way is reported missing
	ARRIVE_AT_HOME                walk  a CPU comes up on the root, whatever the word says
	ARRIVE_NOT_ATOMIC             walk  a CPU that comes up reads the word, then counts
	ARRIVE_WITHOUT_ANSWER         ends  a CPU that came up waits for a call that was missed
	LEAVE_BEFORE_OFF_THE_MAP      free  a CPU that goes counts as gone while it can walk
	LEAVE_WITHOUT_WORD            ends  a CPU goes offline without counting
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

# A proof visits all states. A mistake is found among the first few: a fast search, and
# memory for many states, would cost more time than they save.
prepare_to_prove() {
	optimize=-O1
	limits=-m3000000
}

prepare_to_find() {
	optimize=-O0
	limits="-m300000 -w20"
}

# search FLAGS_OF_SPIN FLAGS_OF_COMPILER FLAGS_OF_SEARCH
search() {
	rm -f pan*
	# shellcheck disable=SC2086 # lists of flags
	{
		spin -a $1 "$proofs/$model.pml" &&
			${CC:-gcc} $optimize -w -DMEMLIM=2048 $2 -o pan pan.c &&
			./pan $limits $3
	} >log 2>&1 || echo "the search did not run" >>log
}

# In every state: assertions, and no deadlock.
search_states() {
	search "$1" "-DSAFETY -DNOCLAIM" "${2-}"
}

# search_runs PROPERTY FLAGS: in every infinite run, under weak fairness.
search_runs() {
	search "$2" "" "-a -f -N $1"
}

# The search was complete and found nothing.
is_proved() {
	grep -q 'errors: 0$' log &&
		! grep -Eq 'did not run|too small|not completed|out of memory|aborting' log
}

# A step that is never taken proves nothing. A process that runs for ever has no end.
is_proved_and_complete() {
	is_proved && awk '
		/^unreached in/ { proctype = $3 == "proctype" }
		proctype && /state [0-9]+/ && !/"-end-"/ { never = 1 }
		END { exit never }' log
}

# Prints spin's message for a broken property.
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

prove_park() {
	search_states -DOTHERS=3
	report is_proved_and_complete \
		"walk, late, named, same, ends: 3 CPUs to hold, $(count_states) states"
	for property in back over; do
		search_runs $property -DOTHERS=2
		report is_proved "$property: 2 CPUs to hold, $(count_states) states"
	done
}

find_park() {
	case $property in
	back | over) search_runs "$property" "-DOTHERS=2 -D$mistake" ;;
	*) search_states "-DOTHERS=3 -D$mistake" ;;
	esac
}

prove_roll() {
	all="walk, mixed, free, exact, named, twice, ends"
	search_states -DCPUS=2
	report is_proved_and_complete "$all: 2 CPUs, one comes and goes, $(count_states) states"
	search_states "-DCPUS=3 -DCOMING_AND_GOING=0 -DROOT_STAYS"
	report is_proved "$all: 3 CPUs that stay, a root that stays, $(count_states) states"
	for property in back over; do
		search_runs $property "-DCPUS=2 -DROOT_STAYS"
		report is_proved "$property: 2 CPUs, one comes and goes, $(count_states) states"
	done
}

# Most mistakes break many properties: check only the one in question.
find_roll() {
	case $property in
	ends) only= ;;
	*) only=-E ;;
	esac
	search_states "-DCPUS=2 -D$mistake -DCHECK=only_$property" $only
}

proofs_of() {
	case $1 in
	park) echo 3 ;;
	roll) echo 4 ;;
	*)
		echo "$0: no model $1" >&2
		exit 1
		;;
	esac
}

planned=0
for model in $models; do
	planned=$((planned + $(proofs_of "$model") + $("${model}_mistakes" | wc -l)))
done
echo "1..$planned"

for model in $models; do
	prepare_to_prove
	"prove_$model"
	prepare_to_find
	while read -r mistake property why; do
		"find_$model"
		report is_found "$mistake breaks '$property': $why"
	done <<-END
		$("${model}_mistakes")
	END
done

[ "$failed" -eq 0 ]
