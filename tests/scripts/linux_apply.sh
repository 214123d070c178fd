#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: linux_apply.sh TREE
# ports/linux/apply on copies of the files of TREE that it changes: all or nothing, a second
# time without effect, and back again. TREE, a kernel tree without linmap, is only read. TAP.
set -eu

[ $# -eq 1 ] || { echo "usage: linux_apply.sh TREE" >&2; exit 2; }
apply=$(cd "$(dirname "$0")/../../ports/linux" && pwd)/apply
tree=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/scripts/tap.sh
. "$(dirname "$0")/tap.sh"

# holds WHAT COMMAND...
holds() {
	what=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		good "$what"
	else
		bad "$what"
		sed 's/^/# /' "$work/output"
	fi
}

# fresh NAME: a tree of just those files
fresh() {
	rm -rf "${work:?}/$1"
	mkdir -p "$work/$1/arch/arm64/mm" "$work/$1/arch/arm64/kernel"
	cp "$tree/arch/arm64/Kconfig" "$work/$1/arch/arm64/"
	for file in Makefile mmu.c pageattr.c context.c; do
		cp "$tree/arch/arm64/mm/$file" "$work/$1/arch/arm64/mm/"
	done
	cp "$tree/arch/arm64/kernel/machine_kexec.c" "$work/$1/arch/arm64/kernel/"
}

# refuses TEXT ARGUMENT...: apply fails, and says so
refuses() {
	text=$1
	shift
	if "$apply" "$@" >"$work/said" 2>&1; then
		return 1
	fi
	cat "$work/said"
	grep -q "$text" "$work/said"
}

same() { diff -r "$work/$1" "$work/$2"; }
untouched() { [ -z "$(find "$work/$1" -type f -newer "$work/stamp")" ]; }
mmu() { echo "$work/$1/arch/arm64/mm/mmu.c"; }

fresh stock
fresh tree
holds "it applies" "$apply" "$work/tree"
cp -r "$work/tree" "$work/once"
touch "$work/stamp"
sleep 1
holds "and again" "$apply" "$work/tree"
holds "twice is the same as once" same tree once
holds "what is the same keeps its time" untouched tree
holds "it reverts" "$apply" --revert "$work/tree"
holds "back to what it was" same tree stock
holds "reverting twice is no error" "$apply" --revert "$work/tree"

# unknown SITE FILE SED: a tree where a site looks different
unknown() {
	fresh odd
	sed -i "$3" "$work/odd/arch/arm64/$2"
	rm -rf "$work/before"
	cp -r "$work/odd" "$work/before"
	holds "$1: it is named if it is not found" refuses "not found: .*sites/$1.cocci" "$work/odd"
	holds "$1: and nothing is changed" same odd before
}

unknown split mm/mmu.c 's/linear_map_maybe_split_to_ptes/renamed/'
unknown kpti mm/mmu.c 's/GFP_ATOMIC | __GFP_ZERO, order/GFP_NOWAIT, order/'
unknown large mm/mmu.c 's/force_pte_mapping/renamed/'
unknown boot_split mm/mmu.c 's/linear_map_requires/renamed/'
unknown hints mm/mmu.c 's/NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS;/NO_BLOCK_MAPPINGS;/'
unknown root mm/mmu.c 's/set_swapper_pgd/renamed/'
unknown kernel_prot mm/mmu.c 's/update_mapping_prot/renamed/'
unknown kfence mm/mmu.c 's/range_split_to_ptes/renamed/'
unknown set_memory mm/pageattr.c 's/split_kernel_leaf_mapping/renamed/'
unknown area mm/pageattr.c 's/rodata_full/renamed/'
unknown kexec kernel/machine_kexec.c 's/trans_pgd_create_copy/renamed/'
unknown switch_mm mm/context.c 's/cpu_set_reserved_ttbr0_nosync/renamed/'

fresh older
sed -i 's/cpu_supports_bbml3/cpu_supports_bbml2_noabort/g; s/idmap_kpti_bbml3_flag/idmap_kpti_bbml2_flag/g' \
	"$(mmu older)"
holds "the names up to Linux 7.2 are known" "$apply" "$work/older"
holds "and used" grep -q 'linmap_split(linear_map_split_to_ptes, &idmap_kpti_bbml2_flag,' \
	"$(mmu older)"

fresh edited
"$apply" "$work/edited" >/dev/null
sed -i 's/linmap_kpti_take(order)/linmap_kpti_take(order + 1)/' "$(mmu edited)"
cp -r "$work/edited" "$work/edited.before"
holds "a tree that was edited there is not reverted" refuses 'was changed around' \
	--revert "$work/edited"
holds "and nothing is lost" same edited edited.before
holds "what is not a kernel tree is refused" refuses 'not a kernel tree' "$work"

finish
