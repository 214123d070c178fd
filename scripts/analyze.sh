#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# clang-tidy (.clang-tidy says which checks) and cppcheck over every C file of the build,
# and over ports/virt, which a host does not build. Exits with 1 if either reports
# anything.
set -eu

cd "$(dirname "$0")/.."

dir=build-analyze
[ -f $dir/build.ninja ] || CC=clang meson setup $dir -Dfuzz=true -Dtests=enabled >/dev/null
meson configure $dir -Dfuzz=true -Dtests=enabled
ninja -C $dir examples/linmap/sim.h cli/page.h >/dev/null

# A file that is built into many programs is checked once.
mkdir -p $dir/once
python3 - $dir/compile_commands.json >$dir/once/compile_commands.json <<'END'
import json
import sys

with open(sys.argv[1], encoding='utf-8') as commands:
    once = {command['file']: command for command in json.load(commands)}
json.dump(list(once.values()), sys.stdout)
END

status=0
echo "== clang-tidy"
run-clang-tidy -quiet -p $dir/once >$dir/clang-tidy.log 2>/dev/null || {
	grep -v '^clang-tidy-\|^$' $dir/clang-tidy.log
	status=1
}
echo "== clang-tidy, bare metal"
virt=$PWD/build-virt
make -s -C ports/virt O="$virt" "$virt/libfdt/libfdt.a"
(
	cd ports/virt
	printf '%s\n' *.c scenes/*.c | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- \
		--target=aarch64-linux-gnu -std=gnu11 -ffreestanding -mgeneral-regs-only \
		-nostdinc -isystem "$(clang -print-resource-dir)/include" \
		-I. -I../../include -I../../arch/arm64 -isystem "$virt/libfdt" 2>/dev/null
) || status=1
echo "== cppcheck"
# Never one job: a single job also follows pointers from file to file, and takes each
# pointer that a function fills for one that it reads.
check() {
	cppcheck -j "$(($(nproc) + 1))" --quiet --library=scripts/cppcheck.cfg \
		--enable=warning,portability,performance --suppress='*:*cmocka.h' \
		--error-exitcode=1 "$@"
}
check --project=$dir/once/compile_commands.json || status=1
check -Iports/virt -Iinclude -Iarch/arm64 ports/virt || status=1
exit $status
