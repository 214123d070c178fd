#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: initrd.sh DIRECTORY INITRD [FILE...]
# Makes INITRD, the file system of the machine that is booted: the busybox that fetch.sh
# put into DIRECTORY, init, programs for it to run, and in /files kernel modules for it
# to load, or what else it is to have.
set -eu

[ $# -ge 2 ] || { echo "usage: initrd.sh DIRECTORY INITRD [FILE...]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
initrd=$2
shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/files"
cp "$dir/busybox" "$root/bin/"
for file; do
	cp "$file" "$root/files/"
done
for applet in sh mount cat grep tr dd rm sleep insmod rmmod poweroff head sed wc; do
	ln -s busybox "$root/bin/$applet"
done
cp "$here/init" "$root/init"
for program in secretmem kexec bpf; do
	"${CROSS_COMPILE:-aarch64-linux-gnu-}gcc" -Os -Wall -ffreestanding -nostdlib -static \
		-fno-stack-protector -o "$root/bin/$program" "$here/$program.c"
done
(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0) | gzip -1 >"$initrd"
