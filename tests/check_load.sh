#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf load by itself: usage errors, the in-process floor, its record.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
load() { timeout 30 "$VIOPERF" load "$@"; }
fail() { echo "$*" >&2; exit 1; }

# usage WANT ARGS...: exit 2, before anything starts, saying WANT
usage() {
	want=$1
	shift
	load "$@" >"$dir/out" 2>"$dir/err" && fail "accepted: $*"
	[ $? -eq 2 ] || fail "exit is not 2: $*: $(cat "$dir/err")"
	grep -q -- "$want" "$dir/err" ||
		fail "\"$want\" is not in: $(cat "$dir/err")"
}
usage 'give --socket' --depth 1
usage 'give --socket' --socket /nowhere --in-process
usage 'power of two' --in-process --ring-size 100
usage 'from 1 to' --in-process --depth 0
usage 'from 1 to' --in-process --queues x
usage 'a multiple of 512' --in-process --bs 1000
usage 'is smaller than bs' --in-process --bs 8k --size 4k
usage 'randread, randwrite' --in-process --rw sideways
usage '0 to 100' --in-process --rw mix:101
usage 'mix:PERCENT_READ' --in-process --rw mix:0.6
usage 'interrupt or poll' --in-process --completion maybe
usage 'on or off' --in-process --event-idx yes
usage 'a time like' --in-process --time 0
usage 'whole ns' --in-process --time 0.4ns
usage 'whole ns' --in-process --warmup 0.4ns
usage 'whole ns' --in-process --timeout 0.0000000001
usage 'whole number' --in-process --depth 0.9
usage 'whole bytes' --in-process --size 0.5
usage 'whole number like 50k' --in-process --rate 1k,uniform
usage 'whole number like 50k' --in-process --rate 0.1
usage 'whole number like 50k' --in-process --rate 0.0004k
usage 'to 16MiB' --in-process --bs 32m
usage '--allow-errors "1.5": expected' --in-process --allow-errors 1.5
usage 'share of all' --in-process --allow-errors 200%
usage 'leave --allow-errors out' --socket /nowhere --verify --allow-errors 1
usage 'does not fit a ring' --in-process --depth 64 --ring-size 32
usage 'without indirect' --in-process --depth 64 --ring-size 64 --indirect off
usage 'not a CPU list' --in-process --cpu 1-
usage 'there are blk and rng' --in-process --type net
usage 'stores data' --in-process --verify
usage 'needs a device' --in-process --stamps "$dir/s"

# Nobody there: exit 1, and the record says why.
load --socket "$dir/none" --record "$dir/none.json" 2>"$dir/err" &&
	fail "no device, no error"
grep -q 'cannot connect' "$dir/err" || fail "no reason: $(cat "$dir/err")"
grep -q '"status": "failed"' "$dir/none.json" || fail "no failed record"

# The floor, all its ways. What it costs is not judged here: CI is noisy.
for how in '' '--completion poll --depth 32' '--rw mix:70 --queues 2 --depth 4' \
	'--event-idx off --indirect off --ring-size 8 --depth 2' \
	'--rate 20k,poisson --depth 8' '--rw write --bs 64k --completion poll'; do
	# shellcheck disable=SC2086
	load --in-process --time 50ms $how --record "$dir/r.json" ||
		fail "in-process failed: $how"
	python3 - "$dir/r.json" "$how" <<-'PY' || fail "bad record: $how"
	import json, sys
	r = json.load(open(sys.argv[1]))
	assert r["schema"] == 1 and r["kind"] == "load" and r["status"] == "ok"
	m = r["metrics"]
	for name in ("iops", "bandwidth", "latency_mean_ns", "latency_p50_ns",
	             "latency_p99_ns", "latency_p999_ns", "latency_max_ns",
	             "kicks_per_request", "calls_per_request",
	             "spurious_wakeups_per_request",
	             "driver_cpu_ns_per_request", "device_cpu_ns_per_request"):
	    assert m[name]["better"] in ("higher", "lower"), name
	assert m["device_cpu_ns_per_request"]["value"] is None
	h = r["latency"]
	assert h["count"] == r["requests"] > 0 == r["errors"], r
	assert sum(n for _, n in h["buckets"]) == h["count"]
	assert r["bytes"] == r["requests"] * r["bs"] and r["bad_lengths"] == 0
	window = r["window"]["end_ns"] - r["window"]["start_ns"]
	assert window == r["time_ns"] == 50000000
	assert abs(m["iops"]["value"] * window / 1e9 - r["requests"]) < 1
	if "--rate" in sys.argv[2]:
	    # 1000 are due; a Poisson count's deviation is 32
	    assert 700 < r["requests"] + r["unsent"] < 1300, r["requests"]
	PY
done

# JSON on stdout, a report for people otherwise.
load --in-process --time 20ms --format json | python3 -m json.tool >/dev/null ||
	fail "stdout is not JSON"
load --in-process --time 20ms | grep -q 'requests/s' || fail "no text report"

# A record that cannot be written is a failure.
load --in-process --time 20ms --record /nowhere/x.json 2>"$dir/err" &&
	fail "unwritable record accepted"
grep -q '/nowhere/x.json' "$dir/err" || fail "no path: $(cat "$dir/err")"

# Interrupted: it stops at once and says so in the record.
"$VIOPERF" load --in-process --time 20s --completion poll \
	--record "$dir/int.json" 2>/dev/null &
pid=$!
sleep 0.3
kill -INT "$pid"
wait "$pid" && fail "interrupted, but exit 0"
grep -q 'interrupted by signal' "$dir/int.json" || fail "no reason recorded"
exit 0
