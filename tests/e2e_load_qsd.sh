#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf load against a device it does not know: qemu-storage-daemon.
set -u
if ! command -v qemu-storage-daemon >/dev/null; then
	echo "qemu-storage-daemon is missing (package qemu-system-common)"
	exit 77
fi
dir=$(mktemp -d)
qsd=
end_qsd() { [ -n "$qsd" ] && kill -KILL "$qsd" 2>/dev/null && wait "$qsd"; }
trap 'end_qsd 2>/dev/null; rm -rf "$dir"' EXIT
fail() { echo "$*" >&2; exit 1; }
load() { timeout 60 "$VIOPERF" load --socket "$dir/sock" --time 100ms "$@"; }

# start_qsd BLOCKDEV WRITABLE
start_qsd() {
	end_qsd 2>/dev/null
	qemu-storage-daemon --blockdev "$1,node-name=d0" \
		--object iothread,id=t0 --export \
		"type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,\
addr.path=$dir/sock,writable=$2,num-queues=2,iothread=t0" \
		>>"$dir/qsd.log" 2>&1 &
	qsd=$!
}

start_qsd driver=null-co,size=1073741824 on
for ring in '' '--event-idx off' '--indirect off' \
	'--event-idx off --indirect off' '--ring-size 8' \
	'--ring-size 1024 --depth 300 --indirect off'; do
	for how in interrupt poll; do
		# shellcheck disable=SC2086
		load --depth 4 --queues 2 --completion $how $ring \
			>"$dir/out" 2>&1 ||
			fail "$how $ring: $(cat "$dir/out" "$dir/qsd.log")"
	done
done
load --rate 5k,poisson --depth 16 --record "$dir/rate.json" || fail "--rate"
load --queues 3 2>"$dir/err" && fail "3 queues of 2"
grep -q 'has 2 queues' "$dir/err" || fail "$(cat "$dir/err")"
load --size 2g 2>"$dir/err" && fail "2g of 1g"
grep -q 'has 1073741824 bytes' "$dir/err" || fail "$(cat "$dir/err")"
# null stores nothing: --verify has to notice
load --verify --size 1m 2>"$dir/err" && fail "null verified"
grep -q 'verify: sector' "$dir/err" || fail "$(cat "$dir/err")"

# What a record says of a foreign device.
load --record "$dir/r.json" --rings "$dir/rings.json" || fail "record"
python3 - "$dir" "$qsd" <<'PY' || fail "record is wrong"
import json, sys
dir, qsd = sys.argv[1], int(sys.argv[2])
r = json.load(open(dir + "/r.json"))
rings = json.load(open(dir + "/rings.json"))
assert r["device_pid"] == rings["device_pid"] == qsd
assert r["device_cpu_ns"] > 0 and r["driver_cpu_ns"] > 0
assert "EVENT_IDX" in r["features"]["names"]
assert r["features"]["capacity_bytes"] == 1 << 30
assert r["features"]["device_queues"] == 2
assert 0.5 < r["metrics"]["kicks_per_request"]["value"] <= 1.01
assert r["wakeups"] <= r["requests"] * 1.01 + 2
assert r["called_requests"] <= r["requests"]
q = rings["queues"][0]
assert q["kick_id"] > 0 and q["call_id"] > 0 and q["kick_id"] != q["call_id"]
rate = json.load(open(dir + "/rate.json"))
assert 300 < rate["requests"] + rate["unsent"] < 700, rate["requests"]
PY

# A file keeps what is written to it.
dd if=/dev/urandom of="$dir/disk" bs=1M count=16 2>/dev/null || fail "disk"
start_qsd "driver=file,filename=$dir/disk,aio=io_uring" on
for how in '--depth 8 --rw mix:50' '--depth 8 --queues 2 --rw randwrite' \
	'--rw rw --bs 64k --depth 4 --completion poll' \
	'--rw mix:30 --depth 16 --queues 2 --indirect off --event-idx off' \
	'--rw randread --rate 2k --depth 4'; do
	# shellcheck disable=SC2086
	load --verify --size 8m $how --record "$dir/v.json" ||
		fail "verify $how: $(cat "$dir/qsd.log")"
	grep -q '"verified_sectors": [1-9]' "$dir/v.json" ||
		fail "nothing verified: $how"
done

start_qsd "driver=file,filename=$dir/disk,read-only=on" off
load --rw randwrite 2>"$dir/err" && fail "wrote to a read-only device"
grep -q 'read-only' "$dir/err" || fail "$(cat "$dir/err")"
load --rw randread >/dev/null || fail "cannot read a read-only device"

# The device dies in mid-run.
start_qsd driver=null-co,size=1073741824 on
for how in interrupt poll; do
	"$VIOPERF" load --socket "$dir/sock" --time 20s --depth 4 \
		--completion $how --record "$dir/dead.json" 2>"$dir/err" &
	pid=$!
	sleep 0.4
	end_qsd 2>/dev/null
	wait $pid && fail "the device died, but exit 0"
	grep -q 'the device closed the connection' "$dir/err" ||
		fail "died: $(cat "$dir/err")"
	grep -q '"status": "failed"' "$dir/dead.json" || fail "no record"
	start_qsd driver=null-co,size=1073741824 on
done
exit 0
