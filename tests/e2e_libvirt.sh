#!/bin/bash
# SPDX-License-Identifier: MIT
# From a domain's XML to figures of what it has and what it could have.
set -u
here=$(cd "$(dirname "$0")" && pwd)
for p in qemu-system-x86_64 python3; do
	command -v $p >/dev/null || { echo "$p is not installed"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

"$VIOPERF" scenario --from-libvirt "$here/libvirt/minimal.xml" --out s.ini || exit 1
"$VIOPERF" run s.ini --blocks 1 --out run --no-report --set depth=4 \
	--set time=0.2s --set warmup=0.1s --set file-size=16m >out.txt 2>err.txt
ret=$?
[ -e run/run.json ] || { cat out.txt err.txt; exit 1; }
python3 - $ret <<'EOF2'
import glob, json, sys

cells = json.load(open("run/run.json"))["cells"]
records = [json.load(open(f)) for f in glob.glob("run/records/*.json")]
for r in records:
    if r["status"] != "ok":
        print(r["cell"], r["status"], r.get("reason"))
skipped = [c for c in cells if c["status"] == "skipped"]
if len(skipped) == len(cells):
    print(skipped[0]["reason"])
    sys.exit(77)
assert sys.argv[1] == "0", sys.argv[1]
assert not [c for c in cells if c["status"] == "excluded"], cells
ok = {c["target"] for c in cells
      for r in records if r["cell"] == c["id"] and r["status"] == "ok"}
for target, metric in (
        ("qemu-virtio-blk+threads+writeback", "iops"), ("blk", "iops"),
        ("qemu-virtio-blk+iothread+native", "iops"),
        ("qemu-virtio-rng+builtin", "bandwidth"),
        ("qemu-virtio-balloon", "inflate_rate")):
    assert target in ok, (target, ok)
    cell = [c["id"] for c in cells if c["target"] == target][0]
    value = [r for r in records if r["cell"] == cell][0]["metrics"][metric]
    assert value["value"] > 0, (target, value)
for c in skipped:
    print("skipped part:", c["id"], c["reason"])
print("%d targets of a domain measured" % len(ok))
EOF2
