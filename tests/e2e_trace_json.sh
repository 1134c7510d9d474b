#!/bin/bash
# SPDX-License-Identifier: MIT
# Whole requests as a trace for Chrome and Perfetto.
"$VIOPERF" trace --list 2>&1 | grep -q 'built without tracing' &&
	{ echo "built without tracing"; exit 77; }
dir=$(mktemp -d)
pid=
trap '[ -n "$pid" ] && kill -9 $pid 2>/dev/null; rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; cat "$dir"/*.err 2>/dev/null; exit 1; }

"$VIOPERF" device blk --socket="$dir/s" --backing=ram:16m --service=20us \
	--stamps="$dir/dev" --stamps-every=1 >"$dir/log" 2>&1 </dev/null &
pid=$!
for n in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
"$VIOPERF" load --socket="$dir/s" --depth=4 --time=0.3s --stamps="$dir/drv" \
	--stamps-every=1 >/dev/null 2>"$dir/load.err" </dev/null || fail "load"
"$VIOPERF" trace --trace-json="$dir/t.json" --stamps="$dir/drv,$dir/dev" \
	--events=200 2>"$dir/trace.err" || fail "trace --trace-json"
"$VIOPERF" trace --trace-json="$dir/one.json" --stamps="$dir/drv" --events=5 \
	2>"$dir/trace.err" || fail "the driver's side alone"
python3 - "$dir" <<'END' || fail "the trace"
import collections, json, sys
events = [e for e in json.load(open(sys.argv[1] + "/t.json"))["traceEvents"]
          if e["ph"] == "X"]
whole = [e for e in events if e["name"] == "request"]
assert len(whole) == 200, len(whole)
parts = collections.defaultdict(list)
for e in events:
    if e["name"] != "request":
        parts[e["args"]["seq"]].append(e)
for w in whole:  # stages fill the request, one after the other
    p = parts[w["args"]["seq"]]
    assert len(p) == 6 and {x["tid"] for x in p} == {w["tid"]}
    assert abs(sum(x["dur"] for x in p) - w["dur"]) < 0.3, (w, p)
    io = [x for x in p if x["name"] == "device_io"]
    assert io[0]["dur"] >= 19, io
assert {w["tid"] for w in whole} <= set(range(1, 9))  # depth 4
last = {}
for w in sorted(whole, key=lambda e: e["ts"]):
    assert last.get(w["tid"], -1) <= w["ts"] + 0.01, "two at once on a line"
    last[w["tid"]] = w["ts"] + w["dur"]
one = json.load(open(sys.argv[1] + "/one.json"))["traceEvents"]
assert sum(e["name"] == "request" for e in one) == 5
END
"$VIOPERF" trace --trace-json=x 2>"$dir/usage.err"
[ $? -eq 2 ] || fail "--trace-json alone is no usage error"
"$VIOPERF" trace --trace-json="$dir/no" --stamps="$dir/no" --events=0 2>/dev/null
[ $? -eq 2 ] || fail "no event at all is no usage error"
"$VIOPERF" trace --trace-json="$dir/x" --stamps="$dir/log" 2>"$dir/bad.err" &&
	fail "a log is no file of stamps"
echo "200 requests, whole"
