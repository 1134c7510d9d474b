#!/bin/bash
# SPDX-License-Identifier: MIT
# Whole requests as a trace for Chrome and Perfetto: as the man page says it,
# and whatever each side keeps.
"$VIOPERF" trace --list 2>&1 | grep -q 'built without tracing' &&
	{ echo "built without tracing"; exit 77; }
dir=$(mktemp -d)
pid=
trap '[ -n "$pid" ] && kill -9 $pid 2>/dev/null; rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; cat "$dir"/*.err 2>/dev/null; exit 1; }

# stamp DEVICE_OPTIONS LOAD_OPTIONS
stamp() {
	rm -f "$dir/s"
	# shellcheck disable=SC2086
	"$VIOPERF" device blk --socket "$dir/s" --service=20us \
		--stamps "$dir/dev" $1 >"$dir/device.err" 2>&1 </dev/null &
	pid=$!
	for n in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
	# shellcheck disable=SC2086
	timeout 60 "$VIOPERF" load --socket "$dir/s" --depth 4 --time 0.5s \
		--stamps "$dir/drv" --record "$dir/load.json" $2 \
		>/dev/null 2>"$dir/load.err" </dev/null || fail "load"
	"$VIOPERF" trace --trace-json "$dir/t.json" \
		--stamps "$dir/drv,$dir/dev" --events 200 \
		2>"$dir/trace.err" || fail "trace --trace-json with '$1' '$2'"
	kill $pid
	wait $pid 2>/dev/null
	pid=
}

# check EVERY: those are whole that both sides keep, 1 request in EVERY.
check() {
	python3 - "$dir" "$1" <<'END' || fail "the trace, 1 in $1"
import collections, json, sys
events = [e for e in json.load(open(sys.argv[1] + "/t.json"))["traceEvents"]
          if e["ph"] == "X"]
every = int(sys.argv[2])
load = json.load(open(sys.argv[1] + "/load.json"))
whole = [e for e in events if e["name"] == "request"]
# all that were measured, but at most 200; one may cross each end
assert load["requests"] > 4 * every, "too few requests: %d" % load["requests"]
assert min(200, load["requests"] // every - 2) <= len(whole) <= 200, len(whole)
assert all(e["args"]["seq"] % every == 0 for e in whole)
assert len({e["args"]["seq"] for e in whole}) == len(whole)
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
END
}

stamp "" ""
check 16
stamp "--stamps-every 1" "--stamps-every 1"
check 1
stamp "--stamps-every 1" ""
check 16
stamp "--stamps-every 8" "--stamps-every 2"
check 8

"$VIOPERF" trace --trace-json="$dir/one.json" --stamps="$dir/drv" --events=5 \
	2>"$dir/trace.err" || fail "the driver's side alone"
python3 -c 'import json, sys
one = json.load(open(sys.argv[1]))["traceEvents"]
assert sum(e["name"] == "request" for e in one) == 5
' "$dir/one.json" || fail "the driver's side alone"

# A device that served another connection has other requests.
"$VIOPERF" device blk --socket "$dir/s2" --stamps "$dir/other" \
	2>"$dir/device.err" </dev/null &
pid=$!
for n in $(seq 100); do [ -S "$dir/s2" ] && break; sleep 0.05; done
"$VIOPERF" trace --trace-json="$dir/x" --stamps="$dir/drv,$dir/other" \
	2>"$dir/no.err" && fail "two files with nothing in common"
grep -q "have no request in common" "$dir/no.err" || fail "why not?"

"$VIOPERF" trace --trace-json=x 2>"$dir/usage.err"
[ $? -eq 2 ] || fail "--trace-json alone is no usage error"
"$VIOPERF" trace --trace-json="$dir/no" --stamps="$dir/no" --events=0 2>/dev/null
[ $? -eq 2 ] || fail "no event at all is no usage error"
echo "no stamps" >"$dir/log"
"$VIOPERF" trace --trace-json="$dir/x" --stamps="$dir/log" 2>"$dir/bad.err" &&
	fail "a log is no file of stamps"
echo "whole requests, whatever each side keeps"
