#!/bin/sh
# SPDX-License-Identifier: MIT
# Each target that a guest can have, once, through `vioperf run`: all that this
# machine allows has to be ok, what it does not has to say why, and what was
# negotiated stands in the record.
. "$(dirname "$0")/guest.sh"

# run NAME: the scenario on stdin
run() {
	cat >"$dir/$1.ini"
	timeout 280 "$VIOPERF" run "$dir/$1.ini" --out "$dir/$1" --no-report \
		>"$dir/$1.out" 2>"$dir/$1.err" </dev/null ||
		fail "vioperf run $1.ini"
}

run blk <<'END'
[run]
target = qemu-ide, qemu-ahci, qemu-nvme, qemu-virtio-scsi, qemu-virtio-blk, qemu-virtio-blk+iothread, qsd-blk, blk
driver = qemu
accelerator = tcg
backing = null
depth = 8
queues = 2, 1
vcpus = 2
time = 0.3s
warmup = 0
blocks = 1
END
run file <<'END'
[run]
target = qemu-virtio-blk, qemu-virtio-blk+iothread+native, qemu-virtio-scsi+threads, blk
driver = qemu
accelerator = tcg
backing = file
file-size = 64m
rw = mix:70
engine = io_uring
event-idx = off
time = 0.3s
warmup = 0
blocks = 1
END
run net <<'END'
[run]
target = qemu-virtio-net, qemu-virtio-net+vhost, qemu-virtio-net+slirp, qemu-e1000, qemu-e1000e, qemu-rtl8139, qemu-vmxnet3
driver = qemu
accelerator = tcg
traffic = tcp-g2h, tcp-h2g
time = 0.3s
warmup = 0.1s
blocks = 1
END
run more <<'END'
[run]
target = qemu-virtio-net
driver = qemu
accelerator = tcg
traffic = tcp-g2g, udp-g2h, bounceback, ping, trip-times
time = 0.3s
warmup = 0.1s
blocks = 1
END
run other <<'END'
[run]
target = qemu-virtio-rng, qemu-virtio-rng+builtin, qemu-virtio-balloon
driver = qemu
accelerator = tcg
time = 0.3s
warmup = 0
blocks = 1
END

python3 - "$dir" <<'END' || fail "records"
import glob, json, os, sys
ok, skipped = 0, []
for name in "blk", "file", "net", "more", "other":
    for path in glob.glob("%s/%s/records/*.json" % (sys.argv[1], name)):
        r = json.load(open(path))
        if r["status"] == "skipped":
            skipped.append(r["reason"])
            continue
        assert r["status"] == "ok", (path, r.get("reason"))
        ok += 1
        g = r["load"]["guest"]
        cell = dict(p.split("=", 1) for p in r["cell"].split())
        assert g["accelerator"] == "tcg" == cell["accelerator"]
        assert all(m["value"] is None or m["value"] > 0 or n == "loss"
                   for n, m in r["metrics"].items()), r["metrics"]
        virtio = "virtio" in cell["target"] or "blk" in cell["target"]
        assert virtio == ("features" in g), cell
        if "rw" in cell:
            assert str(g["queues"]) == cell["queues"], (cell, g)
            assert len(r["latency"]["buckets"]) > 3
            jobs = r["load"]["fio"]["jobs"]
            assert len(jobs) == int(cell["queues"])
        if virtio and "rw" in cell:
            assert ("EVENT_IDX" in g["features"]) == \
                (cell["event-idx"] == "on"), (cell, g)
assert ok >= 25, ok
for reason in skipped:
    assert "vhost-net" in reason or "namespace" in reason or \
        "tun" in reason or "CONFIG_" in reason, reason
    print("skipped part:", reason)
print("%d cells ok, %d skipped" % (ok, len(skipped)))
END
