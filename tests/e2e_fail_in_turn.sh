#!/bin/bash
# SPDX-License-Identifier: MIT
# Every early failure of every command is clean: each step that can fail (a file,
# a map, a socket, a process that is not to be had) is made to fail in turn, under
# ASan. Whatever fails, a command ends in time, with 0 where it can do without,
# else 1 or 2 and a reason on stderr; no report of a sanitizer, no signal; no
# process, socket, half a file or disk is left behind. Of commands with many steps
# some of each kind of call are taken; FAIL_ALL=N takes N of each.
set -u
inject=$(dirname "$VIOPERF_ASAN")/inject
[ -x "$VIOPERF_ASAN" ] && [ -x "$inject" ] || { echo "not built: make asan"; exit 77; }
v=$VIOPERF_ASAN
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
device= load=
trap 'kill $device $load 2>/dev/null; rm -rf "$dir"' EXIT
export ASAN_OPTIONS=log_path=$dir/san UBSAN_OPTIONS=log_path=$dir/san:print_stacktrace=1
export VIOPERF_DISK=$dir/w XDG_RUNTIME_DIR=$dir
failed=0

# What only a process that is gone can have left.
dead_runs() {
	local f pid
	for f in /dev/shm/vioperf-run-*; do
		pid=${f##*run-}
		[ -e "$f" ] && [ ! -e "/proc/${pid%%-*}" ] && echo "$f"
	done
}

complain() { # WHAT: of step $n, with what was printed
	echo "$name, step $n, $(tail -n 1 "$dir/out"): $1"
	head -n 15 "$dir/err"
	failed=1
}

look() {
	[ -z "${FAIL_SHOW:-}" ] || echo "$name, step $n, $(tail -n 1 "$dir/out"); $(tail -n 1 "$dir/err")"
	case $(tail -n 1 "$dir/out") in
	*": exit 0") ;;
	*": exit 3") [ "$name" = compare ] || complain "exit status 3" ;;
	*": exit "[12]) [ -s "$dir/err" ] || complain "no reason on stderr" ;;
	*) complain "it does not end in order" ;;
	esac
	grep -q 'left behind' "$dir/out" && complain "$(grep 'left behind' "$dir/out")"
	for f in "$dir"/san.*; do
		[ -e "$f" ] && { complain sanitizer; head -n 30 "$f"; rm "$f"; }
	done
	left=$(find "$dir/w" -type s -o -name '*.??????' -o -name 'vioperf-disk-*')
	[ -z "$left" ] || complain "left behind: $left"
	left=$(comm -13 <(echo "$dead") <(dead_runs))
	[ -z "$left" ] || { complain "left behind: $left"; dead=$(dead_runs); }
}

step() { # N: run the command with it
	n=$1
	rm -rf "$dir/w"
	mkdir "$dir/w"
	cp "$dir"/in/* "$dir/w"
	(cd "$dir/w" && "$inject" "$n" "${cmd[@]}") </dev/null >"$dir/out" 2>"$dir/err"
	[ $? -ne 77 ] || { cat "$dir/out"; exit 77; }
}

# pick K: of the steps of a run, at most K of each kind of call, spread evenly
pick() {
	sed -n 's/^inject: step //p' "$dir/out" | awk -v k="$1" '
		{ n[$1]++; at[$1, n[$1]] = NR }
		END { for (s in n) {
			m = n[s] < k ? n[s] : k
			for (i = 1; i <= m; i++) print at[s, int(n[s] * i / m)]
		} }' | sort -n
}

# walk K NAME COMMAND...
walk() {
	local k=$1 all picked i
	name=$2
	shift 2
	cmd=("$@")
	step 0
	look
	all=$(grep -c '^inject: step ' "$dir/out")
	[ "$all" -gt 0 ] || { complain "no step was seen"; return; }
	picked=$(pick "${FAIL_ALL:-$k}")
	for i in $picked; do
		step "$i"
		look
	done
	echo "$name: $(echo "$picked" | wc -l) of $all steps"
}

mkdir "$dir/in"
cat >"$dir/in/s.ini" <<-'INI'
	[run]
	target = blk
	backing = file
	file-size = 1m
	time = 0.02s
	traced = no
	blocks = 1
INI
sed 's/file$/null/; /^file-size/d' "$dir/in/s.ini" >"$dir/null.ini"
(cd "$dir" && "$v" run null.ini --out run --no-report >/dev/null 2>&1) ||
	{ echo "no run to report on"; exit 1; }
cp -r "$dir/run" "$dir/kept"
dead=$(dead_runs)

# A device, ended once it listens: from then on a signal is an order to stop.
cat >"$dir/until" <<-'SH'
	"$@" &
	while kill -0 $! 2>/dev/null && [ ! -S s ]; do sleep 0.02; done
	kill $! 2>/dev/null
	wait $!
SH
walk 99 load "$v" load --in-process --queues 2 --time 5ms --record r --rings g
for backing in null ram:1m file:s.bin; do
	head -c 1M /dev/zero >"$dir/in/s.bin"
	walk 99 "device $backing" bash "$dir/until" "$v" device blk --socket s \
		--cpu 0 --stamps t --record r --backing $backing
done
walk 1 run "$v" run s.ini --out r
if [ -w /dev/kvm ]; then
	sed 's/^traced.*/traced = yes\ndriver = kvm\nidle = spin/' "$dir/null.ini" >"$dir/in/kvm.ini"
	walk 1 'run kvm' "$v" run kvm.ini --out r
fi
walk 1 list "$v" list
for format in text html csv json; do
	walk 2 "report $format" "$v" report "$dir/kept" -f $format -o r
done
walk 99 compare "$v" compare "$dir/kept" "$dir/kept"
walk 99 scenario "$v" scenario --from-libvirt "$here/libvirt/server.xml" --out o
walk 1 'trace --list' "$v" trace --list
(cd "$dir" && exec "$VIOPERF" device blk --socket s) &
device=$!
"$VIOPERF" load --socket "$dir/s" --time 1h >/dev/null 2>&1 &
load=$!
sleep 0.3
walk 1 trace "$v" trace --pid $device --time 5ms --record r
kill $device $load
walk 1 guest "$v" guest --boot-timeout 100ms --log l --record r -- true
exit $failed
