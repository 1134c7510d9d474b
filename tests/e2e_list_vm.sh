#!/bin/bash
# SPDX-License-Identifier: MIT
# A running VM without its cooperation: vCPU threads, doorbells, interrupts and
# who serves them, of our own bare guest and of a QEMU that knows nothing of us.
[ "$(id -u)" -eq 0 ] || { echo "reading a VM takes root"; exit 77; }
[ -w /dev/kvm ] || { echo "/dev/kvm cannot be used"; exit 77; }
[ -e /sys/kernel/btf/vmlinux ] || { echo "this kernel has no BTF"; exit 77; }
dir=$(mktemp -d)
pids=
trap 'for p in $pids; do kill -9 $p 2>/dev/null; done; rm -rf "$dir"' EXIT

fail() {
	echo "FAILED: $*"
	cat "$dir"/*.json "$dir"/out "$dir"/*.err 2>/dev/null | tail -n 40
	exit 1
}

# Late enough for the guest to halt, however slowly it is emulated.
"$VIOPERF" device blk --socket="$dir/s" --backing=null --queues=2 \
	--service=300us --record="$dir/device.json" >"$dir/log" 2>&1 </dev/null &
device=$!
pids="$pids $device"
for n in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
"$VIOPERF" load --socket="$dir/s" --driver=kvm --queues=1 --time=200s \
	>"$dir/out" 2>&1 </dev/null &
load=$!
pids="$pids $load"
listed() {
	"$VIOPERF" list --pid $load 2>/dev/null | grep -q "call .*vector"
}
for n in $(seq 100); do listed && break; sleep 0.1; done
"$VIOPERF" list --pid $load --format json >"$dir/vm.json" 2>"$dir/vm.err" ||
	fail "list --pid"
python3 - "$dir/vm.json" $load $device <<'END' || fail "what is listed"
import json, os, sys
vm, load, device = json.load(open(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
assert vm["pid"] == load
(vcpu,) = vm["vcpus"]
assert vcpu["vcpu"] == 0
assert os.path.isdir(f"/proc/{load}/task/{vcpu['tid']}")
(kick,), (call,) = vm["doorbells"], vm["interrupts"]
assert (kick["bus"], kick["address"], kick["length"]) == ("mmio", 0xd0000000, 4)
assert kick["datamatch"] is None
assert call["vector"] == 0x40 and call["gsi"] == 24
# both eventfds are those that the device holds too, by the kernel's number
ids = set()
for fd in os.listdir(f"/proc/{device}/fdinfo"):
    for line in open(f"/proc/{device}/fdinfo/{fd}"):
        if line.startswith("eventfd-id:"):
            ids.add(int(line.split()[1]))
for x in kick, call:
    assert x["eventfd"] in ids
    assert [h["pid"] for h in x["holders"]] == [device], x["holders"]
END
"$VIOPERF" list --pid $load | grep -q "call .*vector 0x40 *vioperf\[$device\]" ||
	fail "the text"
# Over and over, until it is told to stop or the VM is gone.
"$VIOPERF" trace --pid $load --watch --time 0.3s >"$dir/watch.out" 2>&1 </dev/null &
watch=$!
pids="$pids $watch"
shown() { grep -c '^mmio 0xd0000000, vioperf' "$dir/watch.out"; }
for n in $(seq 600); do [ "$(shown)" -ge 2 ] && break; sleep 0.1; done
kill -INT $watch
wait $watch || fail "--watch does not end well: $?"
[ "$(shown)" -ge 2 ] || fail "--watch shows once"

# What it does, by the same process id: kicks as the guest counts them.
"$VIOPERF" trace --pid $load --time 1s --format json >"$dir/trace.json" \
	2>"$dir/trace.err" || fail "trace --pid"
kill -INT $load
wait $load
for n in $(seq 600); do [ -s "$dir/device.json" ] && break; sleep 0.1; done
python3 - "$dir/trace.json" "$dir/device.json" <<'END' || fail "what is traced"
import json, sys
t = json.load(open(sys.argv[1]))
kick, call = t["rings"]
device = json.load(open(sys.argv[2]))
kicks = kick["kicks"]
assert kick["name"] == "mmio 0xd0000000", kick["name"]
assert call["name"] == "gsi 24 vector 0x40", call["name"]
# a call for each request, and a kick unless the device still looked for it
calls = call["calls"]
assert 0 < calls < device["requests"], (calls, device["requests"])
assert 0 < kicks <= calls * 1.05 + 2, (kicks, calls)
stages = kick["stages"]
assert 0 < stages["device_wakeup"]["events"] <= kicks + 1, stages
# the doorbell and the interrupt are of one queue, as the device's thread shows
(queue,) = t["queues"]
assert (queue["kick"], queue["call"]) == (0, 1) and queue["share"] > .9, queue
# KVM's own counters of the vCPU: the guest halts about once a request
(vcpu,) = t["vm"]["vcpus"]
rate = calls / (t["window"]["end_ns"] - t["window"]["start_ns"])
halts = vcpu["counters"]["halt_exits"] / t["vm"]["counted_ns"]
assert rate / 8 < halts < rate * 8, (halts, rate)
assert vcpu["counters"]["halt_successful_poll"] <= vcpu["counters"]["halt_exits"]
assert t["vm"]["vcpu_wakeup"]["count"] >= 0
END

# Its end is told, and what was seen until then.
"$VIOPERF" load --socket="$dir/s" --driver=kvm --queues=1 --time=200s \
	>"$dir/out" 2>&1 </dev/null &
load=$!
pids="$pids $load"
for n in $(seq 100); do listed && break; sleep 0.1; done
"$VIOPERF" trace --pid $load --record "$dir/ended.json" >/dev/null 2>&1 </dev/null &
recorder=$!
"$VIOPERF" trace --pid $load >"$dir/ended.out" 2>"$dir/ended.err" </dev/null &
tracer=$!
pids="$pids $recorder $tracer"
# What awaits signals is attached.
attached() { ls -l /proc/$1/fd 2>/dev/null | grep -q signalfd; }
for p in $recorder $tracer; do
	for n in $(seq 600); do attached $p && break; sleep 0.1; done
done
sleep 1
kill -9 $load
wait $tracer
[ $? -eq 1 ] || fail "a VM that ends is no error"
grep -q "process $load ended while it was traced" "$dir/ended.err" || fail "why?"
grep -q "^mmio 0xd0000000" "$dir/ended.out" || fail "what was seen is lost"
wait $recorder
python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
assert r["status"] == "ok" and r["ended"] == int(sys.argv[2]), r["status"]
assert r["rings"][0]["kicks"] > 0
' "$dir/ended.json" $load || fail "what was recorded is lost"
wait $load

"$VIOPERF" list --pid $device 2>"$dir/no.err" && fail "a device is no VM"
grep -q "runs no virtual machine" "$dir/no.err" || fail "why not?"
"$VIOPERF" list --pid 4194304 2>"$dir/gone.err" && fail "there is no such process"
grep -q "there is none" "$dir/gone.err" || fail "why not?"

# A VM with more doorbells than can be traced, by a name that is no text.
cat >"$dir/many.py" <<'END'
import ctypes, fcntl, os, struct, sys, threading, time
ctypes.CDLL(None).prctl(15, b"a\xff\x1b[31m", 0, 0, 0)
vm = fcntl.ioctl(os.open("/dev/kvm", os.O_RDWR), 0xae01, 0)
for i in range(int(sys.argv[1])):
    fcntl.ioctl(vm, 0x4040ae79, struct.pack("QQIiI36x", 0, 0xd0000000 + 4 * i, 4,
                                            ctypes.CDLL(None).eventfd(0, 0), 0))
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
time.sleep(60)
END
python3 "$dir/many.py" 600 >"$dir/many.out" &
many=$!
pids="$pids $many"
for n in $(seq 100); do [ -s "$dir/many.out" ] && break; sleep 0.05; done
"$VIOPERF" list --pid $many --format json >"$dir/many.json" || fail "many doorbells"
python3 -c 'import json, sys
vm = json.load(open(sys.argv[1]))
assert len(vm["doorbells"]) == 600, len(vm["doorbells"])
assert vm["name"] == "a??[31m", vm["name"]
' "$dir/many.json" || fail "what many doorbells are"
"$VIOPERF" trace --pid $many --time 0.2s >"$dir/many.out" 2>"$dir/many.err" ||
	fail "to trace many doorbells"
grep -q "88 doorbells, interrupts or vCPUs are not traced" "$dir/many.err" ||
	fail "what is left out is not said"
grep -q "^mmio 0xd00007fc, the VMM" "$dir/many.out" || fail "the last that is traced"

# One thread of a process is not the process.
tid=$(ls /proc/$many/task | grep -v "^$many$" | head -n 1)
for command in list trace; do
	"$VIOPERF" $command --pid $tid 2>"$dir/tid.err" && fail "$command takes a thread"
	grep -q "$tid is a thread of process $many" "$dir/tid.err" ||
		fail "$command does not say that it is a thread"
done

if command -v qemu-system-x86_64 >/dev/null; then
	qemu-system-x86_64 -accel kvm -m 64M -smp 2 -display none -S \
		-nodefaults >"$dir/qemu.err" 2>&1 </dev/null &
	qemu=$!
	pids="$pids $qemu"
	vcpus() { "$VIOPERF" list --pid $qemu 2>/dev/null | grep -c 'vCPU [01] .*thread'; }
	for n in $(seq 100); do
		[ -d /proc/$qemu ] && [ "$(vcpus)" -ne 2 ] || break
		sleep 0.1
	done
	if [ -d /proc/$qemu ]; then
		[ "$(vcpus)" -eq 2 ] || fail "QEMU's vCPUs"
		echo "QEMU's VM too"
	else
		echo "skipped part: QEMU does not run under this KVM:" \
			"$(tail -n 1 "$dir/qemu.err")"
	fi
else
	echo "skipped part: qemu-system-x86_64 is not installed"
fi
sleep 0.3
left=$(bpftool prog list 2>/dev/null | grep -Ec 'vm_files|exit_tp|mmio_btf|sys_exit_btf')
[ "$left" -eq 0 ] || fail "programs are left"
