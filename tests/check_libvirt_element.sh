#!/bin/bash
# SPDX-License-Identifier: MIT
# What vioperf list --libvirt prints for a target, read back as a domain, is
# that target again.
set -u
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "$*"; exit 1; }
# shellcheck source=/dev/null
. "$here/libvirt_targets.sh"

read_back() { # read_back TARGET: what the domain made of it has as reference
	"$VIOPERF" list --libvirt "$1" >e.xml || fail "$1: exit $?"
	python3 "$here/libvirt_wrap.py" q35 <e.xml >d.xml || fail "$1: $(cat e.xml)"
	"$VIOPERF" scenario --from-libvirt d.xml >s.ini || fail "$1: $(cat d.xml)"
	sed -n 's/^reference = //p' s.ini
}

back() { # back TARGET [WANT]
	local got want="${2:-$1}, qemu-virtio-balloon"
	got=$(read_back "$1") || { echo "$got"; exit 1; }
	[ "$got" = "$want" ] || fail "$1 came back as '$got', not '$want': $(cat d.xml)"
}

for t in $libvirt_targets; do
	case $t in
	null | qemu-nvme*) # libvirt has no device for it, so adds a balloon only
		[ "$(read_back "$t")" = qemu-virtio-balloon ] || fail "$t" ;;
	qemu-virtio-balloon)
		[ "$(read_back "$t")" = "$t" ] || fail "$t" ;;
	blk) # whose program the back end is, a domain does not say
		back "$t" qsd-blk ;;
	*io_uring* | *native* | *threads* | *-net* | *-e1000* | *8139* | *vmxnet* | *-rng* | qsd-blk)
		back "$t" ;;
	*) # what QEMU does when io= is not given
		IFS=+ read -ra words <<<"$t+threads"
		back "$t" "$(libvirt_target "${words[@]}")" ;;
	esac
done
back qemu-virtio-blk+iothread+native+poll-max=0
back qemu-virtio-scsi+iothread+poll-max=50us+threads

# Every target that a scenario is made of has its element.
for f in "$here"/libvirt/*.xml; do
	for t in $("$VIOPERF" scenario --from-libvirt "$f" 2>/dev/null |
		   sed -n 's/^target = //p' | tr -d ,); do
		"$VIOPERF" list --libvirt "$t" >/dev/null || fail "$f: $t"
	done
done
# Every target there is has one, or a line that says why not.
for t in $("$VIOPERF" list --targets --format json |
	   python3 -c 'import json, sys
for t in json.load(sys.stdin)["targets"]:
	print(t["name"])'); do
	"$VIOPERF" list --libvirt "$t" >/dev/null || fail "$t has no element"
done

refused() { # refused TARGET WHAT-IT-MUST-SAY
	"$VIOPERF" list --libvirt "$1" >out.txt 2>err.txt
	[ $? -eq 2 ] || fail "'$1' is taken"
	[ -s out.txt ] && fail "'$1': something was printed"
	grep -qE -- "$2" err.txt || fail "'$1': $(cat err.txt)"
}
refused qemu-virtio-blq "no target 'qemu-virtio-blq' here; known: blk, .*qemu-virtio-blk, .*qemu-virtio-balloon$"
refused "" "known: blk"
refused qemu-virtio "known: blk"
refused +native "known: blk"
refused qemu-ide+iothread "options of qemu-ide.*: \+native, \+io_uring, \+threads, \+writeback, \+writethrough, \+directsync, \+unsafe$"
refused qemu-virtio-blk+native+writeback exclude
refused qemu-virtio-blk+unsafe+writeback exclude
refused qemu-virtio-blk+poll-max=0 exclude
refused qemu-virtio-blk+iothread+poll-max exclude
refused qemu-virtio-blk+iothread+poll-max=soon exclude
refused qemu-virtio-blk+iothread=1 exclude
refused blk+native "options of blk.*: none$"
refused qemu-virtio-blk+native+threads exclude
refused qemu-virtio-blk+iothread+iothread exclude
refused qemu-virtio-net+vhost+slirp exclude
refused qemu-virtio-blk+ "options of"
refused qemu-virtio-blk++native "options of"
refused "$(head -c 5000 /dev/zero | tr '\0' x)" "known: blk"
"$VIOPERF" list --libvirt blk --targets >/dev/null 2>&1
[ $? -eq 2 ] || fail "--libvirt beside --targets"
echo "every target is read back from its own XML"
