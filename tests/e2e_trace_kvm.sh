#!/bin/bash
# SPDX-License-Identifier: MIT
# The stages of a bare guest's requests: kicks as KVM's tracepoints counted
# them are those that the guest made, the stages explain the latency, and a
# device that is late on purpose shows in its own stage.
[ "$(id -u)" -eq 0 ] || { echo "tracing takes root"; exit 77; }
[ -w /dev/kvm ] || { echo "/dev/kvm cannot be used"; exit 77; }
"$VIOPERF" trace --list 2>/dev/null | grep -q 'doorbell stored.*usable' ||
	{ echo "this kernel shows no doorbells"; exit 77; }
dir=$(mktemp -d)
pid=
trap '[ -n "$pid" ] && kill -9 $pid 2>/dev/null; rm -rf "$dir"' EXIT

cat >"$dir/s.ini" <<'END'
[run]
target = blk, qsd-blk
driver = kvm
depth = 1, 8
traced = yes
time = 0.5s
warmup = 0.1s
blocks = 1
END
timeout 100 "$VIOPERF" run "$dir/s.ini" --out "$dir/run" --no-report \
	>"$dir/out" 2>&1 </dev/null || { cat "$dir/out"; exit 1; }

python3 - "$dir" <<'END' || exit 1
import glob, json, sys
traced = 0
for path in glob.glob(sys.argv[1] + "/run/records/*.json"):
    r = json.load(open(path))
    if r["status"] == "skipped":
        continue
    assert r["status"] == "ok", r.get("reason")
    cell = dict(p.split("=", 1) for p in r["cell"].split())
    assert cell["accelerator"] in ("vmx", "svm", "pvm"), cell
    if cell["traced"] == "no":
        continue
    load, ring = r["load"], r["trace"]["rings"][0]
    # both count what lies in the same window; one may cross each edge
    assert abs(ring["kicks"] - load["kicks"]) <= 3, (ring["kicks"], load["kicks"])
    carried = ring["kick_requests"] - load["kicked_requests"]
    assert abs(carried) <= 3 * int(cell["depth"]), carried
    # each call that was written has raised an interrupt that was accepted
    s = ring["stages"]
    for name in "call_signal", "irq_accept":
        assert abs(s[name]["events"] - ring["calls"]) <= max(
            3, .15 * ring["calls"]), (name, s[name]["events"], ring["calls"])
    assert s["kick_exit"]["events"] > 10 and s["kick_exit"]["hist"]["min_ns"] > 0
    # how many wait for their interrupt depends on who is faster
    enter = s.get("irq_enter", {"events": 0})
    assert enter["events"] <= ring["calls"] + 2, enter["events"]
    if enter["events"] >= 20:
        assert 0 < enter["hist"]["min_ns"] < 100000, enter["hist"]["min_ns"]
    assert ring["inversions"] <= 5, ring["inversions"]
    assert r["trace"]["clock_error_ns"] < 1000, r["trace"]["clock_error_ns"]
    stages = {s["name"]: s for s in r["stages"]}
    whole = r["metrics"]["latency_mean_ns"]["value"]
    if cell["target"] == "blk":
        rest = stages["unattributed"]
        share = rest["mean_ns"] * rest["count"] / load["requests"] / whole
        assert abs(share) < .07, share
        assert r["stamps"]["joined"] > 20 and not r["stamps"]["unmatched"] > 5
    traced += 1
assert traced >= 2, traced
print("%d traced cells: kicks as KVM counted them, stages explain the mean" % traced)
END

# 200 us of service time are 200 us of device_io, and of nothing else.
"$VIOPERF" device blk --socket="$dir/s" --backing=null --service=200us \
	--stamps="$dir/stamps" --stamps-every=1 --record="$dir/device.json" \
	>"$dir/log" 2>&1 </dev/null &
pid=$!
for n in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
timeout 30 "$VIOPERF" load --socket="$dir/s" --driver=kvm --time=0.4s \
	--record="$dir/load.json" </dev/null || exit 1
kill $pid
wait $pid 2>/dev/null
pid=
python3 - "$dir" <<'END' || exit 1
import json, sys
s = json.load(open(sys.argv[1] + "/device.json"))["stages"]
mean = {k: v["sum_ns"] / v["count"] / 1000 for k, v in s.items() if v["count"]}
late = [k for k, v in mean.items() if v > 150]
assert len(late) == 1 and 200 <= mean[late[0]] < 400, mean
latency = json.load(open(sys.argv[1] + "/load.json"))["metrics"]["latency_p50_ns"]["value"]
assert latency > 200000, latency
print("a late device shows in %s alone" % late[0])
END
