#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: fetch.sh DIRECTORY
# Fetches what the port is checked with into DIRECTORY: the kernel source, source/,
# which is Debian's linux-source package of $LINUX (default 7.3) from $SUITE (default
# trixie-backports), and the arm64 busybox of that release for the machine that boots
# it. Does not fetch what is there already, which may come from elsewhere.
set -eu

[ $# -eq 1 ] || { echo "usage: fetch.sh DIRECTORY" >&2; exit 2; }
from_suite=$(cd "$(dirname "$0")/../../scripts" && pwd)/from-suite.sh
linux=${LINUX:-7.3}
suite=${SUITE:-trixie-backports}
mkdir -p "$1"
dir=$(cd "$1" && pwd)
fetched=$dir/fetched

# fetch SUITE PACKAGE; drops what an interrupted run left
fetch() {
	rm -rf "$fetched"
	"$from_suite" "$1" "$fetched" "$2"
}

if [ ! -e "$dir/busybox" ]; then
	fetch "${suite%-backports}" busybox-static:arm64
	mv "$fetched/usr/bin/busybox" "$dir/busybox"
fi
if [ ! -e "$dir/source/Makefile" ]; then
	fetch "$suite" "linux-source-$linux"
	mkdir "$fetched/source"
	tar -x --strip-components=1 -C "$fetched/source" \
		-f "$fetched/usr/src/linux-source-$linux.tar.xz"
	mv "$fetched/source" "$dir/source"
	echo "linmap: $dir/source is Linux $(make -s -C "$dir/source" kernelversion)"
fi
rm -rf "$fetched"
