#!/bin/sh
# SPDX-License-Identifier: MIT
# Our block device under a real Linux guest: every byte checked by fio, a file
# system made, filled and checked, and the device killed and restarted.
. "$(dirname "$0")/guest.sh"

# device NAME OPTION...: start it and wait for its socket
device() {
	socket=$dir/$1.sock
	shift
	rm -f "$socket"
	"$VIOPERF" device blk --socket="$socket" "$@" \
		>>"$dir/device.log" 2>&1 </dev/null &
	device_pid=$!
	pids="$pids $device_pid"
	n=0
	until [ -S "$socket" ]; do
		n=$((n + 1))
		[ $n -gt 100 ] && fail "the device does not listen"
		sleep 0.05
	done
}

# disk SOCKET QUEUES EVENT_IDX [CHARDEV]: what QEMU and the guest are told
disk() {
	echo "--module=virtio_blk --virtio-id=2 --expect-queues=$2" \
		"--feature=event_idx=$3 --qemu-arg=-chardev" \
		"--qemu-arg=socket,id=blk,path=$1$4 --qemu-arg=-device" \
		"--qemu-arg=vhost-user-blk-pci,chardev=blk,num-queues=$2,event_idx=$3"
}

for queues in 1 2; do
	for event_idx in on off; do
		what="queues $queues, event_idx $event_idx"
		device "verify$queues$event_idx" --backing=ram:128m \
			--queues=$queues
		# shellcheck disable=SC2046
		guest verify --type=blk --vcpus=2 --verify --size=8m \
			--rw=randwrite --depth=16 --queues=$queues \
			--format=json \
			$(disk "$socket" $queues $event_idx) ||
			fail "verify with $what"
		python3 - "$dir/verify.out" <<'END' || fail "$what: not verified"
import json, sys
j = json.load(open(sys.argv[1]))
jobs = j["fio"]["jobs"]
assert j["status"] == "ok" and j["errors"] == 0
for job in jobs:  # each wrote its 8 MiB and read all of it back
    assert job["write"]["io_bytes"] == 8 << 20, job["write"]["io_bytes"]
    assert job["read"]["io_bytes"] == 8 << 20, job["read"]["io_bytes"]
assert j["guest"]["accelerator"] == "tcg"
END
		kill $device_pid
		wait $device_pid 2>/dev/null
		echo "verified: $what"
	done
done

# A file system: made, filled, unmounted, checked; the disk itself is a file,
# so the host's e2fsck has a look at it as well.
truncate -s 64m "$dir/disk"
device ext4 --backing=file:"$dir/disk"
# shellcheck disable=SC2046
guest ext4 --module=ext4 $(disk "$socket" 1 on) -- sh -ec '
	mkfs.ext4 -q -F /dev/vda
	mount -t ext4 /dev/vda /mnt
	mkdir /mnt/a
	i=0
	while [ $i -lt 40 ]; do
		dd if=/dev/urandom of=/mnt/a/$i bs=64k count=4 2>/dev/null
		i=$((i + 1))
	done
	sync
	md5sum /mnt/a/* > /mnt/sums
	umount /mnt
	echo 3 > /proc/sys/vm/drop_caches
	mount -t ext4 /dev/vda /mnt
	md5sum -c /mnt/sums | grep -c OK
	umount /mnt
	e2fsck -f -n /dev/vda' || fail "ext4"
grep -qx 40 "$dir/ext4.out" || fail "files changed on ext4"
kill $device_pid
wait $device_pid 2>/dev/null
PATH=$PATH:/usr/sbin:/sbin e2fsck -f -n "$dir/disk" >"$dir/fsck.log" 2>&1 ||
	fail "the host finds errors on the disk"
echo "ext4: 40 files intact, checked in the guest and on the host"

# The device dies under a running verify and comes back: QEMU connects again
# and goes on from the used index. That is exact with one request in flight;
# with more, one that was completed out of order may be lost or done twice,
# as long as the device keeps no inflight memory.
truncate -s 64m "$dir/disk2"
device again --backing=file:"$dir/disk2"
# shellcheck disable=SC2046
guest again $(disk "$socket" 1 on ,reconnect=1) -- \
	fio --name=x --filename=/dev/vda --direct=1 --ioengine=libaio \
	--iodepth=1 --bs=4k --size=32m --rw=randwrite --verify=crc32c \
	--verify_fatal=1 --verify_backlog=64 --time_based --runtime=5 \
	--output-format=json &
guest_pid=$!
n=0
until [ "$(stat -c %b "$dir/disk2")" -gt 1000 ]; do
	n=$((n + 1))
	[ $n -gt 600 ] && fail "the guest does not write"
	sleep 0.1
done
kill -9 $device_pid
wait $device_pid 2>/dev/null
sleep 0.5
device again --backing=file:"$dir/disk2"
wait $guest_pid || fail "the guest did not outlive its device"
python3 - "$dir/again.out" <<'END' || fail "not verified over the restart"
import json, sys
text = open(sys.argv[1]).read()
job = json.loads(text[text.index("{"):])["jobs"][0]
pause = job["write"]["clat_ns"]["max"] / 1e9
pause = max(pause, job["read"]["clat_ns"]["max"] / 1e9)
assert job["error"] == 0
assert job["read"]["total_ios"] > 1000
assert 0.4 < pause < 4, pause  # it was away for half a second
print("the device died and came back: the guest saw a pause of %.1f s" % pause)
END
