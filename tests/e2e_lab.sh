#!/bin/bash
# SPDX-License-Identifier: MIT
# vioperf itself on a stock kernel: Debian's, booted under TCG, whose emulated
# CPU has SVM, so that KVM runs guests in there. Every probe has to attach, a
# traced load to show its kicks, and the bare guest to run under a KVM that is
# not the pagetable kind. Probes are attached on one CPU: with more the kernel
# patches code that another one executes, and QEMU 7.2's emulation does not take
# that. The bare guest gets two, since on one the emulated SVM starves the rest
# now and then; so it is not traced in there.
. "$(dirname "$0")/guest.sh"

cat >"$dir/inside" <<'END'
set -e
echo "== kernel $(uname -r)"
echo "== probes"
vioperf trace --list
vioperf device blk --socket=/tmp/s --backing=null 2>/dev/null &
device=$!
sleep 0.5
echo "== traced"
vioperf load --socket=/tmp/s --rate=1k --time=8s --rings=/tmp/rings >/tmp/load.out &
load=$!
sleep 1
vioperf trace --rings=/tmp/rings --time=1s
wait $load
cat /tmp/load.out
kill $device
END
cat >"$dir/bare_guest" <<'END'
set -e
vioperf device blk --socket=/tmp/s --backing=null 2>/dev/null &
device=$!
sleep 0.5
vioperf load --socket=/tmp/s --driver=kvm --time=12s >/tmp/kvm.out &
load=$!
sleep 1
vioperf list --pid $load
wait $load
cat /tmp/kvm.out
kill $device
END
guest lab --vcpus=1 --memory=1g --module=kvm_amd --program="$VIOPERF" \
	--hang-timeout=60s -- sh -c "$(cat "$dir/inside")" ||
	fail "$(tail -n 5 "$dir/lab.out")"
guest bare --vcpus=2 --memory=1g --module=kvm_amd --program="$VIOPERF" \
	--hang-timeout=60s -- sh -c "$(cat "$dir/bare_guest")" ||
	fail "$(tail -n 5 "$dir/bare.out")"

section() { sed -n "/^== $1\$/,/^== /p" "$dir/lab.out"; }

section probes >"$dir/probes"
for edge in "notification written" "system call returned" "wake-up sent" \
	"thread running" "I/O submitted" "I/O completed" "doorbell stored" \
	"doorbell known fast" "doorbell OUT" "interrupt raised" \
	"interrupt accepted" "halt ended" "call signalled" "VM exit"; do
	grep -q "^$edge .*usable" "$dir/probes" ||
		fail "no probe for $edge: $(grep "^$edge" "$dir/probes")"
done
# Functions where they are cheaper than a tracepoint.
grep -q "^notification written *fentry/eventfd_write" "$dir/probes" ||
	fail "not by the function: $(grep -A 3 "^notification w" "$dir/probes")"
section traced >"$dir/traced"
grep -Eq '^  [1-9][0-9]* kicks for' "$dir/traced" || fail "no kicks were seen"
grep -Eq '^  device_wakeup +[1-9]' "$dir/traced" || fail "no wake-ups were seen"
grep -q 'kick .*mmio 0xd0000000 *vioperf' "$dir/bare.out" || fail "list --pid"
grep -Eq 'requests/s' "$dir/bare.out" || fail "the bare guest did not run"
grep -Eq ' (0\.[5-9]|1\.0)[0-9]* kicks' "$dir/bare.out" || fail "no kicks: $(grep kicks "$dir/bare.out")"
echo "on $(sed -n 's/^== kernel //p' "$dir/lab.out"): probes attach, SVM runs the bare guest"
