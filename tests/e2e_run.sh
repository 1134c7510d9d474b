#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf run, end to end: a short run, its records and report; a target of
# the user's own, one that is missing; a device killed in mid-run; Ctrl-C and
# --resume; kill -9 and what the next run finds.
set -u
. "$(dirname "$0")/processes.sh"
dir=$(mktemp -d)
run_pid=
finish() {
	[ -n "$run_pid" ] && kill -9 "$run_pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir" || exit 1

fail() { echo "FAILED: $*"; exit 1; }
json() { python3 -c "import json,sys
r=json.load(open(sys.argv[1])); print($2)" "$1"; }

# ---- a whole run ----
cat >short.ini <<EOF
[run]
target = blk, gone, mine
backing = null, ram
depth = 1, 8
completion = interrupt, poll
time = 200ms
warmup = 10ms
blocks = 2
traced = no
reference = mine
note = a short one
[target mine]
type = blk
command = "$VIOPERF" device blk --socket {socket} --cpu {cpu}
[target gone]
type = blk
command = $dir/no-such-program {socket}
EOF
"$VIOPERF" run short.ini --out one >out.txt 2>err.txt
[ $? -eq 1 ] || fail "a run with a target that does not start exits with 1"
grep -q 'no-such-program' out.txt err.txt one/logs/* || fail "who is missing?"
"$VIOPERF" report one --format json >report.json || fail "report"
json report.json '[c["status"] for c in r["cells"] if c["target"]!="gone"]' |
	grep -qv -e failed -e skipped || fail "a cell is not ok"
n=$(json report.json 'len([c for c in r["cells"] if c["target"] in ("blk","mine") and c["status"]=="ok" and c["metrics"]["iops"]["value"]>0])')
[ "$n" -eq 16 ] || fail "$n cells of 16 are ok"
n=$(json report.json 'len([c for c in r["cells"] if c["target"]=="gone" and c["status"]=="failed" and c["reason"]])')
[ "$n" -ge 1 ] || fail "the missing target is not reported as failed"
[ -s one/report.html ] || fail "no HTML report"
json report.json 'r["host"]["kernel"]' | grep -q . || fail "no host facts"

# ---- what the host did in the window stands in each record ----
python3 - <<'EOF' || fail "host of a record"
import glob, json
seen = 0
for path in glob.glob("one/records/*.json"):
    r = json.load(open(path))
    if r["status"] != "ok":
        continue
    seen += 1
    h, w = r["host"], r["load"]["window"]
    assert w["end_ns"] - w["start_ns"] == 200e6, w
    assert h["window_ns"] > 100e6, h  # a busy machine is late with a look
    assert 0 < h["driver_busy"] < 1.1 and 0 < h["device_busy"] < 1.5, h
    assert h["preempted"] == h["driver_preempted"] + h["device_preempted"], h
    assert h["driver_preempted"] == r["load"]["driver_preempted"] >= 0, h
    assert h["steal_ns"] >= 0 and h["load1"] >= 0, h
    for k in "throttled_ns", "thermal_throttles":
        assert h[k] is None or h[k] >= 0, h
assert seen == 32, seen
EOF

# ---- the same seed gives the same order ----
for d in a b; do
	"$VIOPERF" run short.ini --set target=blk --set seed=7 --out $d \
		--no-report 2>/dev/null || fail "seed"
done
order() { python3 - "$1" <<'EOF'
import glob,json,sys
r=[json.load(open(f)) for f in glob.glob(sys.argv[1]+'/records/*.json')]
print(sorted((x['block'],x['order'],x['cell']) for x in r))
EOF
}
[ "$(order a)" = "$(order b)" ] || fail "one seed, two orders"

# ---- a device that is killed: its record says so, the run goes on ----
cat >victim.sh <<EOF
#!/bin/sh
"$VIOPERF" device blk --socket "\$1" & d=\$!
sleep 0.2; kill -9 \$d; exit 1
EOF
chmod +x victim.sh
cat >killed.ini <<EOF
[run]
target = victim, blk
time = 400ms
warmup = 0s
blocks = 1
traced = no
[target victim]
type = blk
command = $dir/victim.sh {socket}
EOF
"$VIOPERF" run killed.ini --out killed --no-report 2>err.txt
[ $? -eq 1 ] || fail "a killed device must fail the run"
n=$(grep -l '"status": "failed"' killed/records/*victim* | wc -l)
[ "$n" -eq 1 ] || fail "the killed device's record is not failed"
grep -h '"reason"' killed/records/*victim*
grep -q '"status": "ok"' killed/records/*-blk.* || fail "the run did not go on"

# ---- Ctrl-C keeps what is done, --resume completes it ----
"$VIOPERF" run short.ini --set target=blk --set time=300ms --out stopped \
	--no-report 2>err.txt & run_pid=$!
for _ in $(seq 100); do
	[ "$(ls stopped/records 2>/dev/null | wc -l)" -ge 2 ] && break
	sleep 0.1
done
kill -INT $run_pid
wait $run_pid
[ $? -eq 130 ] || fail "Ctrl-C must exit with 130"
run_pid=
grep -q -- '--resume' err.txt || fail "how to go on is not said"
before=$(ls stopped/records | wc -l)
[ "$before" -ge 2 ] && [ "$before" -lt 16 ] || fail "$before records after Ctrl-C"
first=stopped/records/$(ls stopped/records | head -n 1)
sum=$(cksum <"$first")
"$VIOPERF" run --resume stopped --no-report 2>/dev/null || fail "resume"
[ "$(ls stopped/records | wc -l)" -eq 16 ] || fail "resume is not complete"
[ "$sum" = "$(cksum <"$first")" ] ||
	fail "resume ran a finished cell again"
json stopped/run.json 'r["finished"]' | grep -q True || fail "not finished"

# ---- kill -9: the children go, the next run removes the rest ----
base=/dev/shm; [ -w $base ] || base=/tmp
"$VIOPERF" run short.ini --set target=blk --set backing=file \
	--set file-size=16m --set time=2s --out killed9 --no-report \
	2>/dev/null & run_pid=$!
for _ in $(seq 100); do
	work=$(echo $base/vioperf-run-$run_pid-*)
	[ -S "$work/socket" ] && break
	sleep 0.1
done
[ -S "$work/socket" ] || fail "no cell has begun"
disk=$(cat "$work/backing-file")
[ -f "$disk" ] || fail "no backing file noted"
children=$(children_of $run_pid)
[ -n "$children" ] || fail "no children to test"
kill -9 $run_pid; wait $run_pid 2>/dev/null
run_pid=
sleep 0.5
for c in $children; do
	grep -qs '^State:[[:space:]]*[RSDTtI]' "/proc/$c/status" &&
		fail "child $c lives on"
done
"$VIOPERF" run short.ini --set target=blk --blocks 1 --out after --no-report \
	2>/dev/null || fail "the run after kill -9"
[ -e "$work" ] && fail "$work is left"
[ -e "$disk" ] && fail "$disk is left"

# ---- results cannot be written ----
mkdir full && mount -t tmpfs -o size=64k tmpfs full 2>/dev/null && {
	"$VIOPERF" run short.ini --set target=blk --out full/run --no-report \
		2>err.txt
	ret=$?
	umount full
	[ $ret -ne 0 ] || fail "a full disk must fail the run"
	grep -q 'No space left' err.txt || fail "a full disk: $(cat err.txt)"
}
echo "all of run works"
