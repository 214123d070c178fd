#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: measure_large.sh DIRECTORY
# Writes docs/measured/linux-large.md and linux-interruption.svg from what measure.sh has
# counted in DIRECTORY: the longest interruption by each way; a linear map with large leaves
# against one of pages, at boot and later; and one page at a time against Linux's own
# functions.
set -eu

[ $# -eq 1 ] || { echo "usage: measure_large.sh DIRECTORY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
docs=$root/docs/measured
dir=$(cd "$1" && pwd)
out=$dir/measure
sizes='1 2 4 8 16'

# longest NAME: of all that was masked in an edit, on any CPU. A stop cannot be longer: then
# the plugins disagree.
longest() {
	awk '$1 == "stop" && $2 > stop { stop = $2 }
		($1 == "mine" || $1 == "inside") && $5 > longest { longest = $5 }
		END { if (!longest || longest < stop) exit 1; print longest }' \
		"$out/$1.counts" "$out/$1.costs" || {
		echo "linmap: measure_large.sh: $out/$1.costs: no edit, or less than its stop" >&2
		exit 1
	}
}

# calls NAME FUNCTION-PATTERN [with|alone]: instructions of each, in their order
calls() {
	awk -v of="^$2\$" -v kind="${3-}" \
		'($1 == "call" || $1 == "until") && $2 ~ of && (!kind || $4 == kind) { print $5 }' \
		"$out/$1.costs"
}

# nth NAME FUNCTION-PATTERN N, sum NAME FUNCTION-PATTERN
nth() { calls "$1" "$2" | sed -n "$3p"; }
sum() { calls "$1" "$2" | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }

# median NAME FUNCTION with|alone: and how many there are
median() {
	calls "$@" | sort -n |
		awk '{ all[NR] = $1 } END { print NR ? all[int((NR + 1) / 2)] : "-", NR }'
}

# meminfo NAME WHAT: kB, as the machine printed it at the end of its boot
meminfo() { sed -n "s/^$2: *\([0-9]*\) kB.*/\1/p" "$out/$1.log" | head -n 1; }

commas() { sed -E ':again; s/([0-9])([0-9]{3})([^0-9])/\1,\2\3/; t again'; }
row() {
	printf '| %s' "$1"
	shift
	printf ' | %s' "$@"
	printf ' |\n'
}

for gib in $sizes; do
	echo "$gib $(longest "stock-$gib") $(longest "in-place-$gib") $(longest "live-$gib")" \
		"$(longest "switch-$gib") $(longest "large-$gib")"
done >"$out/interruptions.txt"

interruptions() {
	while read -r gib stock in_place live switch roll; do
		row "$gib GiB" "$stock" "$in_place" "$live" "$switch" "$roll"
	done <"$out/interruptions.txt" | commas
}

kpti() {
	for gib in 1 8; do
		row "$gib GiB" "$(longest "kpti-stock-$gib")" "$(longest "kpti-large-$gib")"
	done | commas
}

at_boot() {
	for gib in $sizes; do
		row "$gib GiB" "$(nth "pages-$gib" paging_init 1)" "$(nth "large-$gib" paging_init 1)" \
			"$(nth "pages-$gib" run_init_process 1)" "$(nth "large-$gib" run_init_process 1)" \
			"$(meminfo "pages-$gib" MemFree)" "$(meminfo "large-$gib" MemFree)" \
			"$(meminfo "pages-$gib" PageTables)" "$(meminfo "large-$gib" PageTables)"
	done | commas
}

# A module is loaded first, then again; a load of test_vmalloc comes after both.
load='__arm64_sys_f?init_module'
unload=__arm64_sys_delete_module
take=set_direct_map_invalid_noflush
give=set_direct_map_default_noflush
at_run_time() {
	for what in "a module, first load;$load;1" "and unload;$unload;1" \
		"the same, second load;$load;2" "and unload;$unload;2" "test_vmalloc;$load;3"; do
		of=${what#*;}
		row "${what%%;*}" "$(nth "pages-$1" "${of%;*}" "${of#*;}")" \
			"$(nth "large-$1" "${of%;*}" "${of#*;}")"
	done | commas
	for what in "pages taken away;$take" "and given back;$give"; do
		row "${what%;*}" "$(sum "pages-$1" "${what#*;}")" "$(sum "large-$1" "${what#*;}")"
	done | commas
}

by_page() {
	for what in "Linux;stock-tolerant" "linmap, live;large-tolerant" \
		"linmap, roll;large-4" "linmap, pages from the start;pages-4"; do
		name=${what#*;}
		whole=$(median "$name" $take alone)
		split=$(median "$name" $take with)
		row "${what%;*}" "${whole% *}" "${whole#* }" "${split% *}" "${split#* }" \
			"$(sum "$name" $take)"
	done | commas
}

{
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
		# Large leaves in Linux, in instructions

		Written by \`make measure-linux\`; not by hand. Linux $(make -s -C "$dir/source" kernelversion),
		PREEMPT_RT, no debugging, 4 KiB pages, two CPUs, emulated in QEMU, which executes one
		CPU at a time and counts a nanosecond for each instruction (\`-icount\`). What takes an
		instruction there can take any time on hardware: a TLB invalidation, for one.

		## The longest interruption

		The most instructions that any CPU executes for one edit from masking its interrupts to
		unmasking them. In the first four columns the edit is the split at boot, in a stop: the
		longest is the leader's, and every other CPU is held for at least as long as the leader
		works. In the last one the edits are those of a machine with large leaves at run time:
		modules are loaded, secretmem takes pages, and all is made large again. Nobody is held:
		what is counted is a CPU's interrupt, from its vector to its return, most of which is
		the kernel's way to a function that another CPU wants to be called; or what the leader
		masks. A timer interrupt that happens to come with it is counted, too.

		![The longest interruption against RAM](linux-interruption.svg)

		| RAM | stock | in place | live | switch | roll |
		|---|---|---|---|---|---|
	END
	interruptions
	cat <<-END

		KPTI makes the kernel's mappings non-global in a stop of its own, entry by entry. On two
		Cortex-A75, below level 3:

		| RAM | stock: pages | large leaves |
		|---|---|---|
	END
	kpti
	cat <<-END

		## Large leaves against pages, at boot

		Two Cortex-A72, which are below level 3: without linmap the linear map has pages. The
		whole boot is what both CPUs execute from reset to the first process; timer ticks are
		in it. Memory is in kB, from /proc/meminfo after that. Tables that were made before
		there was a page allocator are not in \`PageTables\`.

		| RAM | \`paging_init()\`: pages | large | whole boot: pages | large | MemFree: pages | large | PageTables: pages | large |
		|---|---|---|---|---|---|---|---|---|
	END
	at_boot
	cat <<-END

		## Large leaves against pages, at run time

		The same machine with 8 GiB, later. What both CPUs execute while a system call loads
		\`test_hexdump\`, which tests itself, and unloads it; while the kernel's \`test_vmalloc\`
		runs; and while 2,048 pages are taken from the linear map one by one for secretmem, and
		given back (with those of the modules). The kernel has no test module of its own for
		\`set_memory_*()\` on arm64; modules and secretmem are what uses it.

		| work | pages | large |
		|---|---|---|
	END
	at_run_time 8
	cat <<-END

		## One page at a time, against Linux's own functions

		\`$take()\` for a page of secretmem, or of a module that
		goes, with 4 GiB. Where all CPUs are level 3, Linux itself splits leaves later
		(\`split_kernel_leaf_mapping()\`), in place, and linmap splits them live. By roll: two
		Cortex-A72, where Linux cannot. What both CPUs execute: the median of calls that
		allocate nothing, the median of those that split a leaf and so allocate tables, how
		many there were, and all of them together. Linux unfolds contiguous runs of 16 pages,
		too, without allocating; linmap has none.

		| by | no allocation | calls | a leaf is split | calls | all |
		|---|---|---|---|---|---|
	END
	by_page
} >"$docs/linux-large.md"

gnuplot -e "data='$out/interruptions.txt'" "$root/scripts/chart.gp" \
	"$here/measure_axes.gp" "$here/measure_large.gp" | sed 's/ *$//' >"$docs/linux-interruption.svg"
cat "$docs/linux-large.md"
