#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: cbmc.sh [--fit] [NAME]
# Proves with CBMC what the prove_*.c state about the core's sources, and checks that each
# mistake that can be built into a copy of them is found as what it is. With NAME, runs
# only proofs and mistakes of that name. Reports in TAP, with the seconds of processor
# time that each took; exits with 1 if anything is not as expected.
#
# With --fit, proves nothing and needs no CBMC: checks that the proofs still fit the
# sources. Each proof must compile and link, and each mistake must change something that
# does so, too.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
fetched=${CBMC_DIR:-$root/build/cbmc}
proves=true
if [ "${1-}" = --fit ]; then
	proves=false
	shift
fi
only=${1-}

# Proof; for a split: granule shift, LPA2, output bits, level of the leaf; what is proved.
proofs() {
	cat <<-'END'
	desc            -  - -  - address and attributes come back, in each layout
	format          -  - -  - levels add up in every geometry, and the rest is refused
	fill            -  - -  - any number of entries count up, and their neighbours stay
	span            -  - -  - a range is a span if it is the map's; indexes make up the address
	split-4K-1      12 0 48 1 a 1 GiB block
	split-4K-2      12 0 48 2 a 2 MiB block
	split-4K-LPA2-0 12 1 52 0 a 512 GiB block
	split-4K-LPA2-1 12 1 52 1 a 1 GiB block
	split-4K-LPA2-2 12 1 52 2 a 2 MiB block
	split-16K-2     14 0 48 2 a 32 MiB block
	split-16K-LPA2-1 14 1 52 1 a 64 GiB block
	split-16K-LPA2-2 14 1 52 2 a 32 MiB block
	split-64K-2     16 0 48 2 a 512 MiB block
	split-64K-LPA-1 16 0 52 1 a 4 TiB block
	split-64K-LPA-2 16 0 52 2 a 512 MiB block
	END
}

# Proof that must fail; as which property; the file; the mistake, for sed; what is wrong.
mistakes() {
	cat <<-'END'
	desc|same_oa|include/linmap/desc.h|s/LM_BITS(15, 12), 48/LM_BITS(14, 12), 48/|OA[51] is lost under LPA
	desc|same_oa|include/linmap/desc.h|s/LM_BITS(49, granule_shift), LM/LM_BITS(48, granule_shift), LM/|OA[49] is lost under LPA2
	desc|place|include/linmap/desc.h|s/LM_BITS(15, 12), 48 - 12/LM_BITS(11, 8), 48 - 8/|OA[51:48] is in the wrong bits
	desc|hint_only|include/linmap/desc.h|s/desc.v & ~LM_DESC_CONTIGUOUS/desc.v \& ~(LM_DESC_CONTIGUOUS << 1)/|another bit goes with the hint
	desc|same_validity|include/linmap/desc.h|s/(parent.v & ~drop)/& ^ LM_DESC_VALID/|an invalid leaf becomes a valid one
	format|shifts_descend|src/format.c|s/now.shift + index_bits);/now.shift + 9);/|every granule has 9 index bits
	format|run|src/format.c|s/{ 1, 1, 1, 32, 128 }/{ 1, 1, 1, 128, 32 }/|runs of 16K are on each other's level
	format|run|src/format.c|s/now.entries < now.run/false/|a run is longer than its table
	format|untouched|src/format.c|s/^.*if (lm_format_refusal(config))/fmt->start_level = 3; &/|a refused format is written to
	fill|counts_up|src/leaf.c|s/first.v = next\[0\]/first.v = next[1]/|the rest begins one too late
	fill|neighbours|src/leaf.c|s/entry < wide_end/entry < end/|a stride is filled for the rest
	span|refusal|src/walk.c|s/range.size > size - start/start + range.size > size/|a range wraps round
	span|indexes_add_up|src/core.h|s/(geometry->entries - 1)/(geometry->entries - 2)/|an index loses its lowest bit
	split-4K-2|type|include/linmap/desc.h|s/level == LM_LAST_LEVEL ? LM_DESC_TABLE_OR_PAGE : 0/0/|pages keep the type of a block
	split-4K-1|address|src/leaf.c|s/next += 2 \* step/next += step/|entries count up too slowly
	split-4K-2|address|src/leaf.c|s/, first.v + step }/, first.v }/|the second of each two is as the first
	split-64K-2|address|include/linmap/desc.h|s/(layout->in_place & (size - 1))/0/|nT of a block is an address bit of its pages
	split-4K-LPA2-2|attributes|src/leaf.c|s/&entry\[i\] = next/& \& ~LM_ATTR_GP/|GP is lost
	split-4K-2|hints|src/split.c|s/lm_goal_flattens(edit, leaf)/!&/|hints where pages are wanted
	split-4K-2|hints|src/region.c|s/ <= limit/ < limit/|a run as long as the limit gets no hint
	split-4K-2|harmless|src/split.c|s/leaf->desc.v & ~edit->change.clear/leaf->desc.v/|a table takes away what its leaves get
	split-4K-2|way|src/split.c|s/^\t *!lm_goal_changes_leaves(edit))$/true)/|pages that change are not visited
	split-64K-LPA-2|way|src/split.c|s/!lm_desc_is_contiguous(leaf->child)/true/|runs that have to go are not visited
	END
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$work/log
cases=0
failed=0
seconds=0

# Debian 12 has no CBMC. Debian 13's runs with its own libraries, which the programs it
# starts (gcc -E) must not see: so its loader gets their path, not the environment.
find_cbmc() {
	if command -v cbmc >/dev/null; then
		cbmc=cbmc
		return
	fi
	"$root/scripts/from-suite.sh" trixie "$fetched" \
		cbmc minisat libc6 libstdc++6 libgcc-s1 >&2
	for loader in "$fetched"/usr/lib/*/ld-linux-*.so.*; do
		cbmc="$loader --library-path ${loader%/*}:$fetched/usr/lib $fetched/usr/bin/cbmc"
	done
}

# options_of PROOF: for a compiler, in $options; for CBMC's loops, in $unwind.
options_of() {
	# shellcheck disable=SC2046 # the proof's row in words
	set -- "${1%%-*}" $(proofs | awk -v name="$1" '$1 == name { print $2, $3, $4, $5 }')
	options="-I . -I include -I arch/host -I $root"
	case $1 in
	split)
		options="$options -DGRANULE_SHIFT=$2 -DLPA2=$3 -DOA_BITS=$4 -DLEVEL=$5"
		unwind=300 # strides of a table, and more than enough
		;;
	fill) unwind=25 ;; # entries, and one
	*) unwind=6 ;;     # levels, or granules, and one
	esac
}

# prove TREE PROOF: CBMC's output about the sources in TREE goes to the log.
prove() {
	options_of "$2"
	# shellcheck disable=SC2086 # a command and a list of options
	(cd "$1" && $cbmc $options --unwind $unwind --unwinding-assertions \
		"$root/proofs/prove_${2%%-*}.c") >"$log" 2>&1 || true
}

# compile TREE PROOF: the same with a compiler. Functions that the proof does not reach
# are left out before the linker looks for what they call; CBMC's own need not exist.
compile() {
	options_of "$2"
	for what in bool u32 u64 format config; do
		options="$options -Wl,--defsym=nondet_$what=0"
	done
	# shellcheck disable=SC2086 # a list of options
	(cd "$1" && ${CC:-gcc} -w -Werror=implicit-function-declaration $options \
		-ffunction-sections -Wl,--gc-sections -no-pie \
		'-D__CPROVER_assume(c)=((void)(c))' '-D__CPROVER_assert(c, s)=((void)(c))' \
		-o "$work/program" "$root/proofs/prove_${2%%-*}.c" &&
		echo compiled) >"$log" 2>&1 || true
}

was_searched() {
	grep -q '^VERIFICATION ' "$log"
}

# Everything holds, and each case that must exist does.
is_proved() {
	was_searched && grep -q 'possible: .*: FAILURE$' "$log" &&
		! grep -q 'possible: .*: SUCCESS$' "$log" &&
		! grep ': FAILURE$' "$log" | grep -qv 'possible: '
}

is_compiled() {
	grep -qx compiled "$log"
}

is_found() {
	was_searched && grep -q " $property: FAILURE\$" "$log"
}

# A copy of the sources with one mistake; fails if the mistake does not fit anywhere.
build_in() {
	rm -rf "$work/tree"
	mkdir "$work/tree"
	cp -R "$root/src" "$root/include" "$root/arch" "$work/tree"
	sed -i "$2" "$work/tree/$1"
	! cmp -s "$root/$1" "$work/tree/$1"
}

# Processor time of everything started so far, as $seconds. Not by $(): a subshell would
# get its own.
read_seconds() {
	LC_ALL=C times >"$work/times"
	seconds=$(awk 'END { split($0, t, "[ms ]+"); print int((t[1] + t[3]) * 60 + t[2] + t[4]) }' \
		"$work/times")
}

report() {
	cases=$((cases + 1))
	read_seconds
	if "$1"; then
		echo "ok $cases - $2 ($((seconds - began)) s)"
	else
		echo "not ok $cases - $2 ($((seconds - began)) s)"
		if was_searched; then
			grep -E ': (FAILURE|SUCCESS)$' "$log" | awk '
				/possible: .*SUCCESS$/ || (/FAILURE$/ && !/possible: /)'
		else
			tail -n 20 "$log"
		fi | sed 's/^/# /'
		failed=$((failed + 1))
	fi
}

is_wanted() {
	[ -z "$only" ] || [ "$only" = "$1" ]
}

count_wanted() {
	{ proofs | awk '{ print $1 }'; mistakes | cut -d'|' -f1; } |
		awk -v only="$only" 'only == "" || only == $1' | wc -l
}

wanted=$(count_wanted)
[ "$wanted" -gt 0 ] || { echo "linmap: cbmc.sh: no proof '$only'" >&2; exit 2; }
if $proves; then
	find_cbmc
	run=prove good=is_proved found=is_found
else
	run=compile good=is_compiled found=is_compiled
fi
echo "1..$wanted"

while read -r name _ _ _ _ what; do
	is_wanted "$name" || continue
	began=$seconds
	$run "$root" "$name"
	$proves || what="compiles"
	report $good "$name: $what"
done <<END
$(proofs)
END

while IFS='|' read -r name property file mistake why; do
	is_wanted "$name" || continue
	began=$seconds
	if build_in "$file" "$mistake"; then
		$run "$work/tree" "$name"
	else
		echo "$file has nothing to build this mistake into: $mistake" >"$log"
	fi
	what="'$property' is broken if $why"
	$proves || what="still to be built in: $why"
	report $found "$name: $what"
done <<END
$(mistakes)
END

echo "# $((cases - failed)) of $cases as expected, $seconds s of processor time"
[ "$failed" -eq 0 ]
