#!/bin/bash
# SPDX-License-Identifier: MIT
# Guests that panic, hang, or are not what was asked for; and nothing left
# behind when vioperf itself is stopped or killed.
. "$(dirname "$0")/guest.sh"
. "$(dirname "$0")/processes.sh"

# says NAME TEXT: stderr of guest NAME holds TEXT
says() {
	grep -qF -- "$2" "$dir/$1.err" || fail "$1 does not say '$2'"
}

# gone PID...: within two seconds
gone() {
	for n in $(seq 40); do
		alive=
		for p in "$@"; do
			[ -d "/proc/$p" ] &&
				! grep -q '^State:.Z' "/proc/$p/status" &&
				alive="$alive $p"
		done
		[ -z "$alive" ] && return 0
		sleep 0.05
	done
	return 1
}

namespaces() {
	readlink /proc/[0-9]*/ns/net 2>/dev/null | sort -u | wc -l
}

# wait_child PID: until it has started QEMU, whose pid goes into $child
wait_child() {
	for n in $(seq 500); do
		child=$(children_of "$1" qemu-system-x86)
		[ -n "$child" ] && return 0
		sleep 0.02
	done
	fail "no QEMU was started"
}

guest panic --record="$dir/panic.json" -- \
	sh -c 'sleep 0.2; echo c > /proc/sysrq-trigger; sleep 9' &&
	fail "a panic is no failure"
says panic "the guest panicked"
says panic "Kernel panic - not syncing: sysrq triggered crash"
grep -q '"status": "failed"' "$dir/panic.json" || fail "panic: the record"

guest nomodule --type=blk --module=no-such_one --record="$dir/nomodule.json" &&
	fail "a module that does not exist"
says nomodule "has no module no-such_one (CONFIG_NO_SUCH_ONE)"
grep -q '"status": "skipped"' "$dir/nomodule.json" || fail "not skipped"

echo text >"$dir/text"
guest nokernel --kernel="$dir/text" -- true && fail "a text file is no kernel"
says nokernel "$dir/text: not a kernel"
guest notool --type=balloon --module=virtio_balloon && fail "no balloon"
says notool "balloon"

null="--qemu-arg=-blockdev --qemu-arg=driver=null-co,size=1073741824,node-name=d"
vblk="--module=virtio_blk --virtio-id=2 --qemu-arg=-device"
guest nodisk --type=blk --disk=vdz $null $vblk \
	--qemu-arg=virtio-blk-pci,drive=d && fail "there is no vdz"
says nodisk "no disk vdz; there is: vda"
guest queues --type=blk --expect-queues=2 $null $vblk \
	--qemu-arg=virtio-blk-pci,drive=d,num-queues=1 && fail "one queue is not 2"
says queues "2 queues were asked for, the guest's driver uses 1"
guest device --type=blk $vblk --qemu-arg=no-such-device && fail "no device"
says device "'no-such-device' is not a valid device model name"

if command -v qemu-storage-daemon >/dev/null; then
	qemu-storage-daemon --blockdev \
		driver=null-co,size=1073741824,node-name=d --export \
		type=vhost-user-blk,id=e,node-name=d,addr.type=unix,addr.path="$dir/qsd" \
		>"$dir/qsd.log" 2>&1 </dev/null &
	pids="$pids $!"
	for n in $(seq 100); do [ -S "$dir/qsd" ] && break; sleep 0.05; done
	guest packed --type=blk --feature=packed=on $vblk \
		--qemu-arg=vhost-user-blk-pci,chardev=c,packed=on,num-queues=1 \
		--qemu-arg=-chardev --qemu-arg=socket,id=c,path="$dir/qsd" &&
		fail "packed=on that the back end lacks is reported as ok"
	says packed "packed=on was asked for"
else
	echo "skipped part: qemu-storage-daemon is not installed"
fi
echo "bad guests are told apart"

# A guest that stands still: QEMU is stopped under it.
"$VIOPERF" guest --accelerator=tcg --hang-timeout=3s -- sleep 60 \
	>"$dir/hang.out" 2>"$dir/hang.err" </dev/null &
pid=$!
pids="$pids $pid"
wait_child $pid
sleep 4
kill -STOP "$child"
wait $pid && fail "a guest that hangs is no failure"
says hang "the guest hangs: not heard of for 3 s"
gone "$child" || fail "a QEMU that was stopped is left"

before=$(namespaces)
for when in 0.3 4; do
	for sig in INT TERM KILL; do
		"$VIOPERF" guest --accelerator=tcg --type=net --time=20s \
			--net-device=virtio-net-pci --net-backend=user \
			--module=virtio_net --traffic=tcp-g2h \
			>"$dir/stop.out" 2>"$dir/stop.err" </dev/null &
		pid=$!
		pids="$pids $pid"
		wait_child $pid
		sleep $when
		all=$(children_of $pid)
		kill -$sig $pid
		# shellcheck disable=SC2086
		gone $pid $all || fail "$sig after $when s leaves processes"
		wait $pid
		[ $? -ne 0 ] || fail "$sig after $when s is no failure"
	done
done
for n in $(seq 40); do
	[ "$(namespaces)" -le "$before" ] && break
	sleep 0.05
done
[ "$(namespaces)" -le "$before" ] || fail "network namespaces are left"
echo "nothing left of guests that were stopped or killed"

# vioperf run itself is killed with a guest in the middle of its load.
cat >"$dir/run.ini" <<'END'
[run]
target = blk
driver = qemu
accelerator = tcg
time = 20s
blocks = 1
END
"$VIOPERF" run "$dir/run.ini" --out "$dir/run" >"$dir/run.out" 2>&1 </dev/null &
pid=$!
pids="$pids $pid"
for n in $(seq 200); do
	all=$(children_of $pid)
	guest=$(for p in $all; do children_of "$p"; done)
	[ -n "$guest" ] && break
	sleep 0.05
done
[ -n "$guest" ] || fail "the run starts no guest"
sleep 3
kill -9 $pid
# shellcheck disable=SC2086
gone $pid $all $guest || fail "kill -9 of a run leaves processes"
ls -d /dev/shm/vioperf-run-$pid-* >/dev/null 2>&1 || fail "no leftover to test"
timeout 100 "$VIOPERF" run "$dir/run.ini" --out "$dir/run2" --set time=0.2s \
	--no-report >"$dir/run2.out" 2>"$dir/run2.err" </dev/null ||
	fail "the run after a kill -9"
ls -d /dev/shm/vioperf-run-$pid-* >/dev/null 2>&1 && fail "not cleaned up"
echo "nothing left of a run that was killed"
