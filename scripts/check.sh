#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Everything that must pass, each step under a title. Continues after a
# failure, so that one run shows all. The last line is "N passed, N failed":
# every test case of every test program in every build, every proof, and each
# other step as one. Exits with 1 if anything failed.
set -eu

cd "$(dirname "$0")/.."
exec 2>&1 # what a step complains about stays under its title

passed=0
failed=0

title() {
	printf '\n== %s\n' "$1"
}

# count PASSED FAILED
count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
}

# step TITLE COMMAND...: a step that counts as one.
step() {
	title "$1"
	shift
	if "$@"; then
		count 1 0
	else
		echo "FAILED: $*"
		count 0 1
		return 1
	fi
}

# Prints nothing unless the command fails.
quietly() {
	log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 || { tail -n 60 "$log"; return 1; }
}

configure() {
	dir=$1
	cc=$2
	shift 2
	# An older directory may have been made before cmocka was installed.
	if [ -f "$dir/build.ninja" ]; then
		meson configure "$dir" -Dtests=enabled -Dwerror=true "$@"
	else
		CC=$cc meson setup "$dir" --werror -Dtests=enabled "$@"
	fi
}

build() {
	quietly "$1/check-configure.log" configure "$@" &&
		quietly "$1/check-build.log" ninja -C "$1"
}

under= # what the tests are run under, if anything

# Runs the tests of a build directory and counts their cases.
run_tests() {
	dir=$1
	shift
	results=$dir/meson-logs/testlog.json
	rm -f "$results"
	status=0
	# shellcheck disable=SC2086 # a command and its options, or nothing
	$under meson test -C "$dir" --no-rebuild --print-errorlogs "$@" || status=$?
	# shellcheck disable=SC2046 # two numbers
	set -- $(python3 scripts/count-tests.py "$results")
	if [ "$1" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; }; then
		echo "FAILED: meson test -C $dir (exit $status, $1 cases passed)"
		set -- "$1" $(($2 + 1))
	fi
	echo "$dir: $1 cases passed, $2 failed"
	count "$1" "$2"
}

# suite WHAT DIRECTORY COMPILER OPTION...
suite() {
	what=$1
	shift
	if step "build: $what" build "$@"; then
		title "tests: $what"
		case $what in
		*sanitizers*)
			# Freed pools of tables in a large quarantine cost more time than the checks.
			under='env ASAN_OPTIONS=abort_on_error=1:quarantine_size_mb=16'
			run_tests "$1" --timeout-multiplier 5
			under=
			;;
		*) run_tests "$1" ;;
		esac
	fi
}

build_racing() {
	quietly "$1/check-configure.log" configure "$@" &&
		quietly "$1/check-build.log" ninja -C "$1" tests/test_park tests/test_roll \
			tests/test_threads tests/test_roll_threads
}

# Parking and rolling, and walks during edits: nothing else has threads. The sanitizer cannot
# place its shadow where addresses are random in too many bits.
test_racing() {
	if setarch -R true 2>/dev/null; then
		under='setarch -R'
	fi
	run_tests build-tsan --timeout-multiplier 5 park roll threads roll_threads
	under=
}

# tap TITLE COMMAND: each case that the command reports counts as one.
tap() {
	title "$1"
	log=$(mktemp)
	status=0
	"$2" >"$log" || status=$?
	cat "$log"
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	rm -f "$log"
	if [ "$good" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
		echo "FAILED: $2 (exit $status)"
		bad=$((bad + 1))
	fi
	count "$good" "$bad"
}

check_format() {
	scripts/files.sh '*.c' '*.h' | xargs -r clang-format --dry-run -Werror
}

check_man() {
	mandoc -T lint -W warning man/*.1
}

analyze() {
	scripts/deps.sh analyze && scripts/analyze.sh
}

# Every source, script and page has its licence near its top. Data has none.
check_spdx() {
	scripts/files.sh '*.[chS]' '*.lds' '*.sh' '*.py' '*.gp' '*.md' '*.[1-9]' '*.dts' '*.cocci' \
		'*.pml' '*.yml' '*meson.build' '*meson_options.txt' '*Makefile' '*CMakeLists.txt' .ci/run \
		.clang-format .clang-tidy .editorconfig .gitignore .gitattributes LICENSE |
		{
			bad=0
			while read -r file; do
				head -n 5 "$file" | grep -q 'SPDX-License-Identifier: ' && continue
				echo "$file: no SPDX-License-Identifier in its first five lines"
				bad=1
			done
			[ "$bad" -eq 0 ]
		}
}

suite "gcc" build gcc || true
suite "clang, address and UB sanitizers" build-clang clang \
	-Db_sanitize=address,undefined -Db_lundef=false || true
if step "build: what races, thread sanitizer" build_racing build-tsan clang \
	-Db_sanitize=thread -Db_lundef=false; then
	title "tests: what races, thread sanitizer"
	test_racing
fi
export LINMAP=build/linmap
tap "known faults of the protocol, and what the model finds" tests/scripts/faults.sh
tap "proofs: how CPUs are parked and rolled" proofs/spin.sh
proofs_fit() {
	proofs/cbmc.sh --fit
}
tap "proofs with CBMC: that they and their mistakes fit the sources" proofs_fit
tap "fuzzing: ${FUZZ_SECONDS:-20} seconds for each target" fuzz/run.sh
virt_short() {
	tests/scripts/virt.sh short
}
tap "bare metal: the kernel of ports/virt in QEMU, in short" virt_short
circles() {
	scripts/rooms.py && scripts/circles.py build/src/liblinmap.a.p/*.o &&
		scripts/circles.py build/sim/liblinmap_sim.a.p/*.o &&
		scripts/circles.py build/linmap.p/cli_*.o &&
		scripts/circles.py build/bench/linmap-bench.p/*.o &&
		scripts/circles.py build-virt/port/*.o build-virt/port/scenes/*.o
}
step "rooms: cli/ in order, no circles of files in a folder" circles || true
tap "two files: the library as make amalgamation gives it" scripts/amalgamate-check.sh
step "layout (make format mends it)" check_format || true
step "freestanding: symbols, data, size, stack" tests/scripts/freestanding.sh || true
step "the library alone: for arm64, and as a subproject" tests/scripts/cross.sh || true
step "Linux: the core with the headers that it has there" tests/scripts/linux_core.sh || true
if [ -d man ]; then
	step "man pages" check_man || true
fi
step "docs/seed.md names what exists" scripts/seed-names.sh || true
try_dist() {
	if [ -e .git ]; then
		scripts/dist.sh build/dist && scripts/dist-check.sh build/dist
	fi
}
step "a release: tarball, installing from it, examples against that" try_dist || true
step "commit subjects" scripts/commits.sh || true
step "licence lines" check_spdx || true
step "static analysis: clang-tidy, cppcheck" analyze || true

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
