#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_guest_run.py DIR [key=value]... : write a run's folder of Linux guests.

As make_run.py, for the driver qemu: network, block (beside the driver user),
rng and balloon cells in the format of results/README.md. Keys: blocks=N,
seed=N, noise=SD, accelerator=tcg|kvm, kernel.TARGET=VERSION, busy=THREADS (on
2 CPUs), vcpus=N, types=net,blk,rng,balloon, fill=N (targets more in each table),
scale.TARGET=F (multiply its speed).
"""
import json, math, os, random, sys

from make_run import hist, quantile

# Speed of each target as a share of the reference's, the first of its type.
TARGETS = {
    "net": [("qemu-virtio-net", 1), ("qemu-e1000", .42),
            ("qemu-rtl8139", .2), ("qemu-virtio-net+vhost", None)],
    "blk": [("qemu-virtio-blk", 1), ("qsd-blk", 1.1), ("blk", 1.3),
            ("qemu-ide", .25), ("qemu-panics", None)],
    "rng": [("qemu-virtio-rng", 1), ("qemu-virtio-rng+builtin", 1.4)],
    "balloon": [("qemu-virtio-balloon", 1)],
}
LOADS = {
    "net": [{"traffic": t} for t in ("tcp-g2h", "tcp-h2g", "tcp-g2g",
                                     "udp-g2h", "bounceback", "ping")],
    "blk": [{"rw": "randread", "bs": 4096, "depth": d, "queues": 1,
             "completion": "interrupt", "rate": 0, "engine": e}
            for d, e in ((1, "libaio"), (32, "io_uring"))],
    "rng": [{}], "balloon": [{}],
}
LAST_LINES = ("the guest panicked; its console ends with:\n"
              "[    1.2] BUG: <script>alert(2)</script> \x1b[31mred\x1b[0m\n"
              "[    1.3] RIP: 0010:nvme_probe+0x1f/0x30 & more \u009b2J\n"
              "[    1.4] Kernel panic - not syncing: Fatal exception")


def metric(value, unit, better):
    return {"value": value, "unit": unit, "better": better}


class Maker:
    def __init__(self, out, opts):
        self.out, self.opts, self.order = out, opts, 0
        self.blocks = int(opts.get("blocks", 6))
        self.noise = float(opts.get("noise", .02))
        self.accelerator = opts.get("accelerator", "tcg")
        self.random = random.Random(int(opts.get("seed", 1)))

    def cell(self, kind, target, load, driver):
        shown = {k: v for k, v in load.items() if driver == "qemu" or
                 k != "engine"}
        group = f"type={kind} " + " ".join(f"{k}={v}" for k, v in
                                           sorted(load.items()))
        ident = group + f" driver={driver} target={target} traced=no"
        accelerator = self.accelerator if driver == "qemu" else "none"
        if driver == "qemu":
            ident += f" accelerator={accelerator}"
            ident += f" vcpus={self.opts.get('vcpus', 1)}"
        stem = f"{target}.{driver}." + ".".join(str(v) for v in load.values())
        c = {"id": " ".join(sorted(ident.split())), "group": group,
             "file": stem.replace("/", "-"), "target": target,
             "driver": driver, "accelerator": accelerator, "idle": "sleep",
             "load": dict(shown, type=kind, time_ns=10 ** 9, warmup_ns=0),
             "ring": {"event_idx": True, "indirect": True, "size": 256,
                      "packed": kind == "rng"},
             "traced": False, "status": "planned"}
        if driver == "qemu":
            c["vcpus"] = 2 if kind == "balloon" else int(
                self.opts.get("vcpus", 1))
        if kind == "blk":
            c["backing"] = "null"
        if target.endswith("+vhost"):
            c.update(status="skipped", reason="no /dev/vhost-net")
        if driver == "user" and target.startswith("qemu-"):
            c.update(status="excluded", reason=f"{target} needs a guest")
        return c

    def trips(self, metrics, record, us):
        values = [max(1, int(us * 1000 * math.exp(self.random.gauss(0, .2))))
                  for _ in range(300)]
        for name, v in (("mean", sum(values) / 300),
                        ("p50", quantile(values, .5)),
                        ("p99", quantile(values, .99)),
                        ("p999", quantile(values, .999)),
                        ("max", float(max(values)))):
            metrics[f"latency_{name}_ns"] = metric(v, "ns", "lower")
        record["latency"] = hist(values)

    def measure(self, c, speed, record):
        m, load = {}, c["load"]
        traffic = load.get("traffic", "")
        if c["driver"] == "user":
            speed *= 8
        if traffic.startswith(("tcp", "udp")):
            m["throughput"] = metric(7.5e9 * speed, "bit/s", "higher")
        if traffic.startswith("udp"):
            m["loss"] = metric(.013, "1", "lower")
            m["jitter_ns"] = metric(21000, "ns", "lower")
        if traffic in ("bounceback", "ping"):
            m["round_trips"] = metric(5000 * speed, "1/s", "higher")
            self.trips(m, record, 200 / speed)
        if load["type"] == "blk":
            m["iops"] = metric(1e4 * speed * load["depth"], "1/s", "higher")
            m["bandwidth"] = metric(4e7 * speed, "B/s", "higher")
            self.trips(m, record, 100 / speed)
        if load["type"] == "rng":
            m["bandwidth"] = metric(3e6 * speed, "B/s", "higher")
        if load["type"] == "balloon":
            m["inflate_rate"] = metric(4e9 * speed, "B/s", "higher")
            m["deflate_rate"] = metric(9e9 * speed, "B/s", "higher")
        record["metrics"] = m

    def guest(self, c):
        busy = int(self.opts.get("busy", 2))
        return {"accelerator": c["accelerator"],
                "kernel": self.opts.get("kernel." + c["target"], "6.1.0-9"),
                "cmdline": "console=ttyS0 quiet", "boot_ns": 15 * 10 ** 8,
                "vcpus": c["vcpus"], "busy_threads": busy, "cpus": 2,
                "overcommit": busy > 2, "pinning": "vCPU i on CPU i",
                "qemu_version": "7.2.22", "query_stats": "unavailable: TCG"}

    def record(self, c, speed, block):
        r = {"schema": 1, "cell": c["id"], "block": block,
             "order": self.order, "status": "ok", "load": {}, "device": {},
             "processes": [], "host": {}}
        self.order += 1
        if speed is None:
            r.update(status="failed", reason=LAST_LINES)
            return r
        speed *= float(self.opts.get("scale." + c["target"], 1))
        self.measure(c, speed * math.exp(self.random.gauss(0, self.noise)), r)
        if c["driver"] == "qemu":
            r["load"]["guest"] = self.guest(c)
        if "throughput" in r["metrics"]:
            r["load"]["busy_cpus"] = {"vcpus": .9, "qemu": .2, "back_end": 0}
        return r

    def plan(self):
        for kind in self.opts.get("types", "net,blk,rng,balloon").split(","):
            more = [(f"qemu-filler-{i:02d}", .9 ** i) for i in
                    range(int(self.opts.get("fill", 0)))]
            for load in LOADS[kind]:
                for target, speed in TARGETS[kind] + more:
                    for driver in ("qemu", "user")[:1 + (kind == "blk")]:
                        yield self.cell(kind, target, load, driver), speed

    def write(self, name, j):
        with open(os.path.join(self.out, name), "w") as f:
            json.dump(j, f, indent=1)

    def run(self):
        os.makedirs(os.path.join(self.out, "records"))
        cells = list(self.plan())
        self.write("run.json", {
            "schema": 1, "id": os.path.basename(self.out),
            "scenario": "synthetic", "seed": 1, "blocks": self.blocks,
            "started": "2026-11-20T22:15:30Z", "finished": True,
            "host": {"cpu_model": "Synthetic CPU 1", "cpus": 2,
                     "kernel": "6.1.0"},
            "reference": ["qemu-virtio-net", "qemu-virtio-blk", "qsd-blk",
                          "qemu-virtio-rng", "qemu-virtio-balloon"],
            "notes": [], "cells": [c for c, _ in cells]})
        for block in range(self.blocks):
            order = [x for x in cells if x[0]["status"] == "planned"]
            self.random.shuffle(order)
            for c, speed in order:
                self.write(f"records/b{block:02d}-{c['file']}.json",
                           self.record(c, speed, block))


if __name__ == "__main__":
    Maker(sys.argv[1].rstrip("/"),
          dict(a.split("=", 1) for a in sys.argv[2:])).run()
