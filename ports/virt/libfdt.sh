#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: libfdt.sh DIRECTORY
# Downloads Debian's libfdt for arm64 and unpacks libfdt.a and its headers into
# DIRECTORY. Uses the host's apt with separate package lists: installs nothing, and adds
# no architecture to the host. Does nothing if libfdt.a is there.
set -eu

dir=$1
[ ! -f "$dir/libfdt.a" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "linmap: apt-get not found; please put arm64's libfdt.a, fdt.h and libfdt.h" >&2
	echo "into $dir" >&2
	exit 1
fi

apt=$dir/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
apt=$(cd "$apt" && pwd)

get() {
	apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" \
		-o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

echo "linmap: fetching Debian's libfdt-dev for arm64 (10 MB of package lists)"
get update
(cd "$apt" && get download libfdt-dev)
dpkg-deb -x "$apt"/libfdt-dev_*_arm64.deb "$apt/root"
mv "$apt"/root/usr/include/fdt.h "$apt"/root/usr/include/libfdt.h \
	"$apt"/root/usr/lib/aarch64-linux-gnu/libfdt.a "$dir"
rm -rf "$apt"
