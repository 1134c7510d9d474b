#!/bin/bash
# SPDX-License-Identifier: MIT
# A device in the kernel, on a stock kernel: Debian's vhost_net, booted under
# TCG, driven through a tap by vhost_net_tx. Every frame's way is followed from
# the kick through the worker to the call, once by fentry, once by kprobes. (One
# CPU: see e2e_lab.sh.)
. "$(dirname "$0")/guest.sh"

tx=$dir/vhost_net_tx
gcc -O2 -Wall -Wextra -D_GNU_SOURCE -o "$tx" \
	"$(dirname "$0")/vhost_net_tx.c" || fail "vhost_net_tx does not build"
cat >"$dir/inside" <<'END'
for way in fentry kprobe; do
	echo "== $way"
	vhost_net_tx 60 /tmp/rings >/tmp/sent &
	tx=$!
	sleep 1
	vioperf trace --rings=/tmp/rings --time=1s --attach=$way --format=json
	[ $way = kprobe ] || vioperf trace --pid $tx --time=0.5s >/tmp/pid
	kill -INT $tx
	wait $tx
	echo "== sent by $way"
	cat /tmp/sent
done
echo "== by process id"
cat /tmp/pid
END
guest lab --vcpus=1 --memory=1g --module=vhost_net --module=tun \
	--program="$VIOPERF" --program="$tx" --hang-timeout=60s \
	-- sh -c "$(cat "$dir/inside")" || fail "$(tail -n 5 "$dir/lab.out")"

python3 - "$dir/lab.out" <<'END' || fail "what was traced"
import json, re, sys
text = open(sys.argv[1]).read()
part = dict(re.findall(r"^== (.*)\n((?:(?!== ).*\n)*)", text, re.M))
for way in "fentry", "kprobe":
    sent = json.loads(part["sent by " + way])
    assert sent["sent"] == sent["seen"] > 500, sent
    t = json.loads(part[way])
    for p in t["probes"]:
        for r in p.get("refused", []):
            assert "verifier" not in r["reason"], r
    attach = {p["edge"]: p.get("attach", "") for p in t["probes"]}
    ends = "fexit" if way == "fentry" else "kretprobe"
    assert attach["notification written"] == way + "/eventfd_write", attach
    # since 6.8 eventfd_signal() is an inline of eventfd_signal_mask()
    name = attach["call signalled"].split("/")[1]
    assert name in ("eventfd_signal", "eventfd_signal_mask"), attach
    assert attach["call signalled"] == way + "/" + name, attach
    assert attach["call's signal sent"] == ends + "/" + name, attach
    assert attach["vhost-net sends"] == way + "/handle_tx_kick", attach
    (ring,) = t["rings"]
    n = ring["kicks"]
    # one frame in flight: as many kicks as calls as of each stage
    assert n > 100 and abs(ring["calls"] - n) <= 2, ring
    for stage in "kick_signal", "device_wakeup", "device_resume", "vhost_ring":
        events = ring["stages"][stage]["events"]
        assert n * .9 - 3 <= events <= n + 2, (way, stage, events, n)
    # on one CPU the call comes before the driver sleeps, mostly: that it is
    # woken later, by its timer, is no call's doing
    assert ring["call_wakeups"] < n / 2, ring
    assert ring["other_driver_wakeups"] > n / 2, ring
    events = ring["stages"]["call_signal"]["events"]
    assert abs(events - ring["call_wakeups"]) <= 3, (events, ring)
    print("%s: %d frames, each stage of vhost_net seen" % (way, n))
lines = part["by process id"]
assert re.search(r"^  vhost_ring +[1-9]", lines, re.M), lines
END
