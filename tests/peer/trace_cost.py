#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What tracing costs: throughput traced ÷ untraced, ours and bpftrace's.

A device and a load on a CPU each; blocks of three short runs in random order:
untraced, with `vioperf trace --rings`, with tests/peer/stages.bt under
bpftrace. A process that asks for nothing but idle time (SCHED_IDLE) keeps each
CPU from going idle, because how long a CPU takes to wake up depends on how long
it slept: a tracer that makes it sleep a little shorter would come out with a
gain. Needs root. A benchmark: it exits 0 whatever comes out.
"""
import argparse, json, os, random, signal, socket, statistics, subprocess
import sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))

# Device and load by name: how many requests a second there are, and whether
# each of them has a kick, a call or both, shows in the output.
LOADS = {
    "calls": ([], ["--depth=2"]),
    "both": (["--poll-max=0"], ["--depth=4"]),
}


def parse():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--vioperf", default=os.environ.get("VIOPERF", "vioperf"))
    p.add_argument("--blocks", type=int, default=20)
    p.add_argument("--time", type=float, default=0.5, help="seconds of a run")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--load", choices=LOADS, action="append")
    p.add_argument("--format", choices=("text", "json"), default="text")
    return p.parse_args()


class Spinner:
    """Takes the time of a CPU that nobody else wants."""

    def __init__(self, cpu):
        def idle_only():
            os.sched_setaffinity(0, [cpu])
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        self.p = subprocess.Popen([sys.executable, "-c", "while True: pass"],
                                  preexec_fn=idle_only)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.kill()
        self.p.wait()


class Part:
    """A process with a sync socket as the harness speaks it."""

    def __init__(self, args, log):
        ours, theirs = socket.socketpair()
        self.sock = ours
        self.p = subprocess.Popen(args + [f"--sync-fd={theirs.fileno()}"],
                                  pass_fds=[theirs.fileno()], stdout=log,
                                  stderr=log, stdin=subprocess.DEVNULL)
        theirs.close()

    def ready(self):
        if self.sock.recv(64) != b"ready\n":
            raise RuntimeError("a part is not ready")

    def say(self, word):
        self.sock.sendall(word.encode() + b"\n")

    def end(self):
        self.sock.close()
        return self.p.wait(30)


def fds_of(pid):
    """eventfd-id -> descriptors of a process."""
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{fd}") as f:
                for line in f:
                    if line.startswith("eventfd-id:"):
                        found.setdefault(int(line.split()[1]),
                                         []).append(int(fd))
        except FileNotFoundError:
            pass
    return found


# It looks for tracepoints there, where a small system has nothing mounted; in a
# mount namespace of its own, so that nothing has to be undone.
WITH_TRACEFS = '''[ -d /sys/kernel/debug/tracing/events ] ||
	mount -t debugfs none /sys/kernel/debug; exec bpftrace -e "$1"'''


def start_bpftrace(rings, device, log):
    r = json.load(open(rings))
    held = fds_of(device)
    lines = [f"@device[{device}] = 1;"]
    for q in r["queues"]:
        lines.append(f"@kind[{r['pid']}, {q['kick_fd']}] = 1;")
        lines += [f"@kind[{device}, {fd}] = 2;" for fd in held[q["call_id"]]]
    script = "BEGIN { %s printf(\"ready\\n\"); }\n" % " ".join(lines)
    script += open(HERE + "/stages.bt").read()
    p = subprocess.Popen(["unshare", "-m", "sh", "-c", WITH_TRACEFS, "sh",
                          script], stdout=subprocess.PIPE,
                         stderr=log, stdin=subprocess.DEVNULL, text=True)
    for line in p.stdout:
        if line.strip() == "ready":
            time.sleep(0.1)
            return p
    said = open(log.name).read().strip().splitlines()
    raise RuntimeError("bpftrace does not start: %s" % " ".join(said[-3:]))


class Bench:
    def __init__(self, a, folder):
        self.a, self.dir = a, folder
        self.log = open(folder + "/log", "w")

    def one(self, load_args, device, how):
        """Requests/s of one run, and its load record."""
        d, a = self.dir, self.a
        load = Part([a.vioperf, "load", f"--socket={d}/s", "--cpu=1",
                     f"--rings={d}/rings", f"--record={d}/load.json",
                     f"--time={int(a.time * 1000)}ms", "--warmup=100ms"] +
                    load_args, self.log)
        tracer = peer = None
        try:
            load.ready()
            if how == "ours":
                tracer = Part([a.vioperf, "trace", f"--rings={d}/rings",
                               f"--record={d}/trace.json"], self.log)
                tracer.ready()
            elif how == "bpftrace":
                peer = start_bpftrace(d + "/rings", device, self.log)
            start = time.monotonic_ns() + 150 * 10 ** 6
            end = start + int(a.time * 10 ** 9)
            load.say(f"go {start} {end}")
            if tracer:
                tracer.say(f"go {start} {end}")
            load.p.wait(30)
        finally:
            if tracer:
                tracer.end()
            if peer:
                peer.send_signal(signal.SIGINT)
                out = peer.stdout.read()
                peer.wait(30)
                if "wakeup_ns" not in out:
                    raise RuntimeError("bpftrace saw nothing")
            if load.p.poll() is None:
                load.p.kill()
            load.end()
        r = json.load(open(d + "/load.json"))
        if r["status"] != "ok":
            raise RuntimeError(r.get("reason"))
        return r["requests"] / a.time, r

    def run(self, name):
        device_args, load_args = LOADS[name]
        device = subprocess.Popen(
            [self.a.vioperf, "device", "blk", f"--socket={self.dir}/s",
             "--backing=null", "--cpu=0"] + device_args, stdout=self.log,
            stderr=self.log, stdin=subprocess.DEVNULL)
        try:
            while not os.path.exists(self.dir + "/s"):
                time.sleep(0.02)
            return self.blocks(name, load_args, device.pid)
        finally:
            device.terminate()
            device.wait(10)

    def blocks(self, name, load_args, device):
        order = random.Random(self.a.seed)
        runs = []
        for block in range(self.a.blocks):
            hows = ["untraced", "ours", "bpftrace"]
            order.shuffle(hows)
            rates = {}
            for how in hows:
                rates[how], r = self.one(load_args, device, how)
                if how == "untraced":
                    rates["kicks"] = r["kicks"] / self.a.time
                    rates["calls"] = r["calls"] / self.a.time
            runs.append(rates)
            if sys.stderr.isatty():
                print(f"\r{name}: block {block + 1} of {self.a.blocks}",
                      end="", file=sys.stderr)
        return runs


def interval(values, seed):
    """Median, and its bootstrap interval of 95 %."""
    draw = random.Random(seed)
    medians = sorted(statistics.median(draw.choices(values, k=len(values)))
                     for _ in range(2000))
    return statistics.median(values), medians[50], medians[-51]


def programs():
    out = subprocess.run(["bpftool", "prog", "list", "--json"],
                         capture_output=True, text=True)
    return len(json.loads(out.stdout or "[]")) if not out.returncode else None


def summary(runs, seed):
    ours = [r["ours"] / r["untraced"] for r in runs]
    peer = [r["bpftrace"] / r["untraced"] for r in runs]
    mid = lambda k: statistics.median(r[k] for r in runs)
    cost = lambda x: 1 - statistics.median(x)
    return {"requests_per_s": mid("untraced"), "kicks_per_s": mid("kicks"),
            "calls_per_s": mid("calls"), "ours": interval(ours, seed),
            "bpftrace": interval(peer, seed),
            "cost_ours_of_bpftrace": cost(ours) / cost(peer)
            if cost(peer) > 0 else None, "blocks": len(runs)}


def main():
    a = parse()
    a.vioperf = os.path.abspath(a.vioperf) if "/" in a.vioperf else a.vioperf
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(a, folder)
        before, results = programs(), {}
        with Spinner(0), Spinner(1):
            for name in a.load or LOADS:
                results[name] = summary(bench.run(name), a.seed)
        time.sleep(1)  # programs are freed a little later
        left = None if before is None else programs() - before
    if a.format == "json":
        print(json.dumps({"loads": results, "programs_left": left}, indent=1))
        return
    print("\ntraced / untraced requests/s, median [95 %]")
    for name, s in results.items():
        print(f"{name}: {s['requests_per_s'] / 1e3:.1f}K requests/s with "
              f"{s['kicks_per_s'] / 1e3:.1f}K kicks/s and "
              f"{s['calls_per_s'] / 1e3:.1f}K calls/s; {s['blocks']} blocks")
        for who in "ours", "bpftrace":
            print("  %-9s %.3f [%.3f, %.3f]" % ((who,) + s[who]))
        if s["cost_ours_of_bpftrace"] is not None:
            print(f"  ours costs {s['cost_ours_of_bpftrace']:.2f} of bpftrace")
    if left is not None:
        print(f"programs left attached: {left}")


if __name__ == "__main__":
    main()
