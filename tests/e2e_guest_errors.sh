#!/bin/bash
# SPDX-License-Identifier: MIT
# fio and Linux's driver on a disk that fails some reads: the same rule as for
# our own load. QEMU's blkdebug fails every read of one sector.
. "$(dirname "$0")/guest.sh"

disk() { # disk NAME OPTION...: fio on the bad disk
	name=$1
	shift
	guest "$name" --type=blk --module=virtio_blk \
		--qemu-arg=-blockdev --qemu-arg='{"driver":"blkdebug",
		"node-name":"d","image":{"driver":"null-co","size":1073741824},
		"inject-error":[{"event":"none","iotype":"read","errno":5,
		"once":false,"immediately":true,"sector":8}]}' \
		--qemu-arg=-device --qemu-arg=virtio-blk-pci,drive=d \
		--depth=4 --size=64k --record="$dir/$name.json" "$@"
}

disk refused --time=2s && fail "reads fail, and all is well"
grep -Eq '[0-9]+ of [0-9]+ requests failed; the first: a read of sector 8: Input/output error$' \
	"$dir/refused.err" || fail "not refused with its reason"
disk few --time=2s --warmup=0.2s --allow-errors=1 && fail "more than allowed"
grep -q 'requests failed; .*(allowed: 1)' "$dir/few.err" ||
	fail "not refused with what is allowed"
disk allowed --time=2s --allow-errors=50% || fail "they were allowed"
disk verify --verify && fail "a disk that stores nothing verifies"
python3 - "$dir" <<'PY' || fail "the records"
import json, sys
for name in ("refused", "few", "allowed"):
    r = json.load(open(f"{sys.argv[1]}/{name}.json"))
    f = r["failures"]
    assert r["errors"] == f["failed"] > 0, f
    assert f["first"]["operation"] == "read" and f["first"]["sector"] == 8, f
    assert r["status"] == ("ok" if name == "allowed" else "failed"), r["status"]
# in no figure
assert r["requests"] == r["latency"]["count"] == f["requests"] - f["failed"]
assert r["bytes"] == r["requests"] * 4096
ns = max(j["read"]["runtime"] for j in r["fio"]["jobs"]) * 1e6
assert abs(r["metrics"]["iops"]["value"] * ns / 1e9 - r["requests"]) < 1
PY
echo "a disk that fails is refused, or its errors are told"
