#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_run.py DIR [key=value]... : write a synthetic run's folder.

For tests of report and compare: the format of results/README.md, figures of
the size that real devices gave, everything from one seed. Keys: blocks=N,
seed=N, cpu=MODEL, scale.TARGET=F (multiply latencies), name.TARGET=NAME,
noise=SD (of ln, between blocks), drift=SD (the same, shared by the cells of a
block), asleep=P (of a polled cell to be slow), lost.STAGE=SHARE (of its events, not
seen to their end), extra=no (no skipped or failed cells), host=F (multiply all
latencies), version.TARGET=V, kernel=V, tracing=F (traced ÷ untraced), steal=F (of
a CPU, in block 3 of blk's cells).
"""
import json, math, os, random, sys

SUB = 6


def bucket(v):
    if v < 1 << SUB:
        return v
    shift = v.bit_length() - 1 - SUB
    return (shift << SUB) + (v >> shift)


def hist(values, weight=1):
    counts = {}
    for v in values:
        counts[bucket(v)] = counts.get(bucket(v), 0) + weight
    return {"count": len(values) * weight, "sum_ns": sum(values) * weight,
            "min_ns": min(values), "max_ns": max(values),
            "buckets": sorted([i, n] for i, n in counts.items())}


def quantile(values, q):
    return float(sorted(values)[min(len(values) - 1, int(q * len(values)))])


# Median latency in ns by (target, backing, depth, completion).
LATENCY = {
    ("qsd-blk", "null", 1, "interrupt"): 88000,
    ("qsd-blk", "null", 1, "poll"): 2300,
    ("qsd-blk", "null", 32, "interrupt"): 72000,
    ("qsd-blk", "null", 32, "poll"): 25000,
    ("qsd-blk", "file", 1, "interrupt"): 190000,
    ("qsd-blk", "file", 1, "poll"): 101000,
    ("qsd-blk", "file", 32, "interrupt"): 402000,
    ("qsd-blk", "file", 32, "poll"): 361000,
}
GAIN = {"null": 0.62, "file": 0.97}  # of blk, at depth 32; half of it at 1

# Shares of the latency of an interrupt cell, by stage, as a source sees them.
STAGES = [
    ("publish", "request", "stamps", .004), ("kick_signal", "kick", "bpf", .01),
    ("device_wakeup", "kick", "bpf", .36), ("device_resume", "kick", "bpf", .04),
    ("avail_wait", "request", "computed", .03),
    ("device_submit", "request", "stamps", .005),
    ("device_io", "request", "stamps", .03),
    ("device_push", "request", "stamps", .006),
    ("call_signal", "call", "bpf", .012), ("driver_wakeup", "call", "bpf", .42),
    ("driver_resume", "call", "bpf", .045),
    ("used_wait", "request", "computed", .02),
]
OURS_ONLY = {"avail_wait", "device_submit", "device_io", "device_push",
             "used_wait"}


class Maker:
    def __init__(self, out, opts):
        self.out, self.opts = out, opts
        self.blocks = int(opts.get("blocks", 6))
        self.seed = int(opts.get("seed", 1))
        self.noise = float(opts.get("noise", .05))
        self.random = random.Random(self.seed)
        drift = float(opts.get("drift", .04))
        self.drift = [self.random.gauss(0, drift) for _ in range(self.blocks)]
        self.order = 0
        # All of a run: what another load on its host does to it.
        self.host = float(opts.get("host", 1))

    def cell(self, target, backing, depth, completion, traced, **more):
        name = self.opts.get("name." + target, target)
        keys = {"backing": backing, "bs": "4k", "completion": completion,
                "depth": depth, "driver": "user", "idle": "sleep",
                "queues": 1, "rw": "randread", "target": name,
                "traced": "yes" if traced else "no", "type": "blk"}
        ident = lambda k: " ".join(f"{a}={k[a]}" for a in sorted(k))
        c = {"id": ident(keys),
             "file": f"{target}.{backing}.d{depth}.{completion}"
                     + (".traced" if traced else ""),
             "target": name, "driver": "user", "accelerator": "none",
             "backing": backing, "idle": "sleep",
             "load": {"type": "blk", "rw": "randread", "bs": 4096,
                      "depth": depth, "queues": 1, "completion": completion,
                      "rate": 0, "poisson": False, "verify": False,
                      "time_ns": 400000000, "warmup_ns": 100000000},
             "ring": {"event_idx": True, "indirect": True, "size": 256},
             "traced": traced, "status": "planned"}
        if traced:
            c["twin_of"] = ident(dict(keys, traced="no"))
        c.update(more)
        return c

    def median_ns(self, target, c, block):
        depth, completion = c["load"]["depth"], c["load"]["completion"]
        ns = LATENCY[("qsd-blk", c["backing"], depth, completion)]
        if target == "blk":
            gain = GAIN[c["backing"]]
            ns *= gain if depth > 1 else (1 + gain) / 2
        if completion == "poll" and depth == 1 and c["backing"] == "null" \
                and self.random.random() < float(
                    self.opts.get("asleep", .2)):
            ns *= 1.9  # the device was asleep
        ns *= float(self.opts.get("scale." + target, 1))
        ns *= self.host * (float(self.opts.get("tracing", 1.04))
                           if c["traced"] else 1)
        return ns * math.exp(self.drift[block] +
                             self.random.gauss(0, self.noise))

    def latencies(self, median):
        r = self.random
        out = []
        for _ in range(400):
            v = median * math.exp(r.gauss(0, .12))
            if r.random() < .02:
                v *= r.uniform(2, 9)
            out.append(max(1, int(v)))
        return out

    def stages(self, target, c, values, weight):
        interrupt = c["load"]["completion"] == "interrupt"
        if not interrupt:  # no notification: the device's work is the most
            shares = [("publish", "request", "stamps", .02),
                      ("avail_wait", "request", "computed", .16),
                      ("device_submit", "request", "stamps", .12),
                      ("device_io", "request", "stamps", .45),
                      ("device_push", "request", "stamps", .08),
                      ("used_wait", "request", "computed", .15)]
        else:
            shares = STAGES
        requests, total = len(values) * weight, sum(values) * weight
        out, seen = [], 0
        for name, per, source, share in shares:
            if target != "blk" and name in OURS_ONLY:
                continue
            part = [max(1, int(v * share * self.random.uniform(.8, 1.2)))
                    for v in values]
            h = hist(part, weight)
            seen += h["sum_ns"]
            out.append({"name": name, "mean_ns": h["sum_ns"] / h["count"],
                        "median_ns": quantile(part, .5),
                        "p99_ns": quantile(part, .99), "count": requests,
                        "per": per, "source": source, "hist": h})
            if source == "bpf":
                out[-1].update(events=requests, lost=int(
                    requests * float(self.opts.get("lost." + name, 0))))
        out.append({"name": "unattributed", "mean_ns": (total - seen) /
                    requests, "median_ns": None, "p99_ns": None,
                    "count": requests, "per": "request",
                    "source": "computed"})
        return out

    def counts(self, requests, notify, interrupt):
        kicks = int(requests * notify)
        calls = kicks if interrupt else 0
        return {"requests": requests, "publishes": kicks + 20, "kicks": kicks,
                "kicked_requests": requests - 40, "calls": calls,
                "called_requests": requests - 60 if calls else 0,
                "spurious_wakeups": 3, "lost_kicks": 1, "lost_calls": 1}

    def record(self, target, c, block):
        depth, completion = c["load"]["depth"], c["load"]["completion"]
        values = self.latencies(self.median_ns(target, c, block))
        mean = sum(values) / len(values)
        iops = depth * 1e9 / mean
        weight = max(1, int(iops * .4 / len(values)))
        notify = (1 if depth == 1 else .14) * self.random.uniform(.97, 1.03)
        interrupt = completion == "interrupt"
        metric = lambda v, u="ns", b="lower": {"value": v, "unit": u,
                                               "better": b}
        r = {"schema": 1, "run": os.path.basename(self.out), "cell": c["id"],
             "block": block, "order": self.order, "status": "ok",
             "started_ns": 10 ** 9 * self.order, "elapsed_ns": 540000000,
             "metrics": {
                 "iops": metric(iops, "1/s", "higher"),
                 "bandwidth": metric(iops * 4096, "B/s", "higher"),
                 "latency_mean_ns": metric(mean),
                 "latency_p50_ns": metric(quantile(values, .5)),
                 "latency_p99_ns": metric(quantile(values, .99)),
                 "latency_p999_ns": metric(quantile(values, .999)),
                 "latency_max_ns": metric(float(max(values))),
                 "kicks_per_request": metric(notify if interrupt else .001,
                                             "1"),
                 "calls_per_request": metric(notify if interrupt else 0, "1"),
                 "spurious_wakeups_per_request": metric(0, "1"),
                 "driver_cpu_ns_per_request": metric(
                     mean / depth * (.2 if interrupt else 1)),
                 "device_cpu_ns_per_request": metric(mean / depth * .7)},
             "latency": hist(values, weight), "load": self.counts(
                 len(values) * weight, notify if interrupt else .001,
                 interrupt), "device": {},
             "processes": [], "host": {
                     "steal_ns": int(float(self.opts.get("steal", 0)) * 54e7)
                     if target == "blk" and block == 3 else 0,
                     "load1": .3, "preempted": 0}}
        if target != "blk" and completion == "poll":
            r["metrics"]["device_cpu_ns_per_request"] = {
                "value": None, "unit": "ns", "better": "lower",
                "reason": "the device's process cannot be seen"}
        failed = int(self.opts.get("errors." + target, 0))
        if failed:
            r["load"]["failures"] = {
                "failed": failed, "requests": len(values) * weight + failed,
                "at_least": False, "allowed": "0.1%", "first": None}
        if c["traced"]:
            r["stages"] = self.stages(target, c, values, weight)
        self.order += 1
        return r

    def plan(self):
        cells = []
        for backing in ("null", "file"):
            for depth in (1, 32):
                for completion in ("interrupt", "poll"):
                    for traced in (False, True):
                        if traced and depth > 1 and completion == "poll":
                            continue
                        for t in ("qsd-blk", "blk"):
                            cells.append((t, self.cell(t, backing, depth,
                                                       completion, traced)))
        if self.opts.get("extra") != "no":
            cells.append(("qsd-blk", self.cell(
                "qsd-blk", "ram", 1, "interrupt", False, status="excluded",
                reason="qemu-storage-daemon has no ram backing")))
            cells.append(("testpmd", self.cell(
                "testpmd", "null", 1, "interrupt", False, status="skipped",
                reason="dpdk-testpmd is not installed; apt install "
                       "dpdk-dev")))
            cells.append(("broken", self.cell("broken", "null", 1,
                                              "interrupt", False)))
        return cells

    def write(self, name, j):
        with open(os.path.join(self.out, name), "w") as f:
            json.dump(j, f, indent=1)

    def run(self):
        os.makedirs(os.path.join(self.out, "records"))
        cells = self.plan()
        self.write("run.json", {
            "schema": 1, "id": os.path.basename(self.out),
            "scenario": "synthetic", "seed": self.seed,
            "started": "2026-11-20T22:15:30Z", "blocks": self.blocks,
            "finished": True,
            "vioperf": {"version": "0", "git": "none", "compiler": "none",
                        "flags": ""},
            "targets": [
                {"name": self.opts.get("name." + t, t), "what": f"synthetic {t}",
                 "version": self.opts.get("version." + t, "1.0")}
                for t in ("qsd-blk", "blk")],
            "host": {"cpu_model": self.opts.get("cpu", "Synthetic CPU 1"),
                     "cpus": 2, "kernel": self.opts.get("kernel", "6.1.0"), "governor": None,
                     "kvm": "pvm", "hypervisor": "yes"},
            "reference": self.opts.get("name.qsd-blk", "qsd-blk"),
            "notes": ["null reads touch the buffer in neither target"],
            "cells": [c for _, c in cells]})
        for block in range(self.blocks):
            order = [x for x in cells if x[1]["status"] == "planned"]
            self.random.shuffle(order)
            for target, c in order:
                if target == "broken":
                    r = {"schema": 1, "cell": c["id"], "block": block,
                         "order": self.order, "status": "failed",
                         "reason": "device died: signal 11"}
                    self.order += 1
                else:
                    r = self.record(target, c, block)
                self.write(f"records/b{block:02d}-{c['file']}.json", r)


if __name__ == "__main__":
    Maker(sys.argv[1].rstrip("/"),
          dict(a.split("=", 1) for a in sys.argv[2:])).run()
