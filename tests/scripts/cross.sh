#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: cross.sh
# Installs the library alone, built for arm64, and builds it as a subproject: it has
# arm64's TLB maintenance, linmap.pc says so, and neither needs anything but a compiler.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "FAILED: $*"
	exit 1
}

cat >"$work/arm64.ini" <<-'END'
	[binaries]
	c = 'aarch64-linux-gnu-gcc'
	ar = 'aarch64-linux-gnu-ar'
	[host_machine]
	system = 'none'
	cpu_family = 'aarch64'
	cpu = 'aarch64'
	endian = 'little'
END

# quietly COMMAND...
quietly() {
	"$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "$*"; }
}

quietly meson setup "$work/build" "$root" --cross-file "$work/arm64.ini" --prefix /usr \
	--libdir lib -Dlibrary_only=true
quietly env DESTDIR="$work/root" meson install -C "$work/build"
aarch64-linux-gnu-objdump -d "$work/root/usr/lib/liblinmap.a" | grep -q 'tlbi.vmalle1is' ||
	fail "the installed library has no TLBI"
grep -q '^Description:.*arm64 instructions' "$work/root/usr/lib/pkgconfig/linmap.pc" ||
	fail "linmap.pc does not say that the library is arm64's"

mkdir -p "$work/user/subprojects"
ln -s "$root" "$work/user/subprojects/linmap"
cat >"$work/user/meson.build" <<-'END'
	project('user', 'c')
	linmap = subproject('linmap')
	executable('user', 'user.c', dependencies: linmap.get_variable('linmap_library_dep'))
END
cat >"$work/user/user.c" <<-'END'
	#include <linmap/linmap.h>

	int main(void)
	{
		return lm_version()[0] == 0;
	}
END
quietly meson setup "$work/user/build" "$work/user"
quietly ninja -C "$work/user/build"
quietly "$work/user/build/user"
echo "installed for arm64, and built as a subproject"
