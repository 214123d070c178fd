#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: initrd.sh DIRECTORY
# Makes DIRECTORY/initrd.gz, the file system of the machine that is booted: the busybox
# that fetch.sh got, and init.
set -eu

[ $# -eq 1 ] || { echo "usage: initrd.sh DIRECTORY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "$1" && pwd)
root=$dir/root

rm -rf "$root"
mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
cp "$dir/busybox" "$root/bin/"
for applet in sh mount cat grep tr dd sort rm poweroff; do
	ln -s busybox "$root/bin/$applet"
done
cp "$here/init" "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0) | gzip -1 >"$dir/initrd.gz"
rm -rf "$root"
