#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Fails if the last column of docs/seed.md names a function, a constant or a file that
# does not exist.
set -eu

cd "$(dirname "$0")/.."

bad=0
# shellcheck disable=SC2016 # names in backquotes
for name in $(sed -n 's/^| .*| \(.*\) |$/\1/p' docs/seed.md | grep -o '`[^`]*`' | tr -d '`' |
	grep -oE '(lm_|LM_)[A-Za-z_]+|[a-z_]+\(\)|(src|arch)/[a-z0-9_/]+\.[chS]' | sort -u); do
	case $name in
	src/* | arch/*) [ -f "$name" ] && continue ;;
	stop_machine\(\)) continue ;; # of Linux
	*) grep -qrw "${name%()}" src include/linmap arch && continue ;;
	esac
	echo "docs/seed.md: $name does not exist"
	bad=1
done
[ $bad -eq 0 ]
