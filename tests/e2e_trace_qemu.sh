#!/bin/bash
# SPDX-License-Identifier: MIT
# A QEMU that somebody else has started, under KVM: its queues are shown while
# it runs, with the names that its monitor knows. Its guest reads from its disk
# for ever, through SeaBIOS's virtio driver.
[ "$(id -u)" -eq 0 ] || { echo "tracing takes root"; exit 77; }
[ -w /dev/kvm ] || { echo "/dev/kvm cannot be used"; exit 77; }
for tool in qemu-system-x86_64 as objcopy; do
	command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
"$VIOPERF" trace --list 2>/dev/null | grep -q 'doorbell stored.*usable' ||
	{ echo "this kernel shows no doorbells"; exit 77; }
. "$(dirname "$0")/reading_disk.sh"
dir=$(mktemp -d)
pids=
trap 'for p in $pids; do kill -9 $p 2>/dev/null; done; rm -rf "$dir"' EXIT

fail() {
	echo "FAILED: $*"
	tail -n 20 "$dir"/*.out "$dir"/*.err 2>/dev/null
	exit 1
}

truncate -s 16M "$dir/other"
make_reading_disk "$dir/disk"

"$VIOPERF" device blk --socket "$dir/sock" --backing "file:$dir/disk" \
	--record "$dir/device.json" 2>"$dir/device.err" </dev/null &
device=$!
pids="$pids $device"
for _ in $(seq 100); do [ -S "$dir/sock" ] && break; sleep 0.05; done
qemu-system-x86_64 -accel kvm -m 64 -nodefaults -display none \
	-machine q35,memory-backend=mem -qmp "unix:$dir/qmp,server=on,wait=off" \
	-object memory-backend-memfd,id=mem,size=64M,share=on \
	-chardev socket,id=blk,path="$dir/sock" \
	-device vhost-user-blk-pci,id=ours,chardev=blk,num-queues=1,bootindex=0 \
	-blockdev driver=file,filename="$dir/other",node-name=o \
	-device virtio-blk-pci,id=theirs,drive=o,num-queues=1,bootindex=1 \
	>"$dir/qemu.out" 2>"$dir/qemu.err" </dev/null &
qemu=$!
pids="$pids $qemu"
wait_for_kicks() {
	for _ in $(seq 100); do
		"$VIOPERF" list --pid $qemu 2>/dev/null | grep -q kick && break
		[ -d /proc/$qemu ] || {
			echo "QEMU does not run under this KVM: $(tail -n 1 "$dir/qemu.err")"
			exit 77; }
		sleep 0.1
	done
	"$VIOPERF" list --pid $qemu 2>/dev/null | grep -q kick ||
		{ echo "SeaBIOS does not come up under this KVM"; exit 77; }
	sleep 1
}
wait_for_kicks

# Its firmware may take long to come to the boot sector.
reads() {
	"$VIOPERF" trace --pid $qemu --qmp "$dir/qmp" --time 1s --format json \
		>"$dir/trace.json" 2>"$dir/trace.err" </dev/null ||
		fail "trace --pid"
	python3 -c 'import json, sys
for r in json.load(open(sys.argv[1]))["rings"]:
    sys.exit(0) if r["name"] == "ours queue 0" and r["kicks"] > 20 else 0
sys.exit(1)' "$dir/trace.json"
}
for _ in $(seq 60); do reads && break; done
"$VIOPERF" trace --pid $qemu --qmp "$dir/qmp" --time 1s \
	>"$dir/trace.out" 2>"$dir/trace.err" </dev/null || fail "trace --pid"
cat "$dir/trace.out"
kill $qemu
wait $qemu 2>/dev/null
kill $device
wait $device 2>/dev/null
python3 - "$dir" $device <<'EOF' || fail "what is shown"
import json, sys
t = json.load(open(sys.argv[1] + "/trace.json"))
rings = {r["name"]: r for r in t["rings"]}
ours = rings["ours queue 0"]
assert ours["kicks"] > 20, ours["kicks"]
wakeup = ours["stages"]["device_wakeup"]
# SeaBIOS has one request in flight: each kick wakes the device
assert ours["kicks"] * .8 < wakeup["events"] <= ours["kicks"] + 1, wakeup["events"]
(vcpu,) = t["vm"]["vcpus"]
assert vcpu["counters"]["exits"] > 0 or vcpu["counters"]["insn_emulation"] > 0
device = json.load(open(sys.argv[1] + "/device.json"))
assert device["requests"] > 2 * ours["kicks"], device["requests"]
EOF
grep -q "^ours queue 0, vioperf\[$device\]" "$dir/trace.out" || fail "no names"

# QEMU's own device: the thread that its kicks wake is named.
qemu-system-x86_64 -accel kvm -m 64 -nodefaults -display none -machine q35 \
	-name own,debug-threads=on -object iothread,id=io0 \
	-blockdev driver=file,filename="$dir/disk",node-name=o \
	-device virtio-blk-pci,drive=o,iothread=io0,num-queues=1,bootindex=0 \
	>"$dir/qemu.out" 2>"$dir/qemu.err" </dev/null &
qemu=$!
pids="$pids $qemu"
wait_for_kicks
named() {
	"$VIOPERF" trace --pid $qemu --time 1s >"$dir/own.out" 2>"$dir/own.err" \
		</dev/null || fail "trace --pid of QEMU's own device"
	grep -Eq "^(mmio|pio) 0x[0-9a-f]+, IO io0\[[0-9]+\] +[1-9]" "$dir/own.out"
}
for _ in $(seq 60); do named && break; done
cat "$dir/own.out"
kill $qemu
wait $qemu 2>/dev/null
grep -q "IO io0" "$dir/own.out" ||
	fail "the iothread is not named"

"$VIOPERF" trace --pid $$ --time 1s 2>"$dir/no.err" </dev/null && fail "a shell is no VM"
grep -q "no eventfd is shared" "$dir/no.err" || fail "why not?"
"$VIOPERF" trace --pid $$ --qmp "$dir/qmp" 2>"$dir/no.err" </dev/null
[ $? -eq 1 ] || fail "a pid without a VM"
echo "a running QEMU's queues, by name"
