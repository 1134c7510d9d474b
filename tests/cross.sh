#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tests/cross.sh [DIR]
# Build all of it for aarch64, without a warning, and run what runs under
# qemu-aarch64-static. Takes gcc-aarch64-linux-gnu and qemu-user-static; the
# libraries come from Debian's archive into DIR (kept; a temporary one if none
# is given), and nothing on this machine changes.
# Left out there: the bare guest of --driver kvm, which is x86 code.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
gcc=aarch64-linux-gnu-gcc
qemu=qemu-aarch64-static
for tool in $gcc $qemu apt-get dpkg clang; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
if [ $# -gt 0 ]; then
	mkdir -p "$1"
	dir=$(cd "$1" && pwd)
else
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
fi
root=$dir/root

# apt with folders of its own, for another machine.
arm_apt() {
	apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
		-o Dir::State="$dir/state" -o Dir::State::status="$dir/status" \
		-o Dir::Cache="$dir/cache" -o Dir::Etc::sourceparts=- \
		-o Dir::Etc::sourcelist="$dir/sources.list" "$@"
}

if [ ! -d "$root" ]; then
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	echo "deb ${CROSS_MIRROR:-http://deb.debian.org/debian} bookworm main" \
		>"$dir/sources.list"
	arm_apt update
	arm_apt install -y --download-only --no-install-recommends \
		libc6-dev libjansson-dev libinih-dev liburing-dev libxml2-dev \
		libbpf-dev libelf-dev zlib1g-dev libcmocka-dev
	mkdir "$root.new"
	for deb in "$dir"/cache/archives/*.deb; do
		dpkg -x "$deb" "$root.new"
	done
	mv "$root.new" "$root"
fi

PKG_CONFIG_SYSROOT_DIR="$root" \
PKG_CONFIG_LIBDIR="$root/usr/lib/aarch64-linux-gnu/pkgconfig:$root/usr/share/pkgconfig" \
make -s -C "$here" -j"$(nproc)" BUILD="$dir/build" CC="$gcc --sysroot=$root" \
	CFLAGS=-Werror all >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
grep -q 'built without tracing' "$dir/log" && { cat "$dir/log"; exit 1; }

arm() {
	timeout 60 $qemu -L "$root" "$dir/build/vioperf" "$@"
}
arm --version
arm load --in-process --time 0.2s
# qemu-aarch64 has neither io_uring nor epoll_pwait2, so the device is this
# machine's own, and the load polls.
make -s -C "$here" -j"$(nproc)" all
rm -f "$dir/socket"
"$here/.build/vioperf" device blk --socket "$dir/socket" --backing ram:16m \
	2>"$dir/device.log" &
device=$!
trap 'kill $device 2>/dev/null || :; [ $# -gt 0 ] || rm -rf "$dir"' EXIT
for _ in $(seq 100); do [ -S "$dir/socket" ] && break; sleep 0.1; done
arm load --socket "$dir/socket" --completion poll --rw mix:70 --depth 8 \
	--verify --time 0.5s ||
	{ cat "$dir/device.log"; exit 1; }
arm load --socket "$dir/socket" --driver kvm 2>"$dir/err" && exit 1
grep -q 'x86 code' "$dir/err" || { cat "$dir/err"; exit 1; }
# e_machine of the Linux guest's /init, which is nothing to run here
[ "$(od -An -tx1 -j18 -N2 "$dir/build/guest/init")" = " b7 00" ] ||
	{ echo "the guest's init is not for aarch64"; exit 1; }
echo "aarch64: built and run"
