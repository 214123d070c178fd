#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: arm64-static.sh DIRECTORY
# Builds the command for arm64 in DIRECTORY, static: one file for a machine that has none
# of our packages. jansson and libfdt are Debian's for arm64, unpacked into DIRECTORY; there
# is no libkdumpfile, so compressed dumps are read elsewhere.
set -eu

[ $# -eq 1 ] || { echo "usage: arm64-static.sh DIRECTORY" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cross=${CROSS_COMPILE:-aarch64-linux-gnu-}
# shellcheck source=/dev/null # of this machine's Debian
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")

"$root/scripts/from-suite.sh" "$suite" "$dir/packages" libjansson-dev:arm64 libfdt-dev:arm64
# Links to shared libraries that are in other packages.
rm -f "$dir"/packages/usr/lib/aarch64-linux-gnu/*.so
libraries=$dir/packages/usr/lib/aarch64-linux-gnu
headers=$dir/packages/usr/include

cat >"$dir/arm64.ini" <<-END
	[binaries]
	c = '${cross}gcc'
	ar = '${cross}ar'
	strip = '${cross}strip'
	pkgconfig = 'pkg-config'
	[built-in options]
	c_args = ['-I$headers']
	c_link_args = ['-static', '-L$libraries']
	[properties]
	sys_root = '$dir/packages'
	pkg_config_libdir = '$libraries/pkgconfig'
	[host_machine]
	system = 'linux'
	cpu_family = 'aarch64'
	cpu = 'aarch64'
	endian = 'little'
END
[ -f "$dir/build/build.ninja" ] ||
	meson setup "$dir/build" "$root" --cross-file "$dir/arm64.ini" --buildtype debugoptimized \
		-Dtests=disabled -Dkdumpfile=disabled
ninja -C "$dir/build" linmap
"${cross}strip" -o "$dir/linmap" "$dir/build/linmap"
ls -l "$dir/linmap"
