#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: smoke.sh
# Each subcommand of $LINMAP once, in seconds: does it work at all? cli.sh has
# the details. Reports in TAP.
set -u

linmap=${LINMAP:?which command?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# shellcheck source=tests/scripts/tap.sh
. "$(dirname "$0")/tap.sh"

# expect CODE PATTERN ARGUMENT...: exit code, and what the output must contain.
expect() {
	wanted=$1
	pattern=$2
	shift 2
	code=0
	"$linmap" "$@" >"$dir/out" 2>&1 </dev/null || code=$?
	if [ "$code" -eq "$wanted" ] && grep -q -e "$pattern" "$dir/out"; then
		good "linmap $*"
	else
		bad "linmap $*"
		echo "# expected exit code $wanted and '$pattern', saw $code and:"
		sed 's/^/#   /' "$dir/out" | head -n 20
	fi
}

expect 0 '^linmap [0-9]' version
expect 0 '^usage: linmap ' help
expect 2 '^linmap: ' no-such-command
# Two leaves of 1 GiB: for each a table on level 2, and 512 on level 3.
expect 0 '1,026' plan --ram 2G
expect 2 '^linmap .*--ram' plan --ram 2X
for way in in-place live break switch; do
	expect 0 "$way" run --ram 1G --cpus 2 --boot-bbm 3 --secondary-bbm 3 --commit $way
done
expect 0 '^{' run --ram 64M --json
expect 1 '^linmap\|FAIL\|found' run --ram 1G --fault no-tlbi
# A block at 1 GiB, as a kernel maps memory.
expect 0 '0x40000000' decode --level 1 0x0060000040000701
expect 0 '<svg' draw --ram 1G -o /dev/stdout
# A block of 1 GiB: the root, and the table that holds it.
expect 0 'all 262,144 pages translate as before' run --ram 1G --scenario boot --dump-tables "$dir/tables"
rm "$dir/tables/after.bin" "$dir/tables/after.json"
expect 0 '1 GiB block' census "$dir/tables"
expect 0 'is memory at' walk "$dir/tables" 0xffff000040000000
expect 0 'nothing found' check "$dir/tables"
finish
