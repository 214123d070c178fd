#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: measure.sh DIRECTORY [BOOT-PATTERN]
# Boots kernels without debugging, stock-plain-4k and port-plain-4k in DIRECTORY, from 1 to
# 16 GiB, and counts instructions (check/stop_plugin.c and check/cost_plugin.c say which).
# Then measure_stop.sh and measure_large.sh write what was counted into docs/measured/.
# With a pattern only boots of such a name are made, such as large-8: the rest must be
# there from before.
set -eu

[ $# -ge 1 ] || { echo "usage: measure.sh DIRECTORY [BOOT-PATTERN]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "$1" && pwd)
pattern=${2:-.}
out=$dir/measure
mkdir -p "$out"
export PLUGIN="$out/stop_plugin.so" COST_PLUGIN="$out/cost_plugin.so"
export CPUS=2 SECONDS_MAX=1800

for plugin in "$PLUGIN" "$COST_PLUGIN"; do
	name=${plugin##*/}
	cc -O2 -shared -fPIC -fvisibility=hidden -o "$plugin" "$here/check/${name%.so}.c"
done
for kernel in stock-plain-4k port-plain-4k; do
	"$here/check/initrd.sh" "$dir" "$out/$kernel.gz" "$dir/$kernel/lib/test_hexdump.ko" \
		"$dir/$kernel/lib/test_vmalloc.ko"
done

# boot NAME KERNEL GIB ARGUMENT...: leaves a log, counts and costs
boot() {
	name=$1
	kernel=$2
	export MEMORY="${3}G" COUNTS="$out/$1.counts" COSTS="$out/$1.costs"
	shift 3
	echo "$name" | grep -qE "$pattern" || return 0
	rm -f "$COUNTS" "$COSTS"
	"$here/check/boot.sh" "$dir/$kernel" "$out/$kernel.gz" secretmem.enable=1 "$@" \
		>"$out/$name.log" 2>&1 </dev/null || true
	if ! grep -q '^linmap: end of check' "$out/$name.log" || [ ! -s "$COSTS" ]; then
		echo "linmap: measure.sh: $out/$name.log: the boot did not end" >&2
		exit 1
	fi
	# A few are made by the kernel for new processes; more are masks that were lost.
	if ! awk '$1 == "unknown" { exit $2 > 100 }' "$COSTS"; then
		echo "linmap: measure.sh: $COSTS: the plugin has lost track of masks" >&2
		exit 1
	fi
}

# On a plain machine CPUs are below level 3; on a mixed one the boot CPU is level 3, so that
# stock Linux splits; on a tolerant one all are. Cortex-A75s get KPTI, and are below level 3.
plain() { BOOT=0 MODEL=cortex-a72 boot "$@"; }
mixed() { boot "$@"; }
tolerant() { BOOT=0x410fd823 OTHERS=0x410fd823 boot "$@"; }
kpti() { BOOT=0x410fd0a0 OTHERS=0x410fd0a0 MODEL=cortex-a72 boot "$@"; }
later=linmap_check=memory,costs

for gib in 1 2 4 8 16; do
	mixed "stock-$gib" stock-plain-4k "$gib"
	for way in in-place live switch; do
		mixed "$way-$gib" port-plain-4k "$gib" linmap_map=stock linmap=$way
	done
	mixed "trust-$gib" port-plain-4k "$gib" linmap_map=stock linmap=switch linmap_fault=trust
	plain "large-$gib" port-plain-4k "$gib" linmap_map=large $later
	plain "pages-$gib" port-plain-4k "$gib" linmap_map=stock $later
done
for gib in 1 8; do
	kpti "kpti-stock-$gib" stock-plain-4k "$gib"
	kpti "kpti-large-$gib" port-plain-4k "$gib" linmap_map=large
done
tolerant stock-tolerant stock-plain-4k 4 $later
tolerant large-tolerant port-plain-4k 4 linmap_map=large $later

"$here/measure_stop.sh" "$dir"
"$here/measure_large.sh" "$dir"
