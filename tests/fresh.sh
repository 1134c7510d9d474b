#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: tests/fresh.sh [TARGET...]
# On a bare Debian 12 that has nothing but git and make: clone this checkout,
# as it is committed, and make one target after the other: run and test, if
# nothing else is said.
#	RUN_FLAGS="--blocks 1" tests/fresh.sh run check
# SCENARIO, RUN_FLAGS: for `make run`. FRESH_MIRROR, FRESH_SUITE: another Debian. Needs root, debootstrap, a loop
# device, some 8 GB of disk and the network. The system lies in a file without
# a name, mounted in a mount namespace of its own; when this script ends, also
# by kill -9, a watcher ends what still runs in there, and with its last
# process all of it is gone.
set -eu

# Inside the mount namespace: $dir/root becomes a Debian, and make runs in it.
inside() {
	dir=$1 here=$2
	shift 2
	root=$dir/root
	readlink /proc/self/ns/mnt >"$dir/namespace"
	truncate -s 16G "$dir/image"
	mkfs.ext4 -q -F "$dir/image"
	mount -o loop "$dir/image" "$root"
	rm "$dir/image"
	echo "== debootstrap"
	debootstrap --variant=minbase --include=git,make,ca-certificates \
		"${FRESH_SUITE:-bookworm}" "$root" \
		"${FRESH_MIRROR:-http://deb.debian.org/debian}" >"$root/log" ||
		{ tail -n 20 "$root/log"; exit 1; }
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	git clone -q "file://$here" "$root/root/vioperf"
	[ $# -gt 0 ] || set -- run test
	for target in "$@"; do
		bare "$target"
	done
}

# bare TARGET: make it in the Debian, with a clean environment
bare() {
	echo "== make $1"
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
		${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} \
		${SCENARIO:+SCENARIO="$SCENARIO"} \
		${RUN_FLAGS:+RUN_FLAGS="$RUN_FLAGS"} \
		chroot "$root" make -C /root/vioperf -j"$(nproc)" "$1"
}

# Wait for the end of the script, then end what is in its mount namespace.
watch() {
	trap '' INT TERM HUP
	cat >/dev/null
	namespace=$(cat "$1/namespace" 2>/dev/null) || :
	while [ -n "$namespace" ]; do
		pids=$(find /proc/[0-9]*/ns/mnt -maxdepth 0 -printf '%p %l\n' \
			2>/dev/null | grep -F "$namespace" | cut -d/ -f3)
		[ -n "$pids" ] || break
		# shellcheck disable=SC2086
		kill -9 $pids 2>/dev/null || :
		sleep 0.1
	done
	rm -rf --one-file-system "$1"
}

if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
	exit
fi
[ "$(id -u)" -eq 0 ] || { echo "needs root" >&2; exit 2; }
for tool in debootstrap mkfs.ext4 unshare git; do
	command -v $tool >/dev/null ||
		{ echo "needs $tool: apt-get install $tool" >&2; exit 2; }
done
here=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d /var/tmp/vioperf-fresh-XXXXXX)
mkdir "$dir/root"
exec 9> >(exec 9>&-; watch "$dir")
unshare --mount --propagation private --kill-child --fork \
	"$0" --inside "$dir" "$here" "$@" 9>&-
