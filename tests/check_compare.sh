#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf compare: verdicts, exit codes, what it refuses.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }

fail()
{
	echo "failed: $*"
	exit 1
}

# expect STATUS compare's arguments…
expect()
{
	local want=$1 got=0
	shift
	"$VIOPERF" compare "$@" >"$dir/out" 2>&1 || got=$?
	[ $got -eq "$want" ] ||
		fail "exit $got, not $want: compare $*: $(cat "$dir/out")"
}

make_run()
{
	"$here/make_run.py" "$dir/$1" extra=no blocks=8 drift=.004 asleep=0 "${@:2}"
}

make_run a noise=.004 seed=1
make_run same noise=.004 seed=1
make_run slow noise=.004 seed=1 scale.blk=1.5
make_run fast noise=.004 seed=1 scale.blk=.6 scale.qsd-blk=.6 \
	version.qsd-blk=2.0
make_run noisy noise=.4 seed=5
make_run few noise=.004 blocks=3 scale.blk=3

expect 0 "$dir/a" "$dir/a"
expect 0 "$dir/a" "$dir/same"
grep -q '^equivalent' "$dir/out" || fail "a copy is not equivalent"
expect 1 "$dir/a" "$dir/slow"
grep -q regressed "$dir/out" || fail "a regression is not named"
expect 3 "$dir/a" "$dir/noisy" --threshold 1%
expect 3 "$dir/few" "$dir/few" --target qsd-blk,blk
grep -q '\[' "$dir/out" || fail "3 blocks: no range"
grep -q 'too few blocks' "$dir/out" || fail "3 blocks: a verdict"

# Two targets of one run: paired, and in both directions.
expect 1 "$dir/slow" --target qsd-blk,blk
expect 1 "$dir/a" --target blk,qsd-blk --format json
python3 - "$dir/out" <<'EOF' || fail "JSON of compare"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == 1 and r["paired"] and r["verdict"] == "regressed"
assert r["a"]["target"] == "blk" and r["b"]["target"] == "qsd-blk"
assert len(r["cells"]) == 8
for c in r["cells"]:
    depth1 = "depth=1 " in c["id"]
    assert c["metric"] == ("latency_p50_ns" if depth1 else "iops"), c
    q = c["ratio"]
    assert q["low"] <= q["value"] <= q["high"] and q["blocks"] == 8
    assert q["bounds"] == "interval" and q["p"] is not None
    assert c["p99"]["value"] and "traced=no" in c["id"]
EOF
# Everything faster: requests/s up and latency down are both improvements.
expect 0 "$dir/a" "$dir/fast" --threshold 30%
grep -q '^improved' "$dir/out" || fail "faster is not improved"
expect 1 "$dir/fast" "$dir/a" --threshold 30%

# Different hosts, failed blocks and missing cells are refused.
make_run other noise=.004 seed=1 cpu=Other
expect 3 "$dir/a" "$dir/other"
grep -q 'different hosts (cpu_model)' "$dir/out" || fail "hosts not named"
expect 0 "$dir/a" "$dir/other" --force
grep -q 'as --force says' "$dir/out" || fail "--force goes unsaid"

cp -r "$dir/same" "$dir/crash"
python3 - "$dir/crash/records/b03-blk.null.d32.poll.json" <<'EOF'
import json, sys
r = json.load(open(sys.argv[1]))
r.update(status="failed", reason="device died")
json.dump(r, open(sys.argv[1], "w"))
EOF
expect 3 "$dir/a" "$dir/crash"
grep -q 'B: 1 of 8 blocks failed, block 3: device died' "$dir/out" ||
	fail "a failed block is not named: $(cat "$dir/out")"
expect 0 "$dir/a" "$dir/crash" --force

# Idle modes never meet: the ids may be alike, the cells are not.
cp -r "$dir/same" "$dir/spin"
sed -i 's/"idle": "sleep"/"idle": "spin"/' "$dir/spin/run.json"
expect 3 "$dir/a" "$dir/spin"
grep -q 'has no such cell' "$dir/out" || fail "idle modes were mixed"
expect 3 "$dir/a" "$dir/spin" --force

expect 2
expect 2 "$dir/a"
expect 2 "$dir/a" "$dir/same" "$dir/slow"
expect 2 "$dir/a" --target blk
expect 2 "$dir/a" --target blk,
expect 2 "$dir/a" --target blk,nobody
expect 2 "$dir/a" "$dir/nowhere"
expect 2 "$dir/a" "$dir/same" --threshold no
expect 2 "$dir/a" "$dir/same" --format html
expect 0 --help
# The host changed, the device did not: the untouched target is the control.
make_run busy noise=.004 seed=2 host=1.85 kernel=6.18
expect 1 "$dir/a" "$dir/busy" --control none
expect 0 "$dir/a" "$dir/busy" --threshold 15%
grep -q 'the host changed: qsd-blk' "$dir/out" || fail "host: $(cat "$dir/out")"
grep -q '^differs: kernel: 6.1.0, then 6.18$' "$dir/out" || fail "kernel unsaid"
expect 0 "$dir/a" "$dir/busy" --threshold 15% --control qsd-blk --format json
python3 - "$dir/out" <<'EOF' || fail "JSON of a control"
import json, sys
r = json.load(open(sys.argv[1]))
assert r["control"] == "qsd-blk" and "host changed" in r["host_changed"]
assert r["differences"] == [{"fact": "kernel", "a": "6.1.0", "b": "6.18"}]
for c in r["cells"]:
    ours = "target=blk" in c["id"]
    assert ("uncontrolled" in c) == ours
    if ours:
        assert .9 < c["ratio"]["value"] < 1.1, c
        plain = c["uncontrolled"]["value"]
        assert plain > 1.7 or plain < .6, c
EOF
# A device that became slower on the same busy host is seen all the same.
make_run both noise=.004 seed=3 host=1.85 scale.blk=1.5
expect 1 "$dir/a" "$dir/both" --threshold 15%
# What became another version is no control, nor is what is not there.
make_run other_qsd noise=.004 seed=1 version.qsd-blk=2 scale.qsd-blk=1.5
expect 1 "$dir/a" "$dir/other_qsd"
grep -q '^differs: qsd-blk version: 1.0, then 2$' "$dir/out" || fail "version"
expect 2 "$dir/a" "$dir/busy" --control nobody
expect 2 "$dir/a" --target blk,qsd-blk --control blk

echo ok
