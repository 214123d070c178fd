#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: boot.sh KERNEL-BUILD-DIRECTORY INITRD [kernel argument...]
# Boots a kernel in QEMU on CPUs of different kinds and prints its console. The
# environment describes the machine:
#   CPUS      how many (4)
#   MEMORY    as QEMU has it (1G)
#   MODEL     QEMU's CPU (cortex-a76)
#   BOOT      MIDR_EL1 of the boot CPU (0x410fd823, Cortex-X4: tolerant, say Linux 7.2 and 7.3)
#   OTHERS    MIDR_EL1 of the others (0: the model's own, not tolerant)
#   GIC       the version of its interrupt controller (QEMU's choice)
#   IDLE      if not empty, it has the idle states of idle.dts; not with a GICv3, which Linux
#             turns off before a CPU sleeps, so that nothing would wake it here
#   COUNTS    a file for the counts of stop_plugin.c; without it nothing is counted
#   PLUGIN    the built plugin
#   COSTS     a file for the counts of cost_plugin.c, which takes one CPU at a time; or none
#   COST_PLUGIN  that plugin
#   SECONDS_MAX  time limit (300)
set -eu

[ $# -ge 2 ] || { echo "usage: boot.sh KERNEL-BUILD-DIRECTORY INITRD [kernel argument...]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
build=$1
initrd=$2
shift 2
[ -f "$build/arch/arm64/boot/Image" ] || {
	echo "linmap: boot.sh: no kernel in $build; build it with ports/linux/build.sh" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cross=${CROSS_COMPILE:-aarch64-linux-gnu-}

flash=0x04000000 # the second bank, outside of the guest's memory
"${cross}gcc" -c -o "$work/el2.o" -DMIDR_BOOT="${BOOT:-0x410fd823}" \
	-DMIDR_OTHERS="${OTHERS:-0}" "$here/el2.S"
"${cross}ld" -Ttext=$flash -o "$work/el2.elf" "$work/el2.o"
"${cross}objcopy" -O binary "$work/el2.elf" "$work/el2.bin"

# Identity address of a symbol: QEMU loads an Image 2 MiB into the RAM.
physical() {
	python3 - "$build/System.map" "$1" <<-'END'
		import sys
		with open(sys.argv[1]) as file:
		    at = {name: int(where, 16) for where, _, name in map(str.split, file)}
		print(hex(at[sys.argv[2]] - at["_text"] + 0x40200000))
	END
}

# Addresses of symbols in the plugin's format; skips those that a kernel lacks.
symbols() {
	option=$1
	shift
	for symbol; do
		awk -v option="$option" -v symbol="$symbol" '$3 == symbol {
			printf ",%s=%s:0x%s", option, symbol, $1; exit }' "$build/System.map"
	done
}

# The same for the instructions by which functions return.
symbol_returns() {
	option=$1
	shift
	for symbol; do
		"${cross}objdump" -d --disassemble="$symbol" "$build/vmlinux" |
			awk -v option="$option" -v symbol="$symbol" '$3 == "ret" {
				sub(":", "", $1); printf ",%s=%s:0x%s", option, symbol, $1 }'
	done
}

costs=
if [ -n "${COSTS-}" ]; then
	costs="-icount shift=0,sleep=off -plugin $COST_PLUGIN,out=$COSTS$(
		symbols vectors vectors __bp_harden_el1_vectors
		symbols mine linear_map_split_to_ptes linmap_stopped __kpti_install_ng_mappings \
			move_cpu go_home
		symbols inside lm_edit_commit
		symbols call paging_init set_direct_map_invalid_noflush \
			set_direct_map_default_noflush __arm64_sys_finit_module \
			__arm64_sys_init_module __arm64_sys_delete_module
		symbols with __alloc_frozen_pages_noprof
		symbols until run_init_process
	)"
fi

counting=
if [ -n "${COUNTS-}" ]; then
	counting="-plugin $PLUGIN,out=$COUNTS,cpus=${CPUS:-4}$(
		printf ',held=scondary_cpu_wait:%s' "$(physical scondary_cpu_wait)"
		symbols flag idmap_kpti_bbml3_flag idmap_kpti_bbml2_flag
		symbols callback linear_map_split_to_ptes linmap_stopped __kpti_install_ng_mappings
		symbols yield stop_machine_yield
		symbols begin walk_kernel_page_table_range_lockless lm_window_open
		symbols enter linear_map_maybe_split_to_ptes
		symbols leave kpti_install_ng_mappings
		symbols pause stop_machine smp_call_function_many_cond
		symbol_returns resume stop_machine smp_call_function_many_cond
		symbols count __alloc_frozen_pages_noprof __free_frozen_pages ___free_pages \
			rt_spin_lock rt_spin_trylock rt_mutex_lock mutex_lock __might_resched
	)"
fi

machine() {
	echo "virt,virtualization=on${GIC:+,gic-version=$GIC}"
}

# What describes the CPUs, for all that asks for it.
cpus() {
	echo "-cpu ${MODEL:-cortex-a76} -smp ${CPUS:-4} -m ${MEMORY:-1G}"
}

# QEMU's own device tree, with idle states.
tree=
if [ -n "${IDLE-}" ]; then
	# shellcheck disable=SC2046 # options
	qemu-system-aarch64 -M "$(machine),dumpdtb=$work/plain.dtb" $(cpus) \
		-nodefaults -display none >"$work/dumped" 2>&1 || { cat "$work/dumped" >&2; exit 1; }
	{
		dtc -q -I dtb -O dts "$work/plain.dtb"
		sed 1d "$here/idle.dts"
		cpu=0
		while [ $cpu -lt "${CPUS:-4}" ]; do
			echo "/ { cpus { cpu@$cpu { cpu-idle-states = <&retention &off>; }; }; };"
			cpu=$((cpu + 1))
		done
	} | dtc -q -I dts -O dtb -o "$work/idle.dtb"
	tree="-dtb $work/idle.dtb"
fi

# shellcheck disable=SC2046,SC2086 # options
timeout -k 5 "${SECONDS_MAX:-300}" qemu-system-aarch64 -M "$(machine)" $(cpus) $tree -accel tcg \
	-nodefaults -display none -serial stdio -monitor none -no-reboot \
	-kernel "$build/arch/arm64/boot/Image" -initrd "$initrd" \
	-append "console=ttyAMA0 earlycon=pl011,0x9000000 nokaslr $*" \
	-device loader,file="$work/el2.bin",addr=$flash,force-raw=on,cpu-num=0 $counting $costs
