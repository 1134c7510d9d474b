#!/bin/bash
# SPDX-License-Identifier: MIT
# A process of a cell that is killed, whenever that is, fails its cell with the
# signal's name and what raises it.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "$*" >&2; exit 1; }

cat >device.sh <<'S'
#!/bin/bash
# device.sh HOW WHEN VIOPERF SOCKET: dies by signal HOW, WHEN: before it listens
# or so long after it began
[ "$2" = before ] && kill -"$1" $$
"$3" device blk --socket "$4" &
pid=$!
sleep "$2"
kill -KILL $pid
wait $pid 2>/dev/null
kill -"$1" $$
S
chmod +x device.sh

# reason SIGNAL WHEN: of a cell whose device dies so
reason() {
	cat >s.ini <<-S
	[run]
	target = mine
	time = 1s
	warmup = 0
	traced = no
	blocks = 1
	[target mine]
	type = blk
	command = $dir/device.sh $1 $2 {vioperf} {socket}
	S
	rm -rf r
	timeout 60 "$VIOPERF" run s.ini --out r --no-report >out 2>err
	[ $? -eq 1 ] || fail "exit is not 1: $(cat out err)"
	grep -h '"reason"' r/records/*.json | head -n 1
}
r=$(reason XFSZ before)
echo "$r" | grep -q 'ended before it listened, killed by SIGXFSZ (file size limit exceeded: ulimit -f)' ||
	fail "before: $r"
r=$(reason BUS 0.6)
echo "$r" | grep -q 'ended in mid-run, killed by SIGBUS (memory that is not there' ||
	fail "in mid-run: $r"

# The load itself: it cannot write, and says so.
printf '[run]\ntarget = blk\ntime = 0.02s\ntraced = no\nblocks = 1\n' >s.ini
rm -rf r
(ulimit -f 20; timeout 60 "$VIOPERF" run s.ini --out r --no-report >out 2>err)
grep -q 'ulimit -f' r/records/*.json ||
	fail "beyond the limit: $(grep -h reason r/records/*)"
exit 0
