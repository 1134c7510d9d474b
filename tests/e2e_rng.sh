#!/bin/bash
# SPDX-License-Identifier: MIT
# The entropy device under our driver: bytes that are the source's, no byte
# beyond the used length, the rate kept, requests that wait given back, chains
# that make no sense refused. Linux drives it in e2e_guest_targets.sh.
set -u
: "${VIOPERF:?}"
dir=$(mktemp -d)
pid=
trap '[ -n "$pid" ] && kill $pid 2>/dev/null; rm -rf "$dir"' EXIT
fail() { echo "$*" >&2; exit 1; }

serve() { # ARG...: the device with them
	"${VIOPERF_ASAN:-$VIOPERF}" device rng --socket="$dir/s" "$@" &
	pid=$!
	for _ in $(seq 100); do
		[ -S "$dir/s" ] && return
		sleep 0.05
	done
	fail "device rng $* does not listen"
}
end() {
	kill $pid
	wait $pid || fail "the device ended with $?"
	pid=
}
load() { # ARG...: into r.json
	"$VIOPERF" load --type=rng --socket="$dir/s" --record="$dir/r.json" "$@"
}
judge() { # PYTHON: an expression about r, the record
	python3 - "$dir/r.json" "$1" <<'END' || fail "not so: $1"
import json, sys
r = json.load(open(sys.argv[1]))
v = lambda name: r["metrics"][name]["value"]
sys.exit(not eval(sys.argv[2]))
END
}

head -c 1000 /dev/urandom >"$dir/file"
for source in urandom "file:$dir/file"; do
	serve --source="$source"
	for how in "--depth=1" "--depth=32 --completion=poll" \
		"--depth=8 --bs=128k --indirect=off --event-idx=off"; do
		# shellcheck disable=SC2086
		load --verify --time=0.3s $how || fail "$source, $how"
		judge 'r["requests"] > 20 and r["errors"] == 0'
		judge 'v("bandwidth") > 1e6'
	done
	end
done
# An answer has no more than 64 KiB, whatever the buffer holds.
judge '0.99 < v("bandwidth") / v("iops") / 65536 < 1.01'

# The check can fail: this source leaves the buffer as it was.
serve --source=null
load --verify --time=0.2s 2>"$dir/err" && fail "nothing written went unnoticed"
grep -q 'says it wrote 4096 bytes, and wrote none' "$dir/err" || fail "$(cat "$dir/err")"
load --time=0.2s || fail "null"
end

# The rate, and what waits for it when the driver goes: 64 buffers of 100 ms
# each are not waited for.
serve --rate=1m
load --depth=64 --time=2s || fail "with a rate"
judge '0.9 < v("bandwidth") / (1 << 20) < 1.1'
end
serve --rate=1k
begin=$(date +%s%N)
load --depth=64 --time=0.5s --timeout=20s || fail "with a low rate"
judge 'v("bandwidth") < 1500'
end

# A file that is gone from under the device fails requests, and is said.
serve --source="file:$dir/file"
: >"$dir/file"
load --time=0.1s 2>"$dir/err" && fail "an empty source went unnoticed"
grep -q 'a request for random bytes in queue 0: not one came' "$dir/err" ||
	fail "$(cat "$dir/err")"
end

bad() { # WORDS ARG...
	"$VIOPERF" device rng --socket="$dir/s" "${@:2}" 2>"$dir/err"
	[ $? -eq 2 ] || fail "device rng ${*:2}: not refused"
	grep -q -e "$1" "$dir/err" || fail "device rng ${*:2}: $(cat "$dir/err")"
}
bad 'no --backing' --backing=null
bad 'one queue' --queues=2
bad 'use urandom, null or file:PATH' --source=fast
bad 'bytes/s like 64k' --rate=0
"$VIOPERF" device rng --socket="$dir/s" --source=file:/dev/null 2>"$dir/err" &&
	fail "a source that is no file"
grep -q 'no regular file' "$dir/err" || fail "$(cat "$dir/err")"
for how in --rw=read --size=1m --queues=2 --driver=kvm --depth=512; do
	load $how 2>/dev/null
	[ $? -eq 2 ] || fail "load --type rng $how: not refused"
done

# Without a device: what the load itself costs.
"$VIOPERF" load --type=rng --in-process --depth=32 --time=0.2s \
	--record="$dir/r.json" || fail "in-process"
judge 'v("iops") > 1e5 and v("bandwidth") == 4096 * v("iops")'

# A chain with a readable buffer breaks its queue, and nothing else.
if python3 -c 'import os; os.eventfd' 2>/dev/null; then
	serve
	"$VIOPERF" load --type=blk --size=1m --socket="$dir/s" --time=0.2s \
		--timeout=1s 2>"$dir/err" && fail "a disk's load on rng went well"
	load --verify --time=0.2s || fail "after a broken queue"
	end
fi

# In a run, beside one of the user's own.
cat >"$dir/s.ini" <<END
[run]
target = rng, mine, null-rng
depth = 32
completion = poll
time = 0.1s
blocks = 1
traced = no
[target mine]
type = rng
command = {vioperf} device rng --source null --socket {socket} --cpu {cpu}
END
"$VIOPERF" run "$dir/s.ini" --out="$dir/run" >"$dir/out" 2>&1 ||
	fail "$(cat "$dir/out")"
for target in rng mine null-rng; do
	grep -q "^  $target  *bytes/s [0-9.]*[MG]iB/s" "$dir/out" ||
		fail "no bytes/s of $target: $(cat "$dir/out")"
done
