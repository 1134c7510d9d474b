#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf load against vioperf device: the start protocol, the window, stamps
# of both sides that join, verified data, a device killed in mid-run.
set -u
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
fail() { echo "$*" >&2; exit 1; }

cat >"$dir/cell.py" <<'PY'
"""One cell as the harness runs it: device, load, ready, go, record, stamps."""
import json, socket, struct, subprocess, sys, time
vioperf, dir, queues, *how = sys.argv[1:]
dev = subprocess.Popen([vioperf, "device", "blk", "--socket", dir + "/sock",
                        "--backing", "ram:16m", "--queues", queues,
                        "--stamps", dir + "/dev.st", "--stamps-every", "4"])
ours, theirs = socket.socketpair()
load = subprocess.Popen(
    [vioperf, "load", "--socket", dir + "/sock", "--queues", queues,
     "--stamps", dir + "/drv.st", "--stamps-every", "4",
     "--record", dir + "/r.json", "--rings", dir + "/rings.json",
     "--sync-fd", str(theirs.fileno()), *how],
    pass_fds=[theirs.fileno()])
theirs.close()
ours.settimeout(20)
assert ours.recv(64) == b"ready\n"
rings = json.load(open(dir + "/rings.json"))
assert rings["pid"] == load.pid and rings["device_pid"] == dev.pid
assert len({q["tid"] for q in rings["queues"]}) == int(queues)
time.sleep(0.1)
start = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + 30_000_000
end = start + 100_000_000
ours.sendall(b"go %d %d\n" % (start, end))
assert load.wait(20) == 0, "the load failed"
assert time.clock_gettime_ns(time.CLOCK_MONOTONIC) >= end
dev.terminate()
dev.wait(10)
r = json.load(open(dir + "/r.json"))
assert r["window"] == {"start_ns": start, "end_ns": end}, r["window"]
assert r["requests"] > 100 and r["errors"] == r["bad_lengths"] == 0

def samples(path):
    d = open(path, "rb").read()
    magic, nr, every, first, until = struct.unpack_from("<QIIQQ", d)
    assert d[:8] == b"vopstamp" and nr == int(queues) and every == 4
    size = 64 + 131072 * 64
    out = {}
    for q in range(nr):
        for i in range(131072):
            s = struct.unpack_from("<QQQQQI", d, 64 + q * size + 64 + i * 64)
            if s[1]:
                assert s[0] % 4 == 0
                out[q, s[0]] = s[1:]
    return out, first, until
drv, first, until = samples(dir + "/drv.st")
dev, _, _ = samples(dir + "/dev.st")
span = (until - first) * r["ns_per_tick"]
assert abs(span - 100e6) < 1e4, span
drv = {k: s for k, s in drv.items() if first <= s[2] < until}
joined = [(drv[k], dev[k]) for k in drv if k in dev]
assert len(joined) > 0.99 * len(drv) > 0, (len(joined), len(drv))
# every fourth request of the window, unless the ring of samples overflowed
if r["requests"] < 200000:
    assert abs(len(drv) * 4 - r["requests"]) < 300, (len(drv), r["requests"])
for a, b in joined:
    assert a[4] == b[4], "heads differ"
    # 100 ns: clocks of two CPUs
    order = [a[0], a[1], b[0], b[1], b[2], b[3], a[2]]
    slack = 100 / r["ns_per_tick"]
    assert all(x <= y + slack for x, y in zip(order, order[1:])), order
if "--rate" in how:
    sys.exit() # latency there begins at the intended start, stamps do not
mean = sum(a[2] - a[0] for a, _ in joined) / len(joined) * r["ns_per_tick"]
whole = r["latency"]["sum_ns"] / r["latency"]["count"]
assert 0.5 < mean / whole < 2, (mean, whole)
PY
for how in '--depth 1' '--depth 16' '--depth 1 --completion poll' \
	'--depth 4 --event-idx off --indirect off' '--depth 8 --rate 5k'; do
	for queues in 1 2; do
		# shellcheck disable=SC2086
		timeout 60 python3 "$dir/cell.py" "$VIOPERF" "$dir" $queues \
			$how || fail "$queues queues, $how"
	done
done

# A harness that gives up before go.
"$VIOPERF" device blk --socket "$dir/s" --backing ram:16m &
device=$!
python3 - "$VIOPERF" "$dir/s" <<'PY' || fail "EOF before go"
import socket, subprocess, sys
ours, theirs = socket.socketpair()
p = subprocess.Popen([sys.argv[1], "load", "--socket", sys.argv[2],
                      "--sync-fd", str(theirs.fileno())],
                     pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
theirs.close()
assert ours.recv(64) == b"ready\n"
ours.close()
assert p.wait(10) == 1
PY

for how in '--depth 8 --rw mix:50' '--depth 32 --rw randwrite --bs 16k' \
	'--rw rw --bs 512 --depth 4 --completion poll'; do
	# shellcheck disable=SC2086
	timeout 60 "$VIOPERF" load --socket "$dir/s" --verify --size 4m \
		--time 100ms $how >"$dir/out" 2>&1 ||
		fail "verify $how: $(cat "$dir/out")"
done

# kill -9 in mid-run.
"$VIOPERF" load --socket "$dir/s" --time 20s --record "$dir/r.json" \
	2>"$dir/err" &
load=$!
sleep 0.3
kill -KILL $device
wait $load && fail "the device was killed, but exit 0"
grep -q 'the device closed the connection' "$dir/err" ||
	fail "killed: $(cat "$dir/err")"
grep -q '"status": "failed"' "$dir/r.json" || fail "no record"
exit 0
