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
blocks = 3
END
timeout 200 "$VIOPERF" run "$dir/s.ini" --out "$dir/run" --no-report \
	>"$dir/out" 2>&1 </dev/null || { cat "$dir/out"; exit 1; }

python3 - "$dir" <<'END' || exit 1
import glob, json, sys
traced, shares = 0, []
for path in glob.glob(sys.argv[1] + "/run/records/*.json"):
    r = json.load(open(path))
    if r["status"] == "skipped":
        print("skipped part:", r["cell"], r["reason"])
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
        # two clocks: what came out as none, or as less, is 0, and is rare
        none = sum(n for i, n in enter["hist"]["buckets"] if i == 0)
        assert none <= 5, none
        assert enter["hist"]["min_ns"] < 100000, enter["hist"]["min_ns"]
    assert ring["inversions"] <= 5, ring["inversions"]
    assert r["trace"]["clock_error_ns"] < 50000, r["trace"]["clock_error_ns"]
    stages = {s["name"]: s for s in r["stages"]}
    whole = r["metrics"]["latency_mean_ns"]["value"]
    if cell["target"] == "blk":
        rest = stages["unattributed"]
        shares.append(rest["mean_ns"] * rest["count"] / load["requests"] / whole)
        assert r["stamps"]["joined"] > 0 and r["stamps"]["unmatched"] <= 5, r["stamps"]
    traced += 1
assert traced >= 6, traced
# a vCPU that is taken off its CPU by others has times that no stage shows: the
# quietest of the six tells whether the stages are whole
assert min(abs(s) for s in shares) < .1, shares
print("%d traced cells: kicks as KVM counted them, stages explain the mean" % traced)
END

# A device that is late on purpose is late in device_io, and nowhere else: the
# least of its times is no less than that, and grows with it, and of all other
# stages it is far less, however busy the machine.
late() {
	rm -f "$dir/s"
	"$VIOPERF" device blk --socket="$dir/s" --backing=null --service=$1us \
		--stamps="$dir/stamps" --record="$dir/device$1.json" \
		>"$dir/log" 2>&1 </dev/null &
	pid=$!
	for n in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
	timeout 60 "$VIOPERF" load --socket="$dir/s" --driver=kvm --time=1s \
		--record="$dir/load$1.json" </dev/null || exit 1
	kill $pid
	wait $pid 2>/dev/null
	pid=
}
late 1000
late 8000
python3 - "$dir" <<'END' || exit 1
import json, sys
def least(us):
    s = json.load(open("%s/device%d.json" % (sys.argv[1], us)))["stages"]
    load = json.load(open("%s/load%d.json" % (sys.argv[1], us)))
    assert load["requests"] > 3, load["requests"]
    assert load["metrics"]["latency_p50_ns"]["value"] > us * 1000
    return {k: v["min_ns"] / 1000 for k, v in s.items() if v["count"]}
short, long = least(1000), least(8000)
assert short.keys() == long.keys() and len(short) > 2, short
for k in short:
    if k == "device_io":
        assert 1000 <= short[k] < 8000 <= long[k], (short, long)
    else:
        assert short[k] < 500 and long[k] < 4000, (k, short, long)
print("a late device shows in device_io alone")
END
