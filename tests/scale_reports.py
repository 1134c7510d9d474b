#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scale_reports.py table [RECORDS]...
scale_reports.py make DIR RECORDS
scale_reports.py check [RECORDS]

How reports grow with the number of records: time, CPU time, memory. Runs are
made up as make_run.py does, records with all raw material, no two alike.
table prints a line for each number of records and each format; check fails
where four times as many take more than five times the CPU time, or too much
memory. VIOPERF names the program.
"""
import json, os, random, resource, subprocess, sys, tempfile, time

from make_run import Maker

# The text that harness/ writes is indented; this much space is in it.
SEPARATORS = (",\n     ", ": ")
VIOPERF = os.environ.get("VIOPERF", ".build/vioperf")
COMMANDS = {
    "text": ["report"], "json": ["report", "--format", "json"],
    "csv": ["report", "--format", "csv"],
    "html": ["report", "--format", "html"],
    "compare": ["compare", "--target", "qsd-blk,blk"],
}


def slowed_hist(h, shift):
    """Every sample 2^(shift/64) times as long, more or less."""
    f = 2 ** (shift / 64)
    return {"count": h["count"], "sum_ns": int(h["sum_ns"] * f),
            "min_ns": int(h["min_ns"] * f), "max_ns": int(h["max_ns"] * f) + 1,
            "buckets": [[min(i + shift, 2239), n] for i, n in h["buckets"]]}


def slowed(r, shift):
    """The record @r, of a slower machine."""
    f = 2 ** (shift / 64)
    r = dict(r, latency=slowed_hist(r["latency"], shift), metrics={
        k: dict(m, value=m["value"] and m["value"] * f)
        for k, m in r["metrics"].items()})
    if "stages" in r:
        r["stages"] = [dict(s, mean_ns=s["mean_ns"] * f, **(
            {"hist": slowed_hist(s["hist"], shift)} if "hist" in s else {}))
            for s in r["stages"]]
    # What a real one has besides, and no report shows.
    r["load"] = dict(r["load"], metrics=r["metrics"], latency=r["latency"])
    r["trace"] = {"rings": [{"stages": {s["name"]: {"hist": s.get("hist")}
                                        for s in r.get("stages", [])}}]}
    return r


class Copies(Maker):
    """One run of make_run.py over and over, each time as another load."""

    def records(self, cells):
        for block in range(self.blocks):
            for target, c in cells:
                yield c, self.record(target, c, block)

    def copy_of(self, cell, i):
        c = json.loads(json.dumps(cell))
        for key in ("id", "twin_of"):
            if key in c:
                c[key] = c[key].replace("bs=4k", f"bs={i + 1}k")
        c["file"] += f".{i}"
        c["load"]["bs"] = 1024 * (i + 1)
        return c

    def run(self, records):
        os.makedirs(os.path.join(self.out, "records"))
        cells = self.plan()
        base = list(self.records(cells))
        planned, written = [], 0
        while written < records:
            i = len(planned) // len(cells)
            copies = {id(c): self.copy_of(c, i) for _, c in cells}
            planned += copies.values()
            for c, r in base:
                copy = copies[id(c)]
                r = slowed(dict(r, cell=copy["id"]),
                           self.random.randrange(400))
                with open(f"{self.out}/records/b{r['block']:02d}-"
                          f"{copy['file']}.json", "w") as f:
                    f.write(json.dumps(r, separators=SEPARATORS))
            written += len(base)
        self.write("run.json", {
            "schema": 1, "id": os.path.basename(self.out),
            "scenario": "synthetic", "seed": self.seed,
            "started": "2026-11-20T22:15:30Z", "blocks": self.blocks,
            "finished": True, "vioperf": {},
            "host": {"cpu_model": "Synthetic CPU 1", "cpus": 2,
                     "kernel": "6.1.0"},
            "reference": "qsd-blk", "notes": [], "cells": planned})
        return written


def make(path, records):
    return Copies(path, {"extra": "no"}).run(records)


def measure(run, what):
    """Seconds, seconds of CPU, bytes at most: of it and its children."""
    argv = [VIOPERF] + COMMANDS[what] + [run]
    begin = time.monotonic()
    with open(os.devnull, "w") as null:
        p = subprocess.Popen(argv, stdout=null)
        _, status, used = os.wait4(p.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (
        (0, 1, 3) if what == "compare" else (0,)), (argv, status)
    return (time.monotonic() - begin, used.ru_utime + used.ru_stime,
            used.ru_maxrss * 1024)


def folder_bytes(path):
    return sum(e.stat().st_size for e in os.scandir(f"{path}/records"))


def table(sizes):
    before = {}
    print("| records | MB | what | s | CPU s | max RSS MiB | CPU, of the line "
          "before it |\n|---|---|---|---|---|---|---|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as tmp:
            run = f"{tmp}/run"
            n = make(run, size)
            measure(run, "text")  # into the page cache
            for what in COMMANDS:
                wall, cpu, rss = measure(run, what)
                ratio = (f"{cpu / before[what][1]:.1f} for "
                         f"{n / before[what][0]:.1f} times as many"
                         if what in before else "")
                before[what] = n, cpu
                print(f"| {n} | {folder_bytes(run) / 1e6:.0f} | {what} | "
                      f"{wall:.2f} | {cpu:.2f} | {rss / 2 ** 20:.0f} | "
                      f"{ratio} |", flush=True)


# The folder's size and 60 MB: a record held as a tree takes many times its own.
MEMORY_BASE, MEMORY_PER_RECORD = 60e6, 16e3


def check(records):
    with tempfile.TemporaryDirectory() as tmp:
        n = [make(f"{tmp}/{i}", records * i) for i in (1, 4)]
        failed = False
        for what in COMMANDS:
            best = [min(measure(f"{tmp}/{i}", what)[1:] for _ in range(3))
                    for i in (1, 4)]
            ratio = best[1][0] / best[0][0]
            ok = (ratio < 5 and
                  best[1][1] < MEMORY_BASE + MEMORY_PER_RECORD * n[1])
            print(f"{what}: {n[0]} → {n[1]} records: {ratio:.2f} × the CPU "
                  f"time, {best[1][1] / 2 ** 20:.0f} MiB"
                  f"{'' if ok else ': FAILED'}", flush=True)
            failed |= not ok
        return 1 if failed else 0


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "make":
        make(arguments[0].rstrip("/"), int(arguments[1]))
    elif command == "table":
        table([int(a) for a in arguments] or [2520, 10080])
    else:
        sys.exit(check(int(arguments[0]) if arguments else 336))
