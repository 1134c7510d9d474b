#!/bin/bash
# SPDX-License-Identifier: MIT
# The bare guest under KVM works the ring of our device and of
# qemu-storage-daemon: both completion modes, both doorbells, ring options,
# several queues, writes; its counts agree with the device's.
[ -r /dev/kvm ] && [ -w /dev/kvm ] || { echo "/dev/kvm cannot be used"; exit 77; }
dir=$(mktemp -d)
pids=
trap 'for p in $pids; do kill -9 $p 2>/dev/null; done; rm -rf "$dir"' EXIT

fail() {
	echo "FAILED: $*"
	cat "$dir"/*.err "$dir"/*.log 2>/dev/null | tail -n 20
	exit 1
}

wait_socket() {
	for n in $(seq 100); do [ -S "$1" ] && return; sleep 0.05; done
	fail "no device"
}

# one NAME DEVICE-OPTIONS -- LOAD-OPTIONS: run both, leave NAME.json and
# NAME.device.json
one() {
	name=$1 device=() load=()
	shift
	while [ "$1" != -- ]; do device+=("$1"); shift; done
	shift
	rm -f "$dir/s"
	"$VIOPERF" device blk --socket="$dir/s" --record="$dir/$name.device.json" \
		"${device[@]}" >"$dir/$name.log" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
	wait_socket "$dir/s"
	timeout 30 "$VIOPERF" load --socket="$dir/s" --driver=kvm --time=0.3s \
		--record="$dir/$name.json" "$@" 2>"$dir/$name.err" </dev/null ||
		fail "$name"
	kill $pid
	wait $pid 2>/dev/null
}

"$VIOPERF" device blk --socket="$dir/s" --backing=null >"$dir/p.log" 2>&1 </dev/null &
pid=$!
pids="$pids $pid"
wait_socket "$dir/s"
timeout 30 "$VIOPERF" load --socket="$dir/s" --driver=kvm --time=0.2s \
	>"$dir/print.out" 2>"$dir/print.err" </dev/null || fail "text"
grep -Eq 'bare guest \((vmx|svm|pvm)\): [0-9.]+ exits per request, doorbell' \
	"$dir/print.out" || fail "what the guest cost is not printed"
kill $pid
wait $pid 2>/dev/null

one depth1 --backing=ram:64m -- --depth=1
one pio --backing=ram:64m -- --depth=1 --kick=pio
one poll --backing=null -- --depth=4 --completion=poll
one mix --backing=ram:64m -- --depth=16 --rw=mix:50 --event-idx=off
one direct --backing=ram:64m -- --depth=8 --indirect=off
one queues --backing=null --queues=2 -- --queues=2 --depth=4
truncate -s 1m "$dir/disk"
one verify --backing=ram:4m -- --depth=4 --rw=randrw --verify
one verify-poll --backing=ram:4m --queues=2 -- --depth=4 --queues=2 \
	--rw=randrw --verify --completion=poll
one write --backing=file:"$dir/disk" -- --rw=write --depth=4

python3 - "$dir" <<'END' || fail "records"
import json, sys
d = sys.argv[1]
for name in ("depth1", "pio", "poll", "mix", "direct", "queues", "write",
             "verify", "verify-poll"):
    j = json.load(open(f"{d}/{name}.json"))
    dev = json.load(open(f"{d}/{name}.device.json"))
    k, m = j["kvm"], j["metrics"]
    assert j["status"] == "ok" and j["errors"] == 0 and k["log_full"] == 0
    assert j["requests"] > 50, (name, j["requests"])
    assert j["bytes"] == j["requests"] * 4096
    assert j["latency"]["count"] == j["requests"]
    # the device has seen those, and what was in flight at the window's edges
    assert j["requests"] <= dev["requests"], name
    assert k["kind"] in ("vmx", "svm", "pvm")
    assert 100 < k["kick_mean_ns"] < 1e7, k
    assert j["kicks"] <= j["publishes"] <= j["requests"], name
    if name.startswith("verify"):  # all of it once more at the end
        assert j["verified_sectors"] > 8192, j["verified_sectors"]
    if name == "poll":
        assert j["calls"] == 0 and k["halt_exits"] == 0, (j["calls"], k)
    if name in ("depth1", "pio"):
        # each request is announced by a doorbell of its own
        assert abs(m["kicks_per_request"]["value"] - 1) < 0.01
        assert dev["kicks"] <= dev["requests"]
print("the guest's counts and the device's agree")
END
[ "$(tr -d '\0' <"$dir/disk" | wc -c)" -gt 900000 ] ||
	fail "what the guest wrote is not on the disk"

if command -v qemu-storage-daemon >/dev/null; then
	qemu-storage-daemon --blockdev \
		driver=null-co,size=1073741824,node-name=d --export \
		type=vhost-user-blk,id=e,node-name=d,addr.type=unix,addr.path="$dir/q" \
		>"$dir/qsd.log" 2>&1 </dev/null &
	pids="$pids $!"
	wait_socket "$dir/q"
	truncate -s 4m "$dir/image"
	qemu-storage-daemon --blockdev \
		driver=file,filename="$dir/image",node-name=d --export \
		type=vhost-user-blk,id=e,node-name=d,writable=on,addr.type=unix,addr.path="$dir/v" \
		>"$dir/qsdv.log" 2>&1 </dev/null &
	pids="$pids $!"
	wait_socket "$dir/v"
	for mode in interrupt poll; do
		timeout 30 "$VIOPERF" load --socket="$dir/v" --driver=kvm \
			--time=0.3s --depth=4 --completion=$mode --rw=randrw \
			--verify 2>"$dir/qsd.err" </dev/null >"$dir/qsd.out" ||
			fail "qemu-storage-daemon verified, $mode"

		timeout 30 "$VIOPERF" load --socket="$dir/q" --driver=kvm \
			--time=0.3s --depth=4 --completion=$mode \
			--record="$dir/qsd.json" 2>"$dir/qsd.err" </dev/null ||
			fail "qemu-storage-daemon, $mode"
	done
	echo "qemu-storage-daemon too"
else
	echo "skipped part: qemu-storage-daemon is not installed"
fi

# A device that stores nothing is found out.
rm -f "$dir/s"
"$VIOPERF" device blk --socket="$dir/s" --backing=null >"$dir/n.log" 2>&1 </dev/null &
pid=$!
pids="$pids $pid"
wait_socket "$dir/s"
timeout 30 "$VIOPERF" load --socket="$dir/s" --driver=kvm --time=0.3s \
	--size=1m --verify 2>"$dir/null.err" </dev/null && fail "verify of nothing"
grep -q "the device did not write the buffer" "$dir/null.err" ||
	fail "what is wrong with the data?"
kill $pid
wait $pid 2>/dev/null

# A device that dies ends the load, not the machine.
rm -f "$dir/s"
"$VIOPERF" device blk --socket="$dir/s" --backing=null >"$dir/d.log" 2>&1 </dev/null &
pid=$!
pids="$pids $pid"
wait_socket "$dir/s"
timeout 30 "$VIOPERF" load --socket="$dir/s" --driver=kvm --time=10s \
	>"$dir/die.out" 2>"$dir/die.err" </dev/null &
load=$!
sleep 1
kill -9 $pid
wait $load && fail "the device died unnoticed"
grep -q "closed the connection" "$dir/die.err" || fail "why did it end?"
"$VIOPERF" load --driver=kvm --socket=x --rate=10 2>"$dir/usage.err"
[ $? -eq 2 ] || fail "--rate is no usage error"
