#!/bin/bash
# SPDX-License-Identifier: MIT
# A device that fails requests fails its cell, under every driver, unless that
# was allowed; then load, run and report tell of it.
set -u
dir=$(mktemp -d)
pid=
cleanup() {
	[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
cd "$dir" || exit 1
fail() { echo "$*" >&2; exit 1; }

# A disk that has lost all but its first half since the device looked at it.
cat >half.sh <<'S'
#!/bin/bash
# half.sh FILE VIOPERF SOCKET: what is read beyond half of FILE fails
truncate -s 4M "$1"
"$2" device blk --socket "$3" --backing "file:$1" &
pid=$!
trap 'kill $pid; wait $pid; exit' TERM
while ! [ -S "$3" ]; do sleep 0.01; done
truncate -s 2M "$1"
wait $pid
S
chmod +x half.sh

# The load by itself: refused, and allowed with a word.
./half.sh "$dir/f" "$VIOPERF" "$dir/s" 2>dev.err &
pid=$!
for _ in $(seq 200); do
	[ -S s ] && [ "$(stat -c %s f)" = 2097152 ] && break
	sleep 0.02
done
timeout 30 "$VIOPERF" load --socket s --time 0.1s >out 2>err && fail "load: accepted"
grep -Eq '^vioperf load: [0-9]+ of [0-9]+ requests failed; the first: a read of sector [0-9]+ in queue 0: VIRTIO_BLK_S_IOERR \(1\)' err ||
	fail "load says: $(cat err)"
grep -q 'requests/s' out && fail "figures of a load that failed: $(cat out)"
timeout 30 "$VIOPERF" load --socket s --time 0.1s --allow-errors 90% >out 2>err ||
	fail "allowed, and refused: $(cat err)"
grep -Eq 'errors: [0-9]+ of [0-9]+ requests failed; .*\(allowed: 90%\)' out ||
	fail "allowed without a word: $(cat out)"
timeout 30 "$VIOPERF" load --socket s --time 0.1s --size 1m >out 2>err ||
	fail "the good half fails: $(cat err)"
grep -q errors out && fail "errors that were none"
kill $pid
wait $pid
pid=

cat >s.ini <<S
[run]
target = half
driver = user, kvm
time = 0.1s
warmup = 0.05s
traced = no
blocks = 1
[target half]
type = blk
command = $dir/half.sh $dir/g {vioperf} {socket}
S
timeout 100 "$VIOPERF" run s.ini --out r --no-report >out 2>err
[ $? -eq 1 ] || fail "run: not exit 1: $(cat out err)"
timeout 100 "$VIOPERF" run s.ini --out a --set allow-errors=90% >out 2>err ||
	fail "run: allowed, and refused: $(cat out err)"
grep -Eq 'of [0-9]+ requests failed \(allowed: 90% a block\)' out ||
	fail "the report says nothing: $(cat out)"
python3 - <<'PY' || fail "the records"
import glob, json, re
cells = {c["id"]: c for c in json.load(open("r/run.json"))["cells"]}
for folder, status in (("r", "failed"), ("a", "ok")):
    records = [json.load(open(f)) for f in glob.glob(folder + "/records/*")]
    assert records
    for r in records:
        f = r["load"]["failures"]
        assert r["status"] == status, r
        assert 0 < f["failed"] < f["requests"], f
        assert f["first"]["sector"] >= 4096 and r["load"]["bad_lengths"] == 0
        if status == "failed":
            assert re.search("requests failed; the first: a read of sector "
                             f"{f['first']['sector']} ", r["reason"]), r
            assert "latency" not in r and "metrics" not in r
        else:
            n = r["load"]["requests"]
            assert r["latency"]["count"] == n
            assert r["load"]["bytes"] == n * 4096
PY
ls a/records | grep -q kvm || echo "driver kvm cannot be used here: not tested"
exit 0
