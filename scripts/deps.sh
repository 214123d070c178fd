#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: deps.sh build|test|check|virt|linux|measure|analyze|coverage|bench|arm64|dumps
# Installs what a set of targets needs. Installs only what is missing, and says so
# first; if nothing is missing it is silent and needs no network.
set -eu

# set, Debian package, probe, why. The probe detects it even if it did not come from that
# package: a command, or a <header.h>.
packages() {
	cat <<-'END'
	build     gcc                       gcc                     the compiler
	build     libc6-dev                 <stdio.h>               headers for the command and the model
	build     meson                     meson                   describes the build
	build     ninja-build               ninja                   runs the build
	build     pkg-config                pkg-config              finds jansson and cmocka
	build     libfdt-dev                <libfdt.h>              reads device tree blobs
	build     libjansson-dev            <jansson.h>             writes --json
	build     libkdumpfile-dev          <libkdumpfile/kdumpfile.h> reads compressed dumps
	test      libcmocka-dev             <cmocka.h>              runs the unit tests
	test      python3                   python3                 counts test results, adds up stacks
	check     clang                     clang                   the second compiler
	check     libclang-rt-14-dev        -                       clang's address, UB and thread sanitizers
	check     g++                       g++                     includes the headers, as does clang++
	check     clang-format              clang-format            the layout check
	check     gcc-aarch64-linux-gnu     aarch64-linux-gnu-gcc   builds the core for arm64
	check     binutils-aarch64-linux-gnu aarch64-linux-gnu-ld   links and measures it
	check     device-tree-compiler      dtc                     makes blobs for the tests
	check     spin                      spin                    proves parking and rolling
	check     mandoc                    mandoc                  checks the man page
	virt      gcc-aarch64-linux-gnu     aarch64-linux-gnu-gcc   builds the kernel of ports/virt
	virt      binutils-aarch64-linux-gnu aarch64-linux-gnu-ld   links it
	virt      qemu-system-arm           qemu-system-aarch64     runs it
	measure   gnuplot-nox               gnuplot                 draws how long its stop is
	linux     gcc                       gcc                     builds the kernel's own tools, and a plugin of QEMU
	linux     gcc-aarch64-linux-gnu     aarch64-linux-gnu-gcc   builds Linux
	linux     binutils-aarch64-linux-gnu aarch64-linux-gnu-ld   links it
	linux     make                      make                    runs its build
	linux     flex                      flex                    its build wants it
	linux     bison                     bison                   its build wants it
	linux     bc                        bc                      its build wants it
	linux     libssl-dev                <openssl/ssl.h>         its build wants it
	linux     libelf-dev                <libelf.h>              its build wants it
	linux     cpio                      cpio                    packs the file system to boot
	linux     xz-utils                  xz                      unpacks its source
	linux     patch                     patch                   takes the port out of a tree again
	linux     coccinelle                spatch                  rewires the kernel's call sites
	linux     device-tree-compiler      dtc                     adds idle states to QEMU's machine
	linux     qemu-system-arm           qemu-system-aarch64     runs it
	linux     python3                   python3                 compares what it printed
	analyze   clang-tidy                clang-tidy              static analysis
	analyze   cppcheck                  cppcheck                static analysis, another opinion
	coverage  gcovr                     gcovr                   reports covered lines
	arm64     gcc-aarch64-linux-gnu     aarch64-linux-gnu-gcc   builds the command for arm64
	arm64     binutils-aarch64-linux-gnu aarch64-linux-gnu-ld   links it
	arm64     libc6-dev-arm64-cross     -                       a static libc for it
	arm64     qemu-user                 qemu-aarch64            runs it
	arm64     python3                   python3                 tests it
	dumps     qemu-system-arm           qemu-system-aarch64     boots kernels and dumps them
	dumps     chromium                  chromium                looks at the page of linmap draw --html
	bench     valgrind                  valgrind                counts the instructions of a plan
	bench     gnuplot-nox               gnuplot                 draws the charts
	bench     python3                   python3                 hands the numbers to gnuplot
	END
}

usage() {
	echo "usage: deps.sh build|test|check|virt|linux|measure|analyze|coverage|bench|arm64|dumps" >&2
	exit 2
}

# The sets that a set is made of.
sets_of() {
	case $1 in
	build) echo build ;;
	test) echo build test ;;
	check) echo build test check virt ;;
	virt) echo virt ;;
	linux) echo linux ;;
	measure) echo virt measure ;;
	analyze) echo build test check analyze ;;
	coverage) echo build test check coverage ;;
	bench) echo build bench ;;
	arm64) echo build arm64 ;;
	dumps) echo build arm64 dumps ;;
	*) usage ;;
	esac
}

probe() {
	case $1 in
	-) return 1 ;;
	\<*\>) echo "#include $1" | preprocess ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# cmocka.h needs these three before it.
preprocess() {
	cc -E -include stdarg.h -include stddef.h -include setjmp.h -x c -
}

installed_packages() {
	command -v dpkg-query >/dev/null || return 0
	# shellcheck disable=SC2046 # a list of words
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
		$(packages | awk '{ print $2 }') 2>/dev/null | awk '$1 == "installed" { print $2 }'
}

is_in() {
	case " $2 " in *" $1 "*) true ;; *) false ;; esac
}

# Rows of the table that are needed and missing.
missing_rows() {
	wanted=$(sets_of "$1")
	installed=$(installed_packages | tr '\n' ' ')
	packages | while read -r set package probe why; do
		is_in "$set" "$wanted" || continue
		is_in "$package" "$installed" && continue
		probe "$probe" && continue
		echo "$package $why"
	done
}

root_command() {
	if [ "$(id -u)" -eq 0 ]; then
		echo env
	elif ! command -v sudo >/dev/null; then
		return 1
	elif sudo -n true 2>/dev/null; then
		echo sudo -n
	elif [ -t 0 ]; then
		echo sudo
	else
		return 1
	fi
}

say_what_is_needed() {
	echo "linmap: this machine has no apt-get; please install what these Debian packages hold:"
	echo "$1" | while read -r package why; do
		printf '  %-28s %s\n' "$package" "$why"
	done
} >&2

say_what_to_run() {
	echo "linmap: these packages are missing, and installing them takes root; please run:"
	echo "  apt-get install --no-install-recommends $1"
} >&2

install_packages() {
	root=$(root_command) || { say_what_to_run "$1"; exit 1; }
	echo "linmap: installing with apt-get: $1"
	# shellcheck disable=SC2086 # lists of words
	{
		$root apt-get update -qq || echo "linmap: apt-get update failed; trying without" >&2
		$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends -o DPkg::Lock::Timeout=300 $1
	} || { say_what_to_run "$1"; exit 1; }
}

[ $# -eq 1 ] || usage
sets_of "$1" >/dev/null
rows=$(missing_rows "$1")
[ -n "$rows" ] || exit 0

if command -v apt-get >/dev/null; then
	install_packages "$(echo "$rows" | awk '{ printf "%s%s", sep, $1; sep = " " }')"
else
	# Packages without a probe are not checked; the build will fail without them.
	rows=$(echo "$rows" | grep -v '^libclang-rt-' || true)
	[ -n "$rows" ] || exit 0
	say_what_is_needed "$rows"
	exit 1
fi
