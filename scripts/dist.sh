#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: dist.sh DIRECTORY
# Writes what a release consists of: a tarball of the commit that is checked out, the
# library as two files, and SHA256SUMS. The same commit gives the same bytes.
set -eu

[ $# -eq 1 ] || { echo "usage: dist.sh DIRECTORY" >&2; exit 2; }
cd "$(dirname "$0")/.."

die() {
	echo "linmap: dist.sh: $*" >&2
	exit 1
}

git rev-parse -q --verify HEAD >/dev/null 2>&1 || die "no git history to make a tarball of"
[ -z "$(git status --porcelain --untracked-files=no)" ] ||
	echo "linmap: dist.sh: uncommitted changes are not in the tarball" >&2

dir=$1
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
[ -n "$version" ] || die "no version in meson.build"
name=linmap-$version
rm -rf "$dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

git archive --prefix="$name/" HEAD | gzip -n9 >"$dir/$name.tar.gz"

# From the commit, too, and with its time.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$dir/$name.tar.gz" -C "$work"
two=$name-amalgamation
"$work/$name/scripts/amalgamate.py" "$work/$two"
cp "$work/$name/LICENSE" "$work/$two"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner \
	--mtime="@$(git log -1 --format=%ct)" -cf - \
	"$two/LICENSE" "$two/linmap.c" "$two/linmap.h" | gzip -n9 >"$dir/$two.tar.gz"

cd "$dir"
sha256sum ./*.tar.gz | sed 's, \./, ,' >SHA256SUMS
cat SHA256SUMS
