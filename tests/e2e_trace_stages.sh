#!/bin/bash
# SPDX-License-Identifier: MIT
# Without a VM: the stages of our device explain the whole latency, also where
# it answers as fast as it is traced, and of another device what can be seen.
[ "$(id -u)" -eq 0 ] || { echo "tracing takes root"; exit 77; }
"$VIOPERF" trace --list 2>/dev/null | grep -q 'wake-up sent.*usable' ||
	{ echo "nothing can be traced here"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/s.ini" <<'END'
[run]
target = blk, qsd-blk
depth = 1
traced = yes
time = 1s
warmup = 0.1s
blocks = 3
END
timeout 200 "$VIOPERF" run "$dir/s.ini" --out "$dir/run" \
	>"$dir/out" 2>&1 </dev/null || { cat "$dir/out"; exit 1; }

python3 - "$dir" <<'END' || exit 1
import glob, json, statistics, sys
shares = []
for path in glob.glob(sys.argv[1] + "/run/records/*.json"):
    r = json.load(open(path))
    cell = dict(p.split("=", 1) for p in r["cell"].split())
    if r["status"] == "skipped":
        print("skipped part:", r["cell"], r["reason"])
    if r["status"] == "skipped" or cell["traced"] == "no":
        continue
    assert r["status"] == "ok", r.get("reason")
    load, ring = r["load"], r["trace"]["rings"][0]
    assert abs(ring["kicks"] - load["kicks"]) <= 3, (ring["kicks"], load["kicks"])
    assert abs(ring["calls"] - load["calls"]) <= 50 + load["calls"] * .01, ring
    # each call that woke the driver was followed, at any rate
    s = ring["stages"]
    wakeups = ring["call_wakeups"] - ring["call_wakeups_lost"]
    assert abs(s["driver_wakeup"]["events"] - wakeups) <= 3, (s, wakeups)
    whole = r["metrics"]["latency_mean_ns"]["value"]
    parts = {s["name"]: s["mean_ns"] * s["count"] / load["requests"]
             for s in r["stages"]}
    share = parts["unattributed"] / whole
    if cell["target"] == "blk":
        shares.append(share)
assert len(shares) == 3, shares
# next to nothing, but on a busy machine a block may have hardly a request
assert statistics.median(abs(s) for s in shares) < .2, shares
print("our device: %s of the mean is unattributed" %
      ", ".join("%.1f %%" % (100 * s) for s in shares))
END
