#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: from-suite.sh SUITE DIRECTORY PACKAGE...
# Unpacks packages of another Debian suite into DIRECTORY, from the mirror that this
# machine's apt uses already, and installs nothing: apt's own configuration, lists
# and cache are not touched. All or nothing; if DIRECTORY exists it does nothing.
# PACKAGE:ARCHITECTURE is for another architecture than this machine's. A PACKAGE with '*'
# in its name is the one whose name matches and has the highest version in it.
set -eu

die() {
	echo "linmap: from-suite.sh: $*" >&2
	exit 1
}

[ $# -ge 3 ] || { echo "usage: from-suite.sh SUITE DIRECTORY PACKAGE..." >&2; exit 2; }
suite=$1
dir=$2
shift 2
[ ! -d "$dir" ] || exit 0
command -v apt-get >/dev/null || die "no apt-get here to fetch $* of Debian $suite with"

# Not the security archive, nor third-party packages.
# shellcheck disable=SC2016 # apt fills these in
find_mirror() {
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
		'Created-By: Packages' |
		awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

mirror=$(find_mirror)
if [ -z "$mirror" ] && [ "$(id -u)" -eq 0 ]; then
	apt-get update -qq || true # a machine that never did it knows nothing of its sources
	mirror=$(find_mirror)
fi
[ -n "$mirror" ] || die "apt knows no Debian mirror; run apt-get update as root"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || die "$keyring is not there; install debian-archive-keyring"

mkdir -p "$(dirname "$dir")"
work=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/none" "$work/root"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
: >"$work/status"

# This machine's architecture first, then those that packages name.
architectures=$(dpkg --print-architecture)
for package; do
	case $package in *:*) architectures=$architectures,${package##*:} ;; esac
done

# private_apt COMMAND ARGUMENT...: apt-get or apt-cache
private_apt() {
	command=$1
	shift
	"$command" -qq -o Dir::Etc::sourcelist="$work/sources.list" \
		-o Dir::Etc::sourceparts="$work/none" \
		-o Dir::Etc::preferences="$work/none/preferences" \
		-o Dir::Etc::preferencesparts="$work/none" \
		-o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" \
		-o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" \
		-o APT::Architectures="$architectures" -o APT::Sandbox::User= "$@"
}

echo "linmap: fetching $* of Debian $suite into $dir"
work=$(cd "$work" && pwd)
private_apt apt-get update || die "apt-get update of $suite failed (is there a network?)"
# newest PATTERN[:ARCHITECTURE]
newest() {
	found=
	for name in $(private_apt apt-cache pkgnames "${1%%[][*?:]*}" | sort -V); do
		# shellcheck disable=SC2254 # a pattern
		case $name in ${1%:*}) found=$name ;; esac
	done
	[ -n "$found" ] || die "Debian $suite has no package ${1%:*}"
	case $1 in *:*) found=$found:${1##*:} ;; esac
	echo "$found"
}

for package; do
	shift
	case $package in *\**) package=$(newest "$package") ;; esac
	set -- "$@" "$package"
done
(cd "$work" && private_apt apt-get download "$@") || die "Debian $suite does not give $*"
for deb in "$work"/*.deb; do
	dpkg-deb -x "$deb" "$work/root"
done
mv "$work/root" "$dir"
