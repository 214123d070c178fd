#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The first process of a guest of dumps.py: runs the command on the guest's own memory, with
# marks around what it prints, and waits.
busybox=/bin/busybox
$busybox mkdir -p /proc /sys /dev
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sys /sys
$busybox mount -t devtmpfs dev /dev
$busybox mount -t debugfs debug /sys/kernel/debug 2>/dev/null
[ ! -e /qemu_fw_cfg.ko ] || $busybox insmod /qemu_fw_cfg.ko

# part NAME COMMAND...
part() {
	echo "<<< $1"
	shift
	"$@"
	echo ">>> $?"
}

part census /linmap census /proc/kcore --json
part check /linmap check /proc/kcore --json
part plan /linmap plan /proc/kcore --json
part meminfo /linmap census /proc/kcore --meminfo
part picture /linmap draw /proc/kcore -o /picture.svg
text=/sys/kernel/debug/kernel_page_tables
[ ! -e $text ] || part text $busybox cat $text
# The last census is of a machine that does nothing else any more.
part last /linmap census /proc/kcore --json
echo READY
exec $busybox sh
