#!/bin/bash
# SPDX-License-Identifier: MIT
# results/README.md names exactly the keys that records hold, and all that the
# reports read: every kind of record there is, made here and walked.
root=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "tracing takes root"; exit 77; }
[ -w /dev/kvm ] || { echo "/dev/kvm cannot be used"; exit 77; }
"$VIOPERF" trace --list 2>/dev/null | grep -q 'doorbell stored.*usable' ||
	{ echo "this kernel shows no doorbells"; exit 77; }
. "$root/tests/guest.sh"
cd "$dir" || exit 1

# ---- our own drivers: traced, open loop, verified, failed, skipped ----
# A disk that has lost its second half since the device looked at it.
cat >half.sh <<'END'
#!/bin/bash
truncate -s 4M half
"$1" device blk --socket "$2" --backing file:half &
trap 'kill $!; wait $!; exit' TERM
while ! [ -S "$2" ]; do sleep 0.01; done
truncate -s 2M half
wait $!
END
chmod +x half.sh
cat >own.ini <<END
[run]
target = blk+service=1us, qsd-blk, null, mine, half
driver = user, kvm
completion = interrupt, poll
depth = 4
time = 50ms
warmup = 10ms
blocks = 1
traced = yes
note = a note
[also]
target = blk
backing = file
rate = 2k/poisson
[target mine]
type = blk
command = /bin/false {socket}
[target half]
type = blk
command = $dir/half.sh {vioperf} {socket}
END
"$VIOPERF" run own.ini --set file-size=8m --out own --no-report 2>own.err
[ $? -eq 1 ] || fail "own drivers: one target fails"
"$VIOPERF" run own.ini --set target=blk --set backing=ram --set verify=on \
	--set rw=write --set traced=no --out verify --no-report 2>verify.err
[ $? -le 1 ] || fail "verify"

# ---- guests ----
cat >guest.ini <<END
[run]
target = qemu-virtio-blk, qemu-virtio-balloon, blk
driver = qemu
accelerator = tcg
time = 0.5s
warmup = 0.1s
blocks = 1
[also]
target = qemu-virtio-net
traffic = bounceback, trip-times
END
timeout 250 "$VIOPERF" run guest.ini --out guests --no-report 2>guests.err
[ $? -le 1 ] || fail "guests"

# ---- a VM and two processes that are looked at ----
"$VIOPERF" device blk --socket=s --service=300us >dev.log 2>&1 & device=$!
pids="$pids $device"
for _ in $(seq 100); do [ -S s ] && break; sleep 0.05; done
"$VIOPERF" load --socket=s --driver=kvm --time=20s >load.log 2>&1 & load=$!
pids="$pids $load"
sleep 1
mkdir -p looked/records
"$VIOPERF" trace --pid $load --time 1s --record looked/records/vm.json >vm.log 2>&1 ||
	fail "trace --pid of a VM"
kill $load; wait $load 2>/dev/null
"$VIOPERF" load --socket=s --time=20s >load.log 2>&1 & load=$!
pids="$pids $load"
sleep 1
"$VIOPERF" trace --pid $load --pid $device --time 1s \
	--record looked/records/pair.json >pair.log 2>&1 || fail "trace --pid of two"
"$VIOPERF" trace --list --format json >looked/records/probes.json

python3 "$root/tests/record_keys.py" "$root/results/README.md" \
	"$root/reports" own verify guests looked ||
	fail "results/README.md is not what records hold"
echo "results/README.md is what records hold"
