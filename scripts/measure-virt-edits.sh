#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: measure-virt-edits.sh [BUILD]
# Counts edits in instructions on arm64, in the kernel of ports/virt, twice; and the same
# edits on this host, by callgrind. Writes docs/measured/virt-edits.md. Fails if two runs on
# arm64 differ by one instruction.
set -eu

cd "$(dirname "$0")/.."

build=${1:-build}
out="build-virt"
table=docs/measured/virt-edits.md

# NAME UNITS INSTRUCTIONS, a line for each edit
arm64() {
	ports/virt/run.sh -k -n 1 -m 512M measure-edits >$out/measure.log 2>&1 || {
		tail -n 12 $out/measure.log >&2
		return 1
	}
	sed -n 's/^ *measured: //p' $out/measure.log
}

# rows: for each of the lines "NAME OTHER WHAT": instructions per unit on arm64 and on the
# host; with an OTHER that is an edit too, for each unit that NAME has more than OTHER.
rows() {
	awk '
		FNR == 1 { file++ }
		file < 3 { units[file, $1] = $2; count[file, $1] = $3; next }
		{
			what = $0
			sub(/^[^ ]+ [^ ]+ /, "", what)
			printf "| %s |", what
			for (i = 1; i <= 2; i++) {
				if (!units[i, $1])
					exit 1
				printf " %d |", (count[i, $1] - count[i, $2]) / (units[i, $1] - units[i, $2])
			}
			printf "\n"
		}' $out/edits.arm64 $out/edits.host -
}

all_rows() {
	rows <<-'END'
		cut-live none one page cut out of a 1 GiB block, whole edit, live
		cut-switch none the same by switch
		protect-live none one page made read-only in a 1 GiB block, whole edit, live
		protect-live-stop none of that in the stop
		protect-switch none the same by switch
		except-many except-few each exception more in such an edit
		scattered none 1,000 scattered pages over 64 GiB read-only, one by one, each
		scattered-at-once none the same in one edit, each
		toggle none one page's permission, no split (lm_protect)
	END
}

write_table() {
	cat <<-END
		<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->
		# Edits, in instructions

		Written by \`make measure-virt\`; not by hand. Granule 4 KiB, 48-bit addresses, gcc -O2.
		The edits are those of \`make bench\`, on a map that no CPU walks. arm64: the kernel of
		[virt.md](../virt.md) on QEMU's virt machine, by \`-icount shift=0\`, twice, and equal to
		the instruction. The host: x86-64, by callgrind; there the C library copies and clears
		tables by vector instructions, of which each counts as one.

		| edit | arm64 | host |
		|---|---|---|
	END
	sed -E ':again; s/([0-9])([0-9]{3})( \||,)/\1,\2\3/; t again' $out/edits.rows
}

make -s -C ports/virt O="$PWD/$out"
arm64 >$out/edits.arm64
arm64 >$out/edits.again
cmp -s $out/edits.arm64 $out/edits.again || {
	echo "measure-virt-edits: two runs differ:" >&2
	diff $out/edits.arm64 $out/edits.again >&2
	exit 1
}
bench/count.sh "$build/bench/linmap-bench-cost" measured >$out/edits.host
all_rows >$out/edits.rows
write_table >$out/edits.md
mv $out/edits.md $table
sed -n '/^|/p' $table
