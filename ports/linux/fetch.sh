#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# usage: fetch.sh DIRECTORY
# Puts what the port is checked with into DIRECTORY: the kernel source, source/, which
# is Debian's linux-source package of $LINUX (default 7.3) from $SUITE (default trixie,
# with its backports), and an arm64 busybox for the machine that boots it. From the
# mirror that this machine's apt uses already; touches nothing of that apt's
# configuration. What is there is not fetched again.
set -eu

[ $# -eq 1 ] || { echo "usage: fetch.sh DIRECTORY" >&2; exit 2; }
linux=${LINUX:-7.3}
suite=${SUITE:-trixie}
package=linux-source-$linux
mkdir -p "$1"
dir=$(cd "$1" && pwd)

die() {
	echo "linmap: fetch.sh: $*" >&2
	exit 1
}

if [ -e "$dir/source/Makefile" ] && [ -e "$dir/busybox" ]; then
	exit 0
fi
command -v apt-get >/dev/null ||
	die "no apt-get here; put a kernel tree at $dir/source and an arm64 busybox at $dir/busybox"

# Not the security archive, and not somebody else's packages.
mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
	awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
[ -n "$mirror" ] || die "apt knows no Debian mirror; run apt-get update"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || die "$keyring is not there; install debian-archive-keyring"

apt=$dir/apt
rm -rf "$apt"
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/empty"
cat >"$apt/sources.list" <<END
deb [arch=arm64 signed-by=$keyring] $mirror $suite main
deb [arch=arm64 signed-by=$keyring] $mirror $suite-backports main
END
: >"$apt/status"
# Read behind the machine's own, whose hooks are about another set of packages.
cat >"$apt/apt.conf" <<END
#clear APT::Update;
#clear DPkg;
APT::Architecture "arm64";
APT::Architectures "arm64";
APT::Sandbox::User "";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/empty";
Dir::Etc::preferences "$apt/empty/none";
Dir::Etc::preferencesparts "$apt/empty";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
END

private_apt() {
	apt-get -qq -c "$apt/apt.conf" "$@"
}

# unpack PACKAGE DIRECTORY: its files, into DIRECTORY/unpacked
unpack() {
	(cd "$apt/archives" && private_apt download "$1") || die "$suite has no $1"
	rm -rf "$dir/unpacked"
	mkdir "$dir/unpacked"
	dpkg-deb -x "$apt/archives/$1"_*.deb "$dir/unpacked"
}

echo "linmap: fetching $package and busybox-static of $suite (170 MB)"
private_apt update || die "apt-get update of $suite failed"
unpack busybox-static
cp "$dir/unpacked/usr/bin/busybox" "$dir/busybox"
if [ ! -e "$dir/source/Makefile" ]; then
	unpack "$package"
	mkdir -p "$dir/unpacked/source"
	tar -x --strip-components=1 -C "$dir/unpacked/source" \
		-f "$dir/unpacked/usr/src/$package.tar.xz"
	mv "$dir/unpacked/source" "$dir/source"
fi
rm -rf "$dir/unpacked" "$apt"
echo "linmap: $dir/source is Linux $(make -s -C "$dir/source" kernelversion)"
