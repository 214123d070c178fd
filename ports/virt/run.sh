#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: run.sh [option...] [boot argument...]
# Starts QEMU with the kernel; its serial port is standard output.
#
#	-i IMAGE	the image (build-virt/linmap.bin)
#	-c CPU		as QEMU names it (max)
#	-n CPUS		how many (4)
#	-m MEMORY	how much, with its unit (2G)
#	-e		start at EL2
#	-k		count instructions (-icount shift=0): for "measure"; slow for all else
#	-t SECONDS	time limit (120)
#	-g FILE		where QEMU's guest_errors go
#
# Exits with 0 if all checks were good, 1 if not, 2 if the machine does not support what
# was asked for, 3 if a parked CPU took an exception, 124 at the time limit.
set -eu

image=$(dirname "$0")/../../build-virt/linmap.bin
cpu=max
cpus=4
memory=2G
machine=virt,gic-version=3
seconds=120
options=

while getopts i:c:n:m:ekt:g: option; do
	case $option in
	i) image=$OPTARG ;;
	c) cpu=$OPTARG ;;
	n) cpus=$OPTARG ;;
	m) memory=$OPTARG ;;
	e) machine=$machine,virtualization=on ;;
	k) options="$options -icount shift=0" ;;
	t) seconds=$OPTARG ;;
	g) options="$options -d guest_errors -D $OPTARG" ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# Pointer authentication is not used, and slow to emulate by default.
[ "$cpu" != max ] || cpu=max,pauth-impdef=on

status=0
# shellcheck disable=SC2086 # a list of options
timeout "$seconds" qemu-system-aarch64 -M "$machine" -cpu "$cpu" -smp "$cpus" \
	-m "$memory" -nic none -nodefaults -display none -serial stdio \
	-semihosting-config enable=on,target=native $options \
	-kernel "$image" -append "$*" </dev/null || status=$?
[ "$status" -ne 124 ] ||
	echo "linmap: no end after $seconds seconds; it hangs where the last lines say"
exit "$status"
