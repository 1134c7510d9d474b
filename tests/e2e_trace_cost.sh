#!/bin/bash
# SPDX-License-Identifier: MIT
# At rest the tracer costs nothing: however it ends, no program and no link of
# its own stays in the kernel. And the comparison with bpftrace still runs (its
# figures are no test's business).
[ "$(id -u)" -eq 0 ] || { echo "tracing takes root"; exit 77; }
PATH=$PATH:/usr/sbin:/sbin
command -v bpftool >/dev/null || { echo "bpftool is not installed"; exit 77; }
"$VIOPERF" trace --list 2>/dev/null | grep -q 'wake-up sent.*usable' ||
	{ echo "nothing can be traced here"; exit 77; }
dir=$(mktemp -d)
pids=
trap 'for p in $pids; do kill -9 $p 2>/dev/null; done; rm -rf "$dir"' EXIT

fail() {
	echo "FAILED: $*"
	cat "$dir"/*.err 2>/dev/null | tail -n 20
	exit 1
}

# Ids of what is loaded; those of others come and go, so only new ones with
# our programs' names count.
ours() {
	{ bpftool prog list; bpftool link list; } 2>/dev/null |
		grep -Ec 'sys_(enter|exit)_(btf|raw)|sched_(waking|switch)_(btf|raw|task)|complete_(btf|raw)|submit_(req|sqe)'
}

"$VIOPERF" device blk --socket="$dir/s" --backing=null >"$dir/d.err" 2>&1 </dev/null &
pids="$pids $!"
for n in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
"$VIOPERF" load --socket="$dir/s" --time=200s --rings="$dir/rings" \
	>"$dir/l.err" 2>&1 </dev/null &
pids="$pids $!"
for n in $(seq 100); do [ -s "$dir/rings" ] && break; sleep 0.05; done

before=$(ours)
for end in time INT TERM KILL; do
	"$VIOPERF" trace --rings="$dir/rings" --time=3s >"$dir/out" \
		2>"$dir/t.err" </dev/null &
	tracer=$!
	pids="$pids $tracer"
	# What awaits signals is attached.
	for n in $(seq 600); do
		ls -l /proc/$tracer/fd 2>/dev/null | grep -q signalfd && break
		sleep 0.1
	done
	[ "$(ours)" -gt "$before" ] || fail "$end: nothing was attached"
	[ $end = time ] || kill -$end $tracer
	wait $tracer 2>/dev/null
	for n in $(seq 300); do [ "$(ours)" -eq "$before" ] && break; sleep 0.1; done
	[ "$(ours)" -eq "$before" ] || fail "$end: something stays attached"
	[ $end = KILL ] || grep -q 'device_wakeup' "$dir/out" || fail "$end: no result"
done 2>/dev/null
echo "nothing stays attached, whatever ends it"

command -v bpftrace >/dev/null || { echo "skipped part: bpftrace is not installed: no comparison"; exit 0; }
VIOPERF=$VIOPERF timeout 120 python3 "$(dirname "$0")/peer/trace_cost.py" \
	--blocks=1 --time=0.2 --load=calls --format=json >"$dir/cost.json" \
	2>"$dir/cost.err" </dev/null || fail "the comparison does not run"
python3 - "$dir/cost.json" <<'END' || fail "the comparison's output"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["programs_left"] == 0, r
calls = r["loads"]["calls"]
assert calls["requests_per_s"] > 0 and len(calls["ours"]) == 3, calls
END
echo "the comparison with bpftrace runs"
