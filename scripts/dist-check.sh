#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: dist-check.sh DIRECTORY
# Tests what dist.sh wrote as a user would, in a temporary directory: checksums,
# build from the tarball, install, compile an example against that by pkg-config and, if
# it is installed, by CMake; and compile the two files.
set -eu

[ $# -eq 1 ] || { echo "usage: dist-check.sh DIRECTORY" >&2; exit 2; }
dir=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# try WHAT COMMAND...
try() {
	what=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "ok: $what"
	else
		tail -n 40 "$work/log"
		echo "FAILED: $what"
		exit 1
	fi
}

try "checksums" sh -c "cd '$dir' && sha256sum -c SHA256SUMS"
cd "$work"
for tarball in "$dir"/*.tar.gz; do
	tar -xzf "$tarball"
done
two=$(echo linmap-*-amalgamation)
source=${two%-amalgamation}

try "the tarball configures" meson setup build "$source" -Dtests=disabled --prefix=/usr
try "it builds" ninja -C build
export DESTDIR="$work/root"
try "it installs" meson install -C build --no-rebuild
unset DESTDIR

PKG_CONFIG_PATH=$(dirname "$(find "$work/root" -name linmap.pc)")
PKG_CONFIG_SYSROOT_DIR=$work/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2046 # lists of options
try "an example compiles against it" cc -std=c11 -o rtos "$source/examples/rtos.c" \
	$(pkg-config --cflags --libs linmap)
try "and prints what it has to" "$source/examples/expect.sh" ./rtos "$source/examples/rtos.txt"
if command -v cmake >/dev/null; then
	try "CMake configures it" cmake -S "$source/examples/cmake" -B cmake
	try "and builds it" cmake --build cmake
	try "which prints the same" "$source/examples/expect.sh" cmake/rtos \
		"$source/examples/rtos.txt"
else
	echo "not tested: CMake, which is not installed"
fi
try "the installed command runs" "$work/root/usr/bin/linmap" version
try "the two files compile" cc -std=c11 -c "$two/linmap.c" -o linmap.o
