#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: build.sh DIRECTORY KERNEL...
# Builds kernels to check the port with, each in DIRECTORY/KERNEL, from the source that
# fetch.sh put there. A kernel's name says what it is: stock or port, debug or plain,
# and the geometry of its tables: port-debug-4k. Rebuilds only what has changed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cross=${CROSS_COMPILE:-aarch64-linux-gnu-}

die() {
	echo "linmap: build.sh: $*" >&2
	exit 1
}

[ $# -ge 2 ] || { echo "usage: build.sh DIRECTORY KERNEL..." >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift

kernel_make() {
	tree=$1
	name=$2
	shift 2
	make -s -C "$dir/$tree" O="$dir/$name" ARCH=arm64 CROSS_COMPILE="$cross" "$@"
}

# The tree with the port is a copy, even if source is a link to another tree, which stays
# unchanged.
prepare_tree() {
	case $1 in
	source) ;;
	tree)
		if [ ! -d "$dir/tree" ]; then
			rm -rf "$dir/tree.part"
			cp -r "$dir/source/." "$dir/tree.part"
			mv "$dir/tree.part" "$dir/tree"
		fi
		"$here/apply" "$dir/tree" >/dev/null
		;;
	esac
}

# tree_of KERNEL, fragments_of KERNEL
tree_of() {
	case $1 in
	stock-*) echo source ;;
	port-*) echo tree ;;
	*) die "$1: not stock-... or port-..." ;;
	esac
}

fragments_of() {
	geometry=${1##*-}
	[ -f "$here/check/geometry/$geometry.config" ] || die "$1: no geometry $geometry"
	echo "$here/check/plain.config" "$here/check/geometry/$geometry.config"
	case $1 in
	*-debug-*) echo "$here/check/debug.config" ;;
	*-plain-*) echo "$here/check/measure.config" ;;
	esac
	case $1 in port-*) echo "$here/check/port.config" ;; esac
	case $1 in
	port-debug-*) echo "$here/check/tests.config" ;;
	port-plain-*) echo "$here/check/measure_port.config" ;;
	esac
}

# Only one kernel has no modules to load.
targets_of() {
	case $1 in
	stock-debug-*) echo Image ;;
	*) echo Image modules ;;
	esac
}

# Every option of a fragment must be set: Kconfig drops some silently.
configure() {
	wanted=$dir/$2/wanted.config
	# shellcheck disable=SC2046 # file names
	cat $(fragments_of "$2") >"$wanted.now"
	cmp -s "$wanted.now" "$wanted" && [ -f "$dir/$2/.config" ] && return 0
	kernel_make "$1" "$2" KCONFIG_ALLCONFIG="$wanted.now" allnoconfig >/dev/null
	grep '^CONFIG_' "$wanted.now" | while read -r option; do
		grep -qxF "$option" "$dir/$2/.config" || die "$2: $option could not be set (Kconfig dropped it)"
	done
	mv "$wanted.now" "$wanted"
}

for kernel; do
	tree=$(tree_of "$kernel")
	prepare_tree "$tree"
	mkdir -p "$dir/$kernel"
	configure "$tree" "$kernel"
	echo "linmap: building $kernel"
	# shellcheck disable=SC2046 # targets
	kernel_make "$tree" "$kernel" -j"$(nproc)" $(targets_of "$kernel") >"$dir/$kernel/build.log" 2>&1 ||
		{ tail -n 30 "$dir/$kernel/build.log" >&2; die "$kernel does not build"; }
done
