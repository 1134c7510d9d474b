#!/bin/bash
# SPDX-License-Identifier: MIT
# Processes that share eventfds, by nothing but their ids: a storage daemon and
# its client, from either side, with --watch until one leaves; and a QEMU that
# emulates its CPUs, of which a KVM alone could be looked into.
[ "$(id -u)" -eq 0 ] || { echo "tracing takes root"; exit 77; }
"$VIOPERF" trace --list 2>/dev/null | grep -q 'wake-up sent.*usable' ||
	{ echo "nothing can be traced here"; exit 77; }
command -v qemu-storage-daemon >/dev/null ||
	{ echo "qemu-storage-daemon is missing (package qemu-system-common)"; exit 77; }
. "$(dirname "$0")/reading_disk.sh"
dir=$(mktemp -d)
pids=
trap 'for p in $pids; do kill -9 $p 2>/dev/null; done; rm -rf "$dir"' EXIT

fail() {
	echo "FAILED: $*"
	tail -n 20 "$dir"/*.out "$dir"/*.err 2>/dev/null
	exit 1
}
# wait_until WHAT COMMAND...
wait_until() {
	local what=$1
	shift
	for _ in $(seq 600); do "$@" && return; sleep 0.1; done
	fail "$what has not come about in a minute"
}
start() {
	"$@" >"$dir/start.out" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
}
start_qsd() {
	rm -f "$dir/sock"
	start qemu-storage-daemon \
		--blockdev driver=null-co,size=1073741824,node-name=d0 \
		--object iothread,id=t0 --export "type=vhost-user-blk,id=e0,\
node-name=d0,addr.type=unix,addr.path=$dir/sock,writable=on,num-queues=2,iothread=t0"
	qsd=$pid
	wait_until "the daemon's socket" [ -S "$dir/sock" ]
}
start_load() {
	rm -f "$dir/rings"
	start "$VIOPERF" load --socket "$dir/sock" --queues 2 --depth 1 \
		--time 100s --rings "$dir/rings"
	load=$pid
	wait_until "the load" [ -s "$dir/rings" ]
}

start_qsd
start_load
for p in $qsd $load $qsd,$load; do
	timeout 60 "$VIOPERF" trace --pid $p --time 1s --format json \
		>"$dir/$p.json" 2>"$dir/trace.err" || fail "trace --pid $p"
	python3 - "$dir/$p.json" "$dir/rings" $qsd $load <<'END' || fail "what is seen of $p"
import json, sys
seen = {e["eventfd_id"]: e for e in json.load(open(sys.argv[1]))["eventfds"]}
qsd, load = int(sys.argv[3]), int(sys.argv[4])
for q in json.load(open(sys.argv[2]))["queues"]:
    kick, call = seen[q["kick_id"]], seen[q["call_id"]]
    assert (kick["kind"], call["kind"]) == ("kick", "call"), (kick, call)
    assert kick["writer"] == call["waiter"] == {"pid": load, "name": "vioperf"}
    assert kick["waiter"] == call["writer"] == {"pid": qsd, "name": "qemu-storage-da"}
    assert {h["pid"] for h in kick["holders"]} == {qsd, load}
    assert call["writes"] > 0 and call["wakeups"] > 0, call
    assert call["stages"]["wakeup"]["events"] > 0, call["stages"]
assert len(seen) >= 4
END
done
timeout 60 "$VIOPERF" trace --pid $qsd --time 1s >"$dir/text.out" \
	2>"$dir/trace.err" || fail "trace --pid as text"
[ "$(grep -c "^eventfd [0-9]*, kick: vioperf\[$load\] -> qemu-storage-da\[$qsd\]" "$dir/text.out")" -eq 2 ] ||
	fail "kicks by name"
[ "$(grep -c "^eventfd [0-9]*, call: qemu-storage-da\[$qsd\] -> vioperf\[$load\]" "$dir/text.out")" -eq 2 ] ||
	fail "calls by name"
"$VIOPERF" list --pid $qsd 2>"$dir/list.err" && fail "a daemon is no VM"
grep -q "^vioperf list: .*under KVM.*vioperf trace --pid $qsd$" "$dir/list.err" ||
	fail "list does not say what can be done instead"

# A process that does not say what it is: from whom to whom is seen all the same.
cp "$VIOPERF" "$dir/anything"
kill $load; wait $load 2>/dev/null
"$dir/anything" load --socket "$dir/sock" --time 100s --rings "$dir/rings2" \
	>"$dir/start.out" 2>&1 </dev/null &
load=$!
pids="$pids $load"
wait_until "the load" [ -s "$dir/rings2" ]
timeout 60 "$VIOPERF" trace --pid $load --time 1s >"$dir/text.out" \
	2>"$dir/trace.err" || fail "trace --pid of anything"
grep -q "kick: [^ ]*\[$load\] -> qemu-storage-da\[$qsd\]" "$dir/text.out" ||
	fail "the daemon knows what its client is"
kill $load; wait $load 2>/dev/null

# --watch ends with who it watches: exit 0, why, and no window of zeros.
# watch WHO-LEAVES TRACE-OPTION...
watch() {
	local leaves=$1 ret
	shift
	timeout 120 "$VIOPERF" trace "$@" --watch --time 0.5s \
		>"$dir/watch.out" 2>"$dir/watch.err" </dev/null &
	local tracer=$!
	wait_until "a window" grep -q "wakeup" "$dir/watch.out"
	kill -KILL $leaves
	wait $leaves 2>/dev/null
	wait $tracer
	ret=$?
	[ $ret -eq 0 ] || fail "--watch $*: exit $ret"
	grep -q "^vioperf trace: the end: " "$dir/watch.err" ||
		fail "--watch $*: why it ends is not said"
	grep -Eq "^  0 (writes|kicks)|nothing written" "$dir/watch.out" &&
		fail "--watch $*: a window of zeros"
}
start_load
watch $load --pid $load
start_load
watch $load --pid $qsd
start_load
watch $load --rings "$dir/rings"
start_load
watch $qsd --pid $qsd
kill $load 2>/dev/null; wait $load 2>/dev/null
# Where there was nothing from the start, it is a failure.
timeout 60 "$VIOPERF" trace --pid $$ --watch --time 0.5s 2>"$dir/none.err" \
	</dev/null
[ $? -eq 1 ] || fail "--watch of nothing"

for tool in qemu-system-x86_64 as objcopy; do
	command -v $tool >/dev/null && continue
	echo "skipped part: $tool is not installed: no emulated VM was traced"
	exit 0
done
make_reading_disk "$dir/disk"
start_qemu() {
	start qemu-system-x86_64 -accel tcg -m 64 -nodefaults -display none \
		-machine q35,memory-backend=mem \
		-object memory-backend-memfd,id=mem,size=64M,share=on "$@"
	qemu=$pid
}
start "$VIOPERF" device blk --socket "$dir/blk" --backing "file:$dir/disk"
device=$pid
wait_until "the device" [ -S "$dir/blk" ]
start_qemu -chardev socket,id=blk,path="$dir/blk" \
	-device vhost-user-blk-pci,chardev=blk,num-queues=1,bootindex=0
kicked() {
	timeout 60 "$VIOPERF" trace --pid $qemu --time 0.5s \
		>"$dir/tcg.out" 2>"$dir/tcg.err" &&
		grep -q "kick: qemu-system-[^ ]*\[$qemu\] -> vioperf\[$device\]" "$dir/tcg.out"
}
wait_until "a kick of an emulated VM" kicked
grep -q "its virtual machine is emulated; only one under KVM" "$dir/tcg.err" ||
	fail "that it is no VM under KVM is not said"
"$VIOPERF" list --pid $qemu 2>"$dir/list.err"
[ $? -eq 1 ] || fail "an emulated VM is listed"
grep -q "only those can be listed: QEMU emulates.*vioperf trace --pid $qemu$" \
	"$dir/list.err" || fail "list does not say what can be done instead"
kill $qemu; wait $qemu 2>/dev/null

start_qemu -S
wait_until "QEMU" grep -q qemu /proc/$qemu/comm
sleep 0.5
timeout 60 "$VIOPERF" trace --pid $qemu --time 0.5s 2>"$dir/none.err"
[ $? -eq 1 ] || fail "there is nothing to be traced"
grep -q "emulated.*-accel kvm.*vhost-user" "$dir/none.err" || fail "why not?"
"$VIOPERF" list --pid $qemu 2>"$dir/list.err"
grep -q "shares no eventfd with another" "$dir/list.err" || fail "why not?"
echo "who kicks and who calls, until they leave; emulated VMs are said to be so"
