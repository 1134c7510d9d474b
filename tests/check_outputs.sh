#!/bin/bash
# SPDX-License-Identifier: MIT
# Outputs go where they were sent and nowhere else; what did not arrive is an
# error; descriptors that are closed are nobody's; sockets are their owner's.
# In a folder whose name has what option lists and shells trip over.
set -u
v=$VIOPERF
xml=$(cd "$(dirname "$0")" && pwd)/libvirt/server.xml
top=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$top"' EXIT
fail() { echo "$*" >&2; exit 1; }
mkdir "$top/a, \"b' c\\"
cd "$top/a, \"b' c\\" || exit 1

cat >s.ini <<-'INI'
	[run]
	target = blk, mine
	backing = file
	file-size = 1m
	time = 0.4s
	traced = no
	blocks = 1
	[target mine]
	type = blk
	command = {vioperf} device blk "--socket={socket}" "--cpu={cpu}"
INI
if command -v qemu-storage-daemon >/dev/null; then
	sed -i 's/mine$/mine, qsd-blk/' s.ini
else
	echo "skipped part: qemu-storage-daemon is not installed"
fi
export VIOPERF_DISK=$PWD
timeout 60 "$v" run s.ini --out r >out 2>err || fail "run: $(cat out err)"
[ -s r/report.html ] || fail "no report.html"

# Every option that names a result, to what is no regular file.
kind() { [ "$(stat -c %F "$1")" = "$2" ] || fail "$3: $1 is a $(stat -c %F "$1")"; }
each() { # EXPECTED TO: every command writes there
	for f in text markdown html csv json; do
		"$v" report r -f $f -o "$2" || fail "report $f"
		kind "$2" "$1" "report -f $f -o"
	done
	"$v" load --in-process --time 80ms --record "$2" || fail "load --record"
	kind "$2" "$1" 'load --record'
	"$v" load --in-process --time 80ms --rings "$2" >/dev/null || fail "load --rings"
	kind "$2" "$1" 'load --rings'
	"$v" scenario --from-libvirt "$xml" --out "$2" || fail "scenario --out"
	kind "$2" "$1" 'scenario --out'
	timeout 0.3 "$v" device blk --socket s --record "$2"
	kind "$2" "$1" 'device --record'
}
echo old >real
ln -s real link
each 'symbolic link' link
kind real 'regular file' 'what the link means'
ln -s /dev/null null
each 'symbolic link' null
kind /dev/null 'character special file' 'what the link means'
mkfifo fifo
cat fifo >got & # one reader; each of them has to come to an end
"$v" load --in-process --time 80ms --record fifo || fail "FIFO"
wait $!
kind fifo fifo 'load --record'
python3 -m json.tool got >/dev/null || fail "the FIFO's reader got no record"
{ echo before; "$v" load --in-process --time 80ms --record /dev/stdout; echo after; } >all
sed '1d;$d' all | python3 -m json.tool >/dev/null || fail "/dev/stdout: $(head -c 100 all)"
[ "$(sed -n '1p;$p' all | tr '\n' ' ')" = 'before after ' ] || fail "/dev/stdout wrote over it"

# Nothing is lost without a word.
if [ -c /dev/full ]; then
	for c in 'load --in-process --time 80ms' 'load --in-process --time 80ms --format json' \
		'list --targets' 'list --format json --targets' 'list --libvirt-target qemu-ide' \
		'report r' 'load --help' --help --version; do
		[ "$c" != 'list --libvirt-target qemu-ide' ] || continue
		# shellcheck disable=SC2086
		"$v" $c >/dev/full 2>err && fail "$c: exit 0 on a full disk"
		grep -q 'standard output' err || fail "$c: $(cat err)"
	done
	"$v" load --in-process --time 80ms --record /dev/full 2>err && fail "a full record"
	grep -q '/dev/full: cannot write' err || fail "$(cat err)"
	"$v" compare r r >/dev/full 2>err
	[ $? -eq 2 ] || fail "compare on a full disk: neither 1 nor 0 nor 3"
fi
# Into a pipe that ends early: quietly.
{ "$v" report r -f json; echo $? >status; } 2>err | head -c 1 >/dev/null
[ ! -s err ] || fail "into head: $(cat err)"

# Closed descriptors.
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
	rm -rf c
	eval "\"\$v\" run s.ini --set target=blk --set backing=null --out c --no-report $closed" \
		>out 2>err || fail "run $closed: $(cat out err) $(grep -ho "\"reason\": .*" c/records/*)"
	rm -f c.json
	eval "\"\$v\" load --in-process --time 80ms --record c.json $closed" ||
		fail "load $closed"
	python3 -m json.tool c.json >/dev/null || fail "load $closed: what was printed is in the record"
done

# Sockets. A device that ends leaves its successor's alone.
reach() { # NAME: a load gets through, sooner or later
	for _ in $(seq 200); do
		"$v" load --socket "$1" --time 150ms >/dev/null 2>&1 && return
		sleep 0.02
	done
	return 1
}
serve() { # NAME: start one, wait until it serves
	"$v" device blk --socket "$1" 2>"$1.err" &
	pids="$pids $!"
	reach "$1" || fail "$1 does not serve: $(cat "$1.err")"
}
serve one
first=$!
"$v" device blk --socket one 2>err && fail "a live socket was taken"
grep -q 'another process serves' err || fail "$(cat err)"
reach one || fail "it serves no more"
rm one
serve one
kill $first
wait $first
[ -S one ] || fail "the successor's socket is gone"
reach one || fail "the successor is out of reach"
second=${pids##* }
kill -9 "$second"
wait "$second" 2>/dev/null
[ -S one ] || fail "kill -9 took the socket?"
serve one # a stale one is replaced
kill "${pids##* }"
wait "${pids##* }"
[ ! -e one ] || fail "a device left its socket"
echo precious >file
"$v" device blk --socket file 2>err && fail "a file was taken for a socket"
[ "$(cat file)" = precious ] || fail "it is gone"

# A guest's log is that of this run; but what is its stderr too is not cut.
echo 'an old run' >log
"$v" guest --kernel real --log log -- true 2>err && fail "a text is no kernel"
grep -q 'an old run' log && fail "--log goes on after an old run"
echo 'the device was here' >log
"$v" guest --kernel real --log log -- true 2>>log && fail "a text is no kernel"
grep -q 'the device was here' log || fail "--log cut its own stderr"

# Usage, and nothing is touched.
usage() { # WANT ARGS...
	want=$1
	shift
	timeout 10 "$v" "$@" >out 2>err
	ret=$?
	[ $ret -eq 2 ] || fail "exit $ret, not 2: $*: $(cat err)"
	grep -q -- "$want" err || fail "\"$want\" is not in: $(cat err)"
}
long=$(printf 'x%.0s' $(seq 108))
usage 'name is empty' device blk --socket ''
usage 'at most 107' device blk --socket "$long"
usage 'name is empty' device blk --socket s --record ''
usage 'name is empty' device blk --socket s --stamps ''
usage 'needs a path' device blk --socket s --backing file:
usage 'use null' device blk --socket s --backing floppy
usage 'multiple of 512' device blk --socket s --backing ram:1
usage 'needs a size' device blk --socket s --backing ram
usage 'written twice' device blk --socket s --backing file:real,redonly
usage 'not a CPU list' device blk --socket s --cpu x
usage 'at most 107' load --socket "$long"
for o in socket record rings stamps; do usage 'name is empty' load --in-process --$o ''; done
for o in record log console kernel initrd image; do usage 'name is empty' guest --$o '' -- true; done
usage 'name is empty' report r -o ''
usage 'name is empty' scenario --from-libvirt "$xml" --out ''
usage 'name is empty' scenario --from-libvirt ''
usage 'name is empty' run ''
usage 'name is empty' run s.ini --out ''
"$v" trace --help | grep -q trace-json && for o in rings qmp; do usage 'name is empty' trace --$o ''; done
"$v" device blk --socket s --cpu 999 2>err
[ $? -eq 1 ] || fail "no CPU 999: $(cat err)"
"$v" device blk --socket s --backing file:nothing 2>err
[ $? -eq 1 ] || fail "no such file: $(cat err)"
left=$(find . -name '*.??????' -o -name 'vioperf-disk-*' -o -type s)
[ -z "$left" ] || fail "left behind: $left"
exit 0
