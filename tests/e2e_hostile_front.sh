#!/bin/bash
# SPDX-License-Identifier: MIT
# Our device under ASan and UBSan against tests/hostile_front.py, on ram and
# on files.
set -u
here=$(dirname "$0")
bin=${VIOPERF_ASAN:-$VIOPERF}
python3 -c 'import os; os.eventfd' 2>/dev/null || { echo "python3 has no os.eventfd (3.10 or newer)"; exit 77; }
dir=$(mktemp -d)
device=
finish() {
	[ -n "$device" ] && kill -9 "$device" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT

attack() {
	truncate -s 16M "$dir/disk"
	serve=(blk --backing "$1" --queues 2)
	[ "$1" = rng ] && serve=(rng --rate 10k)
	"$bin" device "${serve[@]}" --socket "$dir/s" 2>"$dir/err" & device=$!
	for _ in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.05; done
	echo "$1"
	python3 "$here/hostile_front.py" "$dir/s" $device ${2:-} || {
		tail -n 30 "$dir/err"
		exit 1
	}
	kill -TERM $device
	wait $device || { echo "the device exits with $?"; tail -n 30 "$dir/err"; exit 1; }
	device=
	[ "${2:-}" = readonly ] || grep -q "descriptor loop" "$dir/err" ||
		{ echo "the broken queue's reason is not told"; exit 1; }
	grep -E 'runtime error|AddressSanitizer|LeakSanitizer' "$dir/err" && exit 1
	return 0
}
attack ram:16m
attack "file:$dir/disk"
attack "file:$dir/disk,readonly" readonly
attack rng rng
if dd if=/dev/zero of="$dir/probe" bs=4k count=1 oflag=direct status=none 2>/dev/null; then
	attack "file:$dir/disk,direct"
else
	echo "not tried: $dir has no O_DIRECT"
fi
